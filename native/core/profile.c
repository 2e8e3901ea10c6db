/* SPDX-License-Identifier: MIT */
#include "profile.h"
#include "apart.h"

#include <assert.h>

#define HI_RES_PER_DETENT 120 /* Documentation/input/event-codes.rst, REL_WHEEL_HI_RES */

/* Of QEMU's input-linux, whatever stands behind it. */
static bool is_input_linux(uint32_t profile)
{
	return profile == EVS_PROFILE_INPUT_LINUX || profile == EVS_PROFILE_WINDOWS_VIRTIO;
}

uint16_t profile_fold(uint32_t profile, uint16_t code)
{
	if (!is_input_linux(profile))
		return code;
	if (code == BTN_BACK)
		return BTN_SIDE;
	if (code == BTN_FORWARD)
		return BTN_EXTRA;
	return code;
}

void shaper_begin(struct shaper *shaper, uint32_t profile, const struct input_event *frame)
{
	shaper->frame = frame;
	shaper->passed = 0;
	shaper->stream = SHAPER_KEYBOARD;
	shaper->staged = false;
	shaper->profile = profile;
	shaper->wheel = 0;
	shaper->motion[0] = shaper->motion[1] = 0;
	shaper->detents[0] = shaper->detents[1] = 0;
	shaper->hi_res[0] = shaper->hi_res[1] = false;
	shaper->counts[SHAPER_KEYBOARD] = shaper->counts[SHAPER_MOUSE] = 0;
}

static void shaper_append(struct shaper *shaper, uint32_t stream, const struct input_event *event)
{
	assert(shaper->counts[stream] < SHAPER_EVENTS_MAX);
	shaper->events[stream][shaper->counts[stream]++] = *event;
}

static void shaper_stage(struct shaper *shaper)
{
	if (shaper->staged)
		return;
	shaper->staged = true;
	for (uint32_t i = 0; i < shaper->passed; i++)
		shaper_append(shaper, shaper->stream, &shaper->frame[i]);
}

void shaper_swallow(struct shaper *shaper)
{
	shaper_stage(shaper);
}

void shaper_push(struct shaper *shaper, uint32_t stream, const struct input_event *event)
{
	if (!shaper->staged && event == &shaper->frame[shaper->passed] &&
	    (shaper->passed == 0 || shaper->stream == stream)) {
		shaper->stream = stream;
		shaper->passed++;
		return;
	}
	shaper_stage(shaper);
	shaper_append(shaper, stream, event);
}

static int32_t clamp_detents(int32_t detents)
{
	if (detents > SHAPER_WHEEL_MAX)
		return SHAPER_WHEEL_MAX;
	if (detents < -SHAPER_WHEEL_MAX)
		return -SHAPER_WHEEL_MAX;
	return detents;
}

static void push_wheel_click(struct shaper *shaper, const struct input_event *event)
{
	int32_t detents = clamp_detents(event->value);
	struct input_event click = *event;

	if (detents == 1 || detents == -1) {
		shaper_push(shaper, SHAPER_MOUSE, event);
		return;
	}
	if (detents == 0) {
		shaper_swallow(shaper);
		return;
	}
	click.value = detents > 0 ? 1 : -1;
	shaper->wheel = clamp_detents(shaper->wheel + detents - click.value);
	shaper_stage(shaper);
	shaper_append(shaper, SHAPER_MOUSE, &click);
}

static int32_t clamp_motion(int64_t value)
{
	const int32_t most = SHAPER_SPLITS_MAX * PROFILE_WINDOWS_MOTION_MAX;

	if (value > most)
		return most;
	return value < -most ? -most : (int32_t)value;
}

/* The largest step towards `value` that one frame may carry. */
static int32_t motion_step(int32_t value)
{
	if (value > PROFILE_WINDOWS_MOTION_MAX)
		return PROFILE_WINDOWS_MOTION_MAX;
	return value < -PROFILE_WINDOWS_MOTION_MAX ? -PROFILE_WINDOWS_MOTION_MAX : value;
}

static void push_motion_in_steps(struct shaper *shaper, const struct input_event *event)
{
	int32_t *owed = &shaper->motion[event->code];
	struct input_event step = *event;

	step.value = motion_step(event->value);
	*owed = clamp_motion((int64_t)*owed + event->value - step.value);
	shaper_stage(shaper);
	shaper_append(shaper, SHAPER_MOUSE, &step);
}

