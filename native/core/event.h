/* SPDX-License-Identifier: MIT */
/* Small facts about events (linux/input-event-codes.h). */
#ifndef EVS_CORE_EVENT_H
#define EVS_CORE_EVENT_H

#include <linux/input.h>
#include <stdbool.h>
#include <stdint.h>

/* An event without a stamp: the kernel stamps what is written with none. */
static inline struct input_event event_make(uint16_t type, uint16_t code, int32_t value)
{
	return (struct input_event){.type = type, .code = code, .value = value};
}

static inline bool event_is_report(const struct input_event *event)
{
	return event->type == EV_SYN && event->code == SYN_REPORT;
}

/* What QEMU, udev and libinput count as a button; all other EV_KEY codes are keys. */
static inline bool event_code_is_button(uint16_t code)
{
	return (code >= BTN_MISC && code < KEY_OK) || code >= BTN_TRIGGER_HAPPY;
}

/* The kernel's stamp in ns; the clock is CLOCK_MONOTONIC on every source (EVIOCSCLOCKID). */
static inline uint64_t event_time_ns(const struct input_event *event)
{
	return (uint64_t)event->input_event_sec * 1000000000u +
	       (uint64_t)event->input_event_usec * 1000u;
}

#endif
