/* SPDX-License-Identifier: MIT */
/*
 * What rules of a map press and release.
 *
 * Keys for the active target go into the frame that their trigger came in, in their order, because a frame may
 * press what another of its keys has just released. Keys for another target, and whatever is not part of a frame
 * (the end of a hold at a switch, the steps of a macro), are frames of their own.
 */
#include "frame.h"

#include <errno.h>

#define NS_PER_MS 1000000u

_Static_assert(SHAPER_MAPPED_MAX >= 2 * CORE_HOLDS_MAX * EVS_MAP_KEYS_MAX,
	       "a frame has room for all holds that end and begin in it");

/* ---- one key on one target */

static void emit_alone(struct core *core, uint32_t sink, uint16_t code, int32_t value)
{
	core->scratch[0] = event_make(EV_KEY, code, value);
	core->scratch[1] = event_make(EV_SYN, SYN_REPORT, 0);
	core->port->emit(core->ctx, sink, core->scratch, 2);
	core->port->flush(core->ctx);
}

/* `frame` is NULL for what is not part of one. */
static void put(struct core *core, struct frame *frame, uint32_t target, uint16_t code,
		int32_t value)
{
	struct input_event event = event_make(EV_KEY, code, value);

	if (frame && target == core->active && frame->source->grab == GRAB_HELD)
		shaper_push(&core->shaper, stream_of(code), &event);
	else
		emit_alone(core, core->targets[target].sinks[stream_of(code)], code, value);
}

/* Is there somebody to press a key for? Who is not active is asked only now. */
static bool is_consumed(struct core *core, uint32_t target, uint32_t sink)
{
	if (sink == EVS_NONE)
		return false;
	if (target != EVS_HOST && target != core->active)
		return core_ask_sink(core, sink);
	return core->sinks[sink].is_consumed;
}

/* The code that is down for it from now on, or KEY_RESERVED. */
static uint16_t press_key(struct core *core, struct frame *frame, uint32_t target, uint16_t code)
{
	const struct core_target *to = &core->targets[target];
	uint16_t as = profile_fold(to->profile, code);
	uint32_t index = to->sinks[stream_of(as)];

	if (!is_consumed(core, target, index))
		return KEY_RESERVED;
	if (sink_would_toggle(to, &core->sinks[index], as)) {
		core->counters.muted++;
		return KEY_RESERVED;
	}
	if (sink_press(&core->sinks[index], as))
		put(core, frame, target, as, 1);
	return as;
}

static void release_key(struct core *core, struct frame *frame, uint32_t target, uint16_t as)
{
	uint32_t index = core->targets[target].sinks[stream_of(as)];

	if (sink_release(&core->sinks[index], as))
		put(core, frame, target, as, 0);
}

/* ---- holds */

static void begin(struct core *core, struct frame *frame, struct core_hold *hold,
		  const struct evs_map_rule *rule)
{
	hold->target = rule->target == EVS_NONE ? core->active : rule->target;
	hold->count = 0;
	for (uint32_t i = 0; i < rule->key_count; i++) {
		uint16_t as = press_key(core, frame, hold->target, rule->keys[i]);

		if (as != KEY_RESERVED)
			hold->keys[hold->count++] = as;
	}
}

static void end(struct core *core, struct frame *frame, struct core_hold *hold)
{
	while (hold->count > 0)
		release_key(core, frame, hold->target, hold->keys[--hold->count]);
}

static struct core_hold *find(struct core *core, uint32_t source, uint16_t code)
{
	for (uint32_t i = 0; i < core->hold_count; i++) {
		if (core->holds[i].source == source && core->holds[i].code == code)
			return &core->holds[i];
	}
	return NULL;
}

/* Lets go of one; the last of the list takes its place. */
static void drop(struct core *core, struct frame *frame, struct core_hold *hold)
{
	end(core, frame, hold);
	*hold = core->holds[--core->hold_count];
}

static bool has_code(const struct evs_hotkey *hotkey, uint16_t code)
{
	for (uint32_t i = 0; i < hotkey->key_count; i++) {
		if (hotkey->keys[i] == code)
			return true;
	}
	return false;
}

