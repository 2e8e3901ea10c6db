/* SPDX-License-Identifier: MIT */
/*
 * LEDs follow the active target (rule 10). While a source is grabbed its lamps show what the active target's
 * consumer wrote, all dark where it writes none. The host's own writes pass through a grab [V]: they are
 * remembered, undone on the lamp, and shown when the host gets the device back.
 *
 * Our own writes come back to us as events, and asking for the LED state drops those from our queue (as
 * EVIOCGKEY does for keys), others' unread ones with them. So an event is only a reason to look: what is lit
 * and not by us is the host's.
 *
 * Where a grab ends, the kernel's console writes its own idea of the lamps to the keyboard (kbd_start() in
 * drivers/tty/vt/keyboard.c, called by input_release_device()) [V]. A desktop keeps its lamps to itself and
 * would not learn that they went dark, so they are shown once more after the ungrab.
 */
#include "core.h"

/*
 * Reads what is lit now. What differs from what we lit is the host's wish. A wish for what is so already is
 * heard by nobody: the kernel drops writes that change nothing.
 */
static int note_wishes(struct core *core, uint32_t index)
{
	struct core_source *source = &core->sources[index];
	uint32_t now, changed;
	int result = core->port->lamps(core->ctx, index, &now);

	if (result < 0)
		return result;
	changed = now ^ source->lamps;
	source->host_lamps = (source->host_lamps & ~changed) | (now & changed);
	source->lamps = now;
	return 0;
}

/* Makes these lit and no others; what is lit has been read before. */
static void write_lamps(struct core *core, uint32_t index, uint32_t want)
{
	struct core_source *source = &core->sources[index];
	struct input_event events[LED_CNT + 1];
	uint32_t count = 0;

	for (uint16_t led = 0; led < LED_CNT; led++) {
		if (((source->lamps ^ want) >> led) & 1u)
			events[count++] = event_make(EV_LED, led, (int32_t)((want >> led) & 1u));
	}
	if (count == 0)
		return;
	events[count++] = event_make(EV_SYN, SYN_REPORT, 0);
	core->port->inject(core->ctx, index, events, count);
	/* Lamps that the device does not have stay dark: what counts is what is lit now. */
	if (core->port->lamps(core->ctx, index, &source->lamps) < 0)
		source->lamps = want;
}

static bool has_lamps(const struct core_source *source)
{
	return source->is_present && (source->flags & EVS_SOURCE_LEDS) && source->grab == GRAB_HELD;
}

static void show(struct core *core, uint32_t index)
{
	if (note_wishes(core, index) == 0)
		write_lamps(core, index, core->targets[core->active].lamps);
}

void core_lamps_keep(struct core *core, uint32_t index)
{
	struct core_source *source = &core->sources[index];

	if (!has_lamps(source))
		return;
	if (core->port->lamps(core->ctx, index, &source->lamps) < 0)
		source->lamps = 0;
	source->host_lamps = source->lamps;
	source->owes_lamps = true;
}

void core_lamps_take(struct core *core, uint32_t index)
{
	struct core_source *source = &core->sources[index];

	if (!has_lamps(source))
		return;
	core_lamps_keep(core, index);
	if (core->active == EVS_HOST)
		core->targets[EVS_HOST].lamps |= source->host_lamps; /* lit before we proxied it */
	write_lamps(core, index, core->targets[core->active].lamps);
	core_lamps_show(core);
}

void core_lamps_give_back(struct core *core, uint32_t index)
{
	struct core_source *source = &core->sources[index];
	const struct core_target *host = &core->targets[EVS_HOST];

	if (!has_lamps(source) || note_wishes(core, index) < 0)
		return;
	/* A proxied host writes to its node, not to the device. */
	if (host->sinks[SHAPER_KEYBOARD] != EVS_NONE)
		source->host_lamps = host->lamps;
	write_lamps(core, index, source->host_lamps);
}

void core_lamps_restore(struct core *core, uint32_t index)
{
	struct core_source *source = &core->sources[index];

	if (!source->owes_lamps)
		return;
	source->owes_lamps = false;
	if (core->port->lamps(core->ctx, index, &source->lamps) == 0)
		write_lamps(core, index, source->host_lamps);
}

void core_lamps_show(struct core *core)
{
	uint32_t want = core->targets[core->active].lamps;

	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
		if (has_lamps(&core->sources[i]) && core->sources[i].lamps != want)
			show(core, i);
	}
}

static uint32_t with_led(uint32_t lamps, uint16_t code, int32_t value)
{
	uint32_t bit = UINT32_C(1) << code;

	return value ? lamps | bit : lamps & ~bit;
}

void core_sink_led(struct core *core, uint32_t index, uint16_t code, int32_t value)
{
	const struct core_sink *sink = &core->sinks[index];
	struct core_target *target = &core->targets[sink->target];

	if (!sink->is_present || code >= LED_CNT)
		return;
	/* A node that nobody consumes is lit by the host's console: none of the guest's wishes. */
	if (sink->target != EVS_HOST && !core_ask_sink(core, index))
		return;
	target->lamps = with_led(target->lamps, code, value);
	if (sink->target == core->active)
		core_lamps_show(core);
}

void core_source_led(struct core *core, uint32_t index, uint16_t code, int32_t value)
{
	const struct core_source *source = &core->sources[index];

	if (code < LED_CNT && has_lamps(source) &&
	    with_led(source->lamps, code, value) != source->lamps)
		show(core, index);
}

void core_lamps_resync(struct core *core, uint32_t index)
{
	if (has_lamps(&core->sources[index]))
		show(core, index);
}
