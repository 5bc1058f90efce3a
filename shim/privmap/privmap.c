/* SPDX-License-Identifier: MIT */
/*
 * privmap: runs a command and serves its refused mappings. This file only turns options into the
 * environment, and executes.
 */
#include "apart.h"
#include "cli.h"
#include "example.h"
#include "handed.h"
#include "ld-preload.h"
#include "link.h"
#include "log.h"
#include "open.h"
#include "preload-list.h"
#include "program.h"
#include "reach.h"
#include "reads.h"
#include "report.h"
#include "settings.h"
#include "spelling.h"
#include "start.h"
#include "sum.h"
#include "supervise.h"
#include "text.h"
#include "windows.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The same as env(1). */
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
	char *paths; /* GLOB:GLOB, in the form of PRIVMAP_PATHS; NULL: none */
	const char *config;
	const char *example; /* the name of a shipped rule file; config is NULL then */
	const char *report;  /* "" for stderr */
	char *argv0;	     /* argument 0 of COMMAND; NULL: its name */
	int verbose;
	enum engine engine;
	bool traced;	     /* by another privmap, which serves COMMAND as well */
	char unreached[320]; /* why COMMAND may not be served by engine */
};

const struct command command = { "privmap", EXIT_PRIVMAP };

static const char help[] =
	"Usage: privmap [OPTION]... [--] COMMAND [ARG]...\n"
	"Run COMMAND on filesystems that refuse shared memory mappings, with the error\n"
	"\"No such device\". If the kernel refuses a read-only mapping, privmap makes it\n"
	"private, or maps a copy, where a rule says so.\n"
	"\n"
	"  -p, --path GLOB       serve files that match GLOB, too; repeatable. '*' also\n"
	"                        matches '/'; a GLOB without '/' is matched to file names\n"
	"  -c, --config FILE     use the rules in FILE only\n"
	"      --for NAME        use the rules of a shipped example: models, stores, ...;\n"
	"                        'list' lists them. The last of --config and --for counts\n"
	"  -r, --report[=FILE]   report at the end what was served, and how to serve the\n"
	"                        rest: on stderr, or in FILE, a line of JSON per process\n"
	"  -v, --verbose         log on stderr what is served; twice: how it was decided\n"
	"  -e, --engine ENGINE   preload: a library in COMMAND, which must be dynamic;\n"
	"                        trace: from outside, by ptrace; auto (default): any\n"
	"  -a, --argv0 ARG       pass ARG as COMMAND's argument 0, its name\n"
	"  -h, --help            print this and exit\n"
	"  -V, --version         print the version and exit\n"
	"\n"
	"Exit status: COMMAND's, or 125 if privmap itself fails, 126 if COMMAND is found\n"
	"but cannot be run, 127 if it is not found.\n";

/* COMMAND must neither die nor wait because nobody reads this line, as with all later messages. */
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
		cli_fail("%s: %s", name, strerror(errno));
}

static void add_path(struct options *options, const char *glob)
{
	char *quoted = cli_memory(2 * strlen(glob) + 1), *end = quoted;
	bool quote = false;

	if (!*glob)
		cli_fail("--path '': a GLOB must not be empty");
	/* A colon in glob would end it in PRIVMAP_PATHS. */
	for (; *glob; glob++) {
		if (*glob == ':' && !quote)
			*end++ = '\\';
		quote = *glob == '\\' && !quote;
		*end++ = *glob;
	}
	*end = '\0';
	/* It matches nothing, and its last byte would quote the colon after it. */
	if (quote)
		return;
	options->paths = options->paths ? cli_text("%s:%s", options->paths, quoted) : quoted;
}

static enum engine parse_engine(const char *word)
{
	static const char *const names[] = { "auto", "preload", "trace" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(word, names[i]) == 0)
			return (enum engine)i;
	cli_fail("--engine '%s': auto, preload or trace expected", word);
}

/* directory has PATH_MAX bytes. */
static void find_library(char *directory)
{
	if (!library_directory(directory, PATH_MAX))
		cli_fail("libprivmap.so is neither next to this command nor in %s", directory);
}

static _Noreturn void list_examples(void)
{
	char directory[PATH_MAX];

	find_library(directory);
	cli_answer(example_list(directory));
}

static _Noreturn void usage(const char *wrong)
{
	cli_complain("%s", wrong);
	fputs("Try 'privmap --help'.\n", stderr);
	exit(command.failed);
}

