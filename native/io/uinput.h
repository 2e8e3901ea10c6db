/* SPDX-License-Identifier: MIT */
/*
 * Our own nodes (linux/uinput.h): made by a template, or taken over from an earlier process. UI_DEV_DESTROY
 * is never called: a node ends with its last descriptor (rule 9).
 */
#ifndef EVS_IO_UINPUT_H
#define EVS_IO_UINPUT_H

#include "evswitch.h"

#include <linux/input.h>
#include <stdbool.h>

struct evs_sink {
	int fd;         /* the uinput descriptor */
	int reader;     /* our own reader of the node: see presence.h */
	uint32_t lamps; /* bit = LED_*: what its consumer had lit before it was taken over */
	char node[EVS_PATH_SIZE];
};

/* Does the descriptor belong to a uinput device that has been made? 0, -EBADF, -ENOTTY, -ENODEV. */
int uinput_check(int fd);

/* A sink with its reader for a device that has been made. On failure the descriptor stays the caller's. */
int uinput_wrap(int fd, bool is_clone, uint32_t timeout_ms, struct evs_sink_info *info,
		struct evs_sink **out);

/* What the device's own files in /sys/devices/virtual/input say: "name", "phys". 0 or -errno. */
int uinput_property(int fd, const char *property, char out[EVS_DEVICE_NAME_SIZE]);

/* "/dev/input/event12". 0 or -errno. */
int uinput_node(int fd, char node[EVS_PATH_SIZE]);

/* Writes all events, whatever share of them the kernel takes at once. 0 or -errno. */
int uinput_write(int fd, const struct input_event *events, uint32_t count);

#endif
