/* SPDX-License-Identifier: MIT */
/*
 * Messages with at most one descriptor over Unix sockets (unix(7), cmsg(3)): what keeps nodes alive while no
 * evswitch runs gets and gives them so. Node's own sockets can do neither datagrams nor descriptors.
 */
#include "evswitch.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Room for what a peer may send against the rules: it is taken, so that it can be closed. */
#define PASSED_MAX 253u /* SCM_MAX_FD, net/scm.h */

/* "/run/x" or "@name" in the abstract space. The length of the address, or -errno. */
static int fill_address(const char *path, struct sockaddr_un *address)
{
	size_t length = strlen(path);

	memset(address, 0, sizeof(*address));
	address->sun_family = AF_UNIX;
	if ((path[0] != '/' && path[0] != '@') || length < 2)
		return -EINVAL;
	if (length >= sizeof(address->sun_path))
		return -ENAMETOOLONG;
	memcpy(address->sun_path, path, length);
	if (path[0] == '@') {
		address->sun_path[0] = '\0';
		return (int)(offsetof(struct sockaddr_un, sun_path) + length);
	}
	return (int)(offsetof(struct sockaddr_un, sun_path) + length + 1);
}

/* A stream is to the process with the network: one that accepts nobody any more must not make us wait. */
static int open_socket(uint32_t kind)
{
	static const int types[] = {
		[EVS_MESSAGE_DATAGRAM] = SOCK_DGRAM,
		[EVS_MESSAGE_STREAM] = SOCK_STREAM | SOCK_NONBLOCK,
		[EVS_MESSAGE_SEQPACKET] = SOCK_SEQPACKET,
	};
	int fd;

	if (kind > EVS_MESSAGE_SEQPACKET)
		return -EINVAL;
	fd = socket(AF_UNIX, types[kind] | SOCK_CLOEXEC, 0);
	return fd < 0 ? -errno : fd;
}

static int open_at(const char *path, uint32_t kind,
		   int (*join)(int fd, const struct sockaddr *address, socklen_t length))
{
	struct sockaddr_un address;
	int length = fill_address(path, &address);
	int fd = length < 0 ? length : open_socket(kind);
	int result;

	if (fd < 0 || join(fd, (const struct sockaddr *)&address, (socklen_t)length) == 0)
		return fd;
	result = -errno;
	close(fd);
	return result;
}

int32_t evs_message_connect(const char *path, uint32_t kind)
{
	return open_at(path, kind, connect);
}

static int bind_and_listen(int fd, const struct sockaddr *address, socklen_t length)
{
	int type = 0;
	socklen_t size = sizeof(type);

	if (bind(fd, address, length) < 0 || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
		return -1;
	return type == SOCK_DGRAM ? 0 : listen(fd, 4);
}

int32_t evs_message_listen(const char *path, uint32_t kind)
{
	return open_at(path, kind, bind_and_listen);
}

/* 0 when the socket is ready; -EAGAIN when the time is over. */
static int await(int fd, short events, int32_t timeout_ms)
{
	struct pollfd wanted = {.fd = fd, .events = events};
	int count = poll(&wanted, 1, timeout_ms);

	if (count < 0)
		return -errno;
	return count == 0 ? -EAGAIN : 0;
}

int32_t evs_message_accept(int32_t fd, int32_t timeout_ms)
{
	int result = await(fd, POLLIN, timeout_ms);

	if (result < 0)
		return result;
	result = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	return result < 0 ? -errno : result;
}

int32_t evs_message_send(int32_t fd, const void *bytes, uint32_t size, int32_t passed,
			 int32_t timeout_ms)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control = {.bytes = {0}};
	struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	ssize_t sent;
	int result =
		size == 0 || size > EVS_MESSAGE_SIZE ? -EINVAL : await(fd, POLLOUT, timeout_ms);

	if (result < 0)
		return result;
	if (passed >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &passed, sizeof(passed));
	}
	sent = sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	if (sent < 0)
		return -errno;
	/* Only a stream takes a part; so short a message always has room where there is any. */
	return (size_t)sent == size ? 0 : -EMSGSIZE;
}

/* Takes the first descriptor of a message and closes every other: there are none by the rules. */
static int take_passed(struct msghdr *message, int32_t *passed)
{
	int count = 0;

	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header)) {
		size_t length = header->cmsg_len - CMSG_LEN(0);

		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; at + sizeof(int) <= length; at += sizeof(int)) {
			int fd;

			memcpy(&fd, CMSG_DATA(header) + at, sizeof(fd));
			if (count++ == 0)
				*passed = fd;
			else
				close(fd);
		}
	}
	return count;
}

int32_t evs_message_receive(int32_t fd, void *bytes, uint32_t capacity, int32_t timeout_ms,
			    int32_t *passed)
{
	union {
		char bytes[CMSG_SPACE(PASSED_MAX * sizeof(int))];
		struct cmsghdr header;
	} control;
	struct iovec part = {.iov_base = bytes, .iov_len = capacity};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t size;
	int count;
	int result = await(fd, POLLIN, timeout_ms);

	*passed = -1;
	if (result < 0)
		return result;
	size = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (size < 0)
		return -errno;
	count = take_passed(&message, passed);
	if (count <= 1 && !(message.msg_flags & (MSG_CTRUNC | MSG_TRUNC)))
		return (int32_t)size;
	if (count > 0)
		close(*passed);
	*passed = -1;
	return -EBADMSG;
}
