/* SPDX-License-Identifier: MIT */
/*
 * Tells that input devices came or went: uevents of the kernel and of udev, by netlink. Only a hint; who
 * wants to know more looks at /sys.
 *
 * Not by inotify: a watch on /dev/input makes every frame that anybody reads or writes there some 1300
 * instructions longer (fs/notify/fsnotify.c, __fsnotify_parent), ours and everybody else's.
 */
#ifndef EVS_IO_HOTPLUG_H
#define EVS_IO_HOTPLUG_H

#include <stdbool.h>

/* A descriptor, or -errno (no netlink in this sandbox). */
int hotplug_open(void);

/* Reads all that is queued; true when some of it was about input devices, or when some was lost. */
bool hotplug_read(int fd);

#endif
