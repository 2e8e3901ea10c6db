/* SPDX-License-Identifier: MIT */
/* Histograms: slots, and what they say about a sample that is known exactly. */
#include "../io/stats.h"
#include "harness.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLES 20000u

static struct evs_histogram histogram;

CASE(small_values_have_a_slot_each)
{
	for (uint32_t ns = 0; ns < 64; ns++) {
		CHECK_EQUAL(histogram_slot(ns), ns);
		CHECK_EQUAL(histogram_floor(ns), ns);
	}
}

CASE(the_floor_of_a_slot_is_its_lowest_value)
{
	for (uint32_t slot = 1; slot < EVS_HISTOGRAM_SLOTS; slot++) {
		uint64_t floor = histogram_floor(slot);

		CHECK_EQUAL(histogram_slot(floor), slot);
		CHECK_EQUAL(histogram_slot(floor - 1), slot - 1);
	}
}

CASE(a_value_is_known_within_a_thirtysecond)
{
	for (uint32_t slot = 32; slot < EVS_HISTOGRAM_SLOTS - 1; slot++) {
		uint64_t floor = histogram_floor(slot);
		uint64_t width = histogram_floor(slot + 1) - floor;

		CHECK(width * 32 <= floor);
	}
}

CASE(values_from_68_seconds_on_share_the_last_slot)
{
	CHECK_EQUAL(histogram_slot((UINT64_C(1) << 36) - 1), EVS_HISTOGRAM_SLOTS - 1);
	CHECK_EQUAL(histogram_slot(UINT64_C(1) << 36), EVS_HISTOGRAM_SLOTS - 1);
	CHECK_EQUAL(histogram_slot(UINT64_MAX), EVS_HISTOGRAM_SLOTS - 1);
}

CASE(count_sum_and_maximum_are_exact)
{
	memset(&histogram, 0, sizeof(histogram));
	histogram_record(&histogram, 10);
	histogram_record(&histogram, 123456789);
	histogram_record(&histogram, 1000);
	CHECK_EQUAL(histogram.count, 3);
	CHECK_EQUAL(histogram.sum_ns, 123457799);
	CHECK_EQUAL(histogram.max_ns, 123456789);
}

static int compare(const void *a, const void *b)
{
	uint64_t left = *(const uint64_t *)a;
	uint64_t right = *(const uint64_t *)b;

	return (left > right) - (left < right);
}

/* The floor of the slot that holds the n-th smallest value. */
static uint64_t nth_of_histogram(uint64_t n)
{
	uint64_t seen = 0;

	for (uint32_t slot = 0; slot < EVS_HISTOGRAM_SLOTS; slot++) {
		seen += histogram.slots[slot];
		if (seen > n)
			return histogram_floor(slot);
	}
	return UINT64_MAX;
}

CASE(every_percentile_is_that_of_the_sorted_sample_within_a_thirtysecond)
{
	static uint64_t sample[SAMPLES];
	uint64_t state = 88172645463325252u;

	memset(&histogram, 0, sizeof(histogram));
	for (uint32_t i = 0; i < SAMPLES; i++) {
		/* xorshift, over all magnitudes alike */
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		sample[i] = (state >> 28) >> (state % 36);
		histogram_record(&histogram, sample[i]);
	}
	qsort(sample, SAMPLES, sizeof(sample[0]), compare);
	for (uint32_t n = 0; n < SAMPLES; n++) {
		uint64_t exact = sample[n];
		uint64_t shown = nth_of_histogram(n);

		CHECK(shown <= exact);
		CHECK((exact - shown) * 32 <= exact);
	}
	CHECK_EQUAL(histogram.max_ns, sample[SAMPLES - 1]);
}
