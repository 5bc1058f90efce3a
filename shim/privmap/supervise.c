/* SPDX-License-Identifier: MIT */
/*
 * Waits for the command, and passes on the signals that this process gets meanwhile.
 *
 * Both are in one process group, so the command also gets signals that a terminal or the kernel
 * sends to the group. Only signals that a process sends are passed on. (If a process sends one to
 * the group, as kill(1) of a job does, the command gets it twice. The two cases cannot be told
 * apart; sudo(8) does the same.)
 */
#include "supervise.h"

#include "apart.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Only the main thread uses these. Other threads of this process have all signals blocked, too. */
static sigset_t all;
static pid_t child;
static bool stopped; /* the child is */

static bool is_stop(int signal)
{
	return signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

/*
 * True for signals that the command got as well: a terminal sends them to its foreground group, but
 * a hangup to the session's leader. Signals from the command itself do not go back to it.
 */
static bool has_it_too(const siginfo_t *signal)
{
	if (signal->si_code <= 0)
		return signal->si_pid == child;
	if (signal->si_signo == SIGHUP)
		return getsid(0) != getpid();
	return signal->si_signo == SIGINT || signal->si_signo == SIGQUIT ||
	       signal->si_signo == SIGWINCH || is_stop(signal->si_signo);
}

static void pass_on(const siginfo_t *signal)
{
	siginfo_t same = *signal;

	/* With the signal's data, if the kernel permits it. */
	if (signal->si_code >= 0 ||
	    syscall(SYS_rt_sigqueueinfo, child, signal->si_signo, &same) < 0)
		kill(child, signal->si_signo);
}

/* Stops as the child did: the parent of this process sees that, and lets both go on. */
static void stop_as_child(int number)
{
	struct sigaction deadly = { .sa_handler = SIG_DFL }, before;
	sigset_t one;

	if (!is_stop(number))
		number = SIGSTOP;
	sigaction(number, &deadly, &before);
	raise(number);
	sigemptyset(&one);
	sigaddset(&one, number);
	sigprocmask(SIG_UNBLOCK, &one, NULL);
	sigprocmask(SIG_BLOCK, &one, NULL);
	if (number != SIGSTOP)
		sigaction(number, &before, NULL);
}

/*
 * True if the child has ended. Other children are orphans, if this is the first process of a
 * container.
 */
static bool has_ended(int *wait_status)
{
	int status;
	pid_t id;

	while ((id = waitpid(-1, &status, WNOHANG | WUNTRACED | WCONTINUED)) > 0) {
		if (id != child)
			continue;
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			*wait_status = status;
			return true;
		}
		stopped = WIFSTOPPED(status);
		if (stopped)
			stop_as_child(WSTOPSIG(status));
	}
	return false;
}

/* If this process dies, the command dies, too, as if they were one. */
static void be_command(pid_t parent, const struct sigaction *chld, const sigset_t *before)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		raise(SIGKILL);
	sigaction(SIGCHLD, chld, NULL);
	sigprocmask(SIG_SETMASK, before, NULL);
}

int supervise_begin(int kept, int also, int report)
{
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	struct sigaction chld;
	sigset_t before;
	pid_t parent = getpid();

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	sigaction(SIGCHLD, &usual, &chld); /* if SIGCHLD is ignored, wait(2) has no exit status */
	child = fork();
	if (child == 0)
		be_command(parent, &chld, &before);
	if (child < 0)
		sigprocmask(SIG_SETMASK, &before, NULL);
	if (child > 0) {
		int first = dup2(report, STDIN_FILENO) < 0 ? STDIN_FILENO : STDOUT_FILENO;

		apart_from_files(kept, also, first, STDOUT_FILENO);
	}
	return child;
}

int supervise_wait(void)
{
	siginfo_t signal;
	int wait_status;

	while (!has_ended(&wait_status)) {
		if (sigwaitinfo(&all, &signal) < 0 || signal.si_signo == SIGCHLD)
			continue;
		if (signal.si_signo == SIGCONT ? stopped : !has_it_too(&signal))
			pass_on(&signal);
	}
	return wait_status;
}
