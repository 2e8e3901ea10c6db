/* SPDX-License-Identifier: MIT */
#include "apart.h"
#include "frame.h"

#include <errno.h>

/* ---- pressing and releasing on sinks */

static uint32_t stream_of_sink(const struct core *core, uint32_t sink)
{
	const struct core_target *target = &core->targets[core->sinks[sink].target];

	if (core->sinks[sink].is_clone)
		return EVS_SINK_CLONE;
	return target->sinks[SHAPER_MOUSE] == sink ? SHAPER_MOUSE : SHAPER_KEYBOARD;
}

static void emit_end(struct core *core, uint32_t sink, uint32_t count)
{
	if (count == 0)
		return;
	core->scratch[count++] = event_make(EV_SYN, SYN_REPORT, 0);
	core->port->emit(core->ctx, sink, core->scratch, count);
	core->port->flush(core->ctx);
}

void core_release_source(struct core *core, uint32_t index)
{
	struct core_source *source = &core->sources[index];
	const struct core_target *target = &core->targets[source->target];

	core_macros_stop(core, index);
	if (keyset_is_empty(&source->sent))
		return;
	for (uint32_t stream = 0; stream < SHAPER_STREAMS; stream++) {
		uint32_t sink = target->sinks[stream];
		uint32_t count = 0;

		KEYSET_FOR_EACH(code, &source->sent)
		{
			uint16_t as = source->sent_as[code];

			if (stream_of(as) == stream && sink_release(&core->sinks[sink], as))
				core->scratch[count++] = event_make(EV_KEY, as, 0);
		}
		emit_end(core, sink, count);
	}
	keyset_clear(&source->sent);
}

enum release {
	RELEASE_ALL,
	RELEASE_UNPINNED, /* what pinned sources hold stays down: their target is not left */
};

/* Keys that sources hold down on a sink go up: those of `which` (NULL: any). Fingers that still hold them are muted. */
static void release_keys(struct core *core, uint32_t index, enum release whose,
			 const struct keyset *which)
{
	struct core_sink *sink = &core->sinks[index];
	uint32_t stream = stream_of_sink(core, index);
	bool is_whole = whose == RELEASE_ALL && !which; /* what rules of a map hold, too */
	struct keyset before = sink->pressed;
	uint32_t count = 0;

	if (is_whole)
		core_holds_forget_sink(core, index);
	if (keyset_is_empty(&before))
		return;
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
		struct core_source *source = &core->sources[i];

		if (source->target != sink->target ||
		    (source->is_pinned && whose == RELEASE_UNPINNED))
			continue;
		KEYSET_FOR_EACH(code, &source->sent)
		{
			uint16_t as = source->sent_as[code];

			if (stream_of(as) != stream || (which && !keyset_has(which, as)))
				continue;
			keyset_remove(&source->sent, (uint16_t)code);
			sink_release(sink, as);
		}
	}
	if (is_whole) {
		keyset_clear(&sink->pressed);
		memset(sink->holders, 0, sizeof(sink->holders));
	}
	KEYSET_FOR_EACH(code, &before)
	{
		if (!keyset_has(&sink->pressed, (uint16_t)code))
			core->scratch[count++] = event_make(EV_KEY, (uint16_t)code, 0);
	}
	emit_end(core, index, count);
}

/* The active target is left. */
static void release_all(struct core *core)
{
	const struct core_target *target = &core->targets[core->active];

	core_motion_end(core);
	core_holds_release(core);
	for (uint32_t stream = 0; stream < SHAPER_STREAMS; stream++) {
		if (target->sinks[stream] != EVS_NONE)
			release_keys(core, target->sinks[stream], RELEASE_UNPINNED, NULL);
	}
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
		if (!core->sources[i].is_pinned)
			core_clone_release(core, i);
	}
}

void core_part_keys(struct core *core, uint32_t target, const uint16_t *keys, uint32_t count)
{
	struct keyset parted = {0};

	for (uint32_t i = 0; i < count; i++)
		keyset_add(&parted, keys[i]);
	for (uint32_t i = 0; i < EVS_SINK_MAX; i++) {
		const struct core_sink *sink = &core->sinks[i];

		if (!sink->is_present || sink->target != target ||
		    !keyset_has_all(&sink->pressed, &parted))
			continue;
		core_holds_release(core);
		if (sink->is_clone)
			core_clone_release_sink(core, i);
		else
			release_keys(core, i, RELEASE_ALL, &parted);
	}
}