/* Returns the index of COMMAND in argv. */
static int parse_options(int argc, char **argv, struct options *options)
{
	enum { FOR = 256 };
	static const struct option names[] = {
		{ "path", required_argument, NULL, 'p' },
		{ "config", required_argument, NULL, 'c' },
		{ "for", required_argument, NULL, FOR },
		{ "report", optional_argument, NULL, 'r' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "engine", required_argument, NULL, 'e' },
		{ "argv0", required_argument, NULL, 'a' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "+:p:c:r::ve:a:hV", names, NULL)) != -1) {
		switch (option) {
		case 'p':
			add_path(options, optarg);
			break;
		case 'c':
			options->config = optarg;
			options->example = NULL;
			break;
		case FOR:
			if (strcmp(optarg, "list") == 0)
				list_examples();
			options->example = optarg;
			options->config = NULL;
			break;
		case 'r':
			if (optarg && *optarg == '=')
				usage("FILE follows -r directly: -rFILE, or --report=FILE");
			options->report = optarg ? optarg : "";
			break;
		case 'v':
			options->verbose++;
			break;
		case 'e':
			options->engine = parse_engine(optarg);
			break;
		case 'a':
			options->argv0 = optarg;
			break;
		case 'h':
			cli_answer(help);
		case 'V':
			cli_answer("privmap " PRIVMAP_VERSION "\n");
		default:
			usage(spelling_of_option(option, argv, names));
		}
	}
	if (optind == argc)
		usage("no COMMAND given");
	return optind;
}

static void set_log(int verbose)
{
	const char *old = getenv("PRIVMAP_LOG");
	const char *target = old ? strchr(old, ':') : NULL;
	const char *level = log_level_name(verbose > 1 ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);

	set("PRIVMAP_LOG", cli_text("%s%s", level, target ? target : ""));
}

/*
 * COMMAND goes on in a child. It and its descendants count in shared memory, which this process
 * reads when COMMAND has ended. Without shared memory, each process reports for itself. Returns in
 * the child only: the record to count in, or NULL.
 */
static struct record *stay_to_report(const struct options *options)
{
	struct destination file = { NULL, -1 };
	const char *disabled = getenv("PRIVMAP_DISABLE"), *report = getenv("PRIVMAP_REPORT");
	/* Of a privmap --report that started this one. */
	const char *around = report ? cli_text("%s", report) : "";
	struct record *record, *told, *whole;
	char name[REPORT_NAME];
	int fd, listener, child, status;

	if (*options->report)
		file = destination_open(options->report);
	fd = report_share(&record, name);
	set("PRIVMAP_REPORT", fd >= 0 ? name : file.name ? file.name : "1");
	if (fd < 0)
		return NULL;
	sink_remember_stderr();
	listener = reads_listen(record);
	child = supervise_begin(fd, listener, file.fd);
	if (child == 0)
		return record;
	if (child < 0)
		cli_fail("--report: %s", strerror(errno));
	reads_begin(record, listener);
	status = supervise_wait();
	reads_end();
	told = cli_memory(RECORD_SHARED_BYTES);
	record_copy(told, record);
	record_suppose(told);
	whole = report_shared(around);
	if (whole)
		record_add(whole, told);
	if (file.fd >= 0)
		file.fd = STDIN_FILENO; /* supervise_begin() */
	if (file.name)
		sum_append(told, &file);
	else if (atomic_load(&told->started))
		sum_tell(told, settings_disable(disabled) ? "PRIVMAP_DISABLE is set" :
							    options->unreached);
	apart_end_as(status);
}

static void set_config(const char *directory, const char *file)
{
	struct settings settings = settings_default();
	char error[2 * PATH_MAX];
	char *name;

	if (!*file) /* PRIVMAP_CONFIG would mean no file by that */
		cli_fail("--config '': %s", strerror(ENOENT));
	name = cli_absolute(file);
	if (rule_file_read(directory, name, &settings, error, sizeof(error)))
		cli_fail("%s", error);
	set("PRIVMAP_CONFIG", name);
}

static void set_environment(const char *directory, const struct options *options)
{
	const char *old_paths = getenv("PRIVMAP_PATHS");
	const char *example = getenv("PRIVMAP_FOR");

	if (options->config)
		set_config(directory, options->config);
	else if (options->example)
		set_config(directory, example_file(directory, "--for", options->example));
	else if (example && *example)
		set_config(directory, example_file(directory, "PRIVMAP_FOR", example));
	unsetenv("PRIVMAP_FOR"); /* PRIVMAP_CONFIG has it, also for a privmap below */
	if (options->paths)
		set("PRIVMAP_PATHS", old_paths && *old_paths ?
					     cli_text("%s:%s", options->paths, old_paths) :
					     options->paths);
	if (options->verbose)
		set_log(options->verbose);
}

/* Programs that were built with a sanitizer, and children, too, run as they do without privmap. */
static void set_sanitizer(const char *name, const char *option)
{
	set(name, sanitizer_options(option, getenv(name)));
}

static void set_preload(const char *directory)
{
	set("LD_PRELOAD", preload_value(directory, true, getenv("LD_PRELOAD")));
	set("PRIVMAP_CHILDREN", "1");
	set_sanitizer("ASAN_OPTIONS", ASAN_OPTION);
}

static void offer_windows(const struct options *options, char **argv)
{
	if (!settings_disable(getenv("PRIVMAP_DISABLE")) && windows_offer(argv) && options->verbose)
		note(cli_text("privmap: private mappings are refused here; GIT_CONFIG_COUNT makes "
			      "git map its packs in small parts\n"));
}

