/* SPDX-License-Identifier: MIT */
#include "thread.h"
#include "evswitch.h"

#include <errno.h>
#include <link.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define SMALL_STACK ((size_t)256 * 1024)

int thread_start(pthread_t *thread, const char *name, void *(*main)(void *), void *arg, void *stack,
		 size_t stack_size)
{
	pthread_attr_t attr;
	sigset_t all, before;
	int result;

	pthread_attr_init(&attr);
	if (stack)
		result = pthread_attr_setstack(&attr, stack, stack_size);
	else
		result = pthread_attr_setstacksize(&attr, SMALL_STACK);
	if (result == 0) {
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &before);
		result = pthread_create(thread, &attr, main, arg);
		pthread_sigmask(SIG_SETMASK, &before, NULL);
	}
	if (result == 0)
		pthread_setname_np(*thread, name);
	pthread_attr_destroy(&attr);
	return -result;
}

int thread_set_realtime(int32_t priority)
{
	struct sched_param param = {.sched_priority = priority};

	if (sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &param) < 0)
		return -errno;
	return 0;
}

/* Locks the segments of the object that holds this function: mlockall() would lock all of Node. */
static int lock_own_segments(struct dl_phdr_info *info, size_t size, void *arg)
{
	uintptr_t here = (uintptr_t)&thread_lock_memory;
	int *result = arg;
	int is_ours = 0;

	(void)size;
	for (int pass = 0; pass < 2; pass++) {
		for (int i = 0; i < info->dlpi_phnum; i++) {
			const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
			uintptr_t start = info->dlpi_addr + segment->p_vaddr;

			if (segment->p_type != PT_LOAD)
				continue;
			if (here >= start && here < start + segment->p_memsz)
				is_ours = 1;
			if (pass == 1 && is_ours && mlock((void *)start, segment->p_memsz) < 0)
				*result = -errno;
		}
	}
	return is_ours;
}

int thread_lock_memory(const void *start, size_t size)
{
	int result = 0;

	if (mlock(start, size) < 0)
		return -errno;
	dl_iterate_phdr(lock_own_segments, &result);
	return result;
}
