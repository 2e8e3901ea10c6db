/* SPDX-License-Identifier: MIT */
/*
 * Opens everything as the other references do, then becomes another program, which finds the device at descriptor 3
 * and the clone at 4: JavaScript can read and write, but has no ioctl to grab a device or to make one.
 *
 *   hand-over --device NODE [--fifo PRIORITY] -- PROGRAM [ARGUMENT...]
 *
 * The priority is kept; locked memory is not, since the program brings its own.
 */
#include "forward.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SOURCE_FD 3
#define SINK_FD   4
/* Above both, so that neither is overwritten by the other. */
#define LOWEST_FREE_FD 10

int main(int argc, char **argv)
{
	struct forward forward;
	int own_count = 0;
	int source, sink;

	while (own_count < argc && strcmp(argv[own_count], "--") != 0)
		own_count++;
	if (own_count + 1 >= argc) {
		fprintf(stderr,
			"usage: %s --device NODE [--fifo PRIORITY] -- PROGRAM [ARGUMENT...]\n",
			argv[0]);
		return 2;
	}
	argv[own_count] = NULL;
	forward = forward_open(own_count, argv, "reference of another language");
	source = fcntl(forward.source, F_DUPFD_CLOEXEC, LOWEST_FREE_FD);
	sink = fcntl(forward.sink, F_DUPFD_CLOEXEC, LOWEST_FREE_FD);
	if (dup2(source, SOURCE_FD) < 0 || dup2(sink, SINK_FD) < 0)
		forward_fail("hand the descriptors over");
	execvp(argv[own_count + 1], &argv[own_count + 1]);
	forward_fail(argv[own_count + 1]);
}
