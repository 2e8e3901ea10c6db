/* SPDX-License-Identifier: MIT */
/*
 * evswitch as a forwarder: the engine library as `evswitch run` uses it.
 *
 *   evswitch-forward --device NODE... [--fifo PRIORITY] [--rules COUNT] [--mapped]
 *
 * Nothing that users have on is off: the real engine thread with its watchdog and pool, both
 * chords, a guest target with keyboard and mouse node and the input-linux profile, presence
 * questions, statistics. This main thread stands where Node stands; it sleeps while frames flow.
 *
 * Several devices must be of one kind. Prints `ready NODE` for the guest's node that their frames go to, then makes the guest
 * active as soon as somebody consumes it. SIGTERM ends it; the kernel drops grab and nodes.
 */
#include <evswitch.h>

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/input.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define NODE_TIMEOUT_MS 5000
#define RETRY_MS        10

struct guest_node {
	struct evs_sink *sink;
	struct evs_sink_info info;
};

static int32_t check(int32_t result, const char *what)
{
	if (result < 0) {
		fprintf(stderr, "evswitch-forward: cannot %s: %s\n", what, strerror(-result));
		exit(1);
	}
	return result;
}

static struct guest_node create_node(uint32_t kind, const char *suffix)
{
	struct evs_sink_config config = {
		.kind = kind, .profile = EVS_PROFILE_INPUT_LINUX, .product = kind + 1};
	struct guest_node node;

	snprintf(config.name, sizeof(config.name), "evswitch bench %s", suffix);
	snprintf(config.phys, sizeof(config.phys), "evswitch-bench-event-%s", suffix);
	check(evs_sink_create(&config, NODE_TIMEOUT_MS, &node.info, &node.sink), "create a node");
	return node;
}

/* A guest consumes both nodes; the one that is not measured is consumed here. */
static void consume(const struct guest_node *node)
{
	int fd = open(node->info.node, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 || ioctl(fd, EVIOCGRAB, 1) < 0)
		check(-errno, "consume the node that is not measured");
}

/* Sleeps until the engine tells something; ends the program when that means it cannot forward. */
static struct evs_event next_event(struct evs_engine *engine)
{
	struct pollfd waking = {.fd = evs_engine_wake_fd(engine), .events = POLLIN};
	struct evs_event event;
	char bytes[64];

	while (evs_engine_next_event(engine, &event) == 0) {
		if (poll(&waking, 1, -1) > 0 && read(waking.fd, bytes, sizeof(bytes)) < 0)
			check(-errno, "hear from the engine");
	}
	if (event.kind == EVS_EVENT_GRAB_FAILED || event.kind == EVS_EVENT_SOURCE_GONE)
		check(event.result, "forward the device");
	if (event.kind == EVS_EVENT_NO_REALTIME)
		check(event.result, "take real-time priority");
	if (event.kind == EVS_EVENT_SWITCHED && event.target == EVS_HOST)
		check(-ENOTCONN, "keep the guest active");
	return event;
}

/* Waits for the answer to `request`, a number as the commands of the engine return it. */
static struct evs_event finish(struct evs_engine *engine, int32_t request)
{
	struct evs_event event;

	check(request, "give a command to the engine");
	do {
		event = next_event(engine);
	} while (event.kind != EVS_EVENT_DONE || event.request != (uint32_t)request);
	return event;
}

static struct evs_engine *start(int32_t priority)
{
	struct evs_engine_config config = {.abi_version = EVS_ABI_VERSION,
					   .host_mode = EVS_HOST_RELEASE,
					   .rt_priority = priority,
					   .lock_memory = 1};
	struct evs_engine *engine;

	check(evs_engine_create(&config, &engine), "create the engine");
	check(evs_engine_start(engine), "start the engine");
	return engine;
}

static void set_chords(struct evs_engine *engine)
{
	static const struct evs_hotkey chords[] = {
		{.keys = {KEY_LEFTCTRL, KEY_RIGHTCTRL}, .key_count = 2, .action = EVS_ACTION_NEXT},
		{.keys = {KEY_LEFTSHIFT, KEY_RIGHTSHIFT, KEY_ESC},
		 .key_count = 3,
		 .action = EVS_ACTION_PANIC},
	};

	check(finish(engine, evs_engine_set_hotkeys(engine, chords, 2)).result, "set the chords");
}

