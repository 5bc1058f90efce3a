/* SPDX-License-Identifier: MIT */
/*
 * glob_matches() against fnmatch(3) in the C locale. Input: a pattern, a NUL, a text.
 */
#include "fuzz.h"

#include "glob.h"

#include <fnmatch.h>

/* glibc takes exponential time for many stars. */
enum { STARS = 5, COMPARED = 100 };

static size_t stars_of(const char *pattern)
{
	size_t count = 0;

	for (; *pattern; pattern++)
		count += *pattern == '*';
	return count;
}

/* True where the two differ and no standard decides; tests/unit/glob.c has the list. */
static bool unsettled(const char *pattern)
{
	static const char classes[][10] = { "alnum:]", "alpha:]", "blank:]", "cntrl:]",
					    "digit:]", "graph:]", "lower:]", "print:]",
					    "punct:]", "space:]", "upper:]", "xdigit:]" };
	const char *p = strchr(pattern, '[');

	if (!p)
		return false;
	if (strstr(p, "-[:") || strstr(p, "[.") || strstr(p, "[=") || p[strlen(p) - 1] == '-')
		return true;
	while ((p = strstr(p, "[:"))) {
		bool known = false;

		p += 2;
		for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
			known |= !strncmp(p, classes[i], strlen(classes[i]));
		if (!known)
			return true;
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const uint8_t *nul = size ? memchr(bytes, '\0', size) : NULL;
	size_t length = nul ? (size_t)(nul - bytes) : size;
	char *pattern = strndup((const char *)bytes, length);
	char *text = strndup(nul ? (const char *)nul + 1 : "", nul ? size - length - 1 : 0);
	bool matches = glob_matches(pattern, text);

	if (size <= COMPARED && stars_of(pattern) <= STARS && !unsettled(pattern))
		MUST(matches == !fnmatch(pattern, text, 0));
	free(pattern);
	free(text);
	return 0;
}
