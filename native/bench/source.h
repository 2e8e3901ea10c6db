/* SPDX-License-Identifier: MIT */
/* The made-up mouse or keyboard whose frames are timed: a uinput device. */
#ifndef BENCH_SOURCE_H
#define BENCH_SOURCE_H

#define SOURCE_NODE_SIZE 64

enum source_kind { SOURCE_MOUSE, SOURCE_KEYBOARD };

/*
 * Creates the device and stores its node, "/dev/input/eventN"; returns the descriptor to write to. `phys` is what
 * udev knows it by, or NULL. Ends the program with a message when that fails.
 */
int source_create(enum source_kind kind, const char *name, const char *phys,
		  char node[SOURCE_NODE_SIZE]);

#endif
