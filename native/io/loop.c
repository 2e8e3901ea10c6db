/* SPDX-License-Identifier: MIT */
#include "../core/apart.h"
#include "call.h"
#include "clock.h"
#include "engine.h"
#include "hotplug.h"
#include "presence.h"
#include "stats.h"
#include "thread.h"

#include <assert.h>
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* While no guest is active nobody waits for the answer: it shows that a virtual machine has started. */
#define IDLE_PRESENCE_MS 2000u

/* A source that floods waits for the others after so many reads. */
#define READS_PER_TURN 4

/* ---- descriptors */

int engine_watch_link(struct evs_engine *engine, struct link *link, int operation)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLET | (link->owes ? EPOLLOUT : 0u),
		.data.u64 = (uint64_t)WATCH_LINK << 32 | (uint64_t)(link - engine->links),
	};

	return epoll_ctl(engine->epoll_fd, operation, link->fd, &event) < 0 ? -errno : 0;
}

int engine_watch(struct evs_engine *engine, int fd, uint32_t kind, uint32_t index)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLET,
		.data.u64 = (uint64_t)kind << 32 | index,
	};

	return epoll_ctl(engine->epoll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int watch_own(struct evs_engine *engine)
{
	const struct {
		int fd;
		uint32_t kind;
	} own[] = {
		{engine->command_fd, WATCH_COMMAND},         {engine->pool.done_fd, WATCH_POOL},
		{engine->presence_timer_fd, WATCH_PRESENCE}, {engine->alarm_timer_fd, WATCH_ALARM},
		{engine->awake.timer_fd, WATCH_AWAKE},
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		int result = engine_watch(engine, own[i].fd, own[i].kind, 0);

		if (result < 0)
			return result;
	}
	return 0;
}

int engine_init(struct evs_engine *engine)
{
	int result;

	engine->wake_fds[0] = engine->wake_fds[1] = engine->hotplug_fd = -1;
	engine->awake.timer_fd = -1;
	engine->pool.posted_fd = engine->pool.done_fd = -1;
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++)
		engine->sources[i].fd = engine->sources[i].pool_fd = -1;
	for (uint32_t i = 0; i < EVS_SINK_MAX; i++)
		engine->sinks[i] = engine->service_sinks[i] = (struct io_sink){-1, -1, NULL};
	for (uint32_t i = 0; i < EVS_TARGET_MAX; i++)
		link_init(&engine->links[i]);
	table_init(&engine->table);
	engine->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	engine->presence_timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	engine->alarm_timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	engine->command_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	engine->watchdog_exit_fd = eventfd(0, EFD_CLOEXEC);
	if (engine->epoll_fd < 0 || engine->presence_timer_fd < 0 || engine->alarm_timer_fd < 0 ||
	    engine->command_fd < 0 || engine->watchdog_exit_fd < 0)
		return -errno;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, engine->wake_fds) <
	    0)
		return -errno;
	result = slow_init(&engine->pool);
	if (result == 0)
		result = awake_init(&engine->awake);
	if (result < 0)
		return result;
	engine->hotplug_fd = hotplug_open();
	if (engine->hotplug_fd >= 0)
		engine_watch(engine, engine->hotplug_fd, WATCH_HOTPLUG, 0);
	return watch_own(engine);
}

static void close_if_open(int fd)
{
	if (fd >= 0)
		close(fd);
}

void engine_finish(struct evs_engine *engine)
{
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++)
		close_if_open(engine->sources[i].pool_fd);
	for (uint32_t i = 0; i < EVS_SINK_MAX; i++) {
		close_if_open(engine->service_sinks[i].reader);
		close_if_open(engine->service_sinks[i].fd);
	}
	table_finish(&engine->table);
	slow_finish(&engine->pool);
	close_if_open(engine->watchdog_exit_fd);
	close_if_open(engine->wake_fds[0]);
	close_if_open(engine->wake_fds[1]);
	close_if_open(engine->command_fd);
	close_if_open(engine->hotplug_fd);
	close_if_open(engine->presence_timer_fd);
	close_if_open(engine->alarm_timer_fd);
	awake_finish(&engine->awake);
	close_if_open(engine->epoll_fd);
}

/* ---- records for the service */

