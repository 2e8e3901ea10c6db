/* SPDX-License-Identifier: MIT */
#include "slow.h"
#include "thread.h"

#include <assert.h>
#include <errno.h>
#include <linux/input.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define SLOW_EXIT UINT32_MAX

int slow_init(struct slow_pool *pool)
{
	pool->posted_fd = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
	pool->done_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (pool->posted_fd < 0 || pool->done_fd < 0)
		return -errno;
	return 0;
}

static void count_up(int fd)
{
	uint64_t one = 1;
	ssize_t written = write(fd, &one, sizeof(one));

	(void)written; /* only fails at 2^64 - 2 */
}

static int run(const struct slow_job *job)
{
	int result = 0;

	switch ((enum slow_kind)job->kind) {
	case SLOW_UNGRAB:
		result = ioctl(job->fd, EVIOCGRAB, 0);
		break;
	case SLOW_CLOSE:
		result = close(job->fd);
		break;
	case SLOW_CLOSE_SINK:
		close(job->fd);
		result = close(job->second_fd);
		break;
	}
	return result < 0 ? -errno : 0;
}

static void *work(void *arg)
{
	struct slow_pool *pool = arg;

	for (;;) {
		uint64_t one;
		uint32_t turn;
		uint32_t slot;
		struct slow_job *job;

		if (read(pool->posted_fd, &one, sizeof(one)) != sizeof(one))
			continue; /* EINTR by a debugger */
		turn = atomic_fetch_add(&pool->claimed, 1);
		slot = atomic_load(&pool->order[turn % SLOW_ORDER_SIZE]);
		if (slot == SLOW_EXIT)
			return NULL;
		job = &pool->jobs[slot];
		job->result = run(job);
		atomic_store(&job->state, SLOW_DONE);
		count_up(pool->done_fd);
	}
}

static void post_slot(struct slow_pool *pool, uint32_t slot)
{
	atomic_store(&pool->order[pool->posted++ % SLOW_ORDER_SIZE], slot);
	count_up(pool->posted_fd);
}

int slow_start(struct slow_pool *pool, uint32_t count)
{
	assert(count <= SLOW_THREADS_MAX);
	for (pool->thread_count = 0; pool->thread_count < count; pool->thread_count++) {
		int result = thread_start(&pool->threads[pool->thread_count], "evswitch-slow", work,
					  pool, NULL, 0);

		if (result < 0) {
			slow_stop(pool);
			return result;
		}
	}
	return 0;
}

void slow_stop(struct slow_pool *pool)
{
	for (uint32_t i = 0; i < pool->thread_count; i++)
		post_slot(pool, SLOW_EXIT);
	for (uint32_t i = 0; i < pool->thread_count; i++)
		pthread_join(pool->threads[i], NULL);
	pool->thread_count = 0;
}

void slow_finish(struct slow_pool *pool)
{
	if (pool->posted_fd >= 0)
		close(pool->posted_fd);
	if (pool->done_fd >= 0)
		close(pool->done_fd);
}

void slow_post(struct slow_pool *pool, uint32_t slot, enum slow_kind kind, int fd)
{
	struct slow_job *job = &pool->jobs[slot];

	assert(atomic_load(&job->state) == SLOW_IDLE);
	job->kind = kind;
	job->fd = fd;
	atomic_store(&job->state, SLOW_POSTED);
	post_slot(pool, slot);
}

void slow_post_sink(struct slow_pool *pool, uint32_t sink, int reader, int fd)
{
	pool->jobs[EVS_SOURCE_MAX + sink].second_fd = fd;
	slow_post(pool, EVS_SOURCE_MAX + sink, SLOW_CLOSE_SINK, reader);
}

bool slow_is_idle(const struct slow_pool *pool, uint32_t slot)
{
	return atomic_load(&pool->jobs[slot].state) == SLOW_IDLE;
}

bool slow_collect(struct slow_pool *pool, uint32_t *slot, enum slow_kind *kind, int *result)
{
	for (uint32_t i = 0; i < SLOW_SLOTS; i++) {
		struct slow_job *job = &pool->jobs[i];

		if (atomic_load(&job->state) != SLOW_DONE)
			continue;
		*slot = i;
		*kind = (enum slow_kind)job->kind;
		*result = job->result;
		atomic_store(&job->state, SLOW_IDLE);
		return true;
	}
	return false;
}
