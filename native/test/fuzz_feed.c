/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer over core_feed(): whatever a device may send, cut into whatever reads, with switches, unplugs,
 * ungrabs, consumers that come and go and key states that fit nothing in between. The port here is no kernel:
 * it answers what the input says.
 *
 * Checked: every emit is of whole, well-formed frames of what its node can send; a key is pressed once,
 * repeated only while pressed, released once; when all devices are gone nothing is pressed on any node.
 */
#include "../core/core.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define SOURCES 3u
#define GUESTS  2u
#define SINKS   (2 * (GUESTS + 1))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	const uint8_t *data;
	size_t size;
	size_t at;
} input;

static struct core core;
static struct keyset nodes[SINKS];
static bool is_consumed[SINKS];
static struct keyset keys;
static int grab_result, keys_result, inject_result;
static uint32_t leaving[SOURCES];
static uint32_t leaving_count;
static uint64_t now_ns, alarm_ns;
static struct map maps[2];
static uint32_t next_map;

static void fail(const char *what)
{
	fprintf(stderr, "%s\n", what);
	abort();
}

static uint32_t next8(void)
{
	return input.at < input.size ? input.data[input.at++] : 0;
}

static uint32_t next16(void)
{
	uint32_t high = next8();

	return high << 8 | next8();
}

/* ---- the port */

static void check_key(uint32_t sink, const struct input_event *event)
{
	bool is_mouse = sink % SHAPER_STREAMS == SHAPER_MOUSE;
	bool is_down;

	if (event->code >= KEY_CNT)
		fail("a key beyond all keys");
	if (event_code_is_button(event->code) != is_mouse)
		fail("a key on the mouse node or a button on the keyboard node");
	is_down = keyset_has(&nodes[sink], event->code);
	if (event->value == 1 && !is_down)
		keyset_add(&nodes[sink], event->code);
	else if (event->value == 0 && is_down)
		keyset_remove(&nodes[sink], event->code);
	else if (event->value != 2 || !is_down)
		fail("a second press, a second release, or a repeat of a key that is up");
}

static void emit(void *ctx, uint32_t sink, const struct input_event *events, uint32_t count)
{
	uint32_t in_frame = 0;

	(void)ctx;
	if (count == 0 || !event_is_report(&events[count - 1]))
		fail("a frame without an end");
	for (uint32_t i = 0; i < count; i++) {
		if (event_is_report(&events[i]) && in_frame == 0)
			fail("an empty frame");
		in_frame = event_is_report(&events[i]) ? 0 : in_frame + 1;
		switch (events[i].type) {
		case EV_KEY:
			check_key(sink, &events[i]);
			break;
		case EV_REL:
			if (sink % SHAPER_STREAMS != SHAPER_MOUSE)
				fail("motion on a keyboard node");
			break;
		case EV_SYN:
			if (!event_is_report(&events[i]))
				fail("a synchronisation event within a frame");
			break;
		case EV_MSC:
			break;
		default:
			fail("an event of another type");
		}
	}
}

static void flush(void *ctx)
{
	(void)ctx;
}

static int get_keys(void *ctx, uint32_t source, struct keyset *out)
{
	(void)ctx;
	(void)source;
	*out = keys;
	return keys_result;
}

static int get_lamps(void *ctx, uint32_t source, uint32_t *out)
{
	(void)ctx;
	(void)source;
	*out = (uint32_t)keys.words[0];
	return keys_result;
}

static void drain(void *ctx, uint32_t source)
{
	(void)ctx;
	(void)source;
}

static int inject(void *ctx, uint32_t source, const struct input_event *events, uint32_t count)
{
	(void)ctx;
	(void)source;
	if (count < 2 || !event_is_report(&events[count - 1]))
		fail("an injection without an end");
	if (inject_result < 0)
		return inject_result;
	for (uint32_t i = 0; i < count - 1; i++) {
		if (events[i].type == EV_KEY && events[i].value)
			keyset_add(&keys, events[i].code);
		else if (events[i].type == EV_KEY)
			keyset_remove(&keys, events[i].code);
	}
	return 0;
}

static int grab(void *ctx, uint32_t source)
{
	(void)ctx;
	(void)source;
	return grab_result;
}

static void ungrab(void *ctx, uint32_t source)
{
	(void)ctx;
	if (leaving_count == SOURCES)
		fail("a device given back twice");
	leaving[leaving_count++] = source;
}

static bool get_consumed(void *ctx, uint32_t sink)
{
	(void)ctx;
	return is_consumed[sink];
}

static void notify(void *ctx, const struct evs_event *event)
{
	(void)ctx;
	(void)event;
}

static uint64_t get_now(void *ctx)
{
	(void)ctx;
	return now_ns;
}

