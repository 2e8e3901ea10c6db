/* SPDX-License-Identifier: MIT */
/*
 * Scripts of bytes: one byte says what happens, the next ones on what. Any bytes are a script, so a fuzzer,
 * a property test and a replay speak the same language. What a script lacks at its end reads as zero.
 *
 * The first byte sets the stage: see enum stage_bit. On stage: four devices, two guests, two chords; and where
 * that bit is set a fifth device, which both guests have clones of, and steps for it. With maps on stage the host
 * has nodes of ours in any case, the second guest takes 250 frames of motion a second, and time may pass. With
 * changes on stage everything may become otherwise while it is used, as a reload, a sleep or a crash has it.
 */
#include "../core/event.h"
#include "sim.h"

#include <stdlib.h>
#include <string.h>

#define DEVICES 5u
#define GUESTS  2u

/* Longer than the longest macro of set_map(). */
#define SETTLE_US 1000000u

struct script {
	const uint8_t *bytes;
	uint32_t size;
	uint32_t at;
};

struct stage {
	struct evs_sim *sim;
	struct script script;
	int32_t devices[DEVICES]; /* source ids, -1 = unplugged */
	uint32_t guests[GUESTS];
	uint32_t device_count;
	uint32_t clones[GUESTS];
};

enum stage_bit {
	STAGE_PROXIED = 1u << 0,      /* the host reads nodes of ours */
	STAGE_READ_ONLY = 1u << 1,    /* the first keyboard may not be written to */
	STAGE_OTHER_HOTKEY = 1u << 2, /* both Ctrl are no hotkey: a key alone is */
	STAGE_CLONES = 1u << 3,
	STAGE_MAPS = 1u << 4,
	STAGE_CHANGES = 1u << 5,
};

enum step {
	STEP_PRESS,
	STEP_LIFT,
	STEP_TICK,
	STEP_MOVE,
	STEP_WHEEL,
	STEP_READ_ALL,
	STEP_READ_SOME,
	STEP_UNGRAB_EFFECT,
	STEP_UNGRAB_RETURN,
	STEP_SWITCH,
	STEP_PANIC,
	STEP_CONSUME,
	STEP_ASK,
	STEP_UNPLUG,
	STEP_PLUG,
	STEP_REMOVE,
	STEP_OVERRUN,
	STEP_ARM,
	STEP_CONSUMER_LED,
	STEP_HOST_LED,
	STEP_CHORD,
	STEP_PANIC_CHORD,
	STEP_SETTLE,
	STEP_STICK, /* this one and those after it only with clones on stage */
	STEP_TOUCH,
	STEP_CONSUME_CLONE,
	STEP_MAP, /* these only with maps on stage */
	STEP_WAIT,
	STEP_CLASSIFY,
	STEP_CHANGE, /* only with changes on stage: enum change says what */
	STEP_COUNT,
};

enum change {
	CHANGE_PIN,
	CHANGE_UNPIN,
	CHANGE_REPAIR,
	CHANGE_REMOVE_TARGET,
	CHANGE_ADD_TARGET,
	CHANGE_UPDATE_TARGET,
	CHANGE_HOTKEYS,
	CHANGE_SWITCH_BY,
	CHANGE_INDICATOR,
	CHANGE_SLEEP,
	CHANGE_RESTART,
	CHANGE_COUNT,
};

static const uint16_t codes[] = {
	KEY_LEFTCTRL,   KEY_RIGHTCTRL, KEY_ESC,   KEY_A,      KEY_B,    KEY_LEFTSHIFT,
	KEY_RIGHTSHIFT, KEY_VOLUMEUP,  BTN_LEFT,  BTN_RIGHT,  BTN_SIDE, BTN_BACK,
	BTN_FORWARD,    BTN_EXTRA,     KEY_ENTER, KEY_MACRO1,
};

#define CODES (sizeof(codes) / sizeof(codes[0]))

