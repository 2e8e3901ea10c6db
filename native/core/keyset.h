/* SPDX-License-Identifier: MIT */
/* A set of key and button codes: one bit for each EV_KEY code, laid out as EVIOCGKEY returns it. */
#ifndef EVS_CORE_KEYSET_H
#define EVS_CORE_KEYSET_H

#include <linux/input.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define KEYSET_WORDS (KEY_CNT / 64)

struct keyset {
	uint64_t words[KEYSET_WORDS];
};

_Static_assert(KEY_CNT % 64 == 0, "a keyset is whole words");

static inline bool keyset_has(const struct keyset *set, uint16_t code)
{
	return (set->words[code / 64] >> (code % 64)) & 1u;
}

static inline void keyset_add(struct keyset *set, uint16_t code)
{
	set->words[code / 64] |= UINT64_C(1) << (code % 64);
}

static inline void keyset_remove(struct keyset *set, uint16_t code)
{
	set->words[code / 64] &= ~(UINT64_C(1) << (code % 64));
}

static inline void keyset_clear(struct keyset *set)
{
	memset(set, 0, sizeof(*set));
}

/* Is every one of `wanted` in the set? */
static inline bool keyset_has_all(const struct keyset *set, const struct keyset *wanted)
{
	uint64_t missing = 0;

	for (unsigned int word = 0; word < KEYSET_WORDS; word++)
		missing |= wanted->words[word] & ~set->words[word];
	return missing == 0;
}

static inline bool keyset_is_empty(const struct keyset *set)
{
	uint64_t any = 0;

	for (unsigned int word = 0; word < KEYSET_WORDS; word++)
		any |= set->words[word];
	return any == 0;
}

static inline uint32_t keyset_count(const struct keyset *set)
{
	uint32_t count = 0;

	for (unsigned int word = 0; word < KEYSET_WORDS; word++)
		count += (uint32_t)__builtin_popcountll(set->words[word]);
	return count;
}

/* The lowest code that is not below `from`, or KEY_CNT. */
static inline unsigned int keyset_next(const struct keyset *set, unsigned int from)
{
	for (unsigned int word = from / 64; word < KEYSET_WORDS; word++) {
		uint64_t bits = set->words[word];

		if (word == from / 64)
			bits &= ~UINT64_C(0) << (from % 64);
		if (bits)
			return word * 64 + (unsigned int)__builtin_ctzll(bits);
	}
	return KEY_CNT;
}

#define KEYSET_FOR_EACH(code, set)                                      \
	for (unsigned int code = keyset_next((set), 0); code < KEY_CNT; \
	     code = keyset_next((set), code + 1))

#endif
