/* SPDX-License-Identifier: MIT */
/* The one clock of the measurement: CLOCK_MONOTONIC, read without a system call. */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <stdint.h>
#include <time.h>

#define NS_PER_MS 1000000ull
#define NS_PER_S  1000000000ull

static inline uint64_t clock_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/*
 * Waits without ever letting the machine go idle. In virtual time with `sleep=off` the clock of an
 * idle guest jumps to the next timer, so whoever sleeps while a page is still being read from the
 * disk finds that hours have passed.
 */
static inline void clock_spin_until_ns(uint64_t end_ns)
{
	while (clock_now_ns() < end_ns)
		;
}

#endif
