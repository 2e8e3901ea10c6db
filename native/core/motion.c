/* SPDX-License-Identifier: MIT */
/*
 * Motion that is not passed on as it is.
 *
 * Axis rules multiply by a factor; what is less than one count is kept for the next frame, so nothing is lost.
 * While a key of scrolling is down, motion turns the wheels. For a target with a rate, frames of nothing but
 * motion are added up until the next may be sent; whatever else a frame holds goes at once, behind what waits,
 * so a click lands where the pointer was.
 */
#include "frame.h"

static int32_t clamp(int64_t value)
{
	if (value > INT32_MAX)
		return INT32_MAX;
	return value < INT32_MIN ? INT32_MIN : (int32_t)value;
}

/* What an axis becomes, and which. */
static int32_t mapped(struct core_source *source, uint16_t *code, int32_t value)
{
	const struct map_axis *axis = &source->table->axes[*code];
	int64_t sum;

	if (!axis->is_set)
		return value;
	sum = (int64_t)value * axis->factor + source->rests[*code];
	source->rests[*code] = (int32_t)(sum % MAP_FACTOR_ONE);
	*code = axis->to;
	return clamp(sum / MAP_FACTOR_ONE);
}

/* ---- merged motion */

static bool is_waiting(const struct core_target *target)
{
	return target->motion[0] != 0 || target->motion[1] != 0;
}

/* What one frame may carry of what waits. */
static int32_t part_of(const struct core_target *target, uint16_t axis)
{
	int64_t waits = target->motion[axis];

	if (target->profile != EVS_PROFILE_WINDOWS_VIRTIO)
		return clamp(waits);
	if (waits > PROFILE_WINDOWS_MOTION_MAX)
		return PROFILE_WINDOWS_MOTION_MAX;
	return waits < -PROFILE_WINDOWS_MOTION_MAX ? -PROFILE_WINDOWS_MOTION_MAX : (int32_t)waits;
}

/* All that waits, or as much as fits into one write; then the rest is due at once. */
static void send(struct core *core, struct core_target *target, uint64_t now)
{
	uint32_t sink = target->sinks[SHAPER_MOUSE];
	uint32_t count = 0;

	while (is_waiting(target) && count + 3 <= KEY_CNT) {
		for (uint16_t axis = REL_X; axis <= REL_Y; axis++) {
			int32_t part = part_of(target, axis);

			target->motion[axis] -= part;
			if (part != 0)
				core->scratch[count++] = event_make(EV_REL, axis, part);
		}
		core->scratch[count++] = event_make(EV_SYN, SYN_REPORT, 0);
	}
	target->next_motion_ns = is_waiting(target) ? now : now + target->motion_ns;
	if (sink == EVS_NONE || !core->sinks[sink].is_consumed) {
		core->counters.unconsumed++;
		return;
	}
	core->port->emit(core->ctx, sink, core->scratch, count);
	core->port->flush(core->ctx);
}

void motion_send_due(struct core *core, uint32_t index, uint64_t now)
{
	struct core_target *target = &core->targets[index];

	if (is_waiting(target) && now >= target->next_motion_ns)
		send(core, target, now);
}

void core_motion_end(struct core *core)
{
	struct core_target *target = &core->targets[core->active];

	while (is_waiting(target))
		send(core, target, core->port->now(core->ctx));
}

/* ---- a frame's way */

/* Turns wheels for motion; towards the hand is down. */
static void scroll(struct frame *frame, uint32_t counts)
{
	static const struct {
		uint16_t wheel;
		int32_t sign;
	} wheels[] = {{REL_HWHEEL, 1}, {REL_WHEEL, -1}};
	struct core_source *source = frame->source;

	for (int axis = 0; axis < 2; axis++) {
		int32_t detents = source->turns[axis] / (int32_t)counts;
		struct input_event event =
			event_make(EV_REL, wheels[axis].wheel, detents * wheels[axis].sign);

		source->turns[axis] -= detents * (int32_t)counts;
		if (detents == 0)
			continue;
		source->has_scrolled = true;
		shaper_push_relative(&frame->core->shaper, &event);
	}
}

static void push(struct frame *frame, uint16_t axis, int64_t value)
{
	struct input_event event = event_make(EV_REL, axis, clamp(value));

	if (event.value != 0)
		shaper_push_relative(&frame->core->shaper, &event);
}

