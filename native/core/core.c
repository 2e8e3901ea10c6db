/* SPDX-License-Identifier: MIT */
#include "core.h"

#include <assert.h>
#include <errno.h>

#define TARGET_FLAGS  ((uint32_t)(EVS_TARGET_SWALLOWS | EVS_TARGET_LINK))
#define NS_PER_SECOND UINT64_C(1000000000)

static void target_init(struct core_target *target)
{
	memset(target, 0, sizeof(*target));
	target->sinks[SHAPER_KEYBOARD] = EVS_NONE;
	target->sinks[SHAPER_MOUSE] = EVS_NONE;
}

void core_init(struct core *core, uint32_t host_mode, const struct port *port, void *ctx)
{
	memset(core, 0, sizeof(*core));
	core->port = port;
	core->ctx = ctx;
	core->host_mode = host_mode;
	core->active = EVS_HOST;
	for (uint32_t i = 0; i < EVS_TARGET_MAX; i++)
		target_init(&core->targets[i]);
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++)
		core->sources[i].clone = EVS_NONE;
	core->targets[EVS_HOST].is_present = true;
	core->targets[EVS_HOST].profile = EVS_PROFILE_HOST;
}

int core_source_slot(const struct core *core)
{
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
		if (core_source_is_free(core, i))
			return (int)i;
	}
	return -ENOSPC;
}

static void add_source(struct core *core, uint32_t index, uint32_t flags, uint32_t clone)
{
	struct core_source *source = &core->sources[index];
	uint32_t generation = source->generation;

	memset(source, 0, sizeof(*source));
	source->generation = generation + 1;
	source->is_present = true;
	source->flags = flags;
	source->target = core->active;
	source->clone = clone;
	core_map_refresh_source(core, index);
	core_settle(core, index);
	if (source->grab == GRAB_FREE && source->is_present) {
		struct keyset down;

		/* A key that is down already, as Enter of the command that started us. */
		if (core->port->keys(core->ctx, index, &down) == 0)
			core_set_down(core, index, &down);
	}
}

int core_source_add(struct core *core, uint32_t index, uint32_t flags)
{
	if (index >= EVS_SOURCE_MAX || !core_source_is_free(core, index))
		return -ENOSPC;
	add_source(core, index, flags, EVS_NONE);
	return 0;
}

int core_source_add_cloned(struct core *core, uint32_t index, uint32_t flags,
			   const struct clone_shape *shape, const uint32_t sinks[EVS_TARGET_MAX])
{
	int clone;

	if (index >= EVS_SOURCE_MAX || !core_source_is_free(core, index))
		return -ENOSPC;
	clone = core_clone_claim(core, index, shape, sinks);
	if (clone < 0)
		return clone;
	add_source(core, index, flags, (uint32_t)clone);
	return 0;
}

bool core_source_is_free(const struct core *core, uint32_t index)
{
	const struct core_source *source = &core->sources[index];

	return !source->is_present && source->grab == GRAB_FREE && !source->owes_lamps;
}

static void source_forget(struct core *core, uint32_t index)
{
	static const struct keyset none;
	struct core_source *source = &core->sources[index];

	core_clone_release(core, index);
	core_release_source(core, index);
	core_set_down(core, index, &none);
	if (source->clone != EVS_NONE)
		core->clones[source->clone].is_used = false;
	source->clone = EVS_NONE;
	source->generation++;
	source->carry_count = 0;
	source->is_present = false;
}

void core_source_gone(struct core *core, uint32_t index)
{
	struct core_source *source = &core->sources[index];

	assert(index < EVS_SOURCE_MAX);
	if (!source->is_present)
		return;
	if (source->grab == GRAB_HELD)
		source->grab = GRAB_FREE; /* the kernel dropped it with the device */
	source->owes_lamps = false;
	source_forget(core, index);
}

void core_source_remove(struct core *core, uint32_t index)
{
	struct core_source *source = &core->sources[index];

	assert(index < EVS_SOURCE_MAX);
	if (!source->is_present)
		return;
	core_release_source(core, index);
	core_clone_release(core, index);
	if (source->grab == GRAB_HELD)
		core_lamps_note(core);
	source->is_closing = true;
	core_settle(core, index);
	source_forget(core, index);
}

int core_source_pin(struct core *core, uint32_t index, uint32_t target)
{
	struct core_source *source = &core->sources[index];
	bool is_pinned = target != EVS_NONE;

	if (index >= EVS_SOURCE_MAX || !source->is_present ||
	    (is_pinned && (target >= EVS_TARGET_MAX || !core->targets[target].is_present)))
		return -ENOENT;
	core_release_source(core, index);
	core_clone_release(core, index);
	if (source->grab == GRAB_HELD)
		core_lamps_note(core);
	source->is_pinned = is_pinned;
	source->target = is_pinned ? target : core->active;
	source->grab_attempts = 0;
	core_map_refresh_source(core, index);
	core_settle(core, index);
	if (source->grab == GRAB_HELD)
		core_clone_show(core, index);
	core_lamps_show(core);
	return 0;
}

int core_set_hotkeys(struct core *core, const struct evs_hotkey *list, uint32_t count)
{
	struct hotkeys next;
	int result = hotkeys_set(&next, list, count);

	if (result < 0)
		return result;
	/* Before they hold: of several new ones that are down none is a hotkey while another is parted. */
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t target = 0; target < EVS_TARGET_MAX && list[i].key_count > 1;
		     target++)
			core_part_keys(core, target, list[i].keys, list[i].key_count);
	}
	core->hotkeys = next;
	return 0;
}

