/* SPDX-License-Identifier: MIT */
/*
 * Reference forwarder: the loop of epoll.c for several devices of one kind, joined in one clone.
 *
 *   epoll-many --device NODE [--fifo PRIORITY] [-- NODE...]
 *
 * Level-triggered epoll_wait, then a read and a write for each device that has something. Without further nodes it
 * makes the same calls as epoll.c.
 */
#include "forward.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void watch(int epoll, int source)
{
	struct epoll_event interest = {.events = EPOLLIN, .data.fd = source};

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, source, &interest) < 0)
		forward_fail("watch a device");
	if (fcntl(source, F_SETFL, O_NONBLOCK) < 0)
		forward_fail("make a device non-blocking");
}

static int open_source(const char *node)
{
	int source = open(node, O_RDONLY | O_CLOEXEC);

	if (source < 0 || ioctl(source, EVIOCGRAB, 1) < 0)
		forward_fail(node);
	return source;
}

static void forward_once(int source, int sink)
{
	struct input_event events[FORWARD_BATCH];
	ssize_t size = read(source, events, sizeof(events));

	if (size < 0 && errno == EAGAIN)
		return;
	if (size < 0)
		forward_fail("read a device");
	if (write(sink, events, size) != size)
		forward_fail("write to the clone");
}

int main(int argc, char **argv)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	struct forward forward;
	int own_count = 0;

	while (own_count < argc && strcmp(argv[own_count], "--") != 0)
		own_count++;
	argv[own_count] = NULL;
	forward = forward_open(own_count, argv, "reference epoll");
	if (epoll < 0)
		forward_fail("make an epoll");
	watch(epoll, forward.source);
	for (int i = own_count + 1; i < argc; i++)
		watch(epoll, open_source(argv[i]));
	for (;;) {
		struct epoll_event ready[16];
		int count = epoll_wait(epoll, ready, 16, -1);

		if (count < 0 && errno != EINTR)
			forward_fail("wait for the devices");
		for (int i = 0; i < count; i++)
			forward_once(ready[i].data.fd, forward.sink);
	}
}
