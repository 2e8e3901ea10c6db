/* SPDX-License-Identifier: MIT */
/*
 * Times frames from a device to its reader, directly or through a forwarder.
 *
 *   pace --kind mouse|key [--frames N] [--settle-ms N] [--destination LINK] [--label TEXT]
 *        [--samples FILE] [--wait] [-- FORWARDER ARGUMENT... {device} ...]
 *
 * Without a forwarder the reader opens the device itself: the way that any forwarder adds to.
 * With --wait it prints `warm PID`, the forwarder's process, when all is warm, and goes on at a
 * line on stdin; so again after the figures: between the two somebody may attach a tracer and read
 * it. bench/README.md says why it is done like this.
 */
#include "../../native/bench/clock.h"
#include "../../native/bench/fail.h"
#include "../../native/bench/source.h"
#include "consumer.h"
#include "forwarder.h"
#include "frame.h"
#include "samples.h"

#include <getopt.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WARM_UP_FRAMES      200
#define GAP_NS              1000000u
#define GAP_JITTER_NS       200000u
#define LOST_AFTER_NS       (1 * NS_PER_S)
#define FIRST_FRAME_TRIES   1000
#define FIRST_FRAME_WAIT_NS (10 * NS_PER_MS)

struct options {
	enum frame_kind kind;
	uint32_t frame_count;
	uint64_t settle_ns;
	const char *destination;
	const char *label;
	const char *samples_path;
	bool wait;
	char **command; /* NULL: direct. */
};

struct producer {
	const struct options *options;
	int source;
	struct consumer_shared *shared;
	uint32_t index;
	uint32_t random;
};

/* xorshift32 with a fixed seed: every run waits the same gaps. */
static uint64_t next_gap_ns(struct producer *producer)
{
	producer->random ^= producer->random << 13;
	producer->random ^= producer->random >> 17;
	producer->random ^= producer->random << 5;
	return GAP_NS + producer->random % (GAP_JITTER_NS + 1);
}

/* Sends the next frame; false when it has not arrived within `timeout_ns`. */
static bool send_frame(struct producer *producer, uint64_t timeout_ns)
{
	struct consumer_shared *shared = producer->shared;
	uint32_t received_count = atomic_load(&shared->received_count);
	struct input_event events[FRAME_EVENTS];

	frame_make(producer->options->kind, producer->index, events);
	shared->index = producer->index++;
	shared->sent_ns = clock_now_ns();
	if (write(producer->source, events, sizeof(events)) != sizeof(events))
		fail_errno("write to the source");
	while (atomic_load(&shared->received_count) == received_count) {
		if (clock_now_ns() > shared->sent_ns + timeout_ns)
			return false;
	}
	return true;
}

/*
 * A forwarder may need to see its consumer before it forwards: the first frames may get lost. Leaves the
 * key up, or it would begin to repeat while somebody waits.
 */
static void send_until_first_arrives(struct producer *producer)
{
	bool arrived = false;

	for (int i = 0; i < FIRST_FRAME_TRIES && !arrived; i++)
		arrived = send_frame(producer, FIRST_FRAME_WAIT_NS);
	if (!arrived)
		fail("no frame has arrived within 10 s");
	clock_spin_until_ns(clock_now_ns() + FIRST_FRAME_WAIT_NS);
	if (producer->index % 2 != 0 && !send_frame(producer, LOST_AFTER_NS))
		fail("the second frame was lost");
}

static void pace(struct producer *producer, uint32_t *latency_ns, uint32_t count)
{
	struct consumer_shared *shared = producer->shared;

	for (uint32_t i = 0; i < count; i++) {
		clock_spin_until_ns(shared->received_ns + next_gap_ns(producer));
		if (!send_frame(producer, LOST_AFTER_NS))
			fail("frame %u of %u was lost", i, count);
		latency_ns[i] = (uint32_t)(shared->received_ns - shared->sent_ns);
	}
}

static void write_samples(const char *path, const uint32_t *latency_ns, uint32_t count)
{
	FILE *file = fopen(path, "w");

	if (!file)
		fail_errno("write the samples");
	for (uint32_t i = 0; i < count; i++)
		fprintf(file, "%u\n", latency_ns[i]);
	fclose(file);
}

/* `forwarder` is NULL for the direct way. */
static void wait_for_line(const struct forwarder *forwarder)
{
	int byte;

	printf("warm %d\n", forwarder ? forwarder->pid : 0);
	fflush(stdout);
	do {
		byte = getchar();
	} while (byte != '\n' && byte != EOF);
}

