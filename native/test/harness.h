/* SPDX-License-Identifier: MIT */
/*
 * The smallest harness that does the work: a program of cases, each a function whose name is a sentence.
 *
 *   PROGRAM          runs all of them, prints "ok NAME" or "not ok NAME" for each; exit code 1 for a failure
 *   PROGRAM --list   prints their names
 *   PROGRAM NAME     runs one in this process, as test/native/units.test.ts and a debugger do
 *
 * A case that fails says where and why on stderr and ends its process: so no case needs to clean up after
 * a failure, and a crash is a failure of one case.
 */
#ifndef EVS_TEST_HARNESS_H
#define EVS_TEST_HARNESS_H

#include <stdbool.h>
#include <stdint.h>

/* Defines a case. Its underscores are shown as spaces. */
#define CASE(name)                                                      \
	static void name(void);                                         \
	__attribute__((constructor)) static void name##_is_a_case(void) \
	{                                                               \
		harness_add(#name, name);                               \
	}                                                               \
	static void name(void)

#define CHECK(condition)                                                    \
	do {                                                                \
		if (!(condition))                                           \
			harness_fail(__FILE__, __LINE__, "%s", #condition); \
	} while (0)

/* Two integers of any type. */
#define CHECK_EQUAL(actual, expected)                                                         \
	do {                                                                                  \
		int64_t actual_value = (int64_t)(actual);                                     \
		int64_t expected_value = (int64_t)(expected);                                 \
		if (actual_value != expected_value)                                           \
			harness_fail(__FILE__, __LINE__, "%s is %lld, and not %lld", #actual, \
				     (long long)actual_value, (long long)expected_value);     \
	} while (0)

void harness_add(const char *name, void (*run)(void));
_Noreturn void harness_fail(const char *file, int line, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Waits until `is_true(arg)` is, and fails when that takes longer than ten seconds. */
void harness_wait(bool (*is_true)(void *arg), void *arg, const char *what);

#endif
