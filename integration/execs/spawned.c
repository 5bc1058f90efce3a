/* SPDX-License-Identifier: MIT */
/*
 * Exec conformance: attributes and file actions of posix_spawn(3) and posix_spawnp.
 */
#include "execs.h"

#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>

#define W(text) ((char *)(uintptr_t)(text))
static char *arguments[] = { W("name"), W("one"), NULL };

static posix_spawn_file_actions_t actions;
static posix_spawnattr_t attributes;
static void (*prepares)(void);
static const char *programs[] = { "./static", "./dynamic", "./script", "./missing" };

static void spawns(void)
{
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		for (int search = 0; search < 2; search++) {
			pid_t pid = -5;
			int error, status;

			posix_spawn_file_actions_init(&actions);
			posix_spawnattr_init(&attributes);
			prepares();
			error = (search ? posix_spawnp : posix_spawn)(
				&pid, programs[i], &actions, &attributes, arguments, environ);
			if (error) {
				dprintf(1, "%s: %s, pid %s\n", programs[i], errno_word(error),
					pid == -5 ? "as it was" : "set");
				continue;
			}
			if (waitpid(pid, &status, 0) == pid)
				dprintf(1, "%s: %s\n", programs[i], ended(status));
		}
}

static void each(void (*prepare)(void), const char *keys)
{
	target("static");
	target("dynamic");
	SCRIPT("script", "#!./static\n");
	prepares = prepare;
	try_call("spawned", spawns, keys);
}

#define SPAWNED(function, keys, ...)                                                               \
	static void prepare_##function(void)                                                       \
	{                                                                                          \
		__VA_ARGS__;                                                                       \
	}                                                                                          \
	static void function(void)                                                                 \
	{                                                                                          \
		each(prepare_##function, keys);                                                    \
	}

static void flags(int which)
{
	posix_spawnattr_setflags(&attributes, (short)which);
}

static void mask_of(int number, int (*set)(posix_spawnattr_t *, const sigset_t *))
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, number);
	set(&attributes, &signals);
}

static void masked(void)
{
	mask_of(SIGUSR2, posix_spawnattr_setsigmask);
	flags(POSIX_SPAWN_SETSIGMASK);
}

static void defaults(void)
{
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	mask_of(SIGHUP, posix_spawnattr_setsigdefault);
	flags(POSIX_SPAWN_SETSIGDEF);
}

static void grouped(void)
{
	posix_spawnattr_setpgroup(&attributes, 0);
	flags(POSIX_SPAWN_SETPGROUP);
}

static void wrong_group(void)
{
	posix_spawnattr_setpgroup(&attributes, 1);
	flags(POSIX_SPAWN_SETPGROUP);
}

static void scheduled(void)
{
	struct sched_param none = { 0 };

	posix_spawnattr_setschedpolicy(&attributes, SCHED_BATCH);
	posix_spawnattr_setschedparam(&attributes, &none);
	flags(POSIX_SPAWN_SETSCHEDULER);
}

static void odd_schedule(void)
{
	posix_spawnattr_setschedpolicy(&attributes, SCHED_FIFO);
	flags(POSIX_SPAWN_SETSCHEDULER);
}

/* The program first becomes nobody, except for its effective ids. */
static void reset(void)
{
	if (geteuid() == 0 && (setresgid(NOBODY, 0, 0) || setresuid(NOBODY, 0, 0)))
		_exit(1);
	flags(POSIX_SPAWN_RESETIDS);
}

SPAWNED(plain, "argv env exe", (void)0)
SPAWNED(mask, "mask", masked())
SPAWNED(signal_defaults, "ignored", defaults())
SPAWNED(process_group, "group", grouped())
SPAWNED(wrong_process_group, "group", wrong_group())
SPAWNED(session, "group session", flags(POSIX_SPAWN_SETSID))
SPAWNED(scheduler, "schedule", scheduled())
SPAWNED(wrong_scheduler, "schedule", odd_schedule())
SPAWNED(reset_ids, "users", reset())
SPAWNED(vfork_flag, "argv", flags(POSIX_SPAWN_USEVFORK))
SPAWNED(wrong_flags, "argv", flags(0x4000))

static void directories(void)
{
	mkdir("in", 0755);
	if (link("static", "in/static") && errno != EEXIST)
		_exit(1);
}

/* The program's name is relative to that directory, and the program starts there. */
static void in_directory(void)
{
	directories();
	posix_spawn_file_actions_addchdir_np(&actions, "in");
}

