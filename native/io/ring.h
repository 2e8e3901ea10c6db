/* SPDX-License-Identifier: MIT */
/*
 * A ring of fixed-size records with one producer and one consumer, each on its own thread; no lock.
 *
 * `head` and `tail` run freely and are masked on access: head - tail is the number of records, 0 = empty,
 * capacity = full. A full ring refuses: the producer counts what it loses, the consumer never sees a torn
 * record. The memory is the owner's.
 */
#ifndef EVS_IO_RING_H
#define EVS_IO_RING_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct ring {
	_Atomic uint32_t head; /* written by the producer */
	_Atomic uint32_t tail; /* written by the consumer */
	uint32_t mask;         /* capacity - 1 */
	uint32_t record_size;
	unsigned char *records;
};

/* `capacity` is a power of two; `records` holds capacity * record_size bytes. */
static inline void ring_init(struct ring *ring, void *records, uint32_t capacity,
			     uint32_t record_size)
{
	atomic_init(&ring->head, 0);
	atomic_init(&ring->tail, 0);
	ring->mask = capacity - 1;
	ring->record_size = record_size;
	ring->records = records;
}

/* Producer: how many records fit now; more may fit later. */
static inline uint32_t ring_free(const struct ring *ring)
{
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_acquire);

	return ring->mask + 1 - (head - tail);
}

/* Producer: false when the ring is full. */
static inline bool ring_push(struct ring *ring, const void *record)
{
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

	if (ring_free(ring) == 0)
		return false;
	memcpy(&ring->records[(size_t)(head & ring->mask) * ring->record_size], record,
	       ring->record_size);
	atomic_store_explicit(&ring->head, head + 1, memory_order_release);
	return true;
}

/* Consumer: false when the ring is empty. */
static inline bool ring_pop(struct ring *ring, void *record)
{
	uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_acquire);

	if (head == tail)
		return false;
	memcpy(record, &ring->records[(size_t)(tail & ring->mask) * ring->record_size],
	       ring->record_size);
	atomic_store_explicit(&ring->tail, tail + 1, memory_order_release);
	return true;
}

#endif
