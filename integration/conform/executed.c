/* SPDX-License-Identifier: MIT */
/*
 * Conformance: what exec keeps and what it ends; and locks and leases of a file, which mapping it
 * must not change.
 */
#include "conform.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/wait.h>

#include "children.h"

#define READ_WRITE (PROT_READ | PROT_WRITE)

enum { SIZE = 5 * CONFORM_PAGE + 77, SEED = 17 };

static int file;

static bool life(void)
{
	char *at = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, file, 0);
	bool fine = at != MAP_FAILED && strcmp(compare(at, 0, SIZE, SEED), "as the file") == 0;

	fine &= mprotect(at, SIZE, READ_WRITE) == -1 && errno == EACCES;
	return munmap(at, SIZE) == 0 && fine;
}

/* --- the mapping ends, the program that follows maps as this one did --- */

static int again_looks(int argc, char **argv)
{
	void *place = NULL;

	MUST(argc == 2 && sscanf(argv[1], "%p", &place) == 1);
	answer("where it was: %s", peek(place));
	file = open("file", O_RDONLY | O_CLOEXEC);
	MUST(file >= 0);
	answer("maps: %s", life() ? "right" : "wrong");
	answer("open: %s", descriptors());
	return 0;
}

static void follows(void)
{
	static const enum way ways[] = { BY_FORK, BY_VFORK, BY_SPAWN };
	char place[32];
	void *at;

	file = make_file("file", SIZE, SEED, O_RDONLY);
	at = map_shared_at(reserve(6), file, SIZE, 0);
	snprintf(place, sizeof(place), "%p", at);
	/* Other descriptors of the runner would be visible, and differ from run to run. */
	MUST(file == 3 || close_range(3, (unsigned int)file - 1, 0) == 0);
	MUST(close_range((unsigned int)file + 1, ~0U, 0) == 0);
	for (size_t i = 0; i < 3; i++)
		exec_again(ways[i], "executed.follows", place);
	answer("here: %s", compare(at, 0, SIZE, SEED));
}

/* --- a thread maps while another executes: not one descriptor more is inherited --- */

static atomic_bool stop;
static atomic_uint wrong;

static void *maps(void *unused)
{
	(void)unused;
	while (!stop)
		if (!life())
			wrong++;
	return NULL;
}

static int again_counts(int argc, char **argv)
{
	(void)argc, (void)argv;
	return strcmp(descriptors(), "0 1 2") != 0;
}

static pid_t execute_by_vfork(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		execl("/proc/self/exe", "conform", "--again", "executed.meanwhile", NULL);
		_exit(99);
	}
	return pid;
}

static void meanwhile(void)
{
	pthread_t threads[2];
	int fine = 0;

	file = make_file("file", SIZE, SEED, O_RDONLY);
	/* The program has these three, whatever the runner had open. */
	MUST(dup2(file, 700) == 700 && fcntl(700, F_SETFD, FD_CLOEXEC) == 0);
	MUST(close_range(3, 699, 0) == 0 && close_range(701, ~0U, 0) == 0);
	file = 700;
	for (int number = 0; number < 3; number++)
		if (fcntl(number, F_GETFD) < 0)
			MUST(open("/dev/null", O_RDWR) == number);
	for (int i = 0; i < 2; i++)
		MUST(pthread_create(&threads[i], NULL, maps, NULL) == 0);
	for (int i = 0; i < 60; i++)
		fine += strcmp(wait_end(execute_by_vfork()), "exit 0") == 0;
	stop = true;
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	answer("executed with no more than 0, 1 and 2: %d of 60; wrong here: %u", fine, wrong);
}

/* --- locks: closing any descriptor of a file drops those of the process --- */

static void try_locks(void *unused)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open("file", O_RDWR | O_CLOEXEC);

	(void)unused;
	MUST(fd >= 0 && fcntl(fd, F_GETLK, &lock) == 0);
	answer("another sees: %s%s, bytes %ld to %ld",
	       lock.l_type == F_UNLCK ? "no lock" : "a lock of ",
	       lock.l_type == F_UNLCK     ? "" :
	       lock.l_pid == getppid()    ? "the program" :
	       lock.l_pid == -1		  ? "a descriptor" :
					    "somebody",
	       (long)lock.l_start, (long)lock.l_len);
	answer("another locks: %s", said(flock(fd, LOCK_EX | LOCK_NB)));
}

