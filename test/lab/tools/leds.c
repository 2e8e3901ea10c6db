/*
 * leds NODE     a consumer that lights the lamps of a keyboard
 *
 * Lines on stdin: "CODE VALUE" writes that EV_LED event to the node; "state" asks for the lamps that are lit.
 * Prints "ready"; "led NODE CODE VALUE" for each LED event that the node gives; "lit NODE CODE..." as the
 * answer to "state", after the events before it. Ends with stdin or the device ("gone NODE").
 */
#define _GNU_SOURCE
#include "tool.h"

static const char *node;
static int fd;

static void write_led(unsigned int code, int value)
{
	struct input_event events[] = {
		{.type = EV_LED, .code = (unsigned short)code, .value = value},
		{.type = EV_SYN, .code = SYN_REPORT},
	};

	if (write(fd, events, sizeof(events)) != sizeof(events))
		die("cannot write to", node);
}

/* Returns false when the device is gone. */
static bool print_events(void)
{
	struct input_event events[READ_COUNT];
	ssize_t n;

	while ((n = read(fd, events, sizeof(events))) > 0)
		for (size_t i = 0; i < (size_t)n / sizeof(*events); i++)
			if (events[i].type == EV_LED)
				say("led %s %u %d", node, events[i].code, events[i].value);
	return errno == EAGAIN || errno == EINTR;
}

static void print_state(void)
{
	unsigned char lit[BITS_SIZE] = {0};

	print_events();
	if (ioctl(fd, EVIOCGLED(sizeof(lit)), lit) < 0)
		die("cannot read the state of", node);
	say_bits("lit", node, lit, LED_CNT);
}

static void handle_line(const char *line)
{
	unsigned int code;
	int value;

	if (!strcmp(line, "state")) {
		print_state();
	} else if (sscanf(line, "%u %d", &code, &value) == 2) {
		write_led(code, value);
	} else {
		errno = EINVAL;
		die("line", line);
	}
}

int main(int argc, char **argv)
{
	bool ended = false;

	if (argc != 2)
		usage("usage: leds NODE\n");
	node = argv[1];
	fd = open_node(node, O_RDWR);
	say("ready");
	while (!ended) {
		struct pollfd fds[] = {
			{.fd = fd, .events = POLLIN},
			{.fd = STDIN_FILENO, .events = POLLIN},
		};
		const char *line;

		poll(fds, 2, -1);
		if (fds[0].revents && !print_events()) {
			say("gone %s", node);
			return 0;
		}
		while (fds[1].revents && (line = next_line(&ended)))
			handle_line(line);
	}
	return 0;
}