static void set_alarm(void *ctx, uint64_t at_ns)
{
	(void)ctx;
	alarm_ns = at_ns;
}

static const struct port port = {
	.emit = emit,
	.flush = flush,
	.keys = get_keys,
	.lamps = get_lamps,
	.drain = drain,
	.inject = inject,
	.grab = grab,
	.ungrab = ungrab,
	.is_consumed = get_consumed,
	.now = get_now,
	.alarm = set_alarm,
	.notify = notify,
};

/* ---- what the input says */

static const uint16_t usual_codes[] = {
	KEY_LEFTCTRL,  KEY_RIGHTCTRL,  KEY_ESC,  KEY_A,          KEY_B,
	KEY_LEFTSHIFT, KEY_RIGHTSHIFT, BTN_LEFT, BTN_SIDE,       BTN_BACK,
	BTN_EXTRA,     BTN_FORWARD,    KEY_MAX,  KEY_SCROLLLOCK,
};

#define USUAL_CODES (sizeof(usual_codes) / sizeof(usual_codes[0]))

static uint16_t next_code(void)
{
	uint32_t code = next8();

	return code < 240 ? usual_codes[code % USUAL_CODES] : (uint16_t)next16();
}

static struct input_event next_event(void)
{
	uint32_t kind = next8();

	switch (kind % 8) {
	case 0:
		return event_make(EV_SYN, SYN_REPORT, 0);
	case 1:
	case 2:
		return event_make(EV_KEY, next_code(), (int32_t)(kind / 8 % 3));
	case 3:
		return event_make(EV_REL, (uint16_t)(kind / 8), (int8_t)next8());
	case 4:
		return event_make(EV_SYN, (uint16_t)(kind / 8 % 4), 0);
	case 5:
		return event_make(EV_REL, (uint16_t)(kind / 8), (int32_t)(next16() << 16));
	case 6:
		return event_make(EV_LED, (uint16_t)(kind / 8), (int32_t)(next8() % 2));
	default:
		return event_make((uint16_t)next8(), (uint16_t)next16(),
				  (int32_t)(next16() << 16 | next16()));
	}
}

static void feed(uint32_t source)
{
	struct input_event events[CORE_BATCH_MAX];
	uint32_t count = next8() % CORE_BATCH_MAX + 1;

	for (uint32_t i = 0; i < count; i++)
		events[i] = next_event();
	if (core.sources[source].is_present)
		core_feed(&core, source, events, count);
}

static void add_source(uint32_t source)
{
	uint32_t flags = next8();

	if (core_source_is_free(&core, source))
		core_source_add(&core, source, flags);
}

static void end_ungrab(void)
{
	uint32_t source;

	if (leaving_count == 0)
		return;
	source = leaving[--leaving_count];
	core_ungrabbed(&core, source, 0);
}

/* Whatever a map may say, or what is refused. */
static void set_map(void)
{
	struct evs_map_rule rules[8];
	struct evs_map_axis axes[4];
	struct evs_map_step steps[8];
	uint8_t tables[2 * EVS_TARGET_MAX];
	struct map_plan plan = {
		.rules = rules,
		.axes = axes,
		.steps = steps,
		.tables = tables,
		.rule_count = next8() % 9,
		.axis_count = next8() % 5,
		.step_count = next8() % 9,
		.class_count = 2,
	};

	for (uint32_t i = 0; i < plan.rule_count; i++) {
		struct evs_map_rule *rule = &rules[i];

		memset(rule, 0, sizeof(*rule));
		rule->table = next8() % 3;
		rule->kind = next8() % 6;
		rule->when.key_count = next8() % 6;
		for (uint32_t key = 0; key < EVS_HOTKEY_KEYS_MAX; key++)
			rule->when.keys[key] = next_code();
		rule->when.action = next8() % 5;
		rule->when.target = next8() % 10;
		rule->target = next8() % 10 == 9 ? EVS_NONE : next8() % 4;
		rule->key_count = next8() % 6;
		for (uint32_t key = 0; key < EVS_MAP_KEYS_MAX; key++)
			rule->keys[key] = next_code();
		rule->first_step = next8() % 10;
		rule->step_count = next8() % 10;
		rule->counts = next8();
	}
	for (uint32_t i = 0; i < plan.axis_count; i++)
		axes[i] = (struct evs_map_axis){next8() % 3, (uint16_t)(next8() % 16),
						(uint16_t)(next8() % 16),
						(int32_t)(next16() << 16 | next16())};
	for (uint32_t i = 0; i < plan.step_count; i++)
		steps[i] = (struct evs_map_step){next_code(), (uint16_t)(next8() % 2), next8()};
	for (uint32_t i = 0; i < sizeof(tables); i++)
		tables[i] = (uint8_t)(next8() % 4);
	if (map_build(&maps[next_map], &plan) < 0)
		return;
	core_map_set(&core, &maps[next_map]);
	next_map = 1 - next_map;
}

