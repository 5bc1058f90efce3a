/* SPDX-License-Identifier: MIT */
/*
 * privmapctl why: shows each rule that is tried on a file, its answer, and the result. The same
 * code as in a served program looks at file and rules.
 */
#include "ctl.h"
#include "effective.h"
#include "file.h"
#include "inode.h"
#include "json.h"
#include "kernel.h"
#include "message.h"
#include "mount.h"
#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A named file, as an engine would see it if a program mapped it. */
struct subject {
	struct file file;
	bool read_only;		       /* fd is read-only */
	const char *path, *filesystem; /* filesystem NULL: unknown */
	const char *untouched;	       /* why no rule is asked; NULL: rules are asked */
	int refused;		       /* the kernel's answer to the mapping: an errno, or 0 */
	bool tried;		       /* refused is valid */
};

/* The result. */
struct outcome {
	bool served;
	struct verdict verdict;
	const char *reason; /* why it is not served; NULL if it is */
	const char *remedy; /* an option of privmap; NULL if none helps */
};

static const char *condition_name(enum rule_tag tag)
{
	switch (tag) {
	case RULE_PATH:
		return "path";
	case RULE_PROGRAM:
		return "program";
	case RULE_FILESYSTEM:
		return "filesystem";
	case RULE_READ_ONLY:
		return "access";
	case RULE_WORKTREE:
		return "worktree";
	case RULE_GIT:
		return "git";
	case RULE_KIND:
		return "kind";
	case RULE_DATABASE:
		return "database";
	default:
		return NULL;
	}
}

/* Shows the words after tag in the rule at [from, to): what the condition wanted. */
static void show_wanted(const struct rules *rules, size_t from, size_t to, enum rule_tag tag)
{
	bool shows = tag == RULE_PATH || tag == RULE_PROGRAM || tag == RULE_FILESYSTEM;
	const char *between = " ";

	json_array("wanted");
	for (size_t at = from; shows && at < to; at += strlen(rules->text + at) + 1) {
		if (rules->text[at] != (char)tag)
			continue;
		json_string(NULL, rules->text + at + 1);
		json_or_print("%s\"%s\"", between, ctl_shown(rules->text + at + 1));
		between = ", ";
	}
	json_end();
}

static void show_line(const char *line)
{
	if (line)
		json_number("line", strtoul(line, NULL, 10));
	else
		json_string("line", NULL);
}

/* Shows where the file is in git's terms, if the rule asks for that; else null. */
static void show_git(const struct verdict *verdict, const struct file_view *view)
{
	static char room[4 * PATH_MAX];
	struct text place = TEXT_IN(room);
	bool known = verdict->git && view->git.kind != GIT_NONE;

	if (known)
		git_say(&place, view->git, view->path);
	json_string("git", known ? text_string(&place) : NULL);
}

static void show_rule(const struct rules *rules, size_t from, size_t to, unsigned number,
		      const struct verdict *verdict, enum rule_tag failed,
		      const struct file_view *view)
{
	static char room[4 * PATH_MAX];
	struct text told = TEXT_IN(room);

	message_rule(&told, number, verdict, failed, view);
	json_or_print("  %s", text_string(&told));
	json_object(NULL);
	json_number("rule", number);
	show_line(verdict->line);
	json_bool("builtin", verdict->builtin);
	json_bool("matches", failed == RULE_ACTION);
	json_string("failed", condition_name(failed));
	show_wanted(rules, from, to, failed);
	show_git(verdict, view);
	json_string("text", text_string(&told));
	json_end();
	json_or_print("\n");
}

static void try_rules(const struct rules *rules, struct subject *subject)
{
	enum rule_tag failed = RULE_PATH;
	unsigned number = 1;

	for (size_t cursor = 0; cursor < rules->size && failed != RULE_ACTION; number++) {
		struct verdict verdict;
		size_t from = cursor;

		failed = rules_try(rules, &cursor, &subject->file.view, &verdict);
		show_rule(rules, from, cursor, number, &verdict, failed, &subject->file.view);
	}
}

