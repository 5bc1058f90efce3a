/* SPDX-License-Identifier: MIT */
/*
 * Makes libprivmap.so a library that a program needs. patchelf works on a copy, which the dynamic
 * linker must be able to load.
 */
#include "ctl.h"
#include "patch.h"
#include "replace.h"
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static const char library_name[] = "libprivmap.so";

/* Returns the first line of a program's output, for a message of one line. */
static const char *first_line(const char *output)
{
	size_t length = strcspn(output, "\n");

	return length ? ctl_shown(cli_text("%.*s", (int)length, output)) : "it said nothing";
}

static const char *patchelf(const struct patch *patch, const char *option, const char *value,
			    const char *file)
{
	const char *const with_value[] = { "patchelf", option, value, file, NULL };
	const char *const without[] = { "patchelf", option, file, NULL };
	const char *output;
	int status = spawn(value ? with_value : without, &output);

	if (status < 0)
		give_up(patch, "cannot be patched: patchelf: %s", strerror(errno));
	if (status > 0)
		give_up(patch, "cannot be patched: patchelf: %s", first_line(output));
	return output;
}

/* Returns where output names libprivmap.so; NULL if it does not. */
static const char *find_library(const char *output)
{
	size_t n = strlen(library_name);

	for (const char *at = output; (at = strstr(at, library_name)); at += n)
		if (strchr(" \n", at[n]) && (at == output || strchr("/\n\t", at[-1])))
			return at;
	return NULL;
}

const char *patch_needed(const struct patch *patch)
{
	const char *output = patchelf(patch, "--print-needed", NULL, patch->binary);
	const char *found = find_library(output);
	const char *start = found;

	if (!found)
		return NULL;
	while (start > output && start[-1] != '\n')
		start--;
	return cli_text("%.*s", (int)(found - start + (ptrdiff_t)strlen(library_name)), start);
}

/* AddressSanitizer's runtime ends a program that loads another library first. */
static void put_runtime_first(const struct patch *patch, const char *file)
{
	static const char *const runtimes[] = { "libasan.so", "libclang_rt.asan" };
	const char *needed = patchelf(patch, "--print-needed", NULL, file);

	for (size_t i = 0; i < sizeof(runtimes) / sizeof(runtimes[0]); i++) {
		const char *name = strstr(needed, runtimes[i]);

		if (!name)
			continue;
		while (name > needed && name[-1] != '\n')
			name--;
		name = cli_text("%.*s", (int)strcspn(name, "\n"), name);
		patchelf(patch, "--remove-needed", name, patch->copy);
		patchelf(patch, "--add-needed", name, patch->copy);
	}
}

void patch_with_library(struct patch *patch, const char *file)
{
	int from = open(file, O_RDONLY | O_CLOEXEC);
	int to = from < 0 ? -1 : replace_temporary(patch->binary, &patch->copy);
	int error;

	if (to < 0)
		give_up(patch, "cannot be copied: %s", strerror(errno));
	error = copy_bytes(from, to);
	close(to);
	if (error)
		give_up(patch, "cannot be copied: %s", strerror(error));
	patchelf(patch, "--add-needed", patch->library, patch->copy);
	put_runtime_first(patch, file);
	/*
	 * patchelf rewrites the file, in the same inode or in another one. Its mode comes last,
	 * because it may forbid its owner to write.
	 */
	to = open(patch->copy, O_WRONLY | O_CLOEXEC);
	error = to < 0 ? errno : copy_attributes(from, to);
	if (to >= 0)
		close(to);
	close(from);
	if (error)
		give_up(patch, "cannot be copied with owner, mode and attributes: %s",
			strerror(error));
}

/* Checks that the library is found, and comes before libc. */
void patch_check_library(const struct patch *patch)
{
	const char *const list[] = { patch->interpreter, "--list", patch->copy, NULL };
	const char *output, *ours, *libc;
	int status = spawn(list, &output);

	if (status < 0)
		give_up(patch, "cannot be checked: %s: %s", patch->interpreter, strerror(errno));
	if (status > 0 || strstr(output, "not found"))
		give_up(patch, "would not start: %s", first_line(output));
	ours = find_library(output);
	libc = strstr(output, "libc.so");
	if (!ours || (libc && libc < ours))
		give_up(patch, "would not be served: libprivmap.so does not come before libc");
}