static void toggle_keys(uint32_t toggle, uint16_t keys[2])
{
	static const uint16_t table[][2] = {
		[EVS_TOGGLE_CTRL_CTRL] = {KEY_LEFTCTRL, KEY_RIGHTCTRL},
		[EVS_TOGGLE_ALT_ALT] = {KEY_LEFTALT, KEY_RIGHTALT},
		[EVS_TOGGLE_SHIFT_SHIFT] = {KEY_LEFTSHIFT, KEY_RIGHTSHIFT},
		[EVS_TOGGLE_META_META] = {KEY_LEFTMETA, KEY_RIGHTMETA},
		[EVS_TOGGLE_SCROLLLOCK] = {KEY_SCROLLLOCK, 0},
		[EVS_TOGGLE_CTRL_SCROLLLOCK] = {KEY_LEFTCTRL, KEY_SCROLLLOCK},
		[EVS_TOGGLE_NONE] = {0, 0},
	};

	keys[0] = table[toggle][0];
	keys[1] = table[toggle][1];
}

static int target_slot(const struct core *core, bool is_host)
{
	if (is_host) {
		const struct core_target *host = &core->targets[EVS_HOST];
		bool has_nodes = host->sinks[SHAPER_KEYBOARD] != EVS_NONE ||
				 host->sinks[SHAPER_MOUSE] != EVS_NONE;

		return has_nodes ? -EEXIST : (int)EVS_HOST;
	}
	for (uint32_t i = EVS_HOST + 1; i < EVS_TARGET_MAX; i++) {
		if (!core->targets[i].is_present)
			return (int)i;
	}
	return -ENOSPC;
}

int core_target_add(struct core *core, const struct evs_target_config *config,
		    const uint32_t sinks[SHAPER_STREAMS])
{
	struct core_target *target;
	bool is_host = strncmp(config->name, "host", sizeof(config->name)) == 0;
	int slot;

	if (config->grab_toggle > EVS_TOGGLE_NONE || config->repeat > EVS_REPEAT_ON ||
	    config->profile > EVS_PROFILE_WINDOWS_VIRTIO ||
	    config->profile == EVS_PROFILE_VIRTIO_INPUT || config->max_rate > EVS_RATE_MAX ||
	    (config->flags & ~(is_host ? 0u : TARGET_FLAGS)) != 0)
		return -EINVAL;
	slot = target_slot(core, is_host);
	if (slot < 0)
		return slot;

	target = &core->targets[slot];
	target_init(target);
	target->is_present = true;
	target->profile = config->profile;
	target->repeat = config->repeat;
	target->motion_ns = config->max_rate > 0 ? NS_PER_SECOND / config->max_rate : 0;
	target->swallows = (config->flags & EVS_TARGET_SWALLOWS) != 0;
	toggle_keys(config->grab_toggle, target->toggle_keys);
	for (uint32_t stream = 0; stream < SHAPER_STREAMS; stream++) {
		struct core_sink *sink;

		target->sinks[stream] = sinks[stream];
		if (sinks[stream] == EVS_NONE)
			continue;
		assert(sinks[stream] < EVS_SINK_MAX);
		sink = &core->sinks[sinks[stream]];
		memset(sink, 0, sizeof(*sink));
		sink->is_present = true;
		sink->target = (uint32_t)slot;
		sink->is_consumed = is_host; /* a desktop reads without a grab */
	}
	core_map_refresh(core);
	if (is_host) {
		for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++)
			core_settle(core, i);
	}
	return slot;
}

static bool is_pinned_to(const struct core *core, uint32_t target)
{
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
		const struct core_source *source = &core->sources[i];

		if (source->is_present && source->is_pinned && source->target == target)
			return true;
	}
	return false;
}

int core_target_remove(struct core *core, uint32_t target)
{
	if (target == EVS_HOST)
		return -EINVAL;
	if (target >= EVS_TARGET_MAX || !core->targets[target].is_present)
		return -ENOENT;
	if (is_pinned_to(core, target))
		return -EBUSY;
	if (target == core->active)
		core_switch(core, EVS_HOST, EVS_REASON_REMOVED);
	core_holds_release(core);
	hotkeys_forget(&core->hotkeys, target);
	for (uint32_t i = 0; i < EVS_CLONE_MAX; i++)
		core->clones[i].sinks[target] = EVS_NONE;
	for (uint32_t i = 0; i < EVS_SINK_MAX; i++) {
		struct core_sink *sink = &core->sinks[i];

		if (sink->is_present && sink->target == target) {
			assert(keyset_is_empty(&sink->pressed));
			memset(sink, 0, sizeof(*sink));
		}
	}
	target_init(&core->targets[target]);
	return 0;
}

int core_target_update(struct core *core, uint32_t index, const struct evs_target_config *config)
{
	struct core_target *target = &core->targets[index % EVS_TARGET_MAX];

	if (index >= EVS_TARGET_MAX || !target->is_present)
		return -ENOENT;
	if (config->grab_toggle > EVS_TOGGLE_NONE || config->repeat > EVS_REPEAT_ON)
		return -EINVAL;
	target->repeat = config->repeat;
	toggle_keys(config->grab_toggle, target->toggle_keys);
	if (target->toggle_keys[0] != 0)
		core_part_keys(core, index, target->toggle_keys,
			       target->toggle_keys[1] == 0 ? 1 : 2);
	return 0;
}
