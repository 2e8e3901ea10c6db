/* SPDX-License-Identifier: MIT */
/*
 * The switching core alone on a real processor: what deciding about a frame costs, with sources and sinks in memory.
 *
 *   core [FRAMES]
 *
 * Eight mice, a guest that is active and consumed, both chords. Each frame is copied from its source as a read would,
 * decided about, and copied to its sink as a write would; the mice take turns, so no frame finds the state of its
 * source in the nearest cache by chance alone. Prints a line of JSON for each kind of frame: processor time of this
 * thread, in ns for a frame.
 */
#include "../../native/core/core.h"
#include "../../native/bench/fail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MICE     8u
#define KEYBOARD 0u
#define MOUSE    1u
#define EVENTS   4u
/* Of each mouse: what was moved so long ago is out of the nearest cache. */
#define QUEUE      256u
#define SINK_QUEUE 1024u

struct frame {
	uint32_t count;
	struct input_event events[EVENTS];
};

struct world {
	struct core core;
	struct frame queues[MICE][QUEUE];
	struct input_event sink[SINK_QUEUE];
	uint64_t emitted_count;
};

static void emit(void *ctx, uint32_t sink, const struct input_event *events, uint32_t count)
{
	struct world *world = ctx;
	uint64_t at = world->emitted_count % (SINK_QUEUE - CORE_BATCH_MAX);

	if (sink > MOUSE || count > CORE_BATCH_MAX)
		fail("a frame of %u events for sink %u", count, sink);
	memcpy(&world->sink[at], events, count * sizeof(*events));
	world->emitted_count += count;
}

static void flush(void *ctx)
{
	(void)ctx;
}

static int keys(void *ctx, uint32_t source, struct keyset *out)
{
	(void)ctx;
	(void)source;
	memset(out, 0, sizeof(*out));
	return 0;
}

static int lamps(void *ctx, uint32_t source, uint32_t *out)
{
	(void)ctx;
	(void)source;
	*out = 0;
	return 0;
}

static int places(void *ctx, uint32_t source, const struct clone_shape *shape,
		  struct clone_state *out)
{
	(void)ctx;
	(void)source;
	(void)shape;
	memset(out, 0, sizeof(*out));
	return 0;
}

static void ignore(void *ctx, uint32_t source)
{
	(void)ctx;
	(void)source;
}

static int inject(void *ctx, uint32_t source, const struct input_event *events, uint32_t count)
{
	(void)ctx;
	(void)source;
	(void)events;
	(void)count;
	return 0;
}

static int grab(void *ctx, uint32_t source)
{
	(void)ctx;
	(void)source;
	return 0;
}

static bool is_consumed(void *ctx, uint32_t sink)
{
	(void)ctx;
	(void)sink;
	return true;
}

static uint64_t now(void *ctx)
{
	(void)ctx;
	return 0;
}

static void alarm_at(void *ctx, uint64_t at_ns)
{
	(void)ctx;
	(void)at_ns;
}

static void notify(void *ctx, const struct evs_event *event)
{
	(void)ctx;
	(void)event;
}

static const struct port port = {
	.emit = emit,
	.flush = flush,
	.keys = keys,
	.lamps = lamps,
	.places = places,
	.drain = ignore,
	.inject = inject,
	.grab = grab,
	.ungrab = ignore,
	.is_consumed = is_consumed,
	.now = now,
	.alarm = alarm_at,
	.notify = notify,
};

