/* SPDX-License-Identifier: MIT */
/*
 * Starts the tracer.
 *
 * The command keeps its own process, so that its parent, terminal and job control see the program
 * and nothing else. The tracer is an orphan. If this process adopts orphans (as the first process
 * of a container does), the tracer stays its child, but sends no signal when it ends, and wait(2)
 * does not find it without __WALL.
 */
#include "start.h"

#include "abi.h"
#include "apart.h"
#include "configure.h"
#include "filesystems.h"
#include "filter.h"
#include "handed-over.h"
#include "info.h"
#include "log.h"
#include "preempted.h"
#include "report.h"
#include "serve.h"
#include "state.h"
#include "subject.h"
#include "tracees.h"
#include "tracer.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Drops what the tracer got from the command and must not keep: files, directory, limits. */
static void detach(int parent)
{
	struct rlimit files;

	apart_from_files(parent, -1, STDIN_FILENO, STDERR_FILENO);
	/* Each copy needs an open file. */
	if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	if (chdir("/"))
		return;
}

static bool is_fault(int signal)
{
	return signal == SIGSEGV || signal == SIGBUS || signal == SIGILL || signal == SIGFPE ||
	       signal == SIGABRT || signal == SIGTRAP || signal == SIGSYS;
}

/*
 * Signals that are sent to many processes (kill(2) of -1, a service manager) are meant for the
 * program, which would die with the tracer: the tracer ignores them. SIGCHLD is blocked except in
 * ppoll(2).
 */
static void reset_signals(void)
{
	sigset_t child;

	for (int number = 1; number < NSIG; number++)
		signal(number, number == SIGCHLD || is_fault(number) ? SIG_DFL : SIG_IGN);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_SETMASK, &child, NULL);
}

/*
 * The tracer sends its pid, hears STARTED, and answers with an errno or one of these. The tracer
 * has read the rules, so it also knows what else filter_first() is to stop: those bits, negative,
 * mean that it started, too.
 */
enum { STARTED = 0, NOTHING_HEARD = -16, SERVES_NOTHING = -17 };

/* The tracer's exit status if it cannot start; privmap.c uses the same one. */
enum { REFUSED = 125 };

/* An error means that the other process is gone; whoever waits for its answer will notice. */
static void tell(int fd, int answer)
{
	send(fd, &answer, sizeof(answer), MSG_NOSIGNAL);
}

static int hear(int fd)
{
	int answer;
	ssize_t count;

	do
		count = recv(fd, &answer, sizeof(answer), MSG_WAITALL);
	while (count < 0 && errno == EINTR);
	return count == (ssize_t)sizeof(answer) ? answer : NOTHING_HEARD;
}

static unsigned wanted(void)
{
	return (report_ends() || log_wants(LOG_LEVEL_DEBUG) ? FILTER_EXITS : 0) |
	       (serve_tells() ? FILTER_WRITTEN : 0);
}

/*
 * If the command has closed a standard descriptor, fd may have its number, which detach() replaces.
 */
static int above_standard(int fd)
{
	int above;

	if (fd > STDERR_FILENO)
		return fd;
	above = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	close(fd);
	return above;
}

static void be_tracer(int end, pid_t tracee)
{
	int parent = above_standard(end), error;

	setsid();
	reset_signals();
	prctl(PR_SET_NAME, TRACER_NAME);
	tell(parent, getpid());
	configure();
	if (hear(parent) != STARTED)
		_exit(REFUSED);
	if (!state_serves()) {
		tell(parent, SERVES_NOTHING);
		_exit(0);
	}
	detach(parent);
	error = tracer_attach(tracee);
	tell(parent, error ? error : -(int)wanted());
	close(parent);
	if (error > 0)
		_exit(REFUSED);
	tracer_run();
}

/* SPEC_ALLOW: older kernels slow down filtered programs because of Spectre. */
static bool set_filter(const struct sock_fprog *program)
{
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
		       program) == 0 ||
	       (errno == EINVAL && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program) == 0);
}

static bool add_first_filter(unsigned also)
{
	struct filter filter;
	struct sock_fprog program = { 0, filter.code };
	struct ldcache ldcache;

	if (filesystems_may_refuse()) {
		ldcache = ldcache_look();
		filter_first(&filter, also, &ldcache);
	} else {
		filter_first(&filter, also, NULL);
	}
	program.len = filter.length;
	if (set_filter(&program))
		return true;
	/* A process may set a filter only with no_new_privs or CAP_SYS_ADMIN (seccomp(2)). */
	return errno == EACCES && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       set_filter(&program);
}

enum tracer tracer_of_process(void)
{
	struct keyed status, comm;
	char name[32];
	long pid = 0;

