/* SPDX-License-Identifier: MIT */
/* Making nodes and finding them (drivers/input/misc/uinput.c). */
#include "uinput.h"
#include "../core/clone.h"
#include "../core/event.h"
#include "clock.h"
#include "presence.h"
#include "source.h"
#include "template.h"

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

#define RETRY_MS     5
#define SYSNAME_SIZE 32

/* Documentation/admin-guide/devices.txt: /dev/uinput */
#define MISC_MAJOR   10
#define UINPUT_MINOR 223

/* ---- making */

static bool has(uint64_t set, unsigned int bit)
{
	return (set >> bit) & 1u;
}

static int add_bits(int fd, unsigned long request, const uint64_t *set, unsigned int count)
{
	for (unsigned int bit = 0; bit < count; bit++) {
		if (has(set[bit / 64], bit % 64) && ioctl(fd, request, bit) < 0)
			return -errno;
	}
	return 0;
}

static int add_codes(int fd, const struct evs_description *template)
{
	const struct {
		unsigned long request;
		const uint64_t *set;
		unsigned int count;
	} sets[] = {
		{UI_SET_EVBIT, &template->types, EV_CNT},
		{UI_SET_KEYBIT, template->keys, KEY_CNT},
		{UI_SET_RELBIT, &template->relative, REL_CNT},
		{UI_SET_MSCBIT, &template->misc, MSC_CNT},
		{UI_SET_SWBIT, &template->switches, SW_CNT},
		{UI_SET_LEDBIT, &template->leds, LED_CNT},
		{UI_SET_SNDBIT, &template->sounds, SND_CNT},
		{UI_SET_PROPBIT, &template->properties, INPUT_PROP_CNT},
	};
	int result = 0;

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]) && result == 0; i++)
		result = add_bits(fd, sets[i].request, sets[i].set, sets[i].count);
	return result;
}

static int add_axes(int fd, const struct evs_description *template)
{
	for (unsigned int code = 0; code < ABS_CNT; code++) {
		const struct evs_axis *axis = &template->axes[code];
		struct uinput_abs_setup setup = {
			.code = (uint16_t)code,
			.absinfo = {.value = axis->value,
				    .minimum = axis->minimum,
				    .maximum = axis->maximum,
				    .flat = axis->flat,
				    .resolution = axis->resolution},
		};

		if (has(template->absolute, code) && ioctl(fd, UI_ABS_SETUP, &setup) < 0)
			return -errno;
	}
	return 0;
}

static int make(int fd, const struct evs_description *template, const char *phys)
{
	struct uinput_setup setup = {
		.id = {template->bustype, template->vendor, template->product, template->version},
	};
	int result = add_codes(fd, template);

	if (result == 0)
		result = add_axes(fd, template);
	if (result < 0)
		return result;
	memcpy(setup.name, template->name, sizeof(setup.name));
	if (ioctl(fd, UI_SET_PHYS, phys) < 0 || ioctl(fd, UI_DEV_SETUP, &setup) < 0 ||
	    ioctl(fd, UI_DEV_CREATE) < 0)
		return -errno;
	return 0;
}

/*
 * A clone says that its keys repeat, as its device does, but its kernel makes no repeats of its own beside
 * those that come from the device (input_start_autorepeat).
 */
static int stop_repeats(int fd)
{
	const struct input_event events[3] = {
		event_make(EV_REP, REP_DELAY, 0),
		event_make(EV_REP, REP_PERIOD, 0),
		event_make(EV_SYN, SYN_REPORT, 0),
	};

	return uinput_write(fd, events, 3);
}

/* ---- finding */

int uinput_check(int fd)
{
	char sysname[SYSNAME_SIZE] = {0};
	struct stat status;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(MISC_MAJOR, UINPUT_MINOR))
		return -ENOTTY;
	return ioctl(fd, UI_GET_SYSNAME(sizeof(sysname) - 1), sysname) < 0 ? -ENODEV : 0;
}

/* /sys/devices/virtual/input/inputN */
static int device_path(int fd, char *path, size_t size)
{
	char sysname[SYSNAME_SIZE] = {0};

	if (ioctl(fd, UI_GET_SYSNAME(sizeof(sysname) - 1), sysname) < 0)
		return -errno;
	snprintf(path, size, "/sys/devices/virtual/input/%s", sysname);
	return 0;
}

