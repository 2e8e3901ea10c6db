/* SPDX-License-Identifier: MIT */
#include "../core/map.h"
#include "harness.h"

#include <errno.h>
#include <string.h>

static struct map map;

/* A rule that is right: A becomes B. */
static struct evs_map_rule rule_of(uint16_t trigger, uint16_t key)
{
	return (struct evs_map_rule){
		.when = {.keys = {trigger}, .key_count = 1},
		.target = EVS_NONE,
		.key_count = 1,
		.keys = {key},
	};
}

static int build_one(const struct evs_map_rule *rule)
{
	static const struct evs_map_step steps[] = {{KEY_A, 1, 0}, {KEY_A, 0, 10}};
	struct map_plan plan = {.rules = rule, .rule_count = 1, .steps = steps, .step_count = 2};

	return map_build(&map, &plan);
}

/* What a trigger of the first table presses first, or 0. */
static uint16_t found(uint16_t trigger, const uint8_t held[KEY_CNT])
{
	const struct map_rule *rule = map_find(&map, &map.tables[0], trigger, held);

	return rule ? rule->is.keys[0] : 0;
}

CASE(a_rule_is_found_by_its_trigger_alone)
{
	static const uint8_t held[KEY_CNT];
	struct evs_map_rule rule = rule_of(KEY_A, KEY_B);

	CHECK_EQUAL(build_one(&rule), 0);
	CHECK_EQUAL(found(KEY_A, held), KEY_B);
	CHECK_EQUAL(found(KEY_B, held), 0);
	CHECK_EQUAL(found(EVS_WHEEL_UP, held), 0);
}

CASE(of_rules_for_one_trigger_that_with_most_keys_comes_first)
{
	struct evs_map_rule rules[3] = {rule_of(KEY_A, KEY_1), rule_of(KEY_A, KEY_2),
					rule_of(KEY_A, KEY_3)};
	struct map_plan plan = {.rules = rules, .rule_count = 3};
	uint8_t held[KEY_CNT] = {0};

	rules[1].when = (struct evs_hotkey){.keys = {KEY_LEFTCTRL, KEY_A}, .key_count = 2};
	rules[2].when =
		(struct evs_hotkey){.keys = {KEY_LEFTCTRL, KEY_LEFTALT, KEY_A}, .key_count = 3};
	CHECK_EQUAL(map_build(&map, &plan), 0);
	CHECK_EQUAL(found(KEY_A, held), KEY_1);
	held[KEY_LEFTCTRL] = 1;
	CHECK_EQUAL(found(KEY_A, held), KEY_2);
	held[KEY_LEFTALT] = 1;
	CHECK_EQUAL(found(KEY_A, held), KEY_3);
}

CASE(a_class_and_a_target_choose_the_table)
{
	struct evs_map_rule rule = rule_of(KEY_A, KEY_B);
	uint8_t tables[2 * EVS_TARGET_MAX] = {0};
	struct map_plan plan = {
		.rules = &rule, .rule_count = 1, .tables = tables, .class_count = 2};

	tables[EVS_TARGET_MAX + 3] = 1;
	CHECK_EQUAL(map_build(&map, &plan), 0);
	CHECK(map_table_for(&map, 1, 3) == &map.tables[0]);
	CHECK(map_table_for(&map, 1, 2) == NULL);
	CHECK(map_table_for(&map, 0, 3) == NULL);
	CHECK(map_table_for(NULL, 0, 0) == NULL);
	tables[0] = EVS_MAP_TABLE_MAX + 1;
	CHECK_EQUAL(map_build(&map, &plan), -EINVAL);
}

