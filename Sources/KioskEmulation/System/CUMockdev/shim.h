#pragma once
#include <dlfcn.h>
#include <umockdev.h>
#include <linux/ioctl.h>
#include <linux/usbdevice_fs.h>

/* The ioctl numbers are macros that Swift does not see; as constants they can stand in a switch. */
static const unsigned int CUMOCKDEV_GET_CAPABILITIES = USBDEVFS_GET_CAPABILITIES;
static const unsigned int CUMOCKDEV_CLAIMINTERFACE = USBDEVFS_CLAIMINTERFACE;
static const unsigned int CUMOCKDEV_RELEASEINTERFACE = USBDEVFS_RELEASEINTERFACE;
static const unsigned int CUMOCKDEV_DISCONNECT_CLAIM = USBDEVFS_DISCONNECT_CLAIM;
static const unsigned int CUMOCKDEV_SETCONFIGURATION = USBDEVFS_SETCONFIGURATION;
static const unsigned int CUMOCKDEV_SETINTERFACE = USBDEVFS_SETINTERFACE;
static const unsigned int CUMOCKDEV_CLEAR_HALT = USBDEVFS_CLEAR_HALT;
static const unsigned int CUMOCKDEV_RESET = USBDEVFS_RESET;
static const unsigned int CUMOCKDEV_RESETEP = USBDEVFS_RESETEP;
static const unsigned int CUMOCKDEV_GETDRIVER = USBDEVFS_GETDRIVER;
static const unsigned int CUMOCKDEV_IOCTL = USBDEVFS_IOCTL;
static const unsigned int CUMOCKDEV_DISCONNECT = USBDEVFS_DISCONNECT;
static const unsigned int CUMOCKDEV_CONNECT = USBDEVFS_CONNECT;
static const unsigned int CUMOCKDEV_DISCONNECT_IF_DRIVER = USBDEVFS_DISCONNECT_CLAIM_IF_DRIVER;
static const unsigned int CUMOCKDEV_DISCONNECT_EXCEPT_DRIVER = USBDEVFS_DISCONNECT_CLAIM_EXCEPT_DRIVER;
static const unsigned int CUMOCKDEV_SUBMITURB = USBDEVFS_SUBMITURB;
static const unsigned int CUMOCKDEV_REAPURB = USBDEVFS_REAPURB;
static const unsigned int CUMOCKDEV_REAPURBNDELAY = USBDEVFS_REAPURBNDELAY;
static const unsigned int CUMOCKDEV_DISCARDURB = USBDEVFS_DISCARDURB;

static inline unsigned int cumockdev_capabilities(void) {
    return USBDEVFS_CAP_BULK_CONTINUATION | USBDEVFS_CAP_NO_PACKET_SIZE_LIM;
}

/* The packet count shares an anonymous union with the stream number. */
static inline int cumockdev_packet_count(const struct usbdevfs_urb *urb) { return urb->number_of_packets; }

static inline void cumockdev_testbed_free(UMockdevTestbed *testbed) { g_object_unref(testbed); }

/* umockdev_in_mock_environment() of 0.17.16 says no even under umockdev-wrapper, so ask the loader. */
static inline int cumockdev_is_loaded(const char *library) { return dlopen(library, RTLD_NOLOAD | RTLD_LAZY) != NULL; }
