/* SPDX-License-Identifier: MIT */
/*
 * The frames that are sent and how their arrival is recognised.
 *
 * mouse: REL_X, REL_Y, SYN_REPORT, with values that differ from frame to frame.
 * key: MSC_SCAN, KEY_A, SYN_REPORT, press and release in turn.
 *
 * A forwarder may leave MSC_SCAN out or add other EV_MSC frames, so these are not looked at.
 */
#ifndef ADDED_FRAME_H
#define ADDED_FRAME_H

#include <linux/input.h>
#include <stdbool.h>
#include <stdint.h>

#define FRAME_EVENTS 3

enum frame_kind { FRAME_MOUSE, FRAME_KEY };

/* What has been seen of the frame that is awaited. Zero it for every frame. */
struct frame_match {
	unsigned int seen;  /* Expected events seen since the last SYN_REPORT. */
	unsigned int wrong; /* Motion or key events that were not the expected ones, or a drop. */
};

/* Fills in frame number `index`. */
void frame_make(enum frame_kind kind, uint32_t index, struct input_event events[FRAME_EVENTS]);

/* True when `event` is the SYN_REPORT that completes frame number `index`. */
bool frame_match_event(struct frame_match *match, enum frame_kind kind, uint32_t index,
		       const struct input_event *event);

#endif
