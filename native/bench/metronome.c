/* SPDX-License-Identifier: MIT */
/*
 * Sends frames at a fixed beat, whatever becomes of them, and tells when each arrived at a reader.
 *
 *   metronome mouse|keyboard [COUNT] [--fifo]
 *
 * Makes COUNT devices of its own and prints "source NODE" for each, then "ready 1", or "ready 0" where real-time
 * priority was wanted and refused. Then it does what stdin says, a line each, and answers with a line:
 *
 *   listen NODE...    grab these nodes and read them from now on           listening
 *   beat HZ BEATS     every device sends BEATS frames, HZ a second         {"sent":...}
 *   switch CODE CODE  press a chord of two keys and another key after it   {"sent":...}
 *   spin              nothing; a process of this program keeps a processor busy until its stdin ends
 *
 * A beat that is late is sent at once and not left out: a frame's time begins when it was due. When it listens and
 * nothing has arrived for a second it gives up, because then nobody may hold the devices any more. Who has not said
 * what to listen to lets every reader have the frames.
 */
#include "clock.h"
#include "fail.h"
#include "listener.h"
#include "source.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Above the listener: a device's interrupt waits for nobody. */
#define METRONOME_PRIORITY 95
#define LINE_SIZE          1024
#define GIVE_UP_NS         (1 * NS_PER_S)
/* After the last frame: how long the others may still take. */
#define SETTLE_NS        (500 * NS_PER_MS)
#define POLL_NS          (1 * NS_PER_MS)
#define SWITCH_SETTLE_NS (20 * NS_PER_MS)

struct metronome {
	enum source_kind kind;
	uint32_t source_count;
	int sources[SOURCE_COUNT_MAX];
	struct board *board;
	pid_t listener; /* 0 when nobody listens */
};

static void sleep_until(uint64_t end_ns)
{
	struct timespec end = {.tv_sec = (time_t)(end_ns / NS_PER_S),
			       .tv_nsec = (long)(end_ns % NS_PER_S)};

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL) == EINTR)
		continue;
}

static void send(int source, const struct input_event *events, size_t count)
{
	if (write(source, events, count * sizeof(*events)) != (ssize_t)(count * sizeof(*events)))
		fail_errno("write to the source");
}

static void send_beat(struct metronome *metronome, uint32_t beat)
{
	struct input_event events[FRAME_EVENTS];

	for (uint32_t source = 0; source < metronome->source_count; source++) {
		if (metronome->kind == SOURCE_MOUSE)
			frame_mouse(beat, source, events);
		else
			frame_key(beat, events);
		metronome->board->sent_ns[beat * metronome->source_count + source] = clock_now_ns();
		send(metronome->sources[source], events, FRAME_EVENTS);
	}
}

/* True while frames arrive, or may. */
struct pulse {
	uint32_t received_count;
	uint64_t since_ns;
};

static bool is_alive(struct pulse *pulse, const struct board *board, uint64_t now_ns)
{
	uint32_t received_count = atomic_load(&board->received_count);

	if (received_count != pulse->received_count)
		*pulse = (struct pulse){received_count, now_ns};
	return now_ns < pulse->since_ns + GIVE_UP_NS;
}

static void settle(const struct board *board, uint32_t sent_count)
{
	uint64_t end_ns = clock_now_ns() + SETTLE_NS;

	while (atomic_load(&board->received_count) < sent_count && clock_now_ns() < end_ns)
		sleep_until(clock_now_ns() + POLL_NS);
}

/* A frame a line would be as well; an array is what the other side wants. */
static void print_frames(const struct metronome *metronome, uint64_t begin_ns, uint64_t period_ns,
			 uint32_t sent_count)
{
	const struct board *board = metronome->board;
	uint32_t source_count = metronome->source_count;

	printf("{\"sent\":%u,\"received\":%u,\"drops\":%u,\"spanNs\":%llu,\"lateNs\":[", sent_count,
	       atomic_load(&board->received_count), atomic_load(&board->drop_count),
	       sent_count == 0 ? 0ull
			       : (unsigned long long)(board->sent_ns[sent_count - 1] - begin_ns));
	for (uint32_t i = 0; i < sent_count; i++)
		printf("%s%lld", i == 0 ? "" : ",",
		       (long long)(board->sent_ns[i] - begin_ns - i / source_count * period_ns));
	printf("],\"tookNs\":[");
	for (uint32_t i = 0; i < sent_count; i++) {
		uint64_t received_ns = board->received_ns[i];

		if (received_ns == 0)
			printf("%snull", i == 0 ? "" : ",");
		else
			printf("%s%lld", i == 0 ? "" : ",",
			       (long long)(received_ns - board->sent_ns[i]));
	}
	printf("]}\n");
}

static void beat(struct metronome *metronome, unsigned int hz, unsigned int beat_count)
{
	struct board *board = metronome->board;
	uint64_t period_ns, begin_ns;
	struct pulse pulse;
	uint32_t beat;

	if (hz == 0 || hz > 1000000 || beat_count == 0 ||
	    beat_count > FRAME_COUNT_MAX / metronome->source_count)
		fail("cannot beat %u times at %u Hz", beat_count, hz);
	period_ns = NS_PER_S / hz;
	board_clear(board, beat_count * metronome->source_count);
	begin_ns = clock_now_ns() + POLL_NS;
	pulse = (struct pulse){0, begin_ns + period_ns};
	for (beat = 0; beat < beat_count; beat++) {
		sleep_until(begin_ns + beat * period_ns);
		if (metronome->listener != 0 && !is_alive(&pulse, board, clock_now_ns()))
			break;
		send_beat(metronome, beat);
	}
	/* The last key must not stay down. */
	if (metronome->kind == SOURCE_KEYBOARD && beat % 2 != 0 && beat < FRAME_COUNT_MAX)
		send_beat(metronome, beat);
	if (metronome->listener != 0)
		settle(board, beat * metronome->source_count);
	print_frames(metronome, begin_ns, period_ns, beat * metronome->source_count);
}