static void say_locks(const char *when)
{
	answer("%s", when);
	MUST(strcmp(in_child(try_locks, NULL), "exit 0") == 0);
}

/* Makes the library do everything that it does with a file, while it is locked. */
static void with_lock(int fd)
{
	char *at;

	say_locks("locked");
	at = map_shared(fd, SIZE);
	say_locks("mapped");
	MUST(mprotect(at, SIZE, PROT_NONE) == 0 && mprotect(at, SIZE, PROT_READ) == 0);
	at = mremap(at, SIZE, 20 * PAGE, MREMAP_MAYMOVE);
	MUST(at != MAP_FAILED);
	say_locks("moved");
	map_shared_at(at, fd, SIZE, 0);
	map_shared(fd, SIZE);
	say_locks("mapped again");
	MUST(munmap(at, 20 * PAGE) == 0);
	say_locks("unmapped");
}

static void process_locks(void)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 20 };
	int fd = make_file("file", SIZE, SEED, O_RDWR);

	MUST(fcntl(fd, F_SETLK, &lock) == 0);
	with_lock(fd);
	/* Also through another descriptor than the locked one. */
	file = open("file", O_RDONLY | O_CLOEXEC);
	MUST(file >= 0);
	answer("through another: %s", life() ? "right" : "wrong");
	say_locks("through another");
	close(file);
	say_locks("which is closed");
}

static void descriptor_locks(void)
{
	struct flock lock = { .l_type = F_RDLCK, .l_whence = SEEK_SET, .l_start = 5, .l_len = 6 };
	int fd = make_file("file", SIZE, SEED, O_RDONLY);

	MUST(fcntl(fd, F_OFD_SETLK, &lock) == 0);
	with_lock(fd);
}

static void whole_locks(void)
{
	int fd = make_file("file", SIZE, SEED, O_RDONLY);

	MUST(flock(fd, LOCK_EX) == 0);
	with_lock(fd);
}

/* Such a lock belongs to the open file, which a mapping keeps open. */
static void whole_locks_closed(void)
{
	int fd = make_file("file", SIZE, SEED, O_RDONLY), other;

	map_shared(fd, SIZE);
	MUST(flock(fd, LOCK_EX) == 0 && close(fd) == 0);
	other = open("file", O_RDONLY | O_CLOEXEC);
	answer("%s", said(flock(other, LOCK_EX | LOCK_NB)));
}

/* Not all filesystems give leases; a given one must stay, unbroken. */
static void leases(void)
{
	static const struct {
		const char *name;
		int open, type;
	} kinds[] = { { "for reading", O_RDONLY, F_RDLCK }, { "for writing", O_RDWR, F_WRLCK } };
	sigset_t set, pending;

	sigemptyset(&set);
	sigaddset(&set, SIGIO);
	MUST(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
	for (size_t i = 0; i < 2; i++) {
		/* The mapping keeps the lease: another file each time. */
		int fd = make_file(kinds[i].name, SIZE, SEED, kinds[i].open), before;
		char *at;

		fcntl(fd, F_SETLEASE, kinds[i].type);
		before = fcntl(fd, F_GETLEASE);
		at = map_shared(fd, SIZE);
		answer("%s, mapped: %s", kinds[i].name, compare(at, 0, SIZE, SEED));
		map_shared(fd, SIZE);
		answer("%s: lease %s", kinds[i].name,
		       fcntl(fd, F_GETLEASE) == before ? "as before" : "changed");
		MUST(sigpending(&pending) == 0);
		answer("%s: %s", kinds[i].name,
		       sigismember(&pending, SIGIO) ? "broken" : "not broken");
		close(fd);
	}
}

const struct conform_case conform_executed[] = {
	{ "follows", follows, again_looks },
	{ "meanwhile", meanwhile, again_counts },
	{ "process-locks", process_locks, NULL },
	{ "descriptor-locks", descriptor_locks, NULL },
	{ "whole-locks", whole_locks, NULL },
	{ "whole-locks-closed", whole_locks_closed, NULL },
	{ "leases", leases, NULL },
	{ 0 },
};
