/* SPDX-License-Identifier: MIT */
/*
 * Conformance: processes that gave up rights after they opened the file: another user, another
 * root, namespaces, system call filters.
 */
#include "conform.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <sys/fsuid.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "children.h"

#define READ_WRITE (PROT_READ | PROT_WRITE)
#define ANONYMOUS (MAP_PRIVATE | MAP_ANONYMOUS)

enum { SIZE = 5 * CONFORM_PAGE + 77, SEED = 29 };

static int file;

/* A file that only its owner, root, can open. */
static void make_secret(void)
{
	file = make_file("file", SIZE, SEED, O_RDONLY);
	MUST(chmod("file", 0400) == 0);
}

static void map_and_say(void)
{
	char *at = mmap(NULL, SIZE, PROT_READ, MAP_SHARED, file, 0);

	answer("mapped: %s", said_map(at));
	if (at == MAP_FAILED)
		return;
	answer("holds: %s", compare(at, 0, SIZE, SEED));
	answer("writable: %s", said(mprotect(at, SIZE, READ_WRITE)));
	answer("moved: %s", said_map(at = mremap(at, SIZE, 20 * PAGE, MREMAP_MAYMOVE)));
	answer("writable: %s", said(mprotect(at, 20 * PAGE, READ_WRITE)));
	answer("over it: %s", said_map(mmap(at, PAGE, PROT_READ, MAP_SHARED | MAP_FIXED, file,
					    3 * PAGE)));
	answer("holds: %s", compare(at, 3 * PAGE, PAGE, SEED));
	answer("replaced: %s", said_map(mmap(at + PAGE, PAGE, PROT_READ, ANONYMOUS | MAP_FIXED,
					     -1, 0)));
	answer("writable: %s", said(mprotect(at + PAGE, PAGE, READ_WRITE)));
	answer("unmapped: %s", said(munmap(at, 20 * PAGE)));
}

/* --- another user --- */

static void another_user(void *unused)
{
	(void)unused;
	MUST(setgid(NOBODY) == 0 && setuid(NOBODY) == 0);
	answer("open: %s", said(open("file", O_RDONLY)));
	map_and_say();
}

static void another_user_not_dumpable(void *unused)
{
	MUST(setgid(NOBODY) == 0 && setuid(NOBODY) == 0 && prctl(PR_SET_DUMPABLE, 1) == 0);
	MUST(prctl(PR_SET_DUMPABLE, 0) == 0);
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	another_user(unused);
}

static void for_a_while(void *unused)
{
	(void)unused;
	MUST(setegid(NOBODY) == 0 && seteuid(NOBODY) == 0);
	answer("open: %s", said(open("file", O_RDONLY)));
	map_and_say();
	MUST(seteuid(0) == 0 && setegid(0) == 0);
	map_and_say();
}

static void for_files_only(void *unused)
{
	(void)unused;
	setfsuid(NOBODY);
	MUST(setfsuid(NOBODY) == NOBODY);
	answer("open: %s", said(open("file", O_RDONLY)));
	map_and_say();
}

/* As root, each in a child. */
static void as_root(void (*run)(void *))
{
	const char *end;

	if (!is_root())
		return;
	make_secret();
	end = in_child(run, NULL);
	if (strcmp(end, "exit 0") != 0)
		answer("child: %s", end);
}

static void user(void)
{
	as_root(another_user);
}

static void user_not_dumpable(void)
{
	as_root(another_user_not_dumpable);
}

static void effective_user(void)
{
	as_root(for_a_while);
}

static void filesystem_user(void)
{
	as_root(for_files_only);
}

/* --- no /proc: an empty root, or something else in its place --- */

static void enter_empty_root(void)
{
	MUST(mkdir("empty", 0755) == 0 && chroot("empty") == 0 && chdir("/") == 0);
	answer("/proc: %s", said(access("/proc/self/maps", R_OK)));
}

static void in_empty_root(void *unused)
{
	(void)unused;
	enter_empty_root();
	map_and_say();
	map_and_say();
}

static void empty_root(void)
{
	as_root(in_empty_root);
}

static void mapped_then_empty_root(void *unused)
{
	char *at = map_shared(file, SIZE);

	(void)unused;
	enter_empty_root();
	answer("holds: %s", compare(at, 0, SIZE, SEED));
	answer("writable: %s", said(mprotect(at, SIZE, READ_WRITE)));
	MUST(munmap(at, SIZE) == 0);
	MUST(mmap(at, SIZE, PROT_READ, ANONYMOUS, -1, 0) == at);
	answer("unmapped and another there, writable: %s", said(mprotect(at, SIZE, READ_WRITE)));
}