static void wait_a_while(void)
{
	uint64_t end = now_ns + (uint64_t)next8() * 1000000u;

	/* Each ring gets something done, or asks for a later time. */
	for (int ring = 0; alarm_ns != 0 && alarm_ns <= end && ring < 100000; ring++) {
		now_ns = alarm_ns > now_ns ? alarm_ns : now_ns;
		alarm_ns = 0;
		core_alarm(&core);
	}
	if (alarm_ns != 0 && alarm_ns <= end)
		fail("an alarm that never comes to an end");
	now_ns = end;
}

static void step(void)
{
	uint32_t op = next8();
	uint32_t source = op / 16 % SOURCES;

	switch (op % 16) {
	default:
		feed(source);
		break;
	case 1:
		core_switch(&core, next8() % (GUESTS + 2), EVS_REASON_COMMAND);
		break;
	case 2:
		core_source_gone(&core, source);
		break;
	case 3:
		core_source_remove(&core, source);
		break;
	case 4:
		add_source(source);
		break;
	case 5:
	case 6:
		end_ungrab();
		break;
	case 7:
		is_consumed[next8() % SINKS] = op & 16;
		core_ask_presence(&core);
		break;
	case 8:
		is_consumed[next8() % SINKS] = op & 16;
		break;
	case 9:
		core_panic(&core);
		break;
	case 10: {
		uint16_t code = next_code() % KEY_CNT;

		if (op & 16)
			keyset_add(&keys, code);
		else
			keyset_remove(&keys, code);
		break;
	}
	case 11:
		grab_result = op & 16 ? -EBUSY : 0;
		keys_result = op & 32 ? -ENODEV : 0;
		inject_result = op & 64 ? -EBADF : 0;
		break;
	case 12:
		core_sink_led(&core, next8() % SINKS, (uint16_t)(op / 16), op & 16);
		break;
	case 13:
		set_map();
		break;
	case 14:
		wait_a_while();
		break;
	case 15:
		if (op & 64)
			core_source_classify(&core, source, op / 128);
		else
			feed(source);
		break;
	}
}

static void set_up(void)
{
	const struct evs_hotkey hotkeys[] = {
		{{KEY_LEFTCTRL, KEY_RIGHTCTRL}, 2, EVS_ACTION_NEXT, 0},
		{{KEY_LEFTCTRL, KEY_RIGHTCTRL, KEY_ESC}, 3, EVS_ACTION_PANIC, 0},
		{{BTN_SIDE, KEY_LEFTSHIFT}, 2, EVS_ACTION_PREVIOUS, 0},
		{{KEY_SCROLLLOCK}, 1, EVS_ACTION_TARGET, 2},
	};
	uint32_t mode = next8();

	memset(nodes, 0, sizeof(nodes));
	memset(is_consumed, 1, sizeof(is_consumed));
	keyset_clear(&keys);
	grab_result = keys_result = inject_result = 0;
	leaving_count = 0;
	now_ns = 1;
	alarm_ns = 0;
	core_init(&core, mode % 2, &port, NULL);
	for (uint32_t i = 0; i < GUESTS + 1; i++) {
		struct evs_target_config config = {
			.profile = mode >> (i + 1) & 1,
			.repeat = mode >> (i + 4) & 1,
			.grab_toggle = mode >> 7 ? EVS_TOGGLE_NONE : i,
			.max_rate = mode >> 3 & 1 ? 500 * i : 0,
		};
		uint32_t sinks[SHAPER_STREAMS] = {2 * i, 2 * i + 1};

		strcpy(config.name, i == 0 ? "host" : "guest");
		if (core_target_add(&core, &config, sinks) != (int)i)
			fail("the targets are not as planned");
	}
	if (hotkeys_set(&core.hotkeys, hotkeys, sizeof(hotkeys) / sizeof(hotkeys[0])) < 0)
		fail("the hotkeys are not as planned");
	for (uint32_t i = 0; i < SOURCES; i++)
		core_source_add(&core, i, EVS_SOURCE_KEYS | EVS_SOURCE_LEDS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	input.data = data;
	input.size = size;
	input.at = 0;
	set_up();
	while (input.at < input.size)
		step();
	for (uint32_t i = 0; i < SOURCES; i++)
		core_source_gone(&core, i);
	for (uint32_t sink = 0; sink < SINKS; sink++) {
		if (!keyset_is_empty(&nodes[sink]) || !keyset_is_empty(&core.sinks[sink].pressed))
			fail("a key is pressed though every device is gone");
	}
	return 0;
}
