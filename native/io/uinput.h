/* SPDX-License-Identifier: MIT */
/*
 * Our own nodes (linux/uinput.h), made from superset templates: any keyboard or mouse can come and go behind
 * a node that is never destroyed (rule 9). UI_DEV_DESTROY is never called: a node ends with its last
 * descriptor.
 *
 * The templates claim REL codes they never send: a reader's queue in the kernel is sized by capabilities
 * (drivers/input/input.c, input_estimate_events_per_packet), 64 events for a bare keyboard and 256 for
 * these, so a QEMU whose main loop stalls loses keys four times later.
 */
#ifndef EVS_IO_UINPUT_H
#define EVS_IO_UINPUT_H

#include "evswitch.h"

#include <stdbool.h>

struct evs_sink {
	int fd;     /* the uinput descriptor */
	int reader; /* our own reader of the node: see presence.h */
	char node[EVS_PATH_SIZE];
};

/* UI_SET_*BIT. 0 or -errno. */
int uinput_set_bit(int fd, unsigned long request, unsigned int bit);

/*
 * Makes a sink of what `describe` tells /dev/uinput about, and waits for its node; see evs_sink_create().
 * `describe` gets the descriptor and `what`, and ends with UI_DEV_CREATE.
 */
int uinput_create(int (*describe)(int fd, const void *what), const void *what, bool is_clone,
		  uint32_t timeout_ms, struct evs_sink_info *info, struct evs_sink **out);

#endif
