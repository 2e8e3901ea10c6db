/*
 * grabber [--read] NODE     a consumer that has a node for itself, as QEMU's input-linux does
 *
 * Prints "grabbed NODE", or ends with the name of the error. With --read it prints events as reader does;
 * without, it leaves them unread, like a consumer that is stalled. Lines on stdin: "ungrab" and "grab", each
 * answered by "ungrabbed NODE" or "grabbed NODE". Ends with stdin or the device ("gone NODE").
 */
#define _GNU_SOURCE
#include "tool.h"

static const char *node;
static int fd;

static void grab(bool on)
{
	if (ioctl(fd, EVIOCGRAB, on) < 0)
		die(on ? "cannot grab" : "cannot ungrab", node);
	say("%s %s", on ? "grabbed" : "ungrabbed", node);
}

/* Returns false when the device is gone. */
static bool print_events(void)
{
	struct input_event events[READ_COUNT];
	ssize_t n;

	while ((n = read(fd, events, sizeof(events))) > 0)
		for (size_t i = 0; i < (size_t)n / sizeof(*events); i++)
			say_event(node, &events[i]);
	return errno == EAGAIN || errno == EINTR;
}

int main(int argc, char **argv)
{
	bool print = argc == 3 && !strcmp(argv[1], "--read");
	bool ended = false;

	if (argc != 2 && !print)
		usage("usage: grabber [--read] NODE\n");
	node = argv[argc - 1];
	fd = open_node(node, O_RDWR); /* input-linux opens it so, and needs the permission */
	grab(true);
	while (!ended) {
		struct pollfd fds[] = {
			{.fd = fd, .events = print ? POLLIN : 0},
			{.fd = STDIN_FILENO, .events = POLLIN},
		};
		const char *line;

		poll(fds, 2, -1);
		if (fds[0].revents & (POLLHUP | POLLERR) ||
		    (fds[0].revents & POLLIN && !print_events())) {
			say("gone %s", node);
			return 0;
		}
		while (fds[1].revents && (line = next_line(&ended))) {
			if (!strcmp(line, "grab"))
				grab(true);
			else if (!strcmp(line, "ungrab"))
				grab(false);
		}
	}
	return 0;
}
