/* SPDX-License-Identifier: MIT */
#include "sim.h"
#include "../core/adopt.h"
#include "../core/core.h"

#include <errno.h>
#include <stdlib.h>

#define QUEUE_MAX    256u  /* events of a reader's queue, as for a device with many capabilities */
#define LOG_MAX      4096u /* records a test may leave unread; older ones are forgotten */
#define EVENTS_MAX   1024u /* records for the service */
#define STAMPS_MAX   65536u
#define PRODUCTS_MAX 4096u

enum rule {
	RULE_HOLDS = 0,
	RULE_STUCK_ON_NODE,
	RULE_STUCK_ON_HOST,
	RULE_INACTIVE_RECEIVES,
	RULE_SEEN_TWICE,
	RULE_TOGGLE_FIRES,
	RULE_CHORD_LEAKS,
	RULE_BAD_FRAME,
	RULE_UNGRABBED_ROUTED,
	RULE_GRAB_LEFT,
	RULE_LAMPS,
	RULE_HOST_LAMPS,
	RULE_TOUCHED_WHILE_LEAVING,
	RULE_NODE_DIFFERS,
	RULE_PRESSED_AGAIN,
	RULE_OUT_OF_ORDER,
	RULE_FRAME_SPLIT,
	RULE_CLONE_DIFFERS,
	RULE_CLONE_NOT_AT_REST,
	RULE_HOST_TOUCHED,
	RULE_COUNT,
};

static const char *const rule_texts[RULE_COUNT] = {
	[RULE_HOLDS] = "every rule holds",
	[RULE_STUCK_ON_NODE] = "rule 1: a key is down on a node and no finger holds it",
	[RULE_STUCK_ON_HOST] = "rule 1: a key is down for the host and no finger holds it",
	[RULE_INACTIVE_RECEIVES] = "rule 2: a target that is not active received input",
	[RULE_SEEN_TWICE] = "rule 2: a target received what the host saw too",
	[RULE_TOGGLE_FIRES] = "rule 6: both keys of the grab toggle were down on a node",
	[RULE_CHORD_LEAKS] = "rule 3: all keys of a hotkey were down on a node",
	[RULE_BAD_FRAME] = "a node received a frame without an end, or an empty one",
	[RULE_UNGRABBED_ROUTED] = "rule 2: input went to a node that nobody was known to consume",
	[RULE_GRAB_LEFT] = "a device is still grabbed after the stop",
	[RULE_LAMPS] = "rule 10: a lamp shows what the active target did not ask for",
	[RULE_HOST_LAMPS] = "rule 10: the host got a device back without its lamps",
	[RULE_TOUCHED_WHILE_LEAVING] =
		"rule 5: a device was touched while its ungrab was under way",
	[RULE_NODE_DIFFERS] = "rule 1: the core and a node do not agree on what is pressed",
	[RULE_PRESSED_AGAIN] = "rule 4: a key held across a switch was pressed on the next target",
	[RULE_OUT_OF_ORDER] = "rule 2: events of a device reached a node twice or in another order",
	[RULE_FRAME_SPLIT] = "rule 2: one frame reached two targets",
	[RULE_CLONE_DIFFERS] = "the active target's clone and its device are not in the same place",
	[RULE_CLONE_NOT_AT_REST] =
		"rule 1: a finger or a stick stayed on the clone of a target that was left",
	[RULE_HOST_TOUCHED] =
		"rule 1: a finger stayed on the device for the host when it was taken",
};

/* Allocated at its first record: most simulations are short, and most of their devices never made. */
struct record_log {
	uint32_t count;
	struct evs_sim_record *records; /* LOG_MAX of them, or NULL */
};

struct sim_source {
	bool is_plugged;
	bool is_grabbed;
	bool is_leaving; /* an ungrab was begun and has not returned */
	bool has_effect; /* ... and has taken effect */
	uint32_t flags, driver;
	uint32_t lamps;
	uint32_t host_wish;   /* what the host wants lit */
	bool is_promised;     /* ... and is to have when the ungrabs under way have returned */
	bool is_wish_unknown; /* ... it wrote when nobody could know */
	bool is_pinned;
	uint32_t pin;                   /* target */
	uint16_t last_key;              /* what typematic and autorepeat repeat */
	struct keyset keys;             /* the kernel's state */
	struct keyset fingers;          /* the truth */
	struct keyset host;             /* what the host believes */
	struct clone_shape shape;       /* of a cloned one */
	struct clone_state places;      /* the kernel's state */
	int32_t staged_slot;            /* named, and told when something in it changes */
	struct clone_state host_places; /* what the host believes */
	uint32_t presses[KEY_CNT];      /* numbers of the fingers' last presses */
	uint64_t emitted[EVS_SINK_MAX]; /* stamp of the last event that reached a node */
	uint32_t queue_count;
	struct input_event queue[QUEUE_MAX];
	struct record_log host_log;
};

struct sim_node {
	bool is_made;
	bool is_consumed;
	bool was_shown; /* it was told of a place */
	struct clone_state places;
	int32_t staged_slot;
	struct keyset keys;
	struct record_log log;
};

/* What is known of an event, by its stamp: each has its own. */
struct origin {
	bool host_saw;
	uint32_t source;
	uint32_t frame; /* number of the frame it is in */
	uint32_t press; /* number of the finger's press that it reports, 0 = none */
};

/* What any map so far has made of something: it may still be held. */
struct product {
	bool is_of_macro;
	uint16_t trigger, as;
	uint32_t target; /* EVS_NONE = the active one's */
};

struct armed {
	uint32_t calls; /* 0 = not armed */
	uint32_t source, code, down;
};

struct evs_sim {
	struct core core;
	uint64_t stamp; /* of the last event, in us */
	uint32_t frame_count, press_count;
	struct origin origins[STAMPS_MAX];  /* by stamp */
	bool is_taken[STAMPS_MAX];          /* by press: somebody has seen it */
	uint32_t frame_targets[STAMPS_MAX]; /* by frame: who got it, 0 = nobody, id + 1 */
	enum rule broken;
	bool is_repairing; /* a target's nodes get presses of no finger */
	bool is_injecting; /* so does a device: its host learns of no finger by that */
	bool has_indicator;
	struct evs_target_config configs[EVS_TARGET_MAX];
	struct armed armed;
	uint64_t now_ns, alarm_ns; /* alarm 0 = none */
	struct map maps[2];
	uint32_t next_map;
	uint32_t product_count;
	struct product products[PRODUCTS_MAX];
	bool is_disturbed;     /* a finger moved since the engine asked for a key state */
	uint32_t source_count; /* slots used so far: what is beyond was never anything */
	uint32_t leaving_count;
	uint32_t leaving[EVS_SOURCE_MAX]; /* sources with an ungrab under way, oldest first */
	uint32_t event_first, event_count;
	struct evs_event events[EVENTS_MAX];
	struct sim_source sources[EVS_SOURCE_MAX];
	struct sim_node nodes[EVS_SINK_MAX];
};

static void breaks(struct evs_sim *sim, enum rule rule)
{
	if (sim->broken == RULE_HOLDS)
		sim->broken = rule;
}

/* Where input of a device is to go. */
static uint32_t target_of(const struct evs_sim *sim, const struct sim_source *source)
{
	return source->is_pinned ? source->pin : sim->core.active;
}

static bool may_receive(const struct evs_sim *sim, uint32_t target)
{
	for (uint32_t i = 0; i < sim->source_count; i++) {
		const struct sim_source *source = &sim->sources[i];

		if (source->is_plugged && source->is_pinned && source->pin == target)
			return true;
	}
	return target == sim->core.active || sim->is_repairing;
}

static void log_add(struct record_log *log, const struct input_event *event)
{
	if (!log->records) {
		log->records = malloc(LOG_MAX * sizeof(log->records[0]));
		if (!log->records)
			abort();
	}
	if (log->count == LOG_MAX) {
		memmove(log->records, log->records + 1, (LOG_MAX - 1) * sizeof(log->records[0]));
		log->count--;
	}
	log->records[log->count++] =
		(struct evs_sim_record){event->type, event->code, event->value};
}

