/* SPDX-License-Identifier: MIT */
/*
 * The engine with its threads, behind the exported functions. Sockets stand in for devices and nodes: what is
 * written to one end is read at the other, and ioctl() is answered here as a kernel would (the linker wraps
 * it). A node is consumed when nothing comes back to its reader, see native/io/presence.h: here a socket that
 * nobody writes to, or the node's own other end.
 */
#include "../core/event.h"
#include "../core/keyset.h"
#include "../io/source.h"
#include "../io/uinput.h"
#include "evswitch.h"
#include "harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- devices and nodes */

static _Atomic uint64_t
	keys_down;               /* the first word of what EVIOCGKEY says next, and then no more */
static _Atomic bool is_no_evdev; /* nobody answers */
static _Atomic int grabs, ungrabs;
static _Atomic bool is_stuck; /* whoever asks for a key state never gets an answer */

int real_ioctl(int fd, unsigned long request, ...) __asm__("__real_ioctl");
int wrapped_ioctl(int fd, unsigned long request, ...) __asm__("__wrap_ioctl");

int wrapped_ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (_IOC_TYPE(request) != 'E' || atomic_load(&is_no_evdev))
		return real_ioctl(fd, request, arg);
	if (request == EVIOCGRAB) {
		atomic_fetch_add(arg ? &grabs : &ungrabs, 1);
		return 0;
	}
	while (atomic_load(&is_stuck))
		pause();
	memset(arg, 0, _IOC_SIZE(request));
	if (_IOC_NR(request) == _IOC_NR(EVIOCGKEY(0))) {
		uint64_t word = atomic_exchange(&keys_down, 0);

		memcpy(arg, &word, sizeof(word));
	}
	return 0;
}

#if defined(__SANITIZE_THREAD__)
/*
 * ThreadSanitizer follows descriptors by their number and takes those of another table for the same. So
 * the engine is made to share the table, as it does on a kernel without pidfd_open().
 */
long real_syscall(long number, ...) __asm__("__real_syscall");
long wrapped_syscall(long number, ...) __asm__("__wrap_syscall");

long wrapped_syscall(long number, ...)
{
	long arguments[6];
	va_list args;

	va_start(args, number);
	for (int i = 0; i < 6; i++)
		arguments[i] = va_arg(args, long);
	va_end(args);
	if (number == SYS_pidfd_open) {
		errno = ENOSYS;
		return -1;
	}
	return real_syscall(number, arguments[0], arguments[1], arguments[2], arguments[3],
			    arguments[4], arguments[5]);
}
#endif

static void open_pair(int fds[2])
{
	CHECK_EQUAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
}

struct node {
	struct evs_sink *sink;
	int seen;   /* what was written to the node is read here */
	int silent; /* the far end of a consumed node's reader, kept open */
};

static struct node make_node(bool is_consumed)
{
	struct node node = {.silent = -1};
	int fds[2];

	node.sink = calloc(1, sizeof(*node.sink));
	CHECK(node.sink != NULL);
	open_pair(fds);
	node.sink->fd = fds[0];
	node.seen = fds[1];
	if (is_consumed) {
		open_pair(fds);
		node.sink->reader = fds[0];
		node.silent = fds[1];
	} else {
		node.sink->reader = node.seen; /* whatever is written comes back */
		node.seen = -1;
	}
	return node;
}

static void drop_node(const struct node *node)
{
	if (node->seen >= 0)
		close(node->seen);
	if (node->silent >= 0)
		close(node->silent);
}

/* A source; `device` gets the end that events are written to. */
static struct evs_source *make_source(int *device)
{
	struct evs_source *source = calloc(1, sizeof(*source));
	int fds[2];

	CHECK(source != NULL);
	open_pair(fds);
	source->fd = fds[0];
	source->flags = EVS_SOURCE_KEYS | EVS_SOURCE_BUTTONS | EVS_SOURCE_MOTION;
	*device = fds[1];
	return source;
}

static bool is_closed(int other)
{
	struct pollfd poll_fd = {.fd = other, .events = POLLIN};

	return poll(&poll_fd, 1, 0) == 1 && (poll_fd.revents & POLLHUP);
}

static bool is_closed_now(void *arg)
{
	return is_closed(*(int *)arg);
}

static void report(int device, uint16_t type, uint16_t code, int32_t value)
{
	struct input_event frame[2] = {event_make(type, code, value),
				       event_make(EV_SYN, SYN_REPORT, 0)};

	for (int i = 0; i < 2; i++)
		frame[i].input_event_usec = 1; /* a stamp of the kernel */
	while (write(device, frame, sizeof(frame)) != (ssize_t)sizeof(frame)) {
		CHECK_EQUAL(errno, EAGAIN);
		poll(NULL, 0, 1);
	}
}

/* The next event on a node that is no part of an echo or the end of a frame. */
static struct input_event next_on(const struct node *node)
{
	struct input_event event;

	for (int ms = 0; ms < 10000;) {
		ssize_t size = read(node->seen, &event, sizeof(event));

		if (size == (ssize_t)sizeof(event)) {
			if (event.type != EV_MSC && event.type != EV_SYN)
				return event;
			continue;
		}
		poll(NULL, 0, 1);
		ms++;
	}
	harness_fail(__FILE__, __LINE__, "nothing reached the node");
}

