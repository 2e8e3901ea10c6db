/* SPDX-License-Identifier: MIT */
/*
 * Trial: the epoll reference with io_uring instead. A read waits in the ring, so that the wait and the read are one system
 * call; the write is one of its own, or goes into the ring together with the next read (--ring-write), which leaves
 * one system call for a frame.
 *
 *   uring --device NODE [--fifo PRIORITY] [-- --ring-write]
 */
#include "../reference/forward.h"

#include <fcntl.h>
#include <linux/input.h>
#include <linux/io_uring.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ENTRIES 8u

enum request { READ, WRITE };

struct ring {
	int fd;
	unsigned int *sq_tail, *sq_mask, *sq_array;
	unsigned int *cq_head, *cq_tail, *cq_mask;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
	unsigned int queued;
};

static void *map(int fd, size_t size, off_t offset)
{
	void *memory =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, offset);

	if (memory == MAP_FAILED)
		forward_fail("map the ring");
	return memory;
}

static void ring_open(struct ring *ring)
{
	/* What measured best: completions are looked for when this thread asks, and never interrupt it. */
	struct io_uring_params params = {.flags = IORING_SETUP_SINGLE_ISSUER |
						  IORING_SETUP_DEFER_TASKRUN};
	char *sq, *cq;

	ring->fd = (int)syscall(SYS_io_uring_setup, ENTRIES, &params);
	if (ring->fd < 0)
		forward_fail("make a ring");
	sq = map(ring->fd, params.sq_off.array + params.sq_entries * sizeof(unsigned int),
		 IORING_OFF_SQ_RING);
	cq = map(ring->fd, params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe),
		 IORING_OFF_CQ_RING);
	ring->sqes =
		map(ring->fd, params.sq_entries * sizeof(struct io_uring_sqe), IORING_OFF_SQES);
	ring->sq_tail = (unsigned int *)(sq + params.sq_off.tail);
	ring->sq_mask = (unsigned int *)(sq + params.sq_off.ring_mask);
	ring->sq_array = (unsigned int *)(sq + params.sq_off.array);
	ring->cq_head = (unsigned int *)(cq + params.cq_off.head);
	ring->cq_tail = (unsigned int *)(cq + params.cq_off.tail);
	ring->cq_mask = (unsigned int *)(cq + params.cq_off.ring_mask);
	ring->cqes = (struct io_uring_cqe *)(cq + params.cq_off.cqes);
	ring->queued = 0;
}

static void put(struct ring *ring, enum request request, int fd, void *buffer, size_t size)
{
	unsigned int tail = *ring->sq_tail;
	unsigned int index = tail & *ring->sq_mask;

	ring->sqes[index] = (struct io_uring_sqe){
		.opcode = request == READ ? IORING_OP_READ : IORING_OP_WRITE,
		.fd = fd,
		.addr = (uintptr_t)buffer,
		.len = (uint32_t)size,
		.off = UINT64_MAX,
		.user_data = request,
	};
	ring->sq_array[index] = index;
	__atomic_store_n(ring->sq_tail, tail + 1, __ATOMIC_RELEASE);
	ring->queued++;
}

/* Hands over what was put, and waits until the read has ended. Returns its size. */
static size_t wait_for_read(struct ring *ring)
{
	int32_t size = 0;

	for (;;) {
		unsigned int head = *ring->cq_head;

		while (head != __atomic_load_n(ring->cq_tail, __ATOMIC_ACQUIRE)) {
			const struct io_uring_cqe *cqe = &ring->cqes[head++ & *ring->cq_mask];

			if (cqe->res < 0)
				forward_fail("read or write by the ring");
			if (cqe->user_data == READ)
				size = cqe->res;
		}
		__atomic_store_n(ring->cq_head, head, __ATOMIC_RELEASE);
		if (size > 0)
			return (size_t)size;
		if (syscall(SYS_io_uring_enter, ring->fd, ring->queued, 1, IORING_ENTER_GETEVENTS,
			    NULL, 0) < 0)
			forward_fail("wait for the ring");
		ring->queued = 0;
	}
}

static bool split(int argc, char **argv, int *own_count)
{
	*own_count = 0;
	while (*own_count < argc && strcmp(argv[*own_count], "--") != 0)
		++*own_count;
	argv[*own_count] = NULL;
	return *own_count + 1 < argc;
}

int main(int argc, char **argv)
{
	int own_count;
	bool ring_write = split(argc, argv, &own_count);
	struct forward forward = forward_open(own_count, argv, "trial io_uring");
	/* One is read into while the other is written. */
	struct input_event buffers[2][FORWARD_BATCH];
	unsigned int current = 0;
	struct ring ring;

	/* The ring then tries at once, and waits by the device's own queue instead of with a thread of the kernel. */
	if (fcntl(forward.source, F_SETFL, O_NONBLOCK) < 0 ||
	    fcntl(forward.sink, F_SETFL, O_NONBLOCK) < 0)
		forward_fail("make both non-blocking");
	ring_open(&ring);
	put(&ring, READ, forward.source, buffers[0], sizeof(buffers[0]));
	for (;;) {
		size_t size = wait_for_read(&ring);
		struct input_event *events = buffers[current];

		current ^= 1;
		if (ring_write)
			put(&ring, WRITE, forward.sink, events, size);
		else if (write(forward.sink, events, size) != (ssize_t)size)
			forward_fail("write to the clone");
		put(&ring, READ, forward.source, buffers[current], sizeof(buffers[0]));
	}
}
