/* SPDX-License-Identifier: MIT */
/*
 * Conformance: mappings and signals. Handlers that map while the main code maps, jumps out of
 * handlers, masks and pending signals.
 */
#include "conform.h"

#include <setjmp.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <time.h>

#include "children.h"

#define READ_WRITE (PROT_READ | PROT_WRITE)

enum { SIZE = 5 * CONFORM_PAGE + 100, SEED = 9 };

/* Of the running case; each case has its own process. */
static int file;
static atomic_uint handled, wrong;

static bool life(void)
{
	char *map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, file, 0);
	bool fine;

	if (map == MAP_FAILED)
		return false;
	fine = strcmp(compare(map, 0, SIZE, SEED), "as the file") == 0;
	fine &= mprotect(map, SIZE, READ_WRITE) == -1 && errno == EACCES;
	return munmap(map, SIZE) == 0 && fine;
}

/* Success must not change errno: the main code would see that between two lines. */
static void maps_in_handler(int number)
{
	int before = errno;
	char *map;

	(void)number;
	handled++;
	if (!life())
		wrong++;
	errno = 4321;
	map = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, file, 0);
	if (errno != 4321 || map == MAP_FAILED || munmap(map, SIZE) || errno != 4321)
		wrong++;
	errno = before;
}

static void catch(int number, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	MUST(sigaction(number, &action, NULL) == 0);
}

/* SIGALRM is for the time limit of the case. */
static timer_t make_timer(int number)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = number };
	timer_t timer;

	MUST(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0);
	return timer;
}

static void set_timer(timer_t timer, long nanoseconds, long every)
{
	struct itimerspec times = { { 0, every }, { 0, nanoseconds } };

	MUST(timer_settime(timer, 0, &times, NULL) == 0);
}

static void lives_until(unsigned int enough)
{
	for (unsigned int rounds = 0; handled < enough || rounds < 200; rounds++)
		if (!life())
			wrong++;
}

/*
 * The signal comes at another time in each round. One after the other, because a handler may take
 * longer than the interrupted call. FLAGS 0: interrupted calls fail with EINTR, but never mmap and
 * mprotect.
 */
static void in_handler_of(int flags)
{
	timer_t timer;
	long moment = 0;

	file = make_file("file", SIZE, SEED, O_RDONLY);
	catch(SIGUSR1, maps_in_handler, flags);
	timer = make_timer(SIGUSR1);
	while (handled < 300) {
		moment = (moment + 7919) % 400000;
		set_timer(timer, 1000 + moment, 0);
		if (!life() || !life())
			wrong++;
	}
	timer_delete(timer);
	answer("handled: enough, wrong: %u", wrong);
}

static void in_handler(void)
{
	in_handler_of(0);
}

static void in_handler_restarting(void)
{
	in_handler_of(SA_RESTART);
}

static void in_profiler(void)
{
	struct itimerval often = { { 0, 1000 }, { 0, 1000 } };
	struct itimerval never = { { 0, 0 }, { 0, 0 } };

	file = make_file("file", SIZE, SEED, O_RDONLY);
	catch(SIGPROF, maps_in_handler, SA_RESTART);
	MUST(setitimer(ITIMER_PROF, &often, NULL) == 0);
	lives_until(30); /* how often depends on the kernel's tick */
	setitimer(ITIMER_PROF, &never, NULL);
	answer("enough: %s, wrong: %u", handled >= 30 ? "yes" : "no", wrong);
}

/* A copy of a large file takes many ticks. */
static void interrupted(void)
{
	enum { LARGE = 6 << 20 };
	timer_t timer;
	char *map;

	file = make_file("file", SIZE, SEED, O_RDONLY);
	catch(SIGUSR1, maps_in_handler, 0);
	timer = make_timer(SIGUSR1);
	set_timer(timer, 1000000, 5000000);
	for (int i = 0; i < 3; i++) {
		int large = make_file("large", LARGE, (unsigned int)i, O_RDONLY);

		map = map_shared(large, LARGE);
		answer("large: %s", compare(map, 0, LARGE, (unsigned int)i));
		MUST(munmap(map, LARGE) == 0 && close(large) == 0);
	}
	timer_delete(timer);
	answer("wrong: %u", wrong);
}

/* --- jumps out of handlers --- */

static sigjmp_buf back;

static void jumps(int number)
{
	siglongjmp(back, number);
}

static void jump_from_fault(void)
{
	volatile int bus = 0, segv = 0, good = 0;
	volatile char *map;

	file = make_file("file", SIZE, SEED, O_RDONLY);
	catch(SIGBUS, jumps, 0);
	catch(SIGSEGV, jumps, 0);
	for (volatile int i = 0; i < 100; i++) {
		map = mmap(NULL, 10 * PAGE, PROT_READ, MAP_SHARED, file, 0);
		MUST(map != MAP_FAILED);
		if (sigsetjmp(back, 1) == 0)
			(void)map[7 * PAGE];
		else
			bus++;
		if (sigsetjmp(back, 1) == 0)
			map[0] = 1;
		else
			segv++;
		MUST(munmap((void *)(uintptr_t)map, 10 * PAGE) == 0);
		good += life();
	}
	answer("jumps from reading past the end: %d, from writing: %d; right afterwards: %d", bus,
	       segv, good);
}