static void expect_on(const struct node *node, uint16_t type, uint16_t code, int32_t value)
{
	struct input_event event = next_on(node);

	CHECK_EQUAL(event.type, type);
	CHECK_EQUAL(event.code, code);
	CHECK_EQUAL(event.value, value);
}

/* ---- the engine */

static struct evs_engine *engine;

static struct evs_engine_config a_config(void)
{
	return (struct evs_engine_config){.abi_version = EVS_ABI_VERSION, .pool_threads = 4};
}

static void create(void)
{
	struct evs_engine_config config = a_config();

	CHECK_EQUAL(evs_engine_create(&config, &engine), 0);
}

static void start(void)
{
	create();
	CHECK_EQUAL(evs_engine_start(engine), 0);
}

static struct evs_event got;
static uint64_t told_lost; /* records that the engine said it lost */

static bool has_event(void *arg)
{
	uint32_t kind = *(const uint32_t *)arg;

	while (evs_engine_next_event(engine, &got)) {
		if (got.kind == EVS_EVENT_LOST)
			told_lost += got.value;
		if (got.kind == kind)
			return true;
	}
	return false;
}

/* Skips records until there is one of this kind. */
static struct evs_event await(uint32_t kind)
{
	harness_wait(has_event, &kind, "a record came");
	return got;
}

/* The end of a command. */
static struct evs_event done(int32_t request)
{
	CHECK(request > 0);
	do
		await(EVS_EVENT_DONE);
	while (got.request != (uint32_t)request);
	return got;
}

static void stop(void)
{
	CHECK_EQUAL(done(evs_engine_stop(engine)).result, 0);
	await(EVS_EVENT_STOPPED);
	evs_engine_destroy(engine);
}

static uint32_t add_target(const char *name, struct node *keyboard, struct node *mouse)
{
	struct evs_target_config config = {.grab_toggle = EVS_TOGGLE_CTRL_CTRL};
	struct evs_event event;

	strcpy(config.name, name);
	event = done(evs_engine_add_target(engine, &config, keyboard ? keyboard->sink : NULL,
					   mouse ? mouse->sink : NULL));
	CHECK_EQUAL(event.result, 0);
	return event.target;
}

static uint32_t add_source(int *device)
{
	struct evs_event event = done(evs_engine_add_source(engine, make_source(device)));

	CHECK_EQUAL(event.result, 0);
	return event.source;
}

static const uint8_t no_tables[EVS_TARGET_MAX];
static const uint8_t classes[EVS_SOURCE_MAX];

/* A becomes B, whatever is active. */
static int32_t set_map(void)
{
	const struct evs_map_rule rule = {.when = {.keys = {KEY_A}, .key_count = 1},
					  .target = EVS_NONE,
					  .key_count = 1,
					  .keys = {KEY_B}};
	uint8_t tables[EVS_TARGET_MAX];

	memset(tables, 1, sizeof(tables));
	return evs_engine_set_map(engine, &rule, 1, NULL, 0, NULL, 0, tables, 1, classes);
}

static int32_t switch_to(uint32_t target)
{
	return done(evs_engine_switch(engine, target)).result;
}

