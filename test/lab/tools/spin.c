/*
 * spin COUNT     does nothing, COUNT million times, and prints how long that took in ns
 *
 * Work of a known size: shows what a unit of time is in virtual time, and keeps a processor busy.
 */
#define _GNU_SOURCE
#include "tool.h"

static long long now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

int main(int argc, char **argv)
{
	long long start, millions = argc == 2 ? atoll(argv[1]) : 0;

	if (millions <= 0)
		usage("usage: spin COUNT\n");
	start = now_ns();
	for (long long i = 0; i < millions * 1000000; i++)
		__asm__ volatile("");
	say("%lld", now_ns() - start);
	return 0;
}
