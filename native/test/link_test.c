/* SPDX-License-Identifier: MIT */
/* What a link does with a reader that is slow, silent, gone, or against the rules. */
#include "../core/event.h"
#include "../core/profile.h"
#include "../io/link.h"
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SECOND UINT64_C(1000000000)

static struct link link_of(int *far)
{
	struct link link;
	int fds[2];

	CHECK_EQUAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	CHECK_EQUAL(fcntl(fds[1], F_SETFL, O_NONBLOCK), 0);
	link_init(&link);
	CHECK_EQUAL(link_open(&link, fds[0]), 0);
	*far = fds[1];
	return link;
}

static void say(int far, uint16_t type, uint16_t code, int32_t value)
{
	struct evs_sink_event event = {type, code, value};

	CHECK_EQUAL(send(far, &event, sizeof(event), 0), sizeof(event));
}

static void let_consume(struct link *link, int far)
{
	say(far, EV_MSC, MSC_RAW, 1);
	CHECK(link_read(link));
	CHECK(link_is_consumed(link));
}

static int write_event(struct link *link, uint16_t type, uint16_t code, int32_t value)
{
	struct input_event frame[2] = {event_make(type, code, value),
				       event_make(EV_SYN, SYN_REPORT, 0)};

	return link_write(link, frame, 2);
}

/* The next record; false when there is none now. */
static bool next(int far, struct evs_sink_event *event)
{
	return read(far, event, sizeof(*event)) == sizeof(*event);
}

static void check_next(int far, uint16_t type, uint16_t code, int32_t value)
{
	struct evs_sink_event event;

	CHECK(next(far, &event));
	CHECK_EQUAL(event.type, type);
	CHECK_EQUAL(event.code, code);
	CHECK_EQUAL(event.value, value);
}

/* Returns how many frames of motion were written until one was owed. */
static uint32_t fill(struct link *link)
{
	uint32_t count = 0;

	while (!link->owes) {
		CHECK_EQUAL(write_event(link, EV_REL, REL_X, 1), 0);
		CHECK(count++ < 1000000);
	}
	return count;
}

CASE(frames_come_out_as_they_were_written)
{
	int far;
	struct link link = link_of(&far);

	CHECK_EQUAL(write_event(&link, EV_KEY, KEY_A, 1), 0);
	CHECK_EQUAL(write_event(&link, EV_REL, REL_WHEEL_HI_RES, -120), 0);
	check_next(far, EV_KEY, KEY_A, 1);
	check_next(far, EV_SYN, SYN_REPORT, 0);
	check_next(far, EV_REL, REL_WHEEL_HI_RES, -120);
	check_next(far, EV_SYN, SYN_REPORT, 0);
	link_close(&link);
	close(far);
}

CASE(nobody_consumes_until_the_other_side_says_so)
{
	int far;
	struct link link = link_of(&far);

	CHECK(!link_is_consumed(&link));
	let_consume(&link, far);
	say(far, EV_MSC, MSC_RAW, 0);
	CHECK(link_read(&link));
	CHECK(!link_is_consumed(&link));
	link_close(&link);
	close(far);
}

CASE(a_record_may_come_in_parts)
{
	struct evs_sink_event event = {EV_MSC, MSC_RAW, 1};
	const unsigned char *bytes = (const unsigned char *)&event;
	int far;
	struct link link = link_of(&far);

	for (size_t i = 0; i < sizeof(event); i++) {
		CHECK(!link_is_consumed(&link));
		CHECK_EQUAL(send(far, &bytes[i], 1, 0), 1);
		CHECK(link_read(&link));
	}
	CHECK(link_is_consumed(&link));
	link_close(&link);
	close(far);
}

CASE(motion_that_finds_no_room_comes_as_a_sum_and_none_is_lost)
{
	struct evs_sink_event event;
	int far;
	struct link link = link_of(&far);
	int64_t sum = 0;
	int64_t written = fill(&link);

	for (int i = 0; i < 1000; i++)
		CHECK_EQUAL(write_event(&link, EV_REL, REL_X, 3), 0);
	written += 3000;
	while (next(far, &event))
		sum += event.value;
	CHECK(sum < written);
	link_flush(&link);
	CHECK(!link.owes);
	while (next(far, &event))
		sum += event.value;
	CHECK_EQUAL(sum, written);
	link_close(&link);
	close(far);
}

CASE(owed_motion_goes_before_the_next_key)
{
	struct evs_sink_event event;
	int far;
	struct link link = link_of(&far);

	fill(&link);
	while (next(far, &event))
		continue;
	CHECK(link.owes);
	CHECK_EQUAL(write_event(&link, EV_KEY, BTN_LEFT, 1), 0);
	CHECK(!link.owes);
	check_next(far, EV_REL, REL_X, 1);
	check_next(far, EV_SYN, SYN_REPORT, 0);
	check_next(far, EV_KEY, BTN_LEFT, 1);
	check_next(far, EV_SYN, SYN_REPORT, 0);
	link_close(&link);
	close(far);
}