void core_holds_withdraw(struct core *core, const struct evs_hotkey *hotkey)
{
	for (uint32_t i = core->hold_count; i-- > 0;) {
		if (has_code(hotkey, core->holds[i].code))
			drop(core, NULL, &core->holds[i]);
	}
}

void core_holds_check(struct core *core, uint32_t source)
{
	struct core_source *known = &core->sources[source];

	for (uint32_t i = core->hold_count; i-- > 0;) {
		const struct core_hold *hold = &core->holds[i];

		if (hold->source == source && !keyset_has(&known->down, hold->code))
			drop(core, NULL, &core->holds[i]);
	}
	if (known->scroller != 0 && !keyset_has(&known->down, known->scroller))
		known->scroller = 0;
}

void core_holds_forget_sink(struct core *core, uint32_t sink)
{
	const struct core_sink *known = &core->sinks[sink];
	uint32_t stream;

	if (known->is_clone)
		return;
	stream = core->targets[known->target].sinks[SHAPER_MOUSE] == sink ? SHAPER_MOUSE
									  : SHAPER_KEYBOARD;
	for (uint32_t i = core->hold_count; i-- > 0;) {
		struct core_hold *hold = &core->holds[i];
		uint32_t kept = 0;

		if (hold->target != known->target)
			continue;
		for (uint32_t key = 0; key < hold->count; key++) {
			if (stream_of(hold->keys[key]) != stream)
				hold->keys[kept++] = hold->keys[key];
		}
		hold->count = kept;
	}
	for (uint32_t i = 0; i < core->macro_count; i++) {
		struct core_macro *macro = &core->macros[i];
		uint32_t kept = 0;

		if (macro->target != known->target)
			continue;
		for (uint32_t key = 0; key < macro->count; key++) {
			if (stream_of(macro->keys[key]) != stream)
				macro->keys[kept++] = macro->keys[key];
		}
		macro->count = kept;
	}
}

/* ---- macros */

static void stop(struct core *core, struct core_macro *macro)
{
	while (macro->count > 0)
		release_key(core, NULL, macro->target, macro->keys[--macro->count]);
	*macro = core->macros[--core->macro_count];
}

static void play_step(struct core *core, struct core_macro *macro, const struct evs_map_step *step)
{
	uint16_t as = profile_fold(core->targets[macro->target].profile, step->code);

	if (step->is_press) {
		as = press_key(core, NULL, macro->target, step->code);
		if (as != KEY_RESERVED)
			macro->keys[macro->count++] = as;
		return;
	}
	for (uint32_t i = 0; i < macro->count; i++) {
		if (macro->keys[i] != as)
			continue;
		release_key(core, NULL, macro->target, as);
		macro->keys[i] = macro->keys[--macro->count];
		return;
	}
}

/* Plays what is due. Waits count from when a step was played: never faster than was said. False at its end. */
static bool play(struct core *core, struct core_macro *macro, uint64_t now)
{
	const struct evs_map_rule *rule = &macro->rule->is;

	while (macro->due_ns <= now) {
		const struct evs_map_step *steps = &core->map->steps[rule->first_step];

		play_step(core, macro, &steps[macro->at]);
		if (++macro->at == rule->step_count)
			return false;
		macro->due_ns = now + (uint64_t)steps[macro->at].wait_ms * NS_PER_MS;
	}
	return true;
}

/* One that runs already for this source is not begun again. */
static void begin_macro(struct core *core, uint32_t source, const struct map_rule *rule)
{
	const struct evs_map_step *first = &core->map->steps[rule->is.first_step];
	uint32_t target = rule->is.target == EVS_NONE ? core->active : rule->is.target;

	if (core->macro_count == CORE_MACROS_MAX)
		return;
	for (uint32_t i = 0; i < core->macro_count; i++) {
		if (core->macros[i].rule == rule && core->macros[i].source == source)
			return;
	}
	core->macros[core->macro_count++] = (struct core_macro){
		.rule = rule,
		.source = source,
		.target = target,
		.due_ns = core->port->now(core->ctx) + (uint64_t)first->wait_ms * NS_PER_MS,
	};
}

/* ---- all of it */

