/* SPDX-License-Identifier: MIT */
/*
 * How a device is taken and given back, call by call: k asks for the key state, R and P inject releases and
 * presses, G grabs, d drains, U begins an ungrab.
 */
#include "harness.h"
#include "recorder.h"

#include <errno.h>

static struct recorder recorder;

static void start(void)
{
	recorder_init(&recorder, EVS_PROFILE_INPUT_LINUX);
}

static void expect_calls(const char *calls)
{
	if (strcmp(recorder.calls, calls) != 0)
		harness_fail(__FILE__, __LINE__, "the calls were %s, and not %s", recorder.calls,
			     calls);
	recorder.call_count = 0;
	recorder.calls[0] = '\0';
}

CASE(a_device_with_nothing_down_is_just_grabbed)
{
	start();
	core_switch(&recorder.core, 1, EVS_REASON_COMMAND);
	expect_calls("kGdk");
	CHECK_EQUAL(recorder.notified[EVS_EVENT_GRABBED], 1);
}

CASE(what_is_down_is_released_for_the_host_then_pressed_again_for_us)
{
	start();
	keyset_add(&recorder.keys, KEY_A);
	core_switch(&recorder.core, 1, EVS_REASON_COMMAND);
	expect_calls("kRGdkP");
	CHECK(keyset_has(&recorder.keys, KEY_A));
	EMITTED_NOTHING(&recorder);
	FEED(&recorder, KEY(KEY_A, 0));
	EMITTED_NOTHING(&recorder);
	FEED(&recorder, KEY(KEY_A, 1));
	EMITTED(&recorder, KEYBOARD, KEY(KEY_A, 1), REPORT);
}

CASE(a_key_that_goes_down_while_the_grab_is_taken_means_taking_it_again)
{
	start();
	keyset_add(&recorder.race, KEY_B);
	recorder.races = 1;
	core_switch(&recorder.core, 1, EVS_REASON_COMMAND);
	expect_calls("kGdkU");
	CHECK_EQUAL(recorder.core.counters.grab_races, 1);
	CHECK_EQUAL(recorder.notified[EVS_EVENT_GRABBED], 0);
	core_ungrabbed(&recorder.core, 0, 0);
	CHECK_EQUAL(recorder.notified[EVS_EVENT_GRABBED], 1);
	CHECK_EQUAL(recorder.core.sources[0].grab, GRAB_HELD);
}

CASE(a_device_that_never_rests_stays_with_the_host_until_the_next_switch)
{
	uint32_t rounds = 0;

	start();
	keyset_add(&recorder.race, KEY_B);
	recorder.races = 1000;
	core_switch(&recorder.core, 1, EVS_REASON_COMMAND);
	while (recorder.core.sources[0].grab == GRAB_LEAVING) {
		CHECK(++rounds < 100);
		core_ungrabbed(&recorder.core, 0, 0);
	}
	CHECK_EQUAL(rounds, CORE_GRAB_ATTEMPTS);
	CHECK_EQUAL(recorder.notified[EVS_EVENT_GRAB_FAILED], 1);
	CHECK_EQUAL(recorder.core.sources[0].grab, GRAB_FREE);
	recorder.races = 0;
	core_switch(&recorder.core, EVS_HOST, EVS_REASON_COMMAND);
	core_switch(&recorder.core, 1, EVS_REASON_COMMAND);
	CHECK_EQUAL(recorder.core.sources[0].grab, GRAB_HELD);
}

CASE(a_key_raced_and_lifted_under_the_grab_is_released_for_the_host)
{
	start();
	keyset_add(&recorder.race, KEY_B);
	recorder.races = 1;
	core_switch(&recorder.core, 1, EVS_REASON_COMMAND);
	keyset_remove(&recorder.keys, KEY_B); /* only we saw it go up */
	recorder.call_count = 0;
	core_ungrabbed(&recorder.core, 0, 0);
	CHECK(strncmp(recorder.calls, "kPR", 3) == 0);
}

CASE(a_device_that_somebody_else_grabbed_is_reported_and_left_alone)
{
	start();
	recorder.grab_result = -EBUSY;
	CHECK_EQUAL(core_switch(&recorder.core, 1, EVS_REASON_COMMAND), 0);
	CHECK_EQUAL(recorder.notified[EVS_EVENT_GRAB_FAILED], 1);
	CHECK_EQUAL(recorder.core.sources[0].grab, GRAB_FREE);
	FEED(&recorder, KEY(KEY_A, 1));
	FEED(&recorder, REL(REL_X, 1));
	EMITTED_NOTHING(&recorder);
}