CASE(a_key_that_finds_no_room_ends_the_link)
{
	struct evs_sink_event event;
	int far;
	struct link link = link_of(&far);

	let_consume(&link, far);
	fill(&link);
	CHECK_EQUAL(write_event(&link, EV_KEY, KEY_A, 1), -EAGAIN);
	CHECK(!link_is_consumed(&link));
	CHECK(!link_read(&link)); /* this side sees the end ... */
	while (next(far, &event))
		CHECK(event.type != EV_KEY);
	CHECK_EQUAL(read(far, &event, sizeof(event)), 0); /* ... and so does the other */
	link_close(&link);
	close(far);
}

CASE(sums_stay_within_bounds_whatever_comes)
{
	int far;
	struct link link = link_of(&far);

	fill(&link);
	for (int i = 0; i < 10; i++) {
		CHECK_EQUAL(write_event(&link, EV_REL, REL_X, INT32_MAX), 0);
		CHECK_EQUAL(write_event(&link, EV_REL, REL_Y, INT32_MIN), 0);
		CHECK_EQUAL(write_event(&link, EV_REL, 0xffff, 1), 0);
	}
	CHECK_EQUAL(link.owed[REL_X], 32767);
	CHECK_EQUAL(link.owed[REL_Y], -32767);
	link_close(&link);
	close(far);
}

CASE(the_longest_frame_fits_at_once)
{
	static struct input_event frame[SHAPER_EVENTS_MAX];
	struct evs_sink_event event;
	int far;
	struct link link = link_of(&far);
	uint32_t count = 0;

	for (uint32_t i = 0; i < SHAPER_EVENTS_MAX; i++)
		frame[i] = event_make(EV_KEY, KEY_A, (int32_t)(i & 1));
	CHECK_EQUAL(link_write(&link, frame, SHAPER_EVENTS_MAX), 0);
	while (next(far, &event))
		count++;
	CHECK_EQUAL(count, SHAPER_EVENTS_MAX);
	link_close(&link);
	close(far);
}

CASE(a_reader_that_does_not_answer_is_given_up_in_time)
{
	int far;
	struct link link = link_of(&far);

	link_ask(&link, SECOND); /* nobody consumes: nothing to ask */
	let_consume(&link, far);
	link_ask(&link, SECOND);
	check_next(far, EV_MSC, MSC_RAW, 1);
	check_next(far, EV_SYN, SYN_REPORT, 0);
	link_ask(&link, SECOND + LINK_ANSWER_NS - 1);
	CHECK(link_is_consumed(&link));
	link_ask(&link, SECOND + LINK_ANSWER_NS);
	CHECK(!link_is_consumed(&link));
	CHECK(!link_read(&link));
	link_close(&link);
	close(far);
}

CASE(a_reader_that_answers_is_asked_again)
{
	struct evs_sink_event event;
	int far;
	struct link link = link_of(&far);

	let_consume(&link, far);
	for (uint64_t now = SECOND; now < 20 * SECOND; now += SECOND) {
		link_ask(&link, now);
		check_next(far, EV_MSC, MSC_RAW, 1);
		check_next(far, EV_SYN, SYN_REPORT, 0);
		CHECK(!next(far, &event));
		say(far, EV_MSC, MSC_RAW, 1);
		say(far, EV_SYN, SYN_REPORT, 0);
		CHECK(link_read(&link));
	}
	CHECK(link_is_consumed(&link));
	link_close(&link);
	close(far);
}

CASE(a_reader_without_room_for_the_question_is_given_up_too)
{
	int far;
	struct link link = link_of(&far);

	let_consume(&link, far);
	fill(&link);
	link_ask(&link, SECOND);
	link_ask(&link, 4 * SECOND);
	CHECK(!link_is_consumed(&link));
	link_close(&link);
	close(far);
}

CASE(what_the_other_side_may_not_say_ends_the_link)
{
	int far;
	struct link link = link_of(&far);

	let_consume(&link, far);
	say(far, EV_KEY, KEY_A, 1);
	CHECK(!link_read(&link));
	link_close(&link);
	CHECK(!link_is_consumed(&link));
	CHECK_EQUAL(write_event(&link, EV_KEY, KEY_A, 0), -ENOTCONN);
	close(far);
}

CASE(the_end_of_the_other_side_is_seen_and_harms_nobody)
{
	int far;
	struct link link = link_of(&far);

	let_consume(&link, far);
	close(far);
	CHECK(write_event(&link, EV_KEY, KEY_A, 1) < 0);
	CHECK(!link_read(&link));
	link_close(&link);
	link_close(&link);
}

CASE(a_new_connection_takes_the_place_of_the_old_one)
{
	struct evs_sink_event event;
	int old, far, fds[2];
	struct link link = link_of(&old);

	let_consume(&link, old);
	CHECK_EQUAL(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
	CHECK_EQUAL(link_open(&link, fds[0]), 0);
	far = fds[1];
	CHECK(!link_is_consumed(&link));
	CHECK_EQUAL(read(old, &event, sizeof(event)), 0);
	let_consume(&link, far);
	link_close(&link);
	close(old);
	close(far);
}
