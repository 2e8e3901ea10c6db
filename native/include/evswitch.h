/* SPDX-License-Identifier: MIT */
/*
 * evswitch.h: the only contract between the native data plane and the service.
 *
 * Fixed-width integers, plain structs, opaque handles. A function that can fail returns 0 or a positive
 * result on success and a negative errno value otherwise; none of them sets errno for the caller.
 *
 * Threads. "Control" means one single thread of the caller (Node's main thread): every function here is to
 * be called from it, and the engine thread calls nothing back. The engine thread wakes the control thread
 * by a byte on the descriptor of evs_engine_wake_fd(); records are then read with evs_engine_next_event()
 * and evs_engine_read_tap().
 *
 * Sources of the facts used: linux/input.h, linux/input-event-codes.h, linux/uinput.h and the kernel's
 * Documentation/input/event-codes.rst.
 */
#ifndef EVSWITCH_H
#define EVSWITCH_H

#include <stddef.h>
#include <stdint.h>

#if defined(__cplusplus)
extern "C" {
#endif

#define EVS_API __attribute__((visibility("default")))

/* Raised by any change of a struct, an enumerator or a function below. */
#define EVS_ABI_VERSION 8u

/* Every limit of the data plane; nothing is allocated after evs_engine_start(). */
#define EVS_SOURCE_MAX       128u   /* devices read at once */
#define EVS_TARGET_MAX       8u     /* target 0 is always the host */
#define EVS_SINK_MAX         48u    /* keyboard and mouse of each target, and clones */
#define EVS_CLONE_MAX        16u    /* devices cloned at once */
#define EVS_HOTKEY_MAX       16u    /* hotkeys, the panic chord included */
#define EVS_HOTKEY_KEYS_MAX  4u     /* keys of one hotkey */
#define EVS_NAME_SIZE        64u    /* a target's name with its final NUL */
#define EVS_PATH_SIZE        64u    /* "/dev/input/event..." with its final NUL */
#define EVS_DEVICE_NAME_SIZE 80u    /* UINPUT_MAX_NAME_SIZE */
#define EVS_COMMAND_MAX      64u    /* commands under way at once */
#define EVS_MAP_RULE_MAX     2048u  /* rules of a map */
#define EVS_MAP_AXIS_MAX     256u   /* axis rules of a map */
#define EVS_MAP_STEP_MAX     4096u  /* steps of all its macros */
#define EVS_MAP_TABLE_MAX    32u    /* tables that its rules are in */
#define EVS_MAP_CLASS_MAX    16u    /* classes of sources that it tells apart */
#define EVS_MAP_KEYS_MAX     4u     /* keys that one rule holds down */
#define EVS_MACRO_KEYS_MAX   8u     /* keys that a macro holds down at once */
#define EVS_MACRO_WAIT_MAX   10000u /* ms before one step */
#define EVS_RATE_MAX         8000u  /* frames of motion a second */

#define EVS_HOST 0u          /* id of the host target */
#define EVS_NONE 0xffffffffu /* no source, target or sink */

/* ------------------------------------------------------------------ versions */

/* The EVS_ABI_VERSION the library was built with. */
EVS_API uint32_t evs_abi_version(void);

/*
 * Writes sizes and offsets of every struct below to `out` in the order of the table in api.c, as a check
 * against a binding that was written for another header. Returns the number of entries; writes at most
 * `capacity`.
 */
EVS_API int32_t evs_abi_layout(uint32_t *out, uint32_t capacity);

/* ------------------------------------------------------------------ sources */

struct evs_source; /* an opened evdev node, not yet or already read by an engine */

enum evs_source_flag {
	EVS_SOURCE_KEYS = 1u << 0,      /* has keys below BTN_MISC */
	EVS_SOURCE_BUTTONS = 1u << 1,   /* has BTN_LEFT */
	EVS_SOURCE_MOTION = 1u << 2,    /* has REL_X and REL_Y */
	EVS_SOURCE_REPEATS = 1u << 3,   /* EV_REP: the kernel repeats held keys (value 2) */
	EVS_SOURCE_LEDS = 1u << 4,      /* has LEDs */
	EVS_SOURCE_HI_RES = 1u << 5,    /* REL_WHEEL_HI_RES */
	EVS_SOURCE_READ_ONLY = 1u << 6, /* could not be opened for writing: no releases, no LEDs */
};

struct evs_source_info {
	char name[EVS_DEVICE_NAME_SIZE]; /* EVIOCGNAME: untrusted bytes, NUL-terminated */
	uint32_t flags;                  /* enum evs_source_flag */
	uint32_t device;                 /* minor number of the node */
	uint16_t bustype, vendor, product, version; /* EVIOCGID */
};

enum evs_open_flag {
	EVS_OPEN_SCANCODES =
		1u << 0, /* keep EV_MSC; otherwise the kernel filters it (EVIOCSMASK) */
	EVS_OPEN_EVERYTHING =
		1u
		<< 1, /* filter nothing: for the tap, the core passes over what it cannot route */
};

/*
 * Opens an evdev node for an engine: read-write (read-only where writing is refused), non-blocking,
 * close-on-exec, CLOCK_MONOTONIC stamps. Nothing is grabbed. Errors: -EACCES, -ENOENT, -ENODEV,
 * -ENOTTY (not an evdev node).
 */
EVS_API int32_t evs_source_open(const char *path, uint32_t open_flags, struct evs_source_info *info,
				struct evs_source **out);

/* Closes a source that no engine was given. */
EVS_API void evs_source_close(struct evs_source *source);

/*
 * Which of a map's rules are for this source: the first index of `tables` of evs_engine_set_map(). A new source
 * is of class 0. -EINVAL from EVS_MAP_CLASS_MAX on.
 */
EVS_API int32_t evs_source_set_class(struct evs_source *source, uint32_t source_class);

/* struct input_absinfo: the present value, and what the axis can do. */
struct evs_axis {
	int32_t value, minimum, maximum, fuzz, flat, resolution;
};

/*
 * What a device says about itself (EVIOCGNAME, EVIOCGID, EVIOCGPROP, EVIOCGBIT, EVIOCGABS). Sets of codes are
 * bits of 64-bit words, the lowest first. Untrusted: any bits, any ranges.
 */
struct evs_description {
	char name[EVS_DEVICE_NAME_SIZE]; /* NUL-terminated bytes */
	uint16_t bustype, vendor, product, version;
	uint64_t properties; /* INPUT_PROP_* */
	uint64_t types;      /* EV_* */
	uint64_t relative, absolute, misc, switches, leds, sounds;
	uint64_t keys[12];
	uint64_t forces[2]; /* FF_* */
	struct evs_axis axes[64];
};

/* Describes an opened source that no engine was given. Errors: -ENODEV. */
EVS_API int32_t evs_source_describe(const struct evs_source *source, struct evs_description *out);

/* ------------------------------------------------------------------ sinks */

struct evs_sink; /* a uinput device of ours */

enum evs_sink_kind {
	EVS_SINK_KEYBOARD = 0,
	EVS_SINK_MOUSE = 1,
	EVS_SINK_CLONE = 2, /* of one device: evs_sink_clone() */
};

enum evs_profile {
	EVS_PROFILE_INPUT_LINUX = 0, /* QEMU's input-linux: see native/core/profile.h */
	EVS_PROFILE_HOST = 1,        /* a desktop: everything, hi-res wheels, kernel repeats */
	/* QEMU's virtio-input-host, for clones: no EV_MSC, which a Linux guest sends back for ever */
	EVS_PROFILE_VIRTIO_INPUT = 2,
	/* input-linux in front of a Windows guest's virtio mouse, which cuts motion at 127 a frame */
	EVS_PROFILE_WINDOWS_VIRTIO = 3,
};

struct evs_sink_config {
	char name[EVS_DEVICE_NAME_SIZE]; /* what the node calls itself */
	char phys[EVS_DEVICE_NAME_SIZE]; /* what udev rules know it by: evswitch-NAME-event-kbd */
	uint32_t kind;                   /* enum evs_sink_kind */
	uint32_t profile;                /* enum evs_profile: which template */
	uint32_t product; /* product id of the node; vendor is 0 and bus BUS_VIRTUAL */
	uint32_t reserved;
};

enum evs_sink_flag {
	EVS_SINK_OUTDATED = 1u << 0, /* adopted, and not what would be made now */
};

struct evs_sink_info {
	char node[EVS_PATH_SIZE]; /* "/dev/input/event12" */
	uint32_t device;          /* minor number of the node */
	uint32_t flags;           /* enum evs_sink_flag */
};

/*
 * Makes a uinput device from the superset template of its kind and waits (at most timeout_ms) until its
 * node can be opened, because presence needs a reader of our own there (native/io/presence.h).
 * Errors: -ENOENT or -ENODEV (no /dev/uinput: module missing), -EACCES, -ETIMEDOUT (made, but its node did
 * not become readable), -EINVAL (name).
 */
EVS_API int32_t evs_sink_create(const struct evs_sink_config *config, uint32_t timeout_ms,
				struct evs_sink_info *info, struct evs_sink **out);

/*
 * Makes a uinput device that is like the described one, with `config`'s phys and profile; its name, kind and
 * product are not used. What a clone cannot carry, all of it:
 *
 *   EV_FF, EV_FF_STATUS and effects   not advertised: docs/decisions/0009
 *   EV_PWR                            not advertised: nothing sends it
 *   EV_MSC                            with EVS_PROFILE_VIRTIO_INPUT only, see there
 *   fuzz of axes                      0: the device's own kernel filter has run, a second one would lose
 *                                     small movements
 *   ABS_MT_SLOT, ABS_MT_TRACKING_ID   the kernel's own ranges, in which slots count from 0
 *   repeat rate (EVIOCGREP)           0: the device's own repeats are passed on, and no others made
 *   KEY_RESERVED                      no device sends it (input_register_device)
 *   phys, uniq                        ours; none, because uinput cannot give one
 *   no name at all                    "unnamed", because uinput wants one
 *
 * Errors: as evs_sink_create(); -ERANGE: more than 100 slots; -EINVAL: axes whose range uinput refuses (a
 * maximum below the minimum, a flat beyond the range).
 */
EVS_API int32_t evs_sink_clone(const struct evs_description *description,
			       const struct evs_sink_config *config, uint32_t timeout_ms,
			       struct evs_sink_info *info, struct evs_sink **out);

/* One event to be written to a sink. */
struct evs_sink_event {
	uint16_t type, code;
	int32_t value;
};

/*
 * Writes events to a sink that no engine was given, with a SYN_REPORT after them. Errors: -errno of write(),
 * -EINVAL for more than 1,024 events.
 */
EVS_API int32_t evs_sink_write(const struct evs_sink *sink, const struct evs_sink_event *events,
			       uint32_t count);

/* What is lit on a sink that no engine was given: bit = LED_*. Errors: -errno of EVIOCGLED. */
EVS_API int32_t evs_sink_lamps(const struct evs_sink *sink);

/*
 * The uinput descriptor of a sink that no engine was given. A duplicate of it keeps the node when this process
 * ends, whatever ends it; who has one may make a sink of it again.
 */
EVS_API int32_t evs_sink_descriptor(const struct evs_sink *sink);

/* What a node says of itself, by the uinput descriptor it was made with. */
struct evs_stored_node {
	char name[EVS_DEVICE_NAME_SIZE];
	char phys[EVS_DEVICE_NAME_SIZE];
	char node[EVS_PATH_SIZE];
	uint32_t device; /* minor number of the node */
	uint32_t reserved;
};

/*
 * Errors: -EBADF, -ENOTTY (no descriptor of uinput), -ENODEV (its device was not made, or was destroyed). The
 * descriptor stays the caller's.
 */
EVS_API int32_t evs_stored_node(int32_t fd, struct evs_stored_node *out);

/*
 * Takes over a node that an earlier process made: what evs_sink_create() and evs_sink_clone() would have made,
 * with the node that consumers have open already. It starts with everything at rest: keys that are down go
 * up, slots are lifted, sticks return. info->flags says whether it is what would be made now; an outdated one
 * serves its consumers as before. The descriptor belongs to the sink on success, and else to the caller.
 * Errors: as evs_stored_node() and evs_sink_create(); -EXDEV: the node has another phys than `config`.
 */
EVS_API int32_t evs_sink_adopt(int32_t fd, const struct evs_sink_config *config,
			       uint32_t timeout_ms, struct evs_sink_info *info,
			       struct evs_sink **out);
EVS_API int32_t evs_sink_adopt_clone(int32_t fd, const struct evs_description *description,
				     const struct evs_sink_config *config, uint32_t timeout_ms,
				     struct evs_sink_info *info, struct evs_sink **out);

/* Closes a sink that no engine was given; its node ends with the last duplicate of its descriptor. */
EVS_API void evs_sink_close(struct evs_sink *sink);

/* ------------------------------------------------------------------ messages
 *
 * Short messages with at most one descriptor over Unix sockets, to systemd's descriptor store and to a process
 * that stands in for it. A path that begins with '@' is a name in the abstract space. Waits end after
 * timeout_ms with -EAGAIN; below 0 they do not end.
 */

#define EVS_MESSAGE_SIZE 4096u

enum evs_message_kind {
	EVS_MESSAGE_DATAGRAM = 0,
	EVS_MESSAGE_STREAM = 1,
	EVS_MESSAGE_SEQPACKET = 2, /* a stream that keeps messages apart */
};

/* Returns a descriptor, close-on-exec. Errors: those of socket(), connect(), bind(); -EINVAL, -ENAMETOOLONG. */
EVS_API int32_t evs_message_connect(const char *path, uint32_t kind);
EVS_API int32_t evs_message_listen(const char *path, uint32_t kind);
EVS_API int32_t evs_message_accept(int32_t fd, int32_t timeout_ms);

/* `passed` is a descriptor, which stays the caller's too, or -1. -EINVAL: empty, or above EVS_MESSAGE_SIZE. */
EVS_API int32_t evs_message_send(int32_t fd, const void *bytes, uint32_t size, int32_t passed,
				 int32_t timeout_ms);

/*
 * Returns the size, 0 at the peer's end. `passed` gets a descriptor, close-on-exec, or -1. -EBADMSG: it was longer
 * than `capacity`, or had more than one descriptor; nothing of it is kept.
 */
EVS_API int32_t evs_message_receive(int32_t fd, void *bytes, uint32_t capacity, int32_t timeout_ms,
				    int32_t *passed);

/* ------------------------------------------------------------------ engine */

struct evs_engine;

enum evs_host_mode {
	EVS_HOST_RELEASE = 0, /* the host reads the devices itself while it is active */
	EVS_HOST_PROXY = 1,   /* devices stay grabbed; the host reads nodes of ours */
};

struct evs_engine_config {
	uint32_t abi_version;  /* EVS_ABI_VERSION */
	uint32_t host_mode;    /* enum evs_host_mode */
	int32_t rt_priority;   /* SCHED_FIFO priority, 0 = ordinary scheduling */
	uint32_t lock_memory;  /* 1 = mlock the engine's own ranges */
	uint32_t pool_threads; /* threads for ungrab and close, 1..32; 0 = 16 */
	uint32_t presence_ms;  /* how often an active guest is asked for its consumer; 0 = 500 */
	uint32_t watchdog_ms;  /* an engine silent for so long is given up; 0 = 5000 */
	uint32_t reserved;
};

enum evs_repeat {
	EVS_REPEAT_OFF = 0, /* the consumer repeats by itself */
	EVS_REPEAT_ON = 1,  /* repeats (value 2) of the sources are passed on */
};

/* The key pair a consumer toggles its own grab by; both are never down on the node at once. */
enum evs_grab_toggle {
	EVS_TOGGLE_CTRL_CTRL = 0,
	EVS_TOGGLE_ALT_ALT = 1,
	EVS_TOGGLE_SHIFT_SHIFT = 2,
	EVS_TOGGLE_META_META = 3,
	EVS_TOGGLE_SCROLLLOCK = 4,
	EVS_TOGGLE_CTRL_SCROLLLOCK = 5,
	EVS_TOGGLE_NONE = 6,
};

enum evs_target_flag {
	EVS_TARGET_SWALLOWS =
		1u << 0, /* can be active with no consumer: what nobody reads ends there */
	EVS_TARGET_LINK = 1u << 1, /* its frames go to a socket: evs_engine_link_target() */
};

struct evs_target_config {
	char name[EVS_NAME_SIZE];
	uint32_t profile;     /* enum evs_profile */
	uint32_t repeat;      /* enum evs_repeat */
	uint32_t grab_toggle; /* enum evs_grab_toggle */
	uint32_t flags;       /* enum evs_target_flag; the host has none */
	uint32_t max_rate;    /* frames of motion a second, the rest is merged; 0 = all */
};

enum evs_action {
	EVS_ACTION_NEXT = 0,
	EVS_ACTION_PREVIOUS = 1,
	EVS_ACTION_TARGET = 2, /* to `target`; back to the host when it is active already */
	EVS_ACTION_PANIC = 3,
	EVS_ACTION_LOCK =
		4, /* the next time it is pressed, hotkeys switch again; see EVS_EVENT_LOCKED */
	EVS_ACTION_HOOK = 5, /* tells the service, by the number in `target` */
};

struct evs_hotkey {
	uint16_t keys[EVS_HOTKEY_KEYS_MAX]; /* KEY_* or BTN_*, each once */
	uint32_t key_count;
	uint32_t action; /* enum evs_action */
	uint32_t target; /* for EVS_ACTION_TARGET; the number of EVS_ACTION_HOOK */
};

/* ---- maps: native/core/map.h says how rules are found, hold.c what they do */

/* Triggers beyond KEY_*: one detent of a wheel. */
enum evs_map_wheel {
	EVS_WHEEL_UP = 0x300, /* KEY_CNT */
	EVS_WHEEL_DOWN = 0x301,
	EVS_WHEEL_LEFT = 0x302,
	EVS_WHEEL_RIGHT = 0x303,
	EVS_TRIGGER_COUNT = 0x304,
};

enum evs_map_kind {
	EVS_MAP_KEYS = 0,  /* `keys` are down while the trigger is */
	EVS_MAP_BLOCK = 1, /* nothing happens */
	EVS_MAP_MACRO = 2, /* the steps are played, whatever becomes of the trigger */
	EVS_MAP_ACTION =
		3, /* as a hotkey of these keys; also while the host reads the device itself */
	EVS_MAP_SCROLL =
		4, /* motion turns the wheels while the trigger is down; alone it is itself */
};

struct evs_map_rule {
	uint32_t table;
	uint32_t kind; /* enum evs_map_kind */
	/* Keys: the trigger is the last, the others must be down on any device. Action and target: of an action. */
	struct evs_hotkey when;
	uint32_t target; /* whose keys are pressed; EVS_NONE = the active one's */
	uint32_t key_count;
	uint16_t keys[EVS_MAP_KEYS_MAX]; /* pressed in this order, released in the other */
	uint32_t first_step, step_count; /* of a macro */
	uint32_t counts;                 /* of motion for one detent, when it scrolls */
};

struct evs_map_step {
	uint16_t code;
	uint16_t is_press;
	uint32_t wait_ms; /* before it */
};

/* REL_X and REL_Y may become each other, so may the wheels, and their hi-res twins. */
struct evs_map_axis {
	uint32_t table;
	uint16_t code, to; /* REL_* */
	int32_t factor;    /* 65,536 = 1; what is less than 1 is kept for the next frame */
};

/* ---- records from the engine */

enum evs_event_kind {
	EVS_EVENT_DONE = 1, /* a command ended: request, result (0 or -errno), id of what it made */
	EVS_EVENT_SWITCHED = 2, /* target, previous, reason */
	EVS_EVENT_REFUSED =
		3, /* target could not become active: result (-ENOTCONN: nobody consumes it) */
	EVS_EVENT_SOURCE_GONE = 4, /* source, result (-ENODEV: unplugged) */
	EVS_EVENT_GRABBED = 5,     /* source */
	EVS_EVENT_UNGRABBED = 6,   /* source; value = ns since the switch */
	EVS_EVENT_GRAB_FAILED = 7, /* source, result (-EBUSY: somebody else has it) */
	EVS_EVENT_CONSUMER = 8, /* target, sink kind in `previous`, sink, value = 1 came, 0 went */
	EVS_EVENT_RESYNC = 9,   /* source: its buffer overran and its keys were read anew */
	EVS_EVENT_PANIC = 10,   /* the panic chord or command ran */
	EVS_EVENT_LOST = 11,    /* value records did not fit into the ring */
	EVS_EVENT_NO_REALTIME = 12,    /* result: SCHED_FIFO was refused */
	EVS_EVENT_NO_MEMORY_LOCK = 13, /* result: mlock was refused */
	EVS_EVENT_STOPPED = 14,        /* all grabs are gone; the engine thread ends */
	EVS_EVENT_DEVICES = 15,        /* input devices came, went or changed: look at /sys */
	EVS_EVENT_NO_HOTPLUG =
		16,            /* result: uevents cannot be had, EVS_EVENT_DEVICES never comes */
	EVS_EVENT_LOCKED = 17, /* value = 1: hotkeys do not switch any more; 0: they do again */
	EVS_EVENT_HOOK = 18, /* value = the number of the hotkey's hook; target = the active one */
	EVS_EVENT_RESUMED = 19,  /* the machine slept: the host is active */
	EVS_EVENT_UNLINKED = 20, /* target: nobody is at the other end of its link any more */
};

enum evs_reason {
	EVS_REASON_COMMAND = 0,
	EVS_REASON_HOTKEY = 1,
	EVS_REASON_PANIC = 2,
	EVS_REASON_CONSUMER_GONE = 3,
	EVS_REASON_REMOVED = 4,
	EVS_REASON_STOP = 5,
	EVS_REASON_RESUMED = 6,
};

struct evs_event {
	uint32_t kind;     /* enum evs_event_kind */
	uint32_t request;  /* of EVS_EVENT_DONE: what the command's call returned */
	int32_t result;    /* 0 or -errno */
	uint32_t source;   /* id or EVS_NONE */
	uint32_t target;   /* id or EVS_NONE */
	uint32_t previous; /* id or EVS_NONE */
	uint32_t reason;   /* enum evs_reason */
	uint32_t sink;     /* of EVS_EVENT_CONSUMER, and of a clone that a command made */
	uint64_t value;    /* of EVS_EVENT_DONE: what a repair has left to do */
	uint64_t time_ns;  /* CLOCK_MONOTONIC */
};

/* A copy of one event of a source, for identify and monitor. */
struct evs_tap_record {
	uint64_t kernel_ns; /* CLOCK_MONOTONIC stamp of the kernel */
	uint64_t read_ns;   /* when the engine had read and routed it */
	uint32_t source;
	uint16_t type, code;
	int32_t value;
	uint32_t reserved;
};

/* ---- statistics: one page, one writer (the engine thread), relaxed 64-bit loads for any reader */

/*
 * Log-linear histogram of nanoseconds: 32 linear steps per power of two, so a value is known within 1/32.
 * Slot of v: v < 32 ? v : (e - 4) * 32 + ((v >> (e - 5)) & 31), e = floor(log2 v); values from 2^36 ns
 * (68 s) on share the last slot.
 */
#define EVS_HISTOGRAM_SLOTS 1024u

enum evs_histogram_kind {
	EVS_HISTOGRAM_MOUSE = 0,  /* kernel stamp of a frame to its write on a mouse node done */
	EVS_HISTOGRAM_KEY = 1,    /* the same, keyboard nodes */
	EVS_HISTOGRAM_SWITCH = 2, /* kernel stamp of the completing press to routing changed */
	EVS_HISTOGRAM_UNGRAB = 3, /* routing changed to the last device given back to the host */
	EVS_HISTOGRAM_COUNT = 4,
};

struct evs_histogram {
	uint64_t count;
	uint64_t sum_ns;
	uint64_t max_ns;
	uint64_t reserved;
	uint64_t slots[EVS_HISTOGRAM_SLOTS];
};

struct evs_stats {
	uint64_t frames_in;    /* frames read from sources */
	uint64_t events_in;    /* events read from sources */
	uint64_t frames_out;   /* frames written to sinks */
	uint64_t events_out;   /* events written to sinks */
	uint64_t writes;       /* write calls to sinks */
	uint64_t write_errors; /* of them, failed */
	uint64_t wakeups;      /* returns of epoll_wait */
	uint64_t drops;        /* SYN_DROPPED seen */
	uint64_t resyncs;      /* key states read anew */
	uint64_t switches;     /* changes of the active target */
	uint64_t refusals;     /* switches refused */
	uint64_t panics;
	uint64_t muted;         /* key events swallowed by rules 3, 4 and 6 */
	uint64_t unconsumed;    /* frames for a node that nobody consumed */
	uint64_t grab_races;    /* grabs that had to be taken again */
	uint64_t events_lost;   /* records that did not fit into the event ring */
	uint64_t tap_lost;      /* records that did not fit into the tap ring */
	uint64_t active_target; /* id */
	uint64_t sources;       /* devices read */
	uint64_t grabbed;       /* of them, grabbed */
	uint64_t engine_tid;    /* thread id of the engine */
	uint64_t realtime;      /* SCHED_FIFO priority in force, 0 = none */
	uint64_t reserved[10];
	struct evs_histogram histograms[EVS_HISTOGRAM_COUNT];
};

/* ---- life: create, start, (commands), stop, destroy */

/* Allocates and prepares; no thread yet. Errors: -EPROTO (abi_version), -EINVAL, -ENOMEM, -EMFILE. */
EVS_API int32_t evs_engine_create(const struct evs_engine_config *config, struct evs_engine **out);

/* Starts the engine thread, the pool and the watchdog, all signals blocked in them. */
EVS_API int32_t evs_engine_start(struct evs_engine *engine);

/*
 * Ends the threads and frees everything. Call it after EVS_EVENT_STOPPED; without that it stops first and
 * waits, which takes some grace periods of the kernel (about 0.1 s).
 */
EVS_API void evs_engine_destroy(struct evs_engine *engine);

/*
 * A stream socket that gets a byte when there is something to read: a new descriptor at each call, the
 * caller's to close. Errors: -EMFILE.
 */
EVS_API int32_t evs_engine_wake_fd(const struct evs_engine *engine);

/* The statistics page, valid until evs_engine_destroy(). */
EVS_API const struct evs_stats *evs_engine_stats(const struct evs_engine *engine);

/*
 * Takes the next record. Returns 1, or 0 when there is none; then the next record will send a byte again.
 */
EVS_API int32_t evs_engine_next_event(struct evs_engine *engine, struct evs_event *out);

/* Takes up to `capacity` tap records; returns their number, 0 as above. */
EVS_API int32_t evs_engine_read_tap(struct evs_engine *engine, struct evs_tap_record *out,
				    uint32_t capacity);

/*
 * Commands. Each returns a request number (> 0) that comes back in EVS_EVENT_DONE, or -EAGAIN when
 * EVS_COMMAND_MAX of them are under way, or -EINVAL. Order is kept.
 */

/* Hands the source over, whatever the result; the event's `source` is its id. -ENOSPC when full. */
EVS_API int32_t evs_engine_add_source(struct evs_engine *engine, struct evs_source *source);

/*
 * The same for a source whose frames go to clones only: `clones` are `count` ids of evs_engine_add_clone(), at
 * most one a target. While none of them is the active target's, the device stays with the host. Further
 * errors: -ENOSPC when EVS_CLONE_MAX devices are cloned; -EINVAL for ids that are no clone, are used by another
 * source, or share a target; -ERANGE as evs_sink_clone().
 */
EVS_API int32_t evs_engine_add_cloned_source(struct evs_engine *engine, struct evs_source *source,
					     const uint32_t *clones, uint32_t count);

/* Releases what the source holds, ungrabs and closes it; DONE comes when that is under way. */
EVS_API int32_t evs_engine_remove_source(struct evs_engine *engine, uint32_t source);

/*
 * Adds a target with its two sinks (either may be NULL), which are handed over whatever the result; the
 * event's `target` is its id. For the host's own nodes (proxy mode) give the name "host": they become
 * target 0's.
 */
EVS_API int32_t evs_engine_add_target(struct evs_engine *engine,
				      const struct evs_target_config *config,
				      struct evs_sink *keyboard, struct evs_sink *mouse);

/*
 * Gives a target with EVS_TARGET_LINK, which has no sinks of its own, a connected Unix stream socket: its frames go there
 * from now on, and not to the one before. native/io/link.h says what goes over it. The descriptor stays the caller's, and
 * may be closed at once. EVS_EVENT_UNLINKED comes when the connection has ended. -ENOENT; -EINVAL: no such target.
 */
EVS_API int32_t evs_engine_link_target(struct evs_engine *engine, uint32_t target, int32_t fd);

/*
 * Takes a guest away, with its nodes and clones; where it is active the host becomes so, and hotkeys that lead
 * there are no more. -ENOENT; -EINVAL: the host; -EBUSY: a source is pinned to it.
 */
EVS_API int32_t evs_engine_remove_target(struct evs_engine *engine, uint32_t target);

/* Changes a target's `repeat` and `grab_toggle`; the rest of `config` is not used. -ENOENT; -EINVAL. */
EVS_API int32_t evs_engine_update_target(struct evs_engine *engine, uint32_t target,
					 const struct evs_target_config *config);

/*
 * For a consumer that lost the release of a key: everything that is down on the target's nodes goes up, and all
 * modifiers and the last eight keys are pressed and released there. Each call does one key of each node, since a
 * consumer's own queue is short (16 bytes in QEMU's PS/2 keyboard, hw/input/ps2.c: PS2_QUEUE_SIZE): `value` is how
 * many are left, for further calls at a typist's pace until it is 0. While somebody holds a key there it stays as it
 * is. -ENOENT; -EINVAL: the host; -ENOTCONN.
 */
EVS_API int32_t evs_engine_repair_target(struct evs_engine *engine, uint32_t target);

/*
 * Pins a source to a target: its frames go there whatever is active, and it is grabbed while that target has a
 * consumer. EVS_HOST: it stays with the host; EVS_NONE: no longer pinned. Its keys count for hotkeys as ever. -ENOENT.
 */
EVS_API int32_t evs_engine_pin_source(struct evs_engine *engine, uint32_t source, uint32_t target);

/*
 * Gives a guest the clone of a device; the sink is handed over, whatever the result. The event's `sink` is its
 * id. Result -ENOENT: no such guest; -ENOSPC.
 */
EVS_API int32_t evs_engine_add_clone(struct evs_engine *engine, uint32_t target,
				     struct evs_sink *sink);

/* Takes a clone away, and its node with it. -ENOENT: no such clone; -EBUSY: a source still feeds it. */
EVS_API int32_t evs_engine_remove_clone(struct evs_engine *engine, uint32_t clone);

/* Replaces all hotkeys. -EINVAL for a hotkey with no key, a key twice, an unknown target. */
EVS_API int32_t evs_engine_set_hotkeys(struct evs_engine *engine, const struct evs_hotkey *hotkeys,
				       uint32_t count);

/*
 * Replaces the map, between two frames: keys that are held are released as they were pressed, macros end.
 * `tables` has EVS_TARGET_MAX entries for each class of sources, by target: 1 + the number of a table, or 0.
 * `source_classes` has EVS_SOURCE_MAX, by id; from EVS_MAP_CLASS_MAX on, a source keeps its class.
 * -EINVAL: a number out of its range, a key twice in one rule, a macro that leaves a key down or releases one
 * that is up; -EBUSY: the map before has not been taken over yet.
 */
EVS_API int32_t evs_engine_set_map(struct evs_engine *engine, const struct evs_map_rule *rules,
				   uint32_t rule_count, const struct evs_map_axis *axes,
				   uint32_t axis_count, const struct evs_map_step *steps,
				   uint32_t step_count, const uint8_t *tables, uint32_t class_count,
				   const uint8_t *source_classes);

/* Makes a target active. Result -ENOENT: no such target; -ENOTCONN: nobody consumes it. */
EVS_API int32_t evs_engine_switch(struct evs_engine *engine, uint32_t target);

/* Makes the next target active that can be, or the one before (`is_forward` = 0). The same; its id is the event's. */
EVS_API int32_t evs_engine_switch_by(struct evs_engine *engine, uint32_t is_forward);

/* Lights Scroll Lock on grabbed keyboards while a guest is active, on (1) or off (0). */
EVS_API int32_t evs_engine_set_indicator(struct evs_engine *engine, uint32_t on);

/* What the panic chord does: all devices back to the host, also in proxy mode until the next switch. */
EVS_API int32_t evs_engine_panic(struct evs_engine *engine);

/* Asks every sink for its consumer now; changes come as EVS_EVENT_CONSUMER. */
EVS_API int32_t evs_engine_ask_presence(struct evs_engine *engine);

/* Copies of all source events into the tap ring, on (1) or off (0). */
EVS_API int32_t evs_engine_set_tap(struct evs_engine *engine, uint32_t on);

/* Host active, everything released and ungrabbed; ends with EVS_EVENT_STOPPED. */
EVS_API int32_t evs_engine_stop(struct evs_engine *engine);

/* ------------------------------------------------------------------ simulation
 *
 * The same core on a model of the kernel instead of descriptors, for the in-process fake, the text
 * scenarios, the property tests and the fuzzers: native/sim/sim.h declares it, the library exports it.
 */

#if defined(__cplusplus)
}
#endif

#endif