void shaper_push_relative(struct shaper *shaper, const struct input_event *event)
{
	bool has_qemu = is_input_linux(shaper->profile);

	switch (event->code) {
	case REL_X:
	case REL_Y:
		if (shaper->profile == EVS_PROFILE_WINDOWS_VIRTIO &&
		    motion_step(event->value) != event->value) {
			push_motion_in_steps(shaper, event);
			return;
		}
		break;
	case REL_WHEEL:
		if (has_qemu) {
			push_wheel_click(shaper, event);
			return;
		}
		shaper->detents[0] = event->value;
		break;
	case REL_HWHEEL:
		shaper->detents[1] = event->value;
		break;
	case REL_WHEEL_HI_RES:
	case REL_HWHEEL_HI_RES:
		if (has_qemu) {
			shaper_swallow(shaper);
			return;
		}
		shaper->hi_res[event->code == REL_HWHEEL_HI_RES] = true;
		break;
	default:
		break;
	}
	shaper_push(shaper, SHAPER_MOUSE, event);
}

void shaper_push_misc(struct shaper *shaper, const struct input_event *event)
{
	/* A scan code belongs to the key that follows it; other EV_MSC are no input of a desktop. */
	if (shaper->profile == EVS_PROFILE_HOST && event->code == MSC_SCAN)
		shaper_push(shaper, SHAPER_KEYBOARD, event);
	else
		shaper_swallow(shaper);
}

static APART void complete_hi_res(struct shaper *shaper)
{
	static const uint16_t codes[2] = {REL_WHEEL_HI_RES, REL_HWHEEL_HI_RES};

	for (int axis = 0; axis < 2; axis++) {
		struct input_event event;
		int32_t detents = clamp_detents(shaper->detents[axis]);

		if (detents == 0 || shaper->hi_res[axis])
			continue;
		event = event_make(EV_REL, codes[axis], detents * HI_RES_PER_DETENT);
		shaper_stage(shaper);
		shaper_append(shaper, SHAPER_MOUSE, &event);
	}
}

static void append_owed_clicks(struct shaper *shaper, const struct input_event *report)
{
	int32_t step = shaper->wheel > 0 ? 1 : -1;

	for (; shaper->wheel != 0; shaper->wheel -= step) {
		struct input_event click = event_make(EV_REL, REL_WHEEL, step);

		shaper_append(shaper, SHAPER_MOUSE, &click);
		shaper_append(shaper, SHAPER_MOUSE, report);
	}
}

static void append_owed_motion(struct shaper *shaper, const struct input_event *report)
{
	while (shaper->motion[0] != 0 || shaper->motion[1] != 0) {
		for (uint16_t axis = REL_X; axis <= REL_Y; axis++) {
			int32_t value = motion_step(shaper->motion[axis]);
			struct input_event step = event_make(EV_REL, axis, value);

			shaper->motion[axis] -= value;
			if (value != 0)
				shaper_append(shaper, SHAPER_MOUSE, &step);
		}
		shaper_append(shaper, SHAPER_MOUSE, report);
	}
}

static bool holds_only_misc(const struct input_event *events, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (events[i].type != EV_MSC)
			return false;
	}
	return true;
}

static void append_owed(struct shaper *shaper, const struct input_event *report)
{
	append_owed_clicks(shaper, report);
	append_owed_motion(shaper, report);
}

/* The frame lies in the streams, whole or in parts. */
static APART uint32_t end_staged(struct shaper *shaper, const struct input_event *report,
				 const uint32_t sinks[SHAPER_STREAMS], const struct port *port,
				 void *ctx)
{
	uint32_t unconsumed = 0;

	for (uint32_t stream = 0; stream < SHAPER_STREAMS; stream++) {
		if (holds_only_misc(shaper->events[stream], shaper->counts[stream]))
			continue;
		if (sinks[stream] == EVS_NONE) {
			unconsumed++;
			continue;
		}
		shaper_append(shaper, stream, report);
		if (stream == SHAPER_MOUSE)
			append_owed(shaper, report);
		port->emit(ctx, sinks[stream], shaper->events[stream], shaper->counts[stream]);
	}
	/* What was emitted lies in this shaper, which the next frame overwrites. */
	port->flush(ctx);
	return unconsumed;
}

uint32_t shaper_end(struct shaper *shaper, const struct input_event *report,
		    const uint32_t sinks[SHAPER_STREAMS], const struct port *port, void *ctx)
{
	uint32_t sink;

	if (shaper->profile == EVS_PROFILE_HOST)
		complete_hi_res(shaper);
	if (shaper->staged)
		return end_staged(shaper, report, sinks, port, ctx);
	sink = sinks[shaper->stream];
	if (holds_only_misc(shaper->frame, shaper->passed))
		return 0;
	if (sink == EVS_NONE)
		return 1;
	port->emit(ctx, sink, shaper->frame, shaper->passed + 1);
	return 0;
}
