/* SPDX-License-Identifier: MIT */
/*
 * The reader at the end of the way, and the memory that it shares with the metronome.
 *
 * Each frame says by its values which one it is, so that a frame that is lost is known and no other takes its place.
 * Threads: the metronome writes `sent_ns` of a frame before it sends it; the listener, a process of its own, writes
 * `received_ns` of it, 0 before, and then adds one to `received_count`.
 */
#ifndef BENCH_LISTENER_H
#define BENCH_LISTENER_H

#include <linux/input.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#define FRAME_EVENTS     3
#define FRAME_COUNT_MAX  (1u << 20)
#define SOURCE_COUNT_MAX 16u
#define NODE_COUNT_MAX   16u
/* Above the engine's priority: what is timed is the way to the listener, not what follows. */
#define LISTENER_PRIORITY 90

struct board {
	_Atomic int32_t is_ready; /* 1 once it listens, or -errno */
	_Atomic uint32_t received_count;
	_Atomic uint32_t drop_count; /* SYN_DROPPED of the nodes */
	uint32_t source_count;
	uint64_t sent_ns[FRAME_COUNT_MAX];
	uint64_t received_ns[FRAME_COUNT_MAX];
};

/* Frame `index` of one of `source_count` mice. `beat` = index / source_count is in the values. */
void frame_mouse(uint32_t beat, uint32_t source, struct input_event events[FRAME_EVENTS]);

/* Frame `index` of the keyboard: one of eight keys that mean nothing to anybody, pressed and released in turn. */
void frame_key(uint32_t index, struct input_event events[FRAME_EVENTS]);

/* Memory for a listener and its metronome. Ends the program when there is none. */
struct board *board_create(void);

/* Forgets what was sent and received; the first `count` places are touched, so that no page is missing later. */
void board_clear(struct board *board, uint32_t count);

/*
 * Starts a process that grabs the nodes, as QEMU does, and listens. Returns its pid once it does, or -errno when
 * it cannot. It ends with its parent.
 */
pid_t listener_start(struct board *board, char *const nodes[], uint32_t count);
void listener_stop(pid_t pid);

#endif