static int32_t log_take(struct record_log *log, struct evs_sim_record *out, uint32_t capacity)
{
	uint32_t count = log->count < capacity ? log->count : capacity;

	if (count == 0)
		return 0;
	memcpy(out, log->records, count * sizeof(*out));
	memmove(log->records, log->records + count, (log->count - count) * sizeof(*out));
	log->count -= count;
	return (int32_t)count;
}

/* ---- the kernel: input_handle_event() and evdev_pass_values() */

/* Does the input core pass this event on? Keeps its key and LED state. */
static bool passes(struct keyset *keys, uint32_t *lamps, const struct input_event *event)
{
	switch (event->type) {
	case EV_KEY:
		if (event->code >= KEY_CNT)
			return false;
		if (event->value == 2)
			return true;
		if (keyset_has(keys, event->code) == (event->value != 0))
			return false;
		if (event->value)
			keyset_add(keys, event->code);
		else
			keyset_remove(keys, event->code);
		return true;
	case EV_LED:
		if (event->code >= LED_CNT || ((*lamps >> event->code) & 1u) == (event->value != 0))
			return false;
		*lamps ^= UINT32_C(1) << event->code;
		return true;
	case EV_REL:
		return event->value != 0;
	default:
		return true;
	}
}

static void no_contacts(struct clone_state *places)
{
	for (uint32_t slot = 0; slot < CLONE_SLOTS_MAX; slot++)
		places->slots[ABS_MT_TRACKING_ID - CLONE_SLOT_AXIS_FIRST][slot] = -1;
}

static bool is_of_slot(uint16_t code)
{
	return code >= CLONE_SLOT_AXIS_FIRST && code <= ABS_MT_TOOL_Y;
}

/* Keeps the state of slots and axes as an event tells it. Does it change? */
static bool take_place(struct clone_state *places, const struct input_event *event)
{
	int32_t *known = &places->axes[event->code % ABS_CNT];

	if (event->code == ABS_MT_SLOT)
		known = &places->slot;
	else if (is_of_slot(event->code))
		known = &places->slots[event->code - CLONE_SLOT_AXIS_FIRST][places->slot];
	if (*known == event->value)
		return false;
	*known = event->value;
	return true;
}

/*
 * input_handle_abs_event() without fuzz: a slot is told when something in it changes. Returns how many events
 * pass, and writes them.
 */
static uint32_t passing_places(struct clone_state *places, int32_t *staged_slot,
			       const struct input_event *event, struct input_event out[2])
{
	int32_t told_slot = places->slot;
	uint32_t count = 0;

	if (event->code >= ABS_CNT)
		return 0;
	if (event->code == ABS_MT_SLOT) {
		if (event->value >= 0 && event->value < (int32_t)CLONE_SLOTS_MAX)
			*staged_slot = event->value;
		return 0;
	}
	if (is_of_slot(event->code))
		places->slot = *staged_slot;
	if (!take_place(places, event)) {
		places->slot = told_slot;
		return 0;
	}
	if (places->slot != told_slot)
		out[count++] = event_make(EV_ABS, ABS_MT_SLOT, places->slot);
	out[count++] = *event;
	return count;
}

static void enqueue(struct evs_sim *sim, struct sim_source *source, const struct input_event *event)
{
	struct input_event stamped = *event;

	stamped.input_event_sec = (__kernel_ulong_t)(sim->stamp / 1000000u);
	stamped.input_event_usec = (__kernel_ulong_t)(sim->stamp % 1000000u);
	if (source->queue_count == QUEUE_MAX) {
		source->queue[0] = event_make(EV_SYN, SYN_DROPPED, 0);
		source->queue_count = 1;
	}
	source->queue[source->queue_count++] = stamped;
}

static void host_sees(struct sim_source *source, const struct input_event *event)
{
	log_add(&source->host_log, event);
	if (event->type == EV_ABS)
		take_place(&source->host_places, event);
	if (event->type != EV_KEY || event->value == 2)
		return;
	if (event->value)
		keyset_add(&source->host, event->code);
	else
		keyset_remove(&source->host, event->code);
}

static void deliver(struct evs_sim *sim, struct sim_source *source, const struct input_event *event)
{
	struct origin *origin = &sim->origins[++sim->stamp % STAMPS_MAX];

	origin->host_saw = !source->is_grabbed;
	origin->source = (uint32_t)(source - sim->sources);
	origin->frame = sim->frame_count;
	origin->press = 0;
	if (event->type == EV_KEY && event->value == 1 && keyset_has(&source->fingers, event->code))
		origin->press = source->presses[event->code];
	enqueue(sim, source, event);
	if (source->is_grabbed)
		return;
	if (!sim->is_injecting)
		sim->is_taken[origin->press % STAMPS_MAX] = true;
	host_sees(source, event);
}

/* A frame enters the input core, from the driver or written to the node. */
static void kernel_frame(struct evs_sim *sim, struct sim_source *source,
			 const struct input_event *events, uint32_t count)
{
	bool is_empty = true;

	sim->frame_count++;
	for (uint32_t i = 0; i < count; i++) {
		if (event_is_report(&events[i])) {
			if (!is_empty)
				deliver(sim, source, &events[i]);
			is_empty = true;
		} else if (events[i].type == EV_ABS) {
			struct input_event out[2];
			uint32_t passing = passing_places(&source->places, &source->staged_slot,
							  &events[i], out);

			for (uint32_t j = 0; j < passing; j++)
				deliver(sim, source, &out[j]);
			is_empty &= passing == 0;
		} else if (passes(&source->keys, &source->lamps, &events[i])) {
			deliver(sim, source, &events[i]);
			is_empty = false;
		}
	}
}

/* __evdev_flush_queue(): a reader's queued events of one type go, and frames that become empty. */
static void flush_queue(struct sim_source *source, uint16_t type)
{
	uint32_t kept = 0;
	uint32_t in_frame = 1; /* a leading SYN_REPORT ends a frame that was read in part */

	for (uint32_t i = 0; i < source->queue_count; i++) {
		const struct input_event *event = &source->queue[i];

		if (event->type == type)
			continue;
		if (event_is_report(event) && in_frame == 0)
			continue;
		in_frame = event_is_report(event) ? 0 : in_frame + 1;
		source->queue[kept++] = *event;
	}
	source->queue_count = kept;
}

/* ---- drivers */

static void report_key(struct evs_sim *sim, struct sim_source *source, uint16_t code, int32_t value)
{
	struct input_event frame[3] = {event_make(EV_MSC, MSC_SCAN, 30),
				       event_make(EV_KEY, code, value),
				       event_make(EV_SYN, SYN_REPORT, 0)};
	/* The engine asks for scan codes only where a proxied host may want them. */
	bool has_scancode = sim->core.host_mode == EVS_HOST_PROXY && !event_code_is_button(code);

	kernel_frame(sim, source, has_scancode ? frame : frame + 1, has_scancode ? 3 : 2);
}

static void number_press(struct evs_sim *sim, struct sim_source *source, uint16_t code)
{
	source->presses[code] = ++sim->press_count;
	sim->is_taken[sim->press_count % STAMPS_MAX] = false;
}

void evs_sim_finger(struct evs_sim *sim, uint32_t index, uint32_t code, uint32_t down)
{
	struct sim_source *source;

	if (index >= EVS_SOURCE_MAX || code >= KEY_CNT || !sim->sources[index].is_plugged)
		return;
	source = &sim->sources[index];
	if (keyset_has(&source->fingers, (uint16_t)code) == (down != 0))
		return;
	if (down) {
		keyset_add(&source->fingers, (uint16_t)code);
		number_press(sim, source, (uint16_t)code);
		source->last_key = (uint16_t)code;
	} else {
		keyset_remove(&source->fingers, (uint16_t)code);
	}
	report_key(sim, source, (uint16_t)code, down != 0);
}