void engine_wake_service(struct evs_engine *engine)
{
	/* The record before the question, as pop_or_ask() has the question before its last look. */
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_exchange(&engine->wants_wake, 0) == 0)
		return;
	/* A full socket has woken the service already. */
	send(engine->wake_fds[1], "", 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Says how many records did not fit, before the first that does. */
static void tell_lost(struct evs_engine *engine, uint64_t now)
{
	struct evs_event lost = {
		.kind = EVS_EVENT_LOST,
		.source = EVS_NONE,
		.target = EVS_NONE,
		.previous = EVS_NONE,
		.value = engine->untold_lost,
		.time_ns = now,
	};

	if (engine->untold_lost == 0)
		return;
	engine->untold_lost = 0;
	ring_push(&engine->events, &lost);
}

void engine_send(struct evs_engine *engine, const struct evs_event *event)
{
	/* Answers and the end always find room: one each, and one for what was lost. */
	bool has_room = ring_free(&engine->events) > EVS_COMMAND_MAX + 2;
	struct evs_event stamped = *event;

	if (stamped.time_ns == 0)
		stamped.time_ns = clock_now_ns();
	if (has_room)
		tell_lost(engine, stamped.time_ns);
	if (has_room || event->kind == EVS_EVENT_DONE || event->kind == EVS_EVENT_STOPPED) {
		ring_push(&engine->events, &stamped);
	} else {
		engine->untold_lost++;
		stats_add(&engine->stats.events_lost, 1);
	}
	engine_wake_service(engine);
}

/* A record about no source and no target. */
static void tell(struct evs_engine *engine, uint32_t kind, int result)
{
	engine_send(engine, &(struct evs_event){.kind = kind,
						.result = result,
						.source = EVS_NONE,
						.target = EVS_NONE,
						.previous = EVS_NONE});
}

static APART void tap(struct evs_engine *engine, uint32_t source, uint32_t count)
{
	uint64_t now = clock_now_ns();

	for (uint32_t i = 0; i < count; i++) {
		const struct input_event *event = &engine->batch[i];
		struct evs_tap_record record = {
			.kernel_ns = event_time_ns(event),
			.read_ns = now,
			.source = source,
			.type = event->type,
			.code = event->code,
			.value = event->value,
		};

		if (!ring_push(&engine->taps, &record))
			stats_add(&engine->stats.tap_lost, 1);
	}
	engine_wake_service(engine);
}

/* ---- sources */

void engine_close_source(struct evs_engine *engine, uint32_t source)
{
	struct io_source *io = &engine->sources[source];

	if (!core_source_is_free(&engine->core, source) || io->pool_fd < 0)
		return; /* an ungrab is under way, the end of which comes here again; or all is done */
	epoll_ctl(engine->epoll_fd, EPOLL_CTL_DEL, io->fd, NULL);
	table_drop(&engine->table, io->fd); /* not the last reference: does not wait */
	slow_post(&engine->pool, source, SLOW_CLOSE, io->pool_fd);
	io->pool_fd = -1;
}

static void source_gone(struct evs_engine *engine, uint32_t source, int error)
{
	if (engine->core.sources[source].grab == GRAB_HELD)
		stats_set(&engine->stats.grabbed, engine->stats.grabbed - 1);
	core_source_gone(&engine->core, source);
	engine_flush(engine);
	engine_send(engine, &(struct evs_event){
				    .kind = EVS_EVENT_SOURCE_GONE,
				    .source = source,
				    .target = EVS_NONE,
				    .previous = EVS_NONE,
				    .result = error,
			    });
	engine_close_source(engine, source);
}

static void copy_counters(struct evs_engine *engine)
{
	const struct core_counters *from = &engine->core.counters;
	struct evs_stats *to = &engine->stats;

	stats_set(&to->frames_in, from->frames_in);
	stats_set(&to->drops, from->drops);
	stats_set(&to->resyncs, from->resyncs);
	stats_set(&to->switches, from->switches);
	stats_set(&to->refusals, from->refusals);
	stats_set(&to->panics, from->panics);
	stats_set(&to->muted, from->muted);
	stats_set(&to->unconsumed, from->unconsumed);
	stats_set(&to->grab_races, from->grab_races);
}

/* True when the read is to be tried again. */
static APART bool read_failed(struct evs_engine *engine, uint32_t source)
{
	int error = errno;

	if (error != EINTR && error != EAGAIN)
		source_gone(engine, source, -error);
	return error == EINTR;
}

/* True when there may be more to read. */
static inline bool read_source(struct evs_engine *engine, uint32_t source)
{
	ssize_t size = call_read(engine->sources[source].fd, engine->batch, sizeof(engine->batch));
	uint32_t count = (uint32_t)((size_t)size / sizeof(engine->batch[0]));

	if (size < 0)
		return read_failed(engine, source);
	if (count == 0)
		return false;
	core_feed(&engine->core, source, engine->batch, count);
	engine_flush(engine);
	stats_add(&engine->stats.events_in, count);
	if (engine->tap_on)
		tap(engine, source, count);
	return count == CORE_BATCH_MAX;
}

/* Edge-triggered: asking again reports what is left, after the others had their turn. */
static APART void ask_again(struct evs_engine *engine, int fd, enum watch_kind kind, uint32_t index)
{
	struct epoll_event again = {
		.events = EPOLLIN | EPOLLET,
		.data.u64 = (uint64_t)kind << 32 | index,
	};

	epoll_ctl(engine->epoll_fd, EPOLL_CTL_MOD, fd, &again);
}

static APART void cloned_ready(struct evs_engine *engine, uint32_t source)
{
	for (int turn = 0; turn < READS_PER_TURN; turn++) {
		ssize_t size;
		uint32_t count;

		if (!engine->core.sources[source].is_present)
			return;
		size = call_read(engine->sources[source].fd, engine->batch, sizeof(engine->batch));
		if (size < 0) {
			if (read_failed(engine, source))
				continue;
			return;
		}
		count = (uint32_t)((size_t)size / sizeof(engine->batch[0]));
		core_clone_feed(&engine->core, source, engine->batch, count);
		engine_flush(engine);
		stats_add(&engine->stats.events_in, count);
		if (engine->tap_on)
			tap(engine, source, count);
		if (count < CORE_BATCH_MAX)
			return;
	}
	ask_again(engine, engine->sources[source].fd, WATCH_CLONED, source);
}

static void source_ready(struct evs_engine *engine, uint32_t source)
{
	if (!engine->core.sources[source].is_present)
		return; /* went while it waited for its turn */
	for (int turn = 0; turn < READS_PER_TURN; turn++) {
		if (!read_source(engine, source))
			return;
	}
	ask_again(engine, engine->sources[source].fd, WATCH_SOURCE, source);
}

/* ---- sinks, pool, presence */

/* What a consumer wrote last of each LED. */
struct led_wishes {
	uint32_t codes, values; /* bit = LED_* */
};

static void wish(struct led_wishes *wishes, const struct input_event *event)
{
	uint32_t bit;

	if (event->type != EV_LED || event->code >= LED_CNT)
		return;
	bit = UINT32_C(1) << event->code;
	wishes->codes |= bit;
	wishes->values = event->value ? wishes->values | bit : wishes->values & ~bit;
}

/*
 * A guest that writes LEDs in a loop waits for the devices; only its last wish of each turn counts. Sounds are
 * for clones only, and every one of them counts.
 */
static void sink_ready(struct evs_engine *engine, uint32_t sink)
{
	struct led_wishes wishes = {0, 0};
	struct input_event events[16];
	ssize_t size = 0;

	for (int turn = 0; turn < READS_PER_TURN; turn++) {
		size = read(engine->sinks[sink].fd, events, sizeof(events));
		if (size <= 0)
			break;
		for (size_t i = 0; i < (size_t)size / sizeof(events[0]); i++) {
			wish(&wishes, &events[i]);
			if (events[i].type == EV_SND)
				core_sink_sound(&engine->core, sink, events[i].code,
						events[i].value);
		}
	}
	for (uint16_t code = 0; code < LED_CNT; code++) {
		if ((wishes.codes >> code) & 1u)
			core_sink_led(&engine->core, sink, code,
				      (int32_t)((wishes.values >> code) & 1u));
	}
	if (size > 0)
		ask_again(engine, engine->sinks[sink].fd, WATCH_SINK, sink);
}

static void record_ungrab(struct evs_engine *engine, uint32_t source)
{
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
		if (engine->core.sources[i].grab == GRAB_LEAVING)
			return; /* the last one counts */
	}
	histogram_record(&engine->stats.histograms[EVS_HISTOGRAM_UNGRAB],
			 clock_now_ns() - engine->sources[source].ungrab_ns);
}

