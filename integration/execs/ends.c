/* SPDX-License-Identifier: MIT */
/*
 * Exec conformance: what the parent sees of the program, while it runs and at its end.
 */
#include "execs.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define W(text) ((char *)(uintptr_t)(text))

static void each(const char *what, const char *only)
{
	static const char *const files[] = { "./static", "./dynamic" };

	target("static");
	target("dynamic");
	for (size_t i = 0; i < 2; i++)
		try_all(&(struct order){ .file = files[i],
					 .argv = (char *[]){ W("name"), W(what), NULL },
					 .keys = "child",
					 .only = only });
}

#define END(function, what)                                                                        \
	static void function(void)                                                                 \
	{                                                                                          \
		each(what, NULL);                                                                  \
	}
END(exits, "do:exit 0")
END(exits_seven, "do:exit 7")
END(exits_last, "do:exit 255")
END(exits_125, "do:exit 125")
END(exits_127, "do:exit 127")
END(terminates, "do:raise 15")
END(aborts, "do:raise 6")
END(faults, "do:fault 16")
END(is_killed, "do:raise 9")
END(hangs_up, "do:raise 1")
END(pipe_breaks, "do:raise 13")

static void with_core(void)
{
	struct rlimit limit = { 1 << 20, 1 << 20 };

	setrlimit(RLIMIT_CORE, &limit);
}

/* The system decides about core files; the library must not change the bit in the status. */
static void dumps_core(void)
{
	target("static");
	target("dynamic");
	for (int i = 0; i < 2; i++)
		try_all(&(struct order){ .file = i ? "./static" : "./dynamic",
					 .before = with_core,
					 .only = TWO,
					 .argv = (char *[]){ W("name"), W("do:raise 3"), NULL },
					 .keys = "child" });
}

static pid_t begin(const char *file, const char *what)
{
	pid_t pid = fork();

	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 1);
		execl(file, "name", what, NULL);
		_exit(9);
	}
	return pid;
}

static const char *const files[] = { "./static", "./dynamic" };

static void make_each(void)
{
	target("static");
	target("dynamic");
}

/* It stops itself, is continued, and goes on. */
static void stops(void)
{
	make_each();
	for (int i = 0; i < 2; i++) {
		pid_t pid = begin(files[i], "do:raise 19");
		int status = 0;

		MUST(waitpid(pid, &status, WUNTRACED) == pid);
		answer("%s: stopped %d by %d", files[i], WIFSTOPPED(status), WSTOPSIG(status));
		MUST(kill(pid, SIGCONT) == 0);
		answer("%s", wait_end(pid));
	}
}

static void is_stopped(void)
{
	make_each();
	for (int i = 0; i < 2; i++) {
		pid_t pid = begin(files[i], "do:sleep 15");
		siginfo_t info;
		int status = 0;

		MUST(usleep(100000) == 0 && kill(pid, SIGSTOP) == 0);
		MUST(waitid(P_PID, (id_t)pid, &info, WSTOPPED) == 0);
		answer("%s: code %d, status %d", files[i], info.si_code, info.si_status);
		MUST(kill(pid, SIGCONT) == 0 && waitpid(pid, &status, WCONTINUED) == pid);
		MUST(kill(pid, SIGTERM) == 0);
		answer("%s", wait_end(pid));
	}
}

static void is_ended(int number)
{
	make_each();
	for (int i = 0; i < 2; i++) {
		pid_t pid = begin(files[i], "do:sleep 15");
		siginfo_t info = { 0 };

		MUST(usleep(50000) == 0 && kill(pid, number) == 0);
		MUST(waitid(P_PID, (id_t)pid, &info, WEXITED) == 0);
		answer("%s: code %d, status %d, %s", files[i], info.si_code, info.si_status,
		       info.si_pid == pid ? "its pid" : "another pid");
	}
}

static void terminated(void)
{
	is_ended(SIGTERM);
}

static void killed(void)
{
	is_ended(SIGKILL);
}

static void interrupted(void)
{
	is_ended(SIGINT);
}

/* Killed at once, at any point of exec: it ends by that signal in any case. */
static void killed_early(void)
{
	int right = 0;

	make_each();
	for (int i = 0; i < 40; i++) {
		pid_t pid = begin(files[i % 2], "do:sleep 15");
		int status = 0;

		usleep((useconds_t)(i * 150));
		MUST(kill(pid, SIGTERM) == 0);
		MUST(waitpid(pid, &status, 0) == pid);
		right += WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM;
	}
	answer("%d of 40", right);
}

/* SIGCHLD comes once, with the child's own number. */
static volatile sig_atomic_t heard, of_whom;

static void hears(int number, siginfo_t *info, void *context)
{
	(void)number, (void)context;
	heard++;
	of_whom = info->si_pid;
}

