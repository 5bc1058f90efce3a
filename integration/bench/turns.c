/* SPDX-License-Identifier: MIT */
/*
 * turns: runs several commands again and again, in turn, and prints the time of each. It makes all
 * figures of `make bench`: other work of the machine affects all commands alike, so that the values
 * of one round can be compared.
 *
 * A round runs each variant once, in random order: the first may pay for others.
 * The first round does not count.
 */
#define _GNU_SOURCE 1
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <spawn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const char usage[] =
	"usage: turns [SETTING...] MEASURE : VARIANT [NAME=VALUE]... COMMAND [ARG]... [: ...]\n"
	"  rounds=N     as many at most (10,000)\n"
	"  seconds=N    no new round after so many\n"
	"  least=N      but so many rounds in any case (3)\n"
	"  pin          all on one processor, ahead of other processes if that is permitted\n"
	"  reports      commands tell their values themselves: NAME, a tab, a number, a line each\n"
	"  remove=DIR   is removed with all in it before each command\n"
	"Prints 'sample MEASURE/VARIANT ROUND VALUE' with tabs: seconds from start to end of the\n"
	"command; and as MEASURE.cpu those that it ran, as MEASURE.faults its page faults. With\n"
	"reports, MEASURE.NAME instead of these.\n";

enum { MOST = 24, FIRST_ROUNDS = 1 };

extern char **environ;

static struct variant {
	const char *name;
	char **command;
	char **environment;
} variants[MOST];
static int count;

static const char *measure, *to_remove;
static bool reports;

/* --- commands to run --- */

/* Returns the end of the words of one variant. */
static char **end_of(char **word)
{
	while (*word && strcmp(*word, ":") != 0)
		word++;
	return word;
}

static bool is_set(const char *entry, char **setting, int settings)
{
	size_t length = strcspn(entry, "=") + 1;

	for (int i = 0; i < settings; i++)
		if (strncmp(entry, setting[i], length) == 0)
			return true;
	return false;
}

static char **with_settings(char **setting, int settings)
{
	int inherited = 0, filled = 0;
	char **environment;

	while (environ[inherited])
		inherited++;
	environment = calloc((size_t)(inherited + settings + 1), sizeof(*environment));
	if (!environment)
		die("calloc");
	for (int i = 0; i < inherited; i++)
		if (!is_set(environ[i], setting, settings))
			environment[filled++] = environ[i];
	for (int i = 0; i < settings; i++)
		environment[filled++] = setting[i];
	return environment;
}

static char **add_variant(char **word)
{
	char **end = end_of(word);
	int settings = 0;

	if (count == MOST || end - word < 2) {
		fputs(usage, stderr);
		exit(2);
	}
	variants[count].name = *word++;
	while (word < end && strchr(word[settings], '='))
		settings++;
	variants[count].environment = with_settings(word, settings);
	variants[count++].command = word + settings;
	if (!*end)
		return end;
	*end = NULL;
	return end + 1;
}

/* --- one turn --- */

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_tree(const char *path)
{
	if (nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS) && errno != ENOENT)
		die(path);
}

static void sample(const char *of, const char *variant, int round, double value)
{
	if (round >= 0)
		printf("sample\t%s%s/%s\t%d\t%.9g\n", measure, of, variant, round, value);
}

/* Passes on the lines NAME<tab>VALUE of a command that reports. */
static void pass_on(int from, const char *variant, int round)
{
	FILE *lines = fdopen(from, "r");
	char line[256], name[128] = ".";
	double value;
	bool any = false;

	if (!lines)
		die("fdopen");
	while (fgets(line, sizeof(line), lines)) {
		if (sscanf(line, "%100[^\t]\t%lf", name + 1, &value) != 2) {
			fprintf(stderr, "turns: %s says: %s", variant, line);
			exit(1);
		}
		sample(name, variant, round, value);
		any = true;
	}
	fclose(lines);
	if (!any) {
		fprintf(stderr, "turns: %s reports nothing\n", variant);
		exit(1);
	}
}

static void must_have_worked(const struct variant *variant, int status)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	fprintf(stderr, "turns: %s of %s: %s: %s %d\n", variant->name, measure, variant->command[0],
		WIFEXITED(status) ? "exit status" : "signal",
		WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	exit(1);
}

