/*
 * player     creates uinput devices and plays frames on them
 *
 * Lines on stdin; ID is any word, values with spaces stand in double quotes:
 *   create ID [keyboard|mouse] [name=N] [phys=P] [bus=3] [vendor=1] [product=1] [version=1]
 *          [repeat=0|1] [bits=TYPE:CODE[-CODE],...] [props=PROPERTY,...]
 *          [abs=CODE:MINIMUM:MAXIMUM:FUZZ:FLAT:RESOLUTION,...]
 *   frame ID TYPE:CODE:VALUE...      these events and SYN_REPORT, in one write
 *   events ID TYPE:CODE:VALUE...     these events only, in one write
 *   stream ID COUNT GAP_US TYPE:CODE:VALUE...   COUNT such frames, at least GAP_US apart
 *   destroy ID
 * Answers, one to each line:
 *   created ID NODE · wrote ID · destroyed ID · error TEXT
 * and at any time, for what a consumer writes to the node:
 *   feedback ID TYPE CODE VALUE
 * All devices end with stdin.
 */
#define _GNU_SOURCE
#include "tool.h"
#include <dirent.h>
#include <linux/uinput.h>

#define MAX_DEVICES 64
#define MAX_WORDS   4096
#define MAX_EVENTS  4096

struct device {
	char id[64];
	int fd; /* 0: slot is free */
};

static struct device devices[MAX_DEVICES];

static bool fail(const char *what)
{
	say("error %s: %s", what, strerrorname_np(errno));
	return false;
}

static bool refuse(const char *what, const char *object)
{
	say("error %s %s", what, object);
	return false;
}

static struct device *find_device(const char *id)
{
	for (size_t i = 0; i < MAX_DEVICES; i++)
		if (devices[i].fd && !strcmp(devices[i].id, id))
			return &devices[i];
	return NULL;
}

/* Splits in place at spaces outside of double quotes, which are removed. */
static size_t split_words(char *line, char **words)
{
	size_t count = 0;
	char *out = line;

	for (char *in = line; *in && count < MAX_WORDS;) {
		bool quoted = false;

		while (*in == ' ')
			in++;
		if (!*in)
			break;
		words[count++] = out;
		for (; *in && (quoted || *in != ' '); in++) {
			if (*in == '"')
				quoted = !quoted;
			else
				*out++ = *in;
		}
		if (*in)
			in++;
		*out++ = 0;
	}
	return count;
}

static unsigned long code_request(unsigned int type)
{
	switch (type) {
	case EV_KEY:
		return UI_SET_KEYBIT;
	case EV_REL:
		return UI_SET_RELBIT;
	case EV_ABS:
		return UI_SET_ABSBIT;
	case EV_MSC:
		return UI_SET_MSCBIT;
	case EV_LED:
		return UI_SET_LEDBIT;
	case EV_SND:
		return UI_SET_SNDBIT;
	case EV_SW:
		return UI_SET_SWBIT;
	case EV_FF:
		return UI_SET_FFBIT;
	default:
		return 0;
	}
}

static bool has_forces; /* of the device that is being made */

static bool set_bits(int fd, unsigned int type, unsigned int first, unsigned int last)
{
	unsigned long request = code_request(type);

	has_forces |= type == EV_FF;
	if (ioctl(fd, UI_SET_EVBIT, type) < 0)
		return fail("UI_SET_EVBIT");
	for (unsigned int code = first; request && code <= last; code++)
		if (ioctl(fd, request, code) < 0)
			return fail("capability bit");
	return true;
}

static bool set_named_bits(int fd, const char *text)
{
	unsigned int type, first, last;
	int used;

	while (sscanf(text, "%u:%u%n", &type, &first, &used) == 2) {
		text += used;
		last = first;
		if (sscanf(text, "-%u%n", &last, &used) == 1)
			text += used;
		if (!set_bits(fd, type, first, last))
			return false;
		if (*text == ',')
			text++;
	}
	return *text ? refuse("bits", text) : true;
}

static bool set_properties(int fd, const char *text)
{
	unsigned int property;
	int used;

	while (sscanf(text, "%u%n", &property, &used) == 1) {
		text += used;
		if (ioctl(fd, UI_SET_PROPBIT, property) < 0)
			return fail("UI_SET_PROPBIT");
		if (*text == ',')
			text++;
	}
	return *text ? refuse("props", text) : true;
}

