/* SPDX-License-Identifier: MIT */
/*
 * privmapctl patch: makes libprivmap.so a library that a program needs, and undoes that exactly.
 * patchelf works on a copy, which takes the program's place only when the dynamic linker has
 * loaded it. The original stays beside the program as NAME.privmap-original, the very same inode
 * where there are hard links: to undo is to rename it back.
 */
#include "ctl.h"
#include "json.h"
#include "ld-preload.h"
#include "program.h"
#include "reach.h"
#include "replace.h"
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char library_name[] = "libprivmap.so";

/* What is at work, and goes if it fails. */
struct patch {
	const char *binary;   /* its real name, behind symbolic links */
	const char *original; /* where the original stays */
	const char *library;
	const char *interpreter;
	char *copy; /* temporary; NULL: none */
};

static _Noreturn void give_up_with(const struct patch *patch, const char *what)
{
	if (patch->copy)
		unlink(patch->copy);
	cli_fail("'%s' %s", patch->binary, what);
}

#define give_up(patch, ...) give_up_with(patch, cli_text(__VA_ARGS__))

/* The first line of what a program said, for a message of one line. */
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

/* Where output names libprivmap.so; NULL: nowhere. */
static const char *find_library(const char *output)
{
	size_t n = strlen(library_name);

	for (const char *at = output; (at = strstr(at, library_name)); at += n)
		if (strchr(" \n", at[n]) && (at == output || strchr("/\n\t", at[-1])))
			return at;
	return NULL;
}

/* The name by which the binary needs the library; NULL: it does not. */
static const char *needed_name(const struct patch *patch)
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

/* AddressSanitizer's runtime ends a program in which another library stands before it. */
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

/* A copy of file beside the binary, with the library added. */
static void make_copy(struct patch *patch, const char *file)
{
	int from = open(file, O_RDONLY | O_CLOEXEC);
	int to = from < 0 ? -1 : replace_temporary(patch->binary, &patch->copy);
	int error;

	if (to < 0)
		give_up(patch, "cannot be copied: %s", strerror(errno));
	error = copy_file(from, to);
	close(to);
	if (error)
		give_up(patch, "cannot be copied with owner, mode and attributes: %s",
			strerror(error));
	patchelf(patch, "--add-needed", patch->library, patch->copy);
	put_runtime_first(patch, file);
	/* patchelf writes the file anew, through the same inode or another. */
	to = open(patch->copy, O_WRONLY | O_CLOEXEC);
	error = to < 0 ? errno : copy_attributes(from, to);
	if (to >= 0)
		close(to);
	close(from);
	if (error)
		give_up(patch, "cannot be given owner, mode and attributes: %s", strerror(error));
}

/* As the dynamic linker will load it: the library is there, in front of libc. No code is run. */
static void check_copy(const struct patch *patch)
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

