/* SPDX-License-Identifier: MIT */
/* The core's port, answered by system calls on the engine thread. */
#include "../core/apart.h"
#include "call.h"
#include "clock.h"
#include "engine.h"
#include "presence.h"
#include "source.h"
#include "stats.h"

#include <assert.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

static int source_fd(const struct evs_engine *engine, uint32_t source)
{
	return engine->sources[source].fd;
}

static struct evs_histogram *histogram_of(struct evs_engine *engine, uint32_t sink)
{
	const struct core_target *target = &engine->core.targets[engine->core.sinks[sink].target];
	bool is_mouse = target->sinks[SHAPER_MOUSE] == sink;

	return &engine->stats.histograms[is_mouse ? EVS_HISTOGRAM_MOUSE : EVS_HISTOGRAM_KEY];
}

static void record_frames(struct evs_engine *engine, const struct span *span)
{
	bool is_clone = engine->core.sinks[span->sink].is_clone;
	struct evs_histogram *histogram = histogram_of(engine, span->sink);
	const struct input_event *end = span->events + span->count;
	uint64_t now = clock_now_ns();

	for (const struct input_event *event = span->events; event < end; event++) {
		uint64_t kernel_ns = event_time_ns(event);

		if (!event_is_report(event))
			continue;
		stats_add(&engine->stats.frames_out, 1);
		/* Those of our own have no stamp. */
		if (kernel_ns != 0 && now > kernel_ns && !is_clone)
			histogram_record(histogram, now - kernel_ns);
	}
}

/* After the write, and apart from it: nothing here delays a frame. */
static APART void account(struct evs_engine *engine, ssize_t written)
{
	struct span *span = &engine->span;

	stats_add(&engine->stats.writes, 1);
	stats_add(&engine->stats.events_out, span->count);
	engine->written |= UINT64_C(1) << span->sink;
	if (written != (ssize_t)(span->count * sizeof(*span->events)))
		stats_add(&engine->stats.write_errors, 1);
	record_frames(engine, span);
	span->count = 0;
}

/* As write(): bytes, or less than 0. */
static APART ssize_t write_link(struct evs_engine *engine, struct link *link,
				const struct span *span)
{
	bool owed_before = link->owes;
	int result = link_write(link, span->events, span->count);

	if (link->owes != owed_before)
		engine_watch_link(engine, link, EPOLL_CTL_MOD);
	return result < 0 ? -1 : (ssize_t)(span->count * sizeof(*span->events));
}

static inline ssize_t write_span(struct evs_engine *engine, const struct span *span)
{
	const struct io_sink *sink = &engine->sinks[span->sink];

	if (__builtin_expect(sink->link != NULL, 0))
		return write_link(engine, sink->link, span);
	return call_write(sink->fd, span->events, span->count * sizeof(*span->events));
}

void engine_flush(struct evs_engine *engine)
{
	const struct span *span = &engine->span;

	if (span->count > 0)
		account(engine, write_span(engine, span));
}

static void flush(void *ctx)
{
	engine_flush(ctx);
}

static APART void emit_apart(struct evs_engine *engine, uint32_t sink,
			     const struct input_event *events, uint32_t count)
{
	engine_flush(engine);
	engine->span = (struct span){.sink = sink, .count = count, .events = events};
}

static void emit(void *ctx, uint32_t sink, const struct input_event *events, uint32_t count)
{
	struct evs_engine *engine = ctx;
	struct span *span = &engine->span;

	if (span->count == 0)
		*span = (struct span){.sink = sink, .count = count, .events = events};
	else if (span->sink == sink && events == span->events + span->count)
		span->count += count;
	else
		emit_apart(engine, sink, events, count);
}

static int keys(void *ctx, uint32_t source, struct keyset *out)
{
	return source_keys(source_fd(ctx, source), out);
}

static int places(void *ctx, uint32_t source, const struct clone_shape *shape,
		  struct clone_state *out)
{
	return source_places(source_fd(ctx, source), shape, out);
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
	slow_post(&engine->pool, source, SLOW_UNGRAB, engine->sources[source].pool_fd);
}

_Static_assert(EVS_SINK_MAX <= 64, "sinks are bits of one word");

static bool is_consumed(void *ctx, uint32_t sink)
{
	struct evs_engine *engine = ctx;

	if (engine->sinks[sink].link)
		return link_is_consumed(engine->sinks[sink].link);
	if (((engine->answered >> sink) & 1u) && engine->core.sinks[sink].is_consumed)
		return true;
	return presence_is_consumed(engine->sinks[sink].fd, engine->sinks[sink].reader,
				    engine->core.sinks[sink].is_clone);
}

static uint64_t now(void *ctx)
{
	(void)ctx;
	return clock_now_ns();
}

static void alarm_at(void *ctx, uint64_t at_ns)
{
	const struct evs_engine *engine = ctx;
	struct itimerspec when = {.it_value = {.tv_sec = (time_t)(at_ns / 1000000000u),
					       .tv_nsec = (long)(at_ns % 1000000000u)}};

	timerfd_settime(engine->alarm_timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void tell_link(struct evs_engine *engine, uint32_t target, bool is_active)
{
	uint32_t sink = engine->core.targets[target].sinks[SHAPER_KEYBOARD];

	if (sink == EVS_NONE || !engine->sinks[sink].link)
		return;
	engine_flush(engine); /* what was emitted before goes before */
	link_tell_active(engine->sinks[sink].link, is_active);
}

static void record_switch(struct evs_engine *engine, const struct evs_event *event, uint64_t now)
{
	stats_set(&engine->stats.active_target, event->target);
	if (event->value != 0 && now > event->value)
		histogram_record(&engine->stats.histograms[EVS_HISTOGRAM_SWITCH],
				 now - event->value);
	tell_link(engine, event->previous, false);
	tell_link(engine, event->target, true);
	engine_pace_presence(engine);
}

static void notify(void *ctx, const struct evs_event *event)
{
	struct evs_engine *engine = ctx;
	struct evs_event stamped = *event;

	stamped.time_ns = clock_now_ns();
	if (event->kind == EVS_EVENT_SWITCHED)
		record_switch(engine, event, stamped.time_ns);
	if ((event->kind == EVS_EVENT_GRABBED || event->kind == EVS_EVENT_UNGRABBED) &&
	    engine->core.sources[event->source].is_pinned)
		engine_pace_presence(engine);
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
