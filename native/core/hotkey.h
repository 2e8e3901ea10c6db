/* SPDX-License-Identifier: MIT */
/*
 * Hotkeys: sets of keys that act when the last of them goes down.
 *
 * A hotkey is complete when a fresh press finds all its other keys down, on whatever devices and whatever
 * else is down. Of several that one press completes, the one with most keys acts; so a panic chord that
 * contains the switch chord is never hidden by it.
 */
#ifndef EVS_CORE_HOTKEY_H
#define EVS_CORE_HOTKEY_H

#include "evswitch.h"
#include "keyset.h"

struct hotkeys {
	struct evs_hotkey list[EVS_HOTKEY_MAX]; /* panic first, then most keys first */
	uint32_t count;
	struct keyset keys; /* every key of any hotkey: the hot path's only question */
};

/* Replaces the list. -EINVAL for no keys, too many, a key twice, a code or action out of range. */
int hotkeys_set(struct hotkeys *hotkeys, const struct evs_hotkey *list, uint32_t count);

/* Leaves out those that lead to a target. */
void hotkeys_forget(struct hotkeys *hotkeys, uint32_t target);

/* The hotkey that a press of `code` completes, given how many devices hold each key; or NULL. */
const struct evs_hotkey *hotkeys_match(const struct hotkeys *hotkeys, uint16_t code,
				       const uint8_t held[KEY_CNT]);

#endif
