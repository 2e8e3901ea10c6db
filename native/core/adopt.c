/* SPDX-License-Identifier: MIT */
#include "adopt.h"

static uint32_t lift_contacts(const struct clone_shape *shape, const struct clone_state *places,
			      struct input_event *out)
{
	const int32_t *ids = places->slots[ABS_MT_TRACKING_ID - CLONE_SLOT_AXIS_FIRST];
	uint32_t count = 0;

	for (uint32_t slot = 0; slot < shape->slot_count; slot++) {
		if (ids[slot] < 0)
			continue;
		out[count++] = event_make(EV_ABS, ABS_MT_SLOT, (int32_t)slot);
		out[count++] = event_make(EV_ABS, ABS_MT_TRACKING_ID, -1);
	}
	return count;
}

static uint32_t rest_axes(const struct clone_shape *shape, const struct clone_state *places,
			  struct input_event *out)
{
	uint32_t count = 0;

	for (uint16_t code = 0; code < ABS_CNT; code++) {
		if (((shape->resting >> code) & 1u) && places->axes[code] != shape->rest[code])
			out[count++] = event_make(EV_ABS, code, shape->rest[code]);
	}
	return count;
}

uint32_t adopt_frame(const struct keyset *down, const struct clone_shape *shape,
		     const struct clone_state *places, struct input_event out[ADOPT_EVENTS_MAX])
{
	uint32_t count = 0;

	if (shape)
		count += lift_contacts(shape, places, out);
	KEYSET_FOR_EACH(code, down)
	out[count++] = event_make(EV_KEY, (uint16_t)code, 0);
	if (shape)
		count += rest_axes(shape, places, &out[count]);
	if (count > 0)
		out[count++] = event_make(EV_SYN, SYN_REPORT, 0);
	return count;
}