static const struct {
	uint32_t flags, driver;
} kinds[DEVICES] = {
	{EVS_SOURCE_KEYS | EVS_SOURCE_REPEATS | EVS_SOURCE_LEDS, EVS_SIM_USB},
	{EVS_SOURCE_KEYS | EVS_SOURCE_REPEATS | EVS_SOURCE_LEDS, EVS_SIM_PS2},
	{EVS_SOURCE_BUTTONS | EVS_SOURCE_MOTION, EVS_SIM_PS2},
	{EVS_SOURCE_BUTTONS | EVS_SOURCE_MOTION | EVS_SOURCE_KEYS, EVS_SIM_USB},
	{EVS_SOURCE_KEYS, EVS_SIM_USB}, /* the cloned one */
};

/* The last of the kinds: two sticks and two slots. */
#define CLONED (DEVICES - 1)

static const struct evs_description pad = {
	.types = 1u << EV_KEY | 1u << EV_ABS,
	.keys = {[BTN_SOUTH / 64] = UINT64_C(1) << (BTN_SOUTH % 64)},
	.absolute = 1u << ABS_X | 1u << ABS_GAS | UINT64_C(1) << ABS_MT_SLOT |
		    UINT64_C(1) << ABS_MT_TRACKING_ID | UINT64_C(1) << ABS_MT_POSITION_X,
	.axes = {[ABS_X] = {.minimum = -128, .maximum = 127},
		 [ABS_GAS] = {.maximum = 255},
		 [ABS_MT_SLOT] = {.maximum = 1}},
};

static uint8_t next(struct script *script)
{
	return script->at < script->size ? script->bytes[script->at++] : 0;
}

static uint32_t next_device(struct stage *stage)
{
	int32_t device = stage->devices[next(&stage->script) % stage->device_count];

	return device < 0 ? EVS_NONE : (uint32_t)device;
}

static uint32_t next_code(struct stage *stage)
{
	return codes[next(&stage->script) % CODES];
}

static bool has(const struct stage *stage, enum stage_bit bit)
{
	return stage->script.bytes[0] & bit;
}

static void plug(struct stage *stage, uint32_t device)
{
	uint32_t flags = kinds[device].flags;

	if (device == 0 && has(stage, STAGE_READ_ONLY))
		flags |= EVS_SOURCE_READ_ONLY;
	if (stage->devices[device] >= 0)
		return;
	if (device == CLONED)
		stage->devices[device] = evs_sim_plug_cloned(
			stage->sim, flags, kinds[device].driver, &pad, stage->clones, GUESTS);
	else
		stage->devices[device] = evs_sim_plug(stage->sim, flags, kinds[device].driver);
}

static void unplug(struct stage *stage, uint32_t device, bool by_command)
{
	int32_t source = stage->devices[device];

	if (source < 0)
		return;
	if (by_command) {
		for (size_t i = 0; i < CODES; i++)
			evs_sim_finger(stage->sim, (uint32_t)source, codes[i], 0);
		evs_sim_remove(stage->sim, (uint32_t)source);
	} else {
		evs_sim_unplug(stage->sim, (uint32_t)source);
	}
	stage->devices[device] = -1;
}

/* Everything under way ends, as it does when one waits. */
static void settle(struct stage *stage)
{
	evs_sim_arm(stage->sim, 0, 0, 0, 0);
	evs_sim_wait(stage->sim, SETTLE_US);
	do
		evs_sim_step(stage->sim);
	while (evs_sim_ungrab_returns(stage->sim));
	evs_sim_ask_presence(stage->sim);
	do
		evs_sim_step(stage->sim);
	while (evs_sim_ungrab_returns(stage->sim));
	evs_sim_wait(stage->sim, SETTLE_US);
}

static void chord(struct stage *stage, const uint16_t *keys, uint32_t count)
{
	uint32_t devices[3];

	for (uint32_t i = 0; i < count; i++) {
		devices[i] = next_device(stage);
		evs_sim_finger(stage->sim, devices[i], keys[i], 1);
		evs_sim_step(stage->sim);
	}
	for (uint32_t i = 0; i < count; i++) {
		evs_sim_finger(stage->sim, devices[i], keys[i], 0);
		evs_sim_step(stage->sim);
	}
}

