/* SPDX-License-Identifier: MIT */
/* The pool that ungrabs and closes. Pipes and sockets stand in for devices. */
#include "../io/slow.h"
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct slow_pool pool;

struct job {
	uint32_t slot;
	enum slow_kind kind;
	int result;
};

static bool has_ended(void *arg)
{
	struct job *job = arg;

	return slow_collect(&pool, &job->slot, &job->kind, &job->result);
}

static struct job collect(void)
{
	struct job job = {0};

	harness_wait(has_ended, &job, "a job has ended");
	return job;
}

static void start(uint32_t threads)
{
	CHECK_EQUAL(slow_init(&pool), 0);
	CHECK_EQUAL(slow_start(&pool, threads), 0);
}

static void end(void)
{
	slow_stop(&pool);
	slow_finish(&pool);
}

/* A descriptor whose close the other end sees. */
static int open_pair(int *other)
{
	int fds[2];

	CHECK_EQUAL(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	*other = fds[1];
	return fds[0];
}

static bool is_closed(int other)
{
	struct pollfd poll_fd = {.fd = other, .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 1 && (poll_fd.revents & POLLHUP);
}

static int thread_count(void)
{
	int fd = open("/proc/self/stat", O_RDONLY);
	char text[1024] = {0};
	const char *at = text;

	CHECK(read(fd, text, sizeof(text) - 1) > 0);
	close(fd);
	at = strrchr(text, ')');
	for (int field = 2; field < 20; field++)
		at = strchr(at + 1, ' ');
	return (int)strtol(at, NULL, 10);
}

CASE(a_close_runs_in_the_pool_and_its_end_is_collected)
{
	int other;
	int fd = open_pair(&other);
	struct job job;

	start(4);
	CHECK(!is_closed(other));
	slow_post(&pool, 5, SLOW_CLOSE, fd);
	job = collect();
	CHECK_EQUAL(job.slot, 5);
	CHECK_EQUAL(job.kind, SLOW_CLOSE);
	CHECK_EQUAL(job.result, 0);
	CHECK(is_closed(other));
	CHECK(!has_ended(&job));
	close(other);
	end();
}

CASE(the_result_of_a_job_that_fails_is_its_errno)
{
	int other;
	int fd = open_pair(&other);
	struct job job;

	start(1);
	slow_post(&pool, 0, SLOW_UNGRAB, fd); /* a socket knows no grab */
	job = collect();
	CHECK_EQUAL(job.kind, SLOW_UNGRAB);
	CHECK_EQUAL(job.result, -ENOTTY);
	slow_post(&pool, 0, SLOW_CLOSE, -1);
	job = collect();
	CHECK_EQUAL(job.result, -EBADF);
	close(fd);
	close(other);
	end();
}

CASE(the_end_of_a_job_makes_the_descriptor_readable)
{
	struct pollfd done;
	struct job job;

	start(1);
	done = (struct pollfd){.fd = pool.done_fd, .events = POLLIN};
	CHECK_EQUAL(poll(&done, 1, 0), 0);
	slow_post(&pool, 3, SLOW_CLOSE, -1);
	CHECK_EQUAL(poll(&done, 1, 10000), 1);
	CHECK(has_ended(&job));
	end();
}

CASE(every_slot_can_have_a_job_at_once)
{
	static int others[EVS_SOURCE_MAX];
	bool seen[EVS_SOURCE_MAX] = {false};

	start(SLOW_THREADS_MAX);
	for (uint32_t slot = 0; slot < EVS_SOURCE_MAX; slot++)
		slow_post(&pool, slot, SLOW_CLOSE, open_pair(&others[slot]));
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
		struct job job = collect();

		CHECK_EQUAL(job.result, 0);
		CHECK(!seen[job.slot]);
		seen[job.slot] = true;
	}
	for (uint32_t slot = 0; slot < EVS_SOURCE_MAX; slot++) {
		CHECK(is_closed(others[slot]));
		close(others[slot]);
	}
	end();
}

CASE(one_thread_does_all_jobs_too)
{
	start(1);
	for (uint32_t round = 0; round < 20; round++) {
		for (uint32_t slot = 0; slot < 50; slot++)
			slow_post(&pool, slot, SLOW_CLOSE, -1);
		for (uint32_t i = 0; i < 50; i++)
			CHECK_EQUAL(collect().result, -EBADF);
	}
	end();
}

CASE(a_slot_is_used_again_and_again)
{
	start(4);
	for (uint32_t round = 0; round < 2000; round++) {
		int other;

		slow_post(&pool, round % 3, SLOW_CLOSE, open_pair(&other));
		CHECK_EQUAL(collect().slot, round % 3);
		CHECK(is_closed(other));
		close(other);
	}
	end();
}

CASE(stopping_waits_for_the_jobs_under_way)
{
	int others[20];

	start(2);
	for (uint32_t slot = 0; slot < 20; slot++)
		slow_post(&pool, slot, SLOW_CLOSE, open_pair(&others[slot]));
	slow_stop(&pool);
	for (uint32_t slot = 0; slot < 20; slot++) {
		struct job job;

		CHECK(is_closed(others[slot]));
		CHECK(has_ended(&job));
		close(others[slot]);
	}
	slow_finish(&pool);
}

CASE(all_threads_end_with_the_stop)
{
	int before;

	start(1); /* a sanitizer may start a thread of its own with the first of ours */
	end();
	before = thread_count();
	for (int round = 0; round < 20; round++) {
		start(8);
		slow_post(&pool, 0, SLOW_CLOSE, -1);
		CHECK_EQUAL(collect().slot, 0);
		end();
	}
	/* A joined thread leaves the kernel's count a moment later. */
	for (int ms = 0; ms < 1000 && thread_count() > before; ms++)
		poll(NULL, 0, 1);
	CHECK(thread_count() <= before); /* one that had yet to leave may be in it */
}

CASE(a_pool_that_never_worked_stops_too)
{
	start(0);
	end();
	start(32);
	end();
}
