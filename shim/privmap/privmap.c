/* SPDX-License-Identifier: MIT */
/*
 * privmap: runs a command with its refused shared mappings served. The thin part: options in,
 * environment out, exec.
 */
#include "libdir.h"
#include "open.h"
#include "ld-preload.h"
#include "reach.h"
#include "settings.h"
#include "sink.h"
#include "start.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* As env(1). */
enum {
	EXIT_PRIVMAP = 125,
	EXIT_CANNOT_RUN = 126,
	EXIT_NOT_FOUND = 127,
};

enum engine {
	ENGINE_AUTO,
	ENGINE_PRELOAD,
	ENGINE_TRACE,
};

struct options {
	char *paths; /* GLOB:GLOB, as PRIVMAP_PATHS wants it; NULL: none */
	const char *config;
	const char *report; /* "" for stderr */
	int verbose;
	enum engine engine;
};

static const char help[] =
	"Usage: privmap [OPTION]... [--] COMMAND [ARG]...\n"
	"Run COMMAND on filesystems that refuse shared memory mappings (\"No such device\"):\n"
	"read-only shared mappings that are refused are made private, where the rules say so.\n"
	"\n"
	"  -p, --path GLOB       serve files matching GLOB, too (repeatable; '*' crosses '/';\n"
	"                        without a '/' it is matched to the file's name)\n"
	"  -c, --config FILE     use the rules in FILE only\n"
	"  -r, --report[=FILE]   say at exit what was done: one line on stderr, or one JSON line\n"
	"                        per process appended to FILE\n"
	"  -v                    log what is done on stderr; twice: how it was decided\n"
	"  -e, --engine ENGINE   preload: a library in COMMAND, which must be dynamic; trace:\n"
	"                        from outside, by ptrace; auto (default): the one that works\n"
	"      --help            print this and exit\n"
	"      --version         print the version and exit\n"
	"\n"
	"Exit status: COMMAND's, or 125 if privmap itself fails, 126 if COMMAND is found but\n"
	"cannot be run, 127 if it is not found.\n";

__attribute__((noreturn, format(printf, 2, 3))) static void fail(int status, const char *format,
								 ...)
{
	va_list arguments;

	fflush(stdout);
	fputs("privmap: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(status);
}

static char *joined(const char *first, const char *between, const char *second)
{
	char *text;

	if (asprintf(&text, "%s%s%s", first, between, second) < 0)
		fail(EXIT_PRIVMAP, "%s", strerror(ENOMEM));
	return text;
}

/* COMMAND must not die of a line that nobody takes, nor wait: as it is with what follows. */
static void note(char *line)
{
	struct text text = { line, strlen(line), strlen(line) };

	sink_remember_stderr();
	sink_stderr(&text);
	free(line);
}

static void set(const char *name, const char *value)
{
	if (setenv(name, value, 1))
		fail(EXIT_PRIVMAP, "%s: %s", name, strerror(errno));
}

/* COMMAND may change its directory before the library reads the name. */
static char *absolute(const char *file)
{
	char *here;
	char *name;

	if (*file == '/')
		return joined(file, "", "");
	here = getcwd(NULL, 0);
	if (!here)
		fail(EXIT_PRIVMAP, "'%s': %s", file, strerror(errno));
	name = joined(here, "/", file);
	free(here);
	return name;
}

__attribute__((noreturn)) static void answer(const char *text)
{
	if (fputs(text, stdout) < 0 || fflush(stdout))
		fail(EXIT_PRIVMAP, "write error: %s", strerror(errno));
	exit(0);
}

static void add_path(struct options *options, const char *glob)
{
	if (!*glob || strchr(glob, ':'))
		fail(EXIT_PRIVMAP, "--path '%s': a GLOB must not be empty nor hold a ':'", glob);
	options->paths = options->paths ? joined(options->paths, ":", glob) : joined(glob, "", "");
}

static enum engine parse_engine(const char *word)
{
	static const char *const names[] = { "auto", "preload", "trace" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(word, names[i]) == 0)
			return (enum engine)i;
	fail(EXIT_PRIVMAP, "--engine '%s': auto, preload or trace expected", word);
}

/* Returns the index of COMMAND in argv. */
static int parse_options(int argc, char **argv, struct options *options)
{
	enum { HELP = 256, VERSION };
	static const struct option names[] = {
		{ "path", required_argument, NULL, 'p' },
		{ "config", required_argument, NULL, 'c' },
		{ "report", optional_argument, NULL, 'r' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "engine", required_argument, NULL, 'e' },
		{ "help", no_argument, NULL, HELP },
		{ "version", no_argument, NULL, VERSION },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "+p:c:r::ve:", names, NULL)) != -1) {
		switch (option) {
		case 'p':
			add_path(options, optarg);
			break;
		case 'c':
			options->config = optarg;
			break;
		case 'r':
			options->report = optarg ? optarg : "";
			break;
		case 'v':
			options->verbose++;
			break;
		case 'e':
			options->engine = parse_engine(optarg);
			break;
		case HELP:
			answer(help);
		case VERSION:
			answer("privmap " PRIVMAP_VERSION "\n");
		default: /* getopt has said what is wrong */
			fputs("Try 'privmap --help'.\n", stderr);
			exit(EXIT_PRIVMAP);
		}
	}
	if (optind == argc)
		fail(EXIT_PRIVMAP, "no COMMAND given\nTry 'privmap --help'.");
	return optind;
}

