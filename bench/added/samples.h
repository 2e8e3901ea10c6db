/* SPDX-License-Identifier: MIT */
/* Latencies as they were measured, and exact figures from them: sorted, never binned. */
#ifndef ADDED_SAMPLES_H
#define ADDED_SAMPLES_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Sorts the samples and prints one line of JSON, nanoseconds throughout. */
void samples_print(FILE *file, const char *label, uint32_t *latency_ns, size_t count);

#endif
