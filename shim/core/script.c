/* SPDX-License-Identifier: MIT */
/*
 * The first line of a script: see script.h.
 */
#include "script.h"

#include <string.h>

static const char blanks[] = " \t";

char *script_interpreter(char *start, size_t count, char **arguments)
{
	char *name, *end;

	start[count] = '\0';
	if (start[0] != '#' || start[1] != '!')
		return NULL;
	name = start + 2 + strspn(start + 2, blanks);
	name[strcspn(name, "\n")] = '\0';
	end = name + strcspn(name, blanks);
	if (arguments)
		*arguments = end + strspn(end, blanks);
	*end = '\0';
	return name;
}
