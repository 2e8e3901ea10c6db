/* SPDX-License-Identifier: MIT */
/* Devices that are cloned: native/core/clone.c and shape.c. */
#include "harness.h"
#include "recorder.h"

#include <errno.h>

#define PAD   1u /* source */
#define CLONE 5u /* sink of the guest */
#define OTHER 6u /* sink of a second guest */

#define AXIS_BIT(code) (UINT64_C(1) << (code))

static struct recorder recorder;

static void describe_axis(struct evs_description *device, uint16_t code, int32_t minimum,
			  int32_t maximum)
{
	device->types |= AXIS_BIT(EV_ABS);
	device->absolute |= AXIS_BIT(code);
	device->axes[code].minimum = minimum;
	device->axes[code].maximum = maximum;
}

static void describe_key(struct evs_description *device, uint16_t code)
{
	device->types |= AXIS_BIT(EV_KEY);
	device->keys[code / 64] |= AXIS_BIT(code % 64);
}

/* A stick, a trigger beside a second stick, and buttons. */
static struct evs_description pad(void)
{
	struct evs_description device = {.name = "pad"};

	describe_axis(&device, ABS_X, -32768, 32767);
	describe_axis(&device, ABS_Z, 0, 255);
	describe_axis(&device, ABS_RX, 0, 255);
	describe_axis(&device, ABS_RY, 0, 255);
	describe_key(&device, BTN_SOUTH);
	return device;
}

/* Two fingers, and the pen of a tablet. */
static struct evs_description touchscreen(void)
{
	struct evs_description device = {.name = "touch"};

	describe_axis(&device, ABS_X, 0, 4095);
	describe_axis(&device, ABS_PRESSURE, 0, 255);
	describe_axis(&device, ABS_MT_SLOT, 0, 1);
	describe_axis(&device, ABS_MT_TRACKING_ID, 0, 65535);
	describe_axis(&device, ABS_MT_POSITION_X, 0, 4095);
	describe_key(&device, BTN_TOUCH);
	return device;
}

/* A guest with keyboard, mouse and a clone of the device, which is active; with a second guest on demand. */
static void start(struct evs_description device)
{
	uint32_t sinks[EVS_TARGET_MAX];
	struct clone_shape shape;

	recorder_init(&recorder, EVS_PROFILE_INPUT_LINUX);
	for (uint32_t slot = 0; slot < CLONE_SLOTS_MAX; slot++)
		recorder.places.slots[ABS_MT_TRACKING_ID - CLONE_SLOT_AXIS_FIRST][slot] = -1;
	CHECK_EQUAL(clone_shape_of(&device, &shape), 0);
	CHECK_EQUAL(core_clone_add(&recorder.core, 1, CLONE), 0);
	for (uint32_t target = 0; target < EVS_TARGET_MAX; target++)
		sinks[target] = target == 1 ? CLONE : EVS_NONE;
	CHECK_EQUAL(core_source_add_cloned(&recorder.core, PAD, 0, &shape, sinks), 0);
	CHECK_EQUAL(recorder.core.sources[PAD].grab, GRAB_FREE);
	CHECK_EQUAL(core_switch(&recorder.core, 1, EVS_REASON_COMMAND), 0);
	CHECK_EQUAL(recorder.core.sources[PAD].grab, GRAB_HELD);
	recorder.event_count = recorder.emit_count = 0;
	recorder.call_count = 0;
}

#define READ(...)                                                                                 \
	do {                                                                                      \
		const struct input_event events[] = {__VA_ARGS__};                                \
		core_clone_feed(&recorder.core, PAD, events, sizeof(events) / sizeof(events[0])); \
	} while (0)

