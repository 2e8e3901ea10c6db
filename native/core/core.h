/* SPDX-License-Identifier: MIT */
/*
 * The switching core: every rule of evswitch, and nothing else. No descriptor, clock, thread or allocation;
 * the world is a struct port. One thread at a time.
 *
 *   core.c    the tables: sources, targets, sinks come and go
 *   switch.c  one frame's way, and one switch's way
 *   grab.c    how a device is taken from the host and given back
 *   lamps.c   whose LEDs are lit
 *   resync.c  frames out of reads, and key states out of overruns
 *   map.c     what keys, wheels and motion shall be instead: the tables
 *   hold.c    ... and what it means: keys held for other keys, macros
 *   motion.c  ... for motion; frames of motion merged for slow guests
 *   clone.c   devices that are neither keyboard nor mouse, event for event; shape.c what they are
 *
 * Key state, for one source and one code (rules 1, 3 and 4):
 *
 *   down  sent
 *    -     -    up
 *    x     x    pressed on the active target; its release will be sent
 *    x     -    muted: a finger holds it, and no target knows. Repeats, the release and, from drivers that
 *               report a held key again, presses are swallowed.
 *
 * So muting needs no list of its own: a switch forgets `sent` after it released everything, and what is
 * still down is muted from then on.
 *
 * A key that a rule of a map has is never `sent`. While it is down it may have a struct core_hold: what was pressed
 * for it, on which target. Its release lets go of exactly that, whatever the map says by then. A switch lets go of
 * all of them and ends all macros.
 */
#ifndef EVS_CORE_CORE_H
#define EVS_CORE_CORE_H

#include "hotkey.h"
#include "map.h"
#include "port.h"
#include "profile.h"

/* A read brings at most so many events; a frame that is longer is treated as an overrun. */
#define CORE_BATCH_MAX 64u

/* How often a grab is taken again because a key went down while it was taken. */
#define CORE_GRAB_ATTEMPTS 8

/* Keys that rules hold something for at once, on all devices; presses beyond that do nothing. */
#define CORE_HOLDS_MAX 64u

/* Macros that run at once; triggers beyond that do nothing. */
#define CORE_MACROS_MAX 8u

enum grab_state {
	GRAB_FREE = 0, /* the host has it too */
	GRAB_HELD,     /* ours alone */
	GRAB_LEAVING, /* an ungrab is under way in the pool: no call on this device until it ends */
};

struct core_source {
	bool is_present;
	bool is_closing;       /* nobody wants its grab any more */
	bool is_dropping;      /* SYN_DROPPED seen: events are void until the next SYN_REPORT */
	bool is_diverted;      /* its motion is not passed on as it is: see motion.c */
	bool needs_resync;     /* a resync was due while LEAVING */
	bool owes_lamps;       /* host_lamps are to be shown when the grabs have ended */
	bool is_pinned;        /* its target is not the active one, but always the same */
	uint8_t grab;          /* enum grab_state */
	uint8_t grab_attempts; /* since the switch that wants it */
	uint32_t flags;        /* enum evs_source_flag */
	uint32_t target;       /* where its frames go: the active one, unless pinned */
	uint32_t source_class; /* which rules of the map are for it */
	const struct map_table *table; /* those of its target, or NULL */
	uint32_t clone;                /* index of its struct core_clone, or EVS_NONE: routed */
	uint32_t host_lamps;       /* bit = LED_*: what the host wants lit while it is not active */
	uint32_t lamps;            /* what is lit */
	uint32_t generation;       /* raised when what was read before is void */
	struct keyset down;        /* keys that are down on the device */
	struct keyset raced;       /* keys the host saw go down while the grab was taken */
	struct keyset sent;        /* of them, pressed on the active target */
	uint16_t sent_as[KEY_CNT]; /* the code that was sent */
	int32_t rests[REL_CNT];    /* 65,536ths of counts that axis rules have not passed on yet */
	int32_t turns[2];          /* motion towards the next detent: REL_X, REL_Y */
	uint16_t scroller; /* the key that makes motion scroll, while it is down; 0 = none */
	bool has_scrolled; /* ... and something was turned meanwhile */
	uint32_t carry_count;
	struct input_event carry[CORE_BATCH_MAX]; /* a frame's beginning, from the read before */
};

/* What is pressed for one key that a rule has, while it is down. */
struct core_hold {
	uint32_t source; /* index */
	uint32_t target; /* id */
	uint32_t count;
	uint16_t code; /* the key that is down */
	uint16_t keys[EVS_MAP_KEYS_MAX];
};

struct core_macro {
	const struct map_rule *rule;
	uint32_t source, target;
	uint32_t at;     /* its next step */
	uint64_t due_ns; /* ... and when */
	uint32_t count;
	uint16_t keys[EVS_MACRO_KEYS_MAX]; /* that it holds down */
};

