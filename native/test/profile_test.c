/* SPDX-License-Identifier: MIT */
/* What a consumer gets of a frame. The core stands around the shaper, as it does in the engine. */
#include "harness.h"
#include "recorder.h"

static struct recorder recorder;

static void start(uint32_t profile)
{
	recorder_init(&recorder, profile);
	CHECK_EQUAL(core_switch(&recorder.core, 1, EVS_REASON_COMMAND), 0);
}

CASE(a_frame_of_one_stream_is_emitted_from_where_it_lies)
{
	const struct input_event frame[] = {REL(REL_X, 3), REL(REL_Y, -2), REL(REL_WHEEL, 1),
					    REPORT};

	start(EVS_PROFILE_INPUT_LINUX);
	core_feed(&recorder.core, 0, frame, 4);
	CHECK(recorder.emitted_at == frame);
	EMITTED(&recorder, MOUSE, REL(REL_X, 3), REL(REL_Y, -2), REL(REL_WHEEL, 1), REPORT);
	EMITTED_NOTHING(&recorder);
}

CASE(motion_alone_is_emitted_from_where_it_lies)
{
	const struct input_event frames[] = {REL(REL_X, 3), REPORT, REL(REL_Y, 1), REPORT};

	start(EVS_PROFILE_HOST);
	core_feed(&recorder.core, 0, frames, 4);
	CHECK_EQUAL(recorder.emit_count, 2);
	CHECK(recorder.emitted_at == &frames[2]);
}

CASE(a_key_frame_is_emitted_from_where_it_lies)
{
	const struct input_event frame[] = {KEY(KEY_A, 1), REPORT};

	start(EVS_PROFILE_INPUT_LINUX);
	core_feed(&recorder.core, 0, frame, 2);
	CHECK(recorder.emitted_at == frame);
	EMITTED(&recorder, KEYBOARD, KEY(KEY_A, 1), REPORT);
}

CASE(a_frame_of_both_streams_becomes_one_frame_each)
{
	start(EVS_PROFILE_INPUT_LINUX);
	FEED(&recorder, KEY(KEY_VOLUMEUP, 1), REL(REL_X, 5), KEY(BTN_LEFT, 1), KEY(KEY_B, 1));
	EMITTED(&recorder, KEYBOARD, KEY(KEY_VOLUMEUP, 1), KEY(KEY_B, 1), REPORT);
	EMITTED(&recorder, MOUSE, REL(REL_X, 5), KEY(BTN_LEFT, 1), REPORT);
	EMITTED_NOTHING(&recorder);
}

CASE(a_wheel_of_several_detents_becomes_several_frames_for_input_linux)
{
	start(EVS_PROFILE_INPUT_LINUX);
	FEED(&recorder, REL(REL_WHEEL, 3));
	EMITTED(&recorder, MOUSE, REL(REL_WHEEL, 1), REPORT, REL(REL_WHEEL, 1), REPORT,
		REL(REL_WHEEL, 1), REPORT);
	FEED(&recorder, REL(REL_WHEEL, -2));
	EMITTED(&recorder, MOUSE, REL(REL_WHEEL, -1), REPORT, REL(REL_WHEEL, -1), REPORT);
}

CASE(motion_goes_with_the_first_of_several_wheel_frames)
{
	start(EVS_PROFILE_INPUT_LINUX);
	FEED(&recorder, REL(REL_X, 7), REL(REL_WHEEL, 2), REL(REL_Y, 1));
	EMITTED(&recorder, MOUSE, REL(REL_X, 7), REL(REL_WHEEL, 1), REL(REL_Y, 1), REPORT,
		REL(REL_WHEEL, 1), REPORT);
	CHECK_EQUAL(recorder.emit_count, 1);
}

CASE(what_one_frame_owes_is_forgotten_by_the_next)
{
	start(EVS_PROFILE_INPUT_LINUX);
	FEED(&recorder, REL(REL_WHEEL, 2));
	FEED(&recorder, REL(REL_WHEEL, 1));
	EMITTED(&recorder, MOUSE, REL(REL_WHEEL, 1), REPORT, REL(REL_WHEEL, 1), REPORT,
		REL(REL_WHEEL, 1), REPORT);
}

