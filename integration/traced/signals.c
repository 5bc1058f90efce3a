/* SPDX-License-Identifier: MIT */
/*
 * traced/signals FILE COUNT: signals of all kinds, with their data about the sender, while FILE is
 * mapped again and again. Prints what arrived.
 */
#include "traced.h"

#include <signal.h>
#include <stdio.h>
#include <sys/time.h>
#include <sys/wait.h>

static const char *file;
static volatile sig_atomic_t queued, misplaced, alarms, failed, ended, strangers;
static volatile pid_t sender;
static void *volatile fault_address;
static volatile int fault_code;

static void on_queued(int number, siginfo_t *info, void *context)
{
	(void)number, (void)context;
	if (info->si_code != SI_QUEUE || info->si_pid != sender || info->si_uid != getuid() ||
	    info->si_value.sival_int != queued)
		misplaced++;
	queued++;
}

/* A single alarm: however long a mapping takes, one fits between two alarms. */
static void set_alarm(void)
{
	static const struct itimerval soon = { { 0, 0 }, { 0, 700 } };

	setitimer(ITIMER_REAL, &soon, NULL);
}

/* Handlers may map a file, too. */
static void on_alarm(int number, siginfo_t *info, void *context)
{
	(void)number, (void)info, (void)context;
	alarms++;
	if (map_and_look(file))
		failed++;
	set_alarm();
}

static void on_child(int number, siginfo_t *info, void *context)
{
	(void)number, (void)context;
	if (info->si_code == CLD_EXITED && info->si_pid == sender)
		ended++;
	else
		strangers++;
}

static void on_user(int number, siginfo_t *info, void *context)
{
	(void)number, (void)context;
	if (info->si_pid == getpid() && info->si_code == SI_USER)
		ended++;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
	(void)context;
	fault_address = info->si_addr;
	fault_code = info->si_code;
	/* Maps a page there, so that the access succeeds. */
	mmap((void *)((uintptr_t)info->si_addr & ~4095UL), 4096, PROT_READ,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	(void)number;
}

static void handle(int number, void (*handler)(int, siginfo_t *, void *))
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_RESTART };

	sigaction(number, &action, NULL);
}

static void queue_from_child(int count)
{
	pid_t parent = getpid();

	queued = misplaced = ended = 0;
	sender = fork();
	if (sender == 0) {
		sender = getpid(); /* the child's copy: no race with the parent */
		usleep(10000);
		for (int i = 0; i < count; i++)
			while (sigqueue(parent, SIGRTMIN + 1, (union sigval){ i }) < 0)
				usleep(100);
		_exit(0);
	}
	while (!ended)
		if (map_and_look(file))
			failed++;
	waitpid(sender, NULL, 0);
	printf("queued %d, misplaced %d, strangers %d, failed %d\n", queued, misplaced, strangers,
	       failed);
}

static void alarms_meanwhile(void)
{
	static const struct itimerval off = { { 0, 0 }, { 0, 0 } };

	set_alarm();
	for (int i = 0; i < 200 || alarms < 3; i++)
		if (map_and_look(file))
			failed++;
	setitimer(ITIMER_REAL, &off, NULL);
	printf("alarms: %s, failed %d\n", alarms ? "some" : "none", failed);
}

static int same_mask(const sigset_t *one, const sigset_t *other)
{
	for (int number = 1; number <= SIGRTMAX; number++)
		if (sigismember(one, number) != sigismember(other, number))
			return 0;
	return 1;
}

static void blocked(void)
{
	sigset_t user, before, after, pending;

	sigemptyset(&user);
	sigaddset(&user, SIGUSR1);
	sigprocmask(SIG_BLOCK, &user, NULL);
	ended = 0;
	kill(getpid(), SIGUSR1);
	sigprocmask(SIG_BLOCK, NULL, &before);
	map_and_look(file);
	sigprocmask(SIG_BLOCK, NULL, &after);
	sigpending(&pending);
	printf("mask %s, pending %d, handled %d\n",
	       same_mask(&before, &after) ? "same" : "other",
	       sigismember(&pending, SIGUSR1), ended);
	sigprocmask(SIG_UNBLOCK, &user, NULL);
	printf("handled %d\n", ended);
}

static void faults(void)
{
	size_t size = 0;
	char *map = map_whole(file, &size);
	char *none = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile char byte;

	byte = none[5];
	printf("fault %s, code %d\n", fault_address == none + 5 ? "there" : "elsewhere",
	       fault_code);
	if (map == MAP_FAILED)
		return;
	munmap(map, size);
	map = mmap(NULL, 3 * 4096 + size, PROT_READ, MAP_SHARED, open(file, O_RDONLY), 0);
	if (map == MAP_FAILED)
		return;
	byte = map[8192 + size + 7];
	printf("behind the end: %s, code %d\n",
	       fault_address == map + 8192 + size + 7 ? "there" : "elsewhere", fault_code);
	(void)byte;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 2;
	file = argv[1];
	handle(SIGRTMIN + 1, on_queued);
	handle(SIGALRM, on_alarm);
	handle(SIGCHLD, on_child);
	handle(SIGUSR1, on_user);
	handle(SIGSEGV, on_fault);
	handle(SIGBUS, on_fault);
	queue_from_child(atoi(argv[2]));
	alarms_meanwhile();
	blocked();
	faults();
	return failed || misplaced;
}
