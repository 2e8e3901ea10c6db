/* SPDX-License-Identifier: MIT */
#include "forward.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/input.h>
#include <linux/uinput.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define BITS_PER_LONG    (8 * sizeof(unsigned long))
#define LONGS(bit_count) (((bit_count) + BITS_PER_LONG - 1) / BITS_PER_LONG)

_Noreturn void forward_fail(const char *what)
{
	fprintf(stderr, "cannot %s: %s\n", what, strerror(errno));
	exit(1);
}

static bool has_bit(const unsigned long *bits, unsigned int bit)
{
	return bits[bit / BITS_PER_LONG] >> (bit % BITS_PER_LONG) & 1;
}

static void clone_codes(int source, int sink, unsigned int type, unsigned int count,
			unsigned long request)
{
	unsigned long bits[LONGS(KEY_CNT)] = {0};

	if (ioctl(source, EVIOCGBIT(type, sizeof(bits)), bits) < 0)
		forward_fail("read the capabilities of the device");
	for (unsigned int code = 0; code < count; code++) {
		if (!has_bit(bits, code))
			continue;
		if (ioctl(sink, UI_SET_EVBIT, type) < 0 || ioctl(sink, request, code) < 0)
			forward_fail("give the clone its capabilities");
	}
}

/* No EV_REP: the repeats of the source are forwarded, the clone must not add its own. */
static int open_clone(int source, const char *name)
{
	struct uinput_setup setup = {0};
	int sink = open("/dev/uinput", O_RDWR | O_CLOEXEC);

	if (sink < 0)
		forward_fail("open /dev/uinput");
	clone_codes(source, sink, EV_KEY, KEY_CNT, UI_SET_KEYBIT);
	clone_codes(source, sink, EV_REL, REL_CNT, UI_SET_RELBIT);
	clone_codes(source, sink, EV_MSC, MSC_CNT, UI_SET_MSCBIT);
	if (ioctl(source, EVIOCGID, &setup.id) < 0)
		forward_fail("read the identity of the device");
	strncpy(setup.name, name, sizeof(setup.name) - 1);
	if (ioctl(sink, UI_DEV_SETUP, &setup) < 0 || ioctl(sink, UI_DEV_CREATE) < 0)
		forward_fail("create the clone");
	return sink;
}

static void print_node(int sink)
{
	char name[64] = "";
	char path[128];
	struct dirent *entry;
	DIR *directory;

	if (ioctl(sink, UI_GET_SYSNAME(sizeof(name)), name) < 0)
		forward_fail("ask for the clone's name in /sys");
	snprintf(path, sizeof(path), "/sys/devices/virtual/input/%s", name);
	directory = opendir(path);
	if (!directory)
		forward_fail("open the clone's directory in /sys");
	while ((entry = readdir(directory))) {
		if (strncmp(entry->d_name, "event", strlen("event")) == 0) {
			printf("ready /dev/input/%s\n", entry->d_name);
			fflush(stdout);
		}
	}
	closedir(directory);
}

static void take_priority(int priority)
{
	struct sched_param parameters = {.sched_priority = priority};

	if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
		forward_fail("lock memory");
	if (priority > 0 && sched_setscheduler(0, SCHED_FIFO, &parameters) < 0)
		forward_fail("take real-time priority");
}

struct forward forward_open(int argc, char **argv, const char *clone_name)
{
	static const struct option options[] = {{"device", required_argument, NULL, 'd'},
						{"fifo", required_argument, NULL, 'f'},
						{NULL, 0, NULL, 0}};
	struct forward forward;
	const char *device = NULL;
	int priority = 0;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'd')
			device = optarg;
		else if (option == 'f')
			priority = atoi(optarg);
		else
			exit(2);
	}
	if (!device || optind != argc) {
		fprintf(stderr, "usage: %s --device NODE [--fifo PRIORITY]\n", argv[0]);
		exit(2);
	}
	forward.source = open(device, O_RDONLY | O_CLOEXEC);
	if (forward.source < 0)
		forward_fail("open the device");
	if (ioctl(forward.source, EVIOCGRAB, 1) < 0)
		forward_fail("grab the device");
	forward.sink = open_clone(forward.source, clone_name);
	take_priority(priority);
	print_node(forward.sink);
	return forward;
}
