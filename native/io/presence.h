/* SPDX-License-Identifier: MIT */
/*
 * Does anybody consume a node? (rule 7)
 *
 * A consumer holds the grab, and a grab cuts off every other reader (drivers/input/evdev.c, evdev_events).
 * So a MSC_RAW frame written to the node comes back to a reader of our own exactly when nobody holds it.
 * uinput delivers within the write, so the answer is there at once. Probing by EVIOCGRAB instead would race
 * with QEMU's own grab, which fails silently.
 */
#ifndef EVS_IO_PRESENCE_H
#define EVS_IO_PRESENCE_H

#include <linux/input-event-codes.h>
#include <stdbool.h>

#define PRESENCE_CODE MSC_RAW

/* Opens a reader that sees EV_MSC only. A descriptor or -errno. */
int presence_open_reader(const char *node);

/* Writes the echo and looks for it. `sink` is the uinput descriptor. */
bool presence_is_consumed(int sink, int reader);

#endif
