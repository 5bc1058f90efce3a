/* SPDX-License-Identifier: MIT */
/*
 * Handles LD_PRELOAD, ASAN_OPTIONS and PRIVMAP_* in a program's environment: see environment.h.
 */
#include "environment.h"

#include "handed-over.h"
#include "kernel.h"
#include "memory.h"
#include "preload-list.h"
#include "settings.h"
#include "trace.h"

#include <string.h>

static const char ld_preload[] = "LD_PRELOAD=", asan_options[] = "ASAN_OPTIONS=";

/* Returns the end of the copy. */
#define PUT(bytes, name) ((char *)memcpy(bytes, name, sizeof(name) - 1) + sizeof(name) - 1)

bool environment_look(struct environment *environment, char *const given[])
{
	uintptr_t array = 0, strings = 0;
	bool marked = false;

	memset(environment, 0, sizeof(*environment));
	environment->given = given;
	for (; given; environment->count++) {
		const char *entry, *value;

		if (!memory_there(&given[environment->count], &array))
			return false;
		entry = given[environment->count];
		if (!entry)
			break;
		if (!memory_there(entry, &strings))
			return false;
		if (entry[0] != 'P' && entry[0] != 'L' && entry[0] != 'A' && entry[0] != 'G')
			continue;
		environment->hidden += handed_acts_on_privmap(entry);
		if ((value = value_of(entry, "LD_PRELOAD")) && !environment->preload)
			environment->preload = value;
		else if ((value = value_of(entry, "ASAN_OPTIONS")) && !environment->asan)
			environment->asan = value;
		else if ((value = value_of(entry, "PRIVMAP_DISABLE")))
			environment->disabled = settings_disable(value);
		else if ((value = value_of(entry, "PRIVMAP_REPORT")))
			environment->report = value;
		else if (value_of(entry, "PRIVMAP_CHILDREN"))
			marked = true;
	}
	if (!own()->all)
		return true;
	environment->elsewhere = !kernel_exists(own()->file);
	if (!marked || !environment->preload ||
	    !preload_list_holds(environment->preload, own()->libraries))
		environment->cleared = !environment->elsewhere && trace_is() != TRACE_DONE;
	return true;
}

/* AddressSanitizer's runtime needs the option because of the libraries. */
static bool asan_is_untold(const struct environment *environment)
{
	return own()->all && environment->asan && !sanitizer_says(environment->asan, ASAN_OPTION);
}

bool environment_changes(const struct environment *environment, bool apart)
{
	return environment->cleared || asan_is_untold(environment) ||
	       (apart && own()->all && environment->preload);
}

size_t environment_bytes(const struct environment *environment)
{
	return sizeof(ld_preload) + strlen(own()->libraries) + 2 +
	       (environment->preload ? strlen(environment->preload) : 0) + sizeof(asan_options) +
	       sizeof(ASAN_OPTION) + (environment->asan ? strlen(environment->asan) : 0);
}

size_t environment_most(const struct environment *environment)
{
	return environment->count + own()->count + 3;
}

static bool has(char *const *entries, size_t count, const char *entry)
{
	size_t name = strcspn(entry, "=") + 1;

	for (size_t i = 0; i < count; i++)
		if (strncmp(entries[i], entry, name) == 0)
			return true;
	return false;
}

void environment_change(const struct environment *environment, bool apart, char **entries,
			char *bytes)
{
	const struct own *self = own();
	size_t count = 0;
	char *preload = bytes, *asan;

	bytes = PUT(bytes, ld_preload);
	if (apart)
		bytes = preload_list_without(bytes, environment->preload ?: "");
	else
		bytes = preload_list(bytes, self->libraries, environment->preload ?: "");
	asan = ++bytes;
	bytes = PUT(bytes, asan_options);
	if (asan_is_untold(environment))
		sanitizer_list(bytes, ASAN_OPTION, environment->asan);
	for (size_t i = 0; i < environment->count; i++) {
		char *entry = environment->given[i];

		if (value_of(entry, "LD_PRELOAD") == environment->preload && environment->preload)
			entry = preload;
		else if (value_of(entry, "ASAN_OPTIONS") == environment->asan &&
			 asan_is_untold(environment))
			entry = asan;
		/* Drops LD_PRELOAD if it had only the libraries. */
		if (entry != preload || preload[sizeof(ld_preload) - 1])
			entries[count++] = entry;
	}
	if (!environment->preload && !apart)
		entries[count++] = preload;
	for (unsigned i = 0; i < self->count && environment->cleared; i++)
		if (!has(environment->given, environment->count, self->kept[i]))
			entries[count++] = (char *)self->kept[i];
	entries[count] = NULL;
}