/* `forwarder` is NULL for the direct way. */
static void measure(const struct options *options, int source, const char *node,
		    const struct forwarder *forwarder)
{
	struct consumer consumer = consumer_start(node, options->kind);
	struct producer producer = {.options = options,
				    .source = source,
				    .shared = consumer.shared,
				    .random = 2463534242u};
	uint32_t room =
		WARM_UP_FRAMES > options->frame_count ? WARM_UP_FRAMES : options->frame_count;
	uint32_t *latency_ns = calloc(room, sizeof(*latency_ns));

	if (!latency_ns)
		fail_errno("keep the samples");
	/* Touched, so that no page of it is missing later. */
	memset(latency_ns, 0xff, room * sizeof(*latency_ns));
	clock_spin_until_ns(clock_now_ns() + options->settle_ns);
	send_until_first_arrives(&producer);
	producer.shared->strict = 1;
	pace(&producer, latency_ns, WARM_UP_FRAMES);
	if (options->wait)
		wait_for_line(forwarder);
	pace(&producer, latency_ns, options->frame_count);
	if (forwarder)
		forwarder_check(forwarder);
	if (producer.shared->wrong_count > 0)
		fail("%u events arrived that were not sent", producer.shared->wrong_count);
	if (options->samples_path)
		write_samples(options->samples_path, latency_ns, options->frame_count);
	samples_print(stdout, options->label, latency_ns, options->frame_count);
	if (options->wait)
		wait_for_line(forwarder);
	consumer_stop(&consumer);
	free(latency_ns);
}

static void take_idle_priority(void)
{
	struct sched_param parameters = {0};

	if (sched_setscheduler(0, SCHED_IDLE, &parameters) < 0)
		fail_errno("give the producer idle priority");
}

static uint32_t parse_count(const char *text, uint32_t max)
{
	char *end;
	unsigned long count = strtoul(text, &end, 10);

	if (*text == '\0' || *end != '\0' || count > max)
		fail("not a number up to %u: %s", max, text);
	return (uint32_t)count;
}

static struct options parse(int argc, char **argv)
{
	static const struct option known[] = {{"kind", required_argument, NULL, 'k'},
					      {"frames", required_argument, NULL, 'f'},
					      {"settle-ms", required_argument, NULL, 's'},
					      {"destination", required_argument, NULL, 'd'},
					      {"label", required_argument, NULL, 'l'},
					      {"samples", required_argument, NULL, 'o'},
					      {"wait", no_argument, NULL, 'w'},
					      {NULL, 0, NULL, 0}};
	struct options options = {
		.frame_count = 2000, .settle_ns = 100 * NS_PER_MS, .label = "direct"};
	const char *kind = "";
	int option;

	while ((option = getopt_long(argc, argv, "+", known, NULL)) != -1) {
		if (option == 'k')
			kind = optarg;
		else if (option == 'f')
			options.frame_count = parse_count(optarg, 1000000);
		else if (option == 's')
			options.settle_ns = parse_count(optarg, 60000) * NS_PER_MS;
		else if (option == 'd')
			options.destination = optarg;
		else if (option == 'l')
			options.label = optarg;
		else if (option == 'o')
			options.samples_path = optarg;
		else if (option == 'w')
			options.wait = true;
		else
			exit(2);
	}
	if (strcmp(kind, "mouse") != 0 && strcmp(kind, "key") != 0)
		fail("--kind mouse or --kind key is needed");
	if (options.frame_count == 0)
		fail("--frames must be at least 1");
	options.kind = strcmp(kind, "mouse") == 0 ? FRAME_MOUSE : FRAME_KEY;
	options.command = optind < argc ? &argv[optind] : NULL;
	return options;
}

int main(int argc, char **argv)
{
	struct options options = parse(argc, argv);
	char node[SOURCE_NODE_SIZE];
	bool is_mouse = options.kind == FRAME_MOUSE;
	int source = source_create(is_mouse ? SOURCE_MOUSE : SOURCE_KEYBOARD,
				   is_mouse ? "pace mouse" : "pace keyboard", NULL, node);
	struct forwarder forwarder;

	take_idle_priority();
	if (!options.command) {
		measure(&options, source, node, NULL);
		return 0;
	}
	forwarder = forwarder_start(options.command, node, options.destination);
	measure(&options, source, forwarder.destination, &forwarder);
	forwarder_stop(&forwarder);
	return 0;
}
