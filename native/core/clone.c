/* SPDX-License-Identifier: MIT */
#include "clone.h"
#include "core.h"

#include <assert.h>
#include <errno.h>

/* How often the state of a device is read anew because it changed while it was read. */
#define STATE_ATTEMPTS 4

static struct core_clone *clone_of(struct core *core, const struct core_source *source)
{
	return source->clone == EVS_NONE ? NULL : &core->clones[source->clone];
}

static uint32_t active_sink(const struct core *core, const struct core_clone *clone)
{
	return clone->sinks[core->sources[clone->source].target];
}

/* Where its frames go now: a sink that is consumed, or EVS_NONE. */
static uint32_t open_sink(const struct core *core, const struct core_clone *clone)
{
	uint32_t sink = active_sink(core, clone);

	if (sink == EVS_NONE || core->sources[clone->source].grab != GRAB_HELD ||
	    !core->sinks[sink].is_consumed)
		return EVS_NONE;
	return sink;
}

static bool is_tool(uint16_t code)
{
	return code >= BTN_DIGI && code <= BTN_TOOL_QUADTAP;
}

/* ---- frames of our own making */

struct frame {
	struct core *core;
	struct core_clone *clone;
	uint32_t sink; /* EVS_NONE: they are for the device itself */
	uint32_t count;
};

static struct frame frame_begin(struct core *core, struct core_clone *clone, uint32_t sink)
{
	return (struct frame){.core = core, .clone = clone, .sink = sink};
}

static void frame_end(struct frame *frame)
{
	const struct port *port = frame->core->port;
	struct input_event *events = frame->core->shown;

	if (frame->count == 0)
		return;
	events[frame->count++] = event_make(EV_SYN, SYN_REPORT, 0);
	if (frame->sink == EVS_NONE) {
		port->inject(frame->core->ctx, frame->clone->source, events, frame->count);
	} else {
		port->emit(frame->core->ctx, frame->sink, events, frame->count);
		port->flush(frame->core->ctx);
	}
	frame->count = 0;
}

static void frame_add(struct frame *frame, uint16_t type, uint16_t code, int32_t value)
{
	/* 100 slots with all their axes are more than one frame. */
	if (frame->count == CLONE_FRAME_MAX - 1)
		frame_end(frame);
	frame->core->shown[frame->count++] = event_make(type, code, value);
}

static int32_t tracking_id(const struct clone_state *state, uint32_t slot)
{
	return state->slots[ABS_MT_TRACKING_ID - CLONE_SLOT_AXIS_FIRST][slot];
}

static void add_lift(struct frame *frame, uint32_t slot)
{
	frame_add(frame, EV_ABS, ABS_MT_SLOT, (int32_t)slot);
	frame_add(frame, EV_ABS, ABS_MT_TRACKING_ID, -1);
}

static void add_rests(struct frame *frame)
{
	const struct clone_shape *shape = &frame->clone->shape;

	for (uint16_t code = 0; code < ABS_CNT; code++) {
		if ((shape->resting >> code) & 1u)
			frame_add(frame, EV_ABS, code, shape->rest[code]);
	}
}

static void add_slots(struct frame *frame, const struct clone_state *state)
{
	const struct clone_shape *shape = &frame->clone->shape;

	for (uint32_t slot = 0; slot < shape->slot_count; slot++) {
		frame_add(frame, EV_ABS, ABS_MT_SLOT, (int32_t)slot);
		for (unsigned int axis = 0; axis < CLONE_SLOT_AXES; axis++) {
			uint16_t code = (uint16_t)(CLONE_SLOT_AXIS_FIRST + axis);

			if ((shape->slot_axes >> code) & 1u)
				frame_add(frame, EV_ABS, code, state->slots[axis][slot]);
		}
	}
	if (shape->slot_count > 0)
		frame_add(frame, EV_ABS, ABS_MT_SLOT, state->slot);
}

static void add_axes(struct frame *frame, const struct clone_state *state)
{
	for (uint16_t code = 0; code < ABS_CNT; code++) {
		if ((frame->clone->shape.axes >> code) & 1u)
			frame_add(frame, EV_ABS, code, state->axes[code]);
	}
}

