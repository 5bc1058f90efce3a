/* SPDX-License-Identifier: MIT */
/*
 * privmapctl patch: changes a program so that privmap serves it however it is started, and undoes
 * that exactly. A dynamic program gets libprivmap.so as a library that it needs, a static one the
 * engine itself. If that is impossible, a launcher replaces the program. The new file is made in
 * the program's directory, and renamed to its name when it is complete. Before that, the original
 * gets a second name, NAME.privmap-original: a hard link if the filesystem has them. Undo renames
 * it back.
 */
#include "ctl.h"
#include "json.h"
#include "launcher.h"
#include "ld-preload.h"
#include "patch.h"
#include "patched.h"
#include "program.h"
#include "reach.h"
#include "replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void patch_fail(const struct patch *patch, const char *what)
{
	if (patch->copy)
		unlink(patch->copy);
	cli_fail("'%s' %s", patch->binary, what);
}

/* True if this is still the file that was looked at, with the same bytes. */
static bool is_unchanged(const struct patch *patch, const struct stat *now)
{
	const struct stat *then = &patch->found;

	return now->st_dev == then->st_dev && now->st_ino == then->st_ino &&
	       now->st_size == then->st_size && now->st_mtim.tv_sec == then->st_mtim.tv_sec &&
	       now->st_mtim.tv_nsec == then->st_mtim.tv_nsec;
}

_Noreturn static void give_up_changed(const struct patch *patch)
{
	give_up(patch, "was changed by somebody else meanwhile: left as it is");
}

/* A package, or another patch, may replace the binary while this one works. */
static void must_be_unchanged(const struct patch *patch)
{
	struct stat now;

	if (stat(patch->binary, &now) || !is_unchanged(patch, &now))
		give_up_changed(patch);
}

