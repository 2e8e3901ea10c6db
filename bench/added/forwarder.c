/* SPDX-License-Identifier: MIT */
#include "forwarder.h"

#include "../../native/bench/clock.h"
#include "../../native/bench/fail.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define START_TIMEOUT_NS (60 * NS_PER_S)

_Noreturn static void run(char **command, char *device, int output)
{
	struct sched_param ordinary = {0};

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	for (char **argument = command; *argument; argument++) {
		if (strcmp(*argument, "{device}") == 0)
			*argument = device;
	}
	if (sched_setscheduler(0, SCHED_OTHER, &ordinary) < 0)
		fail_errno("start the forwarder at ordinary priority");
	if (dup2(output, STDOUT_FILENO) < 0)
		fail_errno("redirect the forwarder's output");
	execvp(command[0], command);
	fail_errno(command[0]);
}

/* Reads what has come until `text` holds a whole "ready NODE" line; the rest is not looked at. */
static bool read_ready(int output, char *text, char destination[FORWARDER_LINE_SIZE])
{
	size_t used = strlen(text);
	ssize_t size = read(output, text + used, FORWARDER_LINE_SIZE - 1 - used);
	char *line;

	if (size > 0)
		text[used + (size_t)size] = '\0';
	while ((line = strchr(text, '\n'))) {
		*line = '\0';
		if (sscanf(text, "ready %255s", destination) == 1)
			return true;
		memmove(text, line + 1, strlen(line + 1) + 1);
	}
	return false;
}

struct forwarder forwarder_start(char **command, char *device, const char *destination)
{
	struct forwarder forwarder = {0};
	char text[FORWARDER_LINE_SIZE] = "";
	uint64_t end_ns = clock_now_ns() + START_TIMEOUT_NS;
	bool ready = false;
	int output[2];

	if (pipe2(output, O_CLOEXEC) < 0)
		fail_errno("make a pipe");
	fcntl(output[0], F_SETFL, O_NONBLOCK);
	forwarder.pid = fork();
	if (forwarder.pid < 0)
		fail_errno("start the forwarder");
	if (forwarder.pid == 0)
		run(command, device, output[1]);
	close(output[1]);
	if (destination)
		snprintf(forwarder.destination, sizeof(forwarder.destination), "%s", destination);
	while (!ready) {
		ready = destination ? access(destination, F_OK) == 0
				    : read_ready(output[0], text, forwarder.destination);
		forwarder_check(&forwarder);
		if (clock_now_ns() > end_ns) {
			forwarder_stop(&forwarder);
			fail("%s named no destination within 60 s", command[0]);
		}
	}
	/* The pipe stays open: a forwarder that goes on printing must not die of it. */
	return forwarder;
}

void forwarder_check(const struct forwarder *forwarder)
{
	int status;

	if (waitpid(forwarder->pid, &status, WNOHANG) == forwarder->pid)
		fail("the forwarder ended (%s %d)", WIFSIGNALED(status) ? "signal" : "exit status",
		     WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
}

void forwarder_stop(const struct forwarder *forwarder)
{
	kill(forwarder->pid, SIGTERM);
	waitpid(forwarder->pid, NULL, 0);
}
