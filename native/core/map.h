/* SPDX-License-Identifier: MIT */
/*
 * Maps: what else a key, a wheel or motion shall be.
 *
 * A map is a few tables. Which of them holds depends on the class of the source and on the active target, so it is
 * chosen at a switch and not for each frame: a source has a pointer to its table, or NULL. In a table the
 * trigger is an index; what stands there is the first of the rules that it may set off, those with most keys
 * first. So a key that has no rule costs one look, however many rules there are.
 *
 * What a rule presses is not mapped again: a = "b" beside b = "a" swaps two keys, and no loop can be written.
 */
#ifndef EVS_CORE_MAP_H
#define EVS_CORE_MAP_H

#include "evswitch.h"

#include <linux/input.h>
#include <stdbool.h>
#include <stdint.h>

_Static_assert((unsigned int)EVS_WHEEL_UP == KEY_CNT, "wheels are numbered behind the keys");

#define MAP_FACTOR_ONE 65536

struct map_rule {
	struct evs_map_rule is;
	struct evs_hotkey keys; /* `is.when` without a wheel: these go up when the rule acts */
	uint16_t
		next; /* index + 1 of the rule to try when this one's other keys are not down; 0 = none */
};

struct map_axis {
	bool is_set;
	uint16_t to;
	int32_t factor;
};

struct map_table {
	uint16_t first[EVS_TRIGGER_COUNT]; /* index + 1 of a rule, 0 = none */
	bool is_of_motion;                 /* frames of motion are not passed on as they are */
	struct map_axis axes[REL_CNT];
};

struct map {
	uint32_t step_count;
	uint32_t rule_count;
	uint8_t tables_of[EVS_MAP_CLASS_MAX][EVS_TARGET_MAX]; /* index + 1, 0 = none */
	struct map_table tables[EVS_MAP_TABLE_MAX];
	struct map_rule rules[EVS_MAP_RULE_MAX];
	struct evs_map_step steps[EVS_MAP_STEP_MAX];
};

/* What evs_engine_set_map() is given. */
struct map_plan {
	const struct evs_map_rule *rules;
	const struct evs_map_axis *axes;
	const struct evs_map_step *steps;
	const uint8_t *tables;
	uint32_t rule_count, axis_count, step_count, class_count;
};

/* Checks a plan and makes a map of it. 0 or -EINVAL; then `out` is not to be used. */
int map_build(struct map *out, const struct map_plan *plan);

/* The rule that `trigger` sets off, given how many devices hold each key; or NULL. */
const struct map_rule *map_find(const struct map *map, const struct map_table *table,
				uint16_t trigger, const uint8_t held[KEY_CNT]);

/* The rule by which `trigger` scrolls, or NULL. */
const struct map_rule *map_scroll(const struct map *map, const struct map_table *table,
				  uint16_t trigger);

/* The table for a class of sources while a target is active, or NULL. */
const struct map_table *map_table_for(const struct map *map, uint32_t source_class,
				      uint32_t target);

#endif
