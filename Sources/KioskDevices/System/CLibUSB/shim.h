#pragma once
#include <libusb.h>

// Swift does not import the flexible array at the end of libusb_transfer.
static inline struct libusb_iso_packet_descriptor *_Nonnull
kiosk_libusb_iso_packet(struct libusb_transfer *_Nonnull transfer, int index) {
    return &transfer->iso_packet_desc[index];
}
