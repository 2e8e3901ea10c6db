/* SPDX-License-Identifier: MIT */
#include "hotkey.h"

#include <errno.h>

static bool hotkey_is_valid(const struct evs_hotkey *hotkey)
{
	if (hotkey->key_count < 1 || hotkey->key_count > EVS_HOTKEY_KEYS_MAX)
		return false;
	if (hotkey->action > EVS_ACTION_HOOK)
		return false;
	if (hotkey->action == EVS_ACTION_TARGET && hotkey->target >= EVS_TARGET_MAX)
		return false;
	for (uint32_t i = 0; i < hotkey->key_count; i++) {
		if (hotkey->keys[i] == KEY_RESERVED || hotkey->keys[i] >= KEY_CNT)
			return false;
		for (uint32_t j = 0; j < i; j++) {
			if (hotkey->keys[j] == hotkey->keys[i])
				return false;
		}
	}
	return true;
}

static bool hotkey_goes_before(const struct evs_hotkey *a, const struct evs_hotkey *b)
{
	if ((a->action == EVS_ACTION_PANIC) != (b->action == EVS_ACTION_PANIC))
		return a->action == EVS_ACTION_PANIC;
	return a->key_count > b->key_count;
}

int hotkeys_set(struct hotkeys *hotkeys, const struct evs_hotkey *list, uint32_t count)
{
	if (count > EVS_HOTKEY_MAX)
		return -EINVAL;
	for (uint32_t i = 0; i < count; i++) {
		if (!hotkey_is_valid(&list[i]))
			return -EINVAL;
	}

	memset(hotkeys, 0, sizeof(*hotkeys));
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = hotkeys->count++;

		for (; at > 0 && hotkey_goes_before(&list[i], &hotkeys->list[at - 1]); at--)
			hotkeys->list[at] = hotkeys->list[at - 1];
		hotkeys->list[at] = list[i];
		for (uint32_t key = 0; key < list[i].key_count; key++)
			keyset_add(&hotkeys->keys, list[i].keys[key]);
	}
	return 0;
}

void hotkeys_forget(struct hotkeys *hotkeys, uint32_t target)
{
	uint32_t kept = 0;

	keyset_clear(&hotkeys->keys);
	for (uint32_t i = 0; i < hotkeys->count; i++) {
		const struct evs_hotkey hotkey = hotkeys->list[i];

		if (hotkey.action == EVS_ACTION_TARGET && hotkey.target == target)
			continue;
		hotkeys->list[kept++] = hotkey;
		for (uint32_t key = 0; key < hotkey.key_count; key++)
			keyset_add(&hotkeys->keys, hotkey.keys[key]);
	}
	hotkeys->count = kept;
}

static bool hotkey_is_complete(const struct evs_hotkey *hotkey, uint16_t code,
			       const uint8_t held[KEY_CNT])
{
	bool has_code = false;

	for (uint32_t i = 0; i < hotkey->key_count; i++) {
		if (hotkey->keys[i] == code)
			has_code = true;
		else if (held[hotkey->keys[i]] == 0)
			return false;
	}
	return has_code;
}

const struct evs_hotkey *hotkeys_match(const struct hotkeys *hotkeys, uint16_t code,
				       const uint8_t held[KEY_CNT])
{
	if (!keyset_has(&hotkeys->keys, code))
		return NULL;
	for (uint32_t i = 0; i < hotkeys->count; i++) {
		if (hotkey_is_complete(&hotkeys->list[i], code, held))
			return &hotkeys->list[i];
	}
	return NULL;
}