CASE(a_frame_reaches_the_clone_as_it_is)
{
	start(pad());
	READ(EVENT(EV_MSC, MSC_SCAN, 7), KEY(BTN_SOUTH, 1), ABS(ABS_X, -3), REL(REL_WHEEL, 9),
	     EVENT(EV_SW, SW_LID, 1), MSC(MSC_TIMESTAMP, 4), REPORT);
	EMITTED(&recorder, CLONE, EVENT(EV_MSC, MSC_SCAN, 7), KEY(BTN_SOUTH, 1), ABS(ABS_X, -3),
		REL(REL_WHEEL, 9), EVENT(EV_SW, SW_LID, 1), MSC(MSC_TIMESTAMP, 4), REPORT);
	EMITTED_NOTHING(&recorder);
	CHECK_EQUAL(recorder.emit_count, 1);
}

CASE(motion_of_a_cloned_mouse_does_not_reach_the_mouse_node)
{
	start(pad());
	READ(REL(REL_X, 1), REL(REL_Y, 2), REPORT);
	EMITTED(&recorder, CLONE, REL(REL_X, 1), REL(REL_Y, 2), REPORT);
	EMITTED_NOTHING(&recorder);
}

CASE(a_frame_of_many_fingers_is_longer_than_a_read_and_stays_whole)
{
	struct input_event read[CORE_BATCH_MAX];

	start(touchscreen());
	for (uint32_t i = 0; i < CORE_BATCH_MAX; i++)
		read[i] = ABS(ABS_MT_POSITION_X, (int32_t)i);
	for (uint32_t part = 0; part < 10; part++)
		core_clone_feed(&recorder.core, PAD, read, CORE_BATCH_MAX);
	EMITTED_NOTHING(&recorder);
	READ(REPORT);
	CHECK_EQUAL(recorder.event_count, 10 * CORE_BATCH_MAX + 1);
	CHECK_EQUAL(recorder.emit_count, 1);
	CHECK_EQUAL(recorder.core.counters.drops, 0);
}

CASE(a_frame_longer_than_any_is_an_overrun)
{
	struct input_event read[CORE_BATCH_MAX];

	start(pad());
	for (uint32_t i = 0; i < CORE_BATCH_MAX; i++)
		read[i] = REL(REL_DIAL, 1);
	for (uint32_t part = 0; part <= CLONE_FRAME_MAX / CORE_BATCH_MAX; part++)
		core_clone_feed(&recorder.core, PAD, read, CORE_BATCH_MAX);
	EMITTED_NOTHING(&recorder);
	CHECK_EQUAL(recorder.core.counters.drops, 1);
	recorder.places.axes[ABS_X] = 12;
	READ(REPORT);
	CHECK_EQUAL(recorder.core.counters.resyncs, 1);
	EMITTED(&recorder, CLONE, ABS(ABS_X, 12), ABS(ABS_Z, 0), ABS(ABS_RX, 0), ABS(ABS_RY, 0),
		REPORT);
	READ(ABS(ABS_X, 1), REPORT);
	EMITTED(&recorder, CLONE, ABS(ABS_X, 1), REPORT);
}

CASE(a_stick_and_a_button_that_are_held_do_not_stay_so_on_the_old_target)
{
	start(pad());
	READ(KEY(BTN_SOUTH, 1), ABS(ABS_X, 32767), ABS(ABS_Z, 255), REPORT);
	recorder.event_count = 0;
	CHECK_EQUAL(core_switch(&recorder.core, EVS_HOST, EVS_REASON_COMMAND), 0);
	EMITTED(&recorder, CLONE, KEY(BTN_SOUTH, 0), ABS(ABS_X, 0), ABS(ABS_Z, 0), ABS(ABS_RX, 127),
		ABS(ABS_RY, 127), REPORT);
	EMITTED_NOTHING(&recorder);
}

CASE(a_device_that_was_not_touched_is_left_alone_at_a_second_switch)
{
	start(pad());
	CHECK_EQUAL(core_switch(&recorder.core, EVS_HOST, EVS_REASON_COMMAND), 0);
	recorder.event_count = 0;
	core_panic(&recorder.core);
	EMITTED_NOTHING(&recorder);
}

