/* SPDX-License-Identifier: MIT */
#include "../core/hotkey.h"
#include "harness.h"

#include <errno.h>

static const struct evs_hotkey both_ctrl = {{KEY_LEFTCTRL, KEY_RIGHTCTRL}, 2, EVS_ACTION_NEXT, 0};
static const struct evs_hotkey panic = {
	{KEY_LEFTCTRL, KEY_RIGHTCTRL, KEY_ESC}, 3, EVS_ACTION_PANIC, 0};
static const struct evs_hotkey pause = {{KEY_PAUSE}, 1, EVS_ACTION_PREVIOUS, 0};

/* The action of what a press completes, or -1. */
static int match(const struct hotkeys *hotkeys, uint16_t code, const uint8_t held[KEY_CNT])
{
	const struct evs_hotkey *hotkey = hotkeys_match(hotkeys, code, held);

	return hotkey ? (int)hotkey->action : -1;
}

CASE(the_press_that_completes_a_hotkey_matches_in_any_order)
{
	struct hotkeys hotkeys;
	uint8_t held[KEY_CNT] = {0};

	CHECK_EQUAL(hotkeys_set(&hotkeys, &both_ctrl, 1), 0);
	held[KEY_LEFTCTRL] = 1;
	CHECK_EQUAL(match(&hotkeys, KEY_LEFTCTRL, held), -1);
	held[KEY_RIGHTCTRL] = 1;
	CHECK_EQUAL(match(&hotkeys, KEY_LEFTCTRL, held), EVS_ACTION_NEXT);
	CHECK_EQUAL(match(&hotkeys, KEY_RIGHTCTRL, held), EVS_ACTION_NEXT);
}

CASE(other_keys_may_be_down_too_but_complete_nothing)
{
	struct hotkeys hotkeys;
	uint8_t held[KEY_CNT] = {0};

	hotkeys_set(&hotkeys, &both_ctrl, 1);
	held[KEY_A] = held[KEY_LEFTCTRL] = held[KEY_RIGHTCTRL] = 1;
	CHECK_EQUAL(match(&hotkeys, KEY_A, held), -1);
	CHECK_EQUAL(match(&hotkeys, KEY_LEFTCTRL, held), EVS_ACTION_NEXT);
}

CASE(a_hotkey_of_one_key_matches_alone)
{
	struct hotkeys hotkeys;
	uint8_t held[KEY_CNT] = {0};

	hotkeys_set(&hotkeys, &pause, 1);
	held[KEY_PAUSE] = 1;
	CHECK_EQUAL(match(&hotkeys, KEY_PAUSE, held), EVS_ACTION_PREVIOUS);
}

CASE(the_panic_chord_wins_over_the_chord_it_contains)
{
	const struct evs_hotkey list[] = {both_ctrl, panic, pause};
	struct hotkeys hotkeys;
	uint8_t held[KEY_CNT] = {0};

	CHECK_EQUAL(hotkeys_set(&hotkeys, list, 3), 0);
	held[KEY_LEFTCTRL] = held[KEY_RIGHTCTRL] = held[KEY_ESC] = 1;
	CHECK_EQUAL(match(&hotkeys, KEY_RIGHTCTRL, held), EVS_ACTION_PANIC);
	CHECK_EQUAL(match(&hotkeys, KEY_ESC, held), EVS_ACTION_PANIC);
}

CASE(a_short_panic_chord_wins_over_a_longer_hotkey)
{
	const struct evs_hotkey list[] = {
		{{KEY_LEFTCTRL, KEY_RIGHTCTRL, KEY_ESC}, 3, EVS_ACTION_NEXT, 0},
		{{KEY_LEFTCTRL, KEY_ESC}, 2, EVS_ACTION_PANIC, 0},
	};
	struct hotkeys hotkeys;
	uint8_t held[KEY_CNT] = {0};

	hotkeys_set(&hotkeys, list, 2);
	held[KEY_LEFTCTRL] = held[KEY_RIGHTCTRL] = held[KEY_ESC] = 1;
	CHECK_EQUAL(match(&hotkeys, KEY_ESC, held), EVS_ACTION_PANIC);
	CHECK_EQUAL(match(&hotkeys, KEY_RIGHTCTRL, held), EVS_ACTION_NEXT);
}

CASE(of_two_hotkeys_the_one_with_more_keys_wins)
{
	const struct evs_hotkey list[] = {
		{{KEY_LEFTMETA}, 1, EVS_ACTION_NEXT, 0},
		{{KEY_LEFTMETA, KEY_LEFTALT}, 2, EVS_ACTION_PREVIOUS, 0},
	};
	struct hotkeys hotkeys;
	uint8_t held[KEY_CNT] = {0};

	hotkeys_set(&hotkeys, list, 2);
	held[KEY_LEFTMETA] = 1;
	CHECK_EQUAL(match(&hotkeys, KEY_LEFTMETA, held), EVS_ACTION_NEXT);
	held[KEY_LEFTALT] = 1;
	CHECK_EQUAL(match(&hotkeys, KEY_LEFTMETA, held), EVS_ACTION_PREVIOUS);
}

