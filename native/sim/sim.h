/* SPDX-License-Identifier: MIT */
/*
 * A model of the kernel around the switching core: evdev nodes with fingers on them, uinput nodes with
 * consumers, a host that reads what is not grabbed. It stands in for sources, sinks and time only; every
 * rule that runs on it is native/core, the same code as in the engine.
 *
 * For the in-process fake, the text scenarios, the property tests (through koffi), their replay under
 * sanitizers, and the fuzzers. One thread. Modelled on drivers/input/input.c and evdev.c of Linux 6.1:
 *
 *   - a press of a key that is down, a release of one that is up, and empty frames are filtered;
 *   - a write to a node changes its state and reaches every listener, or the holder of the grab alone;
 *   - EVIOCGKEY drops the reader's queued key events, EVIOCGLED its LED events;
 *   - at the end of any grab the console writes its own idea of the LEDs to every keyboard;
 *   - a reader's full queue becomes SYN_DROPPED and the newest event;
 *   - EVIOCGRAB 0 takes effect at some moment, and returns later;
 *   - a PS/2 device reports a held key (typematic) or button (each packet) again and again; a USB device
 *     reports changes only, and the kernel repeats its keys (value 2).
 *
 * Its clock stands still but for evs_sim_wait().
 */
#ifndef EVS_SIM_H
#define EVS_SIM_H

#include "evswitch.h"

struct evs_sim;

enum evs_sim_driver {
	EVS_SIM_USB = 0,
	EVS_SIM_PS2 = 1,
};

/* What a reader of a node saw. */
struct evs_sim_record {
	uint16_t type, code;
	int32_t value;
};

/* 0 when every rule holds; otherwise the number of one that does not, see evs_sim_rule_text(). */
typedef int32_t evs_sim_rule;

EVS_API int32_t evs_sim_create(uint32_t host_mode, struct evs_sim **out);
EVS_API void evs_sim_destroy(struct evs_sim *sim);

/* As the engine's commands, done at once: an id or -errno. The host's nodes as target "host". */
EVS_API int32_t evs_sim_add_target(struct evs_sim *sim, const struct evs_target_config *config,
				   uint32_t has_keyboard, uint32_t has_mouse);
EVS_API int32_t evs_sim_set_hotkeys(struct evs_sim *sim, const struct evs_hotkey *hotkeys,
				    uint32_t count);
EVS_API int32_t evs_sim_remove_target(struct evs_sim *sim, uint32_t target);
EVS_API int32_t evs_sim_update_target(struct evs_sim *sim, uint32_t target,
				      const struct evs_target_config *config);
EVS_API int32_t evs_sim_repair_target(struct evs_sim *sim, uint32_t target);
EVS_API int32_t evs_sim_pin(struct evs_sim *sim, uint32_t source, uint32_t target);
EVS_API int32_t evs_sim_switch_by(struct evs_sim *sim, uint32_t is_forward);
EVS_API void evs_sim_set_indicator(struct evs_sim *sim, uint32_t on);
EVS_API int32_t evs_sim_switch(struct evs_sim *sim, uint32_t target);
EVS_API void evs_sim_panic(struct evs_sim *sim);
EVS_API void evs_sim_stop(struct evs_sim *sim);
EVS_API void evs_sim_ask_presence(struct evs_sim *sim);
EVS_API int32_t evs_sim_next_event(struct evs_sim *sim, struct evs_event *out);
EVS_API uint32_t evs_sim_active(const struct evs_sim *sim);
EVS_API void evs_sim_counters(const struct evs_sim *sim, struct evs_stats *out);

/* As evs_engine_set_map() and evs_engine_classify(), done at once. */
EVS_API int32_t evs_sim_set_map(struct evs_sim *sim, const struct evs_map_rule *rules,
				uint32_t rule_count, const struct evs_map_axis *axes,
				uint32_t axis_count, const struct evs_map_step *steps,
				uint32_t step_count, const uint8_t *tables, uint32_t class_count);
EVS_API int32_t evs_sim_classify(struct evs_sim *sim, uint32_t source, uint32_t source_class);

/* Time passes; what the core waited for happens. */
EVS_API void evs_sim_wait(struct evs_sim *sim, uint32_t us);

/* Devices. plug() returns a source id or -ENOSPC; `flags` are enum evs_source_flag. */
EVS_API int32_t evs_sim_plug(struct evs_sim *sim, uint32_t flags, uint32_t driver);
/*
 * A clone for a guest: its id or -errno. A device whose frames go to clones; `description` and `clones` as
 * evs_engine_add_cloned_source() has them. -EINVAL also for a device that has no shape.
 */