/* How many of the last presses on a node a repair releases again. */
#define CORE_RECENT_MAX 8u

struct core_sink {
	bool is_present;
	bool is_consumed;
	bool is_clone; /* of one device: `holders` is not used */
	uint32_t target;
	uint32_t press_count;
	uint16_t recent[CORE_RECENT_MAX]; /* the last presses, by their number */
	struct keyset pressed;            /* keys down on the node */
	struct keyset doubtful;           /* a repair has yet to press and release them */
	uint16_t holders
		[KEY_CNT]; /* how many keys of sources hold each of them; two may fold into one */
};

/* A source that goes to clones. */
struct core_clone {
	bool is_used;
	bool is_shown;     /* the active target's clone may differ from a device at rest */
	bool has_contact;  /* protocol A: the last frame told of one */
	uint32_t source;   /* index */
	uint32_t sounding; /* bit = SND_*: what a consumer has switched on */
	uint32_t slot;     /* what the active target's clone was told last */
	int32_t host_slot; /* what the host was told last, before the grab */
	uint32_t frame_count;
	uint32_t sinks[EVS_TARGET_MAX]; /* index or EVS_NONE */
	struct clone_shape shape;
	int32_t contacts
		[CLONE_SLOTS_MAX]; /* tracking ids on the active target's clone, -1 = none */
	struct input_event frame[CLONE_FRAME_MAX]; /* the beginning of a frame */
};

struct core_target {
	bool is_present;
	bool swallows;                  /* needs no consumer to be active */
	uint32_t profile;               /* enum evs_profile */
	uint32_t repeat;                /* enum evs_repeat */
	uint32_t lamps;                 /* what its consumer wants lit */
	uint16_t toggle_keys[2];        /* rule 6; both 0 = none, the second 0 = a single key */
	uint32_t sinks[SHAPER_STREAMS]; /* index or EVS_NONE */
	uint64_t motion_ns;             /* between two frames of motion at least; 0 = all pass */
	uint64_t next_motion_ns;        /* when the next may be sent */
	int64_t motion[2];              /* REL_X and REL_Y that wait for it */
};

/* Counters of the core; the engine copies them to the statistics page. */
struct core_counters {
	uint64_t frames_in, drops, resyncs, switches, refusals, panics, muted, unconsumed,
		grab_races;
};

struct core {
	const struct port *port;
	void *ctx;
	uint32_t host_mode; /* enum evs_host_mode */
	bool is_panicked; /* devices ungrabbed although the host is proxied, until the next switch */
	bool is_stopping;
	bool is_locked;     /* hotkeys do not switch */
	bool has_indicator; /* Scroll Lock is lit while a guest is active */
	uint32_t active;
	uint64_t frame_ns; /* stamp of the frame being routed, 0 outside */
	struct hotkeys hotkeys;
	uint8_t held[KEY_CNT]; /* how many sources hold each key */
	const struct map *map; /* or NULL */
	uint64_t alarm_ns;     /* what the port was asked for */
	uint32_t hold_count, macro_count;
	struct core_hold holds[CORE_HOLDS_MAX];
	struct core_macro macros[CORE_MACROS_MAX];
	struct core_counters counters;
	struct core_target targets[EVS_TARGET_MAX];
	struct core_sink sinks[EVS_SINK_MAX];
	struct core_source sources[EVS_SOURCE_MAX];
	struct core_clone clones[EVS_CLONE_MAX];
	struct clone_state places, places_again;   /* of the device being looked at */
	struct input_event shown[CLONE_FRAME_MAX]; /* a frame for a clone, or a cloned device */
	struct shaper shaper;
	struct input_event scratch[KEY_CNT + 1]; /* release frames and injections */
	struct input_event resync[2 * KEY_CNT + 1];
};

/* ---- core.c */

void core_init(struct core *core, uint32_t host_mode, const struct port *port, void *ctx);

/*
 * Adds a source at a free index. Its grab follows the active target at once. Errors: -ENOSPC.
 * The port must answer for the index from now on: see core_source_slot().
 */
int core_source_add(struct core *core, uint32_t source, uint32_t flags);

/*
 * The same for a source that goes to clones: `sinks` has the index of one for each target, or EVS_NONE.
 * Further errors: -EINVAL for a sink that is none of the target's clones, or feeds from another source.
 */
int core_source_add_cloned(struct core *core, uint32_t source, uint32_t flags,
			   const struct clone_shape *shape, const uint32_t sinks[EVS_TARGET_MAX]);

/* A free source index, or -ENOSPC. */
int core_source_slot(const struct core *core);

/*
 * The device is gone (unplugged), or is to go: what it holds is released on its target. The index is free
 * when core_source_is_free() says so: at once, or after a core_ungrabbed(), of this source or another.
 */
