/* SPDX-License-Identifier: MIT */
#include "presence.h"
#include "../core/event.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

int presence_open_reader(const char *node, bool is_clone)
{
	uint64_t wanted = 1u << EV_MSC | 1u << EV_KEY | 1u << EV_REL;
	struct input_mask mask = {
		.type = EV_SYN, /* the mask of types */
		.codes_size = sizeof(wanted),
		.codes_ptr = (uintptr_t)&wanted,
	};
	int fd = open(node, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return -errno;
	if (!is_clone && ioctl(fd, EVIOCSMASK, &mask) < 0) {
		int result = -errno;

		close(fd);
		return result;
	}
	return fd;
}

bool presence_empty(int reader)
{
	struct input_event events[64];
	bool had_some = false;

	while (read(reader, events, sizeof(events)) > 0)
		had_some = true;
	return had_some;
}

bool presence_is_consumed(int sink, int reader, bool is_clone)
{
	struct input_event echo[2] = {event_make(EV_MSC, PRESENCE_CODE, 1),
				      event_make(EV_SYN, SYN_REPORT, 0)};

	if (is_clone)
		echo[0] = event_make(EV_SYN, SYN_MT_REPORT, 0);
	presence_empty(reader);
	if (write(sink, echo, sizeof(echo)) < 0)
		return false;
	return !presence_empty(reader);
}
