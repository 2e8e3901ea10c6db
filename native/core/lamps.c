/*
 * LEDs follow the active target (rule 10). While a source is grabbed its lamps show what the active target's
 * consumer wrote, all dark where it writes none. The host's own writes pass through a grab [V]: they are
 * remembered, undone on the lamp, and shown when the host gets the device back.
 *
 * Our own writes come back to us as events, and asking for the LED state drops those from our queue (as
 * EVIOCGKEY does for keys), others' unread ones with them. So an event is only a reason to look: what is lit
 * and not by us is the host's.
 *
 * Where a grab ends, ours or a consumer's, the kernel's console writes its own idea of the lamps to *every*
 * keyboard (kbd_start() in drivers/tty/vt/keyboard.c by input_release_device(), through the LED triggers
 * where input-leds is there) [V]. That is nobody's wish. A desktop keeps its lamps to itself and would not learn that
 * they went dark, so after the last ungrab under way the lamps are shown once more.
 */
#include "core.h"

static bool has_lamps_when(const struct core_source *source, enum grab_state grab)
{
	return source->is_present && (source->flags & EVS_SOURCE_LEDS) && source->grab == grab;
}

static bool has_lamps(const struct core_source *source)
{
	return has_lamps_when(source, GRAB_HELD);
}

static bool is_any_leaving(const struct core *core)
{
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
		if (core->sources[i].grab == GRAB_LEAVING)
			return true;
	}
	return false;
}

/* What is to be lit on a source that is grabbed. */
static uint32_t wanted(const struct core *core, const struct core_source *source)
{
	bool indicates = core->has_indicator && core->active != EVS_HOST;

	return core->targets[source->target].lamps | (uint32_t)indicates << LED_SCROLLL;
}

/* Whose are writes that were not ours? The console's, where a grab just ended. */
static bool is_host_writing(const struct core *core, const struct core_source *source)
{
	uint32_t sink = core->targets[source->target].sinks[SHAPER_KEYBOARD];

	return !is_any_leaving(core) && (sink == EVS_NONE || core->sinks[sink].is_consumed);
}

/* What is lit now is as we left it, whoever wrote it. */
static void accept(struct core *core, uint32_t index)
{
	struct core_source *source = &core->sources[index];
	uint32_t now;

	if (core->port->lamps(core->ctx, index, &now) == 0)
		source->lamps = now;
}

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
	source->lamps = now;
	if (is_host_writing(core, source))
		source->host_lamps = (source->host_lamps & ~changed) | (now & changed);
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

static void show(struct core *core, uint32_t index)
{
	if (note_wishes(core, index) == 0)
		write_lamps(core, index, wanted(core, &core->sources[index]));
}

/* One that is grabbed again before its lamps were shown: what is lit is the console's. */
static void keep(struct core *core, uint32_t index)
{
	struct core_source *source = &core->sources[index];

	accept(core, index);
	if (!source->owes_lamps)
		source->host_lamps = source->lamps;
	source->owes_lamps = true;
}

void core_lamps_keep(struct core *core, uint32_t index)
{
	if (has_lamps(&core->sources[index]))
		keep(core, index);
}

void core_lamps_take(struct core *core, uint32_t index)
{
	struct core_source *source = &core->sources[index];

	if (!has_lamps(source))
		return;
	keep(core, index);
	if (source->target == EVS_HOST)
		core->targets[EVS_HOST].lamps |= source->host_lamps; /* lit before we proxied it */
	core_lamps_show(core);
}

void core_lamps_ungrab(struct core *core)
{
	for (uint32_t i = 0; i < EVS_SOURCE_MAX && !is_any_leaving(core); i++) {
		if (has_lamps_when(&core->sources[i], GRAB_FREE))
			keep(core, i);
	}
}

void core_lamps_give_back(struct core *core, uint32_t index)
{
	struct core_source *source = &core->sources[index];

	/* A proxied host writes to its node, not to the device. */
	if (has_lamps(source) && core_host_is_proxied(core))
		source->host_lamps = core->targets[EVS_HOST].lamps;
}

void core_lamps_ungrabbed(struct core *core)
{
	if (is_any_leaving(core))
		return; /* the console has more to say */
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
		struct core_source *source = &core->sources[i];

		if (has_lamps(source)) {
			accept(core, i);
			write_lamps(core, i, wanted(core, source));
		} else if (source->grab == GRAB_FREE && source->owes_lamps) {
			source->owes_lamps = false;
			accept(core, i);
			write_lamps(core, i, source->host_lamps);
		}
	}
}

void core_lamps_show(struct core *core)
{
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
		const struct core_source *source = &core->sources[i];

		if (has_lamps(source) && source->lamps != wanted(core, source))
			show(core, i);
	}
}

void core_set_indicator(struct core *core, bool is_on)
{
	core->has_indicator = is_on;
	core_lamps_show(core);
}

/* Asks before it is too late to tell whose writes were seen: see is_host_writing(). */
static void ask_consumer(struct core *core, uint32_t target)
{
	uint32_t sink = core->targets[target].sinks[SHAPER_KEYBOARD];

	if (target != EVS_HOST && sink != EVS_NONE)
		core_ask_sink(core, sink);
}

void core_lamps_note(struct core *core)
{
	ask_consumer(core, core->active);
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
		const struct core_source *source = &core->sources[i];

		if (source->is_pinned && has_lamps(source))
			ask_consumer(core, source->target);
		if (has_lamps(source))
			note_wishes(core, i);
	}
}

void core_lamps_tend(struct core *core, uint32_t index)
{
	if (!has_lamps(&core->sources[index]))
		return;
	ask_consumer(core, core->sources[index].target);
	if (has_lamps(&core->sources[index])) /* still: a pinned one goes with its consumer */
		show(core, index);
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
	core_lamps_show(core);
}

bool core_lamps_differ(const struct core_source *source, uint16_t code, int32_t value)
{
	return code < LED_CNT && has_lamps(source) &&
	       with_led(source->lamps, code, value) != source->lamps;
}