static void check_monster(int32_t value, int32_t click)
{
	uint32_t clicks = 0;

	start(EVS_PROFILE_INPUT_LINUX);
	FEED(&recorder, REL(REL_WHEEL, value));
	for (uint32_t i = 0; i < recorder.event_count; i++) {
		if (recorder.events[i].type == EV_REL) {
			CHECK_EQUAL(recorder.events[i].value, click);
			clicks++;
		}
	}
	CHECK_EQUAL(clicks, SHAPER_WHEEL_MAX);
	CHECK_EQUAL(recorder.event_count, 2 * SHAPER_WHEEL_MAX);
}

CASE(a_monstrous_wheel_is_cut_to_what_a_hand_can_do)
{
	check_monster(33, 1);
	check_monster(100000, 1);
	check_monster(INT32_MAX, 1);
	check_monster(-33, -1);
	check_monster(INT32_MIN, -1);
}

CASE(many_monstrous_wheels_in_one_frame_stay_within_bounds)
{
	struct input_event frame[CORE_BATCH_MAX];
	uint32_t clicks = 0;

	start(EVS_PROFILE_INPUT_LINUX);
	for (uint32_t i = 0; i < CORE_BATCH_MAX - 1; i++)
		frame[i] = REL(REL_WHEEL, INT32_MAX);
	frame[CORE_BATCH_MAX - 1] = REPORT;
	core_feed(&recorder.core, 0, frame, CORE_BATCH_MAX);
	for (uint32_t i = 0; i < recorder.event_count; i++)
		clicks += recorder.events[i].type == EV_REL;
	CHECK(clicks <= CORE_BATCH_MAX + SHAPER_WHEEL_MAX);
	CHECK(event_is_report(&recorder.events[recorder.event_count - 1]));
}

CASE(a_wheel_that_does_not_turn_is_no_frame)
{
	start(EVS_PROFILE_INPUT_LINUX);
	FEED(&recorder, REL(REL_WHEEL, 0));
	EMITTED_NOTHING(&recorder);
}

CASE(input_linux_gets_no_hi_res_wheel)
{
	start(EVS_PROFILE_INPUT_LINUX);
	FEED(&recorder, REL(REL_WHEEL_HI_RES, 120), REL(REL_WHEEL, 1));
	EMITTED(&recorder, MOUSE, REL(REL_WHEEL, 1), REPORT);
	FEED(&recorder, REL(REL_WHEEL_HI_RES, 30));
	FEED(&recorder, REL(REL_HWHEEL_HI_RES, 120));
	EMITTED_NOTHING(&recorder);
}

CASE(a_horizontal_wheel_passes_as_it_is)
{
	start(EVS_PROFILE_INPUT_LINUX);
	FEED(&recorder, REL(REL_HWHEEL, -3));
	EMITTED(&recorder, MOUSE, REL(REL_HWHEEL, -3), REPORT);
}

CASE(a_host_gets_whole_wheels_and_their_hi_res)
{
	start(EVS_PROFILE_HOST);
	FEED(&recorder, REL(REL_WHEEL, 3), REL(REL_WHEEL_HI_RES, 360));
	EMITTED(&recorder, MOUSE, REL(REL_WHEEL, 3), REL(REL_WHEEL_HI_RES, 360), REPORT);
}

CASE(a_host_gets_the_hi_res_that_an_old_mouse_lacks)
{
	start(EVS_PROFILE_HOST);
	FEED(&recorder, REL(REL_WHEEL, -2));
	EMITTED(&recorder, MOUSE, REL(REL_WHEEL, -2), REL(REL_WHEEL_HI_RES, -240), REPORT);
	FEED(&recorder, REL(REL_HWHEEL, 1), REL(REL_X, 4));
	EMITTED(&recorder, MOUSE, REL(REL_HWHEEL, 1), REL(REL_X, 4), REL(REL_HWHEEL_HI_RES, 120),
		REPORT);
}

CASE(each_axis_is_completed_for_itself)
{
	start(EVS_PROFILE_HOST);
	FEED(&recorder, REL(REL_WHEEL_HI_RES, 120), REL(REL_WHEEL, 1), REL(REL_HWHEEL, 1));
	EMITTED(&recorder, MOUSE, REL(REL_WHEEL_HI_RES, 120), REL(REL_WHEEL, 1), REL(REL_HWHEEL, 1),
		REL(REL_HWHEEL_HI_RES, 120), REPORT);
}