void evs_sim_tick(struct evs_sim *sim, uint32_t index)
{
	struct sim_source *source;
	uint16_t code;

	if (index >= EVS_SOURCE_MAX || !sim->sources[index].is_plugged)
		return;
	source = &sim->sources[index];
	code = source->last_key;
	if (source->driver == EVS_SIM_PS2) {
		if (!keyset_has(&source->fingers, code))
			return;
		if (event_code_is_button(code)) /* psmouse: each packet carries all buttons */
			report_key(sim, source, code, 1);
		else /* atkbd: 2 where the kernel knows the key is down, a press where not */
			report_key(sim, source, code, keyset_has(&source->keys, code) ? 2 : 1);
	} else if (keyset_has(&source->keys, code) && (source->flags & EVS_SOURCE_REPEATS)) {
		report_key(sim, source, code, 2);
	}
}

void evs_sim_move(struct evs_sim *sim, uint32_t index, uint32_t code, int32_t value)
{
	struct input_event frame[2] = {event_make(EV_REL, (uint16_t)code, value),
				       event_make(EV_SYN, SYN_REPORT, 0)};

	if (index < EVS_SOURCE_MAX && sim->sources[index].is_plugged && code < REL_CNT)
		kernel_frame(sim, &sim->sources[index], frame, 2);
}

void evs_sim_place(struct evs_sim *sim, uint32_t index, const int32_t *pairs, uint32_t count)
{
	struct input_event frame[CORE_BATCH_MAX];

	if (index >= EVS_SOURCE_MAX || !sim->sources[index].is_plugged || count >= CORE_BATCH_MAX)
		return;
	for (uint32_t i = 0; i < count; i++)
		frame[i] = event_make(EV_ABS, (uint16_t)pairs[(size_t)i * 2],
				      pairs[(size_t)i * 2 + 1]);
	frame[count] = event_make(EV_SYN, SYN_REPORT, 0);
	kernel_frame(sim, &sim->sources[index], frame, count + 1);
}

void evs_sim_overrun(struct evs_sim *sim, uint32_t index)
{
	struct sim_source *source;

	if (index >= EVS_SOURCE_MAX || !sim->sources[index].is_plugged)
		return;
	source = &sim->sources[index];
	source->queue[0] = event_make(EV_SYN, SYN_DROPPED, 0);
	source->queue[1] = event_make(EV_SYN, SYN_REPORT, 0);
	source->queue_count = 2;
}

/* ---- the core's port */

/* Something else happens between two calls of the engine. */
static void interleave(struct evs_sim *sim)
{
	struct armed armed = sim->armed;

	if (armed.calls == 0 || --sim->armed.calls > 0)
		return;
	evs_sim_finger(sim, armed.source, armed.code, armed.down);
	sim->is_disturbed = true;
}

static struct sim_source *touch(struct evs_sim *sim, uint32_t index)
{
	interleave(sim);
	if (sim->sources[index].is_leaving)
		breaks(sim, RULE_TOUCHED_WHILE_LEAVING);
	return &sim->sources[index];
}

static void take_press(struct evs_sim *sim, uint32_t press)
{
	if (press != 0 && sim->is_taken[press % STAMPS_MAX])
		breaks(sim, RULE_PRESSED_AGAIN);
	sim->is_taken[press % STAMPS_MAX] = true;
}

/* A clone has every key under its own code. */
static uint32_t profile_of(const struct evs_sim *sim, uint32_t sink)
{
	const struct core_sink *known = &sim->core.sinks[sink];

	return known->is_clone ? EVS_PROFILE_HOST : sim->core.targets[known->target].profile;
}

static bool is_touch(const struct input_event *event)
{
	return event->code >= BTN_DIGI && event->code <= BTN_TOOL_QUADTAP;
}

/* A press out of a resync tells not whose it is: it must be one that nobody saw yet. */
static void take_resynced_press(struct evs_sim *sim, uint32_t sink, uint16_t as)
{
	uint32_t profile = profile_of(sim, sink);
	uint32_t candidate_count = 0;
	uint32_t press = 0;

	for (uint32_t i = 0; i < sim->source_count; i++) {
		const struct sim_source *source = &sim->sources[i];

		KEYSET_FOR_EACH(code, &source->fingers)
		{
			if (profile_fold(profile, (uint16_t)code) != as ||
			    sim->is_taken[source->presses[code] % STAMPS_MAX])
				continue;
			press = source->presses[code];
			candidate_count++;
		}
	}
	if (candidate_count == 0 && !sim->is_disturbed)
		breaks(sim, RULE_PRESSED_AGAIN);
	/* A finger that lifted meanwhile may have been the one: then another's press is not it. */
	if (candidate_count == 1 && !sim->is_disturbed)
		take_press(sim, press);
}

static void check_origin(struct evs_sim *sim, uint32_t sink, const struct input_event *event)
{
	uint64_t stamp = event_time_ns(event) / 1000;
	const struct origin *origin = &sim->origins[stamp % STAMPS_MAX];
	struct sim_source *source = &sim->sources[origin->source];
	uint32_t target = sim->core.sinks[sink].target + 1;
	uint32_t *frame_target = &sim->frame_targets[origin->frame % STAMPS_MAX];

	if (origin->host_saw)
		breaks(sim, RULE_SEEN_TWICE);
	if (target != target_of(sim, source) + 1)
		breaks(sim, RULE_INACTIVE_RECEIVES);
	if (stamp <= source->emitted[sink])
		breaks(sim, RULE_OUT_OF_ORDER);
	source->emitted[sink] = stamp;
	if (*frame_target != 0 && *frame_target != target)
		breaks(sim, RULE_FRAME_SPLIT);
	*frame_target = target;
	if (event->type == EV_KEY && event->value == 1)
		take_press(sim, origin->press);
}

/* May a rule have made this of something, on a target of which `is_active` is told? */
static bool is_product(const struct evs_sim *sim, uint32_t target, bool is_active, uint16_t as)
{
	uint32_t profile = sim->core.targets[target].profile;

	for (uint32_t i = 0; i < sim->product_count; i++) {
		const struct product *product = &sim->products[i];

		if (profile_fold(profile, product->as) == as &&
		    (product->target == target || (product->target == EVS_NONE && is_active)))
			return true;
	}
	return false;
}

static void check_press(struct evs_sim *sim, uint32_t sink, const struct input_event *event)
{
	const struct core_sink *known = &sim->core.sinks[sink];
	bool is_active = known->target == sim->core.active;

	/* Of our own making: its origin is a rule's trigger. */
	if (event_time_ns(event) == 0 && event->type == EV_KEY && !known->is_clone &&
	    is_product(sim, known->target, is_active, event->code)) {
		if (!known->is_consumed)
			breaks(sim, RULE_UNGRABBED_ROUTED);
		return;
	}
	if (!may_receive(sim, known->target))
		breaks(sim, RULE_INACTIVE_RECEIVES);
	if (!known->is_consumed)
		breaks(sim, RULE_UNGRABBED_ROUTED);
	if (event_time_ns(event) != 0)
		check_origin(sim, sink, event);
	else if (event->type == EV_KEY && event->value == 1 && !sim->is_repairing &&
		 !(known->is_clone && is_touch(event))) /* of our own making: no stamp */
		take_resynced_press(sim, sink, event->code);
}

static bool holds_all(const struct keyset *keys, const uint16_t *codes, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (!keyset_has(keys, codes[i]))
			return false;
	}
	return count > 0;
}

static bool has_product(const struct evs_sim *sim, uint32_t target, const struct evs_hotkey *hotkey)
{
	for (uint32_t i = 0; i < hotkey->key_count; i++) {
		if (is_product(sim, target, true, hotkey->keys[i]))
			return true;
	}
	return false;
}