static void signals_parent(void)
{
	struct sigaction action = { .sa_sigaction = hears, .sa_flags = SA_SIGINFO | SA_RESTART };

	make_each();
	MUST(sigaction(SIGCHLD, &action, NULL) == 0);
	for (int i = 0; i < 2; i++) {
		pid_t pid;

		heard = 0;
		pid = begin(files[i], "do:exit 4");
		answer("%s: %s", files[i], wait_end(pid));
		answer("heard %d, %s", (int)heard, of_whom == pid ? "of it" : "of another");
		answer("more children: %s", said(waitpid(-1, NULL, WNOHANG | __WALL)));
	}
}

/* The program's files are closed at its end: its pipe has no writer left. */
static void pipe_ends(void)
{
	make_each();
	for (int i = 0; i < 2; i++) {
		int ends[2];
		char bytes[8192];
		ssize_t count;
		pid_t pid;

		MUST(pipe2(ends, O_CLOEXEC) == 0);
		pid = fork();
		if (pid == 0) {
			dup2(ends[1], 1);
			execl(files[i], "name", "do:raise 9", NULL);
			_exit(9);
		}
		close(ends[1]);
		while ((count = read(ends[0], bytes, sizeof(bytes))) > 0)
			;
		answer("%s: %s; %s", files[i], said(count), wait_end(pid));
		close(ends[0]);
	}
}

static void closed_while_it_runs(void)
{
	make_each();
	for (int i = 0; i < 2; i++) {
		int ends[2];
		pid_t pid;

		MUST(pipe2(ends, 0) == 0);
		pid = fork();
		if (pid == 0) {
			int null = open("/dev/null", O_RDWR | O_CLOEXEC);

			dup2(null, 1);
			fcntl(ends[1], F_SETFD, FD_CLOEXEC);
			close(ends[0]);
			execl(files[i], "name", "do:sleep 15", NULL);
			_exit(9);
		}
		close(ends[1]);
		/* Only exec closes it: no other process may keep it open. */
		answer("%s: %s", files[i], said(read(ends[0], (char[1]){ 0 }, 1)));
		MUST(kill(pid, SIGTERM) == 0);
		answer("%s", wait_end(pid));
		close(ends[0]);
	}
}

/* An orphan is not a child of the process that started it. */
static void orphaned(void)
{
	make_each();
	for (int i = 0; i < 2; i++) {
		int ends[2];
		pid_t pid;

		MUST(pipe2(ends, O_CLOEXEC) == 0);
		pid = fork();
		if (pid == 0) {
			if (fork() == 0) {
				dup2(ends[1], 1);
				execl(files[i], "name", "do:sleep 1", NULL);
			}
			_exit(0);
		}
		close(ends[1]);
		answer("%s: %s", files[i], wait_end(pid));
		for (ssize_t count = 1; count > 0;)
			count = read(ends[0], (char[4096]){ 0 }, 4096);
		answer("and its end is seen");
		close(ends[0]);
	}
}

static void by_pidfd(void)
{
	make_each();
	for (int i = 0; i < 2; i++) {
		pid_t pid = begin(files[i], "do:sleep 15");
		int fd = (int)syscall(SYS_pidfd_open, pid, 0);
		siginfo_t info = { 0 };

		MUST(fd >= 0 && usleep(30000) == 0);
		MUST(syscall(SYS_pidfd_send_signal, fd, SIGUSR1, NULL, 0) == 0);
		MUST(waitid(P_PIDFD, (id_t)fd, &info, WEXITED) == 0);
		answer("%s: code %d, status %d", files[i], info.si_code, info.si_status);
		close(fd);
	}
}

const struct conform_case execs_ends[] = {
	{ "exit", exits, NULL },
	{ "exit-7", exits_seven, NULL },
	{ "exit-255", exits_last, NULL },
	{ "exit-125", exits_125, NULL },
	{ "exit-127", exits_127, NULL },
	{ "SIGTERM", terminates, NULL },
	{ "SIGABRT", aborts, NULL },
	{ "SIGSEGV", faults, NULL },
	{ "SIGKILL", is_killed, NULL },
	{ "SIGHUP", hangs_up, NULL },
	{ "SIGPIPE", pipe_breaks, NULL },
	{ "core", dumps_core, NULL },
	{ "stops-itself", stops, NULL },
	{ "is-stopped", is_stopped, NULL },
	{ "terminated", terminated, NULL },
	{ "killed", killed, NULL },
	{ "interrupted", interrupted, NULL },
	{ "killed-early", killed_early, NULL },
	{ "signals-its-parent", signals_parent, NULL },
	{ "pipe-ends", pipe_ends, NULL },
	{ "closed-while-it-runs", closed_while_it_runs, NULL },
	{ "orphaned", orphaned, NULL },
	{ "pidfd", by_pidfd, NULL },
	{ 0 },
};