static int keep_copy(int from, const char *kept)
{
	int to = open(kept, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int error = to < 0 ? errno : copy_file(from, to);

	if (to >= 0)
		close(to);
	return error;
}

/*
 * Keeps the original: by a hard link, or if the filesystem has none, by a copy, which gets its name
 * when it is complete.
 */
static void keep_original(const struct patch *patch)
{
	char *kept;
	int from = open(patch->binary, O_RDONLY | O_CLOEXEC);
	int to = from < 0 ? -1 : replace_temporary(patch->original, &kept);
	struct stat now;
	bool linked, changed;
	int error;

	if (to < 0)
		give_up(patch, "cannot be kept: %s", strerror(errno));
	close(to);
	unlink(kept);
	linked = !link(patch->binary, kept);
	error = linked ? 0 : keep_copy(from, kept);
	changed = (linked ? stat(kept, &now) : fstat(from, &now)) || !is_unchanged(patch, &now);
	if (!error && !changed)
		error = replace_commit(kept, patch->original);
	/* If an interrupted patch has left the same hard link, rename(2) keeps both names. */
	unlink(kept);
	close(from);
	if (error)
		give_up(patch, "cannot be kept as %s: %s", patch->original, strerror(error));
	if (changed)
		give_up_changed(patch);
}

static void put_in_place(const struct patch *patch)
{
	int error;

	/* The original keeps its second name, which another patch may have made. */
	must_be_unchanged(patch);
	error = replace_commit(patch->copy, patch->binary);
	if (!error)
		return;
	unlink(patch->original);
	give_up(patch, "cannot be replaced: %s", strerror(error));
}

static const char *installed_library(void)
{
	char directory[PATH_MAX];

	if (!library_directory(directory, sizeof(directory)))
		cli_fail("libprivmap.so is neither next to this command nor in %s", directory);
	return cli_text("%s/libprivmap.so", directory);
}

static int apply(struct patch *patch)
{
	if (patch->was)
		return CTL_FINE;
	if (patch->interpreter) {
		patch->library = installed_library();
		if (patch->dry)
			return CTL_FINE;
		patch_with_library(patch, patch->binary);
		patch_check_library(patch);
	} else if (patch->launcher || !patch_with_engine(patch)) {
		patch->privmap = ctl_privmap();
		if (!patch->privmap)
			give_up(patch, "cannot be patched: there is no /proc");
		if (!patch->dry)
			patch_with_launcher(patch);
	}
	if (patch->dry)
		return CTL_FINE;
	keep_original(patch);
	put_in_place(patch);
	return CTL_FINE;
}

/* False also if a file cannot be read. */
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

/* Checks that patching the original makes the same binary again. */
static void check_original(struct patch *patch)
{
	patch_with_library(patch, patch->original);
	if (!same_bytes(patch->copy, patch->binary))
		give_up(patch,
			"is not what privmapctl and this patchelf make from %s: left as it is",
			patch->original);
	unlink(patch->copy);
	patch->copy = NULL;
}

static bool record_is_for(const struct patch_record *record, const char *file)
{
	uint64_t size, sum;

	return file_sum(file, &size, &sum) && size == record->size && sum == record->sum;
}

/* A package may have replaced the binary since: then the old original must not come back. */
static int undo(struct patch *patch, const struct launcher *launcher)
{
	int error;

	if (!patch->was)
		return CTL_FINDING;
	if (access(patch->original, F_OK))
		give_up(patch, "cannot be undone: %s: %s", patch->original, strerror(errno));
	if (patch->library)
		check_original(patch);
	else if (patch->record.size && !record_is_for(&patch->record, patch->original))
		give_up(patch, "was not made from %s: left as it is", patch->original);
	else if (patch->privmap && !launcher_is_for(launcher, patch->original))
		give_up(patch, "is a launcher that was not made for %s: left as it is",
			patch->original);
	must_be_unchanged(patch);
	error = rename(patch->original, patch->binary) ? errno : 0;
	if (error)
		give_up(patch, "cannot be replaced: %s", strerror(error));
	return CTL_FINE;
}

/* Refuses programs whose privileges only root could restore, or nobody. */
static void refuse_privileges(struct patch *patch)
{
	if (stat(patch->binary, &patch->found))
		give_up(patch, "%s", strerror(errno));
	if (!S_ISREG(patch->found.st_mode))
		give_up(patch, "is not a regular file");
	if (patch->found.st_mode & (S_ISUID | S_ISGID))
		give_up(patch, "is not patched: it is set-user-ID or set-group-ID");
	if (privileges_of(patch->binary, false))
		give_up(patch, "is not patched: it has file capabilities");
}

/* Finds out how to patch the binary, and whether it is patched already. */
static void look_at_binary(struct patch *patch, struct program *program, struct launcher *launcher)
{
	struct reach reach;

	program->fd = open(patch->binary, O_RDONLY | O_CLOEXEC);
	if (program->fd < 0)
		give_up(patch, "cannot be read: %s", strerror(errno));
	if (elf_look(program->fd, &program->elf))
		give_up(patch, "is not patched: it is not an ELF program");
	snprintf(program->path, sizeof(program->path), "%s", patch->binary);
	if (patched_record(program->fd, &patch->record)) {
		patch->engine = patch->record.version;
		close(program->fd);
		return;
	}
	reach = reach_by_preload(program);
	if (reach.reached) {
		patch->interpreter = program->elf.interpreter;
		patch->library = patch_needed(patch);
	} else if (launcher_read(program->fd, launcher)) {
		patch->privmap = launcher->privmap;
	} else if (!launcher_can_stand_for(program->fd, &program->elf)) {
		give_up(patch, "is not patched: it is a library");
	} else if (!reach_by_trace(&program->elf)) {
		give_up(patch, "is not patched: %s", reach.why);
	}
	close(program->fd);
}

/* Names a call of x86-64; NULL if the number is known only when the call is made. */
static const char *call_name(int number)
{
	return number == 9   ? "mmap" :
	       number == 10  ? "mprotect" :
	       number == 11  ? "munmap" :
	       number == 25  ? "mremap" :
	       number == 231 ? "exit_group" :
			       NULL;
}

/* Reports the system calls that go through the engine. */
static void report_sites(const struct patch *patch)
{
	json_array("sites");
	for (size_t i = 0; i < patch->site_count; i++) {
		const struct patch_site *site = &patch->sites[i];
		const char *address = cli_text("0x%lx", (unsigned long)site->address);
		const char *window = cli_text("0x%lx", (unsigned long)site->window);

		json_object(NULL);
		json_string("address", address);
		json_string("window", window);
		json_string("call", call_name(site->number));
		json_end();
		if (patch->dry)
			json_or_print("  %s: %s, replaced from %s\n", address,
				      site->number < 0 ? "any call" : call_name(site->number),
				      window);
	}
	json_end();
}

/* Says what was done with the binary. */
static const char *deed(const struct patch *patch)
{
	if (patch->library)
		return "patched: it now loads libprivmap.so";
	if (patch->engine)
		return "patched: it serves itself";
	if (!patch->refused)
		return "patched: privmap runs it";
	return cli_text("patched: privmap runs it (it cannot serve itself: %s)", patch->refused);
}

static void report(const struct patch *patch, bool undoes, int status)
{
	const char *binary = ctl_shown(patch->binary);

	json_begin("patch");
	json_string("binary", patch->binary);
	json_bool("patched", !undoes && (!patch->dry || patch->was));
	json_string("original", undoes ? NULL : patch->original);
	json_string("library", undoes ? NULL : patch->library);
	json_string("privmap", undoes ? NULL : patch->privmap);
	json_string("engine_version", undoes ? NULL : patch->engine);
	json_string("engine_refused", patch->refused);
	json_bool("changed", patch->copy || (undoes && status == CTL_FINE));
	if (undoes)
		json_or_print("%s: %s\n", binary,
			      status == CTL_FINE ? "restored" : "is not patched");
	else if (patch->was)
		json_or_print("%s: is patched already\n", binary);
	else if (patch->dry)
		json_or_print("%s: would be %s\n", binary, deed(patch));
	else
		json_or_print("%s: %s; the original is %s\n", binary, deed(patch),
			      ctl_shown(patch->original));
	if (!undoes && patch->library && !patch->was)
		json_or_print("  it will not start without %s; "
			      "undo the patch before you remove that\n",
			      ctl_shown(patch->library));
	if (patch->site_count) {
		json_number("size", patch->grows);
		json_number("unknown", patch->left);
		report_sites(patch);
	}
	json_end();
}

static int run(int argc, char **argv)
{
	static const struct option options[] = { { "undo", no_argument, NULL, 'u' },
						 { "dry-run", no_argument, NULL, 'd' },
						 { "launcher", no_argument, NULL, 'l' },
						 { "no-start", no_argument, NULL, 's' },
						 CTL_OPTIONS };
	static struct program program;
	static struct launcher launcher;
	struct patch patch = { .starts = true };
	const char *name;
	bool undoes = false;
	int status, option;

	while ((option = ctl_option(argc, argv, &ctl_patch, options)) != -1) {
		undoes |= option == 'u';
		patch.dry |= option == 'd';
		patch.launcher |= option == 'l';
		patch.starts &= option != 's';
	}
	if (undoes && (patch.dry || patch.launcher || !patch.starts))
		ctl_usage(argv[0], "--undo goes with no other option but --json");
	name = ctl_operand(argc, argv, "BINARY", false);
	patch.binary = realpath(name, NULL);
	if (!patch.binary)
		cli_fail("'%s': %s", name, strerror(errno));
	patch.original = cli_text("%s" ORIGINAL_SUFFIX, patch.binary);
	refuse_privileges(&patch);
	look_at_binary(&patch, &program, &launcher);
	patch.was = patch.library || patch.privmap || patch.record.size;
	replace_begin();
	status = undoes ? undo(&patch, &launcher) : apply(&patch);
	replace_end();
	report(&patch, undoes, status);
	return status;
}

const struct subcommand ctl_patch = {
	"patch",
	"Usage: privmapctl patch [OPTION]... BINARY\n"
	"Have the program BINARY served, however it is started. A dynamic program is\n"
	"changed to load libprivmap.so, which needs patchelf. An engine is written into\n"
	"a static one (of Go or musl, too), which then serves itself. A launcher\n"
	"replaces any other program, and has privmap trace it. The original stays\n"
	"beside it, as BINARY" ORIGINAL_SUFFIX ".\n"
	"\n"
	"      --undo      put the original back, if BINARY was made from it\n"
	"      --dry-run   say what would be done, and do nothing\n"
	"      --launcher  use a launcher for a static program, too\n"
	"      --no-start  do not start the patched program with --version to compare\n"
	"      --json      print JSON\n"
	"  -h, --help      print this and exit\n"
	"\n"
	"Exit status: 0 if it is done, or was done before; 1 if there is nothing to\n"
	"undo, 2 if it cannot be done. Nothing is changed then.\n",
	run,
};
