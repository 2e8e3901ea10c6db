/* SPDX-License-Identifier: MIT */
/*
 * Plays scripts of the simulation (native/sim/play.c): replay HEX|FILE...
 *
 * A file holds a script's bytes, as a fuzzer leaves them. In a file whose name ends with .hex each line is a
 * script in hexadecimal; what follows a '#' is a comment. Prints one line a script; exit code 1 when a rule
 * was broken.
 */
#include "../sim/sim.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCRIPT_MAX 65536u

static int digit(char letter)
{
	if (letter >= '0' && letter <= '9')
		return letter - '0';
	if (letter >= 'a' && letter <= 'f')
		return letter - 'a' + 10;
	return -1;
}

/* The number of bytes, or -1 when the text is not hexadecimal. */
static int32_t parse_hex(const char *text, size_t length, uint8_t *bytes)
{
	if (length % 2 != 0 || length / 2 > SCRIPT_MAX)
		return -1;
	for (size_t i = 0; i < length; i += 2) {
		int high = digit(text[i]);
		int low = digit(text[i + 1]);

		if (high < 0 || low < 0)
			return -1;
		bytes[i / 2] = (uint8_t)(high << 4 | low);
	}
	return (int32_t)(length / 2);
}

/* On a copy of its own size, so that a read beyond its end is found. */
static bool play(const char *name, const uint8_t *bytes, uint32_t size)
{
	uint8_t *script = malloc(size > 0 ? size : 1);
	uint32_t steps = 0;
	evs_sim_rule rule;

	if (!script)
		abort();
	memcpy(script, bytes, size);
	rule = evs_sim_play(script, size, &steps);
	free(script);
	printf("%s: %u steps, %s\n", name, steps, evs_sim_rule_text(rule));
	return rule == 0;
}

static bool play_lines(const char *name, FILE *file, uint8_t *bytes)
{
	char *line = NULL;
	size_t capacity = 0;
	unsigned int number = 0;
	bool all_hold = true;

	while (getline(&line, &capacity, file) >= 0) {
		size_t length = strcspn(line, " \t\n#");
		int32_t size = parse_hex(line, length, bytes);
		char place[512];

		snprintf(place, sizeof(place), "%s:%u", name, ++number);
		if (length == 0)
			continue;
		if (size < 0) {
			printf("%s: not hexadecimal\n", place);
			all_hold = false;
		} else if (!play(place, bytes, (uint32_t)size)) {
			all_hold = false;
		}
	}
	free(line);
	return all_hold;
}

static bool play_file(const char *name, uint8_t *bytes)
{
	FILE *file = fopen(name, "rb");
	size_t length = strlen(name);
	bool holds;

	if (!file) {
		perror(name);
		return false;
	}
	if (length > 4 && strcmp(name + length - 4, ".hex") == 0)
		holds = play_lines(name, file, bytes);
	else
		holds = play(name, bytes, (uint32_t)fread(bytes, 1, SCRIPT_MAX, file));
	fclose(file);
	return holds;
}

int main(int argc, char **argv)
{
	static uint8_t bytes[SCRIPT_MAX];
	bool all_hold = argc > 1;

	if (argc < 2)
		fputs("usage: replay HEX|FILE...\n", stderr);
	for (int i = 1; i < argc; i++) {
		int32_t size = parse_hex(argv[i], strlen(argv[i]), bytes);
		bool holds = size >= 0 ? play(argv[i], bytes, (uint32_t)size)
				       : play_file(argv[i], bytes);

		all_hold = all_hold && holds;
	}
	return all_hold ? 0 : 1;
}
