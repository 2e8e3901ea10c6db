/* SPDX-License-Identifier: MIT */
/* From reads to frames: native/core/resync.c. */
#include "harness.h"
#include "recorder.h"

static struct recorder recorder;

static void start(void)
{
	recorder_init(&recorder, EVS_PROFILE_INPUT_LINUX);
	CHECK_EQUAL(core_switch(&recorder.core, 1, EVS_REASON_COMMAND), 0);
	recorder.call_count = 0;
}

/* One read that need not end with a frame. */
#define READ(...)                                                                         \
	do {                                                                              \
		const struct input_event events[] = {__VA_ARGS__};                        \
		core_feed(&recorder.core, 0, events, sizeof(events) / sizeof(events[0])); \
	} while (0)

CASE(a_frame_cut_by_a_read_is_routed_whole)
{
	start();
	READ(KEY(KEY_A, 1));
	EMITTED_NOTHING(&recorder);
	READ(KEY(KEY_B, 1), REPORT);
	EMITTED(&recorder, KEYBOARD, KEY(KEY_A, 1), KEY(KEY_B, 1), REPORT);
	CHECK_EQUAL(recorder.emit_count, 1);
}

CASE(a_frame_cut_into_single_events_is_routed_whole)
{
	start();
	READ(REL(REL_X, 1));
	READ(REL(REL_Y, 2));
	READ(KEY(BTN_LEFT, 1));
	EMITTED_NOTHING(&recorder);
	READ(REPORT);
	EMITTED(&recorder, MOUSE, REL(REL_X, 1), REL(REL_Y, 2), KEY(BTN_LEFT, 1), REPORT);
}

CASE(whole_frames_before_and_after_a_cut_one_keep_their_order)
{
	start();
	READ(KEY(KEY_A, 1), REPORT, KEY(KEY_A, 0));
	EMITTED(&recorder, KEYBOARD, KEY(KEY_A, 1), REPORT);
	READ(REPORT, KEY(KEY_B, 1), REPORT, KEY(KEY_B, 0));
	EMITTED(&recorder, KEYBOARD, KEY(KEY_A, 0), REPORT, KEY(KEY_B, 1), REPORT);
	READ(REPORT);
	EMITTED(&recorder, KEYBOARD, KEY(KEY_B, 0), REPORT);
}

CASE(two_devices_carry_each_their_own)
{
	const struct input_event other[] = {KEY(KEY_X, 1), REPORT};

	start();
	CHECK_EQUAL(core_source_add(&recorder.core, 1, EVS_SOURCE_KEYS), 0);
	READ(KEY(KEY_A, 1));
	core_feed(&recorder.core, 1, other, 1);
	READ(REPORT);
	EMITTED(&recorder, KEYBOARD, KEY(KEY_A, 1), REPORT);
	core_feed(&recorder.core, 1, &other[1], 1);
	EMITTED(&recorder, KEYBOARD, KEY(KEY_X, 1), REPORT);
}

CASE(a_frame_as_long_as_a_read_is_routed)
{
	struct input_event frame[CORE_BATCH_MAX];

	start();
	for (uint16_t i = 0; i < CORE_BATCH_MAX - 1; i++)
		frame[i] = KEY((uint16_t)(KEY_Q + i / 2), i % 2 == 0);
	frame[CORE_BATCH_MAX - 1] = REPORT;
	core_feed(&recorder.core, 0, frame, CORE_BATCH_MAX);
	CHECK_EQUAL(recorder.event_count, CORE_BATCH_MAX);
	CHECK_EQUAL(recorder.core.counters.drops, 0);
}

CASE(a_cut_frame_as_long_as_a_read_is_routed)
{
	struct input_event frame[CORE_BATCH_MAX];

	start();
	for (uint16_t i = 0; i < CORE_BATCH_MAX - 1; i++)
		frame[i] = REL(REL_X, 1 + i);
	frame[CORE_BATCH_MAX - 1] = REPORT;
	core_feed(&recorder.core, 0, frame, CORE_BATCH_MAX - 1);
	core_feed(&recorder.core, 0, &frame[CORE_BATCH_MAX - 1], 1);
	CHECK_EQUAL(recorder.event_count, CORE_BATCH_MAX);
	CHECK_EQUAL(recorder.core.counters.drops, 0);
}

