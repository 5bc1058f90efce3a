/* SPDX-License-Identifier: MIT */
/*
 * Starts the tracer.
 *
 * The command keeps its own process, so that its parent, terminal and job control see the program
 * and nothing else. The tracer is nobody's child. Where orphans come back to this very process (it
 * is the first one of a container, say) it is one that sends no signal when it ends, and that
 * wait(2) does not find without __WALL.
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

/* What the tracer has of the command, and must not keep: files, terminal, directory, limits. */
static void detach(int parent)
{
	struct rlimit files;

	apart_from_files(parent, -1, STDIN_FILENO, STDERR_FILENO);
	/* Copies each have a file of their own. */
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
 * What ends processes by the group (kill(2) of -1, a service manager) is for the program to answer,
 * which would die with the tracer. SIGCHLD waits until it is asked for.
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
 * The tracer tells its pid, is told to start, and answers: an errno, or one of these. What else the
 * filter is to stop (filter_first()) it knows, because it has read the rules: that, negative, is
 * STARTED, too.
 */
enum { STARTED = 0, NOTHING_HEARD = -16, SERVES_NOTHING = -17 };

/* How the tracer ends then, and the command too (privmap.c). */
enum { REFUSED = 125 };

/* A process that has gone is not told; one that waits for an answer notices. */
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

/* Where the command has closed standard ones, a new one is one of those, which are replaced. */
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

/* Without the speed that older kernels take from filtered programs for Spectre's sake. */
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
	/* Only who may gain no privileges may set one, or who has them all. */
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

/* security/yama/Kconfig: 2 and 3 leave it to the administrator, or to nobody. */
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

/* fork(2), but of a child whose end is no SIGCHLD. */
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

/* The tracer's end of ends is its own. False with an errno if it cannot be started. */
static bool make_tracer(const int ends[2])
{
	bool orphan = !adopts_orphans();
	pid_t tracee = getpid();
	pid_t child = make_child();

	if (child < 0)
		return false;
	if (child == 0) {
		close(ends[0]);
		/* What is between them ends, and is waited for below. */
		if (orphan && make_child() != 0)
			_exit(0);
		be_tracer(ends[1], tracee);
	}
	if (orphan)
		waitpid(child, NULL, __WALL);
	return true;
}

/* What the tracer answers, once it has attached to this process. */
static int attached_by_tracer(int fd)
{
	int tracer = hear(fd);

	if (tracer == NOTHING_HEARD)
		return EAGAIN;
	/* Yama 1 asks who may; where there is no Yama nobody is asked. */
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

/* The tracer finds programs in /proc, by the numbers that the kernel tells it. */
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

	if (!abis[0].audit) {
		snprintf(why, size, "privmap has no tracer for this machine");
		return false;
	}
	if (!proc_knows_us(why, size))
		return false;
	subject_lies_in(directory);
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
