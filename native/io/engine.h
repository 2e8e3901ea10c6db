/* SPDX-License-Identifier: MIT */
/*
 * The engine: one thread that reads sources, asks the core, and writes sinks.
 *
 *   loop.c      the thread: epoll, reads, batches, the end
 *   world.c     struct port by system calls
 *   command.c   what the service asks for
 *   link.c      a target whose frames go to another process
 *   slow.c      ungrab and close, off the thread
 *   watchdog.c  gives the devices back when the thread is silent
 *
 * Everything lives in one mapping that is made before the start, locked where permitted, and kept out of
 * core dumps: it holds keystrokes.
 */
#ifndef EVS_IO_ENGINE_H
#define EVS_IO_ENGINE_H

#include "../core/core.h"
#include "awake.h"
#include "evswitch.h"
#include "link.h"
#include "ring.h"
#include "slow.h"
#include "table.h"

#include <stdatomic.h>

#define ENGINE_EVENTS 1024u /* records of the event ring */
#define ENGINE_TAPS   4096u /* records of the tap ring */
#if defined(__SANITIZE_THREAD__)
#define ENGINE_STACK ((size_t)2048 * 1024) /* ThreadSanitizer keeps its own data there */
#else
#define ENGINE_STACK ((size_t)256 * 1024)
#endif

enum command_kind {
	COMMAND_ADD_SOURCE = 1,
	COMMAND_REMOVE_SOURCE,
	COMMAND_ADD_TARGET,
	COMMAND_SET_HOTKEYS,
	COMMAND_SWITCH,
	COMMAND_PANIC,
	COMMAND_ASK_PRESENCE,
	COMMAND_SET_TAP,
	COMMAND_STOP,
	COMMAND_ADD_CLONED_SOURCE,
	COMMAND_ADD_CLONE,
	COMMAND_REMOVE_CLONE,
	COMMAND_SET_MAP,
	COMMAND_REMOVE_TARGET,
	COMMAND_UPDATE_TARGET,
	COMMAND_REPAIR_TARGET,
	COMMAND_PIN_SOURCE,
	COMMAND_SWITCH_BY,
	COMMAND_SET_INDICATOR,
	COMMAND_LINK_TARGET,
};

struct io_sink {
	int fd;            /* uinput; -1 = none */
	int reader;        /* of the node: see presence.h */
	struct link *link; /* where frames go otherwise; with neither the slot is unused */
};

struct command {
	uint32_t kind; /* enum command_kind */
	uint32_t request;
	uint32_t id;    /* source, target, or a flag */
	uint32_t pin;   /* target of a source */
	uint32_t flags; /* of a source */
	uint32_t source_class;
	const struct map *map;
	uint8_t source_classes[EVS_SOURCE_MAX];
	int fd; /* of a source, the engine's from now on */
	struct io_sink sinks[SHAPER_STREAMS];
	uint32_t lamps[SHAPER_STREAMS]; /* lit by their consumers before they were adopted */
	struct evs_target_config target;
	uint32_t clone_count; /* of a cloned source */
	uint32_t clones[EVS_TARGET_MAX];
	struct clone_shape shape;
	uint32_t hotkey_count;
	struct evs_hotkey hotkeys[EVS_HOTKEY_MAX];
};

/* What one command hands over, by request modulo EVS_COMMAND_MAX; -1 = none. */
struct handed {
	int fds[2 * SHAPER_STREAMS];
	bool is_lent; /* the engine makes a copy that needs no other beside it: closed whatever the result */
};

struct io_source {
	int fd;              /* the engine thread's; -1 = slot unused */
	_Atomic int pool_fd; /* the service's, for the pool and the watchdog; -1 = none */
	uint64_t ungrab_ns;  /* when routing changed, for the time an ungrab took */
};

/* Frames that were emitted but not yet written: one span, as long as they lie one after another. */
struct span {
	uint32_t sink;
	uint32_t count;
	const struct input_event *events;
};

struct evs_engine {
	struct core core;
	struct evs_stats stats;