/* `length` events, then a SYN_REPORT, in reads of `read` events; key A is in it. */
static void feed_overlong(uint32_t length, uint32_t read)
{
	struct input_event frame[4 * CORE_BATCH_MAX];

	CHECK(length < 4 * CORE_BATCH_MAX);
	for (uint32_t i = 0; i < length; i++)
		frame[i] = REL(REL_X, 1);
	frame[3] = KEY(KEY_A, 1);
	frame[length] = REPORT;
	for (uint32_t at = 0; at <= length; at += read)
		core_feed(&recorder.core, 0, &frame[at],
			  at + read <= length ? read : length + 1 - at);
}

CASE(an_overlong_frame_is_an_overrun_whatever_the_reads)
{
	for (uint32_t read = 1; read <= CORE_BATCH_MAX; read++) {
		for (uint32_t length = CORE_BATCH_MAX; length < 3 * CORE_BATCH_MAX; length += 7) {
			start();
			keyset_add(&recorder.keys, KEY_A); /* the kernel knows better */
			feed_overlong(length, read);
			EMITTED(&recorder, KEYBOARD, KEY(KEY_A, 1), REPORT);
			EMITTED_NOTHING(&recorder);
			CHECK_EQUAL(recorder.core.counters.drops, 1);
			CHECK_EQUAL(recorder.core.counters.resyncs, 1);
		}
	}
}

CASE(a_frame_after_an_overlong_one_is_routed)
{
	start();
	feed_overlong(2 * CORE_BATCH_MAX, CORE_BATCH_MAX);
	READ(KEY(KEY_B, 1), REPORT);
	EMITTED(&recorder, KEYBOARD, KEY(KEY_B, 1), REPORT);
}

CASE(after_an_overrun_the_key_state_is_read_anew_and_only_the_difference_sent)
{
	start();
	READ(KEY(KEY_A, 1), REPORT, KEY(KEY_B, 1), REPORT);
	EMITTED(&recorder, KEYBOARD, KEY(KEY_A, 1), REPORT, KEY(KEY_B, 1), REPORT);
	keyset_add(&recorder.keys, KEY_B);
	keyset_add(&recorder.keys, KEY_C);
	READ(DROPPED, REPORT);
	EMITTED(&recorder, KEYBOARD, KEY(KEY_A, 0), KEY(KEY_C, 1), REPORT);
	CHECK_EQUAL(recorder.notified[EVS_EVENT_RESYNC], 1);
	CHECK_EQUAL(recorder.core.counters.drops, 1);
}

CASE(an_overrun_without_a_difference_sends_nothing)
{
	start();
	READ(KEY(KEY_A, 1), REPORT);
	EMITTED(&recorder, KEYBOARD, KEY(KEY_A, 1), REPORT);
	keyset_add(&recorder.keys, KEY_A);
	READ(DROPPED, REPORT);
	EMITTED_NOTHING(&recorder);
}

CASE(events_up_to_the_report_after_an_overrun_are_void)
{
	start();
	READ(KEY(KEY_A, 1), DROPPED, KEY(KEY_B, 1), KEY(KEY_C, 1), REPORT);
	EMITTED_NOTHING(&recorder);
	READ(KEY(KEY_D, 1), REPORT);
	EMITTED(&recorder, KEYBOARD, KEY(KEY_D, 1), REPORT);
}

CASE(the_rest_of_a_read_with_an_overrun_is_void)
{
	start();
	READ(DROPPED, REPORT, KEY(KEY_A, 1), REPORT, KEY(KEY_A, 0), REPORT);
	EMITTED_NOTHING(&recorder);
	READ(KEY(KEY_A, 1), REPORT);
	EMITTED(&recorder, KEYBOARD, KEY(KEY_A, 1), REPORT);
}

