/* SPDX-License-Identifier: MIT */
/*
 * What a node is told first that an earlier process left behind (rule 9): its state is what that process wrote
 * last, and fingers may have gone up since while nobody told it. So everything comes to rest.
 */
#ifndef EVS_CORE_ADOPT_H
#define EVS_CORE_ADOPT_H

#include "clone.h"
#include "keyset.h"

/* All keys, all slots, all axes that have a rest, and the SYN_REPORT. */
#define ADOPT_EVENTS_MAX (KEY_CNT + 2 * CLONE_SLOTS_MAX + ABS_CNT + 1)

/*
 * Writes the frame to `out` and returns its length, 0 when everything is at rest. `shape` and `places` are
 * those of a clone, NULL for keyboard and mouse.
 */
uint32_t adopt_frame(const struct keyset *down, const struct clone_shape *shape,
		     const struct clone_state *places, struct input_event out[ADOPT_EVENTS_MAX]);

#endif
