/* SPDX-License-Identifier: MIT */
/*
 * plug COUNT     how long a mouse that was just plugged in takes to reach a reader of another node
 *
 * Makes a mouse and prints "ready NODE". Reads the path of the other node from stdin, grabs it as a guest does,
 * prints "grabbed" and waits for another line. Then COUNT times: the mouse goes, comes back, and moves once a
 * millisecond until a movement is read from the other node. Prints "plug NS" for each: from before the device was made, so never less than from when its node could
 * be read, to the read that brought the first movement.
 */
#include "../../native/bench/clock.h"
#include "../../native/bench/fail.h"
#include "../../native/bench/source.h"

#include <fcntl.h>
#include <linux/input.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define APART_NS    (300 * NS_PER_MS)
#define MOVE_NS     (1 * NS_PER_MS)
#define PATIENCE_NS (30 * NS_PER_S)

static void move(int source)
{
	const struct input_event frame[] = {
		{.type = EV_REL, .code = REL_X, .value = 1},
		{.type = EV_SYN, .code = SYN_REPORT},
	};

	if (write(source, frame, sizeof(frame)) != sizeof(frame))
		fail_errno("move the mouse");
}

static bool has_moved(int sink)
{
	struct input_event events[64];
	bool has_motion = false;
	ssize_t size;

	while ((size = read(sink, events, sizeof(events))) > 0) {
		for (size_t i = 0; i < (size_t)size / sizeof(events[0]); i++)
			has_motion |= events[i].type == EV_REL;
	}
	return has_motion;
}

static bool moves_before(int sink, uint64_t end_ns)
{
	while (clock_now_ns() < end_ns) {
		if (has_moved(sink))
			return true;
	}
	return false;
}

static uint64_t plug(int sink, int *source)
{
	char node[SOURCE_NODE_SIZE];
	uint64_t start_ns = clock_now_ns();
	uint64_t next_ns = start_ns;

	*source = source_create(SOURCE_MOUSE, "pace mouse", NULL, node);
	do {
		if (clock_now_ns() - start_ns > PATIENCE_NS)
			fail("no movement arrived in 30 s");
		move(*source);
		next_ns += MOVE_NS;
	} while (!moves_before(sink, next_ns));
	return clock_now_ns() - start_ns;
}

/* Only when nobody else wants the processor: it may be the only one. */
static void give_way(void)
{
	struct sched_param parameters = {0};

	if (sched_setscheduler(0, SCHED_IDLE, &parameters) < 0)
		fail_errno("give way to the others");
}

static int open_sink(void)
{
	char path[SOURCE_NODE_SIZE];
	int sink;

	if (!fgets(path, sizeof(path), stdin))
		fail("nobody said which node is to be read");
	path[strcspn(path, "\n")] = '\0';
	sink = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (sink < 0 || ioctl(sink, EVIOCGRAB, 1) < 0)
		fail_errno("grab the node that is to be read");
	return sink;
}

int main(int argc, char **argv)
{
	char node[SOURCE_NODE_SIZE];
	int source, sink;

	if (argc != 2)
		fail("usage: plug COUNT");
	setvbuf(stdout, NULL, _IOLBF, 0);
	source = source_create(SOURCE_MOUSE, "pace mouse", NULL, node);
	printf("ready %s\n", node);
	sink = open_sink();
	printf("grabbed\n");
	if (getchar() == EOF)
		return 0;
	give_way();
	for (int count = atoi(argv[1]); count > 0; count--) {
		close(source);
		clock_spin_until_ns(clock_now_ns() + APART_NS);
		has_moved(sink);
		printf("plug %llu\n", (unsigned long long)plug(sink, &source));
	}
	return 0;
}
