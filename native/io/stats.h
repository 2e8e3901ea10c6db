/* SPDX-License-Identifier: MIT */
/*
 * The statistics page has one writer, the engine thread: so a counter is a plain load, add and relaxed
 * store, without a locked instruction, and a reader on any thread sees whole 64-bit values.
 */
#ifndef EVS_IO_STATS_H
#define EVS_IO_STATS_H

#include "evswitch.h"

static inline void stats_set(uint64_t *counter, uint64_t value)
{
	__atomic_store_n(counter, value, __ATOMIC_RELAXED);
}

static inline void stats_add(uint64_t *counter, uint64_t value)
{
	stats_set(counter, *counter + value);
}

/* The slot of a value in ns: see struct evs_histogram. */
static inline uint32_t histogram_slot(uint64_t ns)
{
	uint32_t exponent;
	uint32_t slot;

	if (ns < 32)
		return (uint32_t)ns;
	exponent = 63u - (uint32_t)__builtin_clzll(ns);
	slot = (exponent - 4u) * 32u + (uint32_t)((ns >> (exponent - 5u)) & 31u);
	return slot < EVS_HISTOGRAM_SLOTS ? slot : EVS_HISTOGRAM_SLOTS - 1u;
}

/* The lowest value of a slot, in ns. */
static inline uint64_t histogram_floor(uint32_t slot)
{
	if (slot < 32)
		return slot;
	return (uint64_t)(32u + slot % 32u) << (slot / 32u - 1u);
}

static inline void histogram_record(struct evs_histogram *histogram, uint64_t ns)
{
	stats_add(&histogram->slots[histogram_slot(ns)], 1);
	stats_add(&histogram->sum_ns, ns);
	if (ns > histogram->max_ns)
		stats_set(&histogram->max_ns, ns);
	stats_add(&histogram->count, 1);
}

#endif