static int entry_count(const char *path)
{
	DIR *directory = opendir(path);
	int count = 0;

	CHECK(directory != NULL);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

struct counts {
	int threads, descriptors;
};

static struct counts count_all(void)
{
	return (struct counts){entry_count("/proc/self/task"), entry_count("/proc/self/fd")};
}

/* After a first engine: a sanitizer may start a thread of its own with the first of ours. */
static struct counts count_before(void)
{
	struct counts counts;

	start();
	evs_engine_destroy(engine);
	counts = count_all();
	/* A joined thread leaves the kernel's count a moment later. */
	for (int ms = 0; ms < 50; ms++) {
		struct counts now = count_all();

		if (now.threads < counts.threads)
			counts = now;
		poll(NULL, 0, 1);
	}
	return counts;
}

static bool are_back(void *arg)
{
	const struct counts *before = arg;
	struct counts now = count_all();

	return now.threads == before->threads && now.descriptors == before->descriptors;
}

/* ---- cases */

CASE(the_abi_has_the_version_of_the_header)
{
	CHECK_EQUAL(evs_abi_version(), EVS_ABI_VERSION);
}

CASE(the_layout_is_written_as_far_as_there_is_room)
{
	uint32_t layout[64];
	int32_t count = evs_abi_layout(NULL, 0);

	CHECK(count > 20 && count < 64);
	memset(layout, 0xff, sizeof(layout));
	CHECK_EQUAL(evs_abi_layout(layout, 2), count);
	CHECK_EQUAL(layout[0], sizeof(struct evs_source_info));
	CHECK_EQUAL(layout[1], offsetof(struct evs_source_info, flags));
	CHECK_EQUAL(layout[2], UINT32_MAX);
	CHECK_EQUAL(evs_abi_layout(layout, 64), count);
	CHECK_EQUAL(layout[count - 1], offsetof(struct evs_stats, histograms));
	CHECK_EQUAL(layout[count], UINT32_MAX);
}

CASE(a_configuration_for_another_header_is_refused)
{
	struct evs_engine_config config = a_config();

	config.abi_version++;
	CHECK_EQUAL(evs_engine_create(&config, &engine), -EPROTO);
}

static int32_t create_result(struct evs_engine_config config)
{
	return evs_engine_create(&config, &engine);
}

CASE(a_configuration_out_of_range_is_refused)
{
	struct evs_engine_config config = a_config();

	config.host_mode = EVS_HOST_PROXY + 1;
	CHECK_EQUAL(create_result(config), -EINVAL);
	config = a_config();
	config.rt_priority = -1;
	CHECK_EQUAL(create_result(config), -EINVAL);
	config.rt_priority = 99; /* the watchdog's is one above */
	CHECK_EQUAL(create_result(config), -EINVAL);
	config = a_config();
	config.pool_threads = 33;
	CHECK_EQUAL(create_result(config), -EINVAL);
}

CASE(a_device_that_is_not_there_is_not_opened)
{
	struct evs_source_info info;
	struct evs_source *source;

	atomic_store(&is_no_evdev, true);
	CHECK_EQUAL(evs_source_open("/dev/input/no-such-node", 0, &info, &source), -ENOENT);
	CHECK_EQUAL(evs_source_open("/dev/null", 0, &info, &source), -ENOTTY);
	CHECK_EQUAL(evs_source_open("/dev", 0, &info, &source), -EISDIR);
}

CASE(an_engine_that_never_started_leaves_nothing_behind)
{
	struct counts before = count_before();

	for (int round = 0; round < 50; round++) {
		create();
		evs_engine_destroy(engine);
	}
	harness_wait(are_back, &before, "threads and descriptors are those of before");
}

CASE(an_engine_that_started_and_stopped_many_times_leaves_nothing_behind)
{
	struct counts before = count_before();

	for (int round = 0; round < 50; round++) {
		start();
		stop();
	}
	harness_wait(are_back, &before, "threads and descriptors are those of before");
}

CASE(an_engine_that_is_destroyed_without_a_stop_leaves_nothing_behind)
{
	struct counts before = count_before();

	for (int round = 0; round < 50; round++) {
		start();
		evs_engine_destroy(engine);
	}
	harness_wait(are_back, &before, "threads and descriptors are those of before");
}

CASE(what_was_handed_over_is_closed_with_the_engine)
{
	struct counts before = count_before();
	struct node keyboard = make_node(true);
	struct node mouse = make_node(true);
	int devices[3];

	start();
	for (int i = 0; i < 3; i++)
		add_source(&devices[i]);
	CHECK_EQUAL(switch_to(add_target("guest", &keyboard, &mouse)), 0);
	evs_engine_destroy(engine);
	for (int i = 0; i < 3; i++) {
		CHECK(is_closed(devices[i]));
		close(devices[i]);
	}
	CHECK(is_closed(keyboard.seen) && is_closed(mouse.seen));
	drop_node(&keyboard);
	drop_node(&mouse);
	harness_wait(are_back, &before, "threads and descriptors are those of before");
}

CASE(what_was_handed_over_to_an_engine_that_never_ran_is_closed_too)
{
	struct evs_target_config config = {.name = "guest"};
	struct counts before = count_before();
	struct node keyboard = make_node(true);
	int device;

	create();
	CHECK(evs_engine_add_source(engine, make_source(&device)) > 0);
	CHECK(evs_engine_add_target(engine, &config, keyboard.sink, NULL) > 0);
	evs_engine_destroy(engine);
	CHECK(is_closed(device) && is_closed(keyboard.seen));
	close(device);
	drop_node(&keyboard);
	harness_wait(are_back, &before, "threads and descriptors are those of before");
}

CASE(an_engine_starts_once)
{
	start();
	CHECK_EQUAL(evs_engine_start(engine), -EALREADY);
	stop();
}

CASE(commands_beyond_the_limit_are_refused_until_one_has_ended)
{
	create();
	for (uint32_t i = 1; i <= EVS_COMMAND_MAX; i++)
		CHECK_EQUAL(evs_engine_ask_presence(engine), i);
	CHECK_EQUAL(evs_engine_ask_presence(engine), -EAGAIN);
	CHECK_EQUAL(evs_engine_stop(engine), -EAGAIN);
	CHECK_EQUAL(evs_engine_start(engine), 0);
	for (uint32_t i = 1; i <= EVS_COMMAND_MAX; i++)
		CHECK_EQUAL(await(EVS_EVENT_DONE).request, i);
	stop();
}

CASE(what_is_handed_over_is_closed_when_the_command_is_refused)
{
	struct evs_target_config config = {.name = "guest"};
	struct node keyboard = make_node(true);
	int device;

	create();
	for (uint32_t i = 0; i < EVS_COMMAND_MAX; i++)
		CHECK(evs_engine_panic(engine) > 0);
	CHECK_EQUAL(evs_engine_add_source(engine, make_source(&device)), -EAGAIN);
	CHECK(is_closed(device));
	CHECK_EQUAL(evs_engine_add_target(engine, &config, keyboard.sink, NULL), -EAGAIN);
	CHECK(is_closed(keyboard.seen));
	close(device);
	drop_node(&keyboard);
	evs_engine_destroy(engine);
}

CASE(a_target_needs_a_name_that_ends)
{
	struct evs_target_config config = {.name = ""};

	create();
	CHECK_EQUAL(evs_engine_add_target(engine, &config, NULL, NULL), -EINVAL);
	memset(config.name, 'a', sizeof(config.name));
	CHECK_EQUAL(evs_engine_add_target(engine, &config, NULL, NULL), -EINVAL);
	evs_engine_destroy(engine);
}

CASE(commands_that_make_no_sense_end_with_their_error)
{
	struct evs_hotkey hotkey = {{KEY_A}, 1, EVS_ACTION_TARGET, 3};
	struct evs_hotkey many[EVS_HOTKEY_MAX + 1] = {{{0}, 0, 0, 0}};

	start();
	CHECK_EQUAL(switch_to(5), -ENOENT);
	CHECK_EQUAL(switch_to(EVS_NONE), -ENOENT);
	CHECK_EQUAL(done(evs_engine_remove_source(engine, 0)).result, -ENOENT);
	CHECK_EQUAL(done(evs_engine_remove_source(engine, EVS_NONE)).result, -ENOENT);
	CHECK_EQUAL(done(evs_engine_set_hotkeys(engine, &hotkey, 1)).result, -EINVAL);
	hotkey.target = EVS_NONE;
	CHECK_EQUAL(done(evs_engine_set_hotkeys(engine, &hotkey, 1)).result, -EINVAL);
	hotkey.key_count = 0;
	CHECK_EQUAL(done(evs_engine_set_hotkeys(engine, &hotkey, 1)).result, -EINVAL);
	CHECK_EQUAL(evs_engine_set_hotkeys(engine, many, EVS_HOTKEY_MAX + 1), -EINVAL);
	stop();
}

CASE(a_wake_descriptor_gets_a_byte_when_there_is_something_to_read)
{
	struct pollfd wake;
	char byte;

	start();
	wake = (struct pollfd){.fd = evs_engine_wake_fd(engine), .events = POLLIN};
	CHECK(wake.fd >= 0);
	for (int round = 0; round < 10; round++) {
		evs_engine_panic(engine);
		CHECK_EQUAL(poll(&wake, 1, 10000), 1);
		await(EVS_EVENT_DONE);
		while (evs_engine_next_event(engine, &got) || read(wake.fd, &byte, 1) == 1)
			continue;
		CHECK_EQUAL(poll(&wake, 1, 5), 0);
	}
	close(wake.fd);
	stop();
}

CASE(frames_go_to_the_active_target_alone)
{
	struct node keyboard = make_node(true);
	struct node mouse = make_node(true);
	const struct evs_stats *stats;
	uint32_t guest;
	int device;

	start();
	add_source(&device);
	guest = add_target("guest", &keyboard, &mouse);
	report(device, EV_KEY, KEY_X, 1); /* the host's */
	report(device, EV_KEY, KEY_X, 0);
	CHECK_EQUAL(switch_to(guest), 0);
	report(device, EV_KEY, KEY_A, 1);
	report(device, EV_REL, REL_X, 5);
	report(device, EV_KEY, KEY_A, 0);
	expect_on(&keyboard, EV_KEY, KEY_A, 1);
	expect_on(&keyboard, EV_KEY, KEY_A, 0);
	expect_on(&mouse, EV_REL, REL_X, 5);
	CHECK_EQUAL(switch_to(EVS_HOST), 0);
	await(EVS_EVENT_UNGRABBED);
	stats = evs_engine_stats(engine);
	CHECK_EQUAL(__atomic_load_n(&stats->switches, __ATOMIC_RELAXED), 2);
	CHECK_EQUAL(__atomic_load_n(&stats->frames_out, __ATOMIC_RELAXED), 3);
	CHECK_EQUAL(__atomic_load_n(&stats->histograms[EVS_HISTOGRAM_KEY].count, __ATOMIC_RELAXED),
		    2);
	CHECK_EQUAL(
		__atomic_load_n(&stats->histograms[EVS_HISTOGRAM_MOUSE].count, __ATOMIC_RELAXED),
		1);
	CHECK_EQUAL(atomic_load(&grabs), 1);
	CHECK_EQUAL(atomic_load(&ungrabs), 1);
	stop();
	close(device);
	drop_node(&keyboard);
	drop_node(&mouse);
}

static const struct evs_hotkey both_ctrl = {{KEY_LEFTCTRL, KEY_RIGHTCTRL}, 2, EVS_ACTION_NEXT, 0};

static void chord(int device)
{
	report(device, EV_KEY, KEY_LEFTCTRL, 1);
	report(device, EV_KEY, KEY_RIGHTCTRL, 1);
	report(device, EV_KEY, KEY_RIGHTCTRL, 0);
	report(device, EV_KEY, KEY_LEFTCTRL, 0);
}

CASE(the_chord_switches_there_and_back)
{
	struct node keyboard = make_node(true);
	uint32_t guest;
	int device;

	start();
	add_source(&device);
	guest = add_target("guest", &keyboard, NULL);
	CHECK_EQUAL(done(evs_engine_set_hotkeys(engine, &both_ctrl, 1)).result, 0);
	for (int round = 0; round < 10; round++) {
		chord(device);
		await(EVS_EVENT_SWITCHED);
		CHECK_EQUAL(got.target, guest);
		CHECK_EQUAL(got.reason, EVS_REASON_HOTKEY);
		CHECK(got.value != 0);
		chord(device);
		await(EVS_EVENT_SWITCHED);
		CHECK_EQUAL(got.target, EVS_HOST);
		await(EVS_EVENT_UNGRABBED);
		expect_on(&keyboard, EV_KEY, KEY_LEFTCTRL, 1);
		expect_on(&keyboard, EV_KEY, KEY_LEFTCTRL, 0);
	}
	stop();
	close(device);
	drop_node(&keyboard);
}

CASE(a_target_that_nobody_consumes_is_refused)
{
	struct node keyboard = make_node(false);
	uint32_t guest;

	start();
	guest = add_target("guest", &keyboard, NULL);
	CHECK_EQUAL(switch_to(guest), -ENOTCONN);
	CHECK_EQUAL(__atomic_load_n(&evs_engine_stats(engine)->refusals, __ATOMIC_RELAXED), 1);
	stop();
	drop_node(&keyboard);
}

/* Takes what has been written to a node; returns how many questions were among it. */
static int take_questions(const struct node *node)
{
	struct input_event event;
	int count = 0;

	while (read(node->seen, &event, sizeof(event)) == (ssize_t)sizeof(event))
		count += event.type == EV_MSC;
	return count;
}

static bool is_asked(void *arg)
{
	return take_questions(arg) > 0;
}

/* Of two rings of the timer in one round the second has no frame before it: such a round says nothing. */
CASE(a_node_that_frames_flow_to_is_not_asked_and_the_other_one_is)
{
	struct node keyboard = make_node(true);
	struct node mouse = make_node(true);
	struct evs_engine_config config = a_config();
	bool was_spared = false;
	int device;

	config.presence_ms = 50;
	CHECK_EQUAL(evs_engine_create(&config, &engine), 0);
	CHECK_EQUAL(evs_engine_start(engine), 0);
	add_source(&device);
	CHECK_EQUAL(switch_to(add_target("guest", &keyboard, &mouse)), 0);
	for (int round = 0; round < 100 && !was_spared; round++) {
		int32_t value = round % 2 == 0;

		report(device, EV_KEY, KEY_A, value);
		expect_on(&keyboard, EV_KEY, KEY_A, value);
		take_questions(&mouse);
		harness_wait(is_asked, &mouse, "the mouse's node is asked while keys flow");
		was_spared = take_questions(&keyboard) == 0;
	}
	CHECK(was_spared);
	/* At rest it is asked. */
	harness_wait(is_asked, &keyboard, "the keyboard's node is asked");
	stop();
	close(device);
	drop_node(&keyboard);
	drop_node(&mouse);
}

CASE(a_device_that_fails_is_gone_and_what_it_held_released)
{
	struct node keyboard = make_node(true);
	uint32_t source;
	int device;

	start();
	source = add_source(&device);
	atomic_store(&keys_down, UINT64_C(1) << KEY_Q);
	CHECK_EQUAL(switch_to(add_target("guest", &keyboard, NULL)), 0);
	report(device, EV_KEY, KEY_A, 1);
	expect_on(&keyboard, EV_KEY, KEY_A, 1);
	close(device); /* with the injected release of Q unread: the other end gets an error */
	await(EVS_EVENT_SOURCE_GONE);
	CHECK_EQUAL(got.source, source);
	CHECK(got.result < 0);
	expect_on(&keyboard, EV_KEY, KEY_A, 0);
	stop();
	drop_node(&keyboard);
}

CASE(a_removed_device_is_ungrabbed_and_closed_off_the_thread)
{
	struct node keyboard = make_node(true);
	uint32_t source;
	int device;

	start();
	source = add_source(&device);
	CHECK_EQUAL(switch_to(add_target("guest", &keyboard, NULL)), 0);
	report(device, EV_KEY, KEY_A, 1);
	expect_on(&keyboard, EV_KEY, KEY_A, 1);
	CHECK_EQUAL(done(evs_engine_remove_source(engine, source)).result, 0);
	expect_on(&keyboard, EV_KEY, KEY_A, 0);
	harness_wait(is_closed_now, &device, "the device is closed");
	CHECK_EQUAL(atomic_load(&ungrabs), 1);
	close(device);
	stop();
	drop_node(&keyboard);
}

CASE(a_place_is_free_again_after_its_device_was_removed)
{
	int device;

	start();
	for (int round = 0; round < 200; round++) {
		uint32_t source = add_source(&device);

		CHECK_EQUAL(done(evs_engine_remove_source(engine, source)).result, 0);
		harness_wait(is_closed_now, &device, "the device is closed");
		close(device);
	}
	stop();
}

CASE(more_devices_than_there_is_room_for_are_refused_and_closed)
{
	int devices[EVS_SOURCE_MAX];
	int device;

	start();
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++)
		add_source(&devices[i]);
	CHECK_EQUAL(done(evs_engine_add_source(engine, make_source(&device))).result, -ENOSPC);
	CHECK(is_closed(device));
	close(device);
	stop();
	for (uint32_t i = 0; i < EVS_SOURCE_MAX; i++) {
		CHECK(is_closed(devices[i]));
		close(devices[i]);
	}
}

