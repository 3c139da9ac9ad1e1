#pragma once
#include <cairo.h>
#include <cairo-pdf.h>
#include <pango/pangocairo.h>
#include <pango/pangofc-fontmap.h>
#include <fontconfig/fontconfig.h>

// The casts between GObject types are macros, which Swift cannot see.

/// A text context of its own font map over `config`; the caller owns it. NULL without FreeType support.
static inline PangoContext *kiosk_text_context_create(FcConfig *config) {
    PangoFontMap *map = pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
    if (map == NULL) return NULL;
    pango_fc_font_map_set_config(PANGO_FC_FONT_MAP(map), config);
    PangoContext *context = pango_font_map_create_context(map);
    g_object_unref(map);
    return context;
}

static inline void kiosk_text_context_free(PangoContext *context) { g_object_unref(context); }

static inline void kiosk_text_layout_free(PangoLayout *layout) { g_object_unref(layout); }