void core_holds_release(struct core *core)
{
	while (core->hold_count > 0)
		drop(core, NULL, &core->holds[core->hold_count - 1]);
	while (core->macro_count > 0)
		stop(core, &core->macros[core->macro_count - 1]);
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++)
		core->sources[i].scroller = 0;
}

void core_macros_stop(struct core *core, uint32_t source)
{
	for (uint32_t i = core->macro_count; i-- > 0;) {
		if (core->macros[i].source == source)
			stop(core, &core->macros[i]);
	}
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	if (a == 0 || b == 0)
		return a == 0 ? b : a;
	return a < b ? a : b;
}

void core_alarm(struct core *core)
{
	uint64_t now = core->port->now(core->ctx);
	uint64_t next = 0;

	for (uint32_t i = core->macro_count; i-- > 0;) {
		if (!play(core, &core->macros[i], now))
			stop(core, &core->macros[i]);
	}
	motion_send_due(core, core->active, now);
	for (uint32_t i = 0; i < core->macro_count; i++)
		next = earlier(next, core->macros[i].due_ns);
	if (core->targets[core->active].motion[0] != 0 ||
	    core->targets[core->active].motion[1] != 0)
		next = earlier(next, core->targets[core->active].next_motion_ns);
	if (next == core->alarm_ns && (next == 0 || next > now))
		return;
	core->alarm_ns = next;
	core->port->alarm(core->ctx, next);
}

/* ---- the map */

void core_map_refresh_source(struct core *core, uint32_t index)
{
	struct core_source *source = &core->sources[index];
	const struct core_target *target = &core->targets[core->active];

	memset(source->rests, 0, sizeof(source->rests));
	memset(source->turns, 0, sizeof(source->turns));
	source->table = NULL;
	source->is_diverted = false;
	if (source->is_pinned)
		return; /* rules and rates are those of the active target */
	source->table = map_table_for(core->map, source->source_class, core->active);
	source->is_diverted = (source->table && source->table->is_of_motion) ||
			      target->motion_ns != 0 ||
			      target->profile == EVS_PROFILE_WINDOWS_VIRTIO;
}

void core_map_refresh(struct core *core)
{
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++)
		core_map_refresh_source(core, i);
}

void core_map_set(struct core *core, const struct map *map)
{
	/* Their steps go with the map before; holds have copies of what they press. */
	while (core->macro_count > 0)
		stop(core, &core->macros[core->macro_count - 1]);
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++)
		core->sources[i].scroller = 0;
	core->map = map;
	core_map_refresh(core);
}

int core_source_classify(struct core *core, uint32_t index, uint32_t source_class)
{
	if (index >= EVS_SOURCE_MAX || !core->sources[index].is_present)
		return -ENOENT;
	if (source_class >= EVS_MAP_CLASS_MAX)
		return -EINVAL;
	core->sources[index].source_class = source_class;
	core_map_refresh_source(core, index);
	return 0;
}

/* ---- a frame's way */

/* The other keys of a chord go up on the active target, in the frame; their fingers are muted. */
static void withdraw_others(struct frame *frame, const struct evs_hotkey *when)
{
	struct core *core = frame->core;
	const struct core_target *target = &core->targets[core->active];

	for (uint32_t key = 0; key + 1 < when->key_count; key++) {
		uint16_t code = when->keys[key];

		for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
			struct core_source *source = &core->sources[i];
			struct core_hold *hold = find(core, i, code);

			if (hold)
				drop(core, frame, hold);
			if (!keyset_has(&source->sent, code) || source->target != core->active)
				continue;
			keyset_remove(&source->sent, code);
			if (sink_release(
				    &core->sinks[target->sinks[stream_of(source->sent_as[code])]],
				    source->sent_as[code]))
				put(core, frame, core->active, source->sent_as[code], 0);
		}
	}
}

static void press_rule(struct frame *frame, const struct map_rule *rule, uint16_t code)
{
	struct core *core = frame->core;
	struct core_source *source = frame->source;
	struct core_hold *hold = &core->holds[core->hold_count];

	switch (rule->is.kind) {
	case EVS_MAP_KEYS:
		if (core->hold_count == CORE_HOLDS_MAX)
			return;
		*hold = (struct core_hold){.source = frame_source(frame), .code = code};
		core->hold_count++;
		begin(core, frame, hold, &rule->is);
		break;
	case EVS_MAP_MACRO:
		begin_macro(core, frame_source(frame), rule);
		frame->has_macro = frame->is_unfinished = true;
		break;
	case EVS_MAP_SCROLL:
		source->scroller = code;
		source->has_scrolled = false;
		memset(source->turns, 0, sizeof(source->turns));
		break;
	default:
		break; /* blocked */
	}
}

