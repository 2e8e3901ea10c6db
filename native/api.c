/* SPDX-License-Identifier: MIT */
/* The exported functions of the engine: each checks its arguments and hands on. Control thread. */
#include "evswitch.h"
#include "io/engine.h"
#include "io/source.h"
#include "io/thread.h"
#include "io/uinput.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define NO_SINKS                     \
	{                            \
		{-1, -1, NULL},      \
		{                    \
			-1, -1, NULL \
		}                    \
	}

#define POOL_THREADS 16u
#define PRESENCE_MS  500u
#define WATCHDOG_MS  5000u

uint32_t evs_abi_version(void)
{
	return EVS_ABI_VERSION;
}

int32_t evs_abi_layout(uint32_t *out, uint32_t capacity)
{
	static const uint32_t table[] = {
		sizeof(struct evs_source_info),
		offsetof(struct evs_source_info, flags),
		offsetof(struct evs_source_info, bustype),
		sizeof(struct evs_description),
		offsetof(struct evs_description, keys),
		offsetof(struct evs_description, axes),
		sizeof(struct evs_sink_event),
		sizeof(struct evs_sink_config),
		offsetof(struct evs_sink_config, kind),
		sizeof(struct evs_sink_info),
		offsetof(struct evs_sink_info, device),
		sizeof(struct evs_stored_node),
		offsetof(struct evs_stored_node, device),
		sizeof(struct evs_engine_config),
		offsetof(struct evs_engine_config, watchdog_ms),
		sizeof(struct evs_target_config),
		offsetof(struct evs_target_config, profile),
		offsetof(struct evs_target_config, max_rate),
		sizeof(struct evs_map_rule),
		offsetof(struct evs_map_rule, when),
		offsetof(struct evs_map_rule, counts),
		sizeof(struct evs_map_step),
		sizeof(struct evs_map_axis),
		offsetof(struct evs_map_axis, factor),
		sizeof(struct evs_hotkey),
		offsetof(struct evs_hotkey, action),
		sizeof(struct evs_event),
		offsetof(struct evs_event, value),
		sizeof(struct evs_tap_record),
		offsetof(struct evs_tap_record, value),
		sizeof(struct evs_histogram),
		offsetof(struct evs_histogram, slots),
		sizeof(struct evs_stats),
		offsetof(struct evs_stats, engine_tid),
		offsetof(struct evs_stats, histograms),
	};
	uint32_t count = sizeof(table) / sizeof(table[0]);

	for (uint32_t i = 0; i < count && i < capacity; i++)
		out[i] = table[i];
	return (int32_t)count;
}

static int check_config(const struct evs_engine_config *config)
{
	if (config->abi_version != EVS_ABI_VERSION)
		return -EPROTO;
	if (config->host_mode > EVS_HOST_PROXY || config->rt_priority < 0 ||
	    config->rt_priority > 98 || config->pool_threads > SLOW_THREADS_MAX)
		return -EINVAL;
	return 0;
}

