/* SPDX-License-Identifier: MIT */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

static bool has_bit(const unsigned char *bits, unsigned int bit)
{
	return (bits[bit / 8] >> (bit % 8)) & 1u;
}

static uint32_t read_flags(int fd)
{
	unsigned char types[EV_CNT / 8] = {0};
	unsigned char keys[KEY_CNT / 8] = {0};
	unsigned char rel[REL_CNT / 8] = {0};
	uint32_t flags = 0;

	ioctl(fd, EVIOCGBIT(0, sizeof(types)), types);
	ioctl(fd, EVIOCGBIT(EV_KEY, sizeof(keys)), keys);
	ioctl(fd, EVIOCGBIT(EV_REL, sizeof(rel)), rel);
	for (unsigned int code = KEY_ESC; code < BTN_MISC; code++) {
		if (has_bit(keys, code))
			flags |= EVS_SOURCE_KEYS;
	}
	if (has_bit(keys, BTN_LEFT))
		flags |= EVS_SOURCE_BUTTONS;
	if (has_bit(rel, REL_X) && has_bit(rel, REL_Y))
		flags |= EVS_SOURCE_MOTION;
	if (has_bit(rel, REL_WHEEL_HI_RES))
		flags |= EVS_SOURCE_HI_RES;
	if (has_bit(types, EV_REP))
		flags |= EVS_SOURCE_REPEATS;
	if (has_bit(types, EV_LED))
		flags |= EVS_SOURCE_LEDS;
	return flags;
}

/* Types nobody here looks at never reach our queue, and cause no wake-up. */
static void mask_types(int fd, uint32_t open_flags)
{
	uint64_t wanted = 1u << EV_KEY | 1u << EV_REL | 1u << EV_LED;
	struct input_mask mask = {
		.type = EV_SYN, /* the mask of types */
		.codes_size = sizeof(wanted),
		.codes_ptr = (uintptr_t)&wanted,
	};

	if (open_flags & EVS_OPEN_EVERYTHING)
		return;
	if (open_flags & EVS_OPEN_SCANCODES)
		wanted |= 1u << EV_MSC;
	ioctl(fd, EVIOCSMASK, &mask); /* Linux 4.4; without it more is read, nothing else */
}

static int open_node(const char *path, uint32_t *flags)
{
	int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);

	if (fd < 0 && (errno == EACCES || errno == EROFS || errno == EPERM)) {
		fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
		*flags |= EVS_SOURCE_READ_ONLY;
	}
	return fd < 0 ? -errno : fd;
}

static int configure(int fd, uint32_t open_flags, struct evs_source_info *info)
{
	struct input_id id = {0};
	struct stat status;
	int clock = CLOCK_MONOTONIC;
	int version;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISCHR(status.st_mode) || ioctl(fd, EVIOCGVERSION, &version) < 0)
		return -ENOTTY;
	if (ioctl(fd, EVIOCSCLOCKID, &clock) < 0 || ioctl(fd, EVIOCGID, &id) < 0)
		return -errno;
	mask_types(fd, open_flags);
	memset(info->name, 0, sizeof(info->name));
	ioctl(fd, EVIOCGNAME(sizeof(info->name) - 1), info->name);
	info->flags |= read_flags(fd);
	info->device = minor(status.st_rdev);
	info->bustype = id.bustype;
	info->vendor = id.vendor;
	info->product = id.product;
	info->version = id.version;
	return 0;
}

int32_t evs_source_open(const char *path, uint32_t open_flags, struct evs_source_info *info,
			struct evs_source **out)
{
	struct evs_source *source;
	int result;
	int fd;

	memset(info, 0, sizeof(*info));
	fd = open_node(path, &info->flags);
	if (fd < 0)
		return fd;
	result = configure(fd, open_flags, info);
	if (result < 0)
		goto fail;
	source = malloc(sizeof(*source));
	if (!source) {
		result = -ENOMEM;
		goto fail;
	}
	source->fd = fd;
	source->flags = info->flags;
	source->source_class = 0;
	*out = source;
	return 0;
fail:
	close(fd);
	return result;
}

void evs_source_close(struct evs_source *source)
{
	close(source->fd);
	free(source);
}

int32_t evs_source_set_class(struct evs_source *source, uint32_t source_class)
{
	if (source_class >= EVS_MAP_CLASS_MAX)
		return -EINVAL;
	source->source_class = source_class;
	return 0;
}

int source_keys(int fd, struct keyset *out)
{
	keyset_clear(out);
	return ioctl(fd, EVIOCGKEY(sizeof(*out)), out) < 0 ? -errno : 0;
}