static void empty_root_later(void)
{
	as_root(mapped_then_empty_root);
}

static void without_proc(void *unused)
{
	(void)unused;
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("none", "/proc", "tmpfs", 0, NULL)) {
		answer("no mounts here");
		return;
	}
	map_and_say();
}

static void proc_hidden(void)
{
	as_root(without_proc);
}

static void in_namespaces(void *unused)
{
	(void)unused;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET)) {
		answer("no namespaces here");
		return;
	}
	map_and_say();
}

static void namespaces(void)
{
	as_root(in_namespaces);
}

static void map_in_child(void *unused)
{
	(void)unused;
	map_and_say();
}

static void in_new_namespace(void (*run)(void *))
{
	if (unshare(CLONE_NEWPID)) {
		answer("no namespaces here");
		return;
	}
	answer("the first process: %s", in_child(run, NULL));
}

static void in_new_pids(void *unused)
{
	(void)unused;
	in_new_namespace(map_in_child);
}

static void process_namespace(void)
{
	as_root(in_new_pids);
}

/* The kernel lets a fault kill it, unless it is traced. */
static void reads_past_the_end(void *unused)
{
	volatile char *at = map_shared(make_letters("short", 1, O_RDONLY), 2 * PAGE);

	(void)unused;
	(void)at[PAGE];
}

static void *runs_past_the_end(void *unused)
{
	reads_past_the_end(NULL);
	return unused;
}

static void thread_reads_past_the_end(void *unused)
{
	pthread_t thread;

	(void)unused;
	MUST(pthread_create(&thread, NULL, runs_past_the_end, NULL) == 0);
	pthread_join(thread, NULL);
}

static void faults_in_new_pids(void *unused)
{
	(void)unused;
	in_new_namespace(reads_past_the_end);
}

static void thread_faults_in_new_pids(void *unused)
{
	(void)unused;
	in_new_namespace(thread_reads_past_the_end);
}

static void faults_in_namespace(void)
{
	as_root(faults_in_new_pids);
	as_root(thread_faults_in_new_pids);
}

/* --- filters like those of sandboxes: forbidden calls fail, and kill nothing --- */

struct rule {
	long number;
	int error;
};

static unsigned int verdict(int error)
{
	return error ? SECCOMP_RET_ERRNO | (unsigned int)error : SECCOMP_RET_ALLOW;
}

/* Calls without a rule are allowed, or fail with OTHERWISE. */
static void filter(const struct rule *rules, size_t count, int otherwise)
{
	struct sock_filter code[80];
	unsigned short length = 0;
	struct sock_fprog program = { .filter = code };

	code[length++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
						      offsetof(struct seccomp_data, nr));
	for (size_t i = 0; i < count; i++) {
		code[length++] = (struct sock_filter)BPF_JUMP(
			BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)rules[i].number, 0, 1);
		code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K,
							      verdict(rules[i].error));
	}
	code[length++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, verdict(otherwise));
	program.len = length;
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
}

static void map_twice(const struct rule *rules, size_t count, int otherwise)
{
	file = make_file("file", SIZE, SEED, O_RDONLY);
	filter(rules, count, otherwise);
	map_and_say();
	map_and_say();
}

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define FILTER_CASE(name, ...)                                        \
	static void name(void)                                        \
	{                                                             \
		static const struct rule rules[] = { __VA_ARGS__ };   \
		map_twice(rules, COUNT(rules), 0);                    \
	}

FILTER_CASE(no_memfd, { SYS_memfd_create, EPERM })
FILTER_CASE(unknown_memfd, { SYS_memfd_create, ENOSYS })
FILTER_CASE(no_statx, { SYS_statx, ENOSYS })
FILTER_CASE(no_statx_allowed, { SYS_statx, EPERM })
FILTER_CASE(no_open, { SYS_openat, EACCES })
FILTER_CASE(no_paths, { SYS_readlinkat, EPERM }, { SYS_openat, EPERM }, { SYS_faccessat, EPERM },
	    { SYS_memfd_create, EPERM })