static void in_directory_of(void)
{
	int fd;

	directories();
	fd = open("in", O_PATH | O_DIRECTORY);
	dup2(fd, 50);
	if (fd != 50)
		close(fd);
	posix_spawn_file_actions_addfchdir_np(&actions, 50);
}

SPAWNED(opened, "open", posix_spawn_file_actions_addopen(&actions, 20, "/dev/null", O_RDONLY, 0))
SPAWNED(opened_as_stdin, "open",
	posix_spawn_file_actions_addopen(&actions, 0, "static", O_RDONLY, 0))
SPAWNED(not_opened, "open", posix_spawn_file_actions_addopen(&actions, 20, "nowhere", O_RDONLY, 0))
SPAWNED(duplicated, "open", posix_spawn_file_actions_adddup2(&actions, 0, 30);
	posix_spawn_file_actions_adddup2(&actions, 30, 30))
SPAWNED(not_duplicated, "open", posix_spawn_file_actions_adddup2(&actions, 77, 78))
SPAWNED(closed, "open", posix_spawn_file_actions_addclose(&actions, 0);
	posix_spawn_file_actions_addclose(&actions, 2))
SPAWNED(nothing_closed, "open", posix_spawn_file_actions_addclose(&actions, 77))
SPAWNED(directory, "cwd open argv execfn", in_directory())
SPAWNED(directory_of_descriptor, "cwd open argv execfn", in_directory_of())
SPAWNED(no_directory, "cwd", posix_spawn_file_actions_addchdir_np(&actions, "nowhere"))
#if __GLIBC_PREREQ(2, 34)
SPAWNED(closed_from, "open", dup2(1, 40); dup2(1, 41);
	posix_spawn_file_actions_addclosefrom_np(&actions, 3))
#else
SPAWNED(closed_from, "open", (void)0)
#endif

static void in_order(void)
{
	posix_spawn_file_actions_addopen(&actions, 20, "/dev/zero", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, 20, 21);
	posix_spawn_file_actions_addclose(&actions, 20);
	posix_spawn_file_actions_addopen(&actions, 20, "/dev/null", O_RDWR, 0);
	grouped();
	masked();
	flags(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
}
SPAWNED(all_of_it, "open group mask", in_order())

/* Relative entries of PATH start from the child's directory. */
static void spawns_there(void)
{
	pid_t pid = -1;
	int error;

	setenv("PATH", "b:in", 1);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addchdir_np(&actions, "a");
	error = posix_spawnp(&pid, "it", &actions, NULL, arguments, environ);
	dprintf(1, "%s\n", error ? errno_word(error) : wait_end(pid));
}

static void searched_there(void)
{
	MUST(mkdir("a", 0755) == 0 && mkdir("a/in", 0755) == 0 && mkdir("in", 0755) == 0);
	target_as("static", "a/in/it");
	target_as("dynamic", "in/it");
	try_call("spawned", spawns_there, "execfn cwd exe");
}

/* The caller ignores the pid: it passes NULL. */
static void spawns_unnamed(void)
{
	int error = posix_spawn(NULL, "./static", NULL, NULL, arguments, environ), status;

	if (wait(&status) > 0)
		dprintf(1, "%d, %s\n", error, ended(status));
}

static void unnamed(void)
{
	target("static");
	try_call("spawned", spawns_unnamed, "argv");
}

const struct conform_case execs_spawned[] = {
	{ "plain", plain, NULL },
	{ "mask", mask, NULL },
	{ "signal-defaults", signal_defaults, NULL },
	{ "group", process_group, NULL },
	{ "wrong-group", wrong_process_group, NULL },
	{ "session", session, NULL },
	{ "scheduler", scheduler, NULL },
	{ "wrong-scheduler", wrong_scheduler, NULL },
	{ "reset-ids", reset_ids, NULL },
	{ "vfork", vfork_flag, NULL },
	{ "wrong-flags", wrong_flags, NULL },
	{ "open", opened, NULL },
	{ "open-stdin", opened_as_stdin, NULL },
	{ "open-fails", not_opened, NULL },
	{ "dup2", duplicated, NULL },
	{ "dup2-fails", not_duplicated, NULL },
	{ "close", closed, NULL },
	{ "close-nothing", nothing_closed, NULL },
	{ "chdir", directory, NULL },
	{ "fchdir", directory_of_descriptor, NULL },
	{ "chdir-fails", no_directory, NULL },
	{ "closefrom", closed_from, NULL },
	{ "in-order", all_of_it, NULL },
	{ "search-after-chdir", searched_there, NULL },
	{ "no-pid", unnamed, NULL },
	{ 0 },
};