/* ---- one switch's way */

bool core_target_is_consumed(const struct core *core, uint32_t target)
{
	for (uint32_t i = 0; i < EVS_SINK_MAX; i++) {
		const struct core_sink *sink = &core->sinks[i];

		if (sink->is_present && sink->target == target && sink->is_consumed)
			return true;
	}
	return core->targets[target].swallows;
}

/* A pinned source is grabbed while somebody consumes its target. */
static void settle_pinned(struct core *core, uint32_t target)
{
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
		struct core_source *source = &core->sources[i];

		if (!source->is_pinned || source->target != target)
			continue;
		source->grab_attempts = 0;
		core_settle(core, i);
	}
}

bool core_ask_sink(struct core *core, uint32_t index)
{
	struct core_sink *sink = &core->sinks[index];
	bool is_consumed = core->port->is_consumed(core->ctx, index);

	if (is_consumed == sink->is_consumed)
		return is_consumed;
	if (!is_consumed)
		keyset_clear(&sink->doubtful);
	/* A key left down would delay the next consumer's grab. */
	if (!is_consumed && sink->is_clone)
		core_clone_release_sink(core, index);
	else if (!is_consumed)
		release_keys(core, index, RELEASE_ALL, NULL);
	sink->is_consumed = is_consumed;
	core_notify(core, &(struct evs_event){
				  .kind = EVS_EVENT_CONSUMER,
				  .target = sink->target,
				  .source = EVS_NONE,
				  .previous = stream_of_sink(core, index),
				  .sink = index,
				  .value = is_consumed,
			  });
	if (is_consumed && sink->is_clone)
		core_clone_consumed(core, index);
	settle_pinned(core, sink->target);
	return is_consumed;
}

static void settle_all(struct core *core)
{
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
		core->sources[i].grab_attempts = 0;
		core_settle(core, i);
	}
}

static void set_lock(struct core *core, bool is_locked)
{
	if (core->is_locked == is_locked)
		return;
	core->is_locked = is_locked;
	core_notify(core, &(struct evs_event){.kind = EVS_EVENT_LOCKED,
					      .source = EVS_NONE,
					      .target = core->active,
					      .previous = EVS_NONE,
					      .value = is_locked});
}

static void activate(struct core *core, uint32_t target, uint32_t reason)
{
	uint32_t previous = core->active;

	release_all(core);
	core_lamps_note(core);
	core->active = target;
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
		if (!core->sources[i].is_pinned)
			core->sources[i].target = target;
	}
	core->counters.switches++;
	core_map_refresh(core);
	settle_all(core);
	core_lamps_show(core);
	core_notify(core, &(struct evs_event){
				  .kind = EVS_EVENT_SWITCHED,
				  .source = EVS_NONE,
				  .target = target,
				  .previous = previous,
				  .reason = reason,
				  .value = core->frame_ns,
			  });
	set_lock(core, false);
}

/*
 * Does anybody consume a target, or does it swallow? An active one that nobody does is left at once (rule 7).
 */
static bool ask_target(struct core *core, uint32_t index)
{
	bool is_consumed = core->targets[index].swallows;

	for (uint32_t i = 0; i < EVS_SINK_MAX; i++) {
		const struct core_sink *sink = &core->sinks[i];

		if (sink->is_present && sink->target == index && core_ask_sink(core, i))
			is_consumed = true;
	}
	if (is_consumed)
		return true;
	core->targets[index].lamps = 0;
	if (index == core->active)
		activate(core, EVS_HOST, EVS_REASON_CONSUMER_GONE);
	return false;
}

static int refuse(struct core *core, uint32_t target, uint32_t reason, int error)
{
	core->counters.refusals++;
	core_notify(core, &(struct evs_event){
				  .kind = EVS_EVENT_REFUSED,
				  .source = EVS_NONE,
				  .target = target,
				  .previous = core->active,
				  .reason = reason,
				  .result = error,
			  });
	return error;
}