static void stick(struct stage *stage, int32_t axis, uint8_t value)
{
	const int32_t pair[] = {axis, axis == ABS_X ? (int8_t)value : value};

	if (stage->devices[CLONED] >= 0)
		evs_sim_place(stage->sim, (uint32_t)stage->devices[CLONED], pair, 1);
}

/* A finger comes, moves or goes; each that comes has a number of its own. */
static void touch(struct stage *stage, int32_t slot, bool is_down, uint8_t place)
{
	const int32_t pairs[] = {ABS_MT_SLOT,        slot,
				 ABS_MT_TRACKING_ID, is_down ? place / 32 : -1,
				 ABS_MT_POSITION_X,  place};

	if (stage->devices[CLONED] >= 0)
		evs_sim_place(stage->sim, (uint32_t)stage->devices[CLONED], pairs, is_down ? 3 : 2);
}

#define MAP_RULES 6u
#define MAP_AXES  3u

static uint16_t next_trigger(struct stage *stage)
{
	uint32_t choice = next(&stage->script) % (CODES + 4);

	return choice < CODES ? codes[choice] : (uint16_t)(EVS_WHEEL_UP + choice - CODES);
}

static struct evs_map_rule next_rule(struct stage *stage)
{
	struct evs_map_rule rule = {.target = EVS_NONE, .counts = 5};
	uint32_t what = next(&stage->script);
	uint16_t trigger = next_trigger(stage);
	uint32_t first = next(&stage->script);

	rule.table = what / 8 % 2;
	rule.kind = what % 5;
	rule.when.keys[rule.when.key_count++] = trigger;
	if (what / 16 % 4 == 0 && codes[first % CODES] != trigger) { /* a chord */
		rule.when.keys[0] = codes[first % CODES];
		rule.when.keys[rule.when.key_count++] = trigger;
	}
	rule.when.action = what / 64 % 2 ? EVS_ACTION_NEXT : EVS_ACTION_PANIC;
	if (what / 128 % 2 && rule.kind != EVS_MAP_SCROLL)
		rule.target = first / 16 % (GUESTS + 1);
	rule.key_count = 1 + first / 64 % 3;
	for (uint32_t i = 0; i < rule.key_count; i++) /* 5 has no factor with the number of codes */
		rule.keys[i] = codes[(first + i * 5) % CODES];
	rule.step_count = 4;
	if (trigger >= KEY_CNT && rule.kind == EVS_MAP_SCROLL)
		rule.kind = EVS_MAP_BLOCK;
	return rule;
}

static void set_map(struct stage *stage)
{
	static const uint16_t axes[] = {REL_X, REL_Y, REL_WHEEL, REL_HWHEEL};
	const struct evs_map_step steps[] = {
		{codes[next(&stage->script) % 8], 1, next(&stage->script) % 32},
		{codes[8 + next(&stage->script) % 8], 1, 10},
	};
	struct evs_map_step macro[4] = {steps[0], steps[1], steps[1], steps[0]};
	struct evs_map_rule rules[MAP_RULES];
	struct evs_map_axis mapped[MAP_AXES];
	uint32_t rule_count = next(&stage->script) % (MAP_RULES + 1);
	uint32_t axis_count = next(&stage->script) % (MAP_AXES + 1);
	uint8_t tables[2 * EVS_TARGET_MAX] = {0};

	macro[2].is_press = macro[3].is_press = 0;
	for (uint32_t i = 0; i < rule_count; i++)
		rules[i] = next_rule(stage);
	for (uint32_t i = 0; i < axis_count; i++) {
		uint32_t axis = next(&stage->script);

		mapped[i] = (struct evs_map_axis){
			.table = axis / 8 % 2,
			.code = axes[axis % 4],
			.to = axes[(axis % 4) ^ (axis / 16 % 2)],
			.factor = (int8_t)next(&stage->script) * 4096,
		};
	}
	for (uint32_t i = 0; i < GUESTS + 1; i++) {
		tables[i] = next(&stage->script) % 3;
		tables[EVS_TARGET_MAX + i] = next(&stage->script) % 3;
	}
	if (evs_sim_set_map(stage->sim, rules, rule_count, mapped, axis_count, macro, 4, tables,
			    2) < 0)
		abort();
}

