/* SPDX-License-Identifier: MIT */
/*
 * Profiles: what a consumer can take, and how a frame is shaped for it.
 *
 * input-linux (qemu/ui/input-linux.c): one click per SYN_REPORT whatever REL_WHEEL says, so |n| > 1 becomes
 * n frames; BTN_BACK and BTN_FORWARD are unknown there and become BTN_SIDE and BTN_EXTRA; hi-res wheel
 * events and EV_MSC are dropped, as each costs QEMU a read of its own and does nothing.
 * windows-virtio: the same, and motion beyond 127 becomes several frames, because the guest's driver cuts off what
 * is beyond it (virtio-win, TrimRelative).
 * host: everything; a hi-res wheel event is added where the source has none, because our node says that
 * it has them.
 *
 * A shaper takes one frame's events one by one and keeps two streams, keyboard and mouse. As long as all
 * events pass unchanged into one stream nothing is copied, and the frame is emitted from where it lies.
 */
#ifndef EVS_CORE_PROFILE_H
#define EVS_CORE_PROFILE_H

#include "event.h"
#include "evswitch.h"
#include "port.h"

/* More detents than this in one frame is no hand on a wheel; the rest is dropped. */
#define SHAPER_WHEEL_MAX 32

#define PROFILE_WINDOWS_MOTION_MAX 127

/* Frames that motion is split into; beyond that is no hand on a mouse either. */
#define SHAPER_SPLITS_MAX 64

/* Events that rules of a map may add to a frame: hold.c. */
#define SHAPER_MAPPED_MAX 512

/* A whole frame of any size the core accepts, with its splits: see core.h. */
#define SHAPER_EVENTS_MAX \
	(KEY_CNT + 64 + 2 * SHAPER_WHEEL_MAX + 3 * SHAPER_SPLITS_MAX + SHAPER_MAPPED_MAX)

enum { SHAPER_KEYBOARD = EVS_SINK_KEYBOARD, SHAPER_MOUSE = EVS_SINK_MOUSE, SHAPER_STREAMS = 2 };

struct shaper {
	const struct input_event *frame; /* the frame being shaped */
	uint32_t passed;                 /* its first events, all unchanged and in one stream ... */
	uint32_t stream;                 /* ... this one, while !staged */
	bool staged;                     /* something differs: the streams below are in use */
	uint32_t profile;                /* enum evs_profile */
	int32_t wheel;                   /* detents still owed as frames of their own */
	int32_t motion[2];               /* REL_X, REL_Y still owed likewise */
	int32_t detents[2];              /* REL_WHEEL, REL_HWHEEL of the frame, for hi-res */
	bool hi_res[2];                  /* the frame has their hi-res events already */
	uint32_t counts[SHAPER_STREAMS];
	struct input_event events[SHAPER_STREAMS][SHAPER_EVENTS_MAX];
};

void shaper_begin(struct shaper *shaper, uint32_t profile, const struct input_event *frame);

/* The next event goes into `stream`, as `event` (which may be the frame's own or a changed copy). */
void shaper_push(struct shaper *shaper, uint32_t stream, const struct input_event *event);

/* The next event goes nowhere. */
void shaper_swallow(struct shaper *shaper);

/* The next event is relative motion or a wheel: passed, split, completed or dropped by profile. */
void shaper_push_relative(struct shaper *shaper, const struct input_event *event);

/* The same for EV_MSC. */
void shaper_push_misc(struct shaper *shaper, const struct input_event *event);

/*
 * Ends the frame at its SYN_REPORT: streams that hold something are emitted to `sinks` (EVS_NONE: not
 * consumed, dropped and counted in the return value).
 */
uint32_t shaper_end(struct shaper *shaper, const struct input_event *report,
		    const uint32_t sinks[SHAPER_STREAMS], const struct port *port, void *ctx);

/* The code that stands for a key or button in this profile. */
uint16_t profile_fold(uint32_t profile, uint16_t code);

#endif
