/* SPDX-License-Identifier: MIT */
/*
 * mmapworld [OPTION...] [--] COMMAND [ARG...]: runs a command in a world whose disk refuses to map
 * files, with any errno, by system calls: so it also refuses static programs and raw system calls.
 * It does not refuse memory files, devices, and mappings of the dynamic loader.
 *   --errno NAME   with ENODEV (default), EINVAL, EOPNOTSUPP, ENOSYS or ENOEXEC
 *   --refuse KIND  shared (default): MAP_SHARED; rdwr: that of files opened O_RDWR only; private:
 *                  MAP_PRIVATE as well
 *   --below DIR    only files below DIR
 * For tests of libprivmap.so, or of the library in --of. With these options, mmapworld refuses
 * nothing unless --refuse is given as well:
 *   --of NAME      "libprivmap-exec.so"
 *   --fault CALL:ERROR[:N[+]]  a system call of its own code fails with that errno, or (short) does
 *                  half its work; N: the Nth only, N+: and all later ones
 *   --record FILE  FILE gets the names of the calls of its own code
 * The exit status is COMMAND's, or 128 and the number of the signal that killed it; 125: mmapworld
 * itself failed; 126 and 127: COMMAND could not be run, or was not found.
 *
 * Three processes: this one waits for COMMAND and passes signals on to it. The supervisor, its
 * child, answers the calls (seccomp's user notifications) until no process is left, maybe after
 * COMMAND has ended. COMMAND is the supervisor's child, because Yama may allow only ancestors to
 * look at a process.
 */
#define _GNU_SOURCE 1
#include "mmapworld.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

enum { FAILED = 125, NOT_RUNNABLE = 126, NOT_FOUND = 127 };

__attribute__((noreturn, format(printf, 1, 2))) static void fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("mmapworld: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	_exit(FAILED);
}

/* Shared by all three processes: COMMAND's id, and whether the supervisor is ready. */
static struct shared {
	_Atomic pid_t command;
	atomic_bool listening;
} * shared;

/* --- COMMAND --- */

/*
 * After the filter, this only waits before it executes COMMAND: exec closes the listener, so the
 * supervisor must have it first.
 */
__attribute__((noreturn)) static void become(const struct world *world, char **command,
					     pid_t supervisor)
{
	int error = filter_install(world);

	if (error < 0)
		fail("seccomp: %s", strerror(-error));
	while (!atomic_load(&shared->listening)) {
		if (getppid() != supervisor)
			_exit(FAILED);
		sched_yield();
	}
	execvp(*command, command);
	error = errno;
	fprintf(stderr, "mmapworld: %s: %s\n", *command, strerror(error));
	_exit(error == ENOENT ? NOT_FOUND : NOT_RUNNABLE);
}

/* --- the supervisor --- */

/* It inherited COMMAND's terminal and pipes, and closes them: no reader may wait for that. */
static void let_go(int last)
{
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd <= 2; fd++)
		if (dup2(nothing, fd) < 0)
			_exit(FAILED);
	syscall(SYS_close_range, last + 1, ~0U, 0);
	setsid();
	if (chdir("/"))
		_exit(FAILED);
}

/* Moves fd to exactly that number if it is one of ours (3 to 5), else to that or a higher one. */
static int move_fd(int fd, int number)
{
	int moved = number > 5 ? fcntl(fd, F_DUPFD_CLOEXEC, number) : dup2(fd, number);

	if (moved < 0)
		fail("dup: %s", strerror(errno));
	return moved;
}

/* The child's number for its listener is the lowest free one here at the fork. */
static int take_listener(pid_t child, int number)
{
	int pidfd = (int)syscall(SYS_pidfd_open, child, 0);
	siginfo_t ended = { .si_pid = 0 };
	int listener = -1;

	while (listener < 0 && !ended.si_pid) {
		usleep(100);
		listener = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
		if (listener < 0 && errno != EBADF && errno != ESRCH)
			fail("pidfd_getfd: %s", strerror(errno));
		if (waitid(P_PID, (id_t)child, &ended, WEXITED | WNOHANG | WNOWAIT))
			break;
	}
	close(pidfd);
	return listener;
}

__attribute__((noreturn)) static void supervise(struct world *world, char **command, int status,
						const sigset_t *mask)
{
	const pid_t self = getpid();
	int number, listener;
	pid_t child;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	number = open("/", O_PATH);
	close(number);
	child = fork();
	if (child < 0)
		fail("fork: %s", strerror(errno));
	if (child == 0) {
		sigprocmask(SIG_SETMASK, mask, NULL);
		become(world, command, self);
	}
	listener = take_listener(child, number);
	atomic_store(&shared->command, child);
	if (listener < 0) { /* the failing part has printed why */
		struct end end = { 0, true };

		waitpid(child, &end.how, 0);
		_exit(write(status, &end, sizeof(end)) == sizeof(end) ? 0 : FAILED);
	}
	/* Moves them to fixed numbers, first to others, which do not overlap these. */
	status = move_fd(status, 6);
	listener = move_fd(listener, 6);
	if (world->record >= 0)
		world->record = move_fd(move_fd(world->record, 6), 5);
	status = move_fd(status, 3);
	listener = move_fd(listener, 4);
	let_go(world->record >= 0 ? 5 : 4);
	atomic_store(&shared->listening, true);
	serve(world, listener, child, status);
	_exit(0);
}

