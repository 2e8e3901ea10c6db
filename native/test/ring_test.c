/* SPDX-License-Identifier: MIT */
/* Rings: on one thread what they hold, on two threads that nothing is torn, lost or out of order. */
#include "../io/ring.h"
#include "harness.h"

#include <pthread.h>
#include <sched.h>

#define CAPACITY 8u
#define PASSED   200000u

struct record {
	uint64_t number;
	uint64_t check; /* torn when it does not fit the number */
	uint32_t rest[3];
};

static struct ring ring;
static struct record records[CAPACITY];

static struct record record_of(uint64_t number)
{
	return (struct record){number, ~number, {(uint32_t)number, 1, 2}};
}

static bool push(uint64_t number)
{
	struct record record = record_of(number);

	return ring_push(&ring, &record);
}

/* The number of the next record, or -1. */
static int64_t pop(void)
{
	struct record record;

	if (!ring_pop(&ring, &record))
		return -1;
	CHECK(record.check == ~record.number);
	CHECK_EQUAL(record.rest[0], (uint32_t)record.number);
	return (int64_t)record.number;
}

static void start(uint32_t at)
{
	ring_init(&ring, records, CAPACITY, sizeof(records[0]));
	atomic_store(&ring.head, at);
	atomic_store(&ring.tail, at);
}

CASE(an_empty_ring_has_nothing_and_room_for_all)
{
	start(0);
	CHECK_EQUAL(pop(), -1);
	CHECK_EQUAL(ring_free(&ring), CAPACITY);
}

CASE(records_come_out_in_the_order_they_went_in)
{
	start(0);
	for (uint64_t round = 0; round < 100; round++) {
		CHECK(push(2 * round));
		CHECK(push(2 * round + 1));
		CHECK_EQUAL(ring_free(&ring), CAPACITY - 2);
		CHECK_EQUAL(pop(), 2 * round);
		CHECK_EQUAL(pop(), 2 * round + 1);
		CHECK_EQUAL(pop(), -1);
	}
}

CASE(a_full_ring_refuses_and_keeps_what_it_has)
{
	start(0);
	for (uint64_t i = 0; i < CAPACITY; i++)
		CHECK(push(i));
	CHECK_EQUAL(ring_free(&ring), 0);
	CHECK(!push(99));
	CHECK_EQUAL(pop(), 0);
	CHECK(push(8));
	CHECK(!push(99));
	for (uint64_t i = 1; i <= CAPACITY; i++)
		CHECK_EQUAL(pop(), i);
	CHECK_EQUAL(pop(), -1);
}

CASE(a_ring_goes_on_where_its_counters_wrap)
{
	start(UINT32_MAX - 2);
	for (uint64_t round = 0; round < 4; round++) {
		for (uint64_t i = 0; i < CAPACITY; i++)
			CHECK(push(round * CAPACITY + i));
		CHECK(!push(99));
		for (uint64_t i = 0; i < CAPACITY; i++)
			CHECK_EQUAL(pop(), round * CAPACITY + i);
		CHECK_EQUAL(pop(), -1);
	}
}

static void *produce(void *arg)
{
	(void)arg;
	for (uint64_t i = 0; i < PASSED; i++) {
		while (!push(i))
			sched_yield();
	}
	return NULL;
}

CASE(two_threads_pass_every_record_whole_and_in_order)
{
	pthread_t producer;

	start(UINT32_MAX - PASSED / 2);
	CHECK_EQUAL(pthread_create(&producer, NULL, produce, NULL), 0);
	for (uint64_t i = 0; i < PASSED;) {
		int64_t number = pop();

		if (number < 0) {
			sched_yield();
			continue;
		}
		CHECK_EQUAL(number, i);
		i++;
	}
	CHECK_EQUAL(pthread_join(producer, NULL), 0);
	CHECK_EQUAL(pop(), -1);
}

static uint64_t lost; /* the producer's until it is joined */

static void *produce_and_lose(void *arg)
{
	(void)arg;
	for (uint64_t i = 0; i < PASSED; i++)
		lost += !push(i);
	return NULL;
}

CASE(a_producer_that_does_not_wait_loses_whole_records_and_counts_them)
{
	pthread_t producer;
	uint64_t got = 0;
	int64_t last = -1;
	int64_t number;

	start(0);
	CHECK_EQUAL(pthread_create(&producer, NULL, produce_and_lose, NULL), 0);
	while (last < (int64_t)PASSED / 2) {
		number = pop();
		if (number < 0) {
			/* The producer may be through already. */
			if (pthread_tryjoin_np(producer, NULL) == 0)
				goto joined;
			sched_yield();
			continue;
		}
		CHECK(number > last);
		last = number;
		got++;
	}
	CHECK_EQUAL(pthread_join(producer, NULL), 0);
joined:
	while ((number = pop()) >= 0) {
		CHECK(number > last);
		last = number;
		got++;
	}
	CHECK_EQUAL(got + lost, PASSED);
}
