/* SPDX-License-Identifier: MIT */
/*
 * Trial: a thread for each device, which waits in read, and a lock around what all devices share, as chords over several
 * devices would need it. Two system calls for a frame. A second thread is there, as it would be, and waits.
 *
 *   threads --device NODE [--fifo PRIORITY]
 */
#include "../reference/forward.h"

#include <linux/input.h>
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *wait_for_ever(void *unused)
{
	(void)unused;
	pause();
	return NULL;
}

int main(int argc, char **argv)
{
	struct forward forward = forward_open(argc, argv, "trial threads");
	struct input_event events[FORWARD_BATCH];
	pthread_t other;

	if (pthread_create(&other, NULL, wait_for_ever, NULL) != 0)
		forward_fail("start another thread");
	for (;;) {
		ssize_t size = read(forward.source, events, sizeof(events));

		if (size < 0)
			forward_fail("read the device");
		pthread_mutex_lock(&lock);
		if (write(forward.sink, events, size) != size)
			forward_fail("write to the clone");
		pthread_mutex_unlock(&lock);
	}
}
