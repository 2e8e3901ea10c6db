/* SPDX-License-Identifier: MIT */
#include "consumer.h"

#include "../../native/bench/clock.h"
#include "../../native/bench/fail.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define BATCH 64

static int open_grabbed(const char *node)
{
	struct sched_param parameters = {.sched_priority = CONSUMER_PRIORITY};
	int fd = open(node, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		fail_errno("open the destination");
	if (ioctl(fd, EVIOCGRAB, 1) < 0)
		fail_errno("grab the destination");
	if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0)
		fail_errno("lock the consumer's memory");
	if (sched_setscheduler(0, SCHED_FIFO, &parameters) < 0)
		fail_errno("give the consumer real-time priority");
	return fd;
}

/* Returns when the awaited frame is complete. */
static uint64_t receive(int fd, enum frame_kind kind, struct consumer_shared *shared,
			struct frame_match *match)
{
	struct pollfd waiting = {.fd = fd, .events = POLLIN};
	struct input_event events[BATCH];
	bool complete = false;
	uint64_t now_ns = 0;

	while (!complete) {
		if (poll(&waiting, 1, -1) < 0)
			fail_errno("wait for the destination");
		ssize_t size = read(fd, events, sizeof(events));
		now_ns = clock_now_ns();
		if (size < 0 && errno != EAGAIN)
			fail_errno("read the destination");
		for (ssize_t i = 0; i < size / (ssize_t)sizeof(events[0]); i++)
			complete |= frame_match_event(match, kind, shared->index, &events[i]);
	}
	return now_ns;
}

_Noreturn static void consume(const char *node, enum frame_kind kind,
			      struct consumer_shared *shared)
{
	int fd = open_grabbed(node);
	struct frame_match match = {0};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	atomic_store(&shared->is_ready, 1);
	for (;;) {
		shared->received_ns = receive(fd, kind, shared, &match);
		if (shared->strict)
			shared->wrong_count += match.wrong;
		match.wrong = 0;
		atomic_fetch_add(&shared->received_count, 1);
	}
}

struct consumer consumer_start(const char *node, enum frame_kind kind)
{
	struct consumer consumer;

	consumer.shared = mmap(NULL, sizeof(*consumer.shared), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (consumer.shared == MAP_FAILED)
		fail_errno("share memory with the consumer");
	consumer.pid = fork();
	if (consumer.pid < 0)
		fail_errno("start the consumer");
	if (consumer.pid == 0)
		consume(node, kind, consumer.shared);
	while (!atomic_load(&consumer.shared->is_ready)) {
		if (waitpid(consumer.pid, NULL, WNOHANG) == consumer.pid)
			fail("the consumer could not take %s", node);
	}
	return consumer;
}

void consumer_stop(const struct consumer *consumer)
{
	kill(consumer->pid, SIGKILL);
	waitpid(consumer->pid, NULL, 0);
}
