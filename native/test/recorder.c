/* SPDX-License-Identifier: MIT */
#include "recorder.h"
#include "harness.h"

static void note(struct recorder *recorder, char letter)
{
	CHECK(recorder->call_count < RECORDER_CALLS - 1);
	recorder->calls[recorder->call_count++] = letter;
	recorder->calls[recorder->call_count] = '\0';
}

static void emit(void *ctx, uint32_t sink, const struct input_event *events, uint32_t count)
{
	struct recorder *recorder = ctx;

	CHECK(recorder->event_count + count <= RECORDER_EVENTS);
	CHECK(count > 1 && event_is_report(&events[count - 1]));
	recorder->emit_count++;
	recorder->emitted_at = events;
	for (uint32_t i = 0; i < count; i++) {
		recorder->sinks[recorder->event_count] = sink;
		recorder->events[recorder->event_count++] = events[i];
	}
}

static void flush(void *ctx)
{
	(void)ctx;
}

static int keys(void *ctx, uint32_t source, struct keyset *out)
{
	struct recorder *recorder = ctx;

	(void)source;
	note(recorder, 'k');
	*out = recorder->keys;
	return recorder->keys_result;
}

static int places(void *ctx, uint32_t source, const struct clone_shape *shape,
		  struct clone_state *out)
{
	const struct recorder *recorder = ctx;

	(void)source;
	(void)shape;
	*out = recorder->places;
	return recorder->places_result;
}

static int lamps(void *ctx, uint32_t source, uint32_t *out)
{
	(void)source;
	note(ctx, 'l');
	*out = 0;
	return 0;
}

static void drain(void *ctx, uint32_t source)
{
	(void)source;
	note(ctx, 'd');
}

static void inject_axis(struct clone_state *places, const struct input_event *event)
{
	if (event->code == ABS_MT_SLOT)
		places->slot = event->value;
	else if (event->code >= CLONE_SLOT_AXIS_FIRST)
		places->slots[event->code - CLONE_SLOT_AXIS_FIRST][places->slot] = event->value;
	else
		places->axes[event->code] = event->value;
}

static int inject(void *ctx, uint32_t source, const struct input_event *events, uint32_t count)
{
	struct recorder *recorder = ctx;

	(void)source;
	CHECK(event_is_report(&events[count - 1]));
	note(recorder, events[0].value ? 'P' : 'R'); /* presses or releases */
	for (uint32_t i = 0; i < count - 1; i++) {
		if (events[i].type == EV_ABS)
			inject_axis(&recorder->places, &events[i]);
		if (events[i].type != EV_KEY)
			continue;
		if (events[i].value)
			keyset_add(&recorder->keys, events[i].code);
		else
			keyset_remove(&recorder->keys, events[i].code);
	}
	return 0;
}

static int grab(void *ctx, uint32_t source)
{
	struct recorder *recorder = ctx;

	(void)source;
	note(recorder, 'G');
	if (recorder->grab_result == 0 && recorder->races > 0) {
		recorder->races--;
		for (unsigned int word = 0; word < KEYSET_WORDS; word++)
			recorder->keys.words[word] |= recorder->race.words[word];
	}
	return recorder->grab_result;
}

static void ungrab(void *ctx, uint32_t source)
{
	(void)source;
	note(ctx, 'U');
}

static bool is_consumed(void *ctx, uint32_t sink)
{
	const struct recorder *recorder = ctx;

	(void)sink;
	return recorder->is_consumed;
}

static void notify(void *ctx, const struct evs_event *event)
{
	struct recorder *recorder = ctx;

	CHECK(event->kind <= EVS_EVENT_STOPPED);
	recorder->notified[event->kind]++;
	recorder->last_result = event->result;
}

static uint64_t now(void *ctx)
{
	return ((const struct recorder *)ctx)->now_ns;
}

static void alarm_at(void *ctx, uint64_t at_ns)
{
	((struct recorder *)ctx)->alarm_ns = at_ns;
}

static const struct port port = {
	.emit = emit,
	.flush = flush,
	.keys = keys,
	.places = places,
	.lamps = lamps,
	.drain = drain,
	.inject = inject,
	.grab = grab,
	.ungrab = ungrab,
	.is_consumed = is_consumed,
	.now = now,
	.alarm = alarm_at,
	.notify = notify,
};

void recorder_init(struct recorder *recorder, uint32_t profile)
{
	static const uint32_t sinks[SHAPER_STREAMS] = {KEYBOARD, MOUSE};
	struct evs_target_config config = {
		.name = "guest",
		.profile = profile,
		.repeat = EVS_REPEAT_ON,
		.grab_toggle = EVS_TOGGLE_CTRL_CTRL,
	};

	memset(recorder, 0, sizeof(*recorder));
	recorder->is_consumed = true;
	core_init(&recorder->core, EVS_HOST_RELEASE, &port, recorder);
	CHECK_EQUAL(core_source_add(&recorder->core, 0,
				    EVS_SOURCE_KEYS | EVS_SOURCE_BUTTONS | EVS_SOURCE_MOTION),
		    0);
	CHECK_EQUAL(core_target_add(&recorder->core, &config, sinks), 1);
	recorder->call_count = 0;
}

void recorder_expect(const char *file, int line, struct recorder *recorder, uint32_t sink,
		     const struct input_event *expected, uint32_t count)
{
	uint32_t found = 0;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < recorder->event_count; i++) {
		const struct input_event *event = &recorder->events[i];

		if (recorder->sinks[i] != sink) {
			recorder->sinks[kept] = recorder->sinks[i];
			recorder->events[kept++] = *event;
			continue;
		}
		if (found == count)
			harness_fail(file, line, "sink %u also got %u %u %d", sink, event->type,
				     event->code, event->value);
		if (event->type != expected[found].type || event->code != expected[found].code ||
		    event->value != expected[found].value)
			harness_fail(file, line, "event %u of sink %u is %u %u %d", found, sink,
				     event->type, event->code, event->value);
		found++;
	}
	if (found < count)
		harness_fail(file, line, "sink %u got %u events, and not %u", sink, found, count);
	recorder->event_count = kept;
}

void recorder_expect_nothing(const char *file, int line, const struct recorder *recorder)
{
	if (recorder->event_count > 0)
		harness_fail(file, line, "sink %u got %u %u %d", recorder->sinks[0],
			     recorder->events[0].type, recorder->events[0].code,
			     recorder->events[0].value);
}
