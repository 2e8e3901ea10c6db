/* SPDX-License-Identifier: MIT */
#include "samples.h"

#include <stdlib.h>

static int compare(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left;
	uint32_t b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

/* The smallest sample that at least `per_mille` thousandths of all samples do not exceed. */
static uint32_t quantile(const uint32_t *sorted, size_t count, size_t per_mille)
{
	return sorted[(count * per_mille + 999) / 1000 - 1];
}

static double mean(const uint32_t *samples, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += samples[i];
	return (double)sum / (double)count;
}

void samples_print(FILE *file, const char *label, uint32_t *latency_ns, size_t count)
{
	qsort(latency_ns, count, sizeof(*latency_ns), compare);
	fprintf(file,
		"{\"label\":\"%s\",\"frames\":%zu,\"meanNs\":%.1f,\"minNs\":%u,\"p50Ns\":%u,"
		"\"p90Ns\":%u,\"p99Ns\":%u,\"p999Ns\":%u,\"maxNs\":%u}\n",
		label, count, mean(latency_ns, count), latency_ns[0],
		quantile(latency_ns, count, 500), quantile(latency_ns, count, 900),
		quantile(latency_ns, count, 990), quantile(latency_ns, count, 999),
		latency_ns[count - 1]);
}
