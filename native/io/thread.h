/* SPDX-License-Identifier: MIT */
#ifndef EVS_IO_THREAD_H
#define EVS_IO_THREAD_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Starts a thread with all signals blocked (they are Node's) and a name of at most 15 letters. `stack` may be
 * NULL: then the thread gets a small one of its own. 0 or -errno.
 */
int thread_start(pthread_t *thread, const char *name, void *(*main)(void *), void *arg, void *stack,
		 size_t stack_size);

/* SCHED_FIFO for the calling thread. 0 or -errno. */
int thread_set_realtime(int32_t priority);

/* Locks a range and the library's own code and data. 0 or -errno. */
int thread_lock_memory(const void *start, size_t size);

#endif