static void set_hotkeys(struct stage *stage, uint32_t choice)
{
	const struct evs_hotkey usual[] = {
		{{KEY_LEFTCTRL, KEY_RIGHTCTRL}, 2, EVS_ACTION_NEXT, 0},
		{{KEY_LEFTCTRL, KEY_RIGHTCTRL, KEY_ESC}, 3, EVS_ACTION_PANIC, 0},
		{{KEY_LEFTSHIFT, KEY_ENTER}, 2, EVS_ACTION_PREVIOUS, 0},
		{{KEY_RIGHTSHIFT, KEY_B}, 2, EVS_ACTION_LOCK, 0},
		{{KEY_VOLUMEUP}, 1, EVS_ACTION_HOOK, 7},
	};
	struct evs_hotkey hotkeys[sizeof(usual) / sizeof(usual[0])];

	memcpy(hotkeys, usual, sizeof(usual));
	if (choice % 2)
		hotkeys[0] = (struct evs_hotkey){{KEY_MACRO1}, 1, EVS_ACTION_NEXT, 0};
	evs_sim_set_hotkeys(stage->sim, hotkeys, 3 + choice / 2 % 3);
}

static void add_guest(struct stage *stage, uint32_t guest)
{
	struct evs_target_config config = {
		.profile = EVS_PROFILE_INPUT_LINUX,
		.repeat = EVS_REPEAT_ON,
		.grab_toggle = guest == 0 ? EVS_TOGGLE_CTRL_CTRL : EVS_TOGGLE_SHIFT_SHIFT,
		.max_rate = guest > 0 && has(stage, STAGE_MAPS) ? 250 : 0,
	};
	int32_t id;

	strcpy(config.name, guest == 0 ? "one" : "two");
	id = evs_sim_add_target(stage->sim, &config, 1, 1);
	if (id < 0)
		abort();
	stage->guests[guest] = (uint32_t)id;
	evs_sim_consume(stage->sim, stage->guests[guest], EVS_SINK_KEYBOARD, 1);
	evs_sim_consume(stage->sim, stage->guests[guest], EVS_SINK_MOUSE, 1);
}

static bool has_all_guests(const struct stage *stage)
{
	for (uint32_t i = 0; i < GUESTS; i++) {
		if (stage->guests[i] == EVS_NONE)
			return false;
	}
	return true;
}

/* What a reload, a sleep, or the end of the process and the next one make otherwise. */
static void change(struct stage *stage)
{
	struct script *script = &stage->script;
	enum change what = (enum change)(next(script) % CHANGE_COUNT);
	uint32_t device = next_device(stage);
	uint32_t choice = next(script);
	uint32_t guest = choice % GUESTS;
	uint32_t target = stage->guests[guest];
	struct evs_target_config config = {
		.repeat = choice / 2 % 2,
		.grab_toggle = choice / 4 % (EVS_TOGGLE_NONE + 1),
	};

	switch (what) {
	case CHANGE_PIN:
		evs_sim_pin(stage->sim, device, target);
		break;
	case CHANGE_UNPIN:
		evs_sim_pin(stage->sim, device, EVS_NONE);
		break;
	case CHANGE_REPAIR:
		evs_sim_repair_target(stage->sim, target);
		break;
	case CHANGE_REMOVE_TARGET:
		/* Its clones would go, and the device that feeds them was given both. */
		if (!has(stage, STAGE_CLONES) && evs_sim_remove_target(stage->sim, target) == 0)
			stage->guests[guest] = EVS_NONE;
		break;
	case CHANGE_ADD_TARGET:
		if (target == EVS_NONE)
			add_guest(stage, guest);
		break;
	case CHANGE_UPDATE_TARGET:
		evs_sim_update_target(stage->sim, target, &config);
		break;
	case CHANGE_HOTKEYS:
		set_hotkeys(stage, choice);
		break;
	case CHANGE_SWITCH_BY:
		evs_sim_switch_by(stage->sim, choice % 2);
		break;
	case CHANGE_INDICATOR:
		evs_sim_set_indicator(stage->sim, choice % 2);
		break;
	case CHANGE_SLEEP:
		evs_sim_sleep(stage->sim);
		break;
	case CHANGE_RESTART:
		/* Targets would get other ids. */
		if (has_all_guests(stage))
			evs_sim_restart(stage->sim);
		break;
	case CHANGE_COUNT:
		break;
	}
}