/* From any instruction of the calls, as time limits of script languages do. */
static void jump_from_calls(void)
{
	volatile int good = 0;
	timer_t timer;

	file = make_file("file", SIZE, SEED, O_RDONLY);
	catch(SIGUSR1, jumps, 0);
	timer = make_timer(SIGUSR1);
	for (volatile int i = 0; i < 300; i++) {
		if (sigsetjmp(back, 1) == 0) {
			set_timer(timer, 40000 + i * 1100, 0);
			for (;;)
				life();
		}
		good += life();
	}
	answer("right after a jump: %d of 300", good);
}

/* Memory that becomes writable, or is replaced, on the first write: garbage collectors do this. */
static char *barrier_page;
static atomic_int barrier_errno;

static void replaces_page(int number)
{
	(void)number;
	if (mprotect(barrier_page, PAGE, READ_WRITE) == 0)
		return;
	barrier_errno = errno;
	if (mmap(barrier_page, PAGE, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
	    barrier_page)
		_exit(1);
}

static void write_barrier(void)
{
	char *map;

	file = make_letters("file", 3, O_RDONLY);
	map = map_shared_at(reserve(3), file, 3 * PAGE, 0);
	barrier_page = map + PAGE;
	catch(SIGSEGV, replaces_page, 0);
	*(volatile char *)barrier_page = '*';
	answer("made writable in the handler: %s", errno_word(barrier_errno));
	answer("after it was replaced: %s", view(map, 3));
	answer("written: %s", view_writable(map, 3));
}

/* --- a small alternate stack, with nothing below it --- */

static void alternate_stack(void)
{
	size_t size = (size_t)sysconf(_SC_MINSIGSTKSZ) + 6 * 1024;
	size_t pages = (size + PAGE - 1) / PAGE;
	char *room = reserve(pages + 1);
	stack_t stack = { .ss_sp = room + PAGE, .ss_size = size };

	file = make_file("file", SIZE, SEED, O_RDONLY);
	MUST(mprotect(room + PAGE, pages * PAGE, READ_WRITE) == 0);
	MUST(sigaltstack(&stack, NULL) == 0);
	catch(SIGUSR1, maps_in_handler, SA_ONSTACK);
	for (int i = 0; i < 20; i++)
		raise(SIGUSR1);
	answer("handled: %u, wrong: %u", handled, wrong);
}

/* --- mask and pending signals --- */

static void say_mask(const char *when, const sigset_t *set)
{
	sigset_t now, pending;
	int differs = 0;

	MUST(sigprocmask(SIG_BLOCK, NULL, &now) == 0 && sigpending(&pending) == 0);
	for (int i = 1; i < NSIG; i++)
		differs += sigismember(set, i) != sigismember(&now, i);
	answer("after %s: mask %s, pending:%s%s", when, differs ? "changed" : "as before",
	       sigismember(&pending, SIGUSR1) ? " SIGUSR1" : "",
	       sigismember(&pending, SIGTERM) ? " SIGTERM" : "");
}

static void counts(int number)
{
	(void)number;
	handled++;
}

static void mask(void)
{
	sigset_t set;
	char *map;

	file = make_file("file", SIZE, SEED, O_RDONLY);
	catch(SIGUSR1, counts, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGRTMIN + 3);
	MUST(sigprocmask(SIG_SETMASK, &set, NULL) == 0);
	raise(SIGUSR1);
	map = map_shared(file, SIZE);
	say_mask("mmap", &set);
	mprotect(map, SIZE, READ_WRITE);
	say_mask("mprotect", &set);
	map = mremap(map, SIZE, 20 * PAGE, MREMAP_MAYMOVE);
	MUST(map != MAP_FAILED);
	say_mask("mremap", &set);
	map_shared_at(map, file, PAGE, 0);
	say_mask("MAP_FIXED", &set);
	munmap(map, 20 * PAGE);
	say_mask("munmap", &set);
	answer("handled while blocked: %u", handled);
	sigdelset(&set, SIGUSR1);
	MUST(sigprocmask(SIG_SETMASK, &set, NULL) == 0);
	answer("handled once let through: %u", handled);
}

/* Real-time signals are queued: none may be lost while signals are blocked for a moment. */
static void all_delivered(void)
{
	union sigval none = { 0 };
	sigset_t set;
	pid_t child;

	file = make_file("file", SIZE, SEED, O_RDONLY);
	catch(SIGRTMIN, counts, 0);
	sigemptyset(&set);
	child = fork();
	if (child == 0) {
		for (int i = 0; i < 400; i++) {
			struct timespec moment = { 0, 100000 };

			while (sigqueue(getppid(), SIGRTMIN, none) && errno == EAGAIN)
				nanosleep(&moment, NULL);
			nanosleep(&moment, NULL);
		}
		_exit(0);
	}
	lives_until(400);
	answer("sender: %s", wait_end(child));
	answer("handled: %u, wrong: %u", handled, wrong);
	say_mask("all", &set);
}

const struct conform_case conform_signals[] = {
	{ "in-handler", in_handler, NULL },
	{ "in-handler-restarting", in_handler_restarting, NULL },
	{ "in-profiler", in_profiler, NULL },
	{ "interrupted", interrupted, NULL },
	{ "jump-from-fault", jump_from_fault, NULL },
	{ "jump-from-calls", jump_from_calls, NULL },
	{ "write-barrier", write_barrier, NULL },
	{ "alternate-stack", alternate_stack, NULL },
	{ "mask", mask, NULL },
	{ "all-delivered", all_delivered, NULL },
	{ 0 },
};