static void check_node(struct evs_sim *sim, uint32_t sink)
{
	const struct sim_node *node = &sim->nodes[sink];
	const struct core_target *target = &sim->core.targets[sim->core.sinks[sink].target];
	uint32_t toggle_count = (target->toggle_keys[0] != 0) + (target->toggle_keys[1] != 0);

	if (!sim->core.sinks[sink].is_clone &&
	    holds_all(&node->keys, target->toggle_keys, toggle_count))
		breaks(sim, RULE_TOGGLE_FIRES);
	for (uint32_t i = 0; i < sim->core.hotkeys.count; i++) {
		const struct evs_hotkey *hotkey = &sim->core.hotkeys.list[i];

		/* A rule may well press what is no hotkey when fingers do not. */
		if (hotkey->key_count > 1 &&
		    !has_product(sim, sim->core.sinks[sink].target, hotkey) &&
		    holds_all(&node->keys, hotkey->keys, hotkey->key_count))
			breaks(sim, RULE_CHORD_LEAKS);
	}
}

static void take_node_place(struct sim_node *node, const struct input_event *event)
{
	struct input_event out[2];
	uint32_t count = passing_places(&node->places, &node->staged_slot, event, out);

	for (uint32_t i = 0; i < count; i++)
		log_add(&node->log, &out[i]);
}

static void sim_emit(void *ctx, uint32_t sink, const struct input_event *events, uint32_t count)
{
	struct evs_sim *sim = ctx;
	struct sim_node *node = &sim->nodes[sink];
	uint32_t no_lamps = 0;
	uint32_t in_frame = 0;

	interleave(sim);
	if (count == 0 || !event_is_report(&events[count - 1]))
		breaks(sim, RULE_BAD_FRAME);
	for (uint32_t i = 0; i < count; i++) {
		const struct input_event *event = &events[i];
		bool is_release = event->type == EV_KEY && event->value == 0;

		if (event_is_report(event)) {
			if (in_frame == 0)
				breaks(sim, RULE_BAD_FRAME);
			in_frame = 0;
			log_add(&node->log, event);
			continue;
		}
		in_frame++;
		if (!is_release && event->type != EV_MSC)
			check_press(sim, sink, event);
		node->was_shown |= event->type == EV_ABS;
		if (event->type == EV_ABS)
			take_node_place(node, event);
		else if (passes(&node->keys, &no_lamps, event))
			log_add(&node->log, event);
		check_node(sim, sink);
	}
}

static void sim_flush(void *ctx)
{
	(void)ctx;
}

static int sim_keys(void *ctx, uint32_t index, struct keyset *out)
{
	struct sim_source *source = touch(ctx, index);

	((struct evs_sim *)ctx)->is_disturbed = false;
	flush_queue(source, EV_KEY);
	*out = source->keys;
	return source->is_plugged ? 0 : -ENODEV;
}

static int sim_places(void *ctx, uint32_t index, const struct clone_shape *shape,
		      struct clone_state *out)
{
	const struct sim_source *source = touch(ctx, index);

	(void)shape;
	*out = source->places;
	return source->is_plugged ? 0 : -ENODEV;
}

static int sim_lamps(void *ctx, uint32_t index, uint32_t *out)
{
	struct sim_source *source = touch(ctx, index);

	flush_queue(source, EV_LED);
	*out = source->lamps;
	return source->is_plugged ? 0 : -ENODEV;
}

static void sim_drain(void *ctx, uint32_t index)
{
	touch(ctx, index)->queue_count = 0;
}

static int sim_inject(void *ctx, uint32_t index, const struct input_event *events, uint32_t count)
{
	struct evs_sim *sim = ctx;
	struct sim_source *source = touch(sim, index);

	if (!source->is_plugged)
		return -ENODEV;
	if (source->flags & EVS_SOURCE_READ_ONLY)
		return -EBADF;
	sim->is_injecting = true;
	kernel_frame(sim, source, events, count);
	sim->is_injecting = false;
	return 0;
}

static int sim_grab(void *ctx, uint32_t index)
{
	struct evs_sim *sim = ctx;
	struct sim_source *source = touch(sim, index);

	if (!source->is_plugged)
		return -ENODEV;
	source->is_grabbed = true;
	if (!sim->core.sources[index].owes_lamps) {
		source->host_wish = source->lamps;
		source->is_wish_unknown = false;
	}
	return 0;
}

static void sim_ungrab(void *ctx, uint32_t index)
{
	struct evs_sim *sim = ctx;
	struct sim_source *source = touch(sim, index);

	/*
	 * A key that was released for the host stays so whatever its finger does: nobody hears of the
	 * lift. What a PS/2 device reports of it from now on is a new press to everybody.
	 */
	KEYSET_FOR_EACH(code, &source->fingers)
	{
		if (!keyset_has(&source->keys, (uint16_t)code))
			number_press(sim, source, (uint16_t)code);
	}
	for (uint32_t i = 0; i < sim->source_count; i++)
		sim->sources[i].is_promised |= sim->leaving_count == 0 || i == index;
	source->is_leaving = true;
	source->has_effect = false;
	sim->leaving[sim->leaving_count++] = index;
}

static bool sim_is_consumed(void *ctx, uint32_t sink)
{
	struct evs_sim *sim = ctx;

	interleave(sim);
	return sim->nodes[sink].is_consumed;
}

static uint64_t sim_now(void *ctx)
{
	return ((const struct evs_sim *)ctx)->now_ns;
}

static void sim_alarm(void *ctx, uint64_t at_ns)
{
	((struct evs_sim *)ctx)->alarm_ns = at_ns;
}

static void sim_notify(void *ctx, const struct evs_event *event)
{
	struct evs_sim *sim = ctx;

	if (sim->event_count == EVENTS_MAX) { /* the oldest goes: nobody reads them */
		sim->event_first = (sim->event_first + 1) % EVENTS_MAX;
		sim->event_count--;
	}
	sim->events[(sim->event_first + sim->event_count++) % EVENTS_MAX] = *event;
}

static const struct port sim_port = {
	.emit = sim_emit,
	.flush = sim_flush,
	.keys = sim_keys,
	.places = sim_places,
	.lamps = sim_lamps,
	.drain = sim_drain,
	.inject = sim_inject,
	.grab = sim_grab,
	.ungrab = sim_ungrab,
	.is_consumed = sim_is_consumed,
	.now = sim_now,
	.alarm = sim_alarm,
	.notify = sim_notify,
};

/* ---- devices */

int32_t evs_sim_create(uint32_t host_mode, struct evs_sim **out)
{
	struct evs_sim *sim;

	if (host_mode > EVS_HOST_PROXY)
		return -EINVAL;
	sim = calloc(1, sizeof(*sim));
	if (!sim)
		return -ENOMEM;
	sim->now_ns = 1000000000u;
	core_init(&sim->core, host_mode, &sim_port, sim);
	*out = sim;
	return 0;
}

void evs_sim_destroy(struct evs_sim *sim)
{
	for (uint32_t i = 0; i < sim->source_count; i++)
		free(sim->sources[i].host_log.records);
	for (uint32_t i = 0; i < EVS_SINK_MAX; i++)
		free(sim->nodes[i].log.records);
	free(sim);
}

static struct sim_source *make_source(struct evs_sim *sim, int slot, uint32_t flags,
				      uint32_t driver)
{
	struct sim_source *source;

	source = &sim->sources[slot];
	free(source->host_log.records);
	memset(source, 0, sizeof(*source));
	if ((uint32_t)slot >= sim->source_count)
		sim->source_count = (uint32_t)slot + 1;
	source->is_plugged = true;
	source->flags = flags;
	source->driver = driver;
	no_contacts(&source->places);
	no_contacts(&source->host_places);
	return source;
}

int32_t evs_sim_plug(struct evs_sim *sim, uint32_t flags, uint32_t driver)
{
	int slot = core_source_slot(&sim->core);

	if (slot < 0)
		return slot;
	make_source(sim, slot, flags, driver);
	core_source_add(&sim->core, (uint32_t)slot, flags);
	return slot;
}

