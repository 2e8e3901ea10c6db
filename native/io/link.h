/* SPDX-License-Identifier: MIT */
/*
 * A link: a target's frames go over a Unix stream socket to a process that hands them on, the network share
 * (docs/decisions/0015). Both sinks of the target share it, so that keys and motion keep their order.
 *
 * Both directions carry struct evs_sink_event. Ours: frames, each with its SYN_REPORT; a MSC_SERIAL with the value 1 when the
 * target becomes active, before its first frame, and 0 when it was left, behind its last; and a MSC_RAW with the value 1 that
 * asks whether the other side still reads. Theirs: a MSC_RAW with the value 1 while somebody consumes the target
 * and 0 while nobody does; when asked, and whenever it changes.
 *
 * Nothing here waits. Motion that finds no room is summed up and goes before what comes next. A key that finds none
 * breaks the link, and so does a question that stays unanswered: the target is left, and the other side, which sees
 * the end of the stream, lets go of everything. So no key is lost without its target being lost.
 */
#ifndef EVS_IO_LINK_H
#define EVS_IO_LINK_H

#include "evswitch.h"

#include <linux/input.h>
#include <stdbool.h>

/* The other side may take so long to answer; presence is asked each 500 ms while the target is active. */
#define LINK_ANSWER_NS UINT64_C(1500000000)

struct link {
	bool is_used;  /* by a target */
	int fd;        /* the engine thread's; -1 = nobody is connected */
	bool has_peer; /* somebody consumes the target, as the other side said last */
	bool owes;     /* of `owed` something is not 0 */
	int32_t owed[REL_CNT];
	uint64_t asked_ns; /* when the question without an answer was asked; 0 = there is none */
	uint32_t part_size;
	unsigned char part[sizeof(struct evs_sink_event)]; /* of a record that has not come whole */
};

void link_init(struct link *link);

/* Takes a connected socket, and closes the one before. 0 or -errno; on failure it stays the caller's. */
int link_open(struct link *link, int fd);
void link_close(struct link *link);

/* Whole frames. 0, also when they are owed, or -errno. */
int link_write(struct link *link, const struct input_event *events, uint32_t count);

/* The target is active from now on, or no more. 0 or -errno. */
int link_tell_active(struct link *link, bool is_active);

/* There may be room again: sends what is owed. */
void link_flush(struct link *link);

/* Reads what the other side says. False when it is no more, or says what it may not. */
bool link_read(struct link *link);

/* Asks whether the other side still reads, unless an answer is still to come; breaks the link when that is late. */
void link_ask(struct link *link, uint64_t now_ns);

bool link_is_consumed(const struct link *link);

#endif
