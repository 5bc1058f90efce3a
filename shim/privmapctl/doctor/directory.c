/* SPDX-License-Identifier: MIT */
/*
 * Reports which mappings a directory's filesystem refuses, what privmap does about it, and what the
 * user can change.
 */
#include "above.h"
#include "ctl.h"
#include "doctor.h"
#include "json.h"
#include "mapping.h"
#include "remedy.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALWAYS_BUFFER "when = \"always\"; action = \"buffer\""

static bool refused(const struct directory_report *report, size_t i)
{
	return report->converted[i] || mapping_errno_refuses(report->errors[i]);
}

/*
 * True if the kernel maps it, but a touch kills the program. Only rules that do not wait for a
 * refusal help.
 */
static bool kills(const struct directory_report *report, size_t i)
{
	return report->signals[i] != 0;
}

/* A file that can be read can also be copied. */
static bool servable_always(const struct directory_report *report, size_t i)
{
	return kills(report, i) && !report->unreadable && !report->untouchable &&
	       mapping_is_candidate(kinds[i].prot, kinds[i].flags);
}

static bool servable(const struct directory_report *report, size_t i)
{
	return (refused(report, i) && !report->untouchable &&
		(mapping_is_candidate(kinds[i].prot, kinds[i].flags) ||
		 mapping_is_private_candidate(kinds[i].prot, kinds[i].flags))) ||
	       servable_always(report, i);
}

static const char *verdict_of_killing(const struct directory_report *report, size_t i)
{
	if (report->unreadable)
		return cli_text("a touch kills: cannot be read (%s)",
				ctl_errno_name(report->unreadable));
	if (servable_always(report, i))
		return "a touch kills; served by a rule, below";
	return "a touch kills; cannot be served";
}

/* Returns at most 38 columns, the rest of a line of 80. */
static const char *verdict(const struct directory_report *report, size_t i)
{
	if (kills(report, i))
		return verdict_of_killing(report, i);
	if (report->converted[i])
		return "refused; privmap is serving it now";
	if (!report->errors[i])
		return "works";
	if (!refused(report, i))
		return report->errors[i] == EPERM && report->noexec ?
			       "not allowed: it is mounted noexec" :
			       "not allowed, also with privmap";
	if (report->untouchable)
		return "refused; privmap never serves it here";
	if (servable(report, i))
		return kinds[i].flags == MAP_PRIVATE ? "refused; copied where a rule matches" :
						       "refused; served where a rule matches";
	return kinds[i].prot & PROT_WRITE ? "refused; writable: never served" :
					    "refused; executable: never copied";
}

static bool any(const struct directory_report *report,
		bool (*holds)(const struct directory_report *, size_t))
{
	for (size_t i = 0; i < KINDS; i++)
		if (holds(report, i))
			return true;
	return false;
}

static bool is_gvisor(const struct directory_report *report)
{
	return report->mounted && remedy_is_gvisor(report->mount.options);
}

/* Returns the changes to make on the server or the mount; an empty list if nothing is wrong. */
static const char *const *remedies(const struct directory_report *report)
{
	static const char *const none[] = { NULL };

	if (is_gvisor(report) && (any(report, refused) || any(report, kills)))
		return remedies_for("gVisor");
	return report->mounted && any(report, refused) ? remedies_for(report->mount.type) : none;
}

/* Returns "-", or the name of the errno or of the signal. */
static const char *trouble(const struct directory_report *report, size_t i)
{
	if (report->signals[i] == SIGSEGV)
		return "SIGSEGV";
	if (report->signals[i] == SIGBUS)
		return "SIGBUS";
	if (report->signals[i])
		return cli_text("signal %d", report->signals[i]);
	return report->errors[i] ? ctl_errno_name(report->errors[i]) : "-";
}

static void report_mappings(const struct directory_report *report)
{
	json_array("mappings");
	for (size_t i = 0; i < KINDS; i++) {
		if (!is_tried(report, i))
			continue;
		json_object(NULL);
		json_string("mapping", kinds[i].name);
		json_string("errno", report->errors[i] ? ctl_errno_name(report->errors[i]) : NULL);
		json_string("signal", kills(report, i) ? trouble(report, i) : NULL);
		json_bool("refused", refused(report, i));
		json_bool("servable", servable(report, i));
		json_string("rule", servable_always(report, i) ? ALWAYS_BUFFER : NULL);
		json_string("verdict", verdict(report, i));
		json_end();
		json_or_print("  %-28s %-10s %s\n", kinds[i].text, trouble(report, i),
			      ctl_marked(verdict(report, i),
					 !report->errors[i] && !kills(report, i)));
	}
	json_end();
	if (any(report, servable_always))
		json_or_print("  the rule: " ALWAYS_BUFFER "\n");
}

