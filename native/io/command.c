/* SPDX-License-Identifier: MIT */
/* Commands of the service, run on the engine thread between two frames. */
#include "engine.h"
#include "stats.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

static int free_slot(const struct evs_engine *engine)
{
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
		if (core_source_is_free(&engine->core, i) && engine->sources[i].fd < 0)
			return (int)i;
	}
	return -ENOSPC;
}

/* A sink for each target, from the clones that a command names. 0 or -EINVAL. */
static int clone_sinks(const struct evs_engine *engine, const struct command *command,
		       uint32_t sinks[EVS_TARGET_MAX])
{
	for (uint32_t target = 0; target < EVS_TARGET_MAX; target++)
		sinks[target] = EVS_NONE;
	for (uint32_t i = 0; i < command->clone_count; i++) {
		uint32_t sink = command->clones[i];
		uint32_t target;

		if (sink >= EVS_SINK_MAX || !engine->core.sinks[sink].is_clone)
			return -EINVAL;
		target = engine->core.sinks[sink].target;
		if (sinks[target] != EVS_NONE)
			return -EINVAL;
		sinks[target] = sink;
	}
	return 0;
}

static int add_to_core(struct evs_engine *engine, const struct command *command, uint32_t slot)
{
	uint32_t sinks[EVS_TARGET_MAX];
	int result;

	if (command->kind == COMMAND_ADD_SOURCE) {
		result = core_source_add(&engine->core, slot, command->flags);
		return result < 0
			       ? result
			       : core_source_classify(&engine->core, slot, command->source_class);
	}
	result = clone_sinks(engine, command, sinks);
	if (result < 0)
		return result;
	return core_source_add_cloned(&engine->core, slot, command->flags, &command->shape, sinks);
}

static int add_source(struct evs_engine *engine, const struct command *command)
{
	enum watch_kind watch = command->kind == COMMAND_ADD_SOURCE ? WATCH_SOURCE : WATCH_CLONED;
	int slot = engine->is_stopping ? -ESHUTDOWN : free_slot(engine);
	int fd = slot < 0 ? slot : table_adopt(&engine->table, command->fd);
	int result = fd < 0 ? fd : engine_watch(engine, fd, watch, (uint32_t)slot);

	if (result == 0) {
		engine->sources[slot].fd = fd;
		engine->sources[slot].pool_fd = command->fd;
		result = add_to_core(engine, command, (uint32_t)slot);
	}
	if (result < 0) {
		if (fd >= 0) {
			epoll_ctl(engine->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
			table_drop(&engine->table, fd);
			engine->sources[slot].fd = engine->sources[slot].pool_fd = -1;
		}
		return result; /* the service closes its own */
	}
	stats_add(&engine->stats.sources, 1);
	return slot;
}

static int remove_source(struct evs_engine *engine, uint32_t source)
{
	if (source >= EVS_SOURCE_MAX || !engine->core.sources[source].is_present)
		return -ENOENT;
	core_source_remove(&engine->core, source);
	engine_close_source(engine, source);
	return 0;
}

static bool is_free_sink(const struct evs_engine *engine, uint32_t index)
{
	return engine->sinks[index].fd < 0 && !engine->sinks[index].link &&
	       slow_is_idle(&engine->pool, EVS_SOURCE_MAX + index);
}

/* The engine thread's copies of a sink's descriptors, in a free slot: its index, or -errno. */
static int adopt_sink(struct evs_engine *engine, const struct io_sink *sink)
{
	for (uint32_t i = 0; i < EVS_SINK_MAX; i++) {
		struct io_sink own = {.link = NULL};

		if (!is_free_sink(engine, i))
			continue;
		own.fd = table_adopt(&engine->table, sink->fd);
		if (own.fd < 0)
			return own.fd;
		own.reader = table_adopt(&engine->table, sink->reader);
		if (own.reader < 0) {
			table_drop(&engine->table, own.fd);
			return own.reader;
		}
		engine->sinks[i] = own;
		engine->service_sinks[i] = *sink;
		return (int)i;
	}
	return -ENOSPC;
}

static void drop_sink(struct evs_engine *engine, uint32_t index)
{
	struct io_sink *own = &engine->sinks[index];

	if (!own->link) {
		epoll_ctl(engine->epoll_fd, EPOLL_CTL_DEL, own->fd, NULL);
		epoll_ctl(engine->epoll_fd, EPOLL_CTL_DEL, own->reader, NULL);
		table_drop(&engine->table, own->fd);
		table_drop(&engine->table, own->reader);
	}
	*own = engine->service_sinks[index] = (struct io_sink){-1, -1, NULL};
}

static int watch_sink(struct evs_engine *engine, uint32_t index, bool is_host)
{
	const struct io_sink *own = &engine->sinks[index];
	int result = engine_watch(engine, own->fd, WATCH_SINK, index);

	/* A desktop reads the host's nodes without a grab: nothing to learn there. */
	if (result == 0 && !is_host)
		result = engine_watch(engine, own->reader, WATCH_READER, index);
	return result;
}

/* ---- targets with a link */

static struct link *free_link(struct evs_engine *engine)
{
	for (uint32_t i = 0; i < EVS_TARGET_MAX; i++) {
		if (!engine->links[i].is_used)
			return &engine->links[i];
	}
	return NULL;
}

/* A sink for each stream, which both lead to the link. The number of sinks that were made. */
static uint32_t make_link_sinks(struct evs_engine *engine, struct link *link,
				uint32_t sinks[SHAPER_STREAMS])
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < EVS_SINK_MAX && count < SHAPER_STREAMS; i++) {
		if (!is_free_sink(engine, i))
			continue;
		engine->sinks[i].link = link;
		sinks[count++] = i;
	}
	return count;
}