/* ---- what the active target's clone was told */

static void forget_contacts(struct core_clone *clone)
{
	clone->slot = 0;
	clone->has_contact = false;
	for (uint32_t slot = 0; slot < CLONE_SLOTS_MAX; slot++)
		clone->contacts[slot] = -1;
}

static void note_axis(struct core_clone *clone, const struct input_event *event)
{
	uint32_t slot_count = clone->shape.slot_count;

	/* As the input core: a slot that does not exist changes nothing. */
	if (event->code == ABS_MT_SLOT && event->value >= 0 && (uint32_t)event->value < slot_count)
		clone->slot = (uint32_t)event->value;
	else if (event->code == ABS_MT_TRACKING_ID && slot_count > 0)
		clone->contacts[clone->slot] = event->value;
	else if (clone->shape.has_anonymous_contacts && event->code >= CLONE_SLOT_AXIS_FIRST)
		clone->has_contact = true;
}

/* ---- coming to rest */

static void release(struct core *core, struct core_clone *clone, uint32_t sink)
{
	struct frame frame = frame_begin(core, clone, sink);
	struct keyset *pressed = &core->sinks[sink].pressed;

	for (uint32_t slot = 0; slot < clone->shape.slot_count; slot++) {
		if (clone->contacts[slot] >= 0)
			add_lift(&frame, slot);
	}
	KEYSET_FOR_EACH(code, pressed)
	frame_add(&frame, EV_KEY, (uint16_t)code, 0);
	keyset_clear(pressed);
	if (clone->is_shown)
		add_rests(&frame);
	if (clone->has_contact)
		frame_add(&frame, EV_SYN, SYN_MT_REPORT, 0);
	frame_end(&frame);
	forget_contacts(clone);
	clone->is_shown = false;
}

void core_clone_release(struct core *core, uint32_t index)
{
	struct core_clone *clone = clone_of(core, &core->sources[index]);

	if (clone && active_sink(core, clone) != EVS_NONE)
		release(core, clone, active_sink(core, clone));
}

static struct core_clone *feeder_of(struct core *core, uint32_t sink)
{
	for (uint32_t i = 0; i < EVS_CLONE_MAX; i++) {
		if (core->clones[i].is_used &&
		    core->clones[i].sinks[core->sinks[sink].target] == sink)
			return &core->clones[i];
	}
	return NULL;
}

void core_clone_release_sink(struct core *core, uint32_t sink)
{
	struct core_clone *clone = feeder_of(core, sink);

	/* On any other target everything is at rest already. */
	if (clone && core->sinks[sink].target == core->sources[clone->source].target)
		core_clone_release(core, clone->source);
}

void core_clones_withdraw(struct core *core, const struct evs_hotkey *hotkey)
{
	for (uint32_t i = 0; i < EVS_CLONE_MAX; i++) {
		struct core_clone *clone = &core->clones[i];
		uint32_t sink = clone->is_used ? active_sink(core, clone) : EVS_NONE;
		struct frame frame;

		if (sink == EVS_NONE)
			continue;
		frame = frame_begin(core, clone, sink);
		for (uint32_t key = 0; key < hotkey->key_count; key++) {
			uint16_t code = hotkey->keys[key];

			if (!keyset_has(&core->sinks[sink].pressed, code))
				continue;
			keyset_remove(&core->sinks[sink].pressed, code);
			frame_add(&frame, EV_KEY, code, 0);
		}
		frame_end(&frame);
	}
}

/* ---- one frame's way */

struct key_route {
	struct core *core;
	struct core_source *source;
	struct keyset *pressed;         /* on the clone; NULL: its frames go nowhere now */
	const struct evs_hotkey *fired; /* acts at the frame's end */
};