int uinput_property(int fd, const char *property, char out[EVS_DEVICE_NAME_SIZE])
{
	char device[64], path[96];
	ssize_t size;
	int file;
	int result = device_path(fd, device, sizeof(device));

	if (result < 0)
		return result;
	snprintf(path, sizeof(path), "%s/%s", device, property);
	file = open(path, O_RDONLY | O_CLOEXEC);
	if (file < 0)
		return -errno;
	memset(out, 0, EVS_DEVICE_NAME_SIZE);
	size = read(file, out, EVS_DEVICE_NAME_SIZE - 1);
	result = size < 0 ? -errno : 0;
	close(file);
	if (size > 0 && out[size - 1] == '\n')
		out[size - 1] = '\0';
	return result;
}

int uinput_node(int fd, char node[EVS_PATH_SIZE])
{
	char path[64];
	struct dirent *entry;
	DIR *directory;
	int result = device_path(fd, path, sizeof(path));

	if (result < 0)
		return result;
	directory = opendir(path);
	if (!directory)
		return -errno;
	result = -ENOENT;
	while (result < 0 && (entry = readdir(directory))) {
		if (strncmp(entry->d_name, "event", strlen("event")) == 0 &&
		    strlen(entry->d_name) < 16) {
			snprintf(node, EVS_PATH_SIZE, "/dev/input/%.16s", entry->d_name);
			result = 0;
		}
	}
	closedir(directory);
	return result;
}

/* devtmpfs makes the node, udev gives it its rights a little later. */
static int open_reader(int fd, bool is_clone, uint32_t timeout_ms, char node[EVS_PATH_SIZE])
{
	uint64_t deadline = clock_now_ns() + (uint64_t)timeout_ms * 1000000u;

	for (;;) {
		if (uinput_node(fd, node) == 0) {
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

int uinput_wrap(int fd, bool is_clone, uint32_t timeout_ms, struct evs_sink_info *info,
		struct evs_sink **out)
{
	struct evs_sink *sink = calloc(1, sizeof(*sink));
	int reader;

	if (!sink)
		return -ENOMEM;
	reader = open_reader(fd, is_clone, timeout_ms, sink->node);
	if (reader < 0) {
		free(sink);
		return reader;
	}
	sink->fd = fd;
	sink->reader = reader;
	memset(info, 0, sizeof(*info));
	memcpy(info->node, sink->node, sizeof(info->node));
	info->device = minor_of(reader);
	*out = sink;
	return 0;
}

int uinput_write(int fd, const struct input_event *events, uint32_t count)
{
	return source_inject(fd, events, count); /* one driver's write() is as the other's */
}

/* ---- the exported ones */

static int create(const struct evs_description *template, const char *phys, bool is_clone,
		  uint32_t timeout_ms, struct evs_sink_info *info, struct evs_sink **out)
{
	int fd = open("/dev/uinput", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	int result;

	if (fd < 0)
		return -errno;
	result = make(fd, template, phys);
	if (result == 0 && is_clone && has(template->types, EV_REP))
		result = stop_repeats(fd);
	if (result == 0)
		result = uinput_wrap(fd, is_clone, timeout_ms, info, out);
	if (result < 0)
		close(fd);
	return result;
}

int32_t evs_sink_create(const struct evs_sink_config *config, uint32_t timeout_ms,
			struct evs_sink_info *info, struct evs_sink **out)
{
	struct evs_description template;
	int result = template_of_sink(config, &template);

	return result < 0 ? result : create(&template, config->phys, false, timeout_ms, info, out);
}

int32_t evs_sink_clone(const struct evs_description *description,
		       const struct evs_sink_config *config, uint32_t timeout_ms,
		       struct evs_sink_info *info, struct evs_sink **out)
{
	struct evs_description template;
	int result = template_of_clone(description, config, &template);

	return result < 0 ? result : create(&template, config->phys, true, timeout_ms, info, out);
}

int32_t evs_sink_write(const struct evs_sink *sink, const struct evs_sink_event *events,
		       uint32_t count)
{
	struct input_event frame[CLONE_FRAME_MAX + 1];

	if (count > CLONE_FRAME_MAX)
		return -EINVAL;
	for (uint32_t i = 0; i < count; i++)
		frame[i] = event_make(events[i].type, events[i].code, events[i].value);
	frame[count] = event_make(EV_SYN, SYN_REPORT, 0);
	return uinput_write(sink->fd, frame, count + 1);
}

int32_t evs_sink_lamps(const struct evs_sink *sink)
{
	uint32_t lamps;
	int result = source_lamps(sink->reader, &lamps);

	/* A set of LED_CNT bits, which is never negative. */
	return result < 0 ? result : (int32_t)lamps;
}

int32_t evs_sink_descriptor(const struct evs_sink *sink)
{
	return sink->fd;
}

void evs_sink_close(struct evs_sink *sink)
{
	close(sink->reader);
	close(sink->fd);
	free(sink);
}
