/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers of some distributions whose kernels have them; the same on every architecture. */
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE (1u << 1) /* linux/close_range.h */
#endif

static int compare(const void *a, const void *b)
{
	int first = *(const int *)a, second = *(const int *)b;

	return (first > second) - (first < second);
}

static int pidfd_getfd(int process, int fd)
{
	return (int)syscall(SYS_pidfd_getfd, process, fd, 0);
}

/* A copy of a descriptor tells whether copies can be had at all. */
static bool can_copy(int process)
{
	int copy = pidfd_getfd(process, process);

	if (copy < 0)
		return false;
	close(copy);
	return true;
}

static void close_gap(unsigned int first, unsigned int last)
{
	if (first <= last)
		syscall(SYS_close_range, first, last, 0);
}

void table_init(struct table *table)
{
	table->is_own = false;
	table->process = (int)syscall(SYS_pidfd_open, getpid(), 0);
}

void table_finish(struct table *table)
{
	if (table->process >= 0)
		close(table->process);
}

void table_leave_shared(struct table *table, int *kept, uint32_t count)
{
	unsigned int first = STDERR_FILENO + 1;

	if (table->process < 0 || !can_copy(table->process))
		return;
	/* An empty range only unshares; the copies of Node's descriptors are closed after that. */
	if (syscall(SYS_close_range, ~0u, ~0u, CLOSE_RANGE_UNSHARE) < 0)
		return;
	table->is_own = true;
	qsort(kept, count, sizeof(*kept), compare);
	for (uint32_t i = 0; i < count; i++) {
		close_gap(first, (unsigned int)kept[i] - 1);
		first = (unsigned int)kept[i] + 1;
	}
	close_gap(first, ~0u);
}

int table_adopt(const struct table *table, int fd)
{
	int copy;

	if (!table->is_own)
		return fd;
	copy = pidfd_getfd(table->process, fd);
	return copy < 0 ? -errno : copy;
}

int table_copy(const struct table *table, int fd)
{
	int copy = table->is_own ? pidfd_getfd(table->process, fd)
				 : fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);

	return copy < 0 ? -errno : copy;
}

void table_drop(const struct table *table, int fd)
{
	if (table->is_own)
		close(fd);
}