CASE(more_targets_than_there_is_room_for_are_refused_and_closed)
{
	struct evs_target_config config = {.name = "one too many"};
	struct node nodes[EVS_TARGET_MAX];

	start();
	for (uint32_t i = 1; i < EVS_TARGET_MAX; i++) {
		nodes[i] = make_node(true);
		CHECK_EQUAL(add_target("guest", &nodes[i], NULL), i);
	}
	nodes[0] = make_node(true);
	CHECK_EQUAL(done(evs_engine_add_target(engine, &config, nodes[0].sink, NULL)).result,
		    -ENOSPC);
	CHECK(is_closed(nodes[0].seen));
	stop();
	for (uint32_t i = 0; i < EVS_TARGET_MAX; i++)
		drop_node(&nodes[i]);
}

CASE(the_tap_copies_events_while_it_is_on)
{
	struct evs_tap_record records[16];
	uint32_t source;
	int device;

	start();
	source = add_source(&device);
	report(device, EV_KEY, KEY_A, 1);
	CHECK_EQUAL(done(evs_engine_set_tap(engine, 1)).result, 0);
	while (evs_engine_read_tap(engine, records, 16) > 0)
		continue; /* the first frame may be read after the command */
	report(device, EV_KEY, KEY_B, 1);
	for (int count = 0; count < 2;) {
		int32_t more = evs_engine_read_tap(engine, records, 1);

		if (more == 0 || records[0].code == KEY_A ||
		    (count == 0 && records[0].type == EV_SYN))
			continue;
		CHECK_EQUAL(records[0].source, source);
		CHECK_EQUAL(records[0].type, count == 0 ? EV_KEY : EV_SYN);
		CHECK(records[0].read_ns > 0);
		count++;
	}
	CHECK_EQUAL(done(evs_engine_set_tap(engine, 0)).result, 0);
	CHECK_EQUAL(evs_engine_read_tap(engine, records, 16), 0);
	stop();
	close(device);
}