int core_switch(struct core *core, uint32_t target, uint32_t reason)
{
	bool was_panicked = core->is_panicked;

	if (target >= EVS_TARGET_MAX || !core->targets[target].is_present)
		return -ENOENT;
	if (core->is_stopping && target != EVS_HOST)
		return -ESHUTDOWN;
	if (target != EVS_HOST && !ask_target(core, target))
		return refuse(core, target, reason, -ENOTCONN);
	core->is_panicked = false;
	if (target != core->active)
		activate(core, target, reason);
	else if (was_panicked)
		settle_all(core);
	set_lock(core, false);
	return 0;
}

static void back_to_host(struct core *core, uint32_t reason)
{
	core->is_panicked = true;
	if (core->active != EVS_HOST) {
		activate(core, EVS_HOST, reason);
	} else {
		release_all(core); /* on the proxied host */
		core_lamps_note(core);
		settle_all(core);
	}
	set_lock(core, false);
}

void core_panic(struct core *core)
{
	core->counters.panics++;
	back_to_host(core, EVS_REASON_PANIC);
	core_notify(core, &(struct evs_event){.kind = EVS_EVENT_PANIC,
					      .source = EVS_NONE,
					      .target = EVS_HOST,
					      .previous = EVS_NONE});
}

void core_stop(struct core *core)
{
	core->is_stopping = true;
	back_to_host(core, EVS_REASON_STOP);
}

void core_ask_presence(struct core *core)
{
	for (uint32_t i = EVS_HOST + 1; i < EVS_TARGET_MAX; i++) {
		if (core->targets[i].is_present)
			ask_target(core, i);
	}
}

void core_resumed(struct core *core)
{
	if (core->active != EVS_HOST)
		activate(core, EVS_HOST, EVS_REASON_RESUMED);
	set_lock(core, false);
	/* The kernel released every key of every device when it went to sleep, those of nodes too. */
	core_motion_end(core);
	core_holds_release(core);
	for (uint32_t i = 0; i < EVS_SINK_MAX; i++) {
		if (core->sinks[i].is_present && !core->sinks[i].is_clone)
			release_keys(core, i, RELEASE_ALL, NULL);
	}
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
		core_clone_release(core, i);
		if (core->sources[i].is_present)
			core_resync(core, i);
	}
	core_notify(core, &(struct evs_event){.kind = EVS_EVENT_RESUMED,
					      .source = EVS_NONE,
					      .target = EVS_NONE,
					      .previous = EVS_NONE});
}

/* ---- repairing a consumer */

/* Keys that a consumer may believe down although they are up: which, it does not tell. */
static struct keyset doubtful_keys(const struct core_sink *sink, uint32_t stream)
{
	static const uint16_t modifiers[] = {
		KEY_LEFTCTRL,  KEY_LEFTSHIFT,  KEY_LEFTALT,  KEY_LEFTMETA,
		KEY_RIGHTCTRL, KEY_RIGHTSHIFT, KEY_RIGHTALT, KEY_RIGHTMETA,
	};
	uint32_t recent_count =
		sink->press_count < CORE_RECENT_MAX ? sink->press_count : CORE_RECENT_MAX;
	struct keyset doubtful = {0};

	for (uint32_t i = 0; i < recent_count; i++)
		keyset_add(&doubtful, sink->recent[i]);
	for (uint32_t i = 0; stream == SHAPER_KEYBOARD && i < 8; i++)
		keyset_add(&doubtful, modifiers[i]);
	return doubtful;
}

/* The kernel passes no second release of a key: only a press and a release do. */
static void tap_one_doubtful(struct core *core, uint32_t index)
{
	struct core_sink *sink = &core->sinks[index];
	const struct core_target *target = &core->targets[sink->target];

	KEYSET_FOR_EACH(code, &sink->doubtful)
	{
		const struct input_event tap[] = {
			event_make(EV_KEY, (uint16_t)code, 1),
			event_make(EV_SYN, SYN_REPORT, 0),
			event_make(EV_KEY, (uint16_t)code, 0),
			event_make(EV_SYN, SYN_REPORT, 0),
		};

		keyset_remove(&sink->doubtful, (uint16_t)code);
		if (sink_would_toggle(target, sink, (uint16_t)code))
			continue;
		core->port->emit(core->ctx, index, tap, 4);
		core->port->flush(core->ctx);
		return;
	}
}