static struct outcome decide(const struct effective *effective, struct subject *subject)
{
	static char room[4 * REMEDY_NAME + 16];
	struct text remedy = TEXT_IN(room);
	struct outcome outcome = { .served = false };
	enum not_served why;

	if (effective->disabled)
		outcome.reason = "PRIVMAP_DISABLE is set";
	else if (effective->error[0])
		outcome.reason = "the rule file has an error";
	else if (subject->untouched)
		outcome.reason = subject->untouched;
	if (outcome.reason)
		return outcome;
	outcome.verdict = rules_decide(&effective->settings.rules, &subject->file.view);
	outcome.served = outcome.verdict.action != ACTION_LEAVE;
	if (outcome.served)
		return outcome;
	why = file_not_served(&subject->file, &outcome.verdict);
	outcome.reason = message_reason(why);
	if (message_remedy(&remedy, subject->path, why))
		outcome.remedy = text_string(&remedy);
	return outcome;
}

static const char *what_is_done(const struct outcome *outcome, bool private)
{
	if (private)
		return "maps a copy";
	if (outcome->verdict.action == ACTION_BUFFER)
		return "maps a copy; if that fails, it makes the mapping private";
	return "makes the mapping private; if that fails too, it maps a copy";
}

static void show_outcome(const struct outcome *outcome, bool private)
{
	const struct verdict *verdict = &outcome->verdict;

	json_bool("served", outcome->served);
	json_string("action", action_name(verdict->action));
	json_bool("always", verdict->always);
	json_bool("keep", verdict->keep);
	json_number("rule", verdict->rule);
	json_bool("builtin", verdict->builtin);
	show_line(verdict->line);
	json_string("reason", outcome->reason);
	json_string("served_by", outcome->remedy);
	if (outcome->served)
		json_or_wrap("served: %s %s",
			     verdict->always && !private ?
				     "privmap does not wait for a refusal, and" :
			     private ? "if the kernel refuses the private mapping, privmap" :
				       "if the kernel refuses the mapping, privmap",
			     what_is_done(outcome, private));
	else if (outcome->remedy && *outcome->remedy == '-')
		json_or_print("not served: %s. To serve it: privmap %s COMMAND\n", outcome->reason,
			      ctl_shown(outcome->remedy));
	else
		json_or_print("not served: %s%s%s\n", outcome->reason,
			      outcome->remedy ? "; served by " : "",
			      outcome->remedy ? ctl_shown(outcome->remedy) : "");
}

static bool is_mapped(const struct subject *subject)
{
	return subject->tried && !subject->refused;
}

static void report(const struct effective *effective, struct subject *subject,
		   const struct outcome *outcome)
{
	const char *error = effective->error[0] ? effective->error : NULL;
	bool private = subject->file.view.private;

	json_begin("why");
	json_string("path", subject->path);
	json_string("filesystem", subject->filesystem);
	json_string("access", subject->read_only ? "read-only" : "read-write");
	json_string("mapping", private ? "private" : "shared");
	json_string("program", ctl_program);
	json_or_print("%s\n  on %s, opened %s, %sby %s\n", ctl_shown(subject->path),
		      subject->filesystem ? subject->filesystem : "an unknown filesystem",
		      subject->read_only ? "read-only" : "for reading and writing",
		      private ? "mapped privately " : "",
		      ctl_program ? ctl_shown(ctl_program) : "a program that no rule names");
	json_bool("mapped", is_mapped(subject));
	json_string("errno",
		    subject->refused && subject->tried ? ctl_errno_name(subject->refused) : NULL);
	if (is_mapped(subject))
		json_or_print("  the kernel maps this file: privmap has nothing to do\n");
	else if (subject->tried)
		json_or_print("  the kernel refuses to map it (%s)\n",
			      ctl_errno_name(subject->refused));
	json_or_line("rule_file", "rules", effective->file, "built in");
	json_string("error", error);
	json_errors(error);
	if (error)
		json_or_print("  %s\n", error);
	json_array("rules");
	if (!error && !subject->untouched)
		try_rules(&effective->settings.rules, subject);
	json_end();
	show_outcome(outcome, private);
	json_end();
}

static bool opened_for_writing(struct file_view *view)
{
	(void)view;
	return false;
}

