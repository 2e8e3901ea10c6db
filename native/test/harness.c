/* SPDX-License-Identifier: MIT */
#include "harness.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define CASE_MAX  128
#define NAME_SIZE 128
#define WAIT_MS   10000

static struct {
	char name[NAME_SIZE];
	void (*run)(void);
} cases[CASE_MAX];

static int case_count;

void harness_add(const char *name, void (*run)(void))
{
	if (case_count == CASE_MAX || strlen(name) >= NAME_SIZE)
		abort();
	strcpy(cases[case_count].name, name);
	for (char *at = cases[case_count].name; *at; at++) {
		if (*at == '_')
			*at = ' ';
	}
	cases[case_count++].run = run;
}

void harness_fail(const char *file, int line, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "%s:%d: ", file, line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	_exit(1);
}

void harness_wait(bool (*is_true)(void *arg), void *arg, const char *what)
{
	for (int ms = 0; ms < WAIT_MS; ms++) {
		if (is_true(arg))
			return;
		poll(NULL, 0, 1);
	}
	harness_fail(__FILE__, __LINE__, "waited in vain until %s", what);
}

/* In a process of its own, so that what it breaks is only its own. */
static bool passes(int index)
{
	pid_t child;
	int status;

	fflush(NULL);
	child = fork();
	if (child < 0)
		abort();
	if (child == 0) {
		cases[index].run();
		exit(0); /* not _exit: sanitizers look for leaks now */
	}
	if (waitpid(child, &status, 0) < 0)
		abort();
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static int run_all(void)
{
	int failed = 0;

	for (int i = 0; i < case_count; i++) {
		bool passed = passes(i);

		printf("%sok %s\n", passed ? "" : "not ", cases[i].name);
		failed += !passed;
	}
	return failed > 0;
}

static int run_one(const char *name)
{
	for (int i = 0; i < case_count; i++) {
		if (strcmp(cases[i].name, name) == 0) {
			cases[i].run();
			return 0;
		}
	}
	fprintf(stderr, "no such case: %s\n", name);
	return 2;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return run_all();
	if (strcmp(argv[1], "--list") != 0)
		return run_one(argv[1]);
	for (int i = 0; i < case_count; i++)
		puts(cases[i].name);
	return 0;
}
