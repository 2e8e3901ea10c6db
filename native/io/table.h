/* SPDX-License-Identifier: MIT */
/*
 * A descriptor table of the engine thread's own.
 *
 * Where threads share one table, every read, write and epoll_wait takes and drops a reference to its file
 * (fs/file.c, __fget_light), some 80 instructions a call: Node has a dozen threads. So the engine thread
 * leaves the shared table and holds copies of what it uses. The service's descriptors stay open beside them
 * for the pool and the watchdog, so a device or node ends only when both are closed.
 *
 * Linux 5.9 (close_range) and 5.6 (pidfd_getfd); where they are missing or forbidden the table stays shared
 * and the copies are the descriptors themselves.
 */
#ifndef EVS_IO_TABLE_H
#define EVS_IO_TABLE_H

#include <stdbool.h>
#include <stdint.h>

struct table {
	bool is_own;
	int process; /* pidfd of this process, whose table the service's descriptors are in */
};

/* Before the engine thread starts. Never fails: without what it needs the table stays shared. */
void table_init(struct table *table);
void table_finish(struct table *table);

/* Engine thread, once: leaves the shared table and keeps only `kept` (sorted here) and 0 to 2. */
void table_leave_shared(struct table *table, int *kept, uint32_t count);

/* The engine thread's descriptor for one of the service's. -errno when it cannot be had. */
int table_adopt(const struct table *table, int fd);

/* A copy that needs no other beside it, and is ended by close(). -errno. */
int table_copy(const struct table *table, int fd);

/* Ends a descriptor that table_adopt() returned; the service's own stays. */
void table_drop(const struct table *table, int fd);

#endif
