/* SPDX-License-Identifier: MIT */
/* Commands of the service, run on the engine thread between two frames. */
#include "engine.h"
#include "stats.h"

#include <errno.h>
#include <unistd.h>

static int free_slot(const struct evs_engine *engine)
{
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
		if (core_source_is_free(&engine->core, i) && engine->sources[i].fd < 0)
			return (int)i;
	}
	return -ENOSPC;
}

static int add_source(struct evs_engine *engine, const struct command *command)
{
	int slot = engine->is_stopping ? -ESHUTDOWN : free_slot(engine);
	int result;

	if (slot < 0) {
		close(command->fd);
		return slot;
	}
	engine->sources[slot].fd = command->fd;
	result = engine_watch(engine, command->fd, WATCH_SOURCE, (uint32_t)slot);
	if (result < 0) {
		engine->sources[slot].fd = -1;
		close(command->fd);
		return result;
	}
	stats_add(&engine->stats.sources, 1);
	core_source_add(&engine->core, (uint32_t)slot, command->flags);
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

static uint32_t place_sink(struct evs_engine *engine, const struct io_sink *sink)
{
	if (sink->fd < 0)
		return EVS_NONE;
	for (uint32_t i = 0; i < EVS_SINK_MAX; i++) {
		if (engine->sinks[i].fd < 0) {
			engine->sinks[i] = *sink;
			return i;
		}
	}
	return EVS_NONE;
}

static void drop_sink(const struct io_sink *sink)
{
	if (sink->fd >= 0)
		close(sink->fd);
	if (sink->reader >= 0)
		close(sink->reader);
}

static int add_target(struct evs_engine *engine, const struct command *command)
{
	uint32_t sinks[SHAPER_STREAMS];
	int result;

	for (uint32_t stream = 0; stream < SHAPER_STREAMS; stream++)
		sinks[stream] = place_sink(engine, &command->sinks[stream]);
	result = core_target_add(&engine->core, &command->target, sinks);
	for (uint32_t stream = 0; stream < SHAPER_STREAMS; stream++) {
		if (result < 0) {
			drop_sink(&command->sinks[stream]);
			if (sinks[stream] != EVS_NONE)
				engine->sinks[sinks[stream]] = (struct io_sink){-1, -1};
		} else if (sinks[stream] != EVS_NONE) {
			engine_watch(engine, command->sinks[stream].fd, WATCH_SINK, sinks[stream]);
			/* A desktop reads the host's nodes without a grab: nothing to learn there. */
			if (result != EVS_HOST)
				engine_watch(engine, command->sinks[stream].reader, WATCH_READER,
					     sinks[stream]);
		}
	}
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
	return hotkeys_set(&engine->core.hotkeys, command->hotkeys, command->hotkey_count);
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

static void run(struct evs_engine *engine, const struct command *command)
{
	struct evs_event done = {
		.kind = EVS_EVENT_DONE,
		.request = command->request,
		.source = EVS_NONE,
		.target = EVS_NONE,
		.previous = EVS_NONE,
	};

	switch ((enum command_kind)command->kind) {
	case COMMAND_ADD_SOURCE:
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
		break;
	case COMMAND_SET_HOTKEYS:
		done.result = set_hotkeys(engine, command);
		break;
	case COMMAND_SWITCH:
		done.result = core_switch(&engine->core, command->id, EVS_REASON_COMMAND);
		done.target = command->id;
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
	}
	if (done.result > 0)
		done.result = 0;
	engine_send(engine, &done);
}

void engine_run_commands(struct evs_engine *engine)
{
	struct command command;

	while (ring_pop(&engine->commands, &command))
		run(engine, &command);
}