static bool is_repairable(const struct core_sink *sink, uint32_t target)
{
	return sink->is_present && sink->target == target && sink->is_consumed;
}

/* With a key that is held a tap might be a shortcut, or complete a hotkey. */
static bool has_key_down(const struct core *core, uint32_t target)
{
	for (uint32_t i = 0; i < EVS_SINK_MAX; i++) {
		if (is_repairable(&core->sinks[i], target) && !core->sinks[i].is_clone &&
		    !keyset_is_empty(&core->sinks[i].pressed))
			return true;
	}
	return false;
}

static uint32_t doubtful_count(const struct core *core, uint32_t target)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < EVS_SINK_MAX; i++) {
		if (is_repairable(&core->sinks[i], target))
			count += keyset_count(&core->sinks[i].doubtful);
	}
	return count;
}

static void begin_repair(struct core *core, uint32_t index)
{
	struct core_sink *sink = &core->sinks[index];

	if (sink->is_clone) {
		core_clone_release_sink(core, index);
		return;
	}
	release_keys(core, index, RELEASE_ALL, NULL);
	sink->doubtful = doubtful_keys(sink, stream_of_sink(core, index));
	sink->press_count = 0;
}

int core_target_repair(struct core *core, uint32_t target)
{
	bool is_begun;

	if (target >= EVS_TARGET_MAX || !core->targets[target].is_present)
		return -ENOENT;
	if (target == EVS_HOST)
		return -EINVAL;
	if (!ask_target(core, target) || core->targets[target].swallows)
		return -ENOTCONN;
	is_begun = doubtful_count(core, target) > 0;
	for (uint32_t i = 0; !is_begun && i < EVS_SINK_MAX; i++) {
		if (is_repairable(&core->sinks[i], target))
			begin_repair(core, i);
	}
	for (uint32_t i = 0; !has_key_down(core, target) && i < EVS_SINK_MAX; i++) {
		if (is_repairable(&core->sinks[i], target))
			tap_one_doubtful(core, i);
	}
	return (int)doubtful_count(core, target);
}

/* ---- hotkeys */

/* The host always can be active. */
int core_switch_by(struct core *core, bool is_forward, uint32_t reason)
{
	uint32_t step = is_forward ? 1 : EVS_TARGET_MAX - 1;
	uint32_t first = EVS_NONE;
	uint32_t target = core->active;

	for (;;) {
		target = (target + step) % EVS_TARGET_MAX;
		if (!core->targets[target].is_present)
			continue;
		if (target == core->active)
			break;
		if (first == EVS_NONE)
			first = target;
		if (target == EVS_HOST || ask_target(core, target))
			return core_switch(core, target, reason);
	}
	/* Nowhere to go: say so for the one that was meant. */
	return core_switch(core, first == EVS_NONE ? core->active : first, reason);
}

static bool is_switch(const struct evs_hotkey *hotkey)
{
	return hotkey->action == EVS_ACTION_NEXT || hotkey->action == EVS_ACTION_PREVIOUS ||
	       hotkey->action == EVS_ACTION_TARGET;
}

static void act(struct core *core, const struct evs_hotkey *hotkey)
{
	if (core->is_locked && is_switch(hotkey))
		return;
	switch (hotkey->action) {
	case EVS_ACTION_NEXT:
	case EVS_ACTION_PREVIOUS:
		core_switch_by(core, hotkey->action == EVS_ACTION_NEXT, EVS_REASON_HOTKEY);
		break;
	case EVS_ACTION_TARGET:
		core_switch(core, hotkey->target == core->active ? EVS_HOST : hotkey->target,
			    EVS_REASON_HOTKEY);
		break;
	case EVS_ACTION_PANIC:
		core_panic(core);
		break;
	case EVS_ACTION_LOCK:
		set_lock(core, !core->is_locked);
		break;
	case EVS_ACTION_HOOK:
		core_notify(core, &(struct evs_event){.kind = EVS_EVENT_HOOK,
						      .source = EVS_NONE,
						      .target = core->active,
						      .previous = EVS_NONE,
						      .value = hotkey->target});
		break;
	default:
		assert(!"hotkeys_set() let an unknown action in");
	}
}