/* Sets a command's stdin and stdout. */
static void set_files(posix_spawn_file_actions_t *files, int answers)
{
	static const char none[] = "/dev/null";

	if (posix_spawn_file_actions_init(files) ||
	    posix_spawn_file_actions_addopen(files, STDIN_FILENO, none, O_RDONLY, 0) ||
	    (answers >= 0 ?
		     posix_spawn_file_actions_adddup2(files, answers, STDOUT_FILENO) :
		     posix_spawn_file_actions_addopen(files, STDOUT_FILENO, none, O_WRONLY, 0)))
		die("posix_spawn_file_actions");
}

static double in_seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static void take_turn(const struct variant *variant, int round)
{
	posix_spawn_file_actions_t files;
	int ends[2] = { -1, -1 }, status, error;
	struct rusage used;
	double from, to;
	pid_t pid;

	if (to_remove)
		remove_tree(to_remove);
	if (reports && pipe2(ends, O_CLOEXEC))
		die("pipe");
	set_files(&files, ends[1]);
	from = now();
	error = posix_spawnp(&pid, variant->command[0], &files, NULL, variant->command,
			     variant->environment);
	if (error) {
		errno = error;
		die(variant->command[0]);
	}
	if (reports) {
		close(ends[1]);
		pass_on(ends[0], variant->name, round);
	}
	if (wait4(pid, &status, 0, &used) != pid)
		die("wait4");
	to = now();
	posix_spawn_file_actions_destroy(&files);
	must_have_worked(variant, status);
	if (!reports) {
		sample("", variant->name, round, to - from);
		sample(".cpu", variant->name, round,
		       in_seconds(used.ru_utime) + in_seconds(used.ru_stime));
		sample(".faults", variant->name, round, (double)used.ru_minflt);
	}
}

/* --- rounds --- */

static void shuffle(int *order)
{
	static unsigned seed = 1;

	for (int i = count - 1; i > 0; i--) {
		int other = rand_r(&seed) % (i + 1), kept = order[i];

		order[i] = order[other];
		order[other] = kept;
	}
}

static void pin(void)
{
	cpu_set_t all, one;

	if (sched_getaffinity(0, sizeof(all), &all))
		die("sched_getaffinity");
	CPU_ZERO(&one);
	for (size_t cpu = CPU_SETSIZE; cpu-- > 0;)
		if (CPU_ISSET(cpu, &all)) {
			CPU_SET(cpu, &one);
			break;
		}
	if (sched_setaffinity(0, sizeof(one), &one))
		die("sched_setaffinity");
	setpriority(PRIO_PROCESS, 0, -20); /* root only */
}

int main(int argc, char **argv)
{
	int rounds = 10000, least = 3, order[MOST];
	double seconds = 1e9, until;
	char **word = argv + 1;

	for (; *word; word++) {
		if (strncmp(*word, "rounds=", 7) == 0)
			rounds = atoi(*word + 7);
		else if (strncmp(*word, "seconds=", 8) == 0)
			seconds = atof(*word + 8);
		else if (strncmp(*word, "least=", 6) == 0)
			least = atoi(*word + 6);
		else if (strncmp(*word, "remove=", 7) == 0)
			to_remove = *word + 7;
		else if (strcmp(*word, "pin") == 0)
			pin();
		else if (strcmp(*word, "reports") == 0)
			reports = true;
		else
			break;
	}
	measure = *word;
	if (argc < 5 || !measure || !word[1] || strcmp(word[1], ":") != 0) {
		fputs(usage, stderr);
		return 2;
	}
	for (word += 2; *word;)
		word = add_variant(word);
	for (int i = 0; i < count; i++)
		order[i] = i;
	until = now() + seconds;
	for (int round = -FIRST_ROUNDS; round < rounds; round++) {
		if (round >= least && now() >= until)
			break;
		shuffle(order);
		for (int turn = 0; turn < count; turn++)
			take_turn(&variants[order[turn]], round);
	}
	if (to_remove)
		remove_tree(to_remove);
	return 0;
}