static bool press(struct key_route *route, uint16_t code)
{
	struct core *core = route->core;
	const struct evs_hotkey *hotkey;

	if (keyset_has(&route->source->down, code))
		return false; /* a driver that reports a held key again */
	keyset_add(&route->source->down, code);
	core->held[code]++;
	hotkey = hotkeys_match(&core->hotkeys, code, core->held);
	if (hotkey) {
		if (!route->fired || hotkey->action == EVS_ACTION_PANIC)
			route->fired = hotkey;
		return false;
	}
	if (route->pressed)
		keyset_add(route->pressed, code);
	return route->pressed != NULL;
}

static bool lift(struct key_route *route, uint16_t code)
{
	if (keyset_has(&route->source->down, code)) {
		keyset_remove(&route->source->down, code);
		route->core->held[code]--;
	}
	if (!route->pressed || !keyset_has(route->pressed, code))
		return false;
	keyset_remove(route->pressed, code);
	return true;
}

/* True when the clone is to see it. */
static bool route_key(struct key_route *route, const struct input_event *event)
{
	bool passes = false;

	if (event->code >= KEY_CNT)
		return false;
	if (event->value == 0)
		passes = lift(route, event->code);
	else if (event->value == 2)
		passes = route->pressed && keyset_has(route->pressed, event->code);
	else
		passes = press(route, event->code);
	if (!passes && route->pressed)
		route->core->counters.muted++;
	return passes;
}

static bool is_scan_code(const struct input_event *event)
{
	return event->type == EV_MSC && event->code == MSC_SCAN;
}

/*
 * Routes a whole frame: what the clone is not to see is taken out where it lies. Lamps, sounds and the rate of
 * repeats are not input: they come back to us because somebody wrote them to the device.
 */
static void route_frame(struct core *core, struct core_clone *clone, struct input_event *events,
			uint32_t count)
{
	const struct input_event report = events[count - 1];
	uint32_t index = clone->source;
	uint32_t sink = open_sink(core, clone);
	struct key_route route = {.core = core, .source = &core->sources[index]};
	bool has_lamps = false;
	uint32_t kept = 0;

	core->counters.frames_in++;
	if (sink != EVS_NONE)
		route.pressed = &core->sinks[sink].pressed;
	clone->has_contact = false;
	for (uint32_t i = 0; i + 1 < count; i++) {
		const struct input_event event = events[i];

		switch (event.type) {
		case EV_KEY:
			if (route_key(&route, &event))
				break;
			if (kept > 0 && is_scan_code(&events[kept - 1]))
				kept--; /* it belongs to the key that is not to be seen */
			continue;
		case EV_LED:
			has_lamps |= core_lamps_differ(route.source, event.code, event.value);
			continue;
		case EV_ABS:
			if (sink != EVS_NONE)
				note_axis(clone, &event);
			break;
		case EV_SND:
		case EV_REP:
		case EV_FF:
			continue;
		default:
			break;
		}
		events[kept++] = event;
	}
	if (kept > 0 && sink != EVS_NONE) {
		events[kept++] = report;
		clone->is_shown = true;
		core->port->emit(core->ctx, sink, events, kept);
		core->port->flush(core->ctx); /* the frame lies in a buffer of ours */
	} else if (kept > 0 && route.source->grab == GRAB_HELD) {
		core->counters.unconsumed++;
	}
	if (has_lamps)
		core_lamps_tend(core, index);
	if (route.fired)
		core_fire(core, route.fired, &report);
}

static void drop(struct core *core, struct core_clone *clone)
{
	core->counters.drops++;
	core->sources[clone->source].is_dropping = true;
	clone->frame_count = 0;
}

static void end_frame(struct core *core, struct core_clone *clone)
{
	uint32_t count = clone->frame_count;

	clone->frame_count = 0;
	route_frame(core, clone, clone->frame, count);
}

