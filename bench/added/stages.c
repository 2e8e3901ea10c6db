/* SPDX-License-Identifier: MIT */
/*
 * Where a forwarder's instructions go, stage by stage: preload this library into it.
 *
 * It reads the processor's time stamp counter around epoll_wait, read and write of the thread that
 * waits, keeps those rounds that consist of just these three calls, and after STAGES_ROUNDS of them
 * prints the means once as a line of JSON on stderr. In the lab's virtual time the counter counts
 * nanoseconds, 8 per instruction, so the figures are numbers of instructions; elsewhere they mean
 * little. The stamps themselves cost a few instructions per stage.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <x86intrin.h>

#define SKIPPED_ROUNDS        300
#define STAGES_ROUNDS         1500
#define TICKS_PER_INSTRUCTION 8

enum stage { WOKEN_TO_READ, READ, DECIDE, WRITE, AFTER, STAGE_COUNT };

static const char *const names[STAGE_COUNT] = {"wokenToRead", "read", "decide", "write", "after"};

static int (*next_epoll_wait)(int, struct epoll_event *, int, int);
static ssize_t (*next_read)(int, void *, size_t);
static ssize_t (*next_write)(int, const void *, size_t);
static long (*next_syscall)(long, long, long, long, long, long, long);

static uint64_t sums[STAGE_COUNT];
static uint32_t round_count;

/* Of the thread that waits in epoll_wait; the others are passed through. */
static __thread int calls_in_round = -1; /* 0: woken, 1: has read, 2: has written, 3: odd */
static __thread uint64_t stamps[STAGE_COUNT];

__attribute__((constructor)) static void find_next(void)
{
	next_epoll_wait = dlsym(RTLD_NEXT, "epoll_wait");
	next_read = dlsym(RTLD_NEXT, "read");
	next_write = dlsym(RTLD_NEXT, "write");
	next_syscall = dlsym(RTLD_NEXT, "syscall");
}

static void print_means(void)
{
	dprintf(STDERR_FILENO, "{\"stages\":{");
	for (int stage = 0; stage < STAGE_COUNT; stage++)
		dprintf(STDERR_FILENO, "%s\"%s\":%.1f", stage > 0 ? "," : "", names[stage],
			(double)sums[stage] / STAGES_ROUNDS / TICKS_PER_INSTRUCTION);
	dprintf(STDERR_FILENO, "}}\n");
}

static void end_round(uint64_t now)
{
	if (calls_in_round != 2 || round_count++ < SKIPPED_ROUNDS)
		return;
	if (round_count > SKIPPED_ROUNDS + STAGES_ROUNDS)
		return;
	for (int stage = 0; stage < STAGE_COUNT; stage++)
		sums[stage] += (stage + 1 < STAGE_COUNT ? stamps[stage + 1] : now) - stamps[stage];
	if (round_count == SKIPPED_ROUNDS + STAGES_ROUNDS)
		print_means();
}

static void woken(void)
{
	calls_in_round = 0;
	stamps[WOKEN_TO_READ] = __rdtsc();
}

static void has_read(uint64_t start)
{
	if (calls_in_round == 0) {
		stamps[READ] = start;
		stamps[DECIDE] = __rdtsc();
		calls_in_round = 1;
	} else if (calls_in_round > 0) {
		calls_in_round = 3;
	}
}

static void has_written(uint64_t start)
{
	if (calls_in_round == 1) {
		stamps[WRITE] = start;
		stamps[AFTER] = __rdtsc();
		calls_in_round = 2;
	} else if (calls_in_round > 0) {
		calls_in_round = 3;
	}
}

int epoll_wait(int fd, struct epoll_event *events, int max_count, int timeout_ms)
{
	int count;

	end_round(__rdtsc());
	count = next_epoll_wait(fd, events, max_count, timeout_ms);
	woken();
	return count;
}

ssize_t read(int fd, void *buffer, size_t size)
{
	uint64_t start = __rdtsc();
	ssize_t result = next_read(fd, buffer, size);

	has_read(start);
	return result;
}

ssize_t write(int fd, const void *buffer, size_t size)
{
	uint64_t start = __rdtsc();
	ssize_t result = next_write(fd, buffer, size);

	has_written(start);
	return result;
}

/*
 * The same three calls past the C library's wrappers. Not declared as it is, with any number of arguments:
 * fetching those would be counted too.
 */
long counted_syscall(long, long, long, long, long, long, long) __asm__("syscall");

long counted_syscall(long number, long a, long b, long c, long d, long e, long f)
{
	uint64_t start = __rdtsc();
	long result;

	if (number == SYS_epoll_wait)
		end_round(start);
	result = next_syscall(number, a, b, c, d, e, f);
	if (number == SYS_read)
		has_read(start);
	else if (number == SYS_write)
		has_written(start);
	else if (number == SYS_epoll_wait)
		woken();
	return result;
}
