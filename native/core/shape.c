/* SPDX-License-Identifier: MIT */
#include "clone.h"
#include "keyset.h"

#include <errno.h>

#define BIT(code) (UINT64_C(1) << (code))

static bool has_key_between(const struct evs_description *description, unsigned int first,
			    unsigned int last)
{
	for (unsigned int code = first; code <= last; code++) {
		if ((description->keys[code / 64] >> (code % 64)) & 1u)
			return true;
	}
	return false;
}

static int32_t middle_of(const struct evs_axis *axis)
{
	return (int32_t)(((int64_t)axis->minimum + axis->maximum) / 2);
}

/* 0 where the axis has one, else its least value: pressure, pedals and triggers that nobody touches. */
static int32_t least_of(const struct evs_axis *axis)
{
	return axis->minimum <= 0 && axis->maximum >= 0 ? 0 : axis->minimum;
}

/* Sticks and what else springs back on a game controller. */
static uint64_t springs_of(const struct evs_description *description)
{
	uint64_t springs = BIT(ABS_X) | BIT(ABS_Y) | BIT(ABS_Z) | BIT(ABS_RX) | BIT(ABS_RY) |
			   BIT(ABS_RZ) | BIT(ABS_RUDDER) | BIT(ABS_WHEEL) | BIT(ABS_GAS) |
			   BIT(ABS_BRAKE);

	for (unsigned int code = ABS_HAT0X; code <= ABS_HAT3Y; code++)
		springs |= BIT(code);
	/* A throttle lever stays where the hand left it. */
	return springs & description->absolute;
}

/*
 * Where a spring returns to. The kernel does not tell (before the first event an axis reads 0 whatever its
 * range), so it is what the codes mean: Documentation/input/gamepad.rst. Z and RZ are triggers beside a
 * second stick on RX and RY, and that stick itself where there is none.
 */
static int32_t spring_rest(const struct evs_description *description, unsigned int code)
{
	const struct evs_axis *axis = &description->axes[code];
	uint64_t second_stick = BIT(ABS_RX) | BIT(ABS_RY);
	bool is_trigger = (code == ABS_Z || code == ABS_RZ) &&
			  (description->absolute & second_stick) == second_stick;
	bool is_pedal = code == ABS_GAS || code == ABS_BRAKE;
	bool is_analog_hat = code >= ABS_HAT0X && code <= ABS_HAT3Y;

	if (axis->minimum >= 0 && (is_trigger || is_pedal || is_analog_hat))
		return axis->minimum;
	return middle_of(axis);
}

static void add_rests(const struct evs_description *description, struct clone_shape *shape)
{
	bool is_controller = has_key_between(description, BTN_JOYSTICK, BTN_DIGI - 1) ||
			     has_key_between(description, BTN_TRIGGER_HAPPY1, BTN_TRIGGER_HAPPY40);
	bool has_places = has_key_between(description, BTN_DIGI, BTN_TOOL_QUADTAP);

	if (is_controller && !has_places)
		shape->resting = springs_of(description) & shape->axes;
	for (unsigned int code = 0; code < ABS_CNT; code++) {
		if ((shape->resting >> code) & 1u)
			shape->rest[code] = spring_rest(description, code);
	}
	if ((shape->axes >> ABS_PRESSURE) & 1u) {
		shape->resting |= BIT(ABS_PRESSURE);
		shape->rest[ABS_PRESSURE] = least_of(&description->axes[ABS_PRESSURE]);
	}
}

int clone_shape_of(const struct evs_description *description, struct clone_shape *out)
{
	uint64_t slot_axes = 0;
	uint64_t absolute = (description->types >> EV_ABS) & 1u ? description->absolute : 0;
	const struct evs_axis *slots = &description->axes[ABS_MT_SLOT];

	memset(out, 0, sizeof(*out));
	for (unsigned int code = CLONE_SLOT_AXIS_FIRST; code <= ABS_MT_TOOL_Y; code++)
		slot_axes |= BIT(code);
	if ((absolute >> ABS_MT_SLOT) & 1u) {
		if (slots->minimum != 0 || slots->maximum < 0 ||
		    slots->maximum >= (int32_t)CLONE_SLOTS_MAX)
			return -ERANGE;
		out->slot_count = (uint32_t)slots->maximum + 1;
		/* Slots bring it, whether the device had it or not (input_mt_init_slots). */
		out->slot_axes = (absolute & slot_axes) | BIT(ABS_MT_TRACKING_ID);
	}
	if ((description->types >> EV_SW) & 1u)
		out->switches = (uint32_t)(description->switches & (BIT(SW_CNT) - 1));
	out->has_anonymous_contacts = out->slot_count == 0 && (absolute & slot_axes) != 0;
	out->axes = absolute & ~slot_axes & ~BIT(ABS_MT_SLOT);
	add_rests(description, out);
	return 0;
}