static int add_link_target(struct evs_engine *engine, const struct command *command)
{
	struct link *link = free_link(engine);
	uint32_t sinks[SHAPER_STREAMS] = {EVS_NONE, EVS_NONE};
	uint32_t count;
	int result = -EINVAL;

	if (command->sinks[SHAPER_KEYBOARD].fd >= 0 || command->sinks[SHAPER_MOUSE].fd >= 0)
		return -EINVAL;
	if (!link)
		return -ENOSPC;
	count = make_link_sinks(engine, link, sinks);
	result = count < SHAPER_STREAMS ? -ENOSPC
					: core_target_add(&engine->core, &command->target, sinks);
	for (uint32_t i = 0; i < count && result < 0; i++)
		engine->sinks[sinks[i]].link = NULL;
	link->is_used = result >= 0;
	return result;
}

static int link_target(struct evs_engine *engine, const struct command *command)
{
	uint32_t target = command->id;
	uint32_t sink;
	struct link *link;
	int fd, result;

	if (target >= EVS_TARGET_MAX || !engine->core.targets[target].is_present)
		return -ENOENT;
	sink = engine->core.targets[target].sinks[SHAPER_KEYBOARD];
	link = sink == EVS_NONE ? NULL : engine->sinks[sink].link;
	if (!link)
		return -EINVAL;
	fd = table_copy(&engine->table, command->fd);
	if (fd < 0)
		return fd;
	result = link_open(link, fd);
	if (result < 0) {
		close(fd);
		return result;
	}
	result = engine_watch_link(engine, link, EPOLL_CTL_ADD);
	if (result < 0)
		link_close(link);
	/* What was connected before is no more: the target is left until the new one says that it has a consumer. */
	core_ask_presence(&engine->core);
	return result;
}

static int add_target(struct evs_engine *engine, const struct command *command)
{
	bool is_host = strcmp(command->target.name, "host") == 0;
	uint32_t sinks[SHAPER_STREAMS] = {EVS_NONE, EVS_NONE};
	int result = 0;

	if (command->target.flags & EVS_TARGET_LINK)
		return add_link_target(engine, command);
	for (uint32_t stream = 0; stream < SHAPER_STREAMS && result == 0; stream++) {
		int index;

		if (command->sinks[stream].fd < 0)
			continue;
		index = adopt_sink(engine, &command->sinks[stream]);
		if (index < 0) {
			result = index;
			break;
		}
		sinks[stream] = (uint32_t)index;
		result = watch_sink(engine, sinks[stream], is_host);
	}
	if (result == 0)
		result = core_target_add(&engine->core, &command->target, sinks);
	for (uint32_t stream = 0; stream < SHAPER_STREAMS && result < 0; stream++) {
		if (sinks[stream] != EVS_NONE)
			drop_sink(engine, sinks[stream]);
	}
	return result;
}

/* Both descriptors go to the pool: closing waits for the kernel. */
static void close_sink(struct evs_engine *engine, uint32_t index)
{
	const struct io_sink service = engine->service_sinks[index];
	struct link *link = engine->sinks[index].link;

	drop_sink(engine, index);
	if (!link) {
		slow_post_sink(&engine->pool, index, service.reader, service.fd);
		return;
	}
	/* That of a socket does not wait; for the second sink there is nothing left. */
	link_close(link);
	link->is_used = false;
}

static int remove_target(struct evs_engine *engine, uint32_t target)
{
	bool is_its[EVS_SINK_MAX];
	int result;

	for (uint32_t i = 0; i < EVS_SINK_MAX; i++)
		is_its[i] =
			engine->core.sinks[i].is_present && engine->core.sinks[i].target == target;
	result = core_target_remove(&engine->core, target);
	if (result < 0)
		return result;
	engine_flush(engine);
	for (uint32_t i = 0; i < EVS_SINK_MAX; i++) {
		if (is_its[i])
			close_sink(engine, i);
	}
	engine_pace_presence(engine);
	return 0;
}

static int add_clone(struct evs_engine *engine, const struct command *command)
{
	int index = adopt_sink(engine, &command->sinks[0]);
	int result = index < 0 ? index : watch_sink(engine, (uint32_t)index, false);

	if (result == 0)
		result = core_clone_add(&engine->core, command->id, (uint32_t)index);
	if (result < 0 && index >= 0)
		drop_sink(engine, (uint32_t)index);
	return result < 0 ? result : index;
}

