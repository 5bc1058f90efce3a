/* SPDX-License-Identifier: MIT */
/*
 * privmapctl compile: reads a rule file and writes its compiled form next to it.
 */
#include "compiled.h"
#include "ctl.h"
#include "effective.h"
#include "json.h"
#include "open.h"
#include "replace.h"
#include "snapshot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { TRIES = 5 }; /* if a file changes while it is read */

struct source_list {
	struct compiled_source stamps[COMPILED_SOURCES];
	size_t count;
};

static void stamp_all(const struct settings *settings, struct source_list *list)
{
	memset(list, 0, sizeof(*list));
	for (size_t at = 0; at < settings->sources_size && list->count < COMPILED_SOURCES;) {
		const char *name = settings->sources + at;

		if (!compiled_stamp(name, list->stamps + list->count++))
			cli_fail("'%s': only a regular file can be compiled", name);
		at += strlen(name) + 1;
	}
}

/* Waits until any later write changes the times of the files, which are in list. */
static void wait_for_ticks(const struct source_list *list)
{
	struct timespec pause = { 0, 0 };
	uint64_t longest = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct compiled_source *source = list->stamps + i;
		const struct snapshot snapshot = {
			.modified = { source->modified, source->modified_ns },
			.changed = { source->changed, source->changed_ns },
		};
		uint64_t grain = snapshot_grain(&snapshot);

		if (grain > longest)
			longest = grain;
	}
	pause.tv_sec = (time_t)(longest / 1000000000);
	pause.tv_nsec = (long)(longest % 1000000000);
	while (nanosleep(&pause, &pause) && errno == EINTR)
		continue;
}

/*
 * Reads the settings of file, and stamps that belong to exactly these. False if the file has an
 * error.
 */
static bool read_settled(struct effective *effective, struct source_list *list)
{
	for (int i = 0; i < TRIES; i++) {
		struct source_list after;

		for (int pass = 0; pass < 2; pass++) {
			effective->settings = settings_default();
			if (rule_file_parse(effective->directory, effective->file,
					    &effective->settings, effective->error,
					    sizeof(effective->error)))
				return false;
			if (pass == 0) {
				stamp_all(&effective->settings, list);
				wait_for_ticks(list);
			}
		}
		stamp_all(&effective->settings, &after);
		if (memcmp(list, &after, sizeof(after)) == 0)
			return true;
	}
	cli_fail("'%s': it changes all the time", effective->file);
}

/*
 * Makes the compiled file readable for the readers of the rule file, and writable for its owner
 * only.
 */
static int give_access(int fd, const char *file)
{
	struct stat source;
	mode_t mode;

	if (stat(file, &source))
		return errno;
	mode = source.st_mode & 0644;
	if (fchown(fd, source.st_uid, source.st_gid) && fchown(fd, (uid_t)-1, source.st_gid))
		mode &= ~(mode_t)(S_IRGRP | S_IROTH); /* the group may differ: give it nothing */
	return fchmod(fd, mode) ? errno : 0;
}

static int write_file(const char *name, const char *source, const void *bytes, size_t size)
{
	char *temporary;
	int fd = replace_temporary(name, &temporary);
	FILE *stream = fd < 0 ? NULL : fdopen(fd, "w");
	int error;

	if (!stream)
		return errno;
	error = fwrite(bytes, size, 1, stream) == 1 && !fflush(stream) ? give_access(fd, source) :
									 errno;
	if (!error)
		error = replace_commit(temporary, name);
	if (error)
		unlink(temporary);
	fclose(stream);
	return error;
}

static void compile(struct effective *effective, const char *name)
{
	struct source_list list;
	struct settings check = settings_default();
	size_t size;
	void *bytes;
	int error;

	if (!read_settled(effective, &list))
		return;
	bytes = compiled_make(&effective->settings, list.stamps, &size);
	if (!bytes)
		cli_fail("'%s': its rules are too many to be compiled", effective->file);
	replace_begin();
	error = write_file(name, effective->file, bytes, size);
	replace_end();
	if (error)
		cli_fail("'%s': %s", name, strerror(error));
	free(bytes);
	if (!compiled_read(effective->file, &check) || !compiled_rules_right(&check.rules))
		cli_fail("'%s': was written, but is not as it must be to be used", name);
}

static int run(int argc, char **argv)
{
	static struct effective effective;
	const char *file, *name = NULL;

	ctl_option(argc, argv, &ctl_compile, NULL);
	file = ctl_operand(argc, argv, "FILE", true);
	effective_find(&effective);
	if (file)
		effective.file = file;
	if (effective.file) {
		if (access(effective.file, F_OK))
			cli_fail("'%s': %s", effective.file, strerror(errno));
		/*
		 * The compiled form keeps the names of included files, which must be valid in any
		 * directory.
		 */
		effective.file = cli_absolute(effective.file);
		name = cli_text("%s%s", effective.file, COMPILED_SUFFIX);
		compile(&effective, name);
	}
	json_begin("compile");
	json_string("file", effective.file);
	json_string("compiled", effective.error[0] ? NULL : name);
	json_string("error", effective.error[0] ? effective.error : NULL);
	json_errors(effective.error[0] ? effective.error : NULL);
	json_end();
	json_or_print("%s\n", !name		 ? "no rule file: nothing to compile" :
			      effective.error[0] ? effective.error :
						   ctl_shown(name));
	return effective.error[0] ? CTL_FINDING : CTL_FINE;
}

const struct subcommand ctl_compile = {
	"compile",
	"Usage: privmapctl compile [OPTION]... [FILE]\n"
	"Compile the rule file FILE, by default the one that programs use here, to\n"
	"FILE.compiled. Programs then start faster: they read that, without libconfig,\n"
	"until FILE or a file that it includes changes.\n"
	"\n"
	"      --json  print JSON\n"
	"  -h, --help  print this and exit\n"
	"\n"
	"Exit status: 0 if it is written, or there is no rule file; 1 if FILE has an\n"
	"error, 2 if privmapctl fails.\n",
	run,
};