void core_source_gone(struct core *core, uint32_t source);
void core_source_remove(struct core *core, uint32_t source);
bool core_source_is_free(const struct core *core, uint32_t source);

/*
 * Adds a target, or the host's own nodes for the name "host". `sinks` are free sink indices or EVS_NONE.
 * Returns its id. Errors: -ENOSPC, -EEXIST (the host has nodes), -EINVAL.
 */
int core_target_add(struct core *core, const struct evs_target_config *config,
		    const uint32_t sinks[SHAPER_STREAMS]);

/*
 * Takes a guest away with its nodes and clones: what is active there goes back to the host, and hotkeys that
 * lead there are no more. Its sinks are free then. -ENOENT; -EINVAL: the host; -EBUSY: a source is pinned to it.
 */
int core_target_remove(struct core *core, uint32_t target);

/* Changes whether it gets repeats, and its grab toggle. -ENOENT; -EINVAL. */
int core_target_update(struct core *core, uint32_t target, const struct evs_target_config *config);

/*
 * The source goes to this target alone from now on, whatever is active, and is grabbed while somebody consumes that;
 * EVS_HOST: it stays with the host; EVS_NONE: it goes to the active target again. -ENOENT.
 */
int core_source_pin(struct core *core, uint32_t source, uint32_t target);

/* Replaces all hotkeys. What is down goes on as it is, but for a new chord that is down whole. -EINVAL. */
int core_set_hotkeys(struct core *core, const struct evs_hotkey *list, uint32_t count);

/* A free sink index becomes a guest's clone, resp. is free again. -ENOENT; -EBUSY: a source feeds it. */
int core_clone_add(struct core *core, uint32_t target, uint32_t sink);
int core_clone_remove(struct core *core, uint32_t sink);

/* ---- switch.c */

/*
 * Routes one whole frame: `count` events, of which the last is its SYN_REPORT. `count` is at most
 * 2 * KEY_CNT + 1 for a resync and CORE_BATCH_MAX otherwise.
 */
void core_frame(struct core *core, uint32_t source, const struct input_event *events,
		uint32_t count);

/* The same for a frame of pointer motion and nothing else, which needs no shaping in any profile. */
void core_move(struct core *core, const struct core_source *source,
	       const struct input_event *events, uint32_t count);

/* 0; -ENOENT; -ENOTCONN: nobody consumes it. */
int core_switch(struct core *core, uint32_t target, uint32_t reason);

/* To the next target that can be active, or the one before it. The same. */
int core_switch_by(struct core *core, bool is_forward, uint32_t reason);

/* The host slept: it is active, and every key state is read anew. */
void core_resumed(struct core *core);

/*
 * For a consumer that lost a release: everything on the target's nodes goes up, and modifiers and what was pressed
 * last are pressed and released, one key on each node at a call, and none while somebody holds one there. How many are
 * left, for calls to come; -ENOENT; -EINVAL: the host; -ENOTCONN.
 */
int core_target_repair(struct core *core, uint32_t target);

/* Keys that are down on a target's nodes go up there when all of them are. */
void core_part_keys(struct core *core, uint32_t target, const uint16_t *keys, uint32_t count);

/* Everything back to the host, in proxy mode too, until the next switch. */
void core_panic(struct core *core);

/* Like a panic, and no source is grabbed again. Done when no source is LEAVING. */
void core_stop(struct core *core);

/* Asks all sinks for their consumers, and leaves an active target that nobody consumes. */
void core_ask_presence(struct core *core);

/* Is this sink's node consumed now? A change is told; keys down on a node left alone are released. */
bool core_ask_sink(struct core *core, uint32_t sink);

/* Releases every key that `source` holds on the active target, in one frame a sink. */
void core_release_source(struct core *core, uint32_t source);

/* The last press of a hotkey was read in the frame that ends with `report`. */
void core_fire(struct core *core, const struct evs_hotkey *hotkey,
	       const struct input_event *report);

/* What of these keys reached the active target goes up there again, and the fingers are muted. */
void core_withdraw(struct core *core, const struct evs_hotkey *hotkey);

/* ---- hold.c */

/*
 * Another map, or NULL: keys that are held are released as they were pressed, macros end. It must stay until the
 * next one is set.
 */
void core_map_set(struct core *core, const struct map *map);

/* Which rules are for a source. -ENOENT; -EINVAL. */
int core_source_classify(struct core *core, uint32_t source, uint32_t source_class);

/* Finds the tables of all sources, or of one, after a change of what they depend on. */
void core_map_refresh(struct core *core);
void core_map_refresh_source(struct core *core, uint32_t source);

/* The time that the port was asked for has come, or something changed that may be due. */
void core_alarm(struct core *core);

/* Lets go of everything that rules and macros press: all of it, or for the keys of a hotkey. */
void core_holds_release(struct core *core);
void core_holds_withdraw(struct core *core, const struct evs_hotkey *hotkey);

