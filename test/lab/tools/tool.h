/* What the lab's tools share: they speak in lines, one fact each, so a test can wait for one. */
#ifndef LAB_TOOL_H
#define LAB_TOOL_H

#include <errno.h>
#include <fcntl.h>
#include <linux/input.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define LINE_SIZE  65536
#define BITS_SIZE  ((KEY_CNT + 7) / 8)
#define READ_COUNT 64

#define __tool __attribute__((unused)) static

/* Prints one line and flushes it. */
__tool __attribute__((format(printf, 1, 2))) void say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

/* Ends the tool: one line on stderr with the name of errno, status 1. */
__tool _Noreturn void die(const char *what, const char *object)
{
	fprintf(stderr, "%s %s: %s\n", what, object, strerrorname_np(errno));
	exit(1);
}

__tool _Noreturn void usage(const char *text)
{
	fputs(text, stderr);
	exit(2);
}

__tool int open_node(const char *node, int mode)
{
	int fd = open(node, mode | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		die("cannot open", node);
	return fd;
}

/* Times are of CLOCK_MONOTONIC when the node was told so, else of the wall clock. */
__tool void say_event(const char *node, const struct input_event *event)
{
	say("%s %u %u %d %ld.%06ld", node, event->type, event->code, event->value,
	    (long)event->input_event_sec, (long)event->input_event_usec);
}

__tool bool test_bit(const unsigned char *bits, unsigned int index)
{
	return bits[index / 8] >> (index % 8) & 1;
}

__tool void set_bit(unsigned char *bits, unsigned int index, bool value)
{
	if (value)
		bits[index / 8] |= (unsigned char)(1 << (index % 8));
	else
		bits[index / 8] &= (unsigned char)~(1 << (index % 8));
}

/* "WORD NODE 30 48": the indexes of the bits that are set. */
__tool void say_bits(const char *word, const char *node, const unsigned char *bits, size_t count)
{
	printf("%s %s", word, node);
	for (size_t i = 0; i < count; i++)
		if (test_bit(bits, (unsigned int)i))
			printf(" %zu", i);
	say("%s", "");
}

/*
 * Lines from stdin without their ends, for a poll loop. Call when stdin is readable; then take lines until
 * NULL. Sets *ended at the end of the input.
 */
__tool char *next_line(bool *ended)
{
	static char buffer[LINE_SIZE];
	static size_t start, filled;
	static bool readable = true;

	for (;;) {
		char *line = buffer + start;
		char *newline = memchr(line, '\n', filled - start);
		ssize_t n;

		if (newline) {
			*newline = 0;
			start = (size_t)(newline + 1 - buffer);
			return line;
		}
		if (!readable) { /* one read for each time that it was readable: never blocks */
			readable = true;
			return NULL;
		}
		memmove(buffer, buffer + start, filled - start);
		filled -= start;
		start = 0;
		if (filled == sizeof(buffer)) {
			errno = EMSGSIZE;
			die("line of", "stdin");
		}
		n = read(STDIN_FILENO, buffer + filled, sizeof(buffer) - filled);
		if (n <= 0) {
			*ended = true;
			return NULL;
		}
		filled += (size_t)n;
		readable = false;
	}
}

#endif
