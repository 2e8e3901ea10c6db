/* SPDX-License-Identifier: MIT */
/*
 * evswitch-holder SOCKET: keeps the descriptors of the service's nodes where systemd, whose store does it
 * otherwise, is not process 1. A node lives as long as somebody has its descriptor, so a guest does not notice
 * that the service was restarted. It does nothing else, and so has no reason to end.
 *
 * Messages come over a Unix socket of type SOCK_SEQPACKET, in the words of sd_notify(3); "LIST=1" asks for what is kept:
 *
 *   FDSTORE=1\nFDNAME=name         with one descriptor, which replaces one of that name
 *   FDSTOREREMOVE=1\nFDNAME=name
 *   LIST=1                         answered by FDNAME=name with its descriptor for each, and END=1
 *
 * Only processes of its own user and of root are listened to. Exit status: 1 when it cannot listen.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define KEPT_MAX     64
#define CLIENTS_MAX  8
#define NAME_SIZE    256
#define MESSAGE_SIZE 512
#define PASSED_MAX   253 /* SCM_MAX_FD, net/scm.h */

struct kept {
	char name[NAME_SIZE];
	int fd;
};

static struct kept kept[KEPT_MAX];
static size_t kept_count;

static struct kept *find(const char *name)
{
	for (size_t i = 0; i < kept_count; i++)
		if (!strcmp(kept[i].name, name))
			return &kept[i];
	return NULL;
}

/* Takes the descriptor. */
static void keep(const char *name, int fd)
{
	struct kept *place = find(name);

	if (place) {
		close(place->fd);
	} else if (kept_count < KEPT_MAX) {
		place = &kept[kept_count++];
		snprintf(place->name, sizeof(place->name), "%s", name);
	} else {
		fprintf(stderr, "evswitch-holder: more than %d descriptors\n", KEPT_MAX);
		close(fd);
		return;
	}
	place->fd = fd;
}

static void forget(const char *name)
{
	struct kept *place = find(name);

	if (!place)
		return;
	close(place->fd);
	*place = kept[--kept_count];
}

static bool tell(int client, const char *text, int passed)
{
	union {
		char bytes[CMSG_SPACE(sizeof(int))];
		struct cmsghdr header;
	} control = {.bytes = {0}};
	struct iovec part = {.iov_len = strlen(text)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	char copy[MESSAGE_SIZE];

	memcpy(copy, text, part.iov_len);
	part.iov_base = copy;
	if (passed >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &passed, sizeof(passed));
	}
	/* A client that does not read what it asked for is dropped rather than waited for. */
	return sendmsg(client, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
}

static bool list(int client)
{
	for (size_t i = 0; i < kept_count; i++) {
		char text[MESSAGE_SIZE];

		snprintf(text, sizeof(text), "FDNAME=%.*s", NAME_SIZE - 1, kept[i].name);
		if (!tell(client, text, kept[i].fd))
			return false;
	}
	return tell(client, "END=1", -1);
}

/* The value of a line "KEY=value" of the message; NULL when it has no such line. Cuts the message there. */
static char *value_of(char *message, const char *key)
{
	size_t length = strlen(key);

	for (char *line = message; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, length) && line[length] == '=')
			return line + length + 1;
	}
	return NULL;
}

/* Takes the first descriptor of a message and closes every other. -1 = none. */
static int take_passed(struct msghdr *message)
{
	int passed = -1;

	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header)) {
		size_t length = header->cmsg_len - CMSG_LEN(0);

		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t at = 0; at + sizeof(int) <= length; at += sizeof(int)) {
			int fd;

			memcpy(&fd, CMSG_DATA(header) + at, sizeof(fd));
			if (passed < 0)
				passed = fd;
			else
				close(fd);
		}
	}
	return passed;
}

/* False when the client is to be dropped. The descriptor is taken. */
static bool obey(int client, char *text, int passed)
{
	bool asks = value_of(text, "LIST") != NULL;
	bool stores = value_of(text, "FDSTORE") != NULL;
	bool removes = value_of(text, "FDSTOREREMOVE") != NULL;
	char *name = value_of(text, "FDNAME");

	if (name)
		name[strcspn(name, "\n")] = 0;
	if (stores && passed >= 0 && name && *name && strlen(name) < NAME_SIZE) {
		keep(name, passed);
		return true;
	}
	if (passed >= 0)
		close(passed);
	if (removes && name) {
		forget(name);
		return true;
	}
	return asks && list(client);
}

/* False when the client has gone, or says what it should not. */
static bool serve(int client)
{
	union {
		char bytes[CMSG_SPACE(PASSED_MAX * sizeof(int))];
		struct cmsghdr header;
	} control;
	char text[MESSAGE_SIZE];
	struct iovec part = {.iov_base = text, .iov_len = sizeof(text) - 1};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t size = recvmsg(client, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	int passed;

	if (size < 0)
		return errno == EAGAIN || errno == EINTR;
	passed = take_passed(&message);
	if (size == 0 || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) ||
	    memchr(text, 0, (size_t)size)) {
		if (passed >= 0)
			close(passed);
		return false;
	}
	text[size] = 0;
	return obey(client, text, passed);
}

static bool is_ours(int client)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
	       (peer.uid == geteuid() || peer.uid == 0);
}

/* A socket that a crash left is replaced, one that somebody listens at is not. -1 with errno. */
static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0) {
		errno = EADDRINUSE;
		return -1;
	}
	if (errno == ECONNREFUSED)
		unlink(path);
	umask(0177);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(fd, CLIENTS_MAX) < 0)
		return -1;
	return fd;
}

int main(int argc, char **argv)
{
	struct pollfd fds[1 + CLIENTS_MAX];
	nfds_t count = 1;

	if (argc != 2) {
		fprintf(stderr, "usage: evswitch-holder SOCKET\n");
		return 2;
	}
	fds[0] = (struct pollfd){.fd = listen_at(argv[1]), .events = POLLIN};
	if (fds[0].fd < 0) {
		fprintf(stderr, "evswitch-holder: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	for (;;) {
		if (poll(fds, count, -1) < 0)
			continue;
		for (nfds_t i = count - 1; i > 0; i--) {
			if (!fds[i].revents || serve(fds[i].fd))
				continue;
			close(fds[i].fd);
			fds[i] = fds[--count];
		}
		if (fds[0].revents) {
			int client = accept4(fds[0].fd, NULL, NULL, SOCK_CLOEXEC);

			if (client >= 0 && is_ours(client) && count <= CLIENTS_MAX)
				fds[count++] = (struct pollfd){.fd = client, .events = POLLIN};
			else if (client >= 0)
				close(client);
		}
	}
}
