/* SPDX-License-Identifier: MIT */
#include "map.h"

#include <errno.h>
#include <string.h>

static bool is_key(uint16_t code)
{
	return code != KEY_RESERVED && code < KEY_CNT;
}

static bool is_distinct(const uint16_t *codes, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		for (uint32_t j = 0; j < i; j++) {
			if (codes[i] == codes[j])
				return false;
		}
	}
	return true;
}

static bool are_keys(const uint16_t *codes, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (!is_key(codes[i]))
			return false;
	}
	return is_distinct(codes, count);
}

static uint16_t trigger_of(const struct evs_map_rule *rule)
{
	return rule->when.keys[rule->when.key_count - 1];
}

static bool when_is_valid(const struct evs_map_rule *rule)
{
	const struct evs_hotkey *when = &rule->when;
	bool is_wheel;

	if (when->key_count < 1 || when->key_count > EVS_HOTKEY_KEYS_MAX)
		return false;
	is_wheel = trigger_of(rule) >= KEY_CNT;
	if (is_wheel && (trigger_of(rule) >= EVS_TRIGGER_COUNT || rule->kind == EVS_MAP_SCROLL))
		return false;
	return are_keys(when->keys, when->key_count - is_wheel);
}

/* Every key that it presses goes up, and none twice. */
static bool macro_is_valid(const struct map_plan *plan, const struct evs_map_rule *rule)
{
	uint16_t down[EVS_MACRO_KEYS_MAX] = {0};
	uint32_t count = 0;

	if (rule->step_count == 0 || rule->first_step > plan->step_count ||
	    rule->step_count > plan->step_count - rule->first_step)
		return false;
	for (uint32_t i = 0; i < rule->step_count; i++) {
		const struct evs_map_step *step = &plan->steps[rule->first_step + i];
		uint32_t at = 0;

		if (!is_key(step->code) || step->is_press > 1 || step->wait_ms > EVS_MACRO_WAIT_MAX)
			return false;
		while (at < count && down[at] != step->code)
			at++;
		if ((at < count) == (step->is_press != 0))
			return false;
		if (!step->is_press)
			down[at] = down[--count];
		else if (count < EVS_MACRO_KEYS_MAX)
			down[count++] = step->code;
		else
			return false;
	}
	return count == 0;
}

static bool action_is_valid(const struct evs_hotkey *when)
{
	return when->action <= EVS_ACTION_HOOK &&
	       (when->action != EVS_ACTION_TARGET || when->target < EVS_TARGET_MAX);
}

static bool rule_is_valid(const struct map_plan *plan, const struct evs_map_rule *rule)
{
	if (rule->table >= EVS_MAP_TABLE_MAX || !when_is_valid(rule))
		return false;
	if (rule->target != EVS_NONE && rule->target >= EVS_TARGET_MAX)
		return false;
	switch (rule->kind) {
	case EVS_MAP_KEYS:
		return rule->key_count >= 1 && rule->key_count <= EVS_MAP_KEYS_MAX &&
		       are_keys(rule->keys, rule->key_count);
	case EVS_MAP_MACRO:
		return macro_is_valid(plan, rule);
	case EVS_MAP_ACTION:
		return action_is_valid(&rule->when);
	case EVS_MAP_SCROLL:
		return rule->target == EVS_NONE && rule->counts >= 1 && rule->counts <= UINT16_MAX;
	case EVS_MAP_BLOCK:
		return true;
	default:
		return false;
	}
}

/* Behind those that have as many keys or more. */
static void add_rule(struct map *map, const struct evs_map_rule *rule)
{
	struct map_table *table = &map->tables[rule->table];
	uint16_t trigger = trigger_of(rule);
	uint16_t *place = &table->first[trigger];

	while (*place != 0 && map->rules[*place - 1].is.when.key_count >= rule->when.key_count)
		place = &map->rules[*place - 1].next;
	map->rules[map->rule_count] =
		(struct map_rule){.is = *rule, .keys = rule->when, .next = *place};
	map->rules[map->rule_count].keys.key_count -= trigger >= KEY_CNT;
	*place = (uint16_t)++map->rule_count;
	table->is_of_motion |= rule->kind == EVS_MAP_SCROLL || trigger >= KEY_CNT;
}

