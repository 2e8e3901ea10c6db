/* SPDX-License-Identifier: MIT */
/* Nodes of an earlier process: which of them are ours, whether they are what we would make, what they are told. */
#include "../core/adopt.h"
#include "../io/template.h"
#include "evswitch.h"
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static struct evs_sink_config keyboard(void)
{
	struct evs_sink_config config = {.kind = EVS_SINK_KEYBOARD, .product = 1};

	strcpy(config.name, "evswitch win10 keyboard");
	strcpy(config.phys, "evswitch-win10-event-kbd");
	return config;
}

/* What the kernel makes of a template: input_register_device(). */
static struct evs_description registered(const struct evs_description *template)
{
	struct evs_description found = *template;

	found.types |= 1u << EV_SYN;
	found.keys[0] &= ~UINT64_C(1);
	return found;
}

CASE(a_descriptor_that_is_none_of_uinput_is_no_node)
{
	struct evs_sink_config config = keyboard();
	struct evs_stored_node node;
	struct evs_sink_info info;
	struct evs_sink *sink;
	int null = open("/dev/null", O_RDWR);
	int pipes[2];

	CHECK_EQUAL(pipe(pipes), 0);
	CHECK_EQUAL(evs_stored_node(null, &node), -ENOTTY);
	CHECK_EQUAL(evs_stored_node(pipes[0], &node), -ENOTTY);
	CHECK_EQUAL(evs_stored_node(-1, &node), -EBADF);
	CHECK_EQUAL(evs_stored_node(9999, &node), -EBADF);
	CHECK_EQUAL(evs_sink_adopt(null, &config, 0, &info, &sink), -ENOTTY);
	CHECK(fcntl(null, F_GETFD) >= 0);
}

CASE(names_without_an_end_are_no_template)
{
	struct evs_sink_config config = keyboard();
	struct evs_description template;

	CHECK_EQUAL(template_of_sink(&config, &template), 0);
	memset(config.phys, 'x', sizeof(config.phys));
	CHECK_EQUAL(template_of_sink(&config, &template), -EINVAL);
	config = keyboard();
	memset(config.name, 'x', sizeof(config.name));
	CHECK_EQUAL(template_of_sink(&config, &template), -EINVAL);
	config = keyboard();
	config.name[0] = '\0';
	CHECK_EQUAL(template_of_sink(&config, &template), -EINVAL);
}

CASE(a_node_of_the_same_template_fits_and_no_other)
{
	struct evs_sink_config config = keyboard();
	struct evs_description template, found, other;

	CHECK_EQUAL(template_of_sink(&config, &template), 0);
	found = registered(&template);
	CHECK(template_fits(&template, &found));

	other = found;
	other.keys[KEY_A / 64] &= ~(UINT64_C(1) << KEY_A);
	CHECK(!template_fits(&template, &other));
	other = found;
	other.relative = 0;
	CHECK(!template_fits(&template, &other));
	other = found;
	other.product++;
	CHECK(!template_fits(&template, &other));
	other = found;
	other.name[0] = 'x';
	CHECK(!template_fits(&template, &other));
}

CASE(a_clone_fits_by_its_axes_too)
{
	struct evs_sink_config config = {.kind = EVS_SINK_CLONE, .profile = EVS_PROFILE_HOST};
	struct evs_description device = {
		.name = "touch",
		.types = 1u << EV_ABS | 1u << EV_FF,
		.absolute = 1u << ABS_X | UINT64_C(1) << ABS_MT_SLOT,
		.axes = {[ABS_X] = {.value = 3, .maximum = 100, .fuzz = 4},
			 [ABS_MT_SLOT] = {.maximum = 1}},
	};
	struct evs_description template, found;

	CHECK_EQUAL(template_of_clone(&device, &config, &template), 0);
	CHECK_EQUAL(template.types, 1u << EV_ABS);
	found = registered(&template);
	found.absolute |= UINT64_C(1) << ABS_MT_TRACKING_ID;
	found.axes[ABS_X].value = 77;
	found.axes[ABS_MT_TRACKING_ID].maximum = 65535;
	CHECK(template_fits(&template, &found));
	found.axes[ABS_X].maximum = 101;
	CHECK(!template_fits(&template, &found));
}

CASE(every_key_that_is_down_goes_up_in_one_frame)
{
	struct input_event frame[ADOPT_EVENTS_MAX];
	struct keyset down = {0};

	CHECK_EQUAL(adopt_frame(&down, NULL, NULL, frame), 0);
	keyset_add(&down, KEY_A);
	keyset_add(&down, BTN_LEFT);
	CHECK_EQUAL(adopt_frame(&down, NULL, NULL, frame), 3);
	CHECK(frame[0].code == KEY_A && frame[0].value == 0);
	CHECK(frame[1].code == BTN_LEFT && frame[1].value == 0);
	CHECK(event_is_report(&frame[2]));
	memset(&down, 0xff, sizeof(down));
	CHECK_EQUAL(adopt_frame(&down, NULL, NULL, frame), KEY_CNT + 1);
}

CASE(slots_are_lifted_and_sticks_return)
{
	struct evs_description device = {
		.types = 1u << EV_KEY | 1u << EV_ABS,
		.keys = {[BTN_SOUTH / 64] = UINT64_C(1) << (BTN_SOUTH % 64)},
		.absolute = 1u << ABS_X | UINT64_C(1) << ABS_MT_SLOT |
			    UINT64_C(1) << ABS_MT_TRACKING_ID,
		.axes = {[ABS_X] = {.minimum = -128, .maximum = 127},
			 [ABS_MT_SLOT] = {.maximum = 1}},
	};
	struct input_event frame[ADOPT_EVENTS_MAX];
	struct clone_state places = {.axes = {[ABS_X] = 90}};
	struct clone_shape shape;
	struct keyset down = {0};

	CHECK_EQUAL(clone_shape_of(&device, &shape), 0);
	places.slots[ABS_MT_TRACKING_ID - CLONE_SLOT_AXIS_FIRST][0] = -1;
	places.slots[ABS_MT_TRACKING_ID - CLONE_SLOT_AXIS_FIRST][1] = 7;
	CHECK_EQUAL(adopt_frame(&down, &shape, &places, frame), 4);
	CHECK(frame[0].code == ABS_MT_SLOT && frame[0].value == 1);
	CHECK(frame[1].code == ABS_MT_TRACKING_ID && frame[1].value == -1);
	CHECK(frame[2].code == ABS_X && frame[2].value == shape.rest[ABS_X]);
}
