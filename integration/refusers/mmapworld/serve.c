/* SPDX-License-Identifier: MIT */
/*
 * mmapworld: the supervisor. It answers each call that the filter brings, and waits for COMMAND and
 * its orphans. It runs in a separate process, the parent of COMMAND.
 */
#define _GNU_SOURCE 1
#include "mmapworld.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SECCOMP_USER_NOTIF_FLAG_CONTINUE
#define SECCOMP_USER_NOTIF_FLAG_CONTINUE (1UL << 0)
#endif

/* The kernel may know more fields than our headers, so this has more room. */
union notice {
	struct seccomp_notif call;
	char room[1024];
};
union reply {
	struct seccomp_notif_resp answer;
	char room[1024];
};

static void answer_one(const struct world *world, int listener)
{
	union notice notice;
	union reply reply;

	memset(&notice, 0, sizeof(notice));
	memset(&reply, 0, sizeof(reply));
	/* ENOENT: the caller was just killed. That may happen before each step below. */
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &notice.call))
		return;
	reply.answer.id = notice.call.id;
	if (!faulty(world, &notice.call, listener, &reply.answer)) {
		reply.answer.error = -refused(world, &notice.call, listener);
		if (!reply.answer.error)
			reply.answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	}
	ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &reply.answer);
}

/*
 * Reaps all ended processes; the orphans of COMMAND are our children. False if no process is left
 * that could ask us.
 */
static bool reap(pid_t command, int status)
{
	struct end end;
	bool is_command = false;
	int how;
	pid_t ended;

	while ((ended = waitpid(-1, &how, WNOHANG)) > 0)
		if (ended == command) {
			is_command = true;
			end.how = how;
		}
	end.of_all = ended < 0;
	if (is_command && write(status, &end, sizeof(end)) < 0)
		errno = 0; /* the reader of status is gone */
	return !end.of_all;
}

void serve(const struct world *world, int listener, pid_t command, int status)
{
	struct pollfd asked[3] = { { listener, POLLIN, 0 }, { -1, POLLIN, 0 }, { status, 0, 0 } };
	struct signalfd_siginfo ended;
	siginfo_t how;
	sigset_t children;

	sigemptyset(&children);
	sigaddset(&children, SIGCHLD);
	sigprocmask(SIG_BLOCK, &children, NULL);
	asked[1].fd = signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK);
	signal(SIGPIPE, SIG_IGN);
	while (reap(command, status)) {
		if (poll(asked, 3, -1) < 0 && errno != EINTR)
			return;
		if (asked[0].revents & POLLIN)
			answer_one(world, listener);
		else if (asked[0].revents)
			asked[0].fd = -1; /* only zombies are left */
		/* The waiting process has ended, or was killed. */
		if (asked[2].revents) {
			asked[2].fd = -1;
			if (!waitid(P_PID, (id_t)command, &how, WEXITED | WNOHANG | WNOWAIT))
				kill(command, SIGKILL);
		}
		while (read(asked[1].fd, &ended, sizeof(ended)) > 0)
			;
	}
}
