/* SPDX-License-Identifier: MIT */
/*
 * From reads to frames.
 *
 * SYN_DROPPED (Documentation/input/event-codes.rst): the reader's buffer overran. All events up to and
 * including the next SYN_REPORT are void; then the key state is read anew, which drops the key events that are
 * queued, so the rest of what was read together with them is void too.
 *
 *              SYN_DROPPED                 SYN_REPORT
 *   in sync ----------------> dropping ------------------> in sync, after core_resync()
 */
#include "apart.h"
#include "core.h"

#include <assert.h>

void core_resync(struct core *core, uint32_t index)
{
	struct core_source *source = &core->sources[index];
	struct keyset now;
	uint32_t count = 0;

	if (source->clone != EVS_NONE) {
		core_clone_resync(core, index);
		return;
	}
	if (source->grab == GRAB_LEAVING) {
		source->needs_resync = true; /* asking would wait for the ungrab */
		return;
	}
	source->needs_resync = false;
	if (core->port->keys(core->ctx, index, &now) < 0)
		return; /* going away: its read will say so */
	/* The state is newer than anything read before: that is void now. */
	source->generation++;
	source->carry_count = 0;
	core->counters.resyncs++;
	for (uint16_t code = 0; code < KEY_CNT; code++) {
		if (keyset_has(&source->down, code) && !keyset_has(&now, code))
			core->resync[count++] = event_make(EV_KEY, code, 0);
	}
	for (uint16_t code = 0; code < KEY_CNT; code++) {
		if (keyset_has(&now, code) && !keyset_has(&source->down, code))
			core->resync[count++] = event_make(EV_KEY, code, 1);
	}
	core->resync[count++] = event_make(EV_SYN, SYN_REPORT, 0);
	core_frame(core, index, core->resync, count);
	core->port->flush(core->ctx); /* the frame lies in a buffer of ours */
	core_lamps_tend(core, index); /* the host may have written what we did not get to see */
	core_notify(core, &(struct evs_event){.kind = EVS_EVENT_RESYNC,
					      .source = index,
					      .target = EVS_NONE,
					      .previous = EVS_NONE});
}

static void drop(struct core *core, struct core_source *source)
{
	core->counters.drops++;
	source->is_dropping = true;
	source->carry_count = 0;
}

static void end_drop(struct core *core, uint32_t index)
{
	core->sources[index].is_dropping = false;
	core_resync(core, index);
}

/* A frame whose beginning came with the read before: completed in the carry, where it is in one piece. */
static void frame_with_carry(struct core *core, uint32_t index, const struct input_event *events,
			     uint32_t count)
{
	struct core_source *source = &core->sources[index];
	uint32_t total = source->carry_count + count;

	assert(total <= CORE_BATCH_MAX);
	memcpy(&source->carry[source->carry_count], events, count * sizeof(*events));
	source->carry_count = 0;
	core_frame(core, index, source->carry, total);
	core->port->flush(core->ctx); /* the carry is about to be used again */
}

static void carry(struct core *core, uint32_t index, const struct input_event *events,
		  uint32_t count)
{
	struct core_source *source = &core->sources[index];

	/* One event's room stays for the SYN_REPORT. */
	if (source->carry_count + count >= CORE_BATCH_MAX) {
		drop(core, source);
		return;
	}
	memcpy(&source->carry[source->carry_count], events, count * sizeof(*events));
	source->carry_count += count;
}

/* Whatever is not one whole frame of motion. */
static APART void feed(struct core *core, uint32_t index, const struct input_event *events,
		       uint32_t count)
{
	struct core_source *source = &core->sources[index];
	uint32_t generation = source->generation;
	uint32_t start = 0;

	for (uint32_t i = 0; i < count && source->generation == generation; i++) {
		if (events[i].type != EV_SYN)
			continue;
		if (events[i].code == SYN_DROPPED) {
			drop(core, source);
		} else if (events[i].code != SYN_REPORT) {
			continue;
		} else if (source->is_dropping) {
			end_drop(core, index);
		} else if (source->carry_count == 0) {
			core_frame(core, index, &events[start], i + 1 - start);
		} else if (source->carry_count + (i + 1 - start) <= CORE_BATCH_MAX) {
			frame_with_carry(core, index, &events[start], i + 1 - start);
		} else {
			drop(core, source);
			end_drop(core, index);
		}
		start = i + 1;
	}
	if (source->generation == generation && start < count && !source->is_dropping)
		carry(core, index, &events[start], count - start);
}

/* One whole frame of pointer motion and nothing else: what comes a thousand times a second. */
static inline bool is_motion(const struct input_event *events, uint32_t count)
{
	const struct input_event *report = &events[count - 1];

	for (const struct input_event *event = events; event < report; event++) {
		if (event->type != EV_REL || event->code > REL_Y)
			return false;
	}
	return event_is_report(report) && count > 1;
}

void core_feed(struct core *core, uint32_t index, const struct input_event *events, uint32_t count)
{
	const struct core_source *source = &core->sources[index];

	assert(index < EVS_SOURCE_MAX && source->is_present);
	assert(count > 0 && count <= CORE_BATCH_MAX);
	if (source->carry_count == 0 && !source->is_dropping && !source->is_diverted &&
	    is_motion(events, count))
		core_move(core, source, events, count);
	else
		feed(core, index, events, count);
}
