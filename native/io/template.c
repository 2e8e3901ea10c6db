/* SPDX-License-Identifier: MIT */
#include "template.h"
#include "../core/clone.h"
#include "presence.h"

#include <errno.h>
#include <string.h>

#define BIT(code) (UINT64_C(1) << (code))

_Static_assert(ABS_CNT <= 64, "a set of axes is one word");
_Static_assert(sizeof(((struct evs_description *)0)->keys) * 8 >= KEY_CNT, "all keys have room");
_Static_assert(sizeof(((struct evs_description *)0)->forces) * 8 >= FF_CNT,
	       "all effects have room");

/* ---- keyboards and mice */

static void add_keys(uint32_t kind, struct evs_description *out)
{
	out->types |= BIT(EV_KEY);
	for (unsigned int code = KEY_ESC; code < KEY_CNT; code++) {
		bool is_mouse_button = code >= BTN_MOUSE && code < BTN_JOYSTICK;

		if (kind == EVS_SINK_MOUSE ? is_mouse_button
					   : !event_code_is_button((uint16_t)code))
			out->keys[code / 64] |= BIT(code % 64);
	}
}

static bool wants_relative(const struct evs_sink_config *config, unsigned int code)
{
	bool is_hi_res = code == REL_WHEEL_HI_RES || code == REL_HWHEEL_HI_RES;

	if (config->profile == EVS_PROFILE_HOST)
		return config->kind == EVS_SINK_MOUSE &&
		       (is_hi_res || code == REL_X || code == REL_Y || code == REL_WHEEL ||
			code == REL_HWHEEL);
	if (config->kind == EVS_SINK_MOUSE)
		return !is_hi_res;
	/* A keyboard with REL_X and REL_Y would pass for a mouse. */
	return !is_hi_res && code != REL_X && code != REL_Y;
}

static void add_relative(const struct evs_sink_config *config, struct evs_description *out)
{
	for (unsigned int code = 0; code < REL_CNT; code++) {
		if (wants_relative(config, code))
			out->relative |= BIT(code);
	}
	if (out->relative)
		out->types |= BIT(EV_REL);
}

static void add_lamps_and_repeat(const struct evs_sink_config *config, struct evs_description *out)
{
	if (config->kind != EVS_SINK_KEYBOARD)
		return;
	out->types |= BIT(EV_LED);
	for (unsigned int led = LED_NUML; led <= LED_KANA; led++)
		out->leds |= BIT(led);
	/* A desktop sets the rate on the node; guests get the sources' own repeats instead. */
	if (config->profile == EVS_PROFILE_HOST)
		out->types |= BIT(EV_REP);
}

static bool is_text(const char text[EVS_DEVICE_NAME_SIZE])
{
	return memchr(text, '\0', EVS_DEVICE_NAME_SIZE) != NULL;
}

int template_of_sink(const struct evs_sink_config *config, struct evs_description *out)
{
	memset(out, 0, sizeof(*out));
	if (config->kind > EVS_SINK_MOUSE || config->profile > EVS_PROFILE_HOST ||
	    !is_text(config->name) || !is_text(config->phys) || config->name[0] == '\0')
		return -EINVAL;
	strcpy(out->name, config->name);
	out->bustype = BUS_VIRTUAL;
	out->product = (uint16_t)config->product;
	add_keys(config->kind, out);
	add_relative(config, out);
	out->types |= BIT(EV_MSC);
	out->misc = BIT(PRESENCE_CODE);
	if (config->kind == EVS_SINK_KEYBOARD)
		out->misc |= BIT(MSC_SCAN);
	add_lamps_and_repeat(config, out);
	return 0;
}

/* ---- clones */

static void keep_axes(const struct evs_description *from, struct evs_description *out)
{
	for (unsigned int code = 0; code < ABS_CNT; code++) {
		if (!((out->absolute >> code) & 1u))
			continue;
		out->axes[code] = from->axes[code];
		out->axes[code].fuzz = 0;
	}
}

int template_of_clone(const struct evs_description *description,
		      const struct evs_sink_config *config, struct evs_description *out)
{
	struct clone_shape shape;
	uint64_t types = description->types;
	int result;

	memset(out, 0, sizeof(*out));
	if (config->kind != EVS_SINK_CLONE || config->profile > EVS_PROFILE_VIRTIO_INPUT ||
	    !is_text(config->phys) || !is_text(description->name))
		return -EINVAL;
	result = clone_shape_of(description, &shape);
	if (result < 0)
		return result;
	types &= ~(BIT(EV_FF) | BIT(EV_FF_STATUS) | BIT(EV_PWR));
	if (config->profile == EVS_PROFILE_VIRTIO_INPUT)
		types &= ~BIT(EV_MSC);
	/* A device without a name has one here: uinput refuses none. */
	strcpy(out->name, description->name[0] ? description->name : "unnamed");
	out->bustype = description->bustype;
	out->vendor = description->vendor;
	out->product = description->product;
	out->version = description->version;
	out->properties = description->properties;
	out->types = types;
	if (types & BIT(EV_KEY))
		memcpy(out->keys, description->keys, sizeof(out->keys));
	out->relative = types & BIT(EV_REL) ? description->relative : 0;
	out->absolute = types & BIT(EV_ABS) ? description->absolute : 0;
	out->misc = types & BIT(EV_MSC) ? description->misc : 0;
	out->switches = types & BIT(EV_SW) ? description->switches : 0;
	out->leds = types & BIT(EV_LED) ? description->leds : 0;
	out->sounds = types & BIT(EV_SND) ? description->sounds : 0;
	keep_axes(description, out);
	return 0;
}

/* ---- comparing */

/* What the kernel itself adds and takes away: input_register_device(), input_mt_init_slots(). */
static void as_registered(struct evs_description *template)
{
	template->types |= BIT(EV_SYN);
	template->keys[0] &= ~BIT(KEY_RESERVED);
	if (template->absolute & BIT(ABS_MT_SLOT))
		template->absolute |= BIT(ABS_MT_TRACKING_ID);
}

static bool is_same_axis(const struct evs_axis *a, const struct evs_axis *b)
{
	return a->minimum == b->minimum && a->maximum == b->maximum && a->flat == b->flat &&
	       a->resolution == b->resolution;
}

static bool has_same_axes(const struct evs_description *wanted, const struct evs_description *found)
{
	for (unsigned int code = 0; code < ABS_CNT; code++) {
		const struct evs_axis *axis = &wanted->axes[code];

		if (!((wanted->absolute >> code) & 1u) || code == ABS_MT_TRACKING_ID)
			continue;
		if (code == ABS_MT_SLOT ? axis->maximum != found->axes[code].maximum
					: !is_same_axis(axis, &found->axes[code]))
			return false;
	}
	return true;
}

bool template_fits(const struct evs_description *template, const struct evs_description *found)
{
	struct evs_description wanted = *template;

	as_registered(&wanted);
	return strcmp(wanted.name, found->name) == 0 && wanted.bustype == found->bustype &&
	       wanted.vendor == found->vendor && wanted.product == found->product &&
	       wanted.version == found->version && wanted.properties == found->properties &&
	       wanted.types == found->types && wanted.relative == found->relative &&
	       wanted.absolute == found->absolute && wanted.misc == found->misc &&
	       wanted.switches == found->switches && wanted.leds == found->leds &&
	       wanted.sounds == found->sounds &&
	       memcmp(wanted.keys, found->keys, sizeof(wanted.keys)) == 0 &&
	       has_same_axes(&wanted, found);
}
