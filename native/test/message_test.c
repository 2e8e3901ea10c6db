/* SPDX-License-Identifier: MIT */
/* What a peer may send against the rules: nothing of it may stay, least of all a descriptor. */
#include "evswitch.h"
#include "harness.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 10000

static int descriptor_count(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	CHECK(directory != NULL);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

/* As sendmsg() has it: any bytes, so many descriptors. */
static void send_raw(int fd, const void *bytes, size_t size, uint32_t passed_count)
{
	union {
		char bytes[CMSG_SPACE(8 * sizeof(int))];
		struct cmsghdr header;
	} control = {.bytes = {0}};
	struct iovec part = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = size};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	int passed[8];

	for (uint32_t i = 0; i < passed_count; i++)
		passed[i] = STDERR_FILENO;
	if (passed_count > 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(passed_count * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(passed_count * sizeof(int));
		memcpy(CMSG_DATA(&control.header), passed, passed_count * sizeof(int));
	}
	CHECK_EQUAL(sendmsg(fd, &message, 0), size);
}

static void open_pair(int fds[2])
{
	CHECK_EQUAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds), 0);
}

CASE(one_descriptor_is_taken_and_is_closed_on_exec)
{
	int fds[2], passed;
	char bytes[8];

	open_pair(fds);
	send_raw(fds[0], "abc", 3, 1);
	CHECK_EQUAL(evs_message_receive(fds[1], bytes, sizeof(bytes), PATIENCE_MS, &passed), 3);
	CHECK(passed >= 0);
	CHECK_EQUAL(close(passed), 0);
}

CASE(of_several_descriptors_none_is_kept)
{
	int fds[2], passed;
	char bytes[8];
	int before;

	open_pair(fds);
	before = descriptor_count();
	send_raw(fds[0], "abc", 3, 8);
	CHECK_EQUAL(evs_message_receive(fds[1], bytes, sizeof(bytes), PATIENCE_MS, &passed),
		    -EBADMSG);
	CHECK_EQUAL(passed, -1);
	CHECK_EQUAL(descriptor_count(), before);
}

CASE(of_a_message_that_is_too_long_nothing_is_kept)
{
	int fds[2], passed;
	char bytes[8];
	int before;

	open_pair(fds);
	before = descriptor_count();
	send_raw(fds[0], "more than eight bytes", 21, 1);
	CHECK_EQUAL(evs_message_receive(fds[1], bytes, sizeof(bytes), PATIENCE_MS, &passed),
		    -EBADMSG);
	CHECK_EQUAL(passed, -1);
	CHECK_EQUAL(descriptor_count(), before);
}

CASE(a_message_with_credentials_beside_it_brings_no_descriptor)
{
	int fds[2], passed;
	int on = 1;
	char bytes[8];

	open_pair(fds);
	CHECK_EQUAL(setsockopt(fds[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
	send_raw(fds[0], "abc", 3, 0);
	CHECK_EQUAL(evs_message_receive(fds[1], bytes, sizeof(bytes), PATIENCE_MS, &passed), 3);
	CHECK_EQUAL(passed, -1);
}

CASE(the_peer_that_has_gone_is_no_message)
{
	int fds[2], passed;
	char bytes[8];

	open_pair(fds);
	close(fds[0]);
	CHECK_EQUAL(evs_message_receive(fds[1], bytes, sizeof(bytes), PATIENCE_MS, &passed), 0);
	CHECK_EQUAL(evs_message_send(fds[1], "x", 1, -1, PATIENCE_MS), -EPIPE);
}

CASE(a_kind_that_is_none_opens_nothing)
{
	CHECK_EQUAL(evs_message_connect("/run/x", 3), -EINVAL);
	CHECK_EQUAL(evs_message_listen("@x", UINT32_MAX), -EINVAL);
}