/* Rules get the paths of files from /proc. */
static void look_for_proc(void)
{
	if (access("/proc/self", F_OK))
		fputs("privmap: /proc is not mounted here: only rules without path, filesystem, "
		      "program, worktree and git match, and nothing can be copied\n",
		      stderr);
}

static void start_tracer(const struct options *options, const char *directory, const char *path)
{
	char why[256];

	if (!options->traced && !trace_start(directory, why, sizeof(why)))
		cli_fail("'%s' cannot be served: %s", path, why);
	preload_forget();
	set_sanitizer("LSAN_OPTIONS", LSAN_OPTION);
}

/* A process has one tracer only. Says so if the options ask for what that one does not do. */
static void look_for_tracer(struct options *options, const char *path)
{
	options->traced = tracer_of_process() == TRACER_PRIVMAP;
	if (!options->traced)
		return;
	snprintf(options->unreached, sizeof(options->unreached),
		 "the privmap that traces %s already does that", last_component(path));
	if (options->verbose || options->paths || options->config || options->example)
		note(cli_text("privmap: another privmap traces %s already, and serves it by its "
			      "own rules\n",
			      path));
}

/* COMMAND is missing or cannot be run, maybe because its interpreter ("": none) cannot. */
static _Noreturn void fail_as_env(const char *name, const char *interpreter, int error)
{
	char room[2 * PATH_MAX];
	struct text shown = TEXT_IN(room);

	text_add_name(&shown, interpreter);
	if (*interpreter)
		cli_complain("'%s': its interpreter %s: %s", name, text_string(&shown),
			     strerror(error));
	else
		cli_complain("'%s': %s", name, strerror(error));
	exit(error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN);
}

/*
 * Chooses the engine for the program that name runs, and describes it in program. Prints one line
 * if the program is unusual, and always with --verbose.
 */
static enum engine choose_engine(const char *name, struct options *options, struct program *program)
{
	enum engine engine = options->engine;
	struct reach reach;
	int error = find_program(name, program);

	if (error)
		fail_as_env(name, "", error);
	reach = reach_by_preload(program);
	if (program->fd >= 0)
		close(program->fd);
	if (reach.loses && engine == ENGINE_AUTO) {
		note(cli_text("privmap: %s is not served: %s; as root it is: sudo privmap ...\n",
			      program->path, reach.why));
		engine = ENGINE_PRELOAD; /* which leaves it alone */
	} else if (engine == ENGINE_AUTO) {
		engine = reach.reached ? ENGINE_PRELOAD : ENGINE_TRACE;
	}
	if (options->verbose || (engine == ENGINE_TRACE && reach.unusual))
		note(cli_text(
			"privmap: engine %s for %s: %s%s\n",
			engine == ENGINE_PRELOAD ? "preload" : "trace", program->path,
			engine == ENGINE_TRACE && reach.reached ? "-e trace was given" : reach.why,
			engine == ENGINE_TRACE && reach.loses ? "; traced, it runs without them" :
								""));
	snprintf(options->unreached, sizeof(options->unreached), "%s",
		 engine == ENGINE_PRELOAD && !reach.reached ? reach.why :
							      "the rule file has an error");
	if (engine == ENGINE_TRACE)
		look_for_tracer(options, program->path);
	return engine;
}

static _Noreturn void run_command(int argc, char **argv)
{
	struct options options = { .engine = ENGINE_AUTO };
	int operand = parse_options(argc, argv, &options);
	const char *name = argv[operand];
	char directory[PATH_MAX];
	struct program program;
	enum engine engine = choose_engine(name, &options, &program);
	struct record *record = NULL;

	if (engine == ENGINE_PRELOAD)
		find_library(directory);
	else if (!library_directory(directory, sizeof(directory)))
		note(cli_text("privmap: libprivmap.so is missing; %s is traced, which works "
			      "without it\n",
			      program.path));
	set_environment(directory, &options);
	offer_windows(&options, argv + operand);
	if (options.report)
		record = stay_to_report(&options);
	if (engine == ENGINE_PRELOAD) {
		look_for_proc();
		set_preload(directory);
	} else {
		start_tracer(&options, directory, program.path);
	}
	if (record)
		atomic_store(&record->started, 1);
	if (options.argv0)
		argv[operand] = options.argv0;
	execvp(name, argv + operand);
	if (record)
		atomic_store(&record->started, 0);
	fail_as_env(name, errno == program.error ? program.interpreter : "", errno);
}

int main(int argc, char **argv)
{
	const char *name;
	char **linked;

	if (handed_over(argc, argv)) {
		/* Its parent believes already that the program runs. */
		int error = handed_run(argv, &name);

		fail_as_env(name, "", error);
	}
	linked = link_arguments(&argc, argv);
	run_command(argc, linked ? linked : argv);
}