int32_t evs_sim_add_clone(struct evs_sim *sim, uint32_t target)
{
	for (uint32_t sink = 0; sink < EVS_SINK_MAX; sink++) {
		struct sim_node *node = &sim->nodes[sink];
		int result;

		if (node->is_made)
			continue;
		result = core_clone_add(&sim->core, target, sink);
		if (result < 0)
			return result;
		node->is_made = true;
		no_contacts(&node->places);
		return (int32_t)sink;
	}
	return -ENOSPC;
}

int32_t evs_sim_remove_clone(struct evs_sim *sim, uint32_t clone)
{
	int result = core_clone_remove(&sim->core, clone);

	if (result < 0)
		return result;
	free(sim->nodes[clone].log.records);
	memset(&sim->nodes[clone], 0, sizeof(sim->nodes[clone]));
	return 0;
}

int32_t evs_sim_plug_cloned(struct evs_sim *sim, uint32_t flags, uint32_t driver,
			    const struct evs_description *description, const uint32_t *clones,
			    uint32_t count)
{
	int slot = core_source_slot(&sim->core);
	uint32_t sinks[EVS_TARGET_MAX];
	struct sim_source *source;
	int result;

	if (slot < 0)
		return slot;
	for (uint32_t target = 0; target < EVS_TARGET_MAX; target++)
		sinks[target] = EVS_NONE;
	for (uint32_t i = 0; i < count; i++) {
		if (clones[i] >= EVS_SINK_MAX || !sim->core.sinks[clones[i]].is_clone)
			return -EINVAL;
		sinks[sim->core.sinks[clones[i]].target] = clones[i];
	}
	source = make_source(sim, slot, flags, driver);
	result = clone_shape_of(description, &source->shape);
	if (result == 0)
		result = core_source_add_cloned(&sim->core, (uint32_t)slot, flags, &source->shape,
						sinks);
	if (result < 0)
		source->is_plugged = false;
	return result < 0 ? result : slot;
}

static bool is_routed(const struct evs_sim *sim, uint32_t source)
{
	return source < EVS_SOURCE_MAX && sim->core.sources[source].is_present;
}

void evs_sim_unplug(struct evs_sim *sim, uint32_t index)
{
	struct sim_source *source;

	if (!is_routed(sim, index))
		return;
	source = &sim->sources[index];
	/* Whoever reads a device that goes forgets its keys. */
	keyset_clear(&source->fingers);
	keyset_clear(&source->host);
	source->is_plugged = false;
	source->is_grabbed = false;
	source->queue_count = 0;
	core_source_gone(&sim->core, index);
	sim_notify(sim, &(struct evs_event){.kind = EVS_EVENT_SOURCE_GONE,
					    .source = index,
					    .target = EVS_NONE,
					    .previous = EVS_NONE,
					    .result = -ENODEV});
}

int32_t evs_sim_remove(struct evs_sim *sim, uint32_t index)
{
	if (!is_routed(sim, index))
		return -ENOENT;
	core_source_remove(&sim->core, index);
	/* The device lives on with the host; we listen no more. */
	sim->sources[index].queue_count = 0;
	return 0;
}

void evs_sim_arm(struct evs_sim *sim, uint32_t calls, uint32_t source, uint32_t code, uint32_t down)
{
	sim->armed = (struct armed){calls, source, code, down};
}

void evs_sim_read(struct evs_sim *sim, uint32_t index, uint32_t events)
{
	struct sim_source *source;
	struct input_event batch[CORE_BATCH_MAX];
	uint32_t count;

	if (!is_routed(sim, index))
		return;
	source = &sim->sources[index];
	count = source->queue_count < events ? source->queue_count : events;
	if (count > CORE_BATCH_MAX)
		count = CORE_BATCH_MAX;
	if (count == 0)
		return;
	memcpy(batch, source->queue, count * sizeof(batch[0]));
	source->queue_count -= count;
	memmove(source->queue, source->queue + count, source->queue_count * sizeof(batch[0]));
	if (sim->core.sources[index].clone != EVS_NONE)
		core_clone_feed(&sim->core, index, batch, count);
	else
		core_feed(&sim->core, index, batch, count);
}

void evs_sim_step(struct evs_sim *sim)
{
	bool is_quiet;

	do {
		is_quiet = true;
		for (uint32_t i = 0; i < sim->source_count; i++) {
			if (!is_routed(sim, i) || sim->sources[i].queue_count == 0)
				continue;
			evs_sim_read(sim, i, CORE_BATCH_MAX);
			is_quiet = false;
		}
	} while (!is_quiet);
}

int32_t evs_sim_ungrab_takes_effect(struct evs_sim *sim)
{
	for (uint32_t i = 0; i < sim->leaving_count; i++) {
		struct sim_source *source = &sim->sources[sim->leaving[i]];

		if (source->has_effect)
			continue;
		source->has_effect = true;
		source->is_grabbed = false;
		return 1;
	}
	return 0;
}

/* The host wants these LEDs of `mask` lit or dark. */
static void wish_led(struct evs_sim *sim, struct sim_source *source, uint32_t mask, uint32_t lit)
{
	const struct core_target *target = &sim->core.targets[target_of(sim, source)];
	uint32_t sink = target->sinks[SHAPER_KEYBOARD];

	source->host_wish = (source->host_wish & ~mask) | lit;
	/*
	 * Of two writes before we read, the first may be all that is heard; while a grab ends, none is told
	 * from the console's.
	 */
	source->is_wish_unknown |= sim->leaving_count > 0 ||
				   (source->is_grabbed && source->queue_count > 0) ||
				   (sink != EVS_NONE && !sim->nodes[sink].is_consumed);
}

static void write_led(struct evs_sim *sim, struct sim_source *source, uint16_t code, int32_t value)
{
	struct input_event frame[2] = {event_make(EV_LED, code, value),
				       event_make(EV_SYN, SYN_REPORT, 0)};

	kernel_frame(sim, source, frame, 2);
}

/*
 * kbd_start() of the console at the end of a grab, a consumer's of a target or (EVS_NONE) the engine's: it wants
 * no lamp lit, on no keyboard. Where that is not the router's to undo, it is what the host wants.
 */
static void darken_all(struct evs_sim *sim, uint32_t target)
{
	for (uint32_t i = 0; i < sim->source_count; i++) {
		struct sim_source *source = &sim->sources[i];
		const struct core_source *known = &sim->core.sources[i];
		bool is_undone = target == EVS_NONE || target == target_of(sim, source);

		if (!source->is_plugged)
			continue;
		if (known->grab == GRAB_FREE && !source->is_promised)
			source->host_wish = 0;
		else if (!is_undone)
			wish_led(sim, source, source->lamps, 0);
		else /* hides what was written before and not read */
			source->is_wish_unknown |= source->queue_count > 0;
		for (uint16_t led = 0; led < LED_CNT; led++)
			write_led(sim, source, led, 0);
	}
}

int32_t evs_sim_ungrab_returns(struct evs_sim *sim)
{
	struct sim_source *source;
	uint32_t index;

	if (sim->leaving_count == 0)
		return 0;
	index = sim->leaving[0];
	sim->leaving_count--;
	memmove(sim->leaving, sim->leaving + 1, sim->leaving_count * sizeof(sim->leaving[0]));
	source = &sim->sources[index];
	source->is_leaving = false;
	source->is_grabbed = false;
	darken_all(sim, EVS_NONE);
	core_ungrabbed(&sim->core, index, source->is_plugged ? 0 : -ENODEV);
	for (uint32_t i = 0; sim->leaving_count == 0 && i < sim->source_count; i++)
		sim->sources[i].is_promised = false;
	return 1;
}

/* ---- sleep, and the end of an engine */

/* input_dev_release_keys(). A finger that still holds one presses it for everybody when it is reported again. */
static void release_in_kernel(struct evs_sim *sim, struct sim_source *source)
{
	struct input_event frame[KEY_CNT + 1];
	uint32_t count = 0;

	KEYSET_FOR_EACH(code, &source->keys)
	frame[count++] = event_make(EV_KEY, (uint16_t)code, 0);
	frame[count++] = event_make(EV_SYN, SYN_REPORT, 0);
	kernel_frame(sim, source, frame, count);
	KEYSET_FOR_EACH(code, &source->fingers)
	number_press(sim, source, (uint16_t)code);
}

