/* SPDX-License-Identifier: MIT */
/*
 * What the core asks of the world. The engine answers with system calls (native/io), the simulation with a
 * model of the kernel (native/sim); the rules above know no difference.
 *
 * `source` and `sink` are the core's own indices. No call may block: ungrab() only begins.
 */
#ifndef EVS_CORE_PORT_H
#define EVS_CORE_PORT_H

#include "clone.h"
#include "evswitch.h"
#include "keyset.h"

struct port {
	/*
	 * Accepts whole frames for a sink. `events` stays valid and unchanged until port_flush() or the
	 * core's return, whichever comes first, so that spans may be joined into one write.
	 */
	void (*emit)(void *ctx, uint32_t sink, const struct input_event *events, uint32_t count);

	/* Writes out what emit() kept back. */
	void (*flush)(void *ctx);

	/* The kernel's key state; drops this reader's queued key events [V]. 0 or -errno. */
	int (*keys)(void *ctx, uint32_t source, struct keyset *out);

	/* The kernel's LED state, bit = LED_*; drops this reader's queued LED events. 0 or -errno. */
	int (*lamps)(void *ctx, uint32_t source, uint32_t *out);

	/* What a cloned source tells about places now; its queue stays. 0 or -errno. */
	int (*places)(void *ctx, uint32_t source, const struct clone_shape *shape,
		      struct clone_state *out);

	/* Drops all that is queued for this reader. */
	void (*drain)(void *ctx, uint32_t source);

	/*
	 * Writes events to the source's own node: the kernel updates the device's state and tells every
	 * listener, or the holder of the grab alone [V]. 0 or -errno.
	 */
	int (*inject)(void *ctx, uint32_t source, const struct input_event *events, uint32_t count);

	/* Takes the grab; never waits. 0 or -errno. */
	int (*grab)(void *ctx, uint32_t source);

	/* Begins to give the grab back; the end comes as core_ungrabbed(). */
	void (*ungrab)(void *ctx, uint32_t source);

	/* Does anybody hold the grab of this sink's node? */
	bool (*is_consumed)(void *ctx, uint32_t sink);

	/* CLOCK_MONOTONIC in ns; asked for macros and merged motion only. */
	uint64_t (*now)(void *ctx);

	/* core_alarm() is to be called at this time of now(), once; 0 = never. Replaces what was asked for before. */
	void (*alarm)(void *ctx, uint64_t at_ns);

	/* A record for the service; the stamp is the port's. */
	void (*notify)(void *ctx, const struct evs_event *event);
};

#endif