static bool set_axes(int fd, const char *text)
{
	struct uinput_abs_setup axis = {0};
	int used;

	while (sscanf(text, "%hu:%d:%d:%d:%d:%d%n", &axis.code, &axis.absinfo.minimum,
		      &axis.absinfo.maximum, &axis.absinfo.fuzz, &axis.absinfo.flat,
		      &axis.absinfo.resolution, &used) == 6) {
		text += used;
		if (ioctl(fd, UI_SET_EVBIT, EV_ABS) < 0 || ioctl(fd, UI_ABS_SETUP, &axis) < 0)
			return fail("UI_ABS_SETUP");
		if (*text == ',')
			text++;
	}
	return *text ? refuse("abs", text) : true;
}

static bool set_keyboard_bits(int fd)
{
	return set_bits(fd, EV_KEY, KEY_ESC, KEY_MICMUTE) &&
	       set_bits(fd, EV_LED, LED_NUML, LED_SCROLLL) &&
	       set_bits(fd, EV_MSC, MSC_SCAN, MSC_SCAN);
}

static bool set_mouse_bits(int fd)
{
	return set_bits(fd, EV_KEY, BTN_LEFT, BTN_TASK) && set_bits(fd, EV_REL, REL_X, REL_Y) &&
	       set_bits(fd, EV_REL, REL_HWHEEL, REL_HWHEEL) &&
	       set_bits(fd, EV_REL, REL_WHEEL, REL_WHEEL) &&
	       set_bits(fd, EV_REL, REL_WHEEL_HI_RES, REL_HWHEEL_HI_RES) &&
	       set_bits(fd, EV_MSC, MSC_SCAN, MSC_SCAN);
}

static bool is_named(const char *word, const char *name)
{
	size_t size = strlen(name);

	return !strncmp(word, name, size) && word[size] == '=';
}

/* Applies one word of a create line. Sets *repeat when it says so. */
static bool apply_word(int fd, const char *word, struct uinput_setup *setup, bool *repeat)
{
	const char *value = strchr(word, '=');
	unsigned short number = value ? (unsigned short)strtoul(value + 1, NULL, 0) : 0;

	if (!strcmp(word, "keyboard"))
		return *repeat = true, set_keyboard_bits(fd);
	if (!strcmp(word, "mouse"))
		return set_mouse_bits(fd);
	if (!value)
		return refuse("word", word);
	value++;
	if (is_named(word, "name"))
		snprintf(setup->name, sizeof(setup->name), "%s", value);
	else if (is_named(word, "phys"))
		return ioctl(fd, UI_SET_PHYS, value) < 0 ? fail("UI_SET_PHYS") : true;
	else if (is_named(word, "bus"))
		setup->id.bustype = number;
	else if (is_named(word, "vendor"))
		setup->id.vendor = number;
	else if (is_named(word, "product"))
		setup->id.product = number;
	else if (is_named(word, "version"))
		setup->id.version = number;
	else if (is_named(word, "repeat"))
		*repeat = number;
	else if (is_named(word, "bits"))
		return set_named_bits(fd, value);
	else if (is_named(word, "props"))
		return set_properties(fd, value);
	else if (is_named(word, "abs"))
		return set_axes(fd, value);
	else
		return refuse("word", word);
	return true;
}

static bool say_node(int fd, const char *id)
{
	char folder[128] = "/sys/devices/virtual/input/";
	size_t prefix = strlen(folder);
	struct dirent *entry;
	DIR *dir;

	if (ioctl(fd, UI_GET_SYSNAME(sizeof(folder) - prefix), folder + prefix) < 0)
		return fail("UI_GET_SYSNAME");
	dir = opendir(folder);
	while (dir && (entry = readdir(dir))) {
		if (strncmp(entry->d_name, "event", 5))
			continue;
		say("created %s /dev/input/%s", id, entry->d_name);
		closedir(dir);
		return true;
	}
	return refuse("no event node in", folder);
}

static bool set_up(int fd, const char *id, char **words, size_t word_count)
{
	struct uinput_setup setup = {.id = {BUS_USB, 1, 1, 1}, .name = "lab device"};
	bool repeat = false;

	has_forces = false;
	for (size_t i = 0; i < word_count; i++)
		if (!apply_word(fd, words[i], &setup, &repeat))
			return false;
	setup.ff_effects_max = has_forces ? 16 : 0;
	if (repeat && ioctl(fd, UI_SET_EVBIT, EV_REP) < 0)
		return fail("EV_REP");
	if (ioctl(fd, UI_DEV_SETUP, &setup) < 0)
		return fail("UI_DEV_SETUP");
	if (ioctl(fd, UI_DEV_CREATE) < 0)
		return fail("UI_DEV_CREATE");
	return say_node(fd, id);
}