CASE(a_button_held_across_a_switch_is_muted_and_a_stick_is_shown)
{
	start(pad());
	CHECK_EQUAL(core_switch(&recorder.core, EVS_HOST, EVS_REASON_COMMAND), 0);
	core_ungrabbed(&recorder.core, PAD, 0);
	core_ungrabbed(&recorder.core, 0, 0);
	recorder.event_count = 0;
	keyset_add(&recorder.keys, BTN_SOUTH);
	recorder.places.axes[ABS_X] = 99;
	CHECK_EQUAL(core_switch(&recorder.core, 1, EVS_REASON_COMMAND), 0);
	EMITTED(&recorder, CLONE, ABS(ABS_X, 99), ABS(ABS_Z, 0), ABS(ABS_RX, 127), ABS(ABS_RY, 127),
		REPORT);
	READ(KEY(BTN_SOUTH, 2), REPORT, KEY(BTN_SOUTH, 0), REPORT);
	EMITTED_NOTHING(&recorder);
	READ(KEY(BTN_SOUTH, 1), REPORT);
	EMITTED(&recorder, CLONE, KEY(BTN_SOUTH, 1), REPORT);
}

CASE(contacts_end_with_a_switch_and_the_touch_with_them)
{
	start(touchscreen());
	READ(ABS(ABS_MT_SLOT, 1), ABS(ABS_MT_TRACKING_ID, 7), ABS(ABS_MT_POSITION_X, 5),
	     KEY(BTN_TOUCH, 1), ABS(ABS_X, 5), ABS(ABS_PRESSURE, 50), REPORT);
	recorder.event_count = 0;
	CHECK_EQUAL(core_switch(&recorder.core, EVS_HOST, EVS_REASON_COMMAND), 0);
	EMITTED(&recorder, CLONE, ABS(ABS_MT_SLOT, 1), ABS(ABS_MT_TRACKING_ID, -1),
		KEY(BTN_TOUCH, 0), ABS(ABS_PRESSURE, 0), REPORT);
}

CASE(a_contact_that_is_there_is_shown_to_the_new_target)
{
	struct clone_state *places = &recorder.places;

	start(touchscreen());
	CHECK_EQUAL(core_switch(&recorder.core, EVS_HOST, EVS_REASON_COMMAND), 0);
	core_ungrabbed(&recorder.core, PAD, 0);
	core_ungrabbed(&recorder.core, 0, 0);
	recorder.event_count = 0;
	places->slots[ABS_MT_TRACKING_ID - CLONE_SLOT_AXIS_FIRST][1] = 8;
	places->slots[ABS_MT_POSITION_X - CLONE_SLOT_AXIS_FIRST][1] = 77;
	places->slot = 1;
	keyset_add(&recorder.keys, BTN_TOUCH);
	CHECK_EQUAL(core_switch(&recorder.core, 1, EVS_REASON_COMMAND), 0);
	EMITTED(&recorder, CLONE, ABS(ABS_X, 0), ABS(ABS_PRESSURE, 0), ABS(ABS_MT_SLOT, 0),
		ABS(ABS_MT_POSITION_X, 0), ABS(ABS_MT_TRACKING_ID, -1), ABS(ABS_MT_SLOT, 1),
		ABS(ABS_MT_POSITION_X, 77), ABS(ABS_MT_TRACKING_ID, 8), ABS(ABS_MT_SLOT, 1),
		KEY(BTN_TOUCH, 1), REPORT);
	READ(ABS(ABS_MT_TRACKING_ID, -1), KEY(BTN_TOUCH, 0), REPORT);
	EMITTED(&recorder, CLONE, ABS(ABS_MT_TRACKING_ID, -1), KEY(BTN_TOUCH, 0), REPORT);
}

CASE(the_host_sees_contacts_end_before_a_grab_and_the_device_keeps_them)
{
	struct clone_state *places = &recorder.places;
	int32_t *tracking = places->slots[ABS_MT_TRACKING_ID - CLONE_SLOT_AXIS_FIRST];

	start(touchscreen());
	CHECK_EQUAL(core_switch(&recorder.core, EVS_HOST, EVS_REASON_COMMAND), 0);
	core_ungrabbed(&recorder.core, PAD, 0);
	core_ungrabbed(&recorder.core, 0, 0);
	tracking[0] = 3;
	recorder.call_count = 0;
	core_switch(&recorder.core, 1, EVS_REASON_COMMAND);
	CHECK_EQUAL(tracking[0], 3);
	CHECK_EQUAL(recorder.core.clones[0].contacts[0], 3);
	/* The keyboard first: no key is down on it. Then the pad: to rest, grab, restored. */
	CHECK(strstr(recorder.calls, "RGdk") != NULL);
	CHECK_EQUAL(core_switch(&recorder.core, EVS_HOST, EVS_REASON_COMMAND), 0);
	CHECK_EQUAL(tracking[0], -1);
}

