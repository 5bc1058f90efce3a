/* SPDX-License-Identifier: MIT */
/*
 * Conformance: ways to access a mapping. PROT_NONE, PROT_EXEC (also on a noexec mount), as source
 * and target of a system call, from another process, by /proc/self/mem, as a futex.
 */
#include "conform.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#define WRITABLE (PROT_READ | PROT_WRITE)

static void none_then_read(void)
{
	int fd = make_letters("file", 4, O_RDONLY);
	char *at = mmap(reserve(5), 4 * PAGE, PROT_NONE, MAP_SHARED | MAP_FIXED, fd, 0);

	answer("%s", said_map(at));
	answer("%s: %s", view(at, 5), peek(at));
	answer("read, middle: %s", said(mprotect(at + PAGE, 2 * PAGE, PROT_READ)));
	answer("%s", view(at, 5));
	answer("+W: %s", said(mprotect(at + 3 * PAGE, PAGE, WRITABLE)));
	answer("+W of all: %s", said(mprotect(at, 4 * PAGE, WRITABLE)));
	answer("%s %s", view(at, 5), view_writable(at, 5));
	answer("read: %s", said(mprotect(at, 4 * PAGE, PROT_READ)));
	answer("%s %s", view(at, 5), view_writable(at, 5));
}

/* A function that returns 42, in machine code. */
#if defined(__x86_64__) || defined(__i386__)
static const unsigned char returns_42[] = { 0xb8, 0x2a, 0, 0, 0, 0xc3 };
#elif defined(__aarch64__)
static const unsigned char returns_42[] = { 0x40, 5, 0x80, 0x52, 0xc0, 3, 0x5f, 0xd6 };
#else
static const unsigned char returns_42[] = { 0 };
#endif

static int code_file(const char *name)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	MUST(fd >= 0 && write(fd, returns_42, sizeof(returns_42)) == sizeof(returns_42));
	MUST(ftruncate(fd, 3 * (off_t)PAGE) == 0 && close(fd) == 0);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	MUST(fd >= 0);
	return fd;
}

static int returned;

static void call(void *at)
{
	int (*function)(void);

	memcpy(&function, &at, sizeof(function));
	returned = function();
}

static void called(const char *name, void *at)
{
	const char *how;

	if (sizeof(returns_42) == 1)
		return;
	returned = 0;
	how = guarded(call, at);
	answer("%s: %s, %d", name, how, returned);
}

static void executable(void)
{
	int fd = code_file("code");
	char *at = mmap(NULL, 3 * PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);

	answer("%s", said_map(at));
	called("call", at);
	answer("%s", poke(at));
	answer("+W: %s", said(mprotect(at, 3 * PAGE, WRITABLE | PROT_EXEC)));
	answer("read: %s", said(mprotect(at, 3 * PAGE, PROT_READ)));
	called("call", at);
	answer("exec: %s", said(mprotect(at, PAGE, PROT_READ | PROT_EXEC)));
	called("call", at);
	answer("munmap: %s", said(munmap(at, 3 * PAGE)));
	at = mmap(NULL, PAGE, PROT_EXEC, MAP_SHARED, fd, 0);
	answer("exec alone: %s", said_map(at));
	called("call", at);
	answer("+W: %s", said(mprotect(at, PAGE, WRITABLE)));
}

static void made_executable(void)
{
	char *at = map_shared_at(reserve(4), code_file("code"), 3 * PAGE, 0);

	called("call", at);
	answer("exec: %s", said(mprotect(at, PAGE, PROT_READ | PROT_EXEC)));
	called("call", at);
	answer("+W: %s", said(mprotect(at, 3 * PAGE, WRITABLE | PROT_EXEC)));
	answer("none: %s", said(mprotect(at, 3 * PAGE, PROT_NONE)));
	called("call", at);
	answer("exec of all: %s", said(mprotect(at, 3 * PAGE, PROT_READ | PROT_EXEC)));
	called("call", at);
	answer("%s", view_writable(at, 4));
}

