/* SPDX-License-Identifier: MIT */
#include "../core/keyset.h"
#include "harness.h"

CASE(a_new_keyset_is_empty)
{
	struct keyset set;

	memset(&set, 0xff, sizeof(set));
	CHECK(!keyset_is_empty(&set));
	keyset_clear(&set);
	CHECK(keyset_is_empty(&set));
	for (unsigned int code = 0; code < KEY_CNT; code++)
		CHECK(!keyset_has(&set, (uint16_t)code));
	CHECK_EQUAL(keyset_next(&set, 0), KEY_CNT);
}

CASE(every_code_can_be_added_and_removed_by_itself)
{
	for (unsigned int code = 0; code < KEY_CNT; code++) {
		struct keyset set = {0};

		keyset_add(&set, (uint16_t)code);
		for (unsigned int other = 0; other < KEY_CNT; other++)
			CHECK_EQUAL(keyset_has(&set, (uint16_t)other), other == code);
		CHECK(!keyset_is_empty(&set));
		keyset_remove(&set, (uint16_t)code);
		CHECK(keyset_is_empty(&set));
	}
}

CASE(adding_twice_is_adding_once)
{
	struct keyset set = {0};

	keyset_add(&set, KEY_A);
	keyset_add(&set, KEY_A);
	keyset_remove(&set, KEY_A);
	CHECK(keyset_is_empty(&set));
	keyset_remove(&set, KEY_A);
	CHECK(keyset_is_empty(&set));
}

CASE(the_next_code_is_found_from_any_code_on)
{
	struct keyset set = {0};

	keyset_add(&set, 0);
	keyset_add(&set, 63);
	keyset_add(&set, 64);
	keyset_add(&set, KEY_MAX);
	CHECK_EQUAL(keyset_next(&set, 0), 0);
	CHECK_EQUAL(keyset_next(&set, 1), 63);
	CHECK_EQUAL(keyset_next(&set, 63), 63);
	CHECK_EQUAL(keyset_next(&set, 64), 64);
	CHECK_EQUAL(keyset_next(&set, 65), KEY_MAX);
	CHECK_EQUAL(keyset_next(&set, KEY_MAX), KEY_MAX);
	CHECK_EQUAL(keyset_next(&set, KEY_CNT), KEY_CNT);
}

CASE(a_walk_meets_every_code_once_and_in_order_while_they_are_removed)
{
	struct keyset set = {0};
	unsigned int count = 0;
	unsigned int last = 0;

	for (unsigned int code = 1; code < KEY_CNT; code += 37)
		keyset_add(&set, (uint16_t)code);
	KEYSET_FOR_EACH(code, &set)
	{
		CHECK(code > last);
		CHECK_EQUAL(code % 37, 1);
		last = code;
		count++;
		keyset_remove(&set, (uint16_t)code);
	}
	CHECK_EQUAL(count, (KEY_CNT + 35) / 37);
	CHECK(keyset_is_empty(&set));
}

CASE(a_keyset_is_laid_out_as_the_kernel_writes_it)
{
	unsigned char bits[KEY_CNT / 8] = {0};
	struct keyset set;

	bits[KEY_LEFTCTRL / 8] |= 1 << KEY_LEFTCTRL % 8;
	bits[BTN_LEFT / 8] |= 1 << BTN_LEFT % 8;
	CHECK_EQUAL(sizeof(set), sizeof(bits));
	memcpy(&set, bits, sizeof(set));
	CHECK_EQUAL(keyset_next(&set, 0), KEY_LEFTCTRL);
	CHECK_EQUAL(keyset_next(&set, KEY_LEFTCTRL + 1), BTN_LEFT);
	CHECK_EQUAL(keyset_next(&set, BTN_LEFT + 1), KEY_CNT);
}