CASE(after_an_overrun_another_contact_in_the_slot_is_a_new_one)
{
	int32_t *tracking = recorder.places.slots[ABS_MT_TRACKING_ID - CLONE_SLOT_AXIS_FIRST];

	start(touchscreen());
	READ(ABS(ABS_MT_TRACKING_ID, 7), KEY(BTN_TOUCH, 1), REPORT);
	recorder.event_count = 0;
	tracking[0] = 9;
	keyset_add(&recorder.keys, BTN_TOUCH);
	READ(DROPPED, ABS(ABS_MT_TRACKING_ID, 8), REPORT, ABS(ABS_X, 1), REPORT);
	EMITTED(&recorder, CLONE, ABS(ABS_MT_SLOT, 0), ABS(ABS_MT_TRACKING_ID, -1), REPORT,
		ABS(ABS_X, 0), ABS(ABS_PRESSURE, 0), ABS(ABS_MT_SLOT, 0), ABS(ABS_MT_POSITION_X, 0),
		ABS(ABS_MT_TRACKING_ID, 9), ABS(ABS_MT_SLOT, 1), ABS(ABS_MT_POSITION_X, 0),
		ABS(ABS_MT_TRACKING_ID, -1), ABS(ABS_MT_SLOT, 0), REPORT);
	EMITTED_NOTHING(&recorder);
	CHECK_EQUAL(recorder.notified[EVS_EVENT_RESYNC], 1);
}

CASE(after_an_overrun_keys_follow_the_kernel_but_a_muted_one_stays_muted)
{
	start(pad());
	READ(KEY(BTN_SOUTH, 1), REPORT);
	recorder.event_count = 0;
	keyset_add(&recorder.keys, BTN_EAST);
	READ(DROPPED, REPORT);
	EMITTED(&recorder, CLONE, ABS(ABS_X, 0), ABS(ABS_Z, 0), ABS(ABS_RX, 0), ABS(ABS_RY, 0),
		REPORT, KEY(BTN_SOUTH, 0), KEY(BTN_EAST, 1), REPORT);
}

CASE(a_hotkey_on_the_device_works_and_does_not_reach_the_clone)
{
	static const struct evs_hotkey chord = {{BTN_SELECT, BTN_START}, 2, EVS_ACTION_NEXT, 0};

	start(pad());
	CHECK_EQUAL(hotkeys_set(&recorder.core.hotkeys, &chord, 1), 0);
	READ(KEY(BTN_SELECT, 1), REPORT);
	EMITTED(&recorder, CLONE, KEY(BTN_SELECT, 1), REPORT);
	READ(EVENT(EV_MSC, MSC_SCAN, 1), KEY(BTN_START, 1), REPORT, KEY(BTN_EAST, 1), REPORT);
	CHECK_EQUAL(recorder.core.active, EVS_HOST);
	EMITTED(&recorder, CLONE, KEY(BTN_SELECT, 0), REPORT, ABS(ABS_X, 0), ABS(ABS_Z, 0),
		ABS(ABS_RX, 127), ABS(ABS_RY, 127), REPORT);
	EMITTED_NOTHING(&recorder);
}