static void set_log(int verbose)
{
	const char *old = getenv("PRIVMAP_LOG");
	const char *target = old ? strchr(old, ':') : NULL;
	const char *level = log_level_name(verbose > 1 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);

	set("PRIVMAP_LOG", joined(level, target ? target : "", ""));
}

/* A report that cannot be written is said now, not lost at exit. */
static void set_report(const char *file)
{
	char *name;
	int fd;

	if (!*file) {
		set("PRIVMAP_REPORT", "1");
		return;
	}
	name = absolute(file);
	fd = open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
	if (fd < 0)
		fail(EXIT_PRIVMAP, "--report '%s': %s", file, strerror(errno));
	close(fd);
	set("PRIVMAP_REPORT", name);
}

static void set_config(const char *directory, const char *file)
{
	struct settings settings = settings_default();
	char error[2 * PATH_MAX];
	char *name;

	if (!*file) /* in PRIVMAP_CONFIG that means none */
		fail(EXIT_PRIVMAP, "--config '': %s", strerror(ENOENT));
	name = absolute(file);
	if (rule_file_read(directory, name, &settings, error, sizeof(error)))
		fail(EXIT_PRIVMAP, "%s", error);
	set("PRIVMAP_CONFIG", name);
}

static void set_environment(const char *directory, const struct options *options)
{
	const char *old_paths = getenv("PRIVMAP_PATHS");

	if (options->config)
		set_config(directory, options->config);
	if (options->paths)
		set("PRIVMAP_PATHS", old_paths && *old_paths ?
					     joined(options->paths, ":", old_paths) :
					     options->paths);
	if (options->report)
		set_report(options->report);
	if (options->verbose)
		set_log(options->verbose);
}

/* Programs that were built with a sanitizer run as they do without us, and children, too. */
static void set_sanitizer(const char *name, const char *option)
{
	char *value = sanitizer_options(option, getenv(name));

	if (!value)
		fail(EXIT_PRIVMAP, "%s", strerror(ENOMEM));
	set(name, value);
}

static void set_preload(const char *directory)
{
	char *library = joined(directory, "/", "libprivmap.so");
	char *value = preload_value(library, getenv("LD_PRELOAD"));

	if (!value)
		fail(EXIT_PRIVMAP, "%s: a blank or ':' in its name keeps it out of LD_PRELOAD",
		     library);
	set("LD_PRELOAD", value);
	set_sanitizer("ASAN_OPTIONS", ASAN_OPTION);
}

/* The paths that rules are about come from there. */
static void look_for_proc(void)
{
	if (access("/proc/self", F_OK))
		fputs("privmap: /proc is not mounted here: only rules without path, filesystem, "
		      "program and worktree match, and nothing can be copied\n",
		      stderr);
}

static void start_tracer(const char *directory, const char *path)
{
	char why[256];

	if (!trace_start(directory, why, sizeof(why)))
		fail(EXIT_PRIVMAP, "'%s' cannot be served: %s", path, why);
	set_sanitizer("LSAN_OPTIONS", LSAN_OPTION);
}

static int exit_status(int error)
{
	return error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}

/*
 * Picks the engine for the program behind name, whose path is copied to path. What is unusual about
 * it is said in one line; the rest only who asks for it.
 */
static enum engine choose_engine(const char *name, const struct options *options, char *path)
{
	struct program program = { .fd = -1 };
	enum engine engine = options->engine;
	struct reach reach;
	int error = find_program(name, &program);

	if (error)
		fail(exit_status(error), "'%s': %s", name, strerror(error));
	reach = reach_by_preload(&program);
	if (program.fd >= 0)
		close(program.fd);
	if (engine == ENGINE_AUTO)
		engine = reach.reached ? ENGINE_PRELOAD : ENGINE_TRACE;
	if (options->verbose || (engine == ENGINE_TRACE && reach.unusual))
		note(joined(joined("privmap: engine ",
				   engine == ENGINE_PRELOAD ? "preload" : "trace", " for "),
			    program.path,
			    joined(": ", reach.why,
				   engine == ENGINE_TRACE && reach.privileged && getuid() != 0 ?
					   "; traced, it runs without them\n" :
					   "\n")));
	strcpy(path, program.path);
	return engine;
}

int main(int argc, char **argv)
{
	struct options options = { .engine = ENGINE_AUTO };
	int command = parse_options(argc, argv, &options);
	char directory[PATH_MAX], path[PATH_MAX];
	enum engine engine = choose_engine(argv[command], &options, path);

	if (!library_directory(directory, sizeof(directory)))
		fail(EXIT_PRIVMAP, "libprivmap.so is not beside this command, nor in %s",
		     directory);
	set_environment(directory, &options);
	if (engine == ENGINE_PRELOAD) {
		look_for_proc();
		set_preload(directory);
	} else {
		start_tracer(directory, path);
	}
	execvp(argv[command], argv + command);
	fail(exit_status(errno), "'%s': %s", argv[command], strerror(errno));
}
