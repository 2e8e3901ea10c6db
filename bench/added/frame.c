/* SPDX-License-Identifier: MIT */
#include "frame.h"

#include <string.h>

#define SCAN_CODE_A 0x70004

static void set(struct input_event *event, uint16_t type, uint16_t code, int32_t value)
{
	memset(event, 0, sizeof(*event));
	event->type = type;
	event->code = code;
	event->value = value;
}

void frame_make(enum frame_kind kind, uint32_t index, struct input_event events[FRAME_EVENTS])
{
	if (kind == FRAME_MOUSE) {
		set(&events[0], EV_REL, REL_X, 1 + (int32_t)(index % 7));
		set(&events[1], EV_REL, REL_Y, -1 - (int32_t)(index % 5));
	} else {
		set(&events[0], EV_MSC, MSC_SCAN, SCAN_CODE_A);
		set(&events[1], EV_KEY, KEY_A, index % 2 == 0);
	}
	set(&events[2], EV_SYN, SYN_REPORT, 0);
}

static bool is_expected(enum frame_kind kind, uint32_t index, const struct input_event *event)
{
	struct input_event events[FRAME_EVENTS];

	frame_make(kind, index, events);
	for (int i = 0; i < FRAME_EVENTS; i++) {
		if (event->type == events[i].type && event->code == events[i].code)
			return event->value == events[i].value;
	}
	return false;
}

bool frame_match_event(struct frame_match *match, enum frame_kind kind, uint32_t index,
		       const struct input_event *event)
{
	unsigned int needed = kind == FRAME_MOUSE ? 2 : 1;
	bool complete;

	if (event->type == EV_MSC)
		return false;
	if (event->type == EV_SYN && event->code == SYN_REPORT) {
		complete = match->seen == needed;
		match->seen = 0;
		return complete;
	}
	if (is_expected(kind, index, event))
		match->seen++;
	else
		match->wrong++;
	return false;
}