CASE(hotkeys_of_mouse_buttons_match_like_keys)
{
	const struct evs_hotkey list[] = {{{BTN_SIDE, KEY_LEFTCTRL}, 2, EVS_ACTION_NEXT, 0}};
	struct hotkeys hotkeys;
	uint8_t held[KEY_CNT] = {0};

	hotkeys_set(&hotkeys, list, 1);
	held[BTN_SIDE] = held[KEY_LEFTCTRL] = 1;
	CHECK_EQUAL(match(&hotkeys, BTN_SIDE, held), EVS_ACTION_NEXT);
}

CASE(the_quick_question_knows_every_key_of_every_hotkey)
{
	const struct evs_hotkey list[] = {both_ctrl, panic, pause};
	struct hotkeys hotkeys;

	hotkeys_set(&hotkeys, list, 3);
	CHECK(keyset_has(&hotkeys.keys, KEY_LEFTCTRL));
	CHECK(keyset_has(&hotkeys.keys, KEY_RIGHTCTRL));
	CHECK(keyset_has(&hotkeys.keys, KEY_ESC));
	CHECK(keyset_has(&hotkeys.keys, KEY_PAUSE));
	CHECK(!keyset_has(&hotkeys.keys, KEY_A));
}

CASE(hotkeys_replace_those_before)
{
	struct hotkeys hotkeys;
	uint8_t held[KEY_CNT] = {0};

	hotkeys_set(&hotkeys, &both_ctrl, 1);
	hotkeys_set(&hotkeys, &pause, 1);
	held[KEY_LEFTCTRL] = held[KEY_RIGHTCTRL] = 1;
	CHECK_EQUAL(match(&hotkeys, KEY_LEFTCTRL, held), -1);
	CHECK_EQUAL(hotkeys_set(&hotkeys, NULL, 0), 0);
	CHECK(keyset_is_empty(&hotkeys.keys));
}

CASE(as_many_hotkeys_as_there_is_room_for_keep_their_order)
{
	struct evs_hotkey list[EVS_HOTKEY_MAX];
	struct hotkeys hotkeys;
	uint8_t held[KEY_CNT] = {0};

	for (uint16_t i = 0; i < EVS_HOTKEY_MAX; i++)
		list[i] =
			(struct evs_hotkey){{(uint16_t)(KEY_F1 + i)}, 1, EVS_ACTION_TARGET, i % 8};
	CHECK_EQUAL(hotkeys_set(&hotkeys, list, EVS_HOTKEY_MAX), 0);
	for (uint16_t i = 0; i < EVS_HOTKEY_MAX; i++)
		CHECK_EQUAL(hotkeys_match(&hotkeys, (uint16_t)(KEY_F1 + i), held)->target, i % 8);
}

static int set_one(struct hotkeys *hotkeys, struct evs_hotkey hotkey)
{
	return hotkeys_set(hotkeys, &hotkey, 1);
}

CASE(a_wrong_hotkey_is_refused_and_the_old_ones_stay)
{
	static const struct evs_hotkey wrong[] = {
		{{0}, 0, EVS_ACTION_NEXT, 0},                           /* no key */
		{{KEY_A}, EVS_HOTKEY_KEYS_MAX + 1, EVS_ACTION_NEXT, 0}, /* too many */
		{{KEY_A, KEY_A}, 2, EVS_ACTION_NEXT, 0},                /* one twice */
		{{KEY_A, KEY_B, KEY_C, KEY_A}, 4, EVS_ACTION_NEXT, 0},  /* far apart */
		{{KEY_RESERVED}, 1, EVS_ACTION_NEXT, 0},                /* no key at all */
		{{KEY_CNT}, 1, EVS_ACTION_NEXT, 0},                     /* beyond all */
		{{UINT16_MAX}, 1, EVS_ACTION_NEXT, 0},                  /* far beyond */
		{{KEY_A}, 1, EVS_ACTION_HOOK + 1, 0},                   /* no action */
		{{KEY_A}, 1, EVS_ACTION_TARGET, EVS_TARGET_MAX},        /* no target */
		{{KEY_A}, 1, EVS_ACTION_TARGET, EVS_NONE},              /* no target */
	};
	struct evs_hotkey many[EVS_HOTKEY_MAX + 1];
	struct hotkeys hotkeys;
	uint8_t held[KEY_CNT] = {0};

	hotkeys_set(&hotkeys, &pause, 1);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK_EQUAL(set_one(&hotkeys, wrong[i]), -EINVAL);
	for (size_t i = 0; i < sizeof(many) / sizeof(many[0]); i++)
		many[i] = both_ctrl;
	CHECK_EQUAL(hotkeys_set(&hotkeys, many, EVS_HOTKEY_MAX + 1), -EINVAL);
	CHECK_EQUAL(match(&hotkeys, KEY_PAUSE, held), EVS_ACTION_PREVIOUS);
}
