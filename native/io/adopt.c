/* SPDX-License-Identifier: MIT */
/* Nodes that an earlier process made, taken over by their uinput descriptor (rule 9). */
#include "../core/adopt.h"
#include "presence.h"
#include "source.h"
#include "template.h"
#include "uinput.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static uint32_t minor_of_node(const char *node)
{
	struct stat status;

	return stat(node, &status) < 0 ? 0 : minor(status.st_rdev);
}

int32_t evs_stored_node(int32_t fd, struct evs_stored_node *out)
{
	int result = uinput_check(fd);

	memset(out, 0, sizeof(*out));
	if (result == 0)
		result = uinput_property(fd, "name", out->name);
	if (result == 0)
		result = uinput_property(fd, "phys", out->phys);
	if (result == 0)
		result = uinput_node(fd, out->node);
	if (result == 0)
		out->device = minor_of_node(out->node);
	return result == -ENOENT ? -ENODEV : result;
}

/* What was read by nobody while there was no engine: the lamps are asked for instead. */
static void forget_queued(const struct evs_sink *sink)
{
	char events[1024];

	while (read(sink->fd, events, sizeof(events)) > 0)
		continue;
}

static int come_to_rest(const struct evs_sink *sink, const struct evs_description *found,
			bool is_clone)
{
	struct input_event frame[ADOPT_EVENTS_MAX];
	struct clone_shape shape;
	struct clone_state places;
	struct keyset down;
	uint32_t count;
	int result = source_keys(sink->reader, &down);

	if (result == 0 && is_clone)
		result = clone_shape_of(found, &shape);
	if (result == 0 && is_clone)
		result = source_places(sink->reader, &shape, &places);
	if (result < 0)
		return result;
	count = adopt_frame(&down, is_clone ? &shape : NULL, is_clone ? &places : NULL, frame);
	result = uinput_write(sink->fd, frame, count);
	presence_empty(sink->reader);
	return result;
}

/* Is it the node that this phys names? */
static int check_phys(int fd, const char *phys)
{
	char found[EVS_DEVICE_NAME_SIZE];
	int result = uinput_check(fd);

	if (result == 0)
		result = uinput_property(fd, "phys", found);
	if (result < 0)
		return result == -ENOENT ? -ENODEV : result;
	return strcmp(found, phys) == 0 ? 0 : -EXDEV;
}

static void unwrap(struct evs_sink *sink)
{
	close(sink->reader);
	free(sink); /* its uinput descriptor is still the caller's */
}

static int adopt(int fd, const struct evs_description *template, const char *phys, bool is_clone,
		 uint32_t timeout_ms, struct evs_sink_info *info, struct evs_sink **out)
{
	struct evs_description found;
	struct evs_sink *sink;
	int result = check_phys(fd, phys);

	if (result == 0)
		result = uinput_wrap(fd, is_clone, timeout_ms, info, &sink);
	if (result < 0)
		return result;
	result = source_describe(sink->reader, &found);
	if (result == 0 && (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0 ||
			    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0))
		result = -errno;
	if (result == 0)
		result = come_to_rest(sink, &found, is_clone);
	if (result == 0) {
		forget_queued(sink);
		result = source_lamps(sink->reader, &sink->lamps);
	}
	if (result < 0) {
		unwrap(sink);
		return result;
	}
	info->flags = template_fits(template, &found) ? 0 : EVS_SINK_OUTDATED;
	*out = sink;
	return 0;
}

int32_t evs_sink_adopt(int32_t fd, const struct evs_sink_config *config, uint32_t timeout_ms,
		       struct evs_sink_info *info, struct evs_sink **out)
{
	struct evs_description template;
	int result = template_of_sink(config, &template);

	return result < 0 ? result
			  : adopt(fd, &template, config->phys, false, timeout_ms, info, out);
}

int32_t evs_sink_adopt_clone(int32_t fd, const struct evs_description *description,
			     const struct evs_sink_config *config, uint32_t timeout_ms,
			     struct evs_sink_info *info, struct evs_sink **out)
{
	struct evs_description template;
	int result = template_of_clone(description, config, &template);

	return result < 0 ? result
			  : adopt(fd, &template, config->phys, true, timeout_ms, info, out);
}