static void start(struct world *world)
{
	static const uint32_t sinks[SHAPER_STREAMS] = {KEYBOARD, MOUSE};
	static const struct evs_hotkey chords[] = {
		{.keys = {KEY_LEFTCTRL, KEY_RIGHTCTRL}, .key_count = 2, .action = EVS_ACTION_NEXT},
		{.keys = {KEY_LEFTCTRL, KEY_RIGHTCTRL, KEY_ESC},
		 .key_count = 3,
		 .action = EVS_ACTION_PANIC},
	};
	struct evs_target_config guest = {.name = "guest",
					  .profile = EVS_PROFILE_INPUT_LINUX,
					  .repeat = EVS_REPEAT_ON,
					  .grab_toggle = EVS_TOGGLE_CTRL_CTRL};
	int target;

	core_init(&world->core, EVS_HOST_RELEASE, &port, world);
	for (uint32_t mouse = 0; mouse < MICE; mouse++) {
		if (core_source_add(&world->core, mouse,
				    EVS_SOURCE_KEYS | EVS_SOURCE_BUTTONS | EVS_SOURCE_MOTION) < 0)
			fail("cannot add a mouse");
	}
	target = core_target_add(&world->core, &guest, sinks);
	if (target < 0 || core_set_hotkeys(&world->core, chords, 2) < 0 ||
	    core_switch(&world->core, (uint32_t)target, EVS_REASON_COMMAND) < 0)
		fail("cannot make the guest active");
}

enum kind { MOTION, MOTION_AND_BUTTON, KEY, KIND_COUNT };

static const char *const kind_names[KIND_COUNT] = {"motion", "motion and button", "key"};

static void add(struct frame *frame, uint16_t type, uint16_t code, int32_t value)
{
	frame->events[frame->count++] =
		(struct input_event){.type = type, .code = code, .value = value};
}

static void fill(struct world *world, enum kind kind)
{
	for (uint32_t i = 0; i < MICE * QUEUE; i++) {
		struct frame *frame = &world->queues[i / QUEUE][i % QUEUE];
		uint32_t mouse = i / QUEUE;

		frame->count = 0;
		if (kind == KEY) {
			add(frame, EV_KEY, (uint16_t)(KEY_A + mouse), i % 2 == 0);
		} else {
			add(frame, EV_REL, REL_X, 1 + (int32_t)(i % 7));
			add(frame, EV_REL, REL_Y, -1 - (int32_t)(i % 5));
		}
		if (kind == MOTION_AND_BUTTON)
			add(frame, EV_KEY, (uint16_t)(BTN_LEFT + mouse % 5), i % 2 == 0);
		add(frame, EV_SYN, SYN_REPORT, 0);
	}
}

static void run(struct world *world, uint32_t frame_count)
{
	struct input_event batch[CORE_BATCH_MAX];

	for (uint32_t i = 0; i < frame_count; i++) {
		uint32_t mouse = i % MICE;
		const struct frame *frame = &world->queues[mouse][i / MICE % QUEUE];

		memcpy(batch, frame->events, frame->count * sizeof(batch[0]));
		core_feed(&world->core, mouse, batch, frame->count);
	}
}

static uint64_t thread_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int main(int argc, char **argv)
{
	unsigned long frame_count = argc > 1 ? strtoul(argv[1], NULL, 10) : 4000000;
	struct world *world = calloc(1, sizeof(*world));

	if (frame_count < MICE * QUEUE || frame_count > 100000000)
		fail("usage: core [FRAMES]: %u to 100000000", MICE * QUEUE);
	if (!world)
		fail_errno("keep the frames");
	frame_count -= frame_count % ((unsigned long)MICE * QUEUE);
	start(world);
	for (enum kind kind = 0; kind < KIND_COUNT; kind++) {
		uint64_t begin_ns, emitted_count;

		fill(world, kind);
		run(world, MICE * QUEUE);
		emitted_count = world->emitted_count;
		begin_ns = thread_ns();
		run(world, (uint32_t)frame_count);
		printf("{\"kind\":\"%s\",\"frames\":%lu,\"emitted\":%llu,\"nsPerFrame\":%.2f}\n",
		       kind_names[kind], frame_count,
		       (unsigned long long)(world->emitted_count - emitted_count),
		       (double)(thread_ns() - begin_ns) / (double)frame_count);
	}
	free(world);
	return 0;
}
