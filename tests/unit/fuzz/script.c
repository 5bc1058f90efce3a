/* SPDX-License-Identifier: MIT */
/*
 * script_interpreter(): for a complete line it answers as the kernel does (load_script() of
 * fs/binfmt_script.c, repeated here). Input: a file.
 */
#include "fuzz.h"

#include "script.h"

#include <stdbool.h>

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* Returns the name in buffer; NULL if it is empty. Bytes after the file's end are zeros. */
static const char *kernels(char buffer[SCRIPT_LINE + 1])
{
	char *name = buffer + 2, *end = memchr(buffer, '\n', SCRIPT_LINE + 1), *stop;

	if (buffer[0] != '#' || buffer[1] != '!' || !end)
		return NULL;
	while (is_blank(end[-1]))
		end--;
	while (name < end && is_blank(*name))
		name++;
	if (name >= end)
		return NULL;
	for (stop = name; stop < end && *stop && !is_blank(*stop); stop++)
		;
	*stop = '\0';
	return name;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	size_t count = size < SCRIPT_LINE ? size : SCRIPT_LINE;
	char buffer[SCRIPT_LINE + 1] = "", *line = malloc(count + 1), *arguments = NULL;
	const char *name, *right;

	MUST(line);
	memcpy(line, bytes, count);
	memcpy(buffer, bytes, count);
	name = script_interpreter(line, count, &arguments);
	right = kernels(buffer);
	if (right)
		MUST(name && strcmp(name, right) == 0);
	if (name) {
		MUST(name >= line && name <= line + count);
		MUST(arguments >= name && arguments <= line + count);
	}
	free(line);
	return 0;
}