static uint32_t add_guest(struct evs_engine *engine, struct evs_sink *keyboard,
			  struct evs_sink *mouse)
{
	struct evs_target_config config = {.name = "guest",
					   .profile = EVS_PROFILE_INPUT_LINUX,
					   .repeat = EVS_REPEAT_ON,
					   .grab_toggle = EVS_TOGGLE_CTRL_CTRL};
	struct evs_event event =
		finish(engine, evs_engine_add_target(engine, &config, keyboard, mouse));

	check(event.result, "add the guest");
	return event.target;
}

/* The consumer comes when it has read the node's name, so the first tries are refused. */
static void activate(struct evs_engine *engine, uint32_t guest)
{
	for (;;) {
		int32_t result = finish(engine, evs_engine_switch(engine, guest)).result;

		if (result == 0)
			return;
		if (result != -ENOTCONN)
			check(result, "switch to the guest");
		usleep(RETRY_MS * 1000);
	}
}

/*
 * A map of so many rules for keys that the measured frames have not; and, where that is asked for, one by which the
 * measured key presses itself, so that its frames look as before.
 */
static void set_map(struct evs_engine *engine, uint32_t guest, uint32_t rule_count, bool is_mapped)
{
	static struct evs_map_rule rules[EVS_MAP_RULE_MAX];
	uint8_t tables[EVS_TARGET_MAX] = {0};
	static uint8_t classes[EVS_SOURCE_MAX];

	for (uint32_t i = 0; i < rule_count; i++) {
		rules[i] = (struct evs_map_rule){
			.when = {.keys = {(uint16_t)(KEY_F13 + i)}, .key_count = 1},
			.target = EVS_NONE,
			.key_count = 2,
			.keys = {KEY_LEFTCTRL, KEY_C}};
	}
	if (is_mapped)
		rules[rule_count++] = (struct evs_map_rule){
			.when = {.keys = {KEY_A}, .key_count = 1},
			.target = EVS_NONE,
			.key_count = 1,
			.keys = {KEY_A},
		};
	tables[guest] = 1;
	check(finish(engine, evs_engine_set_map(engine, rules, rule_count, NULL, 0, NULL, 0, tables,
						1, classes))
		      .result,
	      "set the map");
}

#define DEVICES_MAX 16u

struct options {
	const char *devices[DEVICES_MAX];
	uint32_t device_count;
	int32_t priority;
	uint32_t rule_count;
	bool is_mapped;
};

static struct options parse(int argc, char **argv)
{
	static const struct option known[] = {{"device", required_argument, NULL, 'd'},
					      {"fifo", required_argument, NULL, 'f'},
					      {"rules", required_argument, NULL, 'r'},
					      {"mapped", no_argument, NULL, 'm'},
					      {NULL, 0, NULL, 0}};
	struct options options = {0};
	int option;

	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (option == 'd' && options.device_count < DEVICES_MAX)
			options.devices[options.device_count++] = optarg;
		else if (option == 'f')
			options.priority = atoi(optarg);
		else if (option == 'r')
			options.rule_count = (uint32_t)atoi(optarg);
		else if (option == 'm')
			options.is_mapped = true;
		else
			exit(2);
	}
	if (options.device_count == 0 || optind != argc || options.rule_count > 500) {
		fprintf(stderr,
			"usage: %s --device NODE... [--fifo PRIORITY] [--rules 0..500] [--mapped]\n",
			argv[0]);
		exit(2);
	}
	return options;
}

int main(int argc, char **argv)
{
	struct options options = parse(argc, argv);
	struct evs_source_info info;
	struct evs_source *sources[DEVICES_MAX];
	struct evs_engine *engine;
	struct guest_node keyboard, mouse;
	uint32_t guest;
	bool is_mouse;

	for (uint32_t i = 0; i < options.device_count; i++)
		check(evs_source_open(options.devices[i], 0, &info, &sources[i]),
		      "open the device");
	is_mouse = (info.flags & EVS_SOURCE_MOTION) != 0;
	keyboard = create_node(EVS_SINK_KEYBOARD, "kbd");
	mouse = create_node(EVS_SINK_MOUSE, "mouse");
	consume(is_mouse ? &keyboard : &mouse);
	engine = start(options.priority);
	guest = add_guest(engine, keyboard.sink, mouse.sink);
	set_chords(engine);
	if (options.rule_count > 0 || options.is_mapped)
		set_map(engine, guest, options.rule_count, options.is_mapped);
	for (uint32_t i = 0; i < options.device_count; i++)
		check(finish(engine, evs_engine_add_source(engine, sources[i])).result,
		      "add the device");
	printf("ready %s\n", is_mouse ? mouse.info.node : keyboard.info.node);
	fflush(stdout);
	activate(engine, guest);
	for (;;)
		next_event(engine);
}
