/* SPDX-License-Identifier: MIT */
#include "link.h"
#include "../core/event.h"
#include "../core/profile.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* What is owed, and its SYN_REPORT. */
#define OWED_MAX (REL_CNT + 1u)

/* A second of an 8 kHz mouse; the kernel gives what it permits (net.core.wmem_max). */
#define SEND_BUFFER (1 << 20)

/* No hand moves further in a moment; sums stay far from overflow. */
#define MOTION_MAX 32767

void link_init(struct link *link)
{
	memset(link, 0, sizeof(*link));
	link->fd = -1;
}

void link_close(struct link *link)
{
	bool is_used = link->is_used;

	if (link->fd >= 0)
		close(link->fd);
	link_init(link);
	link->is_used = is_used;
}

int link_open(struct link *link, int fd)
{
	int size = SEND_BUFFER;
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)) < 0)
		return -errno;
	link_close(link);
	link->fd = fd;
	return 0;
}

/* The end of the stream wakes this side, too: the engine then reads it and leaves the target. */
static void link_break(struct link *link)
{
	link->has_peer = false;
	link->owes = false;
	shutdown(link->fd, SHUT_RDWR);
}

/* ---- out */

static bool is_motion(const struct input_event *events, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (events[i].type != EV_REL && events[i].type != EV_SYN)
			return false;
	}
	return true;
}

static int32_t bounded(int32_t value)
{
	if (value > MOTION_MAX)
		return MOTION_MAX;
	return value < -MOTION_MAX ? -MOTION_MAX : value;
}

static void owe(struct link *link, const struct input_event *events, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (events[i].type != EV_REL || events[i].code >= REL_CNT)
			continue;
		link->owed[events[i].code] =
			bounded(link->owed[events[i].code] + bounded(events[i].value));
		link->owes = true;
	}
}

static uint32_t put_owed(const struct link *link, struct evs_sink_event *out)
{
	uint32_t count = 0;

	if (!link->owes)
		return 0;
	for (uint16_t code = 0; code < REL_CNT; code++) {
		if (link->owed[code] != 0)
			out[count++] = (struct evs_sink_event){EV_REL, code, link->owed[code]};
	}
	out[count++] = (struct evs_sink_event){EV_SYN, SYN_REPORT, 0};
	return count;
}

static void forget_owed(struct link *link)
{
	link->owes = false;
	memset(link->owed, 0, sizeof(link->owed));
}

/*
 * All of it or nothing: the kernel takes what is less than half of the buffer in one piece (net/unix/af_unix.c,
 * unix_stream_sendmsg), and no frame is as long. A part would leave the other side in the middle of one.
 */
static int send_whole(const struct link *link, const struct evs_sink_event *events, uint32_t count)
{
	size_t size = count * sizeof(*events);
	ssize_t sent = send(link->fd, events, size, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent < 0)
		return -errno;
	return (size_t)sent == size ? 0 : -EMSGSIZE;
}

int link_write(struct link *link, const struct input_event *events, uint32_t count)
{
	struct evs_sink_event records[OWED_MAX + SHAPER_EVENTS_MAX];
	uint32_t size = put_owed(link, records);
	int result;

	if (link->fd < 0)
		return -ENOTCONN;
	if (count > SHAPER_EVENTS_MAX)
		return -EMSGSIZE;
	for (uint32_t i = 0; i < count; i++)
		records[size++] =
			(struct evs_sink_event){events[i].type, events[i].code, events[i].value};
	result = send_whole(link, records, size);
	if (result == 0) {
		forget_owed(link);
		return 0;
	}
	if (result == -EAGAIN && is_motion(events, count)) {
		owe(link, events, count);
		return 0;
	}
	link_break(link);
	return result;
}

int link_tell_active(struct link *link, bool is_active)
{
	const struct input_event frame[] = {event_make(EV_MSC, MSC_SERIAL, is_active),
					    event_make(EV_SYN, SYN_REPORT, 0)};

	return link_write(link, frame, 2);
}

void link_flush(struct link *link)
{
	struct evs_sink_event records[OWED_MAX];
	uint32_t count = put_owed(link, records);

	if (link->fd >= 0 && count > 0 && send_whole(link, records, count) == 0)
		forget_owed(link);
}

void link_ask(struct link *link, uint64_t now_ns)
{
	static const struct evs_sink_event question[] = {{EV_MSC, MSC_RAW, 1},
							 {EV_SYN, SYN_REPORT, 0}};

	if (link->fd < 0 || !link->has_peer)
		return;
	if (link->asked_ns == 0) {
		/* Without room for it there is none for an answer either: it counts as asked. */
		send_whole(link, question, 2);
		link->asked_ns = now_ns;
	} else if (now_ns - link->asked_ns >= LINK_ANSWER_NS) {
		link_break(link);
	}
}

/* ---- in */

static bool take(struct link *link, const struct evs_sink_event *event)
{
	if (event->type == EV_SYN && event->code == SYN_REPORT)
		return true;
	if (event->type != EV_MSC || event->code != MSC_RAW)
		return false;
	link->has_peer = event->value == 1;
	link->asked_ns = 0;
	return true;
}

bool link_read(struct link *link)
{
	unsigned char bytes[16 * sizeof(struct evs_sink_event)];
	ssize_t size;

	if (link->fd < 0)
		return false;
	while ((size = read(link->fd, bytes, sizeof(bytes))) > 0) {
		for (ssize_t i = 0; i < size; i++) {
			struct evs_sink_event event;

			link->part[link->part_size++] = bytes[i];
			if (link->part_size < sizeof(event))
				continue;
			link->part_size = 0;
			memcpy(&event, link->part, sizeof(event));
			if (!take(link, &event))
				return false;
		}
	}
	return size < 0 && (errno == EAGAIN || errno == EINTR);
}

bool link_is_consumed(const struct link *link)
{
	return link->fd >= 0 && link->has_peer;
}
