/* SPDX-License-Identifier: MIT */
/*
 * The state of the engine. Written once at the start, before anything is served; then only read.
 */
#include "state.h"

#include "memory.h"

#include <stdatomic.h>

/* The constructor sets it last (release), every candidate reads it first (acquire). */
AT_START static _Atomic bool serves;

/* Only the constructor writes these, before `serves`. */
AT_START static struct settings settings;
AT_START static bool any_always;
AT_START static size_t page;
AT_START static const char *index_given;

static _Atomic bool spool_failed;

bool state_serves(void)
{
	return atomic_load_explicit(&serves, memory_order_acquire);
}

const struct settings *state_settings(void)
{
	return &settings;
}

bool state_any_always(void)
{
	return any_always;
}

bool state_spool_failed(void)
{
	return atomic_load(&spool_failed);
}

bool state_set_spool_failed(void)
{
	return !atomic_exchange(&spool_failed, true);
}

/* A memory limit of 0 stays 0: the user wants no copies in memory. */
uint64_t state_memory_limit(void)
{
	return state_spool_failed() && settings.buffer_memory ? settings.buffer_limit :
								settings.buffer_memory;
}

size_t state_page(void)
{
	return page;
}

void state_set_page(size_t size)
{
	page = size;
}

const char *state_index(void)
{
	return index_given;
}

void state_set_index(const char *given)
{
	index_given = given;
}

void state_set(const struct settings *now, bool always, bool serve)
{
	settings = *now;
	any_always = always;
	atomic_store_explicit(&serves, serve, memory_order_release);
}