static uint32_t step_count(const struct stage *stage)
{
	if (has(stage, STAGE_CHANGES))
		return STEP_COUNT;
	if (has(stage, STAGE_MAPS))
		return STEP_CHANGE;
	return has(stage, STAGE_CLONES) ? STEP_MAP : STEP_STICK;
}

static void play_step(struct stage *stage)
{
	static const uint16_t switch_chord[] = {KEY_LEFTCTRL, KEY_RIGHTCTRL};
	static const uint16_t panic_chord[] = {KEY_LEFTCTRL, KEY_RIGHTCTRL, KEY_ESC};
	struct script *script = &stage->script;
	struct evs_sim *sim = stage->sim;
	enum step step = (enum step)(next(script) % step_count(stage));
	uint32_t device, guest, code;

	switch (step) {
	case STEP_PRESS:
	case STEP_LIFT:
		device = next_device(stage);
		evs_sim_finger(sim, device, next_code(stage), step == STEP_PRESS);
		break;
	case STEP_TICK:
		evs_sim_tick(sim, next_device(stage));
		break;
	case STEP_MOVE:
		device = next_device(stage);
		evs_sim_move(sim, device, REL_X, (int8_t)next(script));
		break;
	case STEP_WHEEL:
		device = next_device(stage);
		evs_sim_move(sim, device, REL_WHEEL, (int8_t)next(script));
		break;
	case STEP_READ_ALL:
		evs_sim_step(sim);
		break;
	case STEP_READ_SOME:
		device = next_device(stage);
		evs_sim_read(sim, device, next(script) % 8u + 1u);
		break;
	case STEP_UNGRAB_EFFECT:
		evs_sim_ungrab_takes_effect(sim);
		break;
	case STEP_UNGRAB_RETURN:
		evs_sim_ungrab_returns(sim);
		break;
	case STEP_SWITCH:
		evs_sim_switch(sim, next(script) % (GUESTS + 1));
		break;
	case STEP_PANIC:
		evs_sim_panic(sim);
		break;
	case STEP_CONSUME:
		guest = next(script);
		evs_sim_consume(sim, stage->guests[guest % GUESTS], guest / 2 % 2,
				guest / 4 % 4 != 0);
		break;
	case STEP_ASK:
		evs_sim_ask_presence(sim);
		break;
	case STEP_UNPLUG:
		unplug(stage, next(script) % stage->device_count, false);
		break;
	case STEP_PLUG:
		plug(stage, next(script) % stage->device_count);
		break;
	case STEP_REMOVE:
		unplug(stage, next(script) % stage->device_count, true);
		break;
	case STEP_OVERRUN:
		evs_sim_overrun(sim, next_device(stage));
		break;
	case STEP_ARM:
		device = next_device(stage);
		code = next_code(stage);
		guest = next(script);
		if (device != EVS_NONE)
			evs_sim_arm(sim, guest / 2 % 16u + 1u, device, code, guest % 2);
		break;
	case STEP_CONSUMER_LED:
		guest = next(script);
		evs_sim_consumer_led(sim, stage->guests[guest % GUESTS], guest / 2 % 3,
				     guest / 8 % 2);
		break;
	case STEP_HOST_LED:
		device = next_device(stage);
		guest = next(script);
		evs_sim_host_led(sim, device, guest % 3, guest / 4 % 2);
		break;
	case STEP_CHORD:
		chord(stage, switch_chord, 2);
		break;
	case STEP_PANIC_CHORD:
		chord(stage, panic_chord, 3);
		break;
	case STEP_SETTLE:
		settle(stage);
		break;
	case STEP_STICK:
		guest = next(script);
		stick(stage, guest % 2 ? ABS_X : ABS_GAS, next(script));
		break;
	case STEP_TOUCH:
		guest = next(script);
		touch(stage, guest % 2, guest / 2 % 2, next(script));
		break;
	case STEP_CONSUME_CLONE:
		guest = next(script);
		evs_sim_consume_clone(sim, stage->clones[guest % GUESTS], guest / 2 % 4 != 0);
		break;
	case STEP_MAP:
		if (has(stage, STAGE_MAPS))
			set_map(stage);
		break;
	case STEP_WAIT:
		evs_sim_wait(sim, next(script) * 500u);
		break;
	case STEP_CLASSIFY:
		device = next_device(stage);
		evs_sim_classify(sim, device, next(script) % 2);
		break;
	case STEP_CHANGE:
		change(stage);
		break;
	case STEP_COUNT:
		break;
	}
}

