/* SPDX-License-Identifier: MIT */
/*
 * The state of the engine since its start: whether it acts at all, and by which rules.
 */
#pragma once

#include "settings.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * True once the constructor has read the rules; never in a process where nothing is served
 * (PRIVMAP_DISABLE, an invalid rule file). Until then nothing below may be used.
 */
bool state_serves(void);

const struct settings *state_settings(void);

/* True if some rule has when = "always". */
bool state_any_always(void);

/* The value of GIT_INDEX_FILE at the start, or NULL. Set once, before anything is served. */
const char *state_index(void);
void state_set_index(const char *given);

/*
 * Whether the spool was found to be unusable (backing.h): then it is not tried again, and memory
 * takes its place. The second sets this, and returns true to its first caller. Any thread; a child
 * of fork inherits it.
 */
bool state_spool_failed(void);
bool state_set_spool_failed(void);

/* Bytes that all copies of a process may take in memory. */
uint64_t state_memory_limit(void);

/* The size of a page; 0 until it is set. */
size_t state_page(void);

/* For the constructor, before other threads can exist. First the page, then all else. */
void state_set_page(size_t page);
void state_set(const struct settings *settings, bool any_always, bool serves);
