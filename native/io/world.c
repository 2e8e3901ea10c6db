/* SPDX-License-Identifier: MIT */
/* The core's port, answered by system calls on the engine thread. */
#include "clock.h"
#include "engine.h"
#include "presence.h"
#include "source.h"
#include "stats.h"

#include <assert.h>
#include <unistd.h>

static int source_fd(const struct evs_engine *engine, uint32_t source)
{
	return atomic_load_explicit(&engine->sources[source].fd, memory_order_relaxed);
}

void engine_flush(struct evs_engine *engine)
{
	struct span *span = &engine->span;
	size_t size = span->count * sizeof(*span->events);

	if (span->count == 0)
		return;
	stats_add(&engine->stats.writes, 1);
	stats_add(&engine->stats.events_out, span->count);
	if (write(engine->sinks[span->sink].fd, span->events, size) != (ssize_t)size)
		stats_add(&engine->stats.write_errors, 1);
	span->count = 0;
}

static void flush(void *ctx)
{
	engine_flush(ctx);
}

static void emit(void *ctx, uint32_t sink, const struct input_event *events, uint32_t count)
{
	struct evs_engine *engine = ctx;
	struct span *span = &engine->span;
	uint64_t kernel_ns = event_time_ns(&events[count - 1]);

	if (span->count > 0 && (span->sink != sink || events != span->events + span->count))
		engine_flush(engine);
	if (span->count == 0) {
		span->sink = sink;
		span->events = events;
	}
	span->count += count;
	stats_add(&engine->stats.frames_out, 1);
	if (kernel_ns != 0 && engine->stamp_count < ENGINE_STAMPS) {
		const struct core_target *target =
			&engine->core.targets[engine->core.sinks[sink].target];

		engine->stamps[engine->stamp_count++] = (struct stamp){
			.histogram = target->sinks[SHAPER_MOUSE] == sink ? EVS_HISTOGRAM_MOUSE
									 : EVS_HISTOGRAM_KEY,
			.kernel_ns = kernel_ns,
		};
	}
}

static int keys(void *ctx, uint32_t source, struct keyset *out)
{
	return source_keys(source_fd(ctx, source), out);
}

static int lamps(void *ctx, uint32_t source, uint32_t *out)
{
	return source_lamps(source_fd(ctx, source), out);
}

static void drain(void *ctx, uint32_t source)
{
	source_drain(source_fd(ctx, source));
}

static int inject(void *ctx, uint32_t source, const struct input_event *events, uint32_t count)
{
	return source_inject(source_fd(ctx, source), events, count);
}

static int grab(void *ctx, uint32_t source)
{
	struct evs_engine *engine = ctx;
	int result = source_grab(source_fd(engine, source));

	if (result == 0)
		stats_add(&engine->stats.grabbed, 1);
	return result;
}

static void ungrab(void *ctx, uint32_t source)
{
	struct evs_engine *engine = ctx;

	engine->sources[source].ungrab_ns = clock_now_ns();
	slow_post(&engine->pool, source, SLOW_UNGRAB, source_fd(engine, source));
}

static bool is_consumed(void *ctx, uint32_t sink)
{
	struct evs_engine *engine = ctx;

	return presence_is_consumed(engine->sinks[sink].fd, engine->sinks[sink].reader);
}

static void record_switch(struct evs_engine *engine, const struct evs_event *event, uint64_t now)
{
	stats_set(&engine->stats.active_target, event->target);
	if (event->value != 0 && now > event->value)
		histogram_record(&engine->stats.histograms[EVS_HISTOGRAM_SWITCH],
				 now - event->value);
	engine_pace_presence(engine);
}

static void notify(void *ctx, const struct evs_event *event)
{
	struct evs_engine *engine = ctx;
	struct evs_event stamped = *event;

	stamped.time_ns = clock_now_ns();
	if (event->kind == EVS_EVENT_SWITCHED)
		record_switch(engine, event, stamped.time_ns);
	if (event->kind == EVS_EVENT_UNGRABBED) {
		stamped.value = stamped.time_ns - engine->sources[event->source].ungrab_ns;
		stats_set(&engine->stats.grabbed, engine->stats.grabbed - 1);
	}
	engine_send(engine, &stamped);
}

const struct port engine_port = {
	.emit = emit,
	.flush = flush,
	.keys = keys,
	.lamps = lamps,
	.drain = drain,
	.inject = inject,
	.grab = grab,
	.ungrab = ungrab,
	.is_consumed = is_consumed,
	.notify = notify,
};
