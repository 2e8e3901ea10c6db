/* SPDX-License-Identifier: MIT */
/* The made-up mouse or keyboard whose frames are timed: a uinput device. */
#ifndef ADDED_SOURCE_H
#define ADDED_SOURCE_H

#include "frame.h"

#define SOURCE_NODE_SIZE 64

/* Creates the device and stores its node, "/dev/input/eventN"; returns the descriptor to write to.
 */
int source_create(enum frame_kind kind, char node[SOURCE_NODE_SIZE]);

#endif