void core_clone_feed(struct core *core, uint32_t index, const struct input_event *events,
		     uint32_t count)
{
	struct core_source *source = &core->sources[index];
	struct core_clone *clone = &core->clones[source->clone];
	uint32_t generation = source->generation;

	assert(source->is_present && source->clone < EVS_CLONE_MAX);
	for (uint32_t i = 0; i < count && source->generation == generation; i++) {
		const struct input_event *event = &events[i];
		bool is_overrun = event->type == EV_SYN && event->code == SYN_DROPPED;
		/* No device has such frames. */
		bool is_overlong =
			clone->frame_count == CLONE_FRAME_MAX - 1 && !event_is_report(event);

		if (is_overrun || is_overlong) {
			drop(core, clone);
		} else if (source->is_dropping) {
			if (!event_is_report(event))
				continue;
			source->is_dropping = false;
			core_clone_resync(core, index);
		} else {
			clone->frame[clone->frame_count++] = *event;
			if (event_is_report(event))
				end_frame(core, clone);
		}
	}
}

/* ---- state of the device */

/*
 * Reads the state of places so that what is read from the device afterwards goes on from there: nothing older
 * is left in the queue. 0 or -errno.
 */
static int read_places(struct core *core, struct core_clone *clone)
{
	const struct port *port = core->port;
	int result = port->places(core->ctx, clone->source, &clone->shape, &core->places);

	for (int attempt = 0; attempt < STATE_ATTEMPTS && result == 0; attempt++) {
		port->drain(core->ctx, clone->source);
		result = port->places(core->ctx, clone->source, &clone->shape, &core->places_again);
		if (memcmp(&core->places, &core->places_again, sizeof(core->places)) == 0)
			break;
		core->places = core->places_again;
	}
	return result;
}

/* A contact that became another one meanwhile ends before the other begins. */
static void end_old_contacts(struct core *core, struct core_clone *clone, uint32_t sink)
{
	struct frame frame = frame_begin(core, clone, sink);

	for (uint32_t slot = 0; slot < clone->shape.slot_count; slot++) {
		if (clone->contacts[slot] >= 0 &&
		    clone->contacts[slot] != tracking_id(&core->places, slot))
			add_lift(&frame, slot);
	}
	frame_end(&frame);
}

/* What is so is told; the node's own kernel drops what is known already. */
static void show_places(struct core *core, struct core_clone *clone, uint32_t sink)
{
	const struct clone_state *places = &core->places;
	struct frame frame;

	end_old_contacts(core, clone, sink);
	frame = frame_begin(core, clone, sink);
	for (uint16_t code = 0; code < SW_CNT; code++) {
		if ((clone->shape.switches >> code) & 1u)
			frame_add(&frame, EV_SW, code, (int32_t)((places->switches >> code) & 1u));
	}
	add_axes(&frame, places);
	add_slots(&frame, places);
	KEYSET_FOR_EACH(code, &core->sources[clone->source].down)
	{
		struct keyset *pressed = &core->sinks[sink].pressed;

		if (!is_tool((uint16_t)code) || keyset_has(pressed, (uint16_t)code))
			continue;
		keyset_add(pressed, (uint16_t)code);
		frame_add(&frame, EV_KEY, (uint16_t)code, 1);
	}
	frame_end(&frame);
	for (uint32_t slot = 0; slot < clone->shape.slot_count; slot++)
		clone->contacts[slot] = tracking_id(places, slot);
	if (places->slot >= 0 && (uint32_t)places->slot < clone->shape.slot_count)
		clone->slot = (uint32_t)places->slot;
	clone->is_shown = true;
}

void core_clone_show(struct core *core, uint32_t index)
{
	struct core_source *source = &core->sources[index];
	struct core_clone *clone = clone_of(core, source);
	uint32_t sink = clone ? open_sink(core, clone) : EVS_NONE;
	struct keyset down;

	if (sink == EVS_NONE)
		return;
	clone->frame_count = 0;
	if (read_places(core, clone) < 0 || core->port->keys(core->ctx, index, &down) < 0)
		return;       /* going away: its read will say so */
	source->generation++; /* what was read before is older */
	source->is_dropping = false;
	core_set_down(core, index, &down);
	show_places(core, clone, sink);
}

void core_clone_consumed(struct core *core, uint32_t sink)
{
	const struct core_clone *clone = feeder_of(core, sink);

	if (clone && core->sinks[sink].target == core->active)
		core_clone_show(core, clone->source);
}

