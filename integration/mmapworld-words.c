/*
 * mmapworld: the errnos it knows by name. Called for the command line.
 */
#include "mmapworld.h"

#include <errno.h>
#include <string.h>

int errno_of(const char *name)
{
	static const struct {
		const char *name;
		int number;
	} errnos[] = {
		{ "ENODEV", ENODEV }, { "EINVAL", EINVAL },   { "EOPNOTSUPP", EOPNOTSUPP },
		{ "ENOSYS", ENOSYS }, { "ENOEXEC", ENOEXEC },
	};

	for (size_t i = 0; i < sizeof(errnos) / sizeof(*errnos); i++)
		if (strcmp(errnos[i].name, name) == 0)
			return errnos[i].number;
	return 0;
}
