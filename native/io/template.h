/* SPDX-License-Identifier: MIT */
/*
 * What our own nodes are (rule 9): superset templates, so that any keyboard or mouse can come and go behind a
 * node that is never destroyed, and templates of clones, which are what their device is.
 *
 * The superset claims REL codes that are never sent: a reader's queue in the kernel is sized by capabilities
 * (drivers/input/input.c, input_estimate_events_per_packet), 64 events for a bare keyboard and 256 for
 * these, so a QEMU whose main loop stalls loses keys four times later.
 */
#ifndef EVS_IO_TEMPLATE_H
#define EVS_IO_TEMPLATE_H

#include "evswitch.h"

#include <stdbool.h>

/* The template of a keyboard's or mouse's node. -EINVAL for its names, kind or profile. */
int template_of_sink(const struct evs_sink_config *config, struct evs_description *out);

/*
 * The template of a device's clone: what is left out stands at evs_sink_clone(). Errors as there, as far as
 * they can be told without the kernel.
 */
int template_of_clone(const struct evs_description *description,
		      const struct evs_sink_config *config, struct evs_description *out);

/* Is a node, as it describes itself, the one that this template makes? */
bool template_fits(const struct evs_description *wanted, const struct evs_description *found);

#endif