static int remove_clone(struct evs_engine *engine, uint32_t sink)
{
	int result = core_clone_remove(&engine->core, sink);

	if (result == 0)
		close_sink(engine, sink);
	return result;
}

static int set_hotkeys(struct evs_engine *engine, const struct command *command)
{
	for (uint32_t i = 0; i < command->hotkey_count && i < EVS_HOTKEY_MAX; i++) {
		const struct evs_hotkey *hotkey = &command->hotkeys[i];

		if (hotkey->action == EVS_ACTION_TARGET &&
		    (hotkey->target >= EVS_TARGET_MAX ||
		     !engine->core.targets[hotkey->target].is_present))
			return -EINVAL;
	}
	return core_set_hotkeys(&engine->core, command->hotkeys, command->hotkey_count);
}

static void set_map(struct evs_engine *engine, const struct command *command)
{
	core_map_set(&engine->core, command->map);
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++)
		core_source_classify(&engine->core, i, command->source_classes[i]);
}

void engine_stop(struct evs_engine *engine)
{
	engine->is_stopping = true;
	core_stop(&engine->core);
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
		if (engine->core.sources[i].is_present)
			remove_source(engine, i);
	}
}

static void light(struct evs_engine *engine, uint32_t sink, uint32_t lamps)
{
	for (uint16_t led = 0; led < LED_CNT; led++) {
		if ((lamps >> led) & 1u)
			core_sink_led(&engine->core, sink, led, 1);
	}
}

/* What consumers lit while an earlier process had the nodes. After the answer, which tells whose they are. */
static void light_adopted(struct evs_engine *engine, const struct command *command,
			  const struct evs_event *done)
{
	if (done->sink != EVS_NONE)
		light(engine, done->sink, command->lamps[0]);
	if (done->target == EVS_NONE)
		return;
	for (uint32_t stream = 0; stream < SHAPER_STREAMS; stream++)
		light(engine, engine->core.targets[done->target].sinks[stream],
		      command->lamps[stream]);
}

static void run(struct evs_engine *engine, const struct command *command)
{
	struct evs_event done = {
		.kind = EVS_EVENT_DONE,
		.request = command->request,
		.source = EVS_NONE,
		.target = EVS_NONE,
		.previous = EVS_NONE,
		.sink = EVS_NONE,
	};

	switch ((enum command_kind)command->kind) {
	case COMMAND_ADD_SOURCE:
	case COMMAND_ADD_CLONED_SOURCE:
		done.result = add_source(engine, command);
		done.source = done.result < 0 ? EVS_NONE : (uint32_t)done.result;
		break;
	case COMMAND_REMOVE_SOURCE:
		done.result = remove_source(engine, command->id);
		done.source = command->id;
		break;
	case COMMAND_ADD_TARGET:
		done.result = add_target(engine, command);
		done.target = done.result < 0 ? EVS_NONE : (uint32_t)done.result;
		engine_pace_presence(engine);
		break;
	case COMMAND_REMOVE_TARGET:
		done.result = remove_target(engine, command->id);
		break;
	case COMMAND_UPDATE_TARGET:
		done.result = core_target_update(&engine->core, command->id, &command->target);
		break;
	case COMMAND_REPAIR_TARGET:
		done.result = core_target_repair(&engine->core, command->id);
		done.value = done.result < 0 ? 0 : (uint64_t)done.result;
		break;
	case COMMAND_PIN_SOURCE:
		done.result = core_source_pin(&engine->core, command->id, command->pin);
		break;
	case COMMAND_SET_INDICATOR:
		core_set_indicator(&engine->core, command->id != 0);
		break;
	case COMMAND_SET_HOTKEYS:
		done.result = set_hotkeys(engine, command);
		break;
	case COMMAND_SWITCH:
		done.result = core_switch(&engine->core, command->id, EVS_REASON_COMMAND);
		done.target = command->id;
		break;
	case COMMAND_SWITCH_BY:
		done.result = core_switch_by(&engine->core, command->id != 0, EVS_REASON_COMMAND);
		done.previous = engine->core.active;
		break;
	case COMMAND_PANIC:
		core_panic(&engine->core);
		break;
	case COMMAND_ASK_PRESENCE:
		core_ask_presence(&engine->core);
		break;
	case COMMAND_SET_TAP:
		engine->tap_on = command->id != 0;
		break;
	case COMMAND_STOP:
		engine_stop(engine);
		break;
	case COMMAND_LINK_TARGET:
		done.result = link_target(engine, command);
		break;
	case COMMAND_ADD_CLONE:
		done.result = add_clone(engine, command);
		done.sink = done.result < 0 ? EVS_NONE : (uint32_t)done.result;
		break;
	case COMMAND_REMOVE_CLONE:
		done.result = remove_clone(engine, command->id);
		break;
	case COMMAND_SET_MAP:
		set_map(engine, command);
		break;
	}
	if (done.result > 0)
		done.result = 0;
	engine_send(engine, &done);
	if (command->lamps[0] || command->lamps[1])
		light_adopted(engine, command, &done);
}

void engine_run_commands(struct evs_engine *engine)
{
	struct command command;

	while (ring_pop(&engine->commands, &command))
		run(engine, &command);
}