	if (keyed_read(&status, "/proc/self/status"))
		pid = keyed_number(&status, "\nTracerPid:", 10, 0);
	if (!pid)
		return TRACER_NONE;
	snprintf(name, sizeof(name), "/proc/%ld/comm", pid);
	return keyed_read(&comm, name) && strcmp(comm.text, "\n" TRACER_NAME "\n") == 0 ?
		       TRACER_PRIVMAP :
		       TRACER_OTHER;
}

/* Yama's scope 2 lets only administrators trace, and 3 nobody (security/yama/Kconfig). */
static void explain(char *why, size_t size, int error)
{
	struct keyed yama;
	char scope = '0';

	if (keyed_read(&yama, "/proc/sys/kernel/yama/ptrace_scope") && yama.text[1])
		scope = yama.text[1];
	if (error == EPERM && tracer_of_process() != TRACER_NONE)
		snprintf(why, size, "it is traced already, and can have one tracer only");
	else if (error == EPERM && scope >= '2')
		snprintf(why, size, "tracing is forbidden here (kernel.yama.ptrace_scope = %c)",
			 scope);
	else if (error == EPERM)
		snprintf(why, size, "tracing is not permitted here (%s)", strerror(error));
	else if (error == EIO)
		snprintf(why, size, "the kernel does not know PTRACE_SEIZE (Linux 3.4)");
	else if (error == ENOTSUP)
		snprintf(why, size, "its system calls cannot be followed: " INFO_NEEDS);
	else
		snprintf(why, size, "it cannot be traced (%s)", strerror(error));
}

/* fork(2), but the child sends no SIGCHLD when it ends. */
static pid_t make_child(void)
{
	return (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
}

/* True if its orphaned grandchildren become children of this process. */
static bool adopts_orphans(void)
{
	int subreaper = 0;

	return getpid() == 1 || prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0) || subreaper;
}

/* Starts the tracer, which gets ends[1]. False with an errno if that fails. */
static bool make_tracer(const int ends[2])
{
	bool orphan = !adopts_orphans();
	pid_t tracee = getpid();
	pid_t child = make_child();

	if (child < 0)
		return false;
	if (child == 0) {
		close(ends[0]);
		/* The process in between ends, and its parent waits for it below. */
		if (orphan && make_child() != 0)
			_exit(0);
		be_tracer(ends[1], tracee);
	}
	if (orphan)
		waitpid(child, NULL, __WALL);
	return true;
}

/* Returns the tracer's answer, after it has attached to this process. */
static int attached_by_tracer(int fd)
{
	int tracer = hear(fd);

	if (tracer == NOTHING_HEARD)
		return EAGAIN;
	/* Yama's scope 1 needs this permission; without Yama the call fails, which does no harm. */
	prctl(PR_SET_PTRACER, tracer, 0, 0, 0);
	tell(fd, STARTED);
	return hear(fd);
}

static unsigned random_number(void)
{
	const void *bytes = (const void *)(uintptr_t)getauxval(AT_RANDOM);
	unsigned number = 0;

	if (bytes)
		memcpy(&number, bytes, sizeof(number));
	return number;
}

/* The tracer finds processes in /proc by the pids that the kernel gives it. */
static bool proc_knows_us(char *why, size_t size)
{
	char self[16];
	ssize_t length = readlink("/proc/self", self, sizeof(self) - 1);

	if (length < 0) {
		snprintf(why, size, "the tracer needs /proc, which is not mounted here");
		return false;
	}
	self[length] = '\0';
	if (atoi(self) == getpid())
		return true;
	snprintf(why, size,
		 "/proc is of another pid namespace; mount that of this one "
		 "(unshare --mount-proc)");
	return false;
}

bool trace_start(const char *directory, char *why, size_t size)
{
	int ends[2];
	int answer;

	if (!abi_all()->audit) {
		snprintf(why, size, "privmap has no tracer for this machine");
		return false;
	}
	if (!proc_knows_us(why, size))
		return false;
	subject_lies_in(directory);
	abi_fit((uintptr_t)&answer);
	filter_choose_data(random_number());
	preempted_look();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0 || !make_tracer(ends)) {
		explain(why, size, errno);
		return false;
	}
	close(ends[1]);
	answer = attached_by_tracer(ends[0]);
	close(ends[0]);
	if (answer == SERVES_NOTHING)
		return true;
	if (answer > 0 || answer == NOTHING_HEARD) {
		explain(why, size, answer > 0 ? answer : EPROTO);
		return false;
	}
	if (add_first_filter((unsigned)-answer)) {
		preempted_try();
		return true;
	}
	snprintf(why, size, "its system calls cannot be filtered (seccomp: %s)", strerror(errno));
	return false;
}