/* struct input_mt_request_layout with room for all slots. */
struct slot_request {
	uint32_t code;
	int32_t values[CLONE_SLOTS_MAX];
};

static int read_slots(int fd, const struct clone_shape *shape, struct clone_state *out)
{
	struct input_absinfo axis;

	if (ioctl(fd, EVIOCGABS(ABS_MT_SLOT), &axis) < 0)
		return -errno;
	out->slot = axis.value;
	for (uint32_t index = 0; index < CLONE_SLOT_AXES; index++) {
		struct slot_request request = {.code = CLONE_SLOT_AXIS_FIRST + index};

		if (!((shape->slot_axes >> request.code) & 1u))
			continue;
		if (ioctl(fd, EVIOCGMTSLOTS(sizeof(request)), &request) < 0)
			return -errno;
		memcpy(out->slots[index], request.values, shape->slot_count * sizeof(int32_t));
	}
	return 0;
}

int source_places(int fd, const struct clone_shape *shape, struct clone_state *out)
{
	memset(out, 0, sizeof(*out));
	for (unsigned int code = 0; code < ABS_CNT; code++) {
		struct input_absinfo axis;

		if (!((shape->axes >> code) & 1u))
			continue;
		if (ioctl(fd, EVIOCGABS(code), &axis) < 0)
			return -errno;
		out->axes[code] = axis.value;
	}
	if (shape->switches && ioctl(fd, EVIOCGSW(sizeof(out->switches)), &out->switches) < 0)
		return -errno;
	return shape->slot_count > 0 ? read_slots(fd, shape, out) : 0;
}

int source_describe(int fd, struct evs_description *out)
{
	struct input_id id = {0};

	memset(out, 0, sizeof(*out));
	if (ioctl(fd, EVIOCGID, &id) < 0)
		return -errno;
	out->bustype = id.bustype;
	out->vendor = id.vendor;
	out->product = id.product;
	out->version = id.version;
	ioctl(fd, EVIOCGNAME(sizeof(out->name) - 1), out->name);
	ioctl(fd, EVIOCGPROP(sizeof(out->properties)), &out->properties);
	ioctl(fd, EVIOCGBIT(0, sizeof(out->types)), &out->types);
	ioctl(fd, EVIOCGBIT(EV_KEY, sizeof(out->keys)), out->keys);
	ioctl(fd, EVIOCGBIT(EV_REL, sizeof(out->relative)), &out->relative);
	ioctl(fd, EVIOCGBIT(EV_ABS, sizeof(out->absolute)), &out->absolute);
	ioctl(fd, EVIOCGBIT(EV_MSC, sizeof(out->misc)), &out->misc);
	ioctl(fd, EVIOCGBIT(EV_SW, sizeof(out->switches)), &out->switches);
	ioctl(fd, EVIOCGBIT(EV_LED, sizeof(out->leds)), &out->leds);
	ioctl(fd, EVIOCGBIT(EV_SND, sizeof(out->sounds)), &out->sounds);
	ioctl(fd, EVIOCGBIT(EV_FF, sizeof(out->forces)), out->forces);
	for (unsigned int code = 0; code < ABS_CNT; code++) {
		struct input_absinfo axis;

		if (!((out->absolute >> code) & 1u))
			continue;
		if (ioctl(fd, EVIOCGABS(code), &axis) < 0)
			return -errno;
		out->axes[code] = (struct evs_axis){axis.value, axis.minimum, axis.maximum,
						    axis.fuzz,  axis.flat,    axis.resolution};
	}
	return 0;
}

int32_t evs_source_describe(const struct evs_source *source, struct evs_description *out)
{
	return source_describe(source->fd, out);
}

int source_lamps(int fd, uint32_t *out)
{
	*out = 0;
	return ioctl(fd, EVIOCGLED(sizeof(*out)), out) < 0 ? -errno : 0;
}

int source_inject(int fd, const struct input_event *events, uint32_t count)
{
	const char *rest = (const char *)events;
	size_t size = count * sizeof(*events);

	/* Newer kernels take a page at a time. */
	while (size > 0) {
		ssize_t written = write(fd, rest, size);

		if (written <= 0)
			return written < 0 ? -errno : -EIO;
		rest += written;
		size -= (size_t)written;
	}
	return 0;
}

int source_grab(int fd)
{
	return ioctl(fd, EVIOCGRAB, 1) < 0 ? -errno : 0;
}

void source_drain(int fd)
{
	struct input_event events[64];
	ssize_t size;

	/* Bounded: a device that floods faster than we read keeps some of its motion. */
	for (int round = 0; round < 16; round++) {
		size = read(fd, events, sizeof(events));
		if (size < (ssize_t)sizeof(events))
			return;
	}
}