/* Lets go of what is held for keys of a source that are not down, as all are when it goes. */
void core_holds_check(struct core *core, uint32_t source);

/* Ends the macros that a source began. */
void core_macros_stop(struct core *core, uint32_t source);

/* The sink's keys are about to be released: nothing is held there any more. */
void core_holds_forget_sink(struct core *core, uint32_t sink);

/* ---- motion.c */

/* The active target is about to be another: what of its motion waits is sent. */
void core_motion_end(struct core *core);

/* ---- grab.c */

/* Does the host read nodes of ours instead of the devices? It may have nodes without that: for keys that stay. */
bool core_host_is_proxied(const struct core *core);

/* Brings a source's grab in line with the active target. */
void core_settle(struct core *core, uint32_t source);

/* An ungrab that the port had begun has ended: result 0 or -errno. */
void core_ungrabbed(struct core *core, uint32_t source, int result);

/* Replaces what is known to be down; nothing is sent. */
void core_set_down(struct core *core, uint32_t source, const struct keyset *down);

/* ---- lamps.c */

/* A consumer of `sink` lit or darkened an LED. */
void core_sink_led(struct core *core, uint32_t sink, uint16_t code, int32_t value);

/* Is this event of the source an LED that we did not write so? */
bool core_lamps_differ(const struct core_source *source, uint16_t code, int32_t value);

/* Looks for what the host wrote and shows the active target's lamps. */
void core_lamps_tend(struct core *core, uint32_t source);

/* The same for every grabbed source whose lamps are not the active target's. */
void core_lamps_show(struct core *core);

/* Whether Scroll Lock is lit while a guest is active. */
void core_set_indicator(struct core *core, bool is_on);

/* Remembers what the host wrote since; to be called before the active target changes or a grab is given back. */
void core_lamps_note(struct core *core);

/* After a grab: remembers the host's lamps and shows the active target's. Before an ungrab. */
void core_lamps_take(struct core *core, uint32_t source);
void core_lamps_give_back(struct core *core, uint32_t source);

/* After a grab that is not kept: remembers the host's lamps. */
void core_lamps_keep(struct core *core, uint32_t source);

/*
 * When an ungrab begins: remembers what is lit on devices that the host has, which the console will darken, too. After any
 * ungrab: shows all of them once more.
 */
void core_lamps_ungrab(struct core *core);
void core_lamps_ungrabbed(struct core *core);

/* ---- resync.c */

/*
 * Routes what one read brought: cuts it into frames, carries a cut frame over to the next read, and handles
 * SYN_DROPPED. Stops early when a switch made the rest void.
 */
void core_feed(struct core *core, uint32_t source, const struct input_event *events,
	       uint32_t count);

/* Reads the key state anew and sends what differs. */
void core_resync(struct core *core, uint32_t source);

/* ---- clone.c */

/* As core_feed() and core_resync(), for a cloned source. */
void core_clone_feed(struct core *core, uint32_t source, const struct input_event *events,
		     uint32_t count);
void core_clone_resync(struct core *core, uint32_t source);

/* A free clone that feeds these sinks, see core_source_add_cloned(): its index or -errno. */
int core_clone_claim(struct core *core, uint32_t source, const struct clone_shape *shape,
		     const uint32_t sinks[EVS_TARGET_MAX]);

/* Does its target have a clone of it? */
bool core_clone_wants_grab(const struct core *core, const struct core_source *source);

/*
 * Around a grab. Before it, and before it is given back: whoever else reads the device sees it come to rest.
 * After it: its state is restored, for us alone; false when something was put there meanwhile.
 */
void core_clone_rest_device(struct core *core, uint32_t source);
bool core_clone_restore_device(struct core *core, uint32_t source);

/* The active target's clone of a grabbed source is shown what is so now: after a switch, or when consumed. */
void core_clone_show(struct core *core, uint32_t source);

/* Everything on its target's clone of a source, or on one clone, comes to rest. */
void core_clone_release(struct core *core, uint32_t source);
void core_clone_release_sink(struct core *core, uint32_t sink);

/* A sink is consumed from now on. */
void core_clone_consumed(struct core *core, uint32_t sink);

/* The keys of a hotkey go up on the active target's clones. */
void core_clones_withdraw(struct core *core, const struct evs_hotkey *hotkey);

/* A consumer of `sink` made or ended a sound (SND_*). */
void core_sink_sound(struct core *core, uint32_t sink, uint16_t code, int32_t value);

/* ---- for all of them */

/* Was any of its nodes consumed when it was asked last? */
bool core_target_is_consumed(const struct core *core, uint32_t target);

static inline void core_notify(struct core *core, const struct evs_event *event)
{
	core->port->notify(core->ctx, event);
}

#endif