static void create_device(const char *id, char **words, size_t word_count)
{
	struct device *device = NULL;

	for (size_t i = 0; i < MAX_DEVICES && !device; i++)
		if (!devices[i].fd)
			device = &devices[i];
	if (!device || find_device(id)) {
		refuse(device ? "device exists:" : "no room for device", id);
		return;
	}
	device->fd = open("/dev/uinput", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (device->fd < 0) {
		device->fd = 0;
		fail("/dev/uinput");
		return;
	}
	snprintf(device->id, sizeof(device->id), "%s", id);
	if (!set_up(device->fd, id, words, word_count)) {
		close(device->fd);
		device->fd = 0;
	}
}

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Spins between two writes: a sleep is longer than the gap of a fast mouse. */
static void play(struct device *device, char **words, size_t word_count, bool whole_frame,
		 unsigned long times, int64_t gap_us)
{
	static struct input_event events[MAX_EVENTS + 1];
	size_t count = 0, size;
	int64_t last = 0;

	for (; count < word_count && count < MAX_EVENTS; count++) {
		struct input_event *event = &events[count];

		memset(event, 0, sizeof(*event));
		if (sscanf(words[count], "%hu:%hu:%d", &event->type, &event->code, &event->value) !=
		    3) {
			refuse("event", words[count]);
			return;
		}
	}
	if (whole_frame)
		events[count++] = (struct input_event){.type = EV_SYN, .code = SYN_REPORT};
	size = count * sizeof(*events);
	for (unsigned long i = 0; i < times; i++) {
		while (i > 0 && now_us() < last + gap_us)
			continue;
		last = now_us();
		if (write(device->fd, events, size) != (ssize_t)size) {
			fail("write");
			return;
		}
	}
	say("wrote %s", device->id);
}

static void handle_line(char *line)
{
	static char *words[MAX_WORDS];
	size_t count = split_words(line, words);
	struct device *device;

	if (count < 2) {
		refuse("line", line);
		return;
	}
	if (!strcmp(words[0], "create")) {
		create_device(words[1], words + 2, count - 2);
		return;
	}
	device = find_device(words[1]);
	if (!device) {
		refuse("no device", words[1]);
	} else if (!strcmp(words[0], "frame") || !strcmp(words[0], "events")) {
		play(device, words + 2, count - 2, words[0][0] == 'f', 1, 0);
	} else if (!strcmp(words[0], "stream") && count > 4) {
		play(device, words + 4, count - 4, true, strtoul(words[2], NULL, 10),
		     (int64_t)strtoul(words[3], NULL, 10));
	} else if (!strcmp(words[0], "destroy")) {
		close(device->fd);
		device->fd = 0;
		say("destroyed %s", words[1]);
	} else {
		refuse("word", words[0]);
	}
}

static void print_feedback(const struct device *device)
{
	struct input_event events[READ_COUNT];
	ssize_t n;

	while ((n = read(device->fd, events, sizeof(events))) > 0)
		for (size_t i = 0; i < (size_t)n / sizeof(*events); i++)
			say("feedback %s %u %u %d", device->id, events[i].type, events[i].code,
			    events[i].value);
}

int main(int argc, char **argv)
{
	struct pollfd fds[MAX_DEVICES + 1];
	bool ended = false;
	char *line;

	(void)argv;
	if (argc != 1)
		usage("usage: player < LINES (they are described in player.c)\n");
	while (!ended) {
		for (size_t i = 0; i < MAX_DEVICES; i++)
			fds[i] = (struct pollfd){.fd = devices[i].fd ? devices[i].fd : -1,
						 .events = POLLIN};
		fds[MAX_DEVICES] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
		poll(fds, MAX_DEVICES + 1, -1);
		for (size_t i = 0; i < MAX_DEVICES; i++)
			if (fds[i].revents && devices[i].fd)
				print_feedback(&devices[i]);
		while (fds[MAX_DEVICES].revents && (line = next_line(&ended)))
			handle_line(line);
	}
	return 0;
}
