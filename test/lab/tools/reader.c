/*
 * reader [--grab] [NODE...]     prints the events of nodes, as a desktop would see them
 * reader --state [NODE...]      prints the keys that the kernel takes for pressed, and ends
 *
 * Without a NODE it takes all event nodes that there are. Nodes are opened read-only and not grabbed, unless --grab is given. Lines:
 *   ready                            every node is open (and grabbed): what comes now is seen
 *   NODE TYPE CODE VALUE SEC.USEC    one event, in numbers, monotonic time
 *   pressed NODE CODE...             answer to the line "pressed" on stdin, and for --state
 *   gone NODE                        the device went away
 * Each "pressed" answers for the events printed before it: nothing that had arrived is still to come.
 * Ends with stdin, or when all devices are gone.
 */
#define _GNU_SOURCE
#include "tool.h"
#include <glob.h>

#define MAX_NODES 64

struct node {
	const char *path;
	int fd;
	unsigned char pressed[BITS_SIZE]; /* as the events tell */
};

static struct node nodes[MAX_NODES];
static size_t node_count, open_count;

static void read_state(struct node *node)
{
	memset(node->pressed, 0, sizeof(node->pressed));
	if (ioctl(node->fd, EVIOCGKEY(sizeof(node->pressed)), node->pressed) < 0)
		die("cannot read the state of", node->path);
}

static void add_node(const char *path)
{
	if (node_count == MAX_NODES) {
		errno = EMFILE;
		die("too many nodes at", path);
	}
	nodes[node_count++].path = path;
}

static void add_all_nodes(void)
{
	static glob_t found; /* keeps the paths */

	glob("/dev/input/event*", 0, NULL, &found);
	for (size_t i = 0; i < found.gl_pathc; i++)
		add_node(found.gl_pathv[i]);
}

static void open_all(bool grab)
{
	int clock = CLOCK_MONOTONIC;

	for (size_t i = 0; i < node_count; i++) {
		struct node *node = &nodes[i];

		node->fd = open_node(node->path, O_RDONLY);
		if (ioctl(node->fd, EVIOCSCLOCKID, &clock) < 0)
			die("cannot set the clock of", node->path);
		if (grab && ioctl(node->fd, EVIOCGRAB, 1) < 0)
			die("cannot grab", node->path);
		read_state(node);
	}
	open_count = node_count;
}

static void handle_gone(struct node *node)
{
	say("gone %s", node->path);
	close(node->fd);
	node->fd = -1;
	open_count--;
}

/* Prints all that has arrived. */
static void read_events(struct node *node)
{
	struct input_event events[READ_COUNT];
	ssize_t n;

	while (node->fd >= 0 && (n = read(node->fd, events, sizeof(events))) != 0) {
		if (n < 0) {
			if (errno != EAGAIN && errno != EINTR)
				handle_gone(node);
			return;
		}
		for (size_t i = 0; i < (size_t)n / sizeof(*events); i++) {
			const struct input_event *event = &events[i];

			say_event(node->path, event);
			if (event->type == EV_KEY && event->value != 2)
				set_bit(node->pressed, event->code, event->value);
			else if (event->type == EV_SYN && event->code == SYN_DROPPED)
				read_state(node);
		}
	}
}

static void answer_pressed(void)
{
	for (size_t i = 0; i < node_count; i++) {
		read_events(&nodes[i]);
		say_bits("pressed", nodes[i].path, nodes[i].pressed, KEY_CNT);
	}
}

int main(int argc, char **argv)
{
	struct pollfd fds[MAX_NODES + 1];
	bool grab = false, state = false, ended = false;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--grab"))
			grab = true;
		else if (!strcmp(argv[i], "--state"))
			state = true;
		else if (argv[i][0] != '-')
			add_node(argv[i]);
		else
			usage("usage: reader [--grab | --state] [NODE...]\n");
	}
	if (node_count == 0)
		add_all_nodes();
	open_all(grab);
	if (state) {
		answer_pressed();
		return 0;
	}
	say("ready");
	while (open_count > 0 && !ended) {
		for (size_t i = 0; i < node_count; i++)
			fds[i] = (struct pollfd){.fd = nodes[i].fd, .events = POLLIN};
		fds[node_count] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
		poll(fds, node_count + 1, -1);
		for (size_t i = 0; i < node_count; i++)
			if (fds[i].revents)
				read_events(&nodes[i]);
		if (fds[node_count].revents) {
			const char *line;

			while ((line = next_line(&ended)))
				if (!strcmp(line, "pressed"))
					answer_pressed();
		}
	}
	return 0;
}