static void write_node(struct sim_node *node, const struct input_event *events, uint32_t count)
{
	uint32_t no_lamps = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (events[i].type == EV_ABS)
			take_node_place(node, &events[i]);
		else if (passes(&node->keys, &no_lamps, &events[i]))
			log_add(&node->log, &events[i]);
	}
}

void evs_sim_sleep(struct evs_sim *sim)
{
	struct input_event frame[ADOPT_EVENTS_MAX];

	for (uint32_t i = 0; i < sim->source_count; i++) {
		if (sim->sources[i].is_plugged)
			release_in_kernel(sim, &sim->sources[i]);
	}
	for (uint32_t i = 0; i < EVS_SINK_MAX; i++) {
		struct sim_node *node = &sim->nodes[i];

		if (node->is_made)
			write_node(node, frame, adopt_frame(&node->keys, NULL, NULL, frame));
	}
	sim->armed.calls = 0;
	core_resumed(&sim->core);
}

static void adopt_node(struct evs_sim *sim, const struct core *old, uint32_t sink)
{
	struct sim_node *node = &sim->nodes[sink];
	const struct clone_shape *shape = NULL;
	struct input_event frame[ADOPT_EVENTS_MAX];

	for (uint32_t i = 0; i < EVS_CLONE_MAX; i++) {
		if (old->clones[i].is_used && old->clones[i].sinks[old->sinks[sink].target] == sink)
			shape = &old->clones[i].shape;
	}
	write_node(node, frame, adopt_frame(&node->keys, shape, &node->places, frame));
}

/*
 * What the kernel does of itself when a process ends. A key that went up while a grab was being given back for another
 * try (struct core_source, raced) stays down for the host until it is pressed again: who would have told it is no more.
 * That is at most the time of one ungrab, 43 ms.
 */
static void end_grabs(struct evs_sim *sim)
{
	for (uint32_t i = 0; i < sim->source_count; i++) {
		struct sim_source *source = &sim->sources[i];

		KEYSET_FOR_EACH(code, &sim->core.sources[i].raced)
		{
			if (!keyset_has(&source->keys, (uint16_t)code))
				keyset_remove(&source->host, (uint16_t)code);
		}
		source->is_grabbed = source->is_leaving = source->has_effect = false;
		source->is_promised = false;
		source->is_wish_unknown = true;
		source->queue_count = 0;
	}
	sim->leaving_count = 0;
	sim->armed.calls = 0;
	sim->alarm_ns = 0;
}

static void add_targets_again(struct evs_sim *sim, const struct core *old)
{
	for (uint32_t target = 0; target < EVS_TARGET_MAX; target++) {
		const uint32_t *sinks = old->targets[target].sinks;

		if (old->targets[target].is_present &&
		    (target != EVS_HOST || sinks[SHAPER_KEYBOARD] != EVS_NONE))
			core_target_add(&sim->core, &sim->configs[target], sinks);
	}
	for (uint32_t i = 0; i < EVS_SINK_MAX; i++) {
		if (old->sinks[i].is_present && old->sinks[i].is_clone)
			core_clone_add(&sim->core, old->sinks[i].target, i);
	}
}

static void add_sources_again(struct evs_sim *sim, const struct core *old)
{
	for (uint32_t i = 0; i < sim->source_count; i++) {
		struct sim_source *source = &sim->sources[i];
		const struct core_source *known = &old->sources[i];

		if (!known->is_present)
			continue;
		if (known->clone == EVS_NONE)
			core_source_add(&sim->core, i, source->flags);
		else
			core_source_add_cloned(&sim->core, i, source->flags, &source->shape,
					       old->clones[known->clone].sinks);
		core_source_classify(&sim->core, i, known->source_class);
		if (source->is_pinned)
			core_source_pin(&sim->core, i, source->pin);
	}
}

void evs_sim_restart(struct evs_sim *sim)
{
	struct core *old = malloc(sizeof(*old));

	if (!old)
		abort();
	*old = sim->core;
	end_grabs(sim);
	/* Targets take the lowest free ids: what was removed before leaves no gap. */
	core_init(&sim->core, old->host_mode, &sim_port, sim);
	for (uint32_t i = 0; i < EVS_SINK_MAX; i++) {
		if (sim->nodes[i].is_made)
			adopt_node(sim, old, i);
	}
	add_targets_again(sim, old);
	core_set_hotkeys(&sim->core, old->hotkeys.list, old->hotkeys.count);
	if (old->map)
		core_map_set(&sim->core, old->map);
	core_set_indicator(&sim->core, sim->has_indicator);
	add_sources_again(sim, old);
	free(old);
}

/* ---- targets */

int32_t evs_sim_add_target(struct evs_sim *sim, const struct evs_target_config *config,
			   uint32_t has_keyboard, uint32_t has_mouse)
{
	const uint32_t has[SHAPER_STREAMS] = {has_keyboard, has_mouse};
	uint32_t sinks[SHAPER_STREAMS] = {EVS_NONE, EVS_NONE};
	int32_t result;

	if (memchr(config->name, '\0', sizeof(config->name)) == NULL)
		return -EINVAL;
	for (uint32_t stream = 0; stream < SHAPER_STREAMS; stream++) {
		for (uint32_t i = 0; has[stream] && i < EVS_SINK_MAX; i++) {
			if (sim->nodes[i].is_made)
				continue;
			sim->nodes[i].is_made = true;
			sinks[stream] = i;
			break;
		}
	}
	result = core_target_add(&sim->core, config, sinks);
	for (uint32_t stream = 0; stream < SHAPER_STREAMS && result < 0; stream++) {
		if (sinks[stream] != EVS_NONE)
			sim->nodes[sinks[stream]].is_made = false;
	}
	if (result >= 0)
		sim->configs[result] = *config;
	return result;
}

static void unmake_node(struct sim_node *node)
{
	free(node->log.records);
	memset(node, 0, sizeof(*node));
}

int32_t evs_sim_remove_target(struct evs_sim *sim, uint32_t target)
{
	bool is_its[EVS_SINK_MAX];
	int result;

	for (uint32_t i = 0; i < EVS_SINK_MAX; i++)
		is_its[i] = sim->core.sinks[i].is_present && sim->core.sinks[i].target == target;
	result = core_target_remove(&sim->core, target);
	for (uint32_t i = 0; i < EVS_SINK_MAX && result == 0; i++) {
		if (!is_its[i])
			continue;
		if (!keyset_is_empty(&sim->nodes[i].keys))
			breaks(sim, RULE_STUCK_ON_NODE);
		unmake_node(&sim->nodes[i]);
		for (uint32_t source = 0; source < sim->source_count; source++)
			sim->sources[source].emitted[i] = 0;
	}
	return result;
}

int32_t evs_sim_update_target(struct evs_sim *sim, uint32_t target,
			      const struct evs_target_config *config)
{
	int result = core_target_update(&sim->core, target, config);

	if (result == 0) {
		sim->configs[target].repeat = config->repeat;
		sim->configs[target].grab_toggle = config->grab_toggle;
	}
	return result;
}

int32_t evs_sim_repair_target(struct evs_sim *sim, uint32_t target)
{
	int result;

	sim->is_repairing = true;
	result = core_target_repair(&sim->core, target);
	sim->is_repairing = false;
	return result;
}

int32_t evs_sim_pin(struct evs_sim *sim, uint32_t index, uint32_t target)
{
	struct sim_source *source = &sim->sources[index % EVS_SOURCE_MAX];
	struct sim_source before = {.is_pinned = source->is_pinned, .pin = source->pin};
	int result;

	if (index >= EVS_SOURCE_MAX)
		return -ENOENT;
	source->is_pinned = target != EVS_NONE;
	source->pin = target;
	result = core_source_pin(&sim->core, index, target);
	if (result < 0) {
		source->is_pinned = before.is_pinned;
		source->pin = before.pin;
	}
	return result;
}