CASE(keys_released_for_a_grab_that_failed_hold_no_hotkey)
{
	static const struct evs_hotkey chord = {{KEY_A, KEY_B}, 2, EVS_ACTION_NEXT, 0};

	start();
	CHECK_EQUAL(hotkeys_set(&recorder.core.hotkeys, &chord, 1), 0);
	keyset_add(&recorder.keys, KEY_A);
	recorder.grab_result = -EBUSY;
	core_switch(&recorder.core, 1, EVS_REASON_COMMAND);
	CHECK(!keyset_has(&recorder.keys, KEY_A));
	FEED(&recorder, KEY(KEY_B, 1));
	CHECK_EQUAL(recorder.core.active, 1);
}

CASE(a_device_that_does_not_answer_is_not_grabbed)
{
	start();
	recorder.keys_result = -ENODEV;
	core_switch(&recorder.core, 1, EVS_REASON_COMMAND);
	expect_calls("k");
	CHECK_EQUAL(recorder.core.sources[0].grab, GRAB_FREE);
}

CASE(what_is_down_is_released_before_a_device_is_given_back)
{
	start();
	core_switch(&recorder.core, 1, EVS_REASON_COMMAND);
	FEED(&recorder, KEY(KEY_A, 1));
	keyset_add(&recorder.keys, KEY_A);
	recorder.event_count = recorder.call_count = 0;
	core_switch(&recorder.core, EVS_HOST, EVS_REASON_COMMAND);
	EMITTED(&recorder, KEYBOARD, KEY(KEY_A, 0), REPORT);
	expect_calls("kRU");
	CHECK_EQUAL(recorder.core.sources[0].grab, GRAB_LEAVING);
}

CASE(nothing_is_asked_of_a_device_while_its_ungrab_is_under_way)
{
	start();
	core_switch(&recorder.core, 1, EVS_REASON_COMMAND);
	core_switch(&recorder.core, EVS_HOST, EVS_REASON_COMMAND);
	recorder.call_count = 0;
	recorder.calls[0] = '\0';
	FEED(&recorder, DROPPED);
	core_switch(&recorder.core, 1, EVS_REASON_COMMAND);
	core_switch(&recorder.core, EVS_HOST, EVS_REASON_COMMAND);
	core_switch(&recorder.core, 1, EVS_REASON_COMMAND);
	core_panic(&recorder.core);
	expect_calls("");
	core_switch(&recorder.core, 1, EVS_REASON_COMMAND);
	expect_calls("");
	core_ungrabbed(&recorder.core, 0, 0);
	CHECK_EQUAL(recorder.core.sources[0].grab, GRAB_HELD);
}

CASE(a_removed_device_keeps_its_place_until_its_ungrab_has_ended)
{
	start();
	core_switch(&recorder.core, 1, EVS_REASON_COMMAND);
	core_source_remove(&recorder.core, 0);
	CHECK(!core_source_is_free(&recorder.core, 0));
	CHECK_EQUAL(core_source_slot(&recorder.core), 1);
	CHECK_EQUAL(core_source_add(&recorder.core, 0, 0), -ENOSPC);
	core_ungrabbed(&recorder.core, 0, 0);
	CHECK(core_source_is_free(&recorder.core, 0));
	CHECK_EQUAL(core_source_slot(&recorder.core), 0);
}

CASE(an_unplugged_device_is_free_at_once_unless_an_ungrab_is_under_way)
{
	start();
	core_switch(&recorder.core, 1, EVS_REASON_COMMAND);
	core_source_gone(&recorder.core, 0);
	CHECK(core_source_is_free(&recorder.core, 0));
	CHECK_EQUAL(core_source_add(&recorder.core, 0, EVS_SOURCE_KEYS), 0);
	core_switch(&recorder.core, EVS_HOST, EVS_REASON_COMMAND);
	core_source_gone(&recorder.core, 0);
	CHECK(!core_source_is_free(&recorder.core, 0));
	core_ungrabbed(&recorder.core, 0, -ENODEV);
	CHECK(core_source_is_free(&recorder.core, 0));
}

CASE(going_twice_and_removing_twice_do_nothing)
{
	start();
	core_source_remove(&recorder.core, 0);
	core_source_remove(&recorder.core, 0);
	core_source_gone(&recorder.core, 0);
	core_source_gone(&recorder.core, EVS_SOURCE_MAX - 1);
	CHECK(core_source_is_free(&recorder.core, 0));
}