EVS_API int32_t evs_sim_add_clone(struct evs_sim *sim, uint32_t target);
EVS_API int32_t evs_sim_remove_clone(struct evs_sim *sim, uint32_t clone);
EVS_API int32_t evs_sim_plug_cloned(struct evs_sim *sim, uint32_t flags, uint32_t driver,
				    const struct evs_description *description,
				    const uint32_t *clones, uint32_t count);
EVS_API void evs_sim_unplug(struct evs_sim *sim, uint32_t source);
EVS_API int32_t evs_sim_remove(struct evs_sim *sim, uint32_t source);

/* A finger goes down on a key or up from it; the device reports that as its driver does. */
EVS_API void evs_sim_finger(struct evs_sim *sim, uint32_t source, uint32_t code, uint32_t down);

/* Typematic, the kernel's autorepeat, or a mouse's next packet: whatever is reported while one holds. */
EVS_API void evs_sim_tick(struct evs_sim *sim, uint32_t source);

/* Relative motion or a wheel, one frame. */
EVS_API void evs_sim_move(struct evs_sim *sim, uint32_t source, uint32_t code, int32_t value);

/* An axis of a cloned device, or a place of a finger on it: `count` times a code of ABS_* and a value. */
EVS_API void evs_sim_place(struct evs_sim *sim, uint32_t source, const int32_t *pairs,
			   uint32_t count);

/* The engine's queue for this device overruns now. */
EVS_API void evs_sim_overrun(struct evs_sim *sim, uint32_t source);

/* The next finger() happens between the port's calls, when `calls` more of them were made. */
EVS_API void evs_sim_arm(struct evs_sim *sim, uint32_t calls, uint32_t source, uint32_t code,
			 uint32_t down);

/* The engine reads: at most `events` of one device, or all of all until nothing is queued. */
EVS_API void evs_sim_read(struct evs_sim *sim, uint32_t source, uint32_t events);
EVS_API void evs_sim_step(struct evs_sim *sim);

/* The oldest ungrab under way takes effect, resp. returns. False (0) when there is none. */
EVS_API int32_t evs_sim_ungrab_takes_effect(struct evs_sim *sim);
EVS_API int32_t evs_sim_ungrab_returns(struct evs_sim *sim);

/* The machine sleeps and resumes: the kernel has released every key, and tells the engine. */
EVS_API void evs_sim_sleep(struct evs_sim *sim);

/*
 * The engine is killed: its grabs end at once and what nodes have pressed stays so. The next one adopts the nodes and
 * adds the same sources; both have the same ids.
 */
EVS_API void evs_sim_restart(struct evs_sim *sim);

/* A consumer grabs a target's node or leaves it (`stream`: enum evs_sink_kind); it writes an LED there. */
EVS_API void evs_sim_consume(struct evs_sim *sim, uint32_t target, uint32_t stream, uint32_t on);
EVS_API void evs_sim_consumer_led(struct evs_sim *sim, uint32_t target, uint32_t code,
				  int32_t value);

/* The same for a clone. */
EVS_API void evs_sim_consume_clone(struct evs_sim *sim, uint32_t clone, uint32_t on);

/* The host writes an LED of the real device. */
EVS_API void evs_sim_host_led(struct evs_sim *sim, uint32_t source, uint32_t code, int32_t value);

/* What was seen since the last call: on a target's node, on a device by the host. Up to `capacity`. */
EVS_API int32_t evs_sim_read_node(struct evs_sim *sim, uint32_t target, uint32_t stream,
				  struct evs_sim_record *out, uint32_t capacity);
EVS_API int32_t evs_sim_read_clone(struct evs_sim *sim, uint32_t clone, struct evs_sim_record *out,
				   uint32_t capacity);
EVS_API int32_t evs_sim_read_host(struct evs_sim *sim, uint32_t source, struct evs_sim_record *out,
				  uint32_t capacity);

/* LEDs that are lit on a device: bit = LED_*. */
EVS_API uint32_t evs_sim_lamps(const struct evs_sim *sim, uint32_t source);

/* Is the device grabbed by the engine now? */
EVS_API int32_t evs_sim_is_grabbed(const struct evs_sim *sim, uint32_t source);

/* The first rule that was broken so far, or is now that everything is read. */
EVS_API evs_sim_rule evs_sim_check(struct evs_sim *sim);
EVS_API const char *evs_sim_rule_text(evs_sim_rule rule);

/*
 * Plays a script of bytes (native/sim/play.c says how they are read; any bytes are one), checks after each
 * step, then lifts every finger, stops, and checks that nothing is pressed or grabbed anywhere. Returns 0
 * or the rule that was broken; `steps` gets the number of steps played.
 */
EVS_API evs_sim_rule evs_sim_play(const uint8_t *script, uint32_t size, uint32_t *steps);

#endif
