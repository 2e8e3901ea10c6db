/* SPDX-License-Identifier: MIT */
/*
 * The three system calls of a frame's way, past the wrappers of the C library: those are cancellation points
 * (pthreads(7)), and in a process with more than one thread glibc brackets every one of them with two atomic
 * exchanges. Nobody cancels the engine thread.
 */
#ifndef EVS_IO_CALL_H
#define EVS_IO_CALL_H

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline ssize_t call_read(int fd, void *buffer, size_t size)
{
	return syscall(SYS_read, fd, buffer, size);
}

static inline ssize_t call_write(int fd, const void *buffer, size_t size)
{
	return syscall(SYS_write, fd, buffer, size);
}

/* Without a time limit. */
static inline int call_epoll_wait(int fd, struct epoll_event *events, int max_count)
{
	return (int)syscall(SYS_epoll_wait, fd, events, max_count, -1);
}

#endif