/* 0 = no axis that may be mapped; equal for those that may become each other. */
static int family_of(uint16_t axis)
{
	switch (axis) {
	case REL_X:
	case REL_Y:
		return 1;
	case REL_WHEEL:
	case REL_HWHEEL:
		return 2;
	case REL_WHEEL_HI_RES:
	case REL_HWHEEL_HI_RES:
		return 3;
	default:
		return 0;
	}
}

static bool add_axis(struct map *map, const struct evs_map_axis *axis)
{
	struct map_table *table;

	if (axis->table >= EVS_MAP_TABLE_MAX || family_of(axis->code) == 0 ||
	    family_of(axis->code) != family_of(axis->to))
		return false;
	table = &map->tables[axis->table];
	table->axes[axis->code] = (struct map_axis){true, axis->to, axis->factor};
	table->is_of_motion = true;
	return true;
}

int map_build(struct map *out, const struct map_plan *plan)
{
	if (plan->rule_count > EVS_MAP_RULE_MAX || plan->axis_count > EVS_MAP_AXIS_MAX ||
	    plan->step_count > EVS_MAP_STEP_MAX || plan->class_count > EVS_MAP_CLASS_MAX)
		return -EINVAL;
	out->rule_count = 0;
	memset(out->tables_of, 0, sizeof(out->tables_of));
	memset(out->tables, 0, sizeof(out->tables));
	for (uint32_t i = 0; i < plan->rule_count; i++) {
		if (!rule_is_valid(plan, &plan->rules[i]))
			return -EINVAL;
		add_rule(out, &plan->rules[i]);
	}
	for (uint32_t i = 0; i < plan->axis_count; i++) {
		if (!add_axis(out, &plan->axes[i]))
			return -EINVAL;
	}
	for (uint32_t i = 0; i < plan->class_count * EVS_TARGET_MAX; i++) {
		if (plan->tables[i] > EVS_MAP_TABLE_MAX)
			return -EINVAL;
		out->tables_of[i / EVS_TARGET_MAX][i % EVS_TARGET_MAX] = plan->tables[i];
	}
	out->step_count = plan->step_count;
	if (plan->step_count > 0)
		memcpy(out->steps, plan->steps, plan->step_count * sizeof(*plan->steps));
	return 0;
}

static bool others_are_held(const struct evs_hotkey *when, const uint8_t held[KEY_CNT])
{
	for (uint32_t i = 0; i + 1 < when->key_count; i++) {
		if (held[when->keys[i]] == 0)
			return false;
	}
	return true;
}

const struct map_rule *map_find(const struct map *map, const struct map_table *table,
				uint16_t trigger, const uint8_t held[KEY_CNT])
{
	for (uint16_t i = table->first[trigger]; i != 0; i = map->rules[i - 1].next) {
		if (others_are_held(&map->rules[i - 1].is.when, held))
			return &map->rules[i - 1];
	}
	return NULL;
}

const struct map_rule *map_scroll(const struct map *map, const struct map_table *table,
				  uint16_t trigger)
{
	for (uint16_t i = table->first[trigger]; i != 0; i = map->rules[i - 1].next) {
		if (map->rules[i - 1].is.kind == EVS_MAP_SCROLL)
			return &map->rules[i - 1];
	}
	return NULL;
}

const struct map_table *map_table_for(const struct map *map, uint32_t source_class, uint32_t target)
{
	uint8_t table = map ? map->tables_of[source_class][target] : 0;

	return table == 0 ? NULL : &map->tables[table - 1];
}
