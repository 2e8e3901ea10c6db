/* SPDX-License-Identifier: MIT */
/*
 * What the reference forwarders have in common: everything before the first event.
 *
 * Each forwarder is one device wide and differs only in its loop, so that the two loops can be
 * compared with each other and with the engine. This part is not measured.
 */
#ifndef REFERENCE_FORWARD_H
#define REFERENCE_FORWARD_H

/* At most this many events are taken by one read and handed on by one write. */
#define FORWARD_BATCH 64

struct forward {
	int source; /* The grabbed evdev node: read from it. Blocking. */
	int sink;   /* The uinput clone of it: write to it. */
};

/*
 * Reads the options `--device NODE [--fifo PRIORITY]`, opens and grabs the node, creates its clone
 * with the given name, locks memory, takes the priority and prints `ready /dev/input/eventN`, the
 * node of the clone. Ends the program with one line on stderr when any of that fails.
 */
struct forward forward_open(int argc, char **argv, const char *clone_name);

/* Ends the program: "cannot WHAT: strerror(errno)". */
_Noreturn void forward_fail(const char *what);

#endif
