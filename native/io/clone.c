/* SPDX-License-Identifier: MIT */
/* Clones of devices by uinput (linux/uinput.h, drivers/input/misc/uinput.c). */
#include "../core/clone.h"
#include "uinput.h"

#include <errno.h>
#include <linux/uinput.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define ABS_WORD_BITS 64u

_Static_assert(ABS_CNT <= ABS_WORD_BITS, "a set of axes is one word");
_Static_assert(sizeof(((struct evs_description *)0)->keys) * 8 >= KEY_CNT, "all keys have room");
_Static_assert(sizeof(((struct evs_description *)0)->forces) * 8 >= FF_CNT,
	       "all effects have room");

struct cloning {
	const struct evs_description *description;
	const struct evs_sink_config *config;
};

static bool has(uint64_t set, unsigned int bit)
{
	return (set >> bit) & 1u;
}

/* What is told here is all that a clone carries; what is left out stands at evs_sink_clone(). */
static uint64_t types_of(const struct cloning *cloning)
{
	uint64_t types = cloning->description->types;

	types &= ~(UINT64_C(1) << EV_FF | UINT64_C(1) << EV_FF_STATUS | UINT64_C(1) << EV_PWR);
	if (cloning->config->profile == EVS_PROFILE_VIRTIO_INPUT)
		types &= ~(UINT64_C(1) << EV_MSC);
	return types;
}

static int add_bits(int fd, unsigned long request, const uint64_t *set, unsigned int count)
{
	int result = 0;

	for (unsigned int bit = 0; bit < count && result == 0; bit++) {
		if (has(set[bit / 64], bit % 64))
			result = uinput_set_bit(fd, request, bit);
	}
	return result;
}

static int add_codes(int fd, const struct cloning *cloning)
{
	const struct evs_description *from = cloning->description;
	const uint64_t types = types_of(cloning);
	const struct {
		unsigned int type;
		unsigned long request;
		const uint64_t *set;
		unsigned int count;
	} sets[] = {
		{EV_KEY, UI_SET_KEYBIT, from->keys, KEY_CNT},
		{EV_REL, UI_SET_RELBIT, &from->relative, REL_CNT},
		{EV_MSC, UI_SET_MSCBIT, &from->misc, MSC_CNT},
		{EV_SW, UI_SET_SWBIT, &from->switches, SW_CNT},
		{EV_LED, UI_SET_LEDBIT, &from->leds, LED_CNT},
		{EV_SND, UI_SET_SNDBIT, &from->sounds, SND_CNT},
	};
	int result = add_bits(fd, UI_SET_EVBIT, &types, EV_CNT);

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]) && result == 0; i++) {
		if (has(types, sets[i].type))
			result = add_bits(fd, sets[i].request, sets[i].set, sets[i].count);
	}
	if (result == 0)
		result = add_bits(fd, UI_SET_PROPBIT, &from->properties, INPUT_PROP_CNT);
	return result;
}

static int add_axes(int fd, const struct cloning *cloning)
{
	const struct evs_description *from = cloning->description;

	if (!has(types_of(cloning), EV_ABS))
		return 0;
	for (unsigned int code = 0; code < ABS_CNT; code++) {
		const struct evs_axis *axis = &from->axes[code];
		struct uinput_abs_setup setup = {
			.code = (uint16_t)code,
			.absinfo = {.value = axis->value,
				    .minimum = axis->minimum,
				    .maximum = axis->maximum,
				    .flat = axis->flat,
				    .resolution = axis->resolution},
		};

		if (has(from->absolute, code) && ioctl(fd, UI_ABS_SETUP, &setup) < 0)
			return -errno;
	}
	return 0;
}

/*
 * The node says that keys repeat, as the device does, but its kernel makes no repeats of its own beside those
 * that come from the device (input_start_autorepeat).
 */
static int stop_repeats(int fd)
{
	const struct input_event events[3] = {
		{.type = EV_REP, .code = REP_DELAY, .value = 0},
		{.type = EV_REP, .code = REP_PERIOD, .value = 0},
		{.type = EV_SYN, .code = SYN_REPORT, .value = 0},
	};

	return write(fd, events, sizeof(events)) < 0 ? -errno : 0;
}

static int create_clone(int fd, const void *what)
{
	const struct cloning *cloning = what;
	const struct evs_description *from = cloning->description;
	struct uinput_setup setup = {
		.id = {from->bustype, from->vendor, from->product, from->version},
	};
	int result = add_codes(fd, cloning);

	if (result == 0)
		result = add_axes(fd, cloning);
	if (result < 0)
		return result;
	memcpy(setup.name, from->name, sizeof(from->name));
	/* A device without a name has one here: uinput refuses none. */
	if (setup.name[0] == '\0')
		memcpy(setup.name, "unnamed", sizeof("unnamed"));
	if (ioctl(fd, UI_SET_PHYS, cloning->config->phys) < 0 ||
	    ioctl(fd, UI_DEV_SETUP, &setup) < 0 || ioctl(fd, UI_DEV_CREATE) < 0)
		return -errno;
	return has(from->types, EV_REP) ? stop_repeats(fd) : 0;
}

int32_t evs_sink_clone(const struct evs_description *description,
		       const struct evs_sink_config *config, uint32_t timeout_ms,
		       struct evs_sink_info *info, struct evs_sink **out)
{
	struct cloning cloning = {description, config};
	struct clone_shape shape;
	int result;

	if (config->kind != EVS_SINK_CLONE || config->profile > EVS_PROFILE_VIRTIO_INPUT ||
	    config->phys[sizeof(config->phys) - 1] != '\0' ||
	    description->name[sizeof(description->name) - 1] != '\0')
		return -EINVAL;
	result = clone_shape_of(description, &shape);
	if (result < 0)
		return result;
	return uinput_create(create_clone, &cloning, true, timeout_ms, info, out);
}

int32_t evs_sink_write(const struct evs_sink *sink, const struct evs_sink_event *events,
		       uint32_t count)
{
	struct input_event frame[CLONE_FRAME_MAX + 1];
	size_t size = (count + 1) * sizeof(frame[0]);
	ssize_t written;

	if (count > CLONE_FRAME_MAX)
		return -EINVAL;
	for (uint32_t i = 0; i < count; i++)
		frame[i] = event_make(events[i].type, events[i].code, events[i].value);
	frame[count] = event_make(EV_SYN, SYN_REPORT, 0);
	written = write(sink->fd, frame, size);
	if (written < 0)
		return -errno;
	return (size_t)written == size ? 0 : -EIO;
}
