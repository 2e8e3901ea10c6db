/* SPDX-License-Identifier: MIT */
#include "source.h"

#include "fail.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/uinput.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

static void set_bit(int source, unsigned long request, unsigned int bit)
{
	if (ioctl(source, request, bit) < 0)
		fail_errno("give the source its capabilities");
}

static void set_keys(int source, unsigned int first, unsigned int last)
{
	set_bit(source, UI_SET_EVBIT, EV_KEY);
	for (unsigned int code = first; code <= last; code++)
		set_bit(source, UI_SET_KEYBIT, code);
	set_bit(source, UI_SET_EVBIT, EV_MSC);
	set_bit(source, UI_SET_MSCBIT, MSC_SCAN);
}

static void set_mouse(int source)
{
	static const unsigned int axes[] = {
		REL_X, REL_Y, REL_WHEEL, REL_HWHEEL, REL_WHEEL_HI_RES, REL_HWHEEL_HI_RES};

	set_keys(source, BTN_LEFT, BTN_TASK);
	set_bit(source, UI_SET_EVBIT, EV_REL);
	for (size_t i = 0; i < sizeof(axes) / sizeof(axes[0]); i++)
		set_bit(source, UI_SET_RELBIT, axes[i]);
}

static void set_keyboard(int source)
{
	set_keys(source, KEY_ESC, KEY_MICMUTE);
	set_keys(source, KEY_BRL_DOT1, KEY_BRL_DOT8);
	set_bit(source, UI_SET_EVBIT, EV_REP);
}

static void find_node(int source, char node[SOURCE_NODE_SIZE])
{
	char name[32] = "";
	char path[64];
	struct dirent *entry;
	DIR *directory;

	if (ioctl(source, UI_GET_SYSNAME(sizeof(name)), name) < 0)
		fail_errno("ask for the source's name in /sys");
	snprintf(path, sizeof(path), "/sys/devices/virtual/input/%s", name);
	directory = opendir(path);
	if (!directory)
		fail_errno("open the source's directory in /sys");
	node[0] = '\0';
	while ((entry = readdir(directory))) {
		if (strncmp(entry->d_name, "event", strlen("event")) == 0)
			snprintf(node, SOURCE_NODE_SIZE, "/dev/input/%.32s", entry->d_name);
	}
	closedir(directory);
	if (node[0] == '\0')
		fail("the source has no event node: is the evdev module loaded?");
}

int source_create(enum source_kind kind, const char *name, const char *phys,
		  char node[SOURCE_NODE_SIZE])
{
	struct uinput_setup setup = {.id = {.bustype = BUS_USB, .vendor = 0x1d6b, .product = 1}};
	int source = open("/dev/uinput", O_RDWR | O_CLOEXEC);

	if (source < 0)
		fail_errno("open /dev/uinput");
	if (kind == SOURCE_MOUSE)
		set_mouse(source);
	else
		set_keyboard(source);
	snprintf(setup.name, sizeof(setup.name), "%s", name);
	if (phys && ioctl(source, UI_SET_PHYS, phys) < 0)
		fail_errno("give the source its phys");
	if (ioctl(source, UI_DEV_SETUP, &setup) < 0 || ioctl(source, UI_DEV_CREATE) < 0)
		fail_errno("create the source");
	find_node(source, node);
	return source;
}