CASE(keys_of_a_device_that_stays_with_the_host_complete_a_hotkey)
{
	static const struct evs_hotkey chord = {{BTN_SELECT, 0}, 1, EVS_ACTION_NEXT, 0};

	start(pad());
	CHECK_EQUAL(core_switch(&recorder.core, EVS_HOST, EVS_REASON_COMMAND), 0);
	core_ungrabbed(&recorder.core, PAD, 0);
	core_ungrabbed(&recorder.core, 0, 0);
	CHECK_EQUAL(hotkeys_set(&recorder.core.hotkeys, &chord, 1), 0);
	recorder.event_count = 0;
	READ(KEY(BTN_SELECT, 1), ABS(ABS_X, 1), REPORT);
	CHECK_EQUAL(recorder.core.active, 1);
}

CASE(what_nobody_consumes_is_dropped_and_shown_when_somebody_does)
{
	start(pad());
	recorder.is_consumed = false;
	core_ask_sink(&recorder.core, CLONE);
	recorder.event_count = 0;
	READ(ABS(ABS_X, 5), REPORT);
	EMITTED_NOTHING(&recorder);
	CHECK_EQUAL(recorder.core.counters.unconsumed, 1);
	recorder.is_consumed = true;
	recorder.places.axes[ABS_X] = 5;
	core_ask_sink(&recorder.core, CLONE);
	EMITTED(&recorder, CLONE, ABS(ABS_X, 5), ABS(ABS_Z, 0), ABS(ABS_RX, 0), ABS(ABS_RY, 0),
		REPORT);
}

CASE(a_device_that_goes_comes_to_rest_and_its_clone_can_be_fed_again)
{
	struct evs_description device = pad();
	uint32_t sinks[EVS_TARGET_MAX];
	struct clone_shape shape;

	start(device);
	READ(KEY(BTN_SOUTH, 1), ABS(ABS_X, 9), REPORT);
	recorder.event_count = 0;
	CHECK_EQUAL(core_clone_remove(&recorder.core, CLONE), -EBUSY);
	core_source_gone(&recorder.core, PAD);
	EMITTED(&recorder, CLONE, KEY(BTN_SOUTH, 0), ABS(ABS_X, 0), ABS(ABS_Z, 0), ABS(ABS_RX, 127),
		ABS(ABS_RY, 127), REPORT);
	CHECK_EQUAL(clone_shape_of(&device, &shape), 0);
	for (uint32_t target = 0; target < EVS_TARGET_MAX; target++)
		sinks[target] = target == 1 ? CLONE : EVS_NONE;
	CHECK_EQUAL(core_source_add_cloned(&recorder.core, PAD, 0, &shape, sinks), 0);
	CHECK_EQUAL(recorder.core.sources[PAD].grab, GRAB_HELD);
	core_source_gone(&recorder.core, PAD);
	CHECK_EQUAL(core_clone_remove(&recorder.core, CLONE), 0);
	CHECK_EQUAL(core_clone_remove(&recorder.core, CLONE), -ENOENT);
}

CASE(a_guest_without_a_clone_of_it_leaves_the_device_with_the_host)
{
	static const uint32_t sinks[SHAPER_STREAMS] = {8, 9};
	struct evs_target_config config = {.name = "second", .grab_toggle = EVS_TOGGLE_NONE};

	start(pad());
	CHECK_EQUAL(core_target_add(&recorder.core, &config, sinks), 2);
	CHECK_EQUAL(core_switch(&recorder.core, 2, EVS_REASON_COMMAND), 0);
	CHECK_EQUAL(recorder.core.sources[0].grab, GRAB_HELD);
	CHECK_EQUAL(recorder.core.sources[PAD].grab, GRAB_LEAVING);
}