void core_clone_resync(struct core *core, uint32_t index)
{
	struct core_source *source = &core->sources[index];
	struct core_clone *clone = &core->clones[source->clone];
	struct keyset now;
	uint32_t count = 0;
	uint32_t sink;

	if (source->grab == GRAB_LEAVING) {
		source->needs_resync = true; /* asking would wait for the ungrab */
		return;
	}
	source->needs_resync = false;
	clone->frame_count = 0;
	if (read_places(core, clone) < 0 || core->port->keys(core->ctx, index, &now) < 0)
		return; /* going away: its read will say so */
	source->generation++;
	core->counters.resyncs++;
	sink = open_sink(core, clone);
	if (sink != EVS_NONE)
		show_places(core, clone, sink);
	/* Keys take the way of a frame: they may be muted, or complete a hotkey. */
	for (uint16_t code = 0; code < KEY_CNT; code++) {
		if (keyset_has(&source->down, code) && !keyset_has(&now, code))
			core->resync[count++] = event_make(EV_KEY, code, 0);
	}
	for (uint16_t code = 0; code < KEY_CNT; code++) {
		if (keyset_has(&now, code) && !keyset_has(&source->down, code))
			core->resync[count++] = event_make(EV_KEY, code, 1);
	}
	core->resync[count++] = event_make(EV_SYN, SYN_REPORT, 0);
	route_frame(core, clone, core->resync, count);
	core_lamps_tend(core, index); /* the host may have written what we did not get to see */
	core_notify(core, &(struct evs_event){.kind = EVS_EVENT_RESYNC,
					      .source = index,
					      .target = EVS_NONE,
					      .previous = EVS_NONE});
}

/* ---- around a grab */

bool core_clone_wants_grab(const struct core *core, const struct core_source *source)
{
	return source->target != EVS_HOST &&
	       core->clones[source->clone].sinks[source->target] != EVS_NONE;
}

static void end_sounds(struct core *core, struct core_clone *clone)
{
	struct frame frame = frame_begin(core, clone, EVS_NONE);

	for (uint16_t code = 0; code < SND_CNT; code++) {
		if ((clone->sounding >> code) & 1u)
			frame_add(&frame, EV_SND, code, 0);
	}
	frame_end(&frame);
	clone->sounding = 0;
}

/*
 * The kernel names a slot only when it is another one than before (input_handle_abs_event). A host that was cut off
 * by the grab must be told the next time, so the device goes back to the slot that the host believes in: by a
 * contact that comes and goes, which only we see. The last event names the slot that a program which plays the
 * device may be in: it need not do so before its next event.
 */
static void add_slot_of_host(struct frame *frame, const struct clone_state *places, bool is_held)
{
	int32_t host_slot = frame->clone->host_slot;

	if (is_held && (frame->count > 0 || places->slot != host_slot)) {
		frame_add(frame, EV_ABS, ABS_MT_SLOT, host_slot);
		frame_add(frame, EV_ABS, ABS_MT_TRACKING_ID, 0);
		frame_add(frame, EV_ABS, ABS_MT_TRACKING_ID, -1);
	}
	if (frame->count > 0)
		frame_add(frame, EV_ABS, ABS_MT_SLOT, places->slot);
}

void core_clone_rest_device(struct core *core, uint32_t index)
{
	struct core_source *source = &core->sources[index];
	struct core_clone *clone = clone_of(core, source);
	struct frame frame;

	if (!clone)
		return;
	clone->frame_count = 0;
	end_sounds(core, clone);
	if (core->port->places(core->ctx, index, &clone->shape, &core->places) < 0)
		return;
	frame = frame_begin(core, clone, EVS_NONE);
	for (uint32_t slot = 0; slot < clone->shape.slot_count; slot++) {
		if (tracking_id(&core->places, slot) >= 0)
			add_lift(&frame, slot);
	}
	if (clone->shape.slot_count > 0)
		add_slot_of_host(&frame, &core->places, source->grab == GRAB_HELD);
	add_rests(&frame);
	frame_end(&frame);
}

