/* SPDX-License-Identifier: MIT */
/* The program under measurement: started with the source's node, says where it forwards to. */
#ifndef ADDED_FORWARDER_H
#define ADDED_FORWARDER_H

#include <sys/types.h>

#define FORWARDER_LINE_SIZE 256

struct forwarder {
	pid_t pid;
	char destination[FORWARDER_LINE_SIZE]; /* The node that a consumer of it opens. */
};

/*
 * Starts `command` (ends with NULL; "{device}" in it becomes `device`). The destination is the node
 * that it prints as "ready NODE", or `destination`, when that is not NULL, as soon as it exists.
 * Ends the program with a message when the forwarder exits or takes more than 60 s.
 */
struct forwarder forwarder_start(char **command, char *device, const char *destination);

/* Ends the program with a message when the forwarder has ended. */
void forwarder_check(const struct forwarder *forwarder);

void forwarder_stop(const struct forwarder *forwarder);

#endif