/* --- this process --- */

/* Signals of the terminal reach COMMAND without us. */
static void pass_on(int signal_number, siginfo_t *info, void *context)
{
	int before = errno;
	pid_t command = atomic_load(&shared->command);

	(void)context;
	if (info->si_code <= 0 && command > 0)
		kill(command, signal_number);
	errno = before;
}

static int wait_for_end(pid_t supervisor, int status, const sigset_t *mask)
{
	static const int passed[] = { SIGHUP,  SIGINT,	SIGQUIT, SIGTERM,
				      SIGUSR1, SIGUSR2, SIGALRM, SIGCONT };
	struct sigaction action = { .sa_sigaction = pass_on, .sa_flags = SA_SIGINFO | SA_RESTART };
	struct sigaction old;
	struct end end;
	int how;
	ssize_t got;

	for (size_t i = 0; i < sizeof(passed) / sizeof(*passed); i++)
		if (!sigaction(passed[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaction(passed[i], &action, NULL);
	sigprocmask(SIG_SETMASK, mask, NULL);
	while ((got = read(status, &end, sizeof(end))) < 0 && errno == EINTR)
		;
	if (got != sizeof(end)) {
		if (waitpid(supervisor, &how, 0) == supervisor && WIFEXITED(how) &&
		    WEXITSTATUS(how) == FAILED)
			return FAILED; /* the failing part has printed why */
		fail("the supervisor died");
	}
	if (end.of_all)
		waitpid(supervisor, NULL, 0);
	return WIFSIGNALED(end.how) ? 128 + WTERMSIG(end.how) : WEXITSTATUS(end.how);
}

/* CALL:ERROR[:N[+]] */
static struct fault fault_of(char *text)
{
	struct fault fault = { .first = 1, .last = ULONG_MAX };
	const char *call = strtok(text, ":");
	const char *error = strtok(NULL, ":");
	const char *which = strtok(NULL, ":");
	char *end;

	fault.call = call ? call_of(call) : -1;
	if (fault.call < 0)
		fail("--fault %s: no call that is known", text);
	fault.is_short = error && strcmp(error, "short") == 0;
	fault.error = error ? errno_of(error) : 0;
	if (!fault.error && !fault.is_short)
		fail("--fault %s: an errno that is known, or short, is expected", text);
	if (which) {
		fault.first = strtoul(which, &end, 10);
		if (!fault.first || (*end && strcmp(end, "+") != 0))
			fail("--fault %s: N or N+ is expected, from 1", text);
		if (!*end)
			fault.last = fault.first;
	}
	return fault;
}

static struct world world_asked_for(int argc, char **argv)
{
	static const struct option options[] = {
		{ "errno", required_argument, NULL, 'e' },
		{ "refuse", required_argument, NULL, 'r' },
		{ "below", required_argument, NULL, 'b' },
		{ "fault", required_argument, NULL, 'f' },
		{ "record", required_argument, NULL, 'R' },
		{ "of", required_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	struct world world = {
		.error = ENODEV, .library = "libprivmap.so", .fault.call = -1, .record = -1
	};
	bool refuses = false;
	int option;

	while ((option = getopt_long(argc, argv, "+", options, NULL)) >= 0) {
		switch (option) {
		case 'e':
			world.error = errno_of(optarg);
			if (!errno_refuses(world.error))
				fail("%s: no errno that refuses", optarg);
			break;
		case 'r':
			refuses = true;
			if (strcmp(optarg, "shared") == 0)
				world.refuse = REFUSE_SHARED;
			else if (strcmp(optarg, "rdwr") == 0)
				world.refuse = REFUSE_RDWR;
			else if (strcmp(optarg, "private") == 0)
				world.refuse = REFUSE_PRIVATE;
			else
				fail("%s: shared, rdwr or private is expected", optarg);
			break;
		case 'b':
			world.below = realpath(optarg, NULL);
			if (!world.below)
				fail("%s: %s", optarg, strerror(errno));
			break;
		case 'f':
			world.fault = fault_of(optarg);
			break;
		case 'o':
			world.library = optarg;
			break;
		case 'R':
			world.record =
				open(optarg, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
			if (world.record < 0)
				fail("%s: %s", optarg, strerror(errno));
			break;
		default:
			exit(FAILED);
		}
	}
	if (optind == argc)
		fail("a command is missing");
	if (!refuses && world.fault.call < 0 && world.record < 0)
		world.refuse = REFUSE_SHARED;
	return world;
}

int main(int argc, char **argv)
{
	struct world world = world_asked_for(argc, argv);
	sigset_t all, mask;
	int status[2];
	pid_t supervisor;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED || pipe2(status, O_CLOEXEC))
		fail("%s", strerror(errno));
	/* Until then, no signal may be lost, or kill the supervisor. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &mask);
	supervisor = fork();
	if (supervisor < 0)
		fail("fork: %s", strerror(errno));
	if (supervisor == 0)
		supervise(&world, argv + optind, status[1], &mask);
	close(status[1]);
	while (!atomic_load(&shared->command) && waitpid(supervisor, NULL, WNOHANG) == 0)
		usleep(100);
	return wait_for_end(supervisor, status[0], &mask);
}
