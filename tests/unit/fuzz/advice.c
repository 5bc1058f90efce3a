/* SPDX-License-Identifier: MIT */
/*
 * advice_glob(): a glob that matches the file, in one line. Input: its name, without the first "/".
 */
#include "fuzz.h"

#include "advice.h"
#include "glob.h"

#include <stdbool.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	size_t room = 2 * size + 16;
	char *name = calloc(1, size + 2), *glob = malloc(room);
	struct text text = { glob, room, 0 };

	MUST(name && glob);
	name[0] = '/';
	memcpy(name + 1, bytes, size);
	advice_glob(&text, name);
	MUST(text.length < text.size);
	text_string(&text);
	for (const char *p = glob; *p; p++)
		MUST((unsigned char)*p >= 0x20 && *p != 0x7f);
	/* A glob with many stars takes long. */
	if (size < 1000)
		MUST(glob_matches(glob, name));
	free(name);
	free(glob);
	return 0;
}