/*
 * Opens for reading only if that has no effects, as it may have on a device. Like the engines,
 * takes a file that it may not read for a database.
 */
static int open_file(const char *name)
{
	struct stat file;
	int fd = -1;

	if (stat(name, &file) == 0 && S_ISREG(file.st_mode))
		fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		fd = open(name, O_PATH | O_CLOEXEC);
	if (fd < 0)
		cli_fail("'%s': %s", name, strerror(errno));
	return fd;
}

/* Asks the kernel directly, because privmap may be in this process, too. */
static void try_mapping(int fd, bool private, struct subject *subject)
{
	word size = sysconf(_SC_PAGESIZE);
	word map = KERNEL_MMAP(NULL, size, PROT_READ, private ? MAP_PRIVATE : MAP_SHARED, fd, 0);

	subject->tried = map != -EBADF; /* the file may not be read */
	if (kernel_failed(map))
		subject->refused = (int)-map;
	else
		kernel(SYS_munmap, map, size);
}

static void look_at(const char *name, bool read_only, bool private, struct subject *subject)
{
	static char room[2 * PATH_MAX];
	static struct mount mount;
	struct file *file = &subject->file;
	int fd = open_file(name);

	subject->read_only = read_only;
	if (!file_start(file, fd))
		subject->untouched = "it is not a regular file";
	else if (!file_may_be_served(file))
		subject->untouched = "memory filesystems and the kernel's own are never touched";
	file_find_path(file);
	subject->path = file->view.path;
	if (!subject->path && own_path(fd, room, sizeof(room) - 1) > 0)
		subject->path = room;
	if (!subject->path)
		cli_fail("'%s': /proc does not tell its path", name);
	subject->filesystem = mount_of(fd, &mount) ? mount.type : NULL;
	file->view.private = private;
	if (!subject->untouched)
		try_mapping(fd, private, subject);
	if (!read_only)
		file->view.read_only = opened_for_writing;
}

/*
 * Returns what /proc/PID/exe will show; for a script, its interpreter. Keeps an unknown name
 * unchanged.
 */
static const char *program_named(const char *name)
{
	static struct program program;
	char *real;

	if (find_program(name, &program))
		return name;
	if (program.fd >= 0)
		close(program.fd);
	real = realpath(program.path, NULL);
	return real ? real : name;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "program", required_argument, NULL, 'p' },
		{ "private", no_argument, NULL, 'm' },
		{ "read-write", no_argument, NULL, 'w' },
		CTL_OPTIONS,
	};
	static struct subject subject;
	static struct effective effective;
	struct outcome outcome;
	const char *program = NULL, *name;
	bool read_only = true, private = false;
	int option;

	while ((option = ctl_option(argc, argv, &ctl_why, options)) != -1) {
		switch (option) {
		case 'p':
			program = optarg;
			break;
		case 'm':
			private
			= true;
			break;
		default:
			read_only = false;
		}
	}
	name = ctl_operand(argc, argv, "PATH", false);
	look_at(name, read_only, private, &subject);
	ctl_program = program ? program_named(program) : NULL;
	effective_read(&effective);
	outcome = decide(&effective, &subject);
	report(&effective, &subject, &outcome);
	return outcome.served ? CTL_FINE : CTL_FINDING;
}

const struct subcommand ctl_why = {
	"why",
	"Usage: privmapctl why [OPTION]... PATH\n"
	"Show whether the kernel refuses to map the file PATH, each rule that is tried\n"
	"for it, in order, and whether privmap serves it.\n"
	"\n"
	"      --program PROGRAM  as if PROGRAM, a name or a path, mapped it (default:\n"
	"                         a program that no rule names)\n"
	"      --private          as if it were mapped privately (default: shared)\n"
	"      --read-write       as if it were opened for reading and writing\n"
	"                         (default: for reading)\n"
	"      --json             print JSON\n"
	"  -h, --help             print this and exit\n"
	"\n"
	"Exit status: 0 if the rules serve the file, should the kernel refuse it; 1 if\n"
	"they do not, 2 if privmapctl fails.\n",
	run,
};
