// The plainest loop that reads a bulk endpoint: what our own transport is measured against.
#include "usb_loop.h"
#include <libusb-1.0/libusb.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

double usb_loop_read(unsigned short vendor, unsigned short product, unsigned char endpoint, size_t block, size_t total) {
    libusb_context *context = NULL;
    int status = libusb_init(&context);
    if (status < 0) return status;
    double result = LIBUSB_ERROR_NO_DEVICE;
    libusb_device_handle *handle = libusb_open_device_with_vid_pid(context, vendor, product);
    unsigned char *buffer = malloc(block);
    if (handle != NULL && buffer != NULL && (result = libusb_claim_interface(handle, 0)) >= 0) {
        double start = now();
        size_t read = 0;
        status = 0;
        while (read < total && status == 0) {
            int count = 0;
            status = libusb_bulk_transfer(handle, endpoint, buffer, (int)block, &count, 1000);
            read += (size_t)count;
        }
        result = status < 0 ? status : now() - start;
        libusb_release_interface(handle, 0);
    }
    free(buffer);
    if (handle != NULL) libusb_close(handle);
    libusb_exit(context);
    return result;
}