int32_t evs_sim_switch_by(struct evs_sim *sim, uint32_t is_forward)
{
	return core_switch_by(&sim->core, is_forward != 0, EVS_REASON_COMMAND);
}

void evs_sim_set_indicator(struct evs_sim *sim, uint32_t on)
{
	sim->has_indicator = on != 0;
	core_set_indicator(&sim->core, on != 0);
}

int32_t evs_sim_set_hotkeys(struct evs_sim *sim, const struct evs_hotkey *hotkeys, uint32_t count)
{
	return core_set_hotkeys(&sim->core, hotkeys, count);
}

static void add_product(struct evs_sim *sim, const struct evs_map_rule *rule, uint16_t as)
{
	struct product product = {
		.is_of_macro = rule->kind == EVS_MAP_MACRO,
		.trigger = rule->when.keys[rule->when.key_count - 1],
		.as = as,
		.target = rule->target,
	};

	for (uint32_t i = 0; i < sim->product_count; i++) {
		const struct product *known = &sim->products[i];

		if (known->is_of_macro == product.is_of_macro &&
		    known->trigger == product.trigger && known->as == as &&
		    known->target == product.target)
			return;
	}
	if (sim->product_count == PRODUCTS_MAX)
		return; /* far more than any test has */
	sim->products[sim->product_count++] = product;
}

static void add_products(struct evs_sim *sim, const struct evs_map_rule *rule,
			 const struct evs_map_step *steps)
{
	for (uint32_t i = 0; rule->kind == EVS_MAP_KEYS && i < rule->key_count; i++)
		add_product(sim, rule, rule->keys[i]);
	for (uint32_t i = 0; rule->kind == EVS_MAP_MACRO && i < rule->step_count; i++) {
		if (steps[rule->first_step + i].is_press)
			add_product(sim, rule, steps[rule->first_step + i].code);
	}
	if (rule->kind == EVS_MAP_SCROLL)
		add_product(sim, rule, rule->when.keys[rule->when.key_count - 1]);
}

int32_t evs_sim_set_map(struct evs_sim *sim, const struct evs_map_rule *rules, uint32_t rule_count,
			const struct evs_map_axis *axes, uint32_t axis_count,
			const struct evs_map_step *steps, uint32_t step_count,
			const uint8_t *tables, uint32_t class_count)
{
	struct map *map = &sim->maps[sim->next_map];
	struct map_plan plan = {.rules = rules,
				.axes = axes,
				.steps = steps,
				.tables = tables,
				.rule_count = rule_count,
				.axis_count = axis_count,
				.step_count = step_count,
				.class_count = class_count};
	int32_t result = map_build(map, &plan);

	if (result < 0)
		return result;
	for (uint32_t i = 0; i < rule_count; i++)
		add_products(sim, &rules[i], steps);
	core_map_set(&sim->core, map);
	sim->next_map = 1 - sim->next_map;
	return 0;
}

int32_t evs_sim_classify(struct evs_sim *sim, uint32_t source, uint32_t source_class)
{
	return core_source_classify(&sim->core, source, source_class);
}

void evs_sim_wait(struct evs_sim *sim, uint32_t us)
{
	uint64_t end = sim->now_ns + (uint64_t)us * 1000u;

	while (sim->alarm_ns != 0 && sim->alarm_ns <= end) {
		if (sim->alarm_ns > sim->now_ns)
			sim->now_ns = sim->alarm_ns;
		sim->alarm_ns = 0;
		core_alarm(&sim->core);
	}
	sim->now_ns = end;
}

static struct sim_node *node_of(struct evs_sim *sim, uint32_t target, uint32_t stream)
{
	uint32_t sink = EVS_NONE;

	if (target < EVS_TARGET_MAX && stream < SHAPER_STREAMS)
		sink = sim->core.targets[target].sinks[stream];
	return sink == EVS_NONE ? NULL : &sim->nodes[sink];
}

void evs_sim_consume(struct evs_sim *sim, uint32_t target, uint32_t stream, uint32_t on)
{
	struct sim_node *node = node_of(sim, target, stream);

	if (!node || node->is_consumed == (on != 0))
		return;
	node->is_consumed = on != 0;
	if (stream != EVS_SINK_KEYBOARD)
		return;
	if (!on)
		darken_all(sim, target);
	/* Who comes at once after another hides that it had gone. */
	for (uint32_t i = 0; on && i < sim->source_count; i++)
		sim->sources[i].is_wish_unknown |= sim->sources[i].queue_count > 0;
}

void evs_sim_consume_clone(struct evs_sim *sim, uint32_t clone, uint32_t on)
{
	if (clone < EVS_SINK_MAX && sim->core.sinks[clone].is_clone)
		sim->nodes[clone].is_consumed = on != 0;
}

void evs_sim_consumer_led(struct evs_sim *sim, uint32_t target, uint32_t code, int32_t value)
{
	if (node_of(sim, target, EVS_SINK_KEYBOARD) && code < LED_CNT)
		core_sink_led(&sim->core, sim->core.targets[target].sinks[SHAPER_KEYBOARD],
			      (uint16_t)code, value);
}

void evs_sim_host_led(struct evs_sim *sim, uint32_t index, uint32_t code, int32_t value)
{
	struct sim_source *source = &sim->sources[index % EVS_SOURCE_MAX];

	if (index >= EVS_SOURCE_MAX || !source->is_plugged || code >= LED_CNT ||
	    !(source->flags & EVS_SOURCE_LEDS))
		return;
	if (((source->lamps >> code) & 1u) == (value != 0))
		return; /* heard by nobody */
	wish_led(sim, source, UINT32_C(1) << code, (uint32_t)(value != 0) << code);
	write_led(sim, source, (uint16_t)code, value);
}

int32_t evs_sim_switch(struct evs_sim *sim, uint32_t target)
{
	return core_switch(&sim->core, target, EVS_REASON_COMMAND);
}

void evs_sim_panic(struct evs_sim *sim)
{
	core_panic(&sim->core);
}

void evs_sim_stop(struct evs_sim *sim)
{
	core_stop(&sim->core);
}

void evs_sim_ask_presence(struct evs_sim *sim)
{
	core_ask_presence(&sim->core);
}

/* ---- looking */

int32_t evs_sim_next_event(struct evs_sim *sim, struct evs_event *out)
{
	if (sim->event_count == 0)
		return 0;
	*out = sim->events[sim->event_first];
	sim->event_first = (sim->event_first + 1) % EVENTS_MAX;
	sim->event_count--;
	return 1;
}

uint32_t evs_sim_active(const struct evs_sim *sim)
{
	return sim->core.active;
}

void evs_sim_counters(const struct evs_sim *sim, struct evs_stats *out)
{
	const struct core_counters *counters = &sim->core.counters;

	memset(out, 0, sizeof(*out));
	out->frames_in = counters->frames_in;
	out->drops = counters->drops;
	out->resyncs = counters->resyncs;
	out->switches = counters->switches;
	out->refusals = counters->refusals;
	out->panics = counters->panics;
	out->muted = counters->muted;
	out->unconsumed = counters->unconsumed;
	out->grab_races = counters->grab_races;
	out->active_target = sim->core.active;
	for (uint32_t i = 0; i < sim->source_count; i++) {
		out->sources += sim->core.sources[i].is_present;
		out->grabbed += sim->sources[i].is_grabbed;
	}
}

int32_t evs_sim_read_node(struct evs_sim *sim, uint32_t target, uint32_t stream,
			  struct evs_sim_record *out, uint32_t capacity)
{
	struct sim_node *node = node_of(sim, target, stream);

	return node ? log_take(&node->log, out, capacity) : -ENOENT;
}

int32_t evs_sim_read_clone(struct evs_sim *sim, uint32_t clone, struct evs_sim_record *out,
			   uint32_t capacity)
{
	if (clone >= EVS_SINK_MAX || !sim->core.sinks[clone].is_clone)
		return -ENOENT;
	return log_take(&sim->nodes[clone].log, out, capacity);
}