static void drain_counter(int fd)
{
	uint64_t count;

	while (read(fd, &count, sizeof(count)) > 0)
		continue;
}

static void pool_ready(struct evs_engine *engine)
{
	enum slow_kind kind;
	uint32_t source;
	int result;

	drain_counter(engine->pool.done_fd);
	while (slow_collect(&engine->pool, &source, &kind, &result)) {
		if (kind == SLOW_CLOSE_SINK)
			continue;
		if (kind == SLOW_CLOSE) {
			engine->sources[source].fd = -1;
			stats_set(&engine->stats.sources, engine->stats.sources - 1);
			continue;
		}
		core_ungrabbed(&engine->core, source, result);
		engine_flush(engine);
		record_ungrab(engine, source);
		for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++)
			engine_close_source(engine, i);
	}
}

static bool has_guests(const struct core *core)
{
	for (uint32_t i = EVS_HOST + 1; i < EVS_TARGET_MAX; i++) {
		if (core->targets[i].is_present)
			return true;
	}
	return false;
}

static bool has_pinned_grab(const struct core *core)
{
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
		if (core->sources[i].is_pinned && core->sources[i].grab == GRAB_HELD)
			return true;
	}
	return false;
}

static uint32_t presence_pace(const struct evs_engine *engine)
{
	uint32_t ms = engine->config.presence_ms;

	if (!has_guests(&engine->core) || engine->is_stopping)
		return 0;
	if (engine->core.active != EVS_HOST || has_pinned_grab(&engine->core))
		return ms;
	return ms > IDLE_PRESENCE_MS ? ms : IDLE_PRESENCE_MS;
}