int32_t evs_engine_create(const struct evs_engine_config *config, struct evs_engine **out)
{
	struct evs_engine *engine;
	int result = check_config(config);

	if (result < 0)
		return result;
	engine = mmap(NULL, sizeof(*engine), PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (engine == MAP_FAILED)
		return -ENOMEM;
	madvise(engine, sizeof(*engine), MADV_DONTDUMP);
	engine->config = *config;
	if (engine->config.pool_threads == 0)
		engine->config.pool_threads = POOL_THREADS;
	if (engine->config.presence_ms == 0)
		engine->config.presence_ms = PRESENCE_MS;
	if (engine->config.watchdog_ms == 0)
		engine->config.watchdog_ms = WATCHDOG_MS;
	ring_init(&engine->commands, engine->command_records, EVS_COMMAND_MAX,
		  sizeof(struct command));
	ring_init(&engine->events, engine->event_records, ENGINE_EVENTS, sizeof(struct evs_event));
	ring_init(&engine->taps, engine->tap_records, ENGINE_TAPS, sizeof(struct evs_tap_record));
	atomic_init(&engine->wants_wake, 1);
	core_init(&engine->core, config->host_mode, &engine_port, engine);
	result = engine_init(engine);
	if (result < 0) {
		engine_finish(engine);
		munmap(engine, sizeof(*engine));
		return result;
	}
	*out = engine;
	return 0;
}

/* Like the stop command, but there is always room for it. */
static void end_engine(struct evs_engine *engine)
{
	uint64_t one = 1;
	ssize_t written;

	atomic_store(&engine->must_stop, true);
	written = write(engine->command_fd, &one, sizeof(one));
	(void)written;
}

int32_t evs_engine_start(struct evs_engine *engine)
{
	int result;

	if (engine->has_threads)
		return -EALREADY;
	result = slow_start(&engine->pool, engine->config.pool_threads);
	if (result < 0)
		return result;
	result = thread_start(&engine->thread, "evswitch-engine", engine_main, engine,
			      engine->stack, sizeof(engine->stack));
	if (result < 0) {
		slow_stop(&engine->pool);
		return result;
	}
	engine->has_threads = true;
	result = watchdog_start(engine);
	if (result < 0) {
		end_engine(engine);
		pthread_join(engine->thread, NULL);
		slow_stop(&engine->pool);
		engine->has_threads = false;
	}
	return result;
}

int32_t evs_engine_wake_fd(const struct evs_engine *engine)
{
	int fd = fcntl(engine->wake_fds[0], F_DUPFD_CLOEXEC, 3);

	return fd < 0 ? -errno : fd;
}

const struct evs_stats *evs_engine_stats(const struct evs_engine *engine)
{
	return &engine->stats;
}

/* Asks for a byte at the next record, then looks once more for one that came in between. */
static bool pop_or_ask(struct evs_engine *engine, struct ring *ring, void *record)
{
	if (ring_pop(ring, record))
		return true;
	atomic_store(&engine->wants_wake, 1);
	atomic_thread_fence(memory_order_seq_cst);
	return ring_pop(ring, record);
}

static struct handed *handed_with(struct evs_engine *engine, uint32_t request)
{
	return &engine->handed[request % EVS_COMMAND_MAX];
}

static void close_handed(struct evs_engine *engine, uint32_t request)
{
	const struct handed *handed = handed_with(engine, request);

	for (size_t i = 0; i < sizeof(handed->fds) / sizeof(handed->fds[0]); i++) {
		if (handed->fds[i] >= 0)
			close(handed->fds[i]);
	}
}

int32_t evs_engine_next_event(struct evs_engine *engine, struct evs_event *out)
{
	if (!pop_or_ask(engine, &engine->events, out))
		return 0;
	if (out->kind == EVS_EVENT_DONE) {
		engine->under_way--;
		if (out->request == engine->map_under_way)
			engine->map_under_way = 0;
		if (out->result < 0 || handed_with(engine, out->request)->is_lent)
			close_handed(engine, out->request);
	}
	return 1;
}

int32_t evs_engine_read_tap(struct evs_engine *engine, struct evs_tap_record *out,
			    uint32_t capacity)
{
	uint32_t count = 0;

	while (count < capacity && pop_or_ask(engine, &engine->taps, &out[count]))
		count++;
	return (int32_t)count;
}

/* Commands whose end nobody has read, or that the engine never ran. */
static void close_untaken(struct evs_engine *engine)
{
	struct evs_event event;
	struct command command;

	while (evs_engine_next_event(engine, &event))
		continue;
	while (ring_pop(&engine->commands, &command))
		close_handed(engine, command.request);
}

void evs_engine_destroy(struct evs_engine *engine)
{
	if (engine->has_threads) {
		end_engine(engine);
		pthread_join(engine->thread, NULL);
		watchdog_stop(engine);
		slow_stop(&engine->pool);
	}
	close_untaken(engine);
	engine_finish(engine);
	munmap(engine, sizeof(*engine));
}

/* ---- commands */

static int32_t post(struct evs_engine *engine, struct command *command)
{
	struct handed *handed;
	uint64_t one = 1;
	ssize_t written;

	if (engine->under_way >= EVS_COMMAND_MAX)
		return -EAGAIN;
	engine->next_request = engine->next_request % INT32_MAX + 1;
	command->request = engine->next_request;
	if (!ring_push(&engine->commands, command))
		return -EAGAIN;
	handed = handed_with(engine, command->request);
	*handed = (struct handed){
		.fds = {command->sinks[0].fd, command->sinks[0].reader, command->sinks[1].fd,
			command->sinks[1].reader},
		.is_lent = command->kind == COMMAND_LINK_TARGET,
	};
	if (command->kind == COMMAND_ADD_SOURCE || command->kind == COMMAND_ADD_CLONED_SOURCE ||
	    command->kind == COMMAND_LINK_TARGET)
		handed->fds[0] = command->fd;
	engine->under_way++;
	written = write(engine->command_fd, &one, sizeof(one));
	(void)written; /* an eventfd refuses only at 2^64 - 2 */
	return (int32_t)command->request;
}

static int32_t post_simple(struct evs_engine *engine, enum command_kind kind, uint32_t id)
{
	struct command command = {.kind = kind, .id = id, .sinks = NO_SINKS};

	return post(engine, &command);
}

static int32_t post_source(struct evs_engine *engine, struct command *command,
			   struct evs_source *source)
{
	int32_t request;

	command->fd = source->fd;
	command->flags = source->flags;
	command->source_class = source->source_class;
	request = post(engine, command);
	if (request < 0)
		evs_source_close(source);
	else
		free(source);
	return request;
}

int32_t evs_engine_add_source(struct evs_engine *engine, struct evs_source *source)
{
	struct command command = {.kind = COMMAND_ADD_SOURCE, .sinks = NO_SINKS};

	return post_source(engine, &command, source);
}

int32_t evs_engine_add_cloned_source(struct evs_engine *engine, struct evs_source *source,
				     const uint32_t *clones, uint32_t count)
{
	struct command command = {
		.kind = COMMAND_ADD_CLONED_SOURCE, .clone_count = count, .sinks = NO_SINKS};
	struct evs_description description;
	int32_t result = count > EVS_TARGET_MAX ? -EINVAL : 0;

	if (result == 0)
		result = evs_source_describe(source, &description);
	if (result == 0)
		result = clone_shape_of(&description, &command.shape);
	if (result < 0) {
		evs_source_close(source);
		return result;
	}
	memcpy(command.clones, clones, count * sizeof(*clones));
	return post_source(engine, &command, source);
}

int32_t evs_engine_add_clone(struct evs_engine *engine, uint32_t target, struct evs_sink *sink)
{
	struct command command = {.kind = COMMAND_ADD_CLONE, .id = target, .sinks = NO_SINKS};
	int32_t request;

	command.sinks[0] = (struct io_sink){sink->fd, sink->reader, NULL};
	command.lamps[0] = sink->lamps;
	request = post(engine, &command);
	if (request < 0)
		evs_sink_close(sink);
	else
		free(sink);
	return request;
}

int32_t evs_engine_remove_clone(struct evs_engine *engine, uint32_t clone)
{
	return post_simple(engine, COMMAND_REMOVE_CLONE, clone);
}

int32_t evs_engine_remove_source(struct evs_engine *engine, uint32_t source)
{
	return post_simple(engine, COMMAND_REMOVE_SOURCE, source);
}

int32_t evs_engine_add_target(struct evs_engine *engine, const struct evs_target_config *config,
			      struct evs_sink *keyboard, struct evs_sink *mouse)
{
	struct evs_sink *sinks[SHAPER_STREAMS] = {keyboard, mouse};
	struct command command = {.kind = COMMAND_ADD_TARGET, .target = *config, .sinks = NO_SINKS};
	bool is_named =
		config->name[0] != '\0' && memchr(config->name, '\0', sizeof(config->name)) != NULL;
	int32_t request;

	for (uint32_t stream = 0; stream < SHAPER_STREAMS; stream++) {
		if (!sinks[stream])
			continue;
		command.sinks[stream] =
			(struct io_sink){sinks[stream]->fd, sinks[stream]->reader, NULL};
		command.lamps[stream] = sinks[stream]->lamps;
	}
	request = is_named ? post(engine, &command) : -EINVAL;
	for (uint32_t stream = 0; stream < SHAPER_STREAMS; stream++) {
		if (!sinks[stream])
			continue;
		if (request < 0)
			evs_sink_close(sinks[stream]);
		else
			free(sinks[stream]);
	}
	return request;
}

int32_t evs_engine_link_target(struct evs_engine *engine, uint32_t target, int32_t fd)
{
	struct command command = {.kind = COMMAND_LINK_TARGET, .id = target, .sinks = NO_SINKS};
	int32_t request;

	command.fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (command.fd < 0)
		return -errno;
	request = post(engine, &command);
	if (request < 0)
		close(command.fd);
	return request;
}

int32_t evs_engine_remove_target(struct evs_engine *engine, uint32_t target)
{
	return post_simple(engine, COMMAND_REMOVE_TARGET, target);
}

int32_t evs_engine_update_target(struct evs_engine *engine, uint32_t target,
				 const struct evs_target_config *config)
{
	struct command command = {
		.kind = COMMAND_UPDATE_TARGET, .id = target, .target = *config, .sinks = NO_SINKS};

	return post(engine, &command);
}

int32_t evs_engine_repair_target(struct evs_engine *engine, uint32_t target)
{
	return post_simple(engine, COMMAND_REPAIR_TARGET, target);
}

int32_t evs_engine_pin_source(struct evs_engine *engine, uint32_t source, uint32_t target)
{
	struct command command = {
		.kind = COMMAND_PIN_SOURCE, .id = source, .pin = target, .sinks = NO_SINKS};

	return post(engine, &command);
}

int32_t evs_engine_set_hotkeys(struct evs_engine *engine, const struct evs_hotkey *hotkeys,
			       uint32_t count)
{
	struct command command = {
		.kind = COMMAND_SET_HOTKEYS, .hotkey_count = count, .sinks = NO_SINKS};

	if (count > EVS_HOTKEY_MAX)
		return -EINVAL;
	memcpy(command.hotkeys, hotkeys, count * sizeof(*hotkeys));
	return post(engine, &command);
}

int32_t evs_engine_set_map(struct evs_engine *engine, const struct evs_map_rule *rules,
			   uint32_t rule_count, const struct evs_map_axis *axes,
			   uint32_t axis_count, const struct evs_map_step *steps,
			   uint32_t step_count, const uint8_t *tables, uint32_t class_count,
			   const uint8_t *source_classes)
{
	struct map *map = &engine->maps[engine->next_map];
	struct command command = {.kind = COMMAND_SET_MAP, .map = map, .sinks = NO_SINKS};
	struct map_plan plan = {.rules = rules,
				.axes = axes,
				.steps = steps,
				.tables = tables,
				.rule_count = rule_count,
				.axis_count = axis_count,
				.step_count = step_count,
				.class_count = class_count};
	int32_t result;

	/* Until the engine has taken it over it uses the other one. */
	if (engine->map_under_way != 0)
		return -EBUSY;
	memcpy(command.source_classes, source_classes, sizeof(command.source_classes));
	result = map_build(map, &plan);
	if (result == 0)
		result = post(engine, &command);
	if (result > 0) {
		engine->map_under_way = (uint32_t)result;
		engine->next_map = 1 - engine->next_map;
	}
	return result;
}

int32_t evs_engine_switch(struct evs_engine *engine, uint32_t target)
{
	return post_simple(engine, COMMAND_SWITCH, target);
}

int32_t evs_engine_switch_by(struct evs_engine *engine, uint32_t is_forward)
{
	return post_simple(engine, COMMAND_SWITCH_BY, is_forward != 0);
}

int32_t evs_engine_set_indicator(struct evs_engine *engine, uint32_t on)
{
	return post_simple(engine, COMMAND_SET_INDICATOR, on != 0);
}

int32_t evs_engine_panic(struct evs_engine *engine)
{
	return post_simple(engine, COMMAND_PANIC, 0);
}

int32_t evs_engine_ask_presence(struct evs_engine *engine)
{
	return post_simple(engine, COMMAND_ASK_PRESENCE, 0);
}

int32_t evs_engine_set_tap(struct evs_engine *engine, uint32_t on)
{
	return post_simple(engine, COMMAND_SET_TAP, on != 0);
}

int32_t evs_engine_stop(struct evs_engine *engine)
{
	return post_simple(engine, COMMAND_STOP, 0);
}
