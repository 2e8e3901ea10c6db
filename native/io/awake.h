/* SPDX-License-Identifier: MIT */
/*
 * Did the machine sleep? A timer of the wall clock that never rings is cancelled when that clock is set and when
 * the machine resumes (fs/timerfd.c, timerfd_resume): nothing wakes us before. The two are told apart by the
 * clock that goes on during sleep: only sleep takes CLOCK_BOOTTIME away from CLOCK_MONOTONIC.
 */
#ifndef EVS_IO_AWAKE_H
#define EVS_IO_AWAKE_H

#include <stdbool.h>
#include <stdint.h>

struct awake {
	int timer_fd;
	uint64_t slept_ns; /* since boot, as last seen */
};

/* 0 or -errno. */
int awake_init(struct awake *awake);
void awake_finish(struct awake *awake);

/* To be called when timer_fd is readable: has the machine slept since the last time? */
bool awake_has_slept(struct awake *awake);

#endif
