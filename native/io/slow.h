/* SPDX-License-Identifier: MIT */
/*
 * The pool for what waits: EVIOCGRAB 0 and close() of an evdev node sleep for one or two RCU grace periods
 * each (drivers/input/evdev.c: evdev_ungrab, evdev_release), and in one thread they add up. Each device's
 * job runs on a thread of its own, so ten devices take hardly longer than one.
 *
 * One slot per source and per sink, one job per slot at a time. The engine thread posts and collects; neither takes a
 * lock or waits.
 */
#ifndef EVS_IO_SLOW_H
#define EVS_IO_SLOW_H

#include "evswitch.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#define SLOW_THREADS_MAX 32u
#define SLOW_SLOTS       (EVS_SOURCE_MAX + EVS_SINK_MAX)
#define SLOW_ORDER_SIZE  256u /* a power of two above SLOW_SLOTS + SLOW_THREADS_MAX */

enum slow_kind {
	SLOW_UNGRAB = 1,
	SLOW_CLOSE = 2,
	SLOW_CLOSE_SINK =
		3, /* two descriptors; the second is that of uinput, whose node ends with it */
};

enum slow_state {
	SLOW_IDLE = 0,
	SLOW_POSTED = 1,
	SLOW_DONE = 2,
};

struct slow_job {
	_Atomic uint32_t state; /* enum slow_state; owns the fields below: engine, worker, engine */
	uint32_t kind;          /* enum slow_kind */
	int fd;
	int second_fd;
	int result; /* 0 or -errno */
};

struct slow_pool {
	int posted_fd; /* eventfd, semaphore: one count per job */
	int done_fd;   /* eventfd: readable when a job has ended */
	uint32_t thread_count;
	uint32_t posted;                         /* engine: jobs posted so far */
	_Atomic uint32_t claimed;                /* workers: jobs taken so far */
	_Atomic uint32_t order[SLOW_ORDER_SIZE]; /* slot of the n-th job */
	struct slow_job jobs[SLOW_SLOTS];
	pthread_t threads[SLOW_THREADS_MAX];
};

/* Makes the descriptors. 0 or -errno. */
int slow_init(struct slow_pool *pool);

/* Starts `count` threads, signals blocked. 0 or -errno; on failure those that run are ended. */
int slow_start(struct slow_pool *pool, uint32_t count);

/* Waits for all posted jobs and ends the threads; then closes the descriptors. */
void slow_stop(struct slow_pool *pool);
void slow_finish(struct slow_pool *pool);

/* Engine: begins a job in an idle slot. */
void slow_post(struct slow_pool *pool, uint32_t slot, enum slow_kind kind, int fd);

/* The same for both descriptors of a sink. */
void slow_post_sink(struct slow_pool *pool, uint32_t sink, int reader, int fd);

/* Engine: has this slot no job? */
bool slow_is_idle(const struct slow_pool *pool, uint32_t slot);

/* Engine: takes the next ended job. False when there is none. */
bool slow_collect(struct slow_pool *pool, uint32_t *slot, enum slow_kind *kind, int *result);

#endif