CASE(records_that_nobody_reads_are_counted_and_the_end_of_commands_never_lost)
{
	struct node keyboard = make_node(true);
	const struct evs_stats *stats;
	int32_t request;
	int device;

	start();
	stats = evs_engine_stats(engine);
	add_source(&device);
	add_target("guest", &keyboard, NULL);
	done(evs_engine_set_hotkeys(engine, &both_ctrl, 1));
	for (int round = 0; __atomic_load_n(&stats->events_lost, __ATOMIC_RELAXED) < 50; round++) {
		CHECK(round < 20000);
		chord(device);
	}
	request = evs_engine_ask_presence(engine);
	CHECK_EQUAL(done(request).result, 0);
	done(evs_engine_panic(
		engine)); /* what was lost is told before the next record at the latest */
	CHECK(told_lost >= 50);
	stop();
	close(device);
	drop_node(&keyboard);
}

CASE(real_time_and_locked_memory_are_had_or_their_refusal_is_told)
{
	struct evs_engine_config config = a_config();
	bool is_told[EVS_EVENT_STOPPED + 1] = {false};
	uint64_t priority;

	config.rt_priority = 10;
	config.lock_memory = 1;
	CHECK_EQUAL(evs_engine_create(&config, &engine), 0);
	CHECK_EQUAL(evs_engine_start(engine), 0);
	CHECK(evs_engine_panic(engine) > 0);
	while (!is_told[EVS_EVENT_DONE]) {
		if (evs_engine_next_event(engine, &got))
			is_told[got.kind] = true;
	}
	priority = __atomic_load_n(&evs_engine_stats(engine)->realtime, __ATOMIC_RELAXED);
	CHECK_EQUAL(priority, is_told[EVS_EVENT_NO_REALTIME] ? 0 : 10);
	stop();
}

