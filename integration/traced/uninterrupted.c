/* SPDX-License-Identifier: MIT */
/*
 * traced/uninterrupted FILE: maps FILE at an address of its choice while other threads wait in
 * calls that a stop would end with EINTR. Then lets each go on, and prints what its call returned.
 */
#include "traced.h"
#include "waits.h"

#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>

static const char *const names[] = { "epoll_pwait", "semtimedop", "sigwaitinfo", "recv" };
static const long numbers[] = { SYS_epoll_pwait, SYS_semtimedop, SYS_rt_sigtimedwait,
				SYS_recvfrom };

static struct awaited awaited = { .signal = SIGUSR1 };
static int ends[2];
static volatile pid_t ids[WAITS];
static pthread_t threads[WAITS];

static long wait_for_call(int call)
{
	char byte;

	if (call == OTHER)
		return recv(ends[0], &byte, 1, 0);
	return wait_in(call, &awaited);
}

static void *waiter(void *call)
{
	ids[(intptr_t)call] = (pid_t)syscall(SYS_gettid);
	return (void *)(intptr_t)(wait_for_call((int)(intptr_t)call) < 0 ? errno : 0);
}

/* True once the thread sleeps in that call. */
static bool waits(pid_t id, long number)
{
	char name[64], text[32] = "";
	FILE *file;

	snprintf(name, sizeof(name), "/proc/self/task/%d/syscall", (int)id);
	file = id ? fopen(name, "re") : NULL;
	if (!file)
		return false;
	if (!fgets(text, sizeof(text), file))
		text[0] = '\0';
	fclose(file);
	return strtol(text, NULL, 10) == number && text[0] != 'r';
}

static bool make(void)
{
	const struct timeval long_time = { .tv_sec = 600 };
	struct epoll_event what = { .events = EPOLLIN };

	awaited.event = epoll_create1(EPOLL_CLOEXEC);
	awaited.semaphore = semget(IPC_PRIVATE, 1, 0600);
	return awaited.event >= 0 && awaited.semaphore >= 0 &&
	       !socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) &&
	       !setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &long_time, sizeof(long_time)) &&
	       !epoll_ctl(awaited.event, EPOLL_CTL_ADD, ends[0], &what);
}

static void map_at_address(const char *name)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	char *place = mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void *map = mmap(place, 4096, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);

	printf("%s\n", map == MAP_FAILED ? strerror(errno) : "mapped");
	close(fd);
}

int main(int argc, char **argv)
{
	struct sembuf give = { .sem_op = 1 };
	sigset_t usr1;
	void *error;

	sigemptyset(&usr1);
	sigaddset(&usr1, awaited.signal);
	if (argc != 2 || !make() || pthread_sigmask(SIG_BLOCK, &usr1, NULL))
		return 2;
	for (intptr_t i = 0; i < WAITS; i++)
		if (pthread_create(&threads[i], NULL, waiter, (void *)i))
			return 2;
	for (int i = 0; i < WAITS; i++)
		while (!waits(ids[i], numbers[i]))
			usleep(1000);
	map_at_address(argv[1]);
	/* Now each may go on. What arrives at the socket is an event, too. */
	semop(awaited.semaphore, &give, 1);
	kill(getpid(), awaited.signal);
	if (write(ends[1], "xx", 2) != 2)
		return 2;
	for (int i = 0; i < WAITS; i++) {
		pthread_join(threads[i], &error);
		printf("%s: %s\n", names[i], strerror((int)(intptr_t)error));
	}
	semctl(awaited.semaphore, 0, IPC_RMID);
	return 0;
}
