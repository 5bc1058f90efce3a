/* SPDX-License-Identifier: MIT */
/*
 * traced/wait COMMAND...: prints each wait status of COMMAND, and continues it when it stops. With
 * -s, stops and continues it first.
 */
#include "traced.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

static volatile sig_atomic_t told_of_others;
static volatile pid_t child;

static void on_child(int number, siginfo_t *info, void *context)
{
	(void)number, (void)context;
	if (child && info->si_pid != child)
		told_of_others++;
}

static void wait_for_once(int flags)
{
	siginfo_t info = { .si_pid = 0 };

	if (waitid(P_PID, (id_t)child, &info, flags) == 0)
		printf("%s %d\n", info.si_code == CLD_STOPPED ? "stopped" : "continued",
		       info.si_status);
}

static void stop_and_continue(void)
{
	usleep(100000);
	for (int i = 0; i < 20; i++) {
		kill(child, SIGSTOP);
		wait_for_once(WSTOPPED);
		kill(child, SIGCONT);
		wait_for_once(WCONTINUED);
	}
	kill(child, SIGTERM);
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_sigaction = on_child, .sa_flags = SA_SIGINFO | SA_RESTART };
	int stops = argc > 1 && strcmp(argv[1], "-s") == 0;
	int status = 0;

	sigaction(SIGCHLD, &action, NULL);
	child = fork();
	if (child == 0) {
		execvp(argv[1 + stops], argv + 1 + stops);
		_exit(127);
	}
	if (stops)
		stop_and_continue();
	while (waitpid(child, &status, WUNTRACED | WCONTINUED) == child) {
		if (WIFCONTINUED(status))
			puts("continued");
		else if (WIFSTOPPED(status))
			printf("stopped %d\n", WSTOPSIG(status));
		else if (WIFSIGNALED(status))
			printf("killed %d%s\n", WTERMSIG(status), WCOREDUMP(status) ? " core" : "");
		else
			printf("exited %d\n", WEXITSTATUS(status));
		if (WIFSTOPPED(status))
			kill(child, SIGCONT);
	}
	printf("SIGCHLD of others: %d\n", (int)told_of_others);
	return 0;
}
