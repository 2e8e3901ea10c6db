/* SPDX-License-Identifier: MIT */
/*
 * How a device is taken from a host that reads it, and given back (rules 4 and 5).
 *
 * Taking: everything that is down is released on the node, so that every listener sees it go up; then the
 * grab; then the same keys are pressed on the node again, which only we can see now. So the kernel's state
 * is the fingers' again and the driver will report their release: without that a USB keyboard, whose key is
 * up for the kernel already, would say nothing until the key's next press, which we could not tell from the
 * typematic of a PS/2 keyboard. A key that went down between release and grab was seen by the host, which
 * may never see it go up: so the grab is given back and taken anew, a bounded number of times; then the
 * device stays with the host until the next switch.
 *
 * Giving back: what is down is released on the node while only we listen; the ungrab itself waits for the
 * kernel and is the port's, in a pool. Until it ends the device is LEAVING and must not be touched, since
 * every ioctl and write on it would wait too (evdev->mutex).
 */
#include "core.h"

#include <assert.h>
#include <errno.h>

bool core_host_is_proxied(const struct core *core)
{
	const struct core_target *host = &core->targets[EVS_HOST];

	return core->host_mode == EVS_HOST_PROXY &&
	       (host->sinks[SHAPER_KEYBOARD] != EVS_NONE || host->sinks[SHAPER_MOUSE] != EVS_NONE);
}

static bool wants_grab(const struct core *core, const struct core_source *source)
{
	if (!source->is_present || source->is_closing || core->is_stopping)
		return false;
	if (source->is_pinned && (source->target == EVS_HOST || core->is_panicked ||
				  !core_target_is_consumed(core, source->target)))
		return false;
	if (source->clone != EVS_NONE)
		return core_clone_wants_grab(core, source);
	if (source->target != EVS_HOST)
		return true;
	return core_host_is_proxied(core) && !core->is_panicked;
}

void core_set_down(struct core *core, uint32_t index, const struct keyset *down)
{
	struct core_source *source = &core->sources[index];

	KEYSET_FOR_EACH(code, &source->down)
	{
		assert(core->held[code] > 0);
		core->held[code]--;
	}
	source->down = *down;
	KEYSET_FOR_EACH(code, &source->down)
	core->held[code]++;
	core_holds_check(core, index);
}

/* Writes one value for all keys of a set to the source's own node. */
static int inject_keys(struct core *core, uint32_t index, const struct keyset *keys, int32_t value)
{
	uint32_t count = 0;

	if (keyset_is_empty(keys))
		return 0;
	KEYSET_FOR_EACH(code, keys)
	core->scratch[count++] = event_make(EV_KEY, (uint16_t)code, value);
	core->scratch[count++] = event_make(EV_SYN, SYN_REPORT, 0);
	return core->port->inject(core->ctx, index, core->scratch, count);
}

/* What was read or carried before this moment is void. */
static void outdate(struct core_source *source)
{
	source->generation++;
	source->carry_count = 0;
	source->is_dropping = false;
	source->needs_resync = false;
}

static void give_back(struct core *core, uint32_t index)
{
	struct core_source *source = &core->sources[index];

	core_lamps_ungrab(core);
	source->grab = GRAB_LEAVING;
	core->port->ungrab(core->ctx, index);
}

static void notify_source(struct core *core, uint32_t kind, uint32_t index, int result)
{
	core_notify(core, &(struct evs_event){
				  .kind = kind,
				  .source = index,
				  .target = core->active,
				  .previous = EVS_NONE,
				  .result = result,
			  });
}

static void take(struct core *core, uint32_t index)
{
	struct core_source *source = &core->sources[index];
	const struct port *port = core->port;
	static const struct keyset none;
	struct keyset before, after;
	bool is_released;
	int result;

	if (source->grab_attempts >= CORE_GRAB_ATTEMPTS) {
		notify_source(core, EVS_EVENT_GRAB_FAILED, index, -EAGAIN);
		return;
	}
	if (port->keys(core->ctx, index, &before) < 0)
		return; /* going away: its read will say so */
	core_clone_rest_device(core, index);
	is_released = inject_keys(core, index, &before, 0) == 0;
	result = port->grab(core->ctx, index);
	if (result < 0) {
		core_set_down(core, index, is_released ? &none : &before);
		notify_source(core, EVS_EVENT_GRAB_FAILED, index, result);
		return;
	}
	source->grab = GRAB_HELD;
	port->drain(core->ctx, index);
	if (port->keys(core->ctx, index, &after) < 0)
		keyset_clear(&after);
	outdate(source);
	/* On a node that we may only read the keys stay down: that is no race. */
	for (unsigned int word = 0; word < KEYSET_WORDS && !is_released; word++)
		after.words[word] &= ~before.words[word];
	if (!core_clone_restore_device(core, index) || !keyset_is_empty(&after)) {
		core->counters.grab_races++;
		source->grab_attempts++;
		source->raced = after;
		core_set_down(core, index, &after);
		core_lamps_keep(core, index);
		give_back(core, index); /* core_ungrabbed() comes here again */
		return;
	}
	if (is_released)
		inject_keys(core, index, &before, 1);
	core_set_down(core, index, &before);
	core_lamps_take(core, index);
	notify_source(core, EVS_EVENT_GRABBED, index, 0);
	core_clone_show(core, index);
}

static void let_go(struct core *core, uint32_t index)
{
	static const struct keyset none;
	struct core_source *source = &core->sources[index];
	struct keyset down;

	core_release_source(core, index);
	core_clone_release(core, index);
	core_lamps_give_back(core, index);
	core_clone_rest_device(core, index);
	if (core->port->keys(core->ctx, index, &down) == 0)
		inject_keys(core, index, &down, 0);
	outdate(source);
	core_set_down(core, index, &none);
	give_back(core, index);
}

void core_settle(struct core *core, uint32_t index)
{
	const struct core_source *source = &core->sources[index];
	bool wants = wants_grab(core, source);

	if (!source->is_present)
		return;
	if (wants && source->grab == GRAB_FREE)
		take(core, index);
	else if (!wants && source->grab == GRAB_HELD)
		let_go(core, index);
	else if (source->grab == GRAB_HELD && !source->is_pinned)
		core_clone_show(core, index); /* from one guest to another */
}

/*
 * A raced key that went up while we still held the grab is down for the host, and up for the kernel, which
 * filters a second release: only press and release tells the host.
 */
static void repair_raced(struct core *core, uint32_t index)
{
	struct core_source *source = &core->sources[index];
	struct keyset now;

	if (keyset_is_empty(&source->raced) || core->port->keys(core->ctx, index, &now) < 0)
		return;
	for (unsigned int word = 0; word < KEYSET_WORDS; word++)
		source->raced.words[word] &= ~now.words[word];
	inject_keys(core, index, &source->raced, 1);
	inject_keys(core, index, &source->raced, 0);
	keyset_clear(&source->raced);
	if (source->is_present)
		core_set_down(core, index, &now);
}

void core_ungrabbed(struct core *core, uint32_t index, int result)
{
	struct core_source *source = &core->sources[index];

	assert(index < EVS_SOURCE_MAX && source->grab == GRAB_LEAVING);
	source->grab = GRAB_FREE;
	notify_source(core, EVS_EVENT_UNGRABBED, index, result);
	core_lamps_ungrabbed(core);
	repair_raced(core, index);
	if (!source->is_present)
		return;
	if (source->needs_resync)
		core_resync(core, index);
	core_settle(core, index);
}