static void press(const struct metronome *metronome, unsigned int code, int32_t value)
{
	struct input_event events[] = {
		{.type = EV_KEY, .code = (uint16_t)code, .value = value},
		{.type = EV_SYN, .code = SYN_REPORT},
	};

	send(metronome->sources[0], events, 2);
}

/* The key after the chord goes to the new target: its arrival there ends the switch. */
static void switch_once(struct metronome *metronome, unsigned int first, unsigned int second)
{
	struct board *board = metronome->board;
	struct input_event events[2 + FRAME_EVENTS] = {
		{.type = EV_KEY, .code = (uint16_t)second, .value = 1},
		{.type = EV_SYN, .code = SYN_REPORT},
	};

	if (metronome->kind != SOURCE_KEYBOARD || metronome->listener == 0)
		fail("there is no keyboard, or nobody listens");
	board_clear(board, 2);
	press(metronome, first, 1);
	sleep_until(clock_now_ns() + SWITCH_SETTLE_NS);
	frame_key(0, &events[2]);
	board->sent_ns[0] = clock_now_ns();
	send(metronome->sources[0], events, sizeof(events) / sizeof(events[0]));
	settle(board, 1);
	frame_key(1, events);
	send(metronome->sources[0], events, FRAME_EVENTS);
	press(metronome, second, 0);
	press(metronome, first, 0);
	sleep_until(clock_now_ns() + SWITCH_SETTLE_NS);
	print_frames(metronome, board->sent_ns[0], 0, 1);
}

static void listen_anew(struct metronome *metronome, char *rest)
{
	char *nodes[NODE_COUNT_MAX];
	uint32_t count = 0;
	char *more = NULL;
	pid_t pid;

	if (metronome->listener != 0)
		listener_stop(metronome->listener);
	metronome->listener = 0;
	for (char *node = strtok_r(rest, " ", &more); node; node = strtok_r(NULL, " ", &more)) {
		if (count == NODE_COUNT_MAX)
			fail("%u nodes are the most", NODE_COUNT_MAX);
		nodes[count++] = node;
	}
	pid = listener_start(metronome->board, nodes, count);
	if (pid < 0)
		fail("cannot take the nodes: %s", strerror(-pid));
	metronome->listener = pid;
	printf("listening\n");
}

static void obey(struct metronome *metronome, char *line)
{
	unsigned int first, second;

	if (strncmp(line, "listen ", strlen("listen ")) == 0)
		listen_anew(metronome, line + strlen("listen "));
	else if (sscanf(line, "beat %u %u", &first, &second) == 2) // NOLINT(cert-err34-c)
		beat(metronome, first, second);
	else if (sscanf(line, "switch %u %u", &first, &second) == 2) // NOLINT(cert-err34-c)
		switch_once(metronome, first, second);
	else
		fail("cannot understand: %s", line);
}

static bool take_priority(void)
{
	struct sched_param priority = {.sched_priority = METRONOME_PRIORITY};

	prctl(PR_SET_TIMERSLACK, 1);
	return sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &priority) == 0;
}

static void create_sources(struct metronome *metronome)
{
	bool is_mouse = metronome->kind == SOURCE_MOUSE;

	for (uint32_t i = 0; i < metronome->source_count; i++) {
		char node[SOURCE_NODE_SIZE], phys[64];

		/* By this phys udev/70-evswitch.rules keeps desktops away, and evswitch knows its own. */
		snprintf(phys, sizeof(phys), "evswitch-bench.source%u-event-%s", i,
			 is_mouse ? "mouse" : "kbd");
		metronome->sources[i] = source_create(
			metronome->kind,
			is_mouse ? "evswitch bench mouse" : "evswitch bench keyboard", phys, node);
		printf("source %s\n", node);
	}
}

/* Ends with its stdin, which nobody writes to. */
_Noreturn static void spin(void)
{
	char byte;

	if (fork() != 0) {
		while (read(STDIN_FILENO, &byte, 1) > 0)
			continue;
		exit(0);
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (volatile unsigned int turn = 0;; turn++)
		continue;
}

int main(int argc, char **argv)
{
	struct metronome metronome = {.source_count = 1};
	bool wants_priority = argc > 2 && strcmp(argv[argc - 1], "--fifo") == 0;
	char line[LINE_SIZE];

	if (argc == 2 && strcmp(argv[1], "spin") == 0)
		spin();
	argc -= wants_priority;
	if (argc < 2 || argc > 3 ||
	    (strcmp(argv[1], "mouse") != 0 && strcmp(argv[1], "keyboard") != 0))
		fail("usage: metronome mouse|keyboard [COUNT] [--fifo]");
	metronome.kind = strcmp(argv[1], "mouse") == 0 ? SOURCE_MOUSE : SOURCE_KEYBOARD;
	if (argc == 3)
		metronome.source_count = (uint32_t)strtoul(argv[2], NULL, 10);
	if (metronome.source_count < 1 || metronome.source_count > SOURCE_COUNT_MAX ||
	    (metronome.kind == SOURCE_KEYBOARD && metronome.source_count > 1))
		fail("1 keyboard, or 1 to %u mice", SOURCE_COUNT_MAX);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	metronome.board = board_create();
	metronome.board->source_count = metronome.source_count;
	create_sources(&metronome);
	printf("ready %d\n", !wants_priority || take_priority());
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		obey(&metronome, line);
		fflush(stdout);
	}
	return 0;
}