CASE(an_engine_that_has_ended_is_not_missed_by_its_watchdog)
{
	struct evs_engine_config config = a_config();

	config.watchdog_ms = 40;
	CHECK_EQUAL(evs_engine_create(&config, &engine), 0);
	CHECK_EQUAL(evs_engine_start(engine), 0);
	CHECK_EQUAL(done(evs_engine_stop(engine)).result, 0);
	await(EVS_EVENT_STOPPED);
	poll(NULL, 0, 400);
	evs_engine_destroy(engine);
}

CASE(an_engine_that_rests_is_not_missed_by_its_watchdog)
{
	struct evs_engine_config config = a_config();

	config.watchdog_ms = 200;
	CHECK_EQUAL(evs_engine_create(&config, &engine), 0);
	CHECK_EQUAL(evs_engine_start(engine), 0);
	poll(NULL, 0, 1000);
	CHECK_EQUAL(done(evs_engine_panic(engine)).result, 0);
	stop();
}

/* Its end tells what the watchdog did: SIGABRT, and on stderr that it ungrabbed one device. */
_Noreturn static void hang(int err)
{
	struct evs_engine_config config = a_config();
	struct node keyboard = make_node(true);
	int device;

	dup2(err, STDERR_FILENO);
	config.watchdog_ms = 100;
	CHECK_EQUAL(evs_engine_create(&config, &engine), 0);
	CHECK_EQUAL(evs_engine_start(engine), 0);
	add_source(&device);
	CHECK_EQUAL(switch_to(add_target("guest", &keyboard, NULL)), 0);
	atomic_store(&is_stuck, true);
	evs_engine_switch(engine, EVS_HOST); /* asks for the key state */
	for (;;)
		pause();
}

