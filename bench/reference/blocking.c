/* SPDX-License-Identifier: MIT */
/*
 * Reference forwarder: the least that can stand between a device and its reader.
 *
 * Two system calls per frame: a read that waits, and a write. It can serve one device and nothing
 * else, so it is a floor and no design. SIGTERM ends it; the kernel drops the grab and the clone.
 */
#include "forward.h"

#include <linux/input.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct forward forward = forward_open(argc, argv, "reference blocking");
	struct input_event events[FORWARD_BATCH];

	for (;;) {
		ssize_t size = read(forward.source, events, sizeof(events));

		if (size < 0)
			forward_fail("read the device");
		if (write(forward.sink, events, size) != size)
			forward_fail("write to the clone");
	}
}
