/* SPDX-License-Identifier: MIT */
/*
 * Clones: devices that are neither keyboard nor mouse, event for event.
 *
 * A cloned source has a node of its own on one or more targets. While such a target is active its frames go
 * there whole and as they are; nothing of them is shaped, and nothing of them goes to keyboard and mouse
 * nodes. On a target without a clone of it, the host among them, the device stays with the host.
 *
 * Three sorts of state, and what a switch makes of them:
 *
 *   keys and buttons   as everywhere: released on the old target, muted while a finger holds them
 *   tools and touches  BTN_TOOL_*, BTN_TOUCH and the slots of multi-touch tell where something is: lifted on
 *                      the old target, shown on the new one
 *   axes               sticks, hats, pedals and pressure go to their rest on the old target; positions and
 *                      levers stay. The new one is shown what is so now
 *
 * Sources of the facts: drivers/input/input.c (input_handle_abs_event), drivers/input/misc/uinput.c,
 * Documentation/input/multi-touch-protocol.rst and gamepad.rst.
 */
#ifndef EVS_CORE_CLONE_H
#define EVS_CORE_CLONE_H

#include "event.h"
#include "evswitch.h"

/* Room for one frame of the richest device: ten fingers are some 100 events. A longer one is an overrun. */
#define CLONE_FRAME_MAX 1024u

/* uinput makes no more slots (uinput_validate_absinfo). */
#define CLONE_SLOTS_MAX 100u

/* The axes that every slot has for itself. */
#define CLONE_SLOT_AXIS_FIRST ABS_MT_TOUCH_MAJOR
#define CLONE_SLOT_AXES       (ABS_MT_TOOL_Y - ABS_MT_TOUCH_MAJOR + 1)

/* What a device can tell about places; fixed while it is plugged in. Sets of ABS_* are bits of 64. */
struct clone_shape {
	uint64_t axes;       /* those with one value: neither of slots nor ABS_MT_SLOT */
	uint64_t slot_axes;  /* those with a value in each slot, 0 without slots */
	uint64_t resting;    /* of `axes`, those that a switch moves to their rest */
	uint32_t switches;   /* bits of SW_* */
	uint32_t slot_count; /* 0..CLONE_SLOTS_MAX */
	uint32_t
		has_anonymous_contacts; /* multi-touch protocol A: SYN_MT_REPORT instead of slots */
	int32_t rest[ABS_CNT];
};

/* What EVIOCGABS, EVIOCGMTSLOTS and EVIOCGSW tell; what the shape does not have is 0. */
struct clone_state {
	int32_t axes[ABS_CNT];
	int32_t slots[CLONE_SLOT_AXES][CLONE_SLOTS_MAX];
	int32_t slot;      /* the one that the next events of slots are about */
	uint32_t switches; /* bit = SW_* */
};

/*
 * The shape of a device, from what it says about itself; that is untrusted. Errors: -ERANGE, more slots than
 * uinput makes, or slots that count from a number below 0.
 */
int clone_shape_of(const struct evs_description *description, struct clone_shape *out);

#endif