static void set_up(struct stage *stage)
{
	struct evs_target_config config = {.repeat = EVS_REPEAT_ON};
	struct evs_hotkey hotkeys[] = {
		{{KEY_LEFTCTRL, KEY_RIGHTCTRL}, 2, EVS_ACTION_NEXT, 0},
		{{KEY_LEFTCTRL, KEY_RIGHTCTRL, KEY_ESC}, 3, EVS_ACTION_PANIC, 0},
		{{KEY_LEFTSHIFT, KEY_ENTER}, 2, EVS_ACTION_PREVIOUS, 0},
	};
	uint32_t has_nodes;

	strcpy(config.name, "host");
	config.profile = EVS_PROFILE_HOST;
	config.grab_toggle = EVS_TOGGLE_NONE;
	has_nodes = has(stage, STAGE_PROXIED) || has(stage, STAGE_MAPS);
	evs_sim_add_target(stage->sim, &config, has_nodes, has_nodes);
	for (uint32_t i = 0; i < GUESTS; i++)
		add_guest(stage, i);
	if (has(stage, STAGE_OTHER_HOTKEY))
		hotkeys[0] = (struct evs_hotkey){{KEY_MACRO1}, 1, EVS_ACTION_NEXT, 0};
	evs_sim_set_hotkeys(stage->sim, hotkeys, sizeof(hotkeys) / sizeof(hotkeys[0]));
	for (uint32_t i = 0; i < GUESTS && has(stage, STAGE_CLONES); i++) {
		stage->clones[i] = (uint32_t)evs_sim_add_clone(stage->sim, stage->guests[i]);
		evs_sim_consume_clone(stage->sim, stage->clones[i], 1);
	}
	for (uint32_t i = 0; i < stage->device_count; i++) {
		stage->devices[i] = -1;
		plug(stage, i);
	}
}

static void lift_all(struct stage *stage)
{
	for (uint32_t device = 0; device < stage->device_count; device++) {
		for (size_t i = 0; i < CODES; i++)
			evs_sim_finger(stage->sim, (uint32_t)stage->devices[device], codes[i], 0);
	}
}

evs_sim_rule evs_sim_play(const uint8_t *bytes, uint32_t size, uint32_t *steps)
{
	struct stage stage = {.script = {bytes, size, 1}};
	evs_sim_rule rule;

	*steps = 0;
	stage.device_count = size > 0 && (bytes[0] & STAGE_CLONES) ? DEVICES : DEVICES - 1;
	for (uint32_t i = 0; i < DEVICES; i++)
		stage.devices[i] = -1;
	if (size == 0 || evs_sim_create(bytes[0] & STAGE_PROXIED, &stage.sim) < 0)
		return 0;
	set_up(&stage);
	while (stage.script.at < size) {
		play_step(&stage);
		(*steps)++;
		rule = evs_sim_check(stage.sim);
		if (rule != 0)
			goto out;
	}
	settle(&stage);
	rule = evs_sim_check(stage.sim);
	if (rule != 0)
		goto out;
	lift_all(&stage);
	settle(&stage);
	rule = evs_sim_check(stage.sim);
	if (rule != 0)
		goto out;
	evs_sim_stop(stage.sim);
	settle(&stage);
	rule = evs_sim_check(stage.sim);
out:
	evs_sim_destroy(stage.sim);
	return rule;
}