int32_t evs_sim_read_host(struct evs_sim *sim, uint32_t source, struct evs_sim_record *out,
			  uint32_t capacity)
{
	if (source >= EVS_SOURCE_MAX)
		return -ENOENT;
	return log_take(&sim->sources[source].host_log, out, capacity);
}

uint32_t evs_sim_lamps(const struct evs_sim *sim, uint32_t source)
{
	return source < EVS_SOURCE_MAX ? sim->sources[source].lamps : 0;
}

int32_t evs_sim_is_grabbed(const struct evs_sim *sim, uint32_t source)
{
	return source < EVS_SOURCE_MAX && sim->sources[source].is_grabbed;
}

/* ---- rules that must hold when everything is read */

static bool is_quiet(const struct evs_sim *sim)
{
	for (uint32_t i = 0; i < sim->source_count; i++) {
		if (sim->core.sources[i].is_present && sim->sources[i].queue_count > 0)
			return false;
	}
	return sim->leaving_count == 0 && sim->armed.calls == 0;
}

/* Something that a rule has, now or before, is held, or a macro plays it. */
static bool product_holds(const struct evs_sim *sim, uint32_t target, uint16_t as)
{
	uint32_t profile = sim->core.targets[target].profile;

	for (uint32_t i = 0; i < sim->product_count; i++) {
		const struct product *product = &sim->products[i];

		if (profile_fold(profile, product->as) != as ||
		    (product->target != target &&
		     !(product->target == EVS_NONE && target == sim->core.active)))
			continue;
		if (product->is_of_macro && sim->core.macro_count > 0)
			return true;
		for (uint32_t source = 0; source < sim->source_count; source++) {
			if (sim->core.sources[source].is_present && product->trigger < KEY_CNT &&
			    keyset_has(&sim->sources[source].fingers, product->trigger))
				return true;
		}
	}
	return false;
}

static bool finger_holds(const struct evs_sim *sim, uint32_t target, uint32_t profile, uint16_t as)
{
	for (uint32_t i = 0; i < sim->source_count; i++) {
		KEYSET_FOR_EACH(code, &sim->sources[i].fingers)
		{
			if (sim->core.sources[i].is_present &&
			    target_of(sim, &sim->sources[i]) == target &&
			    profile_fold(profile, (uint16_t)code) == as)
				return true;
		}
	}
	return false;
}

static void check_nodes(struct evs_sim *sim)
{
	for (uint32_t sink = 0; sink < EVS_SINK_MAX; sink++) {
		const struct core_sink *known = &sim->core.sinks[sink];
		const struct sim_node *node = &sim->nodes[sink];

		if (!node->is_made)
			continue;
		if (memcmp(&known->pressed, &node->keys, sizeof(node->keys)) != 0)
			breaks(sim, RULE_NODE_DIFFERS);
		KEYSET_FOR_EACH(code, &node->keys)
		{
			uint32_t profile = profile_of(sim, sink);

			if (!finger_holds(sim, known->target, profile, (uint16_t)code) &&
			    (known->is_clone || !product_holds(sim, known->target, (uint16_t)code)))
				breaks(sim, RULE_STUCK_ON_NODE);
		}
	}
}

static int32_t contact(const struct clone_state *places, uint32_t slot)
{
	return places->slots[ABS_MT_TRACKING_ID - CLONE_SLOT_AXIS_FIRST][slot];
}

static bool is_same_place(const struct clone_shape *shape, const struct clone_state *a,
			  const struct clone_state *b)
{
	for (uint32_t code = 0; code < ABS_CNT; code++) {
		if (((shape->axes >> code) & 1u) && a->axes[code] != b->axes[code])
			return false;
	}
	for (uint32_t axis = 0; axis < CLONE_SLOT_AXES; axis++) {
		if (((shape->slot_axes >> (CLONE_SLOT_AXIS_FIRST + axis)) & 1u) &&
		    memcmp(a->slots[axis], b->slots[axis], shape->slot_count * sizeof(int32_t)) !=
			    0)
			return false;
	}
	return true;
}

static bool is_at_rest(const struct clone_shape *shape, const struct clone_state *places)
{
	for (uint32_t slot = 0; slot < shape->slot_count; slot++) {
		if (contact(places, slot) >= 0)
			return false;
	}
	for (uint32_t code = 0; code < ABS_CNT; code++) {
		if (((shape->resting >> code) & 1u) && places->axes[code] != shape->rest[code])
			return false;
	}
	return true;
}

static void check_clone(struct evs_sim *sim, const struct core_clone *clone)
{
	const struct sim_source *source = &sim->sources[clone->source];
	bool is_held = sim->core.sources[clone->source].grab == GRAB_HELD;
	bool may_write = !(source->flags & EVS_SOURCE_READ_ONLY);

	for (uint32_t target = 0; target < EVS_TARGET_MAX; target++) {
		uint32_t sink = clone->sinks[target];
		const struct sim_node *node = &sim->nodes[sink == EVS_NONE ? 0 : sink];

		if (sink == EVS_NONE)
			continue;
		if (target == target_of(sim, source) && is_held &&
		    sim->core.sinks[sink].is_consumed) {
			if (!is_same_place(&source->shape, &source->places, &node->places))
				breaks(sim, RULE_CLONE_DIFFERS);
		} else if (node->was_shown && !is_at_rest(&source->shape, &node->places)) {
			breaks(sim, RULE_CLONE_NOT_AT_REST);
		}
	}
	for (uint32_t slot = 0; is_held && may_write && slot < source->shape.slot_count; slot++) {
		if (contact(&source->host_places, slot) >= 0)
			breaks(sim, RULE_HOST_TOUCHED);
	}
}

static void check_clones(struct evs_sim *sim)
{
	for (uint32_t i = 0; i < EVS_CLONE_MAX; i++) {
		if (sim->core.clones[i].is_used)
			check_clone(sim, &sim->core.clones[i]);
	}
}

static uint32_t lamps_wanted(const struct evs_sim *sim, const struct sim_source *source)
{
	uint32_t lamps = sim->core.targets[target_of(sim, source)].lamps;

	return sim->has_indicator && sim->core.active != EVS_HOST ? lamps | 1u << LED_SCROLLL
								  : lamps;
}

static void check_sources(struct evs_sim *sim)
{
	for (uint32_t i = 0; i < sim->source_count; i++) {
		const struct sim_source *source = &sim->sources[i];
		const struct core_source *known = &sim->core.sources[i];

		KEYSET_FOR_EACH(code, &source->host)
		{
			if (!keyset_has(&source->fingers, (uint16_t)code) &&
			    !(source->flags & EVS_SOURCE_READ_ONLY))
				breaks(sim, RULE_STUCK_ON_HOST);
		}
		if (known->is_present && known->grab == GRAB_HELD &&
		    (source->flags & EVS_SOURCE_LEDS) && !(source->flags & EVS_SOURCE_READ_ONLY) &&
		    source->lamps != lamps_wanted(sim, source))
			breaks(sim, RULE_LAMPS);
		if (known->is_present && known->grab == GRAB_FREE && !source->is_wish_unknown &&
		    sim->core.targets[EVS_HOST].sinks[SHAPER_KEYBOARD] == EVS_NONE &&
		    !(source->flags & EVS_SOURCE_READ_ONLY) && source->lamps != source->host_wish)
			breaks(sim, RULE_HOST_LAMPS);
		if (sim->core.is_stopping && source->is_grabbed)
			breaks(sim, RULE_GRAB_LEFT);
	}
}

evs_sim_rule evs_sim_check(struct evs_sim *sim)
{
	if (is_quiet(sim)) {
		check_nodes(sim);
		check_clones(sim);
		check_sources(sim);
	}
	return (evs_sim_rule)sim->broken;
}

const char *evs_sim_rule_text(evs_sim_rule rule)
{
	return rule >= 0 && rule < RULE_COUNT ? rule_texts[rule] : "no such rule";
}