CASE(there_is_room_for_as_many_devices_as_the_limit_says)
{
	start();
	for (uint32_t i = 1; i < EVS_SOURCE_MAX; i++) {
		CHECK_EQUAL(core_source_slot(&recorder.core), i);
		CHECK_EQUAL(core_source_add(&recorder.core, i, EVS_SOURCE_KEYS), 0);
		recorder.call_count = 0;
	}
	CHECK_EQUAL(core_source_slot(&recorder.core), -ENOSPC);
	CHECK_EQUAL(core_source_add(&recorder.core, EVS_SOURCE_MAX, 0), -ENOSPC);
}

CASE(a_button_that_every_device_holds_twice_goes_up_with_the_last_of_them)
{
	const struct input_event down[] = {KEY(BTN_SIDE, 1), KEY(BTN_BACK, 1), REPORT};

	start();
	for (uint32_t i = 1; i < EVS_SOURCE_MAX; i++) {
		CHECK_EQUAL(core_source_add(&recorder.core, i, EVS_SOURCE_BUTTONS), 0);
		recorder.call_count = 0;
	}
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++)
		recorder.core.sources[i].grab = GRAB_HELD;
	core_switch(&recorder.core, 1, EVS_REASON_COMMAND);
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++)
		core_feed(&recorder.core, i, down, 3);
	EMITTED(&recorder, MOUSE, KEY(BTN_SIDE, 1), REPORT);
	for (uint32_t i = 0; i < EVS_SOURCE_MAX - 1; i++)
		core_source_gone(&recorder.core, i);
	EMITTED_NOTHING(&recorder);
	core_source_gone(&recorder.core, EVS_SOURCE_MAX - 1);
	EMITTED(&recorder, MOUSE, KEY(BTN_SIDE, 0), REPORT);
}

static int add_target(const char *name, uint32_t profile, uint32_t repeat, uint32_t toggle)
{
	static const uint32_t none[SHAPER_STREAMS] = {EVS_NONE, EVS_NONE};
	struct evs_target_config config = {
		.profile = profile, .repeat = repeat, .grab_toggle = toggle};

	strcpy(config.name, name);
	return core_target_add(&recorder.core, &config, none);
}

CASE(a_target_of_an_unknown_kind_is_refused)
{
	start();
	CHECK_EQUAL(add_target("a", EVS_PROFILE_HOST + 1, 0, 0), -EINVAL);
	CHECK_EQUAL(add_target("a", 0, EVS_REPEAT_ON + 1, 0), -EINVAL);
	CHECK_EQUAL(add_target("a", 0, 0, EVS_TOGGLE_NONE + 1), -EINVAL);
	CHECK_EQUAL(add_target("a", 0, 0, UINT32_MAX), -EINVAL);
}

CASE(there_is_room_for_as_many_targets_as_the_limit_says)
{
	start();
	for (int i = 2; i < (int)EVS_TARGET_MAX; i++)
		CHECK_EQUAL(add_target("more", 0, 0, 0), i);
	CHECK_EQUAL(add_target("too many", 0, 0, 0), -ENOSPC);
}

CASE(the_host_gets_its_nodes_once)
{
	static const uint32_t sinks[SHAPER_STREAMS] = {2, 3};
	const struct evs_target_config config = {.name = "host", .profile = EVS_PROFILE_HOST};

	start();
	CHECK_EQUAL(core_target_add(&recorder.core, &config, sinks), EVS_HOST);
	CHECK_EQUAL(core_target_add(&recorder.core, &config, sinks), -EEXIST);
}

CASE(a_switch_to_what_is_not_there_is_refused)
{
	start();
	CHECK_EQUAL(core_switch(&recorder.core, 2, EVS_REASON_COMMAND), -ENOENT);
	CHECK_EQUAL(core_switch(&recorder.core, EVS_TARGET_MAX, EVS_REASON_COMMAND), -ENOENT);
	CHECK_EQUAL(core_switch(&recorder.core, UINT32_MAX, EVS_REASON_COMMAND), -ENOENT);
	recorder.is_consumed = false;
	CHECK_EQUAL(core_switch(&recorder.core, 1, EVS_REASON_COMMAND), -ENOTCONN);
	CHECK_EQUAL(recorder.notified[EVS_EVENT_REFUSED], 1);
	CHECK_EQUAL(recorder.core.active, EVS_HOST);
}