bool hold_press(struct frame *frame, uint16_t code)
{
	struct core *core = frame->core;
	const struct core_source *source = frame->source;
	const struct map_rule *rule = map_find(core->map, source->table, code, core->held);

	if (!rule)
		return false;
	if (rule->is.kind == EVS_MAP_ACTION) {
		if (!frame->fired)
			frame->fired = &rule->keys;
		frame->is_unfinished = true;
		shaper_swallow(&core->shaper);
		return true;
	}
	/* The host has seen the key already. */
	if (source->grab != GRAB_HELD && rule->is.target == EVS_NONE)
		return false;
	shaper_swallow(&core->shaper);
	withdraw_others(frame, &rule->is.when);
	press_rule(frame, rule, code);
	return true;
}

bool hold_lift(struct frame *frame, uint16_t code)
{
	struct core *core = frame->core;
	struct core_source *source = frame->source;
	struct core_hold *hold;

	if (source->scroller == code && code != 0) {
		source->scroller = 0;
		frame->clicked = source->has_scrolled ? 0 : code;
		frame->is_unfinished |= !source->has_scrolled;
		shaper_swallow(&core->shaper);
		return true;
	}
	if (core->hold_count == 0)
		return false;
	hold = find(core, frame_source(frame), code);
	if (!hold)
		return false;
	shaper_swallow(&core->shaper);
	drop(core, frame, hold);
	return true;
}

bool hold_repeat(struct frame *frame, uint16_t code)
{
	struct core *core = frame->core;
	const struct core_hold *hold;

	if (core->hold_count == 0)
		return false;
	hold = find(core, frame_source(frame), code);
	if (!hold || hold->count == 0 || core->targets[hold->target].repeat != EVS_REPEAT_ON)
		return false;
	shaper_swallow(&core->shaper);
	put(core, frame, hold->target, hold->keys[hold->count - 1], 2);
	return true;
}

/* Down and up, for what is not held. It is in the list meanwhile, in case its consumer goes. */
static void tap(struct core *core, const struct evs_map_rule *rule)
{
	struct core_hold *hold = &core->holds[core->hold_count];

	if (core->hold_count == CORE_HOLDS_MAX)
		return;
	*hold = (struct core_hold){.source = EVS_NONE};
	core->hold_count++;
	begin(core, NULL, hold, rule);
	drop(core, NULL, hold);
}

static void finish_wheel(struct frame *frame, uint16_t trigger, uint32_t detents)
{
	struct core *core = frame->core;
	const struct map_rule *rule =
		map_find(core->map, frame->source->table, trigger, core->held);

	if (!rule)
		return; /* a hotkey of the same frame has its keys */
	if (rule->is.kind == EVS_MAP_ACTION) {
		if (!frame->fired)
			frame->fired = &rule->keys;
		return;
	}
	core_withdraw(core, &rule->keys);
	for (uint32_t i = 0; rule->is.kind == EVS_MAP_KEYS && i < detents; i++)
		tap(core, &rule->is);
	if (rule->is.kind == EVS_MAP_MACRO) {
		begin_macro(core, frame_source(frame), rule);
		frame->has_macro = true;
	}
}

void hold_finish(struct frame *frame)
{
	struct core *core = frame->core;

	for (uint32_t wheel = 0; wheel < FRAME_WHEELS; wheel++) {
		if (frame->detents[wheel] > 0)
			finish_wheel(frame, (uint16_t)(EVS_WHEEL_UP + wheel),
				     frame->detents[wheel]);
	}
	if (frame->clicked != 0)
		tap(core, &(struct evs_map_rule){
				  .target = EVS_NONE, .key_count = 1, .keys = {frame->clicked}});
	if (frame->has_macro)
		core_alarm(core);
}
