/* SPDX-License-Identifier: MIT */
/*
 * Exec conformance: the callers of exec: processes without descriptors, memory, rights, or /proc,
 * and inside of filters.
 */
#include "execs.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define W(text) ((char *)(uintptr_t)(text))
/* The ways that open no file themselves. */
#define WITHOUT_OWN_FILES "execve execv execvp execl execveat posix_spawn posix_spawnp"

/* Each kind of program, in each way. */
static void each(void (*before)(void), const char *keys)
{
	static const char *const files[] = { "./static", "./dynamic", "./script", "./missing",
					     "./text" };

	target("static");
	target("dynamic");
	SCRIPT("script", "#!./static\n");
	SCRIPT("text", "exec ./static\n");
	for (size_t i = 0; i < 5; i++)
		try_all(&(struct order){ .file = files[i], .before = before, .keys = keys });
}

/* --- few resources --- */

static void limit(int what, rlim_t value)
{
	struct rlimit both = { value, value };

	setrlimit((__rlimit_resource_t)what, &both);
}

static void closes_all(void)
{
	close_range(0, ~0U, 0);
}

/* The program cannot print: only its end counts. */
static void no_descriptors(void)
{
	target("static");
	target("dynamic");
	for (int i = 0; i < 4; i++)
		try_all(&(struct order){
			.file = i == 3 ? "./missing" :
				i & 1  ? "./static" :
					 "./dynamic",
			.argv = (char *[]){ W("x"), i < 2 ? W("do:exit 7") : W("do:raise 15"),
					    NULL },
			.before = closes_all,
			.only = WITHOUT_OWN_FILES });
}

static void opens_none(void)
{
	limit(RLIMIT_NOFILE, 0);
}

static void no_file_numbers(void)
{
	target("static");
	target("dynamic");
	SCRIPT("script", "#!./static\n");
	for (int i = 0; i < 3; i++)
		try_all(&(struct order){ .file = i == 0 ? "./static" :
						 i == 1 ? "./missing" :
							  "./script",
					 .before = opens_none,
					 .keys = "argv env open" });
}

static void opens_no_more(void)
{
	limit(RLIMIT_NOFILE, 3);
}

static void no_file_number_left(void)
{
	target("static");
	SCRIPT("script", "#!./static\n");
	for (int i = 0; i < 2; i++)
		try_all(&(struct order){ .file = i ? "./script" : "./static",
					 .before = opens_no_more,
					 .keys = "argv env open" });
}

static void has_little_memory(void)
{
	limit(RLIMIT_AS, 24 << 20);
}

static void little_memory(void)
{
	each(has_little_memory, "argv");
}

static void has_no_memory(void)
{
	limit(RLIMIT_AS, 1 << 20);
}

/* Not even for the program itself. */
static void no_memory(void)
{
	target("static");
	try_all(&(struct order){
		.file = "./static", .before = has_no_memory, .only = "execve execvp" });
}

static void is_last_process(void)
{
	be_nobody();
	limit(RLIMIT_NPROC, 0);
}

static void no_more_processes(void)
{
	MUST(chmod(".", 0755) == 0);
	each(is_last_process, "argv users");
}

static void another_user(void)
{
	MUST(chmod(".", 0755) == 0);
	each(be_nobody, "argv users exe");
}

static void changes_root(void)
{
	if (chroot(".") || chdir("/"))
		_exit(90);
}

/* No /proc, no /bin/sh, no dynamic linker, no privmap. */
static void no_proc(void)
{
	if (!is_root())
		return;
	each(changes_root, "argv env exe execfn");
}

static void namespace_without_proc(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		dprintf(1, "%s\n", errno_word(errno));
}

static void in_namespaces(void)
{
	each(namespace_without_proc, "argv");
}

static void no_privileges(void)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static void no_new_privileges(void)
{
	each(no_privileges, "argv flags");
}

/* --- inside of filters --- */

#define FILTERED(...)                                                                              \
	do {                                                                                       \
		struct sock_filter lines_[] = { __VA_ARGS__ };                                     \
		struct sock_fprog program_ = { sizeof(lines_) / sizeof(lines_[0]), lines_ };       \
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);                                            \
		if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program_))                         \
			_exit(89);                                                                 \
	} while (0)
#define NUMBER BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define IF(number, then)                                                                           \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), BPF_STMT(BPF_RET | BPF_K, (then))
#define ELSE(then) BPF_STMT(BPF_RET | BPF_K, (then))
#define SAY(error) (SECCOMP_RET_ERRNO | (error))

/* As in containers. */
static void forbids_ptrace(void)
{
	FILTERED(NUMBER, IF(SYS_ptrace, SAY(EPERM)), IF(SYS_seccomp, SAY(EPERM)),
		 ELSE(SECCOMP_RET_ALLOW));
}

static void without_ptrace(void)
{
	each(forbids_ptrace, "argv env");
}

/* Forbids all calls that look at a file. */
static void forbids_looks(void)
{
	FILTERED(NUMBER, IF(SYS_statx, SAY(ENOSYS)), IF(SYS_newfstatat, SAY(EPERM)),
		 IF(SYS_fstat, SAY(EPERM)), IF(SYS_faccessat, SAY(EPERM)),
		 IF(SYS_faccessat2, SAY(ENOSYS)), IF(SYS_pread64, SAY(EIO)),
		 IF(SYS_readlinkat, SAY(EPERM)), IF(SYS_readlink, SAY(EPERM)),
		 IF(SYS_prctl, SAY(EPERM)), ELSE(SECCOMP_RET_ALLOW));
}

/* Only a static program: the dynamic linker needs some of these. */
static void try_static(void (*before)(void), const char *only)
{
	static const char *const files[] = { "./static", "./script", "./missing" };

	target("static");
	SCRIPT("script", "#!./static\n");
	for (int i = 0; i < 3; i++)
		try_all(&(struct order){
			.file = files[i], .before = before, .keys = "argv env", .only = only });
}

static void without_looks(void)
{
	try_static(forbids_looks, WITHOUT_OWN_FILES " fexecve");
}

static void forbids_open(void)
{
	FILTERED(NUMBER, IF(SYS_openat, SAY(EACCES)), IF(SYS_open, SAY(EACCES)),
		 ELSE(SECCOMP_RET_ALLOW));
}

static void without_open(void)
{
	try_static(forbids_open, WITHOUT_OWN_FILES);
}

static void forbids_exec(void)
{
	FILTERED(NUMBER, IF(SYS_execve, SAY(EMFILE)), IF(SYS_execveat, SAY(EMFILE)),
		 ELSE(SECCOMP_RET_ALLOW));
}

static void exec_forbidden(void)
{
	each(forbids_exec, "argv");
}

const struct conform_case execs_confined[] = {
	{ "no-descriptors", no_descriptors, NULL },
	{ "no-file-numbers", no_file_numbers, NULL },
	{ "no-file-number-left", no_file_number_left, NULL },
	{ "little-memory", little_memory, NULL },
	{ "no-memory", no_memory, NULL },
	{ "no-more-processes", no_more_processes, NULL },
	{ "another-user", another_user, NULL },
	{ "no-proc", no_proc, NULL },
	{ "namespaces", in_namespaces, NULL },
	{ "no-new-privileges", no_new_privileges, NULL },
	{ "without-ptrace", without_ptrace, NULL },
	{ "without-looks", without_looks, NULL },
	{ "without-open", without_open, NULL },
	{ "exec-forbidden", exec_forbidden, NULL },
	{ 0 },
};