CASE(from_one_guest_to_another_the_device_stays_grabbed_and_its_state_moves)
{
	static const uint32_t nodes[SHAPER_STREAMS] = {8, 9};
	struct evs_target_config config = {.name = "second", .grab_toggle = EVS_TOGGLE_NONE};
	uint32_t sinks[EVS_TARGET_MAX];
	struct clone_shape shape;
	struct evs_description device = pad();

	start(device);
	core_source_gone(&recorder.core, PAD);
	CHECK_EQUAL(core_target_add(&recorder.core, &config, nodes), 2);
	CHECK_EQUAL(core_clone_add(&recorder.core, 2, OTHER), 0);
	CHECK_EQUAL(clone_shape_of(&device, &shape), 0);
	for (uint32_t target = 0; target < EVS_TARGET_MAX; target++)
		sinks[target] = target == 1 ? CLONE : target == 2 ? OTHER : EVS_NONE;
	CHECK_EQUAL(core_source_add_cloned(&recorder.core, PAD, 0, &shape, sinks), 0);
	READ(ABS(ABS_X, 9), REPORT);
	recorder.places.axes[ABS_X] = 9;
	recorder.event_count = 0;
	CHECK_EQUAL(core_switch(&recorder.core, 2, EVS_REASON_COMMAND), 0);
	EMITTED(&recorder, CLONE, ABS(ABS_X, 0), ABS(ABS_Z, 0), ABS(ABS_RX, 127), ABS(ABS_RY, 127),
		REPORT);
	EMITTED(&recorder, OTHER, ABS(ABS_X, 9), ABS(ABS_Z, 0), ABS(ABS_RX, 0), ABS(ABS_RY, 0),
		REPORT);
	CHECK_EQUAL(recorder.core.sources[PAD].grab, GRAB_HELD);
	READ(ABS(ABS_X, 10), REPORT);
	EMITTED(&recorder, OTHER, ABS(ABS_X, 10), REPORT);
	EMITTED_NOTHING(&recorder);
}

CASE(a_sink_feeds_from_one_device_only)
{
	struct evs_description device = pad();
	uint32_t sinks[EVS_TARGET_MAX];
	struct clone_shape shape;

	start(device);
	CHECK_EQUAL(clone_shape_of(&device, &shape), 0);
	for (uint32_t target = 0; target < EVS_TARGET_MAX; target++)
		sinks[target] = EVS_NONE;
	sinks[1] = CLONE;
	CHECK_EQUAL(core_source_add_cloned(&recorder.core, 2, 0, &shape, sinks), -EINVAL);
	sinks[1] = KEYBOARD;
	CHECK_EQUAL(core_source_add_cloned(&recorder.core, 2, 0, &shape, sinks), -EINVAL);
	sinks[1] = EVS_SINK_MAX;
	CHECK_EQUAL(core_source_add_cloned(&recorder.core, 2, 0, &shape, sinks), -EINVAL);
	CHECK_EQUAL(core_clone_add(&recorder.core, EVS_HOST, 20), -ENOENT);
	CHECK_EQUAL(core_clone_add(&recorder.core, 7, 20), -ENOENT);
}

CASE(anonymous_contacts_end_with_an_empty_frame)
{
	struct evs_description device = {.name = "old touchscreen"};

	describe_axis(&device, ABS_MT_POSITION_X, 0, 100);
	start(device);
	READ(ABS(ABS_MT_POSITION_X, 4), EVENT(EV_SYN, SYN_MT_REPORT, 0), REPORT);
	EMITTED(&recorder, CLONE, ABS(ABS_MT_POSITION_X, 4), EVENT(EV_SYN, SYN_MT_REPORT, 0),
		REPORT);
	CHECK_EQUAL(core_switch(&recorder.core, EVS_HOST, EVS_REASON_COMMAND), 0);
	EMITTED(&recorder, CLONE, EVENT(EV_SYN, SYN_MT_REPORT, 0), REPORT);
}

CASE(lamps_and_the_rate_of_repeats_are_not_sent_on)
{
	start(pad());
	READ(EVENT(EV_LED, LED_CAPSL, 1), EVENT(EV_REP, REP_DELAY, 1), EVENT(EV_SND, SND_BELL, 1),
	     EVENT(EV_FF, FF_GAIN, 1), REPORT);
	EMITTED_NOTHING(&recorder);
}

CASE(slots_that_do_not_exist_touch_no_memory)
{
	start(touchscreen());
	READ(ABS(ABS_MT_SLOT, 2), ABS(ABS_MT_TRACKING_ID, 1), ABS(ABS_MT_SLOT, INT32_MAX),
	     ABS(ABS_MT_SLOT, INT32_MIN), ABS(ABS_MT_TRACKING_ID, 2), ABS(UINT16_MAX, 1),
	     KEY(UINT16_MAX, 1), REPORT);
	CHECK_EQUAL(recorder.core.clones[0].contacts[0], 2);
}