/* ---- one frame's way */

/* The sinks that a frame of this source may go to now. */
static void route(const struct core *core, const struct core_source *source,
		  uint32_t sinks[SHAPER_STREAMS])
{
	const struct core_target *target = &core->targets[source->target];

	for (uint32_t stream = 0; stream < SHAPER_STREAMS; stream++) {
		uint32_t sink = target->sinks[stream];

		sinks[stream] = EVS_NONE;
		if (sink != EVS_NONE && source->grab == GRAB_HELD && core->sinks[sink].is_consumed)
			sinks[stream] = sink;
	}
}

static void swallow_key(struct frame *frame)
{
	frame->core->counters.muted += frame->source->grab == GRAB_HELD;
	shaper_swallow(&frame->core->shaper);
}

/* Passes the event on under the code and value that the sink is to see. */
static void push_key(struct frame *frame, const struct input_event *event, uint16_t as,
		     int32_t value)
{
	struct shaper *shaper = &frame->core->shaper;

	if (event->code == as && event->value == value) {
		shaper_push(shaper, stream_of(as), event);
	} else {
		struct input_event changed = *event;

		changed.code = as;
		changed.value = value;
		shaper_push(shaper, stream_of(as), &changed);
	}
}

static void press(struct frame *frame, const struct input_event *event)
{
	struct core *core = frame->core;
	struct core_source *source = frame->source;
	const struct core_target *target = &core->targets[source->target];
	uint16_t code = event->code;
	uint16_t as = profile_fold(target->profile, code);
	uint32_t index = frame->sinks[stream_of(as)];
	const struct evs_hotkey *hotkey;
	struct core_sink *sink;

	if (keyset_has(&source->down, code)) {
		swallow_key(frame); /* a driver that reports a held key again */
		return;
	}
	keyset_add(&source->down, code);
	core->held[code]++;

	hotkey = hotkeys_match(&core->hotkeys, code, core->held);
	if (hotkey) {
		if (!frame->fired || hotkey->action == EVS_ACTION_PANIC)
			frame->fired = hotkey;
		frame->is_unfinished = true;
		swallow_key(frame);
		return;
	}
	if (source->table && hold_press(frame, code))
		return;
	if (index == EVS_NONE) {
		shaper_swallow(&core->shaper);
		return;
	}
	sink = &core->sinks[index];
	if (sink_would_toggle(target, sink, as)) {
		swallow_key(frame);
		return;
	}
	keyset_add(&source->sent, code);
	source->sent_as[code] = as;
	if (sink_press(sink, as))
		push_key(frame, event, as, 1);
	else
		shaper_swallow(&core->shaper);
}

static void lift(struct frame *frame, const struct input_event *event)
{
	struct core *core = frame->core;
	struct core_source *source = frame->source;
	uint16_t code = event->code;
	uint16_t as;
	uint32_t sink;

	if (keyset_has(&source->down, code)) {
		keyset_remove(&source->down, code);
		core->held[code]--;
	}
	if (!keyset_has(&source->sent, code)) {
		if (!hold_lift(frame, code))
			swallow_key(frame);
		return;
	}
	keyset_remove(&source->sent, code);
	as = source->sent_as[code];
	sink = core->targets[source->target].sinks[stream_of(as)];
	assert(sink != EVS_NONE);
	if (sink_release(&core->sinks[sink], as))
		push_key(frame, event, as, 0);
	else
		shaper_swallow(&core->shaper);
}

static void repeat(struct frame *frame, const struct input_event *event)
{
	struct core *core = frame->core;
	struct core_source *source = frame->source;

	if (core->targets[source->target].repeat == EVS_REPEAT_ON &&
	    keyset_has(&source->sent, event->code))
		push_key(frame, event, source->sent_as[event->code], 2);
	else if (!hold_repeat(frame, event->code))
		shaper_swallow(&core->shaper);
}

