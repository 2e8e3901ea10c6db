/* SPDX-License-Identifier: MIT */
/*
 * A port that writes down what the core asks for, and answers what a case told it to. Where the simulation
 * models a kernel, this one may answer as no kernel would.
 */
#ifndef EVS_TEST_RECORDER_H
#define EVS_TEST_RECORDER_H

#include "../core/core.h"

#define RECORDER_EVENTS 8192u
#define RECORDER_CALLS  256u

struct recorder {
	struct core core;

	/* ---- what was asked */
	uint32_t emit_count;    /* calls of emit() */
	const void *emitted_at; /* where the last of them lay */
	uint32_t event_count;   /* events emitted, over all calls */
	uint32_t sinks[RECORDER_EVENTS];
	struct input_event events[RECORDER_EVENTS];
	char calls[RECORDER_CALLS]; /* one letter a call: see recorder.c */
	uint32_t call_count;
	uint32_t notified[EVS_EVENT_STOPPED + 1]; /* records, by kind */
	int32_t last_result;                      /* of the last record */

	/* ---- what is answered */
	bool is_consumed;
	int keys_result, grab_result;
	int places_result;
	struct clone_state places; /* of any cloned device */
	struct keyset keys;        /* of any device */
	uint64_t now_ns;
	uint64_t alarm_ns;  /* what was asked for last */
	struct keyset race; /* pressed by a finger as soon as the grab is taken, `races` times */
	uint32_t races;
};

/* A core with one source (0, a keyboard and mouse), a host and the target "guest" (1), which is consumed. */
void recorder_init(struct recorder *recorder, uint32_t profile);

/* Feeds a frame's events to source 0; the SYN_REPORT is added. */
#define FEED(recorder, ...)                                                                  \
	do {                                                                                 \
		const struct input_event events[] = {__VA_ARGS__, REPORT};                   \
		core_feed(&(recorder)->core, 0, events, sizeof(events) / sizeof(events[0])); \
	} while (0)

/* Compares all that was emitted since the last time, for one sink after another, and forgets it. */
#define EMITTED(recorder, sink, ...)                                          \
	do {                                                                  \
		const struct input_event expected[] = {__VA_ARGS__};          \
		recorder_expect(__FILE__, __LINE__, recorder, sink, expected, \
				sizeof(expected) / sizeof(expected[0]));      \
	} while (0)

void recorder_expect(const char *file, int line, struct recorder *recorder, uint32_t sink,
		     const struct input_event *expected, uint32_t count);

/* All that was emitted was expected. */
void recorder_expect_nothing(const char *file, int line, const struct recorder *recorder);
#define EMITTED_NOTHING(recorder) recorder_expect_nothing(__FILE__, __LINE__, recorder)

#define KEYBOARD 0u /* sinks of the guest */
#define MOUSE    1u

#define EVENT(event_type, event_code, event_value) \
	((struct input_event){.type = (event_type), .code = (event_code), .value = (event_value)})
#define KEY(code, value) EVENT(EV_KEY, code, value)
#define REL(code, value) EVENT(EV_REL, code, value)
#define MSC(code, value) EVENT(EV_MSC, code, value)
#define ABS(code, value) EVENT(EV_ABS, code, value)
#define REPORT           EVENT(EV_SYN, SYN_REPORT, 0)
#define DROPPED          EVENT(EV_SYN, SYN_DROPPED, 0)

#endif
