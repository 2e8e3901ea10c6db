/* SPDX-License-Identifier: MIT */
#include "uinput.h"
#include "../core/event.h"
#include "clock.h"
#include "presence.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/uinput.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define RETRY_MS 5

int uinput_set_bit(int fd, unsigned long request, unsigned int bit)
{
	return ioctl(fd, request, bit) < 0 ? -errno : 0;
}

static int add_keys(int fd, uint32_t kind)
{
	int result = uinput_set_bit(fd, UI_SET_EVBIT, EV_KEY);

	for (unsigned int code = KEY_ESC; code < KEY_CNT && result == 0; code++) {
		bool is_mouse_button = code >= BTN_MOUSE && code < BTN_JOYSTICK;

		if (kind == EVS_SINK_MOUSE ? is_mouse_button
					   : !event_code_is_button((uint16_t)code))
			result = uinput_set_bit(fd, UI_SET_KEYBIT, code);
	}
	return result;
}

static bool wants_relative(const struct evs_sink_config *config, unsigned int code)
{
	bool is_hi_res = code == REL_WHEEL_HI_RES || code == REL_HWHEEL_HI_RES;

	if (config->profile == EVS_PROFILE_HOST)
		return config->kind == EVS_SINK_MOUSE &&
		       (is_hi_res || code == REL_X || code == REL_Y || code == REL_WHEEL ||
			code == REL_HWHEEL);
	if (config->kind == EVS_SINK_MOUSE)
		return !is_hi_res;
	/* A keyboard with REL_X and REL_Y would pass for a mouse. */
	return !is_hi_res && code != REL_X && code != REL_Y;
}

static int add_relative(int fd, const struct evs_sink_config *config)
{
	int result = 0;

	if (config->kind == EVS_SINK_KEYBOARD && config->profile == EVS_PROFILE_HOST)
		return 0;
	result = uinput_set_bit(fd, UI_SET_EVBIT, EV_REL);
	for (unsigned int code = 0; code < REL_CNT && result == 0; code++) {
		if (wants_relative(config, code))
			result = uinput_set_bit(fd, UI_SET_RELBIT, code);
	}
	return result;
}

static int add_misc(int fd, const struct evs_sink_config *config)
{
	int result = uinput_set_bit(fd, UI_SET_EVBIT, EV_MSC);

	if (result == 0)
		result = uinput_set_bit(fd, UI_SET_MSCBIT, PRESENCE_CODE);
	if (result == 0 && config->kind == EVS_SINK_KEYBOARD)
		result = uinput_set_bit(fd, UI_SET_MSCBIT, MSC_SCAN);
	return result;
}

static int add_lamps_and_repeat(int fd, const struct evs_sink_config *config)
{
	int result = 0;

	if (config->kind != EVS_SINK_KEYBOARD)
		return 0;
	result = uinput_set_bit(fd, UI_SET_EVBIT, EV_LED);
	for (unsigned int led = LED_NUML; led <= LED_KANA && result == 0; led++)
		result = uinput_set_bit(fd, UI_SET_LEDBIT, led);
	/* A desktop sets the rate on the node; guests get the sources' own repeats instead. */
	if (result == 0 && config->profile == EVS_PROFILE_HOST)
		result = uinput_set_bit(fd, UI_SET_EVBIT, EV_REP);
	return result;
}

static int create_device(int fd, const void *what)
{
	const struct evs_sink_config *config = what;
	struct uinput_setup setup = {.id = {.bustype = BUS_VIRTUAL}};
	int result;

	setup.id.product = (uint16_t)config->product;
	memcpy(setup.name, config->name, sizeof(config->name));
	if (setup.name[0] == '\0' || setup.name[sizeof(setup.name) - 1] != '\0' ||
	    config->phys[sizeof(config->phys) - 1] != '\0')
		return -EINVAL;
	result = add_keys(fd, config->kind);
	if (result == 0)
		result = add_relative(fd, config);
	if (result == 0)
		result = add_misc(fd, config);
	if (result == 0)
		result = add_lamps_and_repeat(fd, config);
	if (result < 0)
		return result;
	if (ioctl(fd, UI_SET_PHYS, config->phys) < 0 || ioctl(fd, UI_DEV_SETUP, &setup) < 0 ||
	    ioctl(fd, UI_DEV_CREATE) < 0)
		return -errno;
	return 0;
}

/* The event node of the device: /sys/devices/virtual/input/inputN/eventM. */
static int find_node(int fd, char *node, size_t size)
{
	char sysname[32] = {0};
	char path[64];
	struct dirent *entry;
	DIR *directory;
	int result = -ENOENT;

	if (ioctl(fd, UI_GET_SYSNAME(sizeof(sysname) - 1), sysname) < 0)
		return -errno;
	snprintf(path, sizeof(path), "/sys/devices/virtual/input/%s", sysname);
	directory = opendir(path);
	if (!directory)
		return -errno;
	while ((entry = readdir(directory))) {
		if (strncmp(entry->d_name, "event", strlen("event")) == 0 &&
		    strlen(entry->d_name) < 16) {
			snprintf(node, size, "/dev/input/%.16s", entry->d_name);
			result = 0;
			break;
		}
	}
	closedir(directory);
	return result;
}

/* devtmpfs makes the node, udev gives it its rights a little later. */
static int open_reader(int fd, bool is_clone, uint32_t timeout_ms, char *node, size_t size)
{
	uint64_t deadline = clock_now_ns() + (uint64_t)timeout_ms * 1000000u;

	for (;;) {
		if (find_node(fd, node, size) == 0) {
			int reader = presence_open_reader(node, is_clone);

			if (reader >= 0)
				return reader;
			if (reader != -ENOENT && reader != -EACCES && reader != -EPERM)
				return reader;
		}
		if (clock_now_ns() > deadline)
			return -ETIMEDOUT;
		poll(NULL, 0, RETRY_MS);
	}
}

static uint32_t minor_of(int fd)
{
	struct stat status;

	return fstat(fd, &status) < 0 ? 0 : minor(status.st_rdev);
}

int uinput_create(int (*describe)(int fd, const void *what), const void *what, bool is_clone,
		  uint32_t timeout_ms, struct evs_sink_info *info, struct evs_sink **out)
{
	struct evs_sink *sink = calloc(1, sizeof(*sink));
	int result;

	if (!sink)
		return -ENOMEM;
	sink->reader = -1;
	sink->fd = open("/dev/uinput", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (sink->fd < 0) {
		result = -errno;
		goto fail;
	}
	result = describe(sink->fd, what);
	if (result < 0)
		goto fail;
	result = open_reader(sink->fd, is_clone, timeout_ms, sink->node, sizeof(sink->node));
	if (result < 0)
		goto fail;
	sink->reader = result;
	memset(info, 0, sizeof(*info));
	memcpy(info->node, sink->node, sizeof(info->node));
	info->device = minor_of(sink->reader);
	*out = sink;
	return 0;
fail:
	evs_sink_close(sink);
	return result;
}

int32_t evs_sink_create(const struct evs_sink_config *config, uint32_t timeout_ms,
			struct evs_sink_info *info, struct evs_sink **out)
{
	if (config->kind > EVS_SINK_MOUSE || config->profile > EVS_PROFILE_HOST)
		return -EINVAL;
	return uinput_create(create_device, config, false, timeout_ms, info, out);
}

void evs_sink_close(struct evs_sink *sink)
{
	if (sink->reader >= 0)
		close(sink->reader);
	if (sink->fd >= 0)
		close(sink->fd);
	free(sink);
}