CASE(a_monstrous_wheel_does_not_overflow_hi_res)
{
	start(EVS_PROFILE_HOST);
	FEED(&recorder, REL(REL_WHEEL, INT32_MIN));
	EMITTED(&recorder, MOUSE, REL(REL_WHEEL, INT32_MIN),
		REL(REL_WHEEL_HI_RES, -120 * SHAPER_WHEEL_MAX), REPORT);
}

CASE(back_and_forward_become_side_and_extra_for_input_linux)
{
	start(EVS_PROFILE_INPUT_LINUX);
	FEED(&recorder, KEY(BTN_BACK, 1));
	FEED(&recorder, KEY(BTN_BACK, 0));
	FEED(&recorder, KEY(BTN_FORWARD, 1));
	FEED(&recorder, KEY(BTN_FORWARD, 0));
	EMITTED(&recorder, MOUSE, KEY(BTN_SIDE, 1), REPORT, KEY(BTN_SIDE, 0), REPORT,
		KEY(BTN_EXTRA, 1), REPORT, KEY(BTN_EXTRA, 0), REPORT);
}

CASE(a_host_gets_back_and_forward_as_they_are)
{
	start(EVS_PROFILE_HOST);
	FEED(&recorder, KEY(BTN_BACK, 1), KEY(BTN_FORWARD, 1));
	EMITTED(&recorder, MOUSE, KEY(BTN_BACK, 1), KEY(BTN_FORWARD, 1), REPORT);
}

CASE(two_buttons_that_fold_into_one_are_released_with_the_last)
{
	start(EVS_PROFILE_INPUT_LINUX);
	FEED(&recorder, KEY(BTN_SIDE, 1));
	FEED(&recorder, KEY(BTN_BACK, 1));
	EMITTED(&recorder, MOUSE, KEY(BTN_SIDE, 1), REPORT);
	FEED(&recorder, KEY(BTN_SIDE, 0));
	EMITTED_NOTHING(&recorder);
	FEED(&recorder, KEY(BTN_BACK, 0));
	EMITTED(&recorder, MOUSE, KEY(BTN_SIDE, 0), REPORT);
}

CASE(scan_codes_reach_a_host_before_their_keys_and_input_linux_never)
{
	start(EVS_PROFILE_HOST);
	FEED(&recorder, MSC(MSC_SCAN, 30), KEY(KEY_A, 1));
	EMITTED(&recorder, KEYBOARD, MSC(MSC_SCAN, 30), KEY(KEY_A, 1), REPORT);
	start(EVS_PROFILE_INPUT_LINUX);
	FEED(&recorder, MSC(MSC_SCAN, 30), KEY(KEY_A, 1));
	EMITTED(&recorder, KEYBOARD, KEY(KEY_A, 1), REPORT);
}

CASE(a_scan_code_without_its_key_is_no_frame)
{
	start(EVS_PROFILE_HOST);
	FEED(&recorder, MSC(MSC_SCAN, 30));
	EMITTED_NOTHING(&recorder);
	FEED(&recorder, MSC(MSC_RAW, 1));
	EMITTED_NOTHING(&recorder);
}

CASE(absolute_axes_and_switches_are_not_passed)
{
	start(EVS_PROFILE_HOST);
	FEED(&recorder, EVENT(EV_ABS, ABS_X, 100), EVENT(EV_SW, SW_LID, 1), KEY(KEY_A, 1));
	EMITTED(&recorder, KEYBOARD, KEY(KEY_A, 1), REPORT);
	FEED(&recorder, EVENT(EV_ABS, ABS_Y, 3));
	EMITTED_NOTHING(&recorder);
}

CASE(frames_for_a_node_that_is_not_there_are_counted)
{
	static const uint32_t no_mouse[SHAPER_STREAMS] = {2, EVS_NONE};
	const struct evs_target_config config = {.name = "keys only"};

	recorder_init(&recorder, EVS_PROFILE_INPUT_LINUX);
	CHECK_EQUAL(core_target_add(&recorder.core, &config, no_mouse), 2);
	core_switch(&recorder.core, 2, EVS_REASON_COMMAND);
	FEED(&recorder, REL(REL_X, 1));
	FEED(&recorder, KEY(BTN_LEFT, 1));
	FEED(&recorder, REL(REL_X, 1), KEY(KEY_A, 1));
	EMITTED(&recorder, 2, KEY(KEY_A, 1), REPORT);
	EMITTED_NOTHING(&recorder);
	CHECK(recorder.core.counters.unconsumed >= 2);
}