static void route_key(struct frame *frame, const struct input_event *event)
{
	if (event->code >= KEY_CNT)
		shaper_swallow(&frame->core->shaper);
	else if (event->value == 0)
		lift(frame, event);
	else if (event->value == 2)
		repeat(frame, event);
	else
		press(frame, event);
}

static void withdraw_from(struct core *core, uint32_t index, const struct evs_hotkey *hotkey)
{
	const struct core_target *target = &core->targets[index];

	for (uint32_t stream = 0; stream < SHAPER_STREAMS; stream++) {
		uint32_t count = 0;

		for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
			struct core_source *source = &core->sources[i];

			if (source->target != index || keyset_is_empty(&source->sent))
				continue;
			for (uint32_t key = 0; key < hotkey->key_count; key++) {
				uint16_t code = hotkey->keys[key];
				uint16_t as = source->sent_as[code];

				if (!keyset_has(&source->sent, code) || stream_of(as) != stream)
					continue;
				keyset_remove(&source->sent, code);
				if (sink_release(&core->sinks[target->sinks[stream]], as))
					core->scratch[count++] = event_make(EV_KEY, as, 0);
			}
		}
		emit_end(core, target->sinks[stream], count);
	}
}

/* The chord does nothing: what of it reached a target goes up again, and the fingers are muted. */
void core_withdraw(struct core *core, const struct evs_hotkey *hotkey)
{
	core_holds_withdraw(core, hotkey);
	for (uint32_t target = 0; target < EVS_TARGET_MAX; target++)
		withdraw_from(core, target, hotkey);
	core_clones_withdraw(core, hotkey);
}

void core_move(struct core *core, const struct core_source *source,
	       const struct input_event *events, uint32_t count)
{
	uint32_t sink = core->targets[source->target].sinks[SHAPER_MOUSE];

	core->counters.frames_in++;
	if (source->grab != GRAB_HELD)
		return;
	if (sink != EVS_NONE && core->sinks[sink].is_consumed)
		core->port->emit(core->ctx, sink, events, count);
	else
		core->counters.unconsumed++;
}

void core_fire(struct core *core, const struct evs_hotkey *hotkey, const struct input_event *report)
{
	core->frame_ns = event_time_ns(report);
	core_withdraw(core, hotkey);
	act(core, hotkey);
	core->frame_ns = 0;
}

/* What waits until the frame has been passed on whole. */
static APART void end_frame(struct frame *frame, uint32_t index, const struct input_event *report)
{
	struct core *core = frame->core;

	core->port->flush(core->ctx);
	hold_finish(frame);
	if (frame->has_lamps)
		core_lamps_tend(core, index);
	if (frame->fired)
		core_fire(core, frame->fired, report);
}

void core_frame(struct core *core, uint32_t index, const struct input_event *events, uint32_t count)
{
	struct frame frame = {.core = core, .source = &core->sources[index]};
	struct shaper *shaper = &core->shaper;
	const struct input_event *report = &events[count - 1];

	assert(count > 0 && event_is_report(report));
	core->counters.frames_in++;
	route(core, frame.source, frame.sinks);
	shaper_begin(shaper, core->targets[frame.source->target].profile, events);
	if (frame.source->is_diverted)
		motion_take(&frame, events, report);
	for (const struct input_event *event = events; event < report; event++) {
		switch (event->type) {
		case EV_REL:
			if (frame.source->is_diverted)
				motion_take_wheel(&frame, event);
			else
				shaper_push_relative(shaper, event);
			break;
		case EV_KEY:
			route_key(&frame, event);
			break;
		case EV_MSC:
			shaper_push_misc(shaper, event);
			break;
		case EV_LED:
			shaper_swallow(shaper);
			if (core_lamps_differ(frame.source, event->code, event->value))
				frame.has_lamps = frame.is_unfinished = true;
			break;
		default:
			shaper_swallow(shaper);
			break;
		}
	}
	if (frame.source->grab == GRAB_HELD)
		core->counters.unconsumed +=
			shaper_end(shaper, report, frame.sinks, core->port, core->ctx);
	if (frame.is_unfinished)
		end_frame(&frame, index, report);
}