CASE(absurd_descriptions_have_a_shape_or_are_refused)
{
	struct evs_description device = pad();
	struct clone_shape shape;

	describe_axis(&device, ABS_X, INT32_MIN, INT32_MAX);
	describe_axis(&device, ABS_RX, INT32_MAX, INT32_MIN);
	CHECK_EQUAL(clone_shape_of(&device, &shape), 0);
	CHECK_EQUAL(shape.rest[ABS_X], 0);
	describe_axis(&device, ABS_MT_SLOT, 0, CLONE_SLOTS_MAX - 1);
	CHECK_EQUAL(clone_shape_of(&device, &shape), 0);
	CHECK_EQUAL(shape.slot_count, CLONE_SLOTS_MAX);
	describe_axis(&device, ABS_MT_SLOT, 0, CLONE_SLOTS_MAX);
	CHECK_EQUAL(clone_shape_of(&device, &shape), -ERANGE);
	describe_axis(&device, ABS_MT_SLOT, 0, INT32_MAX);
	CHECK_EQUAL(clone_shape_of(&device, &shape), -ERANGE);
	describe_axis(&device, ABS_MT_SLOT, -1, 1);
	CHECK_EQUAL(clone_shape_of(&device, &shape), -ERANGE);
	describe_axis(&device, ABS_MT_SLOT, 0, -1);
	CHECK_EQUAL(clone_shape_of(&device, &shape), -ERANGE);
	memset(&device, 0xff, sizeof(device));
	CHECK_EQUAL(clone_shape_of(&device, &shape), -ERANGE);
}

CASE(a_hundred_slots_are_shown_in_more_than_one_frame)
{
	struct evs_description device = touchscreen();

	for (uint16_t code = CLONE_SLOT_AXIS_FIRST; code <= ABS_MT_TOOL_Y; code++)
		describe_axis(&device, code, 0, 10);
	describe_axis(&device, ABS_MT_SLOT, 0, CLONE_SLOTS_MAX - 1);
	start(device);
	READ(DROPPED, REPORT);
	CHECK(recorder.event_count > CLONE_SLOTS_MAX * CLONE_SLOT_AXES);
	CHECK_EQUAL(recorder.emit_count, 2);
}

CASE(where_springs_rest_is_what_their_codes_mean)
{
	struct evs_description device = {.name = "wheel"};
	struct clone_shape shape;

	describe_key(&device, BTN_JOYSTICK);
	describe_axis(&device, ABS_X, 0, 1023);
	describe_axis(&device, ABS_Z, 0, 255); /* the second stick: there is no RX */
	describe_axis(&device, ABS_GAS, 0, 100);
	describe_axis(&device, ABS_THROTTLE, 0, 100);
	describe_axis(&device, ABS_HAT0X, -1, 1);
	describe_axis(&device, ABS_HAT2X, 0, 255);
	describe_axis(&device, ABS_MISC, 0, 255);
	CHECK_EQUAL(clone_shape_of(&device, &shape), 0);
	CHECK_EQUAL(shape.rest[ABS_X], 511);
	CHECK_EQUAL(shape.rest[ABS_Z], 127);
	CHECK_EQUAL(shape.rest[ABS_GAS], 0);
	CHECK_EQUAL(shape.rest[ABS_HAT0X], 0);
	CHECK_EQUAL(shape.rest[ABS_HAT2X], 0);
	CHECK_EQUAL(shape.resting, AXIS_BIT(ABS_X) | AXIS_BIT(ABS_Z) | AXIS_BIT(ABS_GAS) |
					   AXIS_BIT(ABS_HAT0X) | AXIS_BIT(ABS_HAT2X));
	/* A tablet with the same axes keeps its place. */
	describe_key(&device, BTN_TOOL_PEN);
	CHECK_EQUAL(clone_shape_of(&device, &shape), 0);
	CHECK_EQUAL(shape.resting, 0);
}