static void merge(struct frame *frame, struct core_target *target, const int64_t sums[2])
{
	struct core *core = frame->core;
	uint64_t now = core->port->now(core->ctx);

	target->motion[0] += sums[0];
	target->motion[1] += sums[1];
	motion_send_due(core, core->active, now);
	if (is_waiting(target))
		core_alarm(core);
}

/* How many counts a detent has while this source scrolls, or 0. */
static uint32_t scrolling(const struct frame *frame)
{
	const struct core_source *source = frame->source;
	const struct map_rule *rule;

	if (source->scroller == 0 || !source->table)
		return 0;
	rule = map_scroll(frame->core->map, source->table, source->scroller);
	return rule ? rule->is.counts : 0;
}

void motion_take(struct frame *frame, const struct input_event *events,
		 const struct input_event *report)
{
	struct core *core = frame->core;
	struct core_source *source = frame->source;
	struct core_target *target = &core->targets[core->active];
	uint32_t counts = scrolling(frame);
	int64_t sums[2] = {0, 0};
	bool is_pure = true;

	if (frame->sinks[SHAPER_MOUSE] == EVS_NONE)
		return;
	for (const struct input_event *event = events; event < report; event++) {
		uint16_t axis = event->code;
		int32_t value = event->value;

		if (event->type != EV_REL || axis > REL_Y) {
			is_pure = false;
			continue;
		}
		if (source->table)
			value = mapped(source, &axis, value);
		sums[axis] += value;
	}
	if (counts > 0) {
		for (int axis = 0; axis < 2; axis++)
			source->turns[axis] = clamp(source->turns[axis] + sums[axis]);
		scroll(frame, counts);
		is_pure = false;
	} else if (is_pure && target->motion_ns != 0) {
		merge(frame, target, sums);
		return;
	}
	while (!is_pure && is_waiting(target))
		send(core, target, core->port->now(core->ctx));
	if (counts == 0) {
		push(frame, REL_X, sums[0]);
		push(frame, REL_Y, sums[1]);
	}
}

static bool is_turned_by_rule(const struct frame *frame, uint16_t axis, int32_t value,
			      uint32_t *wheel)
{
	const struct core_source *source = frame->source;
	bool is_horizontal = axis == REL_HWHEEL || axis == REL_HWHEEL_HI_RES;
	uint16_t trigger = is_horizontal ? (value > 0 ? EVS_WHEEL_RIGHT : EVS_WHEEL_LEFT)
					 : (value > 0 ? EVS_WHEEL_UP : EVS_WHEEL_DOWN);
	const struct map_rule *rule =
		map_find(frame->core->map, source->table, trigger, frame->core->held);

	*wheel = trigger - EVS_WHEEL_UP;
	return rule && (source->grab == GRAB_HELD || rule->is.target != EVS_NONE ||
			rule->is.kind == EVS_MAP_ACTION);
}

void motion_take_wheel(struct frame *frame, const struct input_event *event)
{
	struct core_source *source = frame->source;
	struct shaper *shaper = &frame->core->shaper;
	struct input_event changed = *event;
	uint32_t wheel;

	if (event->code >= REL_CNT || event->code <= REL_Y) {
		shaper_swallow(shaper); /* in the frame already, or beyond all axes */
		return;
	}
	if (!source->table) {
		shaper_push_relative(shaper, event);
		return;
	}
	switch (event->code) {
	case REL_WHEEL:
	case REL_HWHEEL:
		if (is_turned_by_rule(frame, event->code, event->value, &wheel)) {
			uint32_t detents = (uint32_t)(event->value > 0 ? event->value
								       : -(int64_t)event->value);

			frame->detents[wheel] =
				detents > SHAPER_WHEEL_MAX ? SHAPER_WHEEL_MAX : detents;
			frame->is_unfinished = true;
			shaper_swallow(shaper);
			return;
		}
		break;
	case REL_WHEEL_HI_RES:
	case REL_HWHEEL_HI_RES:
		if (is_turned_by_rule(frame, event->code, event->value, &wheel)) {
			shaper_swallow(shaper);
			return;
		}
		break;
	default:
		break;
	}
	changed.value = mapped(source, &changed.code, event->value);
	if (changed.value == 0)
		shaper_swallow(shaper);
	else if (changed.code == event->code && changed.value == event->value)
		shaper_push_relative(shaper, event);
	else
		shaper_push_relative(shaper, &changed);
}