	/* ---- engine thread */
	int epoll_fd;
	int presence_timer_fd; /* asks for consumers, often while a guest is active */
	int alarm_timer_fd;    /* core_alarm() */
	struct awake awake;    /* tells when the machine slept */
	uint64_t written;      /* bit = sink: frames were written to it since that timer rang */
	uint64_t answered;     /* the same while it is asked: see presence_due() */
	int hotplug_fd;        /* netlink, or -errno: see hotplug.h */
	uint64_t untold_lost;  /* records lost since EVS_EVENT_LOST was last sent */
	bool tap_on;
	bool is_stopping;
	struct span span;
	struct input_event batch[CORE_BATCH_MAX];
	struct io_source sources[EVS_SOURCE_MAX];
	struct io_sink sinks[EVS_SINK_MAX];         /* the engine thread's descriptors */
	struct io_sink service_sinks[EVS_SINK_MAX]; /* the service's, kept open beside them */
	struct link links[EVS_TARGET_MAX];          /* in no order */
	struct table table;

	/* ---- shared with the control thread */
	struct ring commands; /* control -> engine */
	struct ring events;   /* engine -> control */
	struct ring taps;     /* engine -> control */
	_Atomic bool must_stop;
	_Atomic uint32_t wants_wake; /* the control thread has seen the rings empty */
	int command_fd;              /* eventfd: a command, or the watchdog's knock */
	int wake_fds[2];             /* stream sockets: [0] the service's, [1] ours */

	/* ---- shared with the watchdog */
	_Atomic uint32_t knocks, answers;
	_Atomic bool has_ended; /* nobody answers any more, and nothing is grabbed */
	int watchdog_exit_fd;
	pthread_t watchdog;

	/* ---- control thread */
	struct evs_engine_config config;
	uint32_t next_request;
	/* Descriptors of commands under way: closed when the engine did not take them. */
	struct handed handed[EVS_COMMAND_MAX];
	uint32_t under_way; /* commands without their EVS_EVENT_DONE */
	bool has_threads;
	pthread_t thread;
	struct slow_pool pool;
	struct map maps[2];
	uint32_t next_map;      /* the one that the engine does not use */
	uint32_t map_under_way; /* request of its command, 0 = none */

	struct command command_records[EVS_COMMAND_MAX];
	struct evs_event event_records[ENGINE_EVENTS];
	struct evs_tap_record tap_records[ENGINE_TAPS];
	_Alignas(4096) unsigned char stack[ENGINE_STACK];
};

/* loop.c */
int engine_init(struct evs_engine *engine); /* descriptors; 0 or -errno */
void engine_finish(struct evs_engine *engine);
void *engine_main(void *engine);
void engine_flush(struct evs_engine *engine); /* writes the pending span */
int engine_watch(struct evs_engine *engine, int fd, uint32_t kind, uint32_t index);

/* What an epoll entry stands for. */
enum watch_kind {
	WATCH_SOURCE = 0,
	WATCH_SINK,
	WATCH_COMMAND,
	WATCH_POOL,
	WATCH_PRESENCE,
	WATCH_READER,
	WATCH_HOTPLUG,
	WATCH_CLONED, /* a source whose frames go to clones */
	WATCH_ALARM,
	WATCH_AWAKE,
	WATCH_LINK,
};

/* Sends a record to the service; EVS_EVENT_DONE always finds room, others may be lost and counted. */
void engine_send(struct evs_engine *engine, const struct evs_event *event);
void engine_wake_service(struct evs_engine *engine);

/* The device of a slot is to be closed, as soon as nothing is under way on it. */
void engine_close_source(struct evs_engine *engine, uint32_t source);

/* Sets the presence timer's pace by what is active. */
void engine_pace_presence(struct evs_engine *engine);

/* Watches a link for what the other side says and, while motion is owed, for room. */
int engine_watch_link(struct evs_engine *engine, struct link *link, int operation);

/* The link's connection is no more. */
void engine_close_link(struct evs_engine *engine, struct link *link);

/* world.c */
extern const struct port engine_port;

/* command.c */
void engine_run_commands(struct evs_engine *engine);
void engine_stop(struct evs_engine *engine); /* twice does no harm */

/* watchdog.c */
int watchdog_start(struct evs_engine *engine);
void watchdog_stop(struct evs_engine *engine);

#endif
