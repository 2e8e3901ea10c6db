/* SPDX-License-Identifier: MIT */
#include "listener.h"

#include "clock.h"
#include "fail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define BATCH      64
#define BEATS_OF_X 1024u
#define KEY_COUNT  8u
#define SCAN_CODE  0x70087
/* Key frames that may be lost in a row before the next one is taken for one that came long ago. */
#define KEY_FRAMES_AHEAD (2 * KEY_COUNT - 1)

/* What was read of the frame that is not complete yet, on one node. */
struct half_frame {
	int32_t x, y;
	uint16_t key;
	int32_t value;
};

struct listener {
	struct board *board;
	uint32_t next_key; /* the key frame after the last one that came */
	struct half_frame halves[NODE_COUNT_MAX];
};

static void set(struct input_event *event, uint16_t type, uint16_t code, int32_t value)
{
	memset(event, 0, sizeof(*event));
	event->type = type;
	event->code = code;
	event->value = value;
}

void frame_mouse(uint32_t beat, uint32_t source, struct input_event events[FRAME_EVENTS])
{
	set(&events[0], EV_REL, REL_X, (int32_t)(1 + source * BEATS_OF_X + beat % BEATS_OF_X));
	set(&events[1], EV_REL, REL_Y, (int32_t)(1 + beat / BEATS_OF_X));
	set(&events[2], EV_SYN, SYN_REPORT, 0);
}

void frame_key(uint32_t index, struct input_event events[FRAME_EVENTS])
{
	set(&events[0], EV_MSC, MSC_SCAN, SCAN_CODE);
	set(&events[1], EV_KEY, (uint16_t)(KEY_BRL_DOT1 + index / 2 % KEY_COUNT), index % 2 == 0);
	set(&events[2], EV_SYN, SYN_REPORT, 0);
}

struct board *board_create(void)
{
	struct board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
				   MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (board == MAP_FAILED)
		fail_errno("share memory with the listener");
	return board;
}

void board_clear(struct board *board, uint32_t count)
{
	memset(board->sent_ns, 0, count * sizeof(board->sent_ns[0]));
	memset(board->received_ns, 0, count * sizeof(board->received_ns[0]));
	atomic_store(&board->received_count, 0);
	atomic_store(&board->drop_count, 0);
}

static void receive(struct board *board, uint32_t index, uint64_t now_ns)
{
	/* What was not sent in this run is of the one before, or not ours. */
	if (index >= FRAME_COUNT_MAX || board->sent_ns[index] == 0 ||
	    board->received_ns[index] != 0)
		return;
	board->received_ns[index] = now_ns;
	atomic_fetch_add(&board->received_count, 1);
}

static void receive_mouse(struct board *board, const struct half_frame *half, uint64_t now_ns)
{
	uint32_t x = (uint32_t)half->x - 1;
	uint32_t y = (uint32_t)half->y - 1;
	uint32_t source = x / BEATS_OF_X;

	if (half->x > 0 && half->y > 0 && source < board->source_count)
		receive(board, (y * BEATS_OF_X + x % BEATS_OF_X) * board->source_count + source,
			now_ns);
}

static void receive_key(struct listener *listener, const struct half_frame *half, uint64_t now_ns)
{
	uint32_t place = (uint32_t)(half->key - KEY_BRL_DOT1) * 2 + (half->value == 0);
	uint32_t ahead = (place - listener->next_key) % (2 * KEY_COUNT);

	if (half->key < KEY_BRL_DOT1 || half->key > KEY_BRL_DOT8 || half->value > 1 ||
	    ahead > KEY_FRAMES_AHEAD)
		return;
	receive(listener->board, listener->next_key + ahead, now_ns);
	listener->next_key += ahead + 1;
}

static void take(struct listener *listener, struct half_frame *half,
		 const struct input_event *event, uint64_t now_ns)
{
	if (event->type == EV_REL && event->code == REL_X) {
		half->x = event->value;
	} else if (event->type == EV_REL && event->code == REL_Y) {
		half->y = event->value;
	} else if (event->type == EV_KEY) {
		half->key = event->code;
		half->value = event->value;
	} else if (event->type == EV_SYN && event->code == SYN_DROPPED) {
		atomic_fetch_add(&listener->board->drop_count, 1);
	} else if (event->type == EV_SYN && event->code == SYN_REPORT) {
		if (half->key != 0)
			receive_key(listener, half, now_ns);
		else
			receive_mouse(listener->board, half, now_ns);
		*half = (struct half_frame){0};
	}
}

static void read_node(struct listener *listener, int fd, struct half_frame *half)
{
	struct input_event events[BATCH];
	ssize_t size = read(fd, events, sizeof(events));
	uint64_t now_ns = clock_now_ns();

	if (size < 0 && errno != EAGAIN)
		exit(1); /* the node has gone */
	for (ssize_t i = 0; i < size / (ssize_t)sizeof(events[0]); i++)
		take(listener, half, &events[i], now_ns);
}

static int open_grabbed(const char *node)
{
	int fd = open(node, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd >= 0 && ioctl(fd, EVIOCGRAB, 1) < 0)
		return -errno;
	return fd < 0 ? -errno : fd;
}

_Noreturn static void listen_to(struct board *board, char *const nodes[], uint32_t count)
{
	struct sched_param priority = {.sched_priority = LISTENER_PRIORITY};
	struct listener listener = {.board = board};
	struct pollfd waiting[NODE_COUNT_MAX];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (uint32_t i = 0; i < count; i++) {
		int fd = open_grabbed(nodes[i]);

		if (fd < 0) {
			atomic_store(&board->is_ready, fd);
			exit(1);
		}
		waiting[i] = (struct pollfd){.fd = fd, .events = POLLIN};
	}
	/* Refused to ordinary users; the metronome tells whether it has it. */
	sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &priority);
	mlockall(MCL_CURRENT);
	atomic_store(&board->is_ready, 1);
	for (;;) {
		if (poll(waiting, count, -1) < 0)
			exit(1);
		/* A run begins anew with the first key. */
		if (atomic_load(&board->received_count) == 0)
			listener.next_key = 0;
		for (uint32_t i = 0; i < count; i++) {
			if (waiting[i].revents != 0)
				read_node(&listener, waiting[i].fd, &listener.halves[i]);
		}
	}
}

pid_t listener_start(struct board *board, char *const nodes[], uint32_t count)
{
	const struct timespec moment = {.tv_nsec = NS_PER_MS};
	int32_t is_ready;
	pid_t pid;

	atomic_store(&board->is_ready, 0);
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		listen_to(board, nodes, count);
	while ((is_ready = atomic_load(&board->is_ready)) == 0) {
		if (waitpid(pid, NULL, WNOHANG) == pid)
			return -ECHILD;
		/* Not a spin: with real-time priority it would keep the only processor from it. */
		nanosleep(&moment, NULL);
	}
	if (is_ready < 0) {
		waitpid(pid, NULL, 0);
		return is_ready;
	}
	return pid;
}

void listener_stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