/* On a noexec mount, PROT_EXEC fails, however the mapping was made. */
static void noexec(void)
{
	char name[4096];
	char *at;
	int fd;

	if (!conform_noexec) {
		answer("no such mount");
		return;
	}
	snprintf(name, sizeof(name), "%s/code", conform_noexec);
	fd = code_file(name);
	MUST(unlink(name) == 0);
	answer("exec: %s",
	       said_map(mmap(NULL, 3 * PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0)));
	answer("exec, private: %s",
	       said_map(mmap(NULL, 3 * PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0)));
	at = map_shared_at(reserve(3), fd, 3 * PAGE, 0);
	answer("exec, over it: %s",
	       said_map(mmap(at, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_FIXED, fd, 0)));
	answer("+X: %s", said(mprotect(at, PAGE, PROT_READ | PROT_EXEC)));
	answer("+X of all: %s", said(mprotect(at, 3 * PAGE, PROT_EXEC)));
	called("call", at);
	answer("+W: %s", said(mprotect(at, 3 * PAGE, WRITABLE)));
	answer("none: %s", said(mprotect(at, 3 * PAGE, PROT_NONE)));
	answer("+X: %s", said(mprotect(at, 3 * PAGE, PROT_READ | PROT_EXEC)));
	answer("read: %s", said(mprotect(at, 3 * PAGE, PROT_READ)));
	answer("%s", view(at + PAGE, 2));
	at = mremap(at, 3 * PAGE, 5 * PAGE, MREMAP_MAYMOVE);
	answer("moved: %s", said_map(at));
	answer("+X: %s", said(mprotect(at, 3 * PAGE, PROT_READ | PROT_EXEC)));
}

static void as_source_and_target(void)
{
	int fd = make_file("file", 5 * PAGE + 7, 4, O_RDONLY);
	int other = open("other", O_RDWR | O_CREAT | O_EXCL, 0644), pair[2];
	char *at = map_shared(fd, 7 * PAGE), *copy;
	char bytes[100];
	struct stat st;

	MUST(other >= 0 && pipe(pair) == 0);
	answer("write: %s", said(write(other, at, 5 * PAGE + 7)));
	answer("pwrite, past the end: %s", said(pwrite(other, at + 6 * PAGE, 10, 8 * (off_t)PAGE)));
	answer("write, to a pipe: %s", said(write(pair[1], at + PAGE, 100)));
	answer("read, from the pipe: %s", said(read(pair[0], bytes, 100)));
	answer("%s", compare(bytes, PAGE, 100, 4));
	copy = map_shared(other, 6 * PAGE);
	answer("%s", compare(copy, 0, 5 * PAGE + 7, 4));
	answer("write, into its own file: %s",
	       said(pwrite(other, copy, 2 * PAGE, 3 * (off_t)PAGE)));
	copy = map_shared(other, 5 * PAGE);
	answer("%s", compare(copy + 3 * PAGE, 0, 2 * PAGE, 4));
	answer("read: %s", said(pread(fd, at, 10, 0)));
	answer("read, past the end: %s", said(pread(fd, at + 6 * PAGE, 10, 0)));
	MUST(write(pair[1], "12345", 5) == 5);
	answer("read, from a pipe: %s", said(read(pair[0], at, 5)));
	answer("stat: %s", said(stat("file", (struct stat *)(void *)at)));
	answer("stat, of a name in it: %s", said(stat(at, &st)));
	answer("name past the end: %s", said(stat(at + 6 * PAGE, &st)));
	answer("%s", compare(at, 0, 5 * PAGE + 7, 4));
}

static void from_another_process(void)
{
	char *at = map_shared(make_file("file", 3 * PAGE + 7, 4, O_RDONLY), 5 * PAGE);
	char *bytes = malloc(3 * PAGE + 7);
	struct iovec local = { bytes, 3 * PAGE + 7 }, remote = { at, 3 * PAGE + 7 };
	int status, memory, pair[2];
	pid_t child;

	MUST(bytes);
	answer("own, read: %s", said(process_vm_readv(getpid(), &local, 1, &remote, 1, 0)));
	answer("%s", compare(bytes, 0, 3 * PAGE + 7, 4));
	answer("own, write: %s", said(process_vm_writev(getpid(), &local, 1, &remote, 1, 0)));
	memset(bytes, 0, 3 * PAGE + 7);
	MUST((memory = open("/proc/self/mem", O_RDONLY)) >= 0);
	answer("/proc/self/mem: %s",
	       said(pread(memory, bytes, 3 * PAGE + 7, (off_t)(uintptr_t)at)));
	answer("%s", compare(bytes, 0, 3 * PAGE + 7, 4));
	memset(bytes, 0, 3 * PAGE + 7);
	MUST(pipe(pair) == 0);
	child = fork();
	if (child == 0) {
		char go;

		close(pair[1]);
		_exit(read(pair[0], &go, 1) == 0 ? 0 : 1);
	}
	MUST(child > 0);
	answer("child's, read: %s", said(process_vm_readv(child, &local, 1, &remote, 1, 0)));
	answer("%s", compare(bytes, 0, 3 * PAGE + 7, 4));
	answer("child's, write: %s", said(process_vm_writev(child, &local, 1, &remote, 1, 0)));
	remote.iov_base = at + 4 * PAGE;
	remote.iov_len = PAGE;
	answer("child's, past the end: %s",
	       said(process_vm_readv(child, &local, 1, &remote, 1, 0)));
	close(pair[1]);
	MUST(waitpid(child, &status, 0) == child && status == 0);
	answer("%s", compare(at, 0, 3 * PAGE + 7, 4));
}

