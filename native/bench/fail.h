/* SPDX-License-Identifier: MIT */
/* One way to give up: a line on stderr that says what cannot be measured and why. */
#ifndef BENCH_FAIL_H
#define BENCH_FAIL_H

/* Ends the program: "PROGRAM: cannot WHAT: strerror(errno)". */
_Noreturn void fail_errno(const char *what);

/* Ends the program: "PROGRAM: MESSAGE". */
_Noreturn __attribute__((format(printf, 1, 2))) void fail(const char *format, ...);

#endif