CASE(an_engine_that_does_not_answer_is_given_up_with_its_process)
{
	char text[256] = {0};
	int err[2];
	int status;
	pid_t child;

	CHECK_EQUAL(pipe(err), 0);
	child = fork();
	CHECK(child >= 0);
	if (child == 0)
		hang(err[1]);
	close(err[1]);
	CHECK(read(err[0], text, sizeof(text) - 1) > 0);
	CHECK(strstr(text, "all devices are back with the host") != NULL);
	CHECK_EQUAL(waitpid(child, &status, 0), child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	close(err[0]);
}

/* A device that never rests, on a thread of its own. */
static _Atomic bool must_rest;

static void *never_rest(void *arg)
{
	int device = *(const int *)arg;

	while (!atomic_load(&must_rest)) {
		report(device, EV_REL, REL_X, 1);
		report(device, EV_KEY, KEY_A, 1);
		report(device, EV_KEY, KEY_A, 0);
		sched_yield(); /* the node's reader must keep pace: a full node is a lost consumer */
	}
	return NULL;
}

static void *read_node(void *arg)
{
	const struct node *node = arg;
	static struct input_event events[1024];

	while (!atomic_load(&must_rest)) {
		struct pollfd seen = {.fd = node->seen, .events = POLLIN};

		if (poll(&seen, 1, 1) != 1)
			continue;
		while (read(node->seen, events, sizeof(events)) > 0)
			continue;
	}
	return NULL;
}

CASE(commands_of_the_control_thread_run_while_frames_flow)
{
	struct node keyboard = make_node(true);
	const struct evs_stats *stats;
	struct evs_tap_record taps[64];
	pthread_t fingers, reader;
	uint64_t routed = 0;
	uint32_t guest;
	int device, other;

	/* As uinput, which takes every write; read_node() makes room. */
	CHECK_EQUAL(fcntl(keyboard.sink->fd, F_SETFL, 0), 0);
	start();
	stats = evs_engine_stats(engine);
	add_source(&device);
	guest = add_target("guest", &keyboard, NULL);
	done(evs_engine_set_tap(engine, 1));
	CHECK_EQUAL(pthread_create(&fingers, NULL, never_rest, &device), 0);
	CHECK_EQUAL(pthread_create(&reader, NULL, read_node, &keyboard), 0);
	for (int round = 0; round < 100; round++) {
		uint32_t source;

		CHECK_EQUAL(switch_to(guest), 0);
		source = add_source(&other);
		done(evs_engine_set_hotkeys(engine, &both_ctrl, 1));
		CHECK_EQUAL(done(set_map()).result, 0);
		evs_engine_read_tap(engine, taps, 64);
		routed = __atomic_load_n(&stats->frames_in, __ATOMIC_RELAXED);
		CHECK_EQUAL(switch_to(EVS_HOST), 0);
		done(evs_engine_ask_presence(engine));
		done(evs_engine_remove_source(engine, source));
		close(other);
		done(evs_engine_panic(engine));
	}
	CHECK(routed > 0);
	atomic_store(&must_rest, true);
	pthread_join(fingers, NULL);
	pthread_join(reader, NULL);
	stop();
	close(device);
	drop_node(&keyboard);
}

CASE(a_map_is_set_when_the_one_before_was_taken_over)
{
	const struct evs_map_rule wrong = {.table = EVS_MAP_TABLE_MAX};

	start();
	CHECK_EQUAL(evs_engine_set_map(engine, &wrong, 1, NULL, 0, NULL, 0, no_tables, 0, classes),
		    -EINVAL);
	for (int i = 0; i < 8; i++) {
		int32_t request = set_map();

		CHECK_EQUAL(set_map(), -EBUSY);
		CHECK_EQUAL(done(request).result, 0);
	}
	stop();
}

/* ---- links */

static uint32_t add_link_target(const char *name)
{
	struct evs_target_config config = {.profile = EVS_PROFILE_HOST,
					   .repeat = EVS_REPEAT_ON,
					   .grab_toggle = EVS_TOGGLE_NONE,
					   .flags = EVS_TARGET_LINK};
	struct evs_event event;

	strcpy(config.name, name);
	event = done(evs_engine_add_target(engine, &config, NULL, NULL));
	CHECK_EQUAL(event.result, 0);
	return event.target;
}

/* The end that frames of the target come out of; it is the process of the share. */
static int connect_link(uint32_t target)
{
	int fds[2];
	int32_t request;

	CHECK_EQUAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	request = evs_engine_link_target(engine, target, fds[0]);
	close(fds[0]);
	CHECK_EQUAL(done(request).result, 0);
	return fds[1];
}

static void say_consumed(int far, int32_t value)
{
	struct evs_sink_event event = {EV_MSC, MSC_RAW, value};

	CHECK_EQUAL(write(far, &event, sizeof(event)), sizeof(event));
	await(EVS_EVENT_CONSUMER);
	CHECK_EQUAL(got.value, value);
	await(EVS_EVENT_CONSUMER); /* for the other stream */
}

static void expect_on_link(int far, uint16_t type, uint16_t code, int32_t value)
{
	struct evs_sink_event event;
	struct pollfd poll_fd = {.fd = far, .events = POLLIN};

	do {
		CHECK_EQUAL(poll(&poll_fd, 1, 10000), 1);
		CHECK_EQUAL(read(far, &event, sizeof(event)), sizeof(event));
	} while (event.type == EV_SYN || event.type == EV_MSC);
	CHECK_EQUAL(event.type, type);
	CHECK_EQUAL(event.code, code);
	CHECK_EQUAL(event.value, value);
}

/* The next record but for those of frames that went before. */
static void expect_active(int far, int32_t value)
{
	struct evs_sink_event event;

	do
		CHECK_EQUAL(read(far, &event, sizeof(event)), sizeof(event));
	while (event.type == EV_SYN);
	CHECK_EQUAL(event.type, EV_MSC);
	CHECK_EQUAL(event.code, MSC_SERIAL);
	CHECK_EQUAL(event.value, value);
}

CASE(a_target_with_a_link_can_be_active_while_the_other_side_says_so)
{
	struct counts before = count_before();
	uint32_t peer;
	int device, far;

	start();
	peer = add_link_target("peer");
	add_source(&device);
	CHECK_EQUAL(switch_to(peer), -ENOTCONN);
	far = connect_link(peer);
	CHECK_EQUAL(switch_to(peer), -ENOTCONN);
	say_consumed(far, 1);
	CHECK_EQUAL(switch_to(peer), 0);
	expect_active(far, 1);
	report(device, EV_KEY, KEY_A, 1);
	report(device, EV_REL, REL_X, -3);
	report(device, EV_KEY, BTN_LEFT, 1);
	expect_on_link(far, EV_KEY, KEY_A, 1);
	expect_on_link(far, EV_REL, REL_X, -3);
	expect_on_link(far, EV_KEY, BTN_LEFT, 1);
	say_consumed(far, 0);
	expect_on_link(far, EV_KEY, KEY_A, 0);
	expect_on_link(far, EV_KEY, BTN_LEFT, 0);
	expect_active(far, 0);
	await(EVS_EVENT_SWITCHED);
	CHECK_EQUAL(got.target, EVS_HOST);
	CHECK_EQUAL(got.reason, EVS_REASON_CONSUMER_GONE);
	CHECK_EQUAL(switch_to(peer), -ENOTCONN);
	stop();
	CHECK(is_closed(far));
	close(far);
	close(device);
	harness_wait(are_back, &before, "threads and descriptors are those of before");
}

CASE(a_link_that_ends_gives_the_input_back_at_once)
{
	uint32_t peer;
	int device, far;

	start();
	peer = add_link_target("peer");
	add_source(&device);
	far = connect_link(peer);
	say_consumed(far, 1);
	CHECK_EQUAL(switch_to(peer), 0);
	report(device, EV_KEY, KEY_A, 1);
	expect_on_link(far, EV_KEY, KEY_A, 1);
	close(far);
	await(EVS_EVENT_SWITCHED);
	CHECK_EQUAL(got.target, EVS_HOST);
	await(EVS_EVENT_UNLINKED);
	CHECK_EQUAL(got.target, peer);
	far = connect_link(peer); /* and it is as before */
	say_consumed(far, 1);
	CHECK_EQUAL(switch_to(peer), 0);
	report(device, EV_KEY, KEY_B, 1);
	expect_on_link(far, EV_KEY, KEY_B, 1);
	stop();
	close(far);
	close(device);
}

CASE(a_link_that_is_not_read_gives_the_input_back_with_keys_and_in_time_without)
{
	uint32_t peer;
	int device, far;

	start();
	peer = add_link_target("peer");
	add_source(&device);
	far = connect_link(peer);
	say_consumed(far, 1);
	CHECK_EQUAL(switch_to(peer), 0);
	/* Nobody types: the question that is not answered tells. */
	await(EVS_EVENT_SWITCHED);
	CHECK_EQUAL(got.reason, EVS_REASON_CONSUMER_GONE);
	await(EVS_EVENT_UNLINKED);
	close(far);

	far = connect_link(peer);
	say_consumed(far, 1);
	CHECK_EQUAL(switch_to(peer), 0);
	for (int32_t value = 1; !has_event(&(uint32_t){EVS_EVENT_SWITCHED}); value = !value)
		report(device, EV_KEY, KEY_A, value);
	CHECK_EQUAL(got.target, EVS_HOST);
	await(EVS_EVENT_UNLINKED);
	stop();
	close(far);
	close(device);
}

CASE(a_target_with_a_link_is_removed_with_its_connection)
{
	struct evs_target_config config = {.name = "both", .flags = EVS_TARGET_LINK};
	struct counts before = count_before();
	struct node keyboard = make_node(true);
	uint32_t peer, guest;
	int far;

	start();
	CHECK_EQUAL(done(evs_engine_add_target(engine, &config, keyboard.sink, NULL)).result,
		    -EINVAL);
	drop_node(&keyboard);
	keyboard = make_node(true);
	guest = add_target("guest", &keyboard, NULL);
	for (int round = 0; round < 20; round++) {
		peer = add_link_target("peer");
		far = connect_link(peer);
		say_consumed(far, 1);
		CHECK_EQUAL(switch_to(peer), 0);
		CHECK_EQUAL(done(evs_engine_remove_target(engine, peer)).result, 0);
		CHECK(is_closed(far));
		close(far);
	}
	CHECK_EQUAL(evs_engine_link_target(engine, peer, -1), -EBADF);
	CHECK_EQUAL(done(evs_engine_link_target(engine, guest, STDERR_FILENO)).result, -EINVAL);
	CHECK_EQUAL(done(evs_engine_link_target(engine, peer, STDERR_FILENO)).result, -ENOENT);
	stop();
	drop_node(&keyboard);
	harness_wait(are_back, &before, "threads and descriptors are those of before");
}
