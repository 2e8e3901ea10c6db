/* SPDX-License-Identifier: MIT */
/* A frame on its way through the core, and what pressing and releasing on sinks means. For native/core only. */
#ifndef EVS_CORE_FRAME_H
#define EVS_CORE_FRAME_H

#include "core.h"

#include <assert.h>

#define FRAME_WHEELS (EVS_TRIGGER_COUNT - EVS_WHEEL_UP)

struct frame {
	struct core *core;
	struct core_source *source;
	uint32_t sinks[SHAPER_STREAMS];
	bool is_unfinished; /* something of the below waits for its end */
	bool has_lamps;     /* not of ours: looked at when the frame has been passed on */
	bool has_macro;     /* one was begun */
	const struct evs_hotkey
		*fired; /* acts at the frame's end: no frame is split between targets */
	uint32_t detents[FRAME_WHEELS]; /* of wheels that rules have */
	uint16_t clicked; /* a key of scrolling that went up, and nothing was turned meanwhile */
};

static inline uint32_t stream_of(uint16_t code)
{
	return event_code_is_button(code) ? SHAPER_MOUSE : SHAPER_KEYBOARD;
}

static inline bool sink_would_toggle(const struct core_target *target, const struct core_sink *sink,
				     uint16_t code)
{
	const uint16_t *keys = target->toggle_keys;

	if (keys[0] == 0)
		return false;
	if (keys[1] == 0)
		return code == keys[0];
	if (code == keys[0])
		return keyset_has(&sink->pressed, keys[1]);
	if (code == keys[1])
		return keyset_has(&sink->pressed, keys[0]);
	return false;
}

/* True when this press is the first on the sink, so that it is to be sent. */
static inline bool sink_press(struct core_sink *sink, uint16_t code)
{
	if (sink->holders[code]++ > 0)
		return false;
	keyset_add(&sink->pressed, code);
	sink->recent[sink->press_count++ % CORE_RECENT_MAX] = code;
	return true;
}

/* True when nobody holds the key any more, so that its release is to be sent. */
static inline bool sink_release(struct core_sink *sink, uint16_t code)
{
	assert(sink->holders[code] > 0);
	if (--sink->holders[code] > 0)
		return false;
	keyset_remove(&sink->pressed, code);
	return true;
}

static inline uint32_t frame_source(const struct frame *frame)
{
	return (uint32_t)(frame->source - frame->core->sources);
}

/* ---- hold.c, called by the frame's way in switch.c */

/* A fresh press that no hotkey took. False when no rule has it. */
bool hold_press(struct frame *frame, uint16_t code);

/* The release, or a repeat, of a key that was not sent as it is. False when no rule holds anything for it. */
bool hold_lift(struct frame *frame, uint16_t code);
bool hold_repeat(struct frame *frame, uint16_t code);

/* What wheels, a button of scrolling and macros have left to do, when the frame has been passed on. */
void hold_finish(struct frame *frame);

/* ---- motion.c */

/* Takes the motion out of a frame of a diverted source: mapped, turned to wheels, merged, or first in the shaper. */
void motion_take(struct frame *frame, const struct input_event *events,
		 const struct input_event *report);

/* The same for one event of a wheel. */
void motion_take_wheel(struct frame *frame, const struct input_event *event);

/* Sends a target's merged motion when it is due. */
void motion_send_due(struct core *core, uint32_t target, uint64_t now);

#endif
