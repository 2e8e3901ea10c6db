/* SPDX-License-Identifier: MIT */
#include "hotplug.h"

#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Groups of NETLINK_KOBJECT_UEVENT: the kernel's own, and udev's, which come when links and rights are set. */
#define GROUP_KERNEL 1u
#define GROUP_UDEV   2u

int hotplug_open(void)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups = GROUP_KERNEL | GROUP_UDEV,
	};
	int fd =
		socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);
	int result;

	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	result = -errno;
	close(fd);
	return result;
}

bool hotplug_read(int fd)
{
	static const char wanted[] = "SUBSYSTEM=input";
	char message[8192];
	bool is_input = false;

	for (;;) {
		ssize_t size = recv(fd, message, sizeof(message), MSG_TRUNC);

		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0 && errno == ENOBUFS) {
			is_input = true;
			continue;
		}
		if (size <= 0)
			return is_input;
		if ((size_t)size > sizeof(message) ||
		    memmem(message, (size_t)size, wanted, sizeof(wanted)))
			is_input = true;
	}
}