static bool refuses_shared_writes(const struct directory_report *report)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i].prot & PROT_WRITE && kinds[i].flags == MAP_SHARED &&
		    refused(report, i))
			return true;
	return false;
}

static void report_detours(const struct directory_report *report)
{
	json_array("cannot_work");
	for (const struct detour *detour = detours; refuses_shared_writes(report) && detour->who;
	     detour++) {
		json_object(NULL);
		json_string("who", detour->who);
		json_string("instead", detour->instead);
		json_end();
		json_or_wrap("  cannot work here: %s. Instead: %s", detour->who, detour->instead);
	}
	json_end();
}

/* Reports whether files in it belong to git, for rules that ask this. */
static void report_git(const char *name)
{
	static char file[PATH_MAX + ABOVE_ROOM], room[2 * PATH_MAX];
	struct text told = TEXT_IN(room);
	struct git_place place = { GIT_NONE, 0 };

	if (realpath(name, file) && strlen(file) + strlen("/.") < PATH_MAX) {
		strcat(file, "/.");
		place = git_by_name(file);
		if (place.kind == GIT_NONE)
			place = above_is_git(0, file);
	}
	git_say(&told, place, file);
	json_string("git", place.kind != GIT_NONE ? text_string(&told) : NULL);
	if (place.kind != GIT_NONE)
		json_or_wrap("  files here are git's own: %s", text_string(&told));
}

/* Makes "a, b" of "a,b", so that a line may end in the list. */
static const char *with_blanks(const char *list)
{
	char *text = cli_memory(2 * strlen(list) + 1), *to = text;

	for (; *list; list++) {
		*to++ = *list;
		if (*list == ',')
			*to++ = ' ';
	}
	*to = '\0';
	return text;
}

/* Returns false if nothing is wrong. */
static bool report_directory(const char *name, const struct directory_report *report)
{
	const struct mount *mount = report->mounted ? &report->mount : NULL;
	bool refuses = any(report, refused), any_kills = any(report, kills);
	bool is_file = name == report->file;

	json_begin(is_file ? "file" : "directory");
	json_string("directory", is_file ? NULL : name);
	json_string("file", report->file);
	json_or_print("%s\n", ctl_shown(name));
	if (report->file && !is_file)
		json_or_wrap("  nothing can be written there; tried by reading %s",
			     ctl_shown(report->file));
	json_or_line("filesystem", "filesystem", mount ? mount->type : NULL, NULL);
	json_or_line("mounted_on", "mounted on", mount ? mount->point : NULL, NULL);
	json_or_line("source", "source", mount ? mount->source : NULL, NULL);
	json_string("options", mount ? mount->options : NULL);
	if (mount)
		json_or_wrap("  options: %s", ctl_shown(with_blanks(mount->options)));
	report_git(name);
	json_string("kernel", report->kernel.release);
	json_or_print("  %sLinux %s\n", is_gvisor(report) ? "gVisor, which calls itself " : "",
		      report->kernel.release);
	json_bool("refuses", refuses);
	json_bool("kills", any_kills);
	report_mappings(report);
	json_or_print(refuses || any_kills ?
			      "  To see which rule applies to a file: privmapctl why FILE\n" :
			      "  nothing is refused: privmap has nothing to do here\n");
	json_array("remedies");
	for (const char *const *remedy = remedies(report); *remedy; remedy++) {
		json_string(NULL, *remedy);
		json_or_wrap("  remedy: %s", *remedy);
	}
	json_end();
	report_detours(report);
	json_end();
	return refuses || any_kills;
}

int doctor_file(const char *name)
{
	struct directory_report report = { .mounted = false };
	int error = try_file(name, &report);

	if (error)
		return doctor_failed(name, strerror(error));
	return report_directory(name, &report) ? CTL_FINDING : CTL_FINE;
}

int doctor_directory(const char *name)
{
	struct directory_report report = { .mounted = false };
	int error = try_directory(name, &report);

	if (error)
		return doctor_failed(name, cli_text("cannot try mappings on a temporary file "
						    "there: %s",
						    strerror(error)));
	return report_directory(name, &report) ? CTL_FINDING : CTL_FINE;
}