void engine_pace_presence(struct evs_engine *engine)
{
	uint32_t ms = presence_pace(engine);
	struct timespec pace = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
	struct itimerspec when = {.it_value = pace, .it_interval = pace};

	timerfd_settime(engine->presence_timer_fd, 0, &when, NULL);
	engine->written = 0;
}

static uint32_t target_of_link(const struct evs_engine *engine, const struct link *link)
{
	for (uint32_t i = 0; i < EVS_SINK_MAX; i++) {
		if (engine->sinks[i].link == link)
			return engine->core.sinks[i].target;
	}
	return EVS_NONE;
}

void engine_close_link(struct evs_engine *engine, struct link *link)
{
	link_close(link);
	core_ask_presence(&engine->core);
	engine_flush(engine);
	engine_send(engine, &(struct evs_event){.kind = EVS_EVENT_UNLINKED,
						.source = EVS_NONE,
						.target = target_of_link(engine, link),
						.previous = EVS_NONE});
}

/* A frame that was written tells nothing of who should read it: the active target's link is asked each time. */
static void ask_link(struct evs_engine *engine)
{
	uint32_t sink = engine->core.targets[engine->core.active].sinks[SHAPER_KEYBOARD];

	if (sink != EVS_NONE && engine->sinks[sink].link)
		link_ask(engine->sinks[sink].link, clock_now_ns());
}

/*
 * A frame is a question too: one that nobody takes comes back, see reader_ready(). So a node that frames flow
 * to is not asked, and its consumer not woken. Each node for itself: keys that repeat on one tell nothing of
 * the mouse's node, and one that is thought unconsumed gets no frames that could tell.
 */
static void presence_due(struct evs_engine *engine)
{
	drain_counter(engine->presence_timer_fd);
	ask_link(engine);
	engine->answered = engine->written;
	core_ask_presence(&engine->core);
	engine_flush(engine);
	engine->answered = engine->written = 0;
}

static void link_ready(struct evs_engine *engine, uint32_t index)
{
	struct link *link = &engine->links[index];
	bool was_consumed = link_is_consumed(link);
	bool owed_before = link->owes;

	if (link->fd < 0)
		return; /* was closed while it waited for its turn */
	if (!link_read(link)) {
		engine_close_link(engine, link);
		return;
	}
	link_flush(link);
	if (link->owes != owed_before)
		engine_watch_link(engine, link, EPOLL_CTL_MOD);
	if (link_is_consumed(link) != was_consumed) {
		core_ask_presence(&engine->core);
		engine_flush(engine);
	}
}

static void alarm_due(struct evs_engine *engine)
{
	drain_counter(engine->alarm_timer_fd);
	core_alarm(&engine->core);
	engine_flush(engine);
}

static void awake_ready(struct evs_engine *engine)
{
	if (!awake_has_slept(&engine->awake))
		return; /* the clock was set */
	core_resumed(&engine->core);
	engine_flush(engine);
}

