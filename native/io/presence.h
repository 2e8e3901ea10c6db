/* SPDX-License-Identifier: MIT */
/*
 * Does anybody consume a node? (rule 7)
 *
 * A consumer holds the grab, and a grab cuts off every other reader (drivers/input/evdev.c, evdev_events).
 * So a MSC_RAW frame written to the node comes back to a reader of our own exactly when nobody holds it.
 * uinput delivers within the write, so the answer is there at once. Probing by EVIOCGRAB instead would race
 * with QEMU's own grab, which fails silently.
 *
 * The same reader tells at once when a consumer goes while its target is active: the first frame that we
 * write after that comes back and wakes the engine. An inotify watch would tell too, but a single one on
 * devtmpfs makes every read and write of every node there some 250 instructions longer
 * (include/linux/fsnotify.h, s_fsnotify_connectors): measured, 900 instructions a frame.
 */
#ifndef EVS_IO_PRESENCE_H
#define EVS_IO_PRESENCE_H

#include <linux/input-event-codes.h>
#include <stdbool.h>

#define PRESENCE_CODE MSC_RAW

/* Opens a reader that sees what we write. A descriptor or -errno. */
int presence_open_reader(const char *node, bool is_clone);

/* Reads and forgets all there is. True when there was something. */
bool presence_empty(int reader);

/*
 * Writes the echo and looks for it. `sink` is the uinput descriptor. A clone may not have EV_MSC, and what a
 * guest's virtio driver would send back (input_get_disposition: INPUT_PASS_TO_ALL) must not be used: there the
 * echo is a SYN_MT_REPORT, which every node has and which goes to readers only.
 */
bool presence_is_consumed(int sink, int reader, bool is_clone);

#endif
