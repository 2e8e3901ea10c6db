/* SPDX-License-Identifier: MIT */
/*
 * The reader at the end of the way, and the memory it shares with the producer.
 *
 * Threads: the producer (SCHED_IDLE) writes `index`, `sent_ns` and `strict` before it sends a
 * frame; the consumer (SCHED_FIFO, a process of its own) writes the rest before it adds one to
 * `received_count`. Only one frame is on its way at any time.
 */
#ifndef ADDED_CONSUMER_H
#define ADDED_CONSUMER_H

#include "frame.h"

#include <stdatomic.h>
#include <sys/types.h>

/* Above every forwarder: what is timed is the way to the consumer, not what follows. */
#define CONSUMER_PRIORITY 90

struct consumer_shared {
	_Atomic uint32_t is_ready;
	_Atomic uint32_t received_count;
	uint32_t index;       /* The frame that is on its way. */
	uint32_t strict;      /* Anything else that arrives now is an error. */
	uint64_t sent_ns;     /* Before the write of the frame. */
	uint64_t received_ns; /* After the read that completed it. */
	uint32_t wrong_count; /* Events that were not sent, counted while strict. */
};

struct consumer {
	pid_t pid;
	struct consumer_shared *shared;
};

/* Starts the process; returns once it has grabbed `node` and waits. */
struct consumer consumer_start(const char *node, enum frame_kind kind);
void consumer_stop(const struct consumer *consumer);

#endif