/*
 * Writes as a debugger does, whatever the mapping allows (FOLL_FORCE in the kernel), like
 * PTRACE_POKEDATA.
 */
static void by_its_memory_file(void)
{
	static const int ways[] = { O_RDONLY, O_RDWR };

	for (size_t i = 0; i < 2; i++) {
		int fd = make_letters("file", 2, ways[i]);
		const char *at = map_shared(fd, 2 * PAGE);
		int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
		long done;
		char byte;

		MUST(memory >= 0);
		done = pwrite(memory, "W", 1, (off_t)(uintptr_t)at);
		answer("%s", said(done));
		MUST(pread(fd, &byte, 1, 0) == 1);
		answer("the mapping shows %c, the file has %c", *at, byte);
	}
}

static long futex(const void *at, int operation, unsigned int value, const struct timespec *limit)
{
	return syscall(SYS_futex, at, operation, value, limit, NULL, 0);
}

static void futexes(void)
{
	struct timespec soon = { .tv_nsec = 1000000 };
	char *at = map_shared(make_file("file", PAGE, 6, O_RDONLY), 2 * PAGE);
	unsigned int value;

	memcpy(&value, at, sizeof(value));
	answer("%s", compare(&value, 0, 4, 6));
	answer("wait, other value: %s", said(futex(at, FUTEX_WAIT, value + 1, &soon)));
	answer("wait: %s", said(futex(at, FUTEX_WAIT, value, &soon)));
	answer("wake: %s", said(futex(at, FUTEX_WAKE, 1, NULL)));
	answer("private wait, other value: %s",
	       said(futex(at, FUTEX_WAIT_PRIVATE, value + 1, &soon)));
	answer("private wake: %s", said(futex(at, FUTEX_WAKE_PRIVATE, 1, NULL)));
	answer("wake, past the end: %s", said(futex(at + PAGE, FUTEX_WAKE, 1, NULL)));
	answer("unaligned: %s", said(futex(at + 1, FUTEX_WAKE, 1, NULL)));
	answer("changed by it: %s", said(futex(at, FUTEX_LOCK_PI, 0, &soon)));
	answer("%s", compare(at, 0, PAGE, 6));
}

/* A child waits at its mapping; its parent wakes it at another of the same part. */
static void futex_of_two_mappings(void)
{
	struct timespec limit = { .tv_sec = 3 }, pause = { .tv_nsec = 2000000 };
	char *one, *two;
	unsigned int value;
	bool woken = false;
	int fd, status;
	pid_t child;

	/*
	 * Two copies are two futexes; without a pause, each mapping of a new file has a separate
	 * copy.
	 */
	conform_settles = true;
	fd = make_file("file", 3 * PAGE, 6, O_RDONLY);
	one = map_shared_at(reserve(3), fd, 3 * PAGE, 0);
	two = map_shared_at(reserve(3), fd, 3 * PAGE, 0);
	memcpy(&value, one + PAGE, sizeof(value));
	child = fork();
	if (child == 0)
		_exit(futex(one + PAGE, FUTEX_WAIT, value, &limit) == 0 ? 0 : 1);
	MUST(child > 0);
	while (!woken && waitpid(child, &status, WNOHANG) == 0) {
		woken = futex(two + PAGE, FUTEX_WAKE, 1, NULL) == 1;
		nanosleep(&pause, NULL);
	}
	answer("%s", woken ? "woken" : "never woken");
}

const struct conform_case conform_access[] = {
	{ "none-then-read", none_then_read, NULL },
	{ "executable", executable, NULL },
	{ "made-executable", made_executable, NULL },
	{ "noexec", noexec, NULL },
	{ "as-source-and-target", as_source_and_target, NULL },
	{ "from-another-process", from_another_process, NULL },
	{ "futexes", futexes, NULL },
	{ "by-its-memory-file", by_its_memory_file, NULL },
	{ "futex-of-two-mappings", futex_of_two_mappings, NULL },
	{ 0 },
};
