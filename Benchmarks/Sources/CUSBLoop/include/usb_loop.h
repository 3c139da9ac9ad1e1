#pragma once
#include <stddef.h>

/// Opens the first device of these ids, claims interface 0 and reads `total` bytes from the bulk endpoint in blocks of
/// `block` bytes by libusb's synchronous calls. Returns the seconds that the reading took, or a negative libusb status.
double usb_loop_read(unsigned short vendor, unsigned short product, unsigned char endpoint, size_t block, size_t total);