/* A hard link, or where there are none, a copy; put under its name at once. */
static void keep_original(const struct patch *patch)
{
	char *kept;
	int from = open(patch->binary, O_RDONLY | O_CLOEXEC);
	int to = from < 0 ? -1 : replace_temporary(patch->original, &kept);
	int error = 0;

	if (to < 0)
		give_up(patch, "cannot be kept: %s", strerror(errno));
	unlink(kept);
	if (link(patch->binary, kept)) {
		close(to);
		to = open(kept, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		error = to < 0 ? errno : copy_file(from, to);
	}
	if (!error)
		error = replace_commit(kept, patch->original);
	if (error)
		unlink(kept);
	if (to >= 0)
		close(to);
	close(from);
	if (error)
		give_up(patch, "cannot be kept as %s: %s", patch->original, strerror(error));
}

static void put_in_place(const struct patch *patch)
{
	int error = replace_commit(patch->copy, patch->binary);

	if (error)
		give_up(patch, "cannot be replaced: %s", strerror(error));
}

static const char *installed_library(void)
{
	char directory[PATH_MAX];

	if (!library_directory(directory, sizeof(directory)))
		cli_fail("%s is not beside this command, nor in %s", library_name, directory);
	return cli_text("%s/%s", directory, library_name);
}

static int apply(struct patch *patch)
{
	patch->library = needed_name(patch);
	if (patch->library)
		return CTL_FINE;
	patch->library = installed_library();
	make_copy(patch, patch->binary);
	check_copy(patch);
	keep_original(patch);
	put_in_place(patch);
	return CTL_FINE;
}

/* False also if they cannot be read. */
static bool same_bytes(const char *a, const char *b)
{
	FILE *first = fopen(a, "re"), *second = fopen(b, "re");
	bool same = first && second;

	for (int byte = 0; same && byte != EOF;) {
		byte = getc(first);
		same = getc(second) == byte && !ferror(first) && !ferror(second);
	}
	if (first)
		fclose(first);
	if (second)
		fclose(second);
	return same;
}

/*
 * A package may have replaced the binary since. Only if patching the original gives the binary
 * once more, is the original what is to come back.
 */
static int undo(struct patch *patch)
{
	int error;

	patch->library = needed_name(patch);
	if (!patch->library)
		return CTL_FINDING;
	if (access(patch->original, F_OK))
		give_up(patch, "cannot be undone: %s: %s", patch->original, strerror(errno));
	make_copy(patch, patch->original);
	if (!same_bytes(patch->copy, patch->binary))
		give_up(patch, "is not what privmapctl and this patchelf make of %s: left as it is",
			patch->original);
	unlink(patch->copy);
	patch->copy = NULL;
	error = rename(patch->original, patch->binary) ? errno : 0;
	if (error)
		give_up(patch, "cannot be replaced: %s", strerror(error));
	return CTL_FINE;
}

/* What only root could restore, or nobody, is not touched. */
static void refuse_privileges(const struct patch *patch)
{
	struct stat file;

	if (stat(patch->binary, &file))
		give_up(patch, "%s", strerror(errno));
	if (!S_ISREG(file.st_mode))
		give_up(patch, "is no regular file");
	if (file.st_mode & (S_ISUID | S_ISGID))
		give_up(patch, "is not patched: it is set-user-ID or set-group-ID");
	if (privileges_of(patch->binary, false))
		give_up(patch, "is not patched: it has file capabilities");
}

static void refuse_unreachable(struct patch *patch, struct program *program)
{
	struct reach reach;

	program->fd = open(patch->binary, O_RDONLY | O_CLOEXEC);
	if (program->fd < 0)
		give_up(patch, "cannot be read: %s", strerror(errno));
	if (elf_look(program->fd, &program->elf))
		give_up(patch, "is not patched: it is no ELF program");
	snprintf(program->path, sizeof(program->path), "%s", patch->binary);
	reach = reach_by_preload(program);
	if (!reach.reached)
		give_up(patch, "is not patched: %s", reach.why);
	close(program->fd);
	patch->interpreter = program->elf.interpreter;
}

static void report(const struct patch *patch, bool undoes, int status)
{
	const char *binary = ctl_shown(patch->binary);

	json_object(NULL);
	json_string("binary", patch->binary);
	json_bool("patched", !undoes);
	json_string("original", undoes ? NULL : patch->original);
	json_string("library", undoes ? NULL : patch->library);
	json_bool("changed", patch->copy || (undoes && status == CTL_FINE));
	json_end();
	if (undoes)
		json_or_print("%s: %s\n", binary,
			      status == CTL_FINE ? "as it was" : "is not patched");
	else if (patch->copy)
		json_or_print("%s: needs libprivmap.so; the original is %s\n", binary,
			      ctl_shown(patch->original));
	else
		json_or_print("%s: is patched already\n", binary);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { { "undo", no_argument, NULL, 'u' }, CTL_OPTIONS };
	static struct program program;
	struct patch patch = { .copy = NULL };
	const char *name;
	bool undoes = false;
	int status;

	while (ctl_option(argc, argv, &ctl_patch, options) != -1)
		undoes = true;
	name = ctl_operand(argc, argv, "BINARY", false);
	patch.binary = realpath(name, NULL);
	if (!patch.binary)
		cli_fail("'%s': %s", name, strerror(errno));
	patch.original = cli_text("%s.privmap-original", patch.binary);
	refuse_privileges(&patch);
	refuse_unreachable(&patch, &program);
	replace_begin();
	status = undoes ? undo(&patch) : apply(&patch);
	replace_end();
	report(&patch, undoes, status);
	return status;
}

const struct subcommand ctl_patch = {
	"patch",
	"Usage: privmapctl patch [OPTION]... BINARY\n"
	"Make libprivmap.so a library that the program BINARY needs, so that it is served however\n"
	"it is started. The original stays beside it, as BINARY.privmap-original. Needs patchelf.\n"
	"\n"
	"      --undo  put the original back, if BINARY is what was made of it\n"
	"      --json  print JSON\n"
	"      --help  print this and exit\n"
	"\n"
	"Exit status: 0 if it is done, or was already; 1 if there is nothing to undo, 2 if it\n"
	"cannot be done: nothing is changed then.\n",
	run,
};
