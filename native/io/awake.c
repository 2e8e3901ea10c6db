/* SPDX-License-Identifier: MIT */
#include "awake.h"
#include "clock.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* The clocks are read one after the other, and no machine sleeps for so short a time. */
#define SLEEP_MIN_NS 1000000u

static uint64_t boot_now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Never more than the truth: time that passes between the two readings makes it less. */
static uint64_t slept_ns(void)
{
	uint64_t boot = boot_now_ns();
	uint64_t running = clock_now_ns();

	return boot > running ? boot - running : 0;
}

/* It is armed anew after each cancellation. */
static int arm(int fd)
{
	const struct itimerspec never = {.it_value = {.tv_sec = (time_t)INT32_MAX * 4}};

	return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) < 0
		       ? -errno
		       : 0;
}

int awake_init(struct awake *awake)
{
	awake->slept_ns = slept_ns();
	awake->timer_fd = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (awake->timer_fd < 0)
		return -errno;
	return arm(awake->timer_fd);
}

void awake_finish(struct awake *awake)
{
	if (awake->timer_fd >= 0)
		close(awake->timer_fd);
}

bool awake_has_slept(struct awake *awake)
{
	uint64_t rings;
	uint64_t before = awake->slept_ns;
	uint64_t now;

	/* Armed before the clocks are read: of a sleep that comes after, it tells again. */
	while (read(awake->timer_fd, &rings, sizeof(rings)) < 0 && errno == ECANCELED)
		arm(awake->timer_fd);
	now = slept_ns();
	if (now <= before + SLEEP_MIN_NS)
		return false;
	awake->slept_ns = now;
	return true;
}
