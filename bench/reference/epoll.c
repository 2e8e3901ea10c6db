/* SPDX-License-Identifier: MIT */
/*
 * Reference forwarder: the plain loop of a program that can serve more than one descriptor.
 *
 * Three system calls per frame: a level-triggered epoll_wait, a read that does not wait, and a
 * write. SIGTERM ends it; the kernel drops the grab and the clone.
 */
#include "forward.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <sys/epoll.h>
#include <unistd.h>

static int watch(int source)
{
	struct epoll_event interest = {.events = EPOLLIN, .data.fd = source};
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, source, &interest) < 0)
		forward_fail("watch the device");
	if (fcntl(source, F_SETFL, O_NONBLOCK) < 0)
		forward_fail("make the device non-blocking");
	return epoll;
}

static void forward_once(int source, int sink)
{
	struct input_event events[FORWARD_BATCH];
	ssize_t size = read(source, events, sizeof(events));

	if (size < 0 && errno == EAGAIN)
		return;
	if (size < 0)
		forward_fail("read the device");
	if (write(sink, events, size) != size)
		forward_fail("write to the clone");
}

int main(int argc, char **argv)
{
	struct forward forward = forward_open(argc, argv, "reference epoll");
	int epoll = watch(forward.source);

	for (;;) {
		struct epoll_event ready[16];
		int count = epoll_wait(epoll, ready, 16, -1);

		if (count < 0 && errno != EINTR)
			forward_fail("wait for the device");
		for (int i = 0; i < count; i++)
			forward_once(ready[i].data.fd, forward.sink);
	}
}