CASE(an_overrun_at_the_end_of_a_read_goes_on_in_the_next)
{
	start();
	READ(KEY(KEY_A, 1), REPORT, DROPPED);
	EMITTED(&recorder, KEYBOARD, KEY(KEY_A, 1), REPORT);
	READ(KEY(KEY_B, 1));
	READ(KEY(KEY_A, 0), REPORT);
	EMITTED(&recorder, KEYBOARD, KEY(KEY_A, 0), REPORT);
	CHECK_EQUAL(recorder.core.counters.resyncs, 1);
}

CASE(an_overrun_in_a_carried_frame_drops_what_was_carried)
{
	start();
	READ(KEY(KEY_A, 1));
	READ(DROPPED);
	READ(REPORT);
	READ(REPORT);
	EMITTED_NOTHING(&recorder);
}

CASE(a_second_overrun_before_the_report_is_one_resync)
{
	start();
	READ(DROPPED, DROPPED, KEY(KEY_A, 1), DROPPED, REPORT);
	CHECK_EQUAL(recorder.core.counters.resyncs, 1);
	CHECK_EQUAL(recorder.core.counters.drops, 3);
	EMITTED_NOTHING(&recorder);
}

CASE(a_resync_while_the_device_goes_away_waits_for_its_read_error)
{
	start();
	READ(KEY(KEY_A, 1), REPORT);
	recorder.keys_result = -19;
	READ(DROPPED, REPORT);
	EMITTED(&recorder, KEYBOARD, KEY(KEY_A, 1), REPORT);
	EMITTED_NOTHING(&recorder);
	core_source_gone(&recorder.core, 0);
	EMITTED(&recorder, KEYBOARD, KEY(KEY_A, 0), REPORT);
}

CASE(a_resync_of_every_key_there_is_fits)
{
	start();
	memset(&recorder.keys, 0xff, sizeof(recorder.keys));
	READ(DROPPED, REPORT);
	CHECK(recorder.event_count > 700);
	recorder.event_count = 0;
	keyset_clear(&recorder.keys);
	READ(DROPPED, REPORT);
	CHECK(recorder.event_count > 700);
	CHECK(keyset_is_empty(&recorder.core.sinks[KEYBOARD].pressed));
	CHECK(keyset_is_empty(&recorder.core.sinks[MOUSE].pressed));
}

CASE(a_switch_within_a_read_sends_the_rest_to_nobody_else)
{
	static const struct evs_hotkey chord = {
		{KEY_LEFTCTRL, KEY_RIGHTCTRL}, 2, EVS_ACTION_NEXT, 0};

	start();
	CHECK_EQUAL(hotkeys_set(&recorder.core.hotkeys, &chord, 1), 0);
	READ(KEY(KEY_LEFTCTRL, 1), REPORT, KEY(KEY_RIGHTCTRL, 1), REPORT, KEY(KEY_A, 1), REPORT);
	CHECK_EQUAL(recorder.core.active, EVS_HOST);
	EMITTED(&recorder, KEYBOARD, KEY(KEY_LEFTCTRL, 1), REPORT, KEY(KEY_LEFTCTRL, 0), REPORT);
	EMITTED_NOTHING(&recorder);
}

CASE(an_event_with_a_code_beyond_all_keys_is_swallowed)
{
	start();
	FEED(&recorder, KEY(KEY_CNT, 1), KEY(UINT16_MAX, 1), KEY(KEY_A, 1));
	EMITTED(&recorder, KEYBOARD, KEY(KEY_A, 1), REPORT);
}

CASE(an_empty_frame_is_no_frame_for_anybody)
{
	start();
	READ(REPORT, REPORT);
	EMITTED_NOTHING(&recorder);
}

CASE(other_synchronisation_events_do_not_end_a_frame)
{
	start();
	READ(KEY(KEY_A, 1), EVENT(EV_SYN, SYN_MT_REPORT, 0), KEY(KEY_B, 1), REPORT);
	EMITTED(&recorder, KEYBOARD, KEY(KEY_A, 1), KEY(KEY_B, 1), REPORT);
}