FILTER_CASE(no_ioctl, { SYS_ioctl, EPERM })
FILTER_CASE(no_fcntl, { SYS_fcntl, EPERM })
FILTER_CASE(no_space, { SYS_fallocate, ENOSYS }, { SYS_ftruncate, EPERM })
FILTER_CASE(no_writing, { SYS_write, EPERM }, { SYS_pwrite64, EPERM }, { SYS_writev, EPERM })
FILTER_CASE(no_advice, { SYS_madvise, EPERM }, { SYS_fadvise64, EPERM })
FILTER_CASE(no_statfs, { SYS_fstatfs, EPERM })

/* Without access to /proc, the library cannot check whether a range has changed. */
static void no_open_raw(void)
{
	static const struct rule rules[] = { { SYS_openat, EACCES } };
	char *at;

	file = make_file("file", SIZE, SEED, O_RDONLY);
	at = map_shared(file, SIZE);
	filter(rules, 1, 0);
	MUST(syscall(SYS_mmap, at, SIZE, PROT_READ, ANONYMOUS | MAP_FIXED, -1, 0) == (long)at);
	answer("%s", said(mprotect(at, SIZE, READ_WRITE)));
}

/* Linux before 6.11 has no query for one address; other ways give the same answer. */
static void no_query_raw(void)
{
	static const struct rule rules[] = { { SYS_ioctl, ENOTTY } };
	int other = make_file("other", SIZE, SEED + 1, O_RDONLY);
	char *at;

	file = make_file("file", SIZE, SEED, O_RDONLY);
	at = map_shared(file, SIZE);
	filter(rules, 1, 0);
	for (int i = 0; i < 2; i++)
		answer("of the file: %s", said(mprotect(at, SIZE, READ_WRITE)));
	answer("its first page: %s", said(mprotect(at, 1, READ_WRITE)));
	MUST(syscall(SYS_mmap, at, SIZE, PROT_READ, MAP_PRIVATE | MAP_FIXED, other, 0) == (long)at);
	answer("of another: %s", said(mprotect(at, SIZE, READ_WRITE)));
	at = map_shared(file, SIZE);
	answer("of the file: %s", said(mprotect(at, SIZE, READ_WRITE)));
	MUST(syscall(SYS_mmap, at, SIZE, PROT_READ, ANONYMOUS | MAP_FIXED, -1, 0) == (long)at);
	answer("of none: %s", said(mprotect(at, SIZE, READ_WRITE)));
}

/* An allow list: about the least that a program needs. */
static void allowed_few(void)
{
	static const struct rule rules[] = {
		{ SYS_mmap, 0 },	  { SYS_munmap, 0 },	   { SYS_mprotect, 0 },
		{ SYS_mremap, 0 },	  { SYS_brk, 0 },	   { SYS_rt_sigaction, 0 },
		{ SYS_rt_sigprocmask, 0 }, { SYS_rt_sigreturn, 0 }, { SYS_futex, 0 },
		{ SYS_exit, 0 },	  { SYS_exit_group, 0 },   { SYS_getpid, 0 },
		{ SYS_read, 0 },	  { SYS_write, 0 },	   { SYS_close, 0 },
		{ SYS_lseek, 0 },	  { SYS_fstat, 0 },	   { SYS_newfstatat, 0 },
		{ SYS_pread64, 0 },
	};

	map_twice(rules, COUNT(rules), EPERM);
}

const struct conform_case conform_privileges[] = {
	{ "user", user, NULL },
	{ "user-not-dumpable", user_not_dumpable, NULL },
	{ "effective-user", effective_user, NULL },
	{ "filesystem-user", filesystem_user, NULL },
	{ "empty-root", empty_root, NULL },
	{ "empty-root-later", empty_root_later, NULL },
	{ "proc-hidden", proc_hidden, NULL },
	{ "namespaces", namespaces, NULL },
	{ "process-namespace", process_namespace, NULL },
	{ "faults-in-namespace", faults_in_namespace, NULL },
	{ "no-memfd", no_memfd, NULL },
	{ "unknown-memfd", unknown_memfd, NULL },
	{ "no-statx", no_statx, NULL },
	{ "no-statx-allowed", no_statx_allowed, NULL },
	{ "no-open", no_open, NULL },
	{ "no-open-raw", no_open_raw, NULL },
	{ "no-query-raw", no_query_raw, NULL },
	{ "no-paths", no_paths, NULL },
	{ "no-ioctl", no_ioctl, NULL },
	{ "no-fcntl", no_fcntl, NULL },
	{ "no-space", no_space, NULL },
	{ "no-writing", no_writing, NULL },
	{ "no-advice", no_advice, NULL },
	{ "no-statfs", no_statfs, NULL },
	{ "allowed-few", allowed_few, NULL },
	{ 0 },
};