CASE(numbers_out_of_their_range_are_refused)
{
	struct evs_map_rule wrong[16];
	uint32_t count = 0;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		wrong[i] = rule_of(KEY_A, KEY_B);
	wrong[count++].table = EVS_MAP_TABLE_MAX;
	wrong[count++].kind = EVS_MAP_SCROLL + 1;
	wrong[count++].when.key_count = 0;
	wrong[count++].when.key_count = EVS_HOTKEY_KEYS_MAX + 1;
	wrong[count++].when.keys[0] = KEY_RESERVED;
	wrong[count++].when.keys[0] = EVS_TRIGGER_COUNT;
	wrong[count++].target = EVS_TARGET_MAX;
	wrong[count++].key_count = 0;
	wrong[count++].key_count = EVS_MAP_KEYS_MAX + 1;
	wrong[count++].keys[0] = KEY_CNT;
	wrong[count].key_count = 2; /* the same twice */
	wrong[count++].keys[1] = KEY_B;
	wrong[count++].kind = EVS_MAP_MACRO; /* without a step */
	wrong[count].kind = EVS_MAP_MACRO;
	wrong[count].first_step = UINT32_MAX;
	wrong[count++].step_count = 2;
	wrong[count++].kind = EVS_MAP_SCROLL; /* for no counts */
	wrong[count].kind = EVS_MAP_ACTION;
	wrong[count++].when.action = UINT32_MAX;
	wrong[count].when.keys[0] = EVS_WHEEL_UP; /* held */
	wrong[count].when.keys[1] = KEY_A;
	wrong[count++].when.key_count = 2;
	for (uint32_t i = 0; i < count; i++)
		CHECK_EQUAL(build_one(&wrong[i]), -EINVAL);
}

static int build_macro(const struct evs_map_step *steps, uint32_t count)
{
	struct evs_map_rule rule = rule_of(KEY_A, KEY_B);
	struct map_plan plan = {
		.rules = &rule, .rule_count = 1, .steps = steps, .step_count = count};

	rule.kind = EVS_MAP_MACRO;
	rule.step_count = count;
	return map_build(&map, &plan);
}

CASE(a_macro_leaves_nothing_down)
{
	const struct evs_map_step good[] = {
		{KEY_A, 1, 0}, {KEY_B, 1, 10}, {KEY_A, 0, 0}, {KEY_B, 0, EVS_MACRO_WAIT_MAX}};
	const struct evs_map_step twice[] = {{KEY_A, 1, 0}, {KEY_A, 1, 0}, {KEY_A, 0, 0}};
	const struct evs_map_step up[] = {{KEY_A, 0, 0}, {KEY_A, 1, 0}};
	const struct evs_map_step slow[] = {{KEY_A, 1, EVS_MACRO_WAIT_MAX + 1}, {KEY_A, 0, 0}};
	struct evs_map_step many[2 * (EVS_MACRO_KEYS_MAX + 1)];

	CHECK_EQUAL(build_macro(good, 4), 0);
	CHECK_EQUAL(build_macro(good, 3), -EINVAL);
	CHECK_EQUAL(build_macro(twice, 3), -EINVAL);
	CHECK_EQUAL(build_macro(up, 2), -EINVAL);
	CHECK_EQUAL(build_macro(slow, 2), -EINVAL);
	for (uint16_t i = 0; i <= EVS_MACRO_KEYS_MAX; i++) {
		many[i] = (struct evs_map_step){(uint16_t)(KEY_1 + i), 1, 0};
		many[EVS_MACRO_KEYS_MAX + 1 + i] =
			(struct evs_map_step){(uint16_t)(KEY_1 + i), 0, 0};
	}
	CHECK_EQUAL(build_macro(many, 2 * (EVS_MACRO_KEYS_MAX + 1)), -EINVAL);
}

CASE(an_axis_stays_in_its_family)
{
	struct evs_map_axis axis = {.code = REL_X, .to = REL_Y, .factor = MAP_FACTOR_ONE};
	struct map_plan plan = {.axes = &axis, .axis_count = 1};

	CHECK_EQUAL(map_build(&map, &plan), 0);
	CHECK(map.tables[0].is_of_motion);
	axis.to = REL_WHEEL;
	CHECK_EQUAL(map_build(&map, &plan), -EINVAL);
	axis.code = axis.to = REL_DIAL;
	CHECK_EQUAL(map_build(&map, &plan), -EINVAL);
	axis.code = axis.to = UINT16_MAX;
	CHECK_EQUAL(map_build(&map, &plan), -EINVAL);
}

CASE(more_than_there_is_room_for_is_refused)
{
	const struct map_plan plans[] = {{.rule_count = EVS_MAP_RULE_MAX + 1},
					 {.axis_count = EVS_MAP_AXIS_MAX + 1},
					 {.step_count = EVS_MAP_STEP_MAX + 1},
					 {.class_count = EVS_MAP_CLASS_MAX + 1}};

	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++)
		CHECK_EQUAL(map_build(&map, &plans[i]), -EINVAL);
}