/* Our own frame came back: nobody holds the grab any more, whatever the timer would say later. */
static void reader_ready(struct evs_engine *engine, uint32_t sink)
{
	if (!presence_empty(engine->sinks[sink].reader))
		return; /* an echo that was read where it was written */
	core_ask_presence(&engine->core);
	engine_flush(engine);
}

static void command_ready(struct evs_engine *engine)
{
	drain_counter(engine->command_fd);
	atomic_store(&engine->answers, atomic_load(&engine->knocks));
	engine_run_commands(engine);
	if (atomic_load(&engine->must_stop) && !engine->is_stopping)
		engine_stop(engine);
	engine_flush(engine);
}

/* ---- the thread */

static bool is_idle(const struct evs_engine *engine)
{
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
		if (engine->sources[i].fd >= 0)
			return false;
	}
	return true;
}

static APART void dispatch_other(struct evs_engine *engine, enum watch_kind kind, uint32_t index)
{
	switch (kind) {
	case WATCH_SOURCE:
		break; /* see dispatch() */
	case WATCH_SINK:
		sink_ready(engine, index);
		break;
	case WATCH_COMMAND:
		command_ready(engine);
		break;
	case WATCH_POOL:
		pool_ready(engine);
		break;
	case WATCH_PRESENCE:
		presence_due(engine);
		break;
	case WATCH_HOTPLUG:
		if (hotplug_read(engine->hotplug_fd))
			tell(engine, EVS_EVENT_DEVICES, 0);
		break;
	case WATCH_READER:
		reader_ready(engine, index);
		break;
	case WATCH_CLONED:
		cloned_ready(engine, index);
		break;
	case WATCH_ALARM:
		alarm_due(engine);
		break;
	case WATCH_AWAKE:
		awake_ready(engine);
		break;
	case WATCH_LINK:
		link_ready(engine, index);
		break;
	}
}

static inline void dispatch(struct evs_engine *engine, const struct epoll_event *event)
{
	enum watch_kind kind = (enum watch_kind)(event->data.u64 >> 32);
	uint32_t index = (uint32_t)event->data.u64;

	if (kind == WATCH_SOURCE)
		source_ready(engine, index);
	else
		dispatch_other(engine, kind, index);
}

static void prepare(struct evs_engine *engine)
{
	int kept[] = {engine->epoll_fd,      engine->presence_timer_fd, engine->command_fd,
		      engine->wake_fds[1],   engine->pool.posted_fd,    engine->pool.done_fd,
		      engine->table.process, engine->alarm_timer_fd,    engine->awake.timer_fd,
		      engine->hotplug_fd};
	uint32_t kept_count = sizeof(kept) / sizeof(kept[0]) - (engine->hotplug_fd < 0);
	int result;

	table_leave_shared(&engine->table, kept, kept_count);
	stats_set(&engine->stats.engine_tid, (uint64_t)gettid());
	if (engine->hotplug_fd < 0)
		tell(engine, EVS_EVENT_NO_HOTPLUG, engine->hotplug_fd);
	if (engine->config.rt_priority > 0) {
		result = thread_set_realtime(engine->config.rt_priority);
		if (result < 0)
			tell(engine, EVS_EVENT_NO_REALTIME, result);
		else
			stats_set(&engine->stats.realtime, (uint64_t)engine->config.rt_priority);
	}
	if (engine->config.lock_memory) {
		result = thread_lock_memory(engine, sizeof(*engine));
		if (result < 0)
			tell(engine, EVS_EVENT_NO_MEMORY_LOCK, result);
	}
}

void *engine_main(void *arg)
{
	struct evs_engine *engine = arg;
	struct epoll_event events[16];

	prepare(engine);
	while (!(engine->is_stopping && is_idle(engine))) {
		int count = call_epoll_wait(engine->epoll_fd, events, 16);

		if (count < 0) {
			assert(errno == EINTR);
			continue;
		}
		for (int i = 0; i < count; i++)
			dispatch(engine, &events[i]);
		stats_add(&engine->stats.wakeups, 1);
		copy_counters(engine);
	}
	for (uint32_t i = 0; i < EVS_TARGET_MAX; i++)
		link_close(&engine->links[i]);
	tell(engine, EVS_EVENT_STOPPED, 0);
	atomic_store(&engine->has_ended, true);
	return NULL;
}