static bool has_new_contact(const struct core *core, const struct core_clone *clone)
{
	for (uint32_t slot = 0; slot < clone->shape.slot_count; slot++) {
		if (tracking_id(&core->places_again, slot) >= 0)
			return true;
	}
	return false;
}

bool core_clone_restore_device(struct core *core, uint32_t index)
{
	struct core_source *source = &core->sources[index];
	struct core_clone *clone = clone_of(core, source);
	const struct clone_shape *shape;
	struct frame frame;

	/* On a node that we may only read nothing came to rest. */
	if (!clone || (source->flags & EVS_SOURCE_READ_ONLY))
		return true;
	shape = &clone->shape;
	if (core->port->places(core->ctx, index, shape, &core->places_again) < 0)
		return true; /* going away: its read will say so */
	clone->host_slot = core->places_again.slot;
	if (has_new_contact(core, clone))
		return false;
	frame = frame_begin(core, clone, EVS_NONE);
	add_slots(&frame, &core->places);
	for (uint16_t code = 0; code < ABS_CNT; code++) {
		/* One that moved meanwhile is right as it is. */
		if (((shape->resting >> code) & 1u) &&
		    core->places_again.axes[code] == shape->rest[code])
			frame_add(&frame, EV_ABS, code, core->places.axes[code]);
	}
	frame_end(&frame);
	return true;
}

/* ---- sounds */

void core_sink_sound(struct core *core, uint32_t sink, uint16_t code, int32_t value)
{
	const struct core_sink *known = &core->sinks[sink];
	struct core_clone *clone = known->is_clone ? feeder_of(core, sink) : NULL;
	const struct input_event events[2] = {event_make(EV_SND, code, value),
					      event_make(EV_SYN, SYN_REPORT, 0)};

	if (!clone || code >= SND_CNT || known->target != core->sources[clone->source].target ||
	    core->sources[clone->source].grab != GRAB_HELD)
		return;
	clone->sounding &= ~(UINT32_C(1) << code);
	clone->sounding |= (uint32_t)(value != 0) << code;
	core->port->inject(core->ctx, clone->source, events, 2);
}

/* ---- the tables */

int core_clone_add(struct core *core, uint32_t target, uint32_t index)
{
	struct core_sink *sink = &core->sinks[index];

	assert(index < EVS_SINK_MAX && !sink->is_present);
	if (target == EVS_HOST || target >= EVS_TARGET_MAX || !core->targets[target].is_present)
		return -ENOENT;
	memset(sink, 0, sizeof(*sink));
	sink->is_present = true;
	sink->is_clone = true;
	sink->target = target;
	return 0;
}

int core_clone_remove(struct core *core, uint32_t index)
{
	if (index >= EVS_SINK_MAX || !core->sinks[index].is_present || !core->sinks[index].is_clone)
		return -ENOENT;
	if (feeder_of(core, index))
		return -EBUSY;
	memset(&core->sinks[index], 0, sizeof(core->sinks[index]));
	return 0;
}

static bool may_feed(struct core *core, uint32_t target, uint32_t sink)
{
	return sink < EVS_SINK_MAX && core->sinks[sink].is_present && core->sinks[sink].is_clone &&
	       core->sinks[sink].target == target && !feeder_of(core, sink);
}

int core_clone_claim(struct core *core, uint32_t source, const struct clone_shape *shape,
		     const uint32_t sinks[EVS_TARGET_MAX])
{
	for (uint32_t target = 0; target < EVS_TARGET_MAX; target++) {
		if (sinks[target] != EVS_NONE && !may_feed(core, target, sinks[target]))
			return -EINVAL;
	}
	for (uint32_t i = 0; i < EVS_CLONE_MAX; i++) {
		struct core_clone *clone = &core->clones[i];

		if (clone->is_used)
			continue;
		memset(clone, 0, sizeof(*clone));
		clone->is_used = true;
		clone->source = source;
		clone->shape = *shape;
		memcpy(clone->sinks, sinks, sizeof(clone->sinks));
		forget_contacts(clone);
		return (int)i;
	}
	return -ENOSPC;
}
