/* SPDX-License-Identifier: MIT */
/* libFuzzer over the simulation's scripts: no bytes make the core break a rule. */
#include "../sim/sim.h"

#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint32_t steps;
	evs_sim_rule rule = evs_sim_play(data, (uint32_t)size, &steps);

	if (rule != 0) {
		fprintf(stderr, "step %u: %s\n", steps, evs_sim_rule_text(rule));
		abort();
	}
	return 0;
}
