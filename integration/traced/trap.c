/* SPDX-License-Identifier: MIT */
/*
 * traced/trap FILE: maps FILE, a copy, while SIGTRAP is ignored, handled, blocked, pending or sent.
 * The tracer uses that signal itself. Prints what is not as it was.
 */
#include "traced.h"

#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

enum { TIMES = 300 };

/* Shared with the child that sends. */
static volatile struct {
	pid_t sender;
	int arrived, strangers;
} *shared;

static void on_trap(int number, siginfo_t *info, void *context)
{
	(void)number, (void)context;
	if (info->si_code != SI_USER || info->si_pid != shared->sender)
		shared->strangers++;
	shared->arrived++;
}

static int complain(const char *what, const char *when)
{
	printf("%s: %s\n", when, what);
	return 1;
}

static bool is_blocked(void)
{
	sigset_t now;

	sigprocmask(SIG_SETMASK, NULL, &now);
	return sigismember(&now, SIGTRAP);
}

static bool is_pending(void)
{
	sigset_t now;

	sigpending(&now);
	return sigismember(&now, SIGTRAP);
}

/* Maps and compares. pending: the signal becomes pending first, sent to the process. */
static int try(const char *file, const struct sigaction *action, bool blocked, bool pending,
	       const char *when)
{
	const struct timespec none = { 0, 0 };
	struct sigaction now;
	siginfo_t info;
	sigset_t trap;
	int wrong = 0;

	sigemptyset(&trap);
	sigaddset(&trap, SIGTRAP);
	sigaction(SIGTRAP, action, NULL);
	sigprocmask(blocked ? SIG_BLOCK : SIG_UNBLOCK, &trap, NULL);
	if (pending)
		kill(getpid(), SIGTRAP);
	if (map_and_look(file))
		wrong |= complain("not mapped", when);
	sigaction(SIGTRAP, NULL, &now);
	if (now.sa_handler != action->sa_handler)
		wrong |= complain("another handler", when);
	if (is_blocked() != blocked)
		wrong |= complain("another mask", when);
	if (is_pending() != pending)
		wrong |= complain("pending or not", when);
	else if (pending && (sigtimedwait(&trap, &info, &none) != SIGTRAP ||
			     info.si_code != SI_USER || info.si_pid != getpid()))
		wrong |= complain("another sender", when);
	return wrong;
}

/* Each signal that a child sends arrives once, while this process maps. */
static int storm(const char *file)
{
	const pid_t parent = getpid();
	int status = 0, failed = 0;
	pid_t child;

	child = fork();
	if (!child) {
		shared->sender = getpid();
		for (int i = 0; i < TIMES && getppid() == parent; i++) {
			kill(parent, SIGTRAP);
			while (shared->arrived == i && getppid() == parent)
				sched_yield();
		}
		_exit(0);
	}
	do
		failed += map_and_look(file) != 0;
	while (!waitpid(child, &status, WNOHANG));
	if (failed)
		return complain("not mapped", "sent");
	if (shared->arrived != TIMES || shared->strangers) {
		printf("%d arrived, %d of them from others\n", shared->arrived, shared->strangers);
		return 1;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const struct sigaction handled = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO };
	const struct sigaction ignored = { .sa_handler = SIG_IGN };
	const struct sigaction usual = { .sa_handler = SIG_DFL };
	int wrong = 0;

	if (argc != 2)
		return 2;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	wrong |= try(argv[1], &usual, false, false, "usual");
	wrong |= try(argv[1], &usual, true, false, "blocked");
	wrong |= try(argv[1], &usual, true, true, "pending");
	wrong |= try(argv[1], &ignored, false, false, "ignored");
	wrong |= try(argv[1], &ignored, true, false, "ignored and blocked");
	wrong |= try(argv[1], &handled, true, true, "handled and pending");
	wrong |= try(argv[1], &handled, false, false, "handled");
	wrong |= storm(argv[1]);
	if (!wrong)
		puts("as it was");
	return wrong;
}
