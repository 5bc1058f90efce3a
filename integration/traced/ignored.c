/* SPDX-License-Identifier: MIT */
/*
 * traced/ignored FILE: maps FILE, and waits in calls that end with EINTR if a handler runs. A child
 * sends signals that are ignored, then one that is caught, or what the call waits for. Prints what
 * each call returned.
 */
#include "traced.h"
#include "waits.h"

#include <linux/io_uring.h>
#include <stdio.h>
#include <sys/wait.h>

static const char *const names[] = { "epoll_pwait", "semtimedop", "sigwaitinfo", "io_uring_enter" };
static const long numbers[] = { SYS_epoll_pwait, SYS_semtimedop, SYS_rt_sigtimedwait,
				SYS_io_uring_enter };
/* By default, and by signal(2). */
static const int ignored[] = { SIGWINCH, SIGURG, SIGCHLD, SIGUSR1 };

static struct awaited awaited = { .signal = SIGALRM };
static int ring, ends[2], polled[2];

static void caught(int signal)
{
	(void)signal;
}

static long wait_for_call(int call)
{
	if (call == OTHER)
		return syscall(SYS_io_uring_enter, ring, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0);
	return wait_in(call, &awaited);
}

static void let_go(int call, pid_t waiter)
{
	struct sembuf give = { .sem_op = 1 };

	if (call == EPOLL && write(ends[1], "x", 1) != 1)
		_exit(1);
	else if (call == OTHER && write(polled[1], "x", 1) != 1)
		_exit(1);
	else if (call == SEMAPHORE)
		semop(awaited.semaphore, &give, 1);
	else if (call == SIGNAL)
		kill(waiter, awaited.signal);
}

/* Makes a ring that waits for input from polled. False where it is forbidden. */
static bool make_ring(void)
{
	struct io_uring_params made = { .flags = 0 };
	struct io_uring_sqe *entry;
	char *queue;

	ring = (int)syscall(SYS_io_uring_setup, 1, &made);
	if (ring < 0 || pipe2(polled, O_CLOEXEC))
		return false;
	queue = mmap(NULL, made.sq_off.array + sizeof(unsigned), PROT_READ | PROT_WRITE, MAP_SHARED,
		     ring, IORING_OFF_SQ_RING);
	entry = mmap(NULL, sizeof(*entry), PROT_READ | PROT_WRITE, MAP_SHARED, ring,
		     IORING_OFF_SQES);
	if (queue == MAP_FAILED || entry == MAP_FAILED)
		return false;
	entry->opcode = IORING_OP_POLL_ADD;
	entry->fd = polled[0];
	entry->poll_events = EPOLLIN;
	*(unsigned *)(void *)(queue + made.sq_off.array) = 0;
	*(unsigned *)(void *)(queue + made.sq_off.tail) = 1;
	return syscall(SYS_io_uring_enter, ring, 1, 0, 0, NULL, 0) == 1;
}

/* Reads a line of a file of /proc; "" on failure. */
static const char *line_of(pid_t process, const char *name, const char *key)
{
	static char line[256];
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", process, name);
	file = fopen(path, "re");
	do
		if (!file || !fgets(line, sizeof(line), file))
			line[0] = '\0';
	while (line[0] && strncmp(line, key, strlen(key)) != 0);
	if (file)
		fclose(file);
	return line;
}

/* Waits until the process sleeps in that call, and has got all signals. */
static void wait_for(pid_t process, long number)
{
	char call[32];
	size_t length = (size_t)snprintf(call, sizeof(call), "%ld ", number);

	while (strncmp(line_of(process, "syscall", ""), call, length) != 0)
		usleep(1000);
	while (strtoul(line_of(process, "status", "ShdPnd:") + 7, NULL, 16))
		usleep(1000);
}

/* The child of waiter. */
static void disturb(int call, bool by_handler, pid_t waiter)
{
	wait_for(waiter, numbers[call]);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
		kill(waiter, ignored[i]);
		usleep(20000);
	}
	if (by_handler)
		kill(waiter, SIGUSR2);
	else
		let_go(call, waiter);
	_exit(0);
}

static void try(int call, bool by_handler)
{
	pid_t waiter = getpid();
	int error, status;

	if (fork() == 0)
		disturb(call, by_handler, waiter);
	error = wait_for_call(call) < 0 ? errno : 0;
	printf("%s, %s: %s\n", names[call], by_handler ? "a handler runs" : "it may end",
	       strerror(error));
	fflush(stdout);
	wait(&status);
}

int main(int argc, char **argv)
{
	const struct sigaction handler = { .sa_handler = caught };
	struct epoll_event what = { .events = EPOLLIN | EPOLLET };
	sigset_t alarm_alone;
	int calls;

	sigemptyset(&alarm_alone);
	sigaddset(&alarm_alone, awaited.signal);
	awaited.event = epoll_create1(EPOLL_CLOEXEC);
	awaited.semaphore = semget(IPC_PRIVATE, 1, 0600);
	if (argc != 2 || map_and_look(argv[1]) || awaited.event < 0 || awaited.semaphore < 0 ||
	    pipe2(ends, O_CLOEXEC) || epoll_ctl(awaited.event, EPOLL_CTL_ADD, ends[0], &what) ||
	    sigaction(SIGUSR2, &handler, NULL) || signal(SIGUSR1, SIG_IGN) == SIG_ERR ||
	    sigprocmask(SIG_BLOCK, &alarm_alone, NULL))
		return 2;
	calls = make_ring() ? WAITS : OTHER;
	for (int call = 0; call < calls; call++) {
		try(call, true);
		try(call, false);
	}
	return semctl(awaited.semaphore, 0, IPC_RMID) != 0;
}
