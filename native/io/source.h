/* SPDX-License-Identifier: MIT */
/* An evdev node as the engine uses it (linux/input.h, drivers/input/evdev.c). */
#ifndef EVS_IO_SOURCE_H
#define EVS_IO_SOURCE_H

#include "../core/clone.h"
#include "../core/keyset.h"
#include "evswitch.h"

struct evs_source {
	int fd;
	uint32_t flags;        /* enum evs_source_flag */
	uint32_t source_class; /* which rules of a map are for it */
};

/* All of them: 0 or -errno, and never waiting. See struct port for what they mean. */
int source_keys(int fd, struct keyset *out);
int source_places(int fd, const struct clone_shape *shape, struct clone_state *out);
int source_describe(int fd, struct evs_description *out);
int source_lamps(int fd, uint32_t *out);
int source_inject(int fd, const struct input_event *events, uint32_t count);
int source_grab(int fd);
void source_drain(int fd);

#endif
