/* SPDX-License-Identifier: MIT */
/*
 * The watchdog (rule 8): knocks on the engine thread; when it does not answer for watchdog_ms all devices go
 * back to the host and the process ends, so that whoever supervises it can start a sound one. A grab that
 * nobody serves is worse than a crash.
 */
#include "engine.h"
#include "thread.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define GIVE_UP_SECONDS 2 /* then the kernel gives the devices back with the process */
#define KNOCKS_PER_TERM 4 /* silent knocks until the engine is given up */

static void say(const char *text)
{
	ssize_t written = write(STDERR_FILENO, text, strlen(text));

	(void)written;
}

static void give_up(struct evs_engine *engine)
{
	/* An ungrab waits for whoever holds the device's mutex, which may be the thread that hangs. */
	alarm(GIVE_UP_SECONDS);
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
		int fd = atomic_load(&engine->sources[i].pool_fd);

		if (fd >= 0)
			ioctl(fd, EVIOCGRAB, 0);
	}
	say("evswitch: the engine does not answer; all devices are back with the host\n");
	abort();
}

static void knock(struct evs_engine *engine)
{
	uint64_t one = 1;
	ssize_t written;

	atomic_fetch_add(&engine->knocks, 1);
	written = write(engine->command_fd, &one, sizeof(one));
	(void)written;
}

static void *watch(void *arg)
{
	struct evs_engine *engine = arg;
	struct pollfd exit = {.fd = engine->watchdog_exit_fd, .events = POLLIN};
	int term_ms = (int)engine->config.watchdog_ms / KNOCKS_PER_TERM;
	int silent = 0;

	/* Above the engine: it must run when the engine spins. Without the right both are ordinary. */
	if (engine->config.rt_priority > 0)
		thread_set_realtime(engine->config.rt_priority + 1);
	while (poll(&exit, 1, term_ms) <= 0) {
		if (atomic_load(&engine->has_ended))
			continue;
		if (atomic_load(&engine->answers) == atomic_load(&engine->knocks)) {
			silent = 0;
			knock(engine);
		} else if (++silent >= KNOCKS_PER_TERM) {
			give_up(engine);
		}
	}
	return NULL;
}

int watchdog_start(struct evs_engine *engine)
{
	return thread_start(&engine->watchdog, "evswitch-watch", watch, engine, NULL, 0);
}

void watchdog_stop(struct evs_engine *engine)
{
	uint64_t one = 1;
	ssize_t written = write(engine->watchdog_exit_fd, &one, sizeof(one));

	(void)written;
	pthread_join(engine->watchdog, NULL);
}
