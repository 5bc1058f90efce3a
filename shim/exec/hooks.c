/* SPDX-License-Identifier: MIT */
/*
 * The calls that the library interposes. Each ends in the original call, unless privmap was run in
 * place of the program. They may run in signal handlers, in vfork children and on small stacks.
 */
#include "hand.h"
#include "kernel.h"
#include "next.h"
#include "search.h"
#include "start.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

extern char **environ;

/* glibc has it since 2.34, musl not at all. */
int execveat(int at, const char *path, char *const argv[], char *const envp[], int flags);

/* --- exec --- */

struct call {
	int (*function)(const struct call *, char *const envp[]);
	struct place place;
	const char *file; /* execvpe */
	char *const *argv, *const *envp;
};

/*
 * Returns only if the exec failed, with libc's errno, or if it was a check alone (execveat(2),
 * AT_EXECVE_CHECK): look_at() knows no such flag, so that privmap is not run for it.
 */
static int execute(const struct call *call)
{
	struct run run = { .argv = call->argv, .envp = call->envp, .execs = true };
	int result;

	run_prepare(&run, &call->place);
	if (run.command[0]) {
		next_execve(run.command, run.handed_argv, run.entries);
		run_take_back(&run);
	}
	result = call->function(call, run.environment);
	if (result && errno == E2BIG && run.environment != call->envp)
		result = call->function(call, call->envp);
	run_end(&run);
	return result;
}

static int do_execve(const struct call *call, char *const envp[])
{
	return next_execve(call->place.path, call->argv, envp);
}

static int do_execveat(const struct call *call, char *const envp[])
{
	return next_execveat(call->place.at, call->place.path, call->argv, envp, call->place.flags);
}

static int do_fexecve(const struct call *call, char *const envp[])
{
	return next_fexecve(call->place.at, call->argv, envp);
}

static int do_execvpe(const struct call *call, char *const envp[])
{
	return next_execvpe(call->file, call->argv, envp);
}

/* The calls below share these, because a call by an exported name might reach another library. */
static int run_path(const char *path, char *const argv[], char *const envp[])
{
	const struct call call = { do_execve, { AT_FDCWD, path, 0, false }, NULL, argv, envp };

	return execute(&call);
}

static int run_file(const char *file, char *const argv[], char *const envp[])
{
	const char *path = search(file, __builtin_alloca(search_room(file)));
	const struct call call = { do_execvpe, { AT_FDCWD, path, 0, false }, file, argv, envp };

	return execute(&call);
}

EXPORT int execve(const char *path, char *const argv[], char *const envp[])
{
	return run_path(path, argv, envp);
}

EXPORT int execv(const char *path, char *const argv[])
{
	return run_path(path, argv, environ);
}

EXPORT int execvpe(const char *file, char *const argv[], char *const envp[])
{
	return run_file(file, argv, envp);
}

EXPORT int execvp(const char *file, char *const argv[])
{
	return run_file(file, argv, environ);
}

EXPORT int execveat(int at, const char *path, char *const argv[], char *const envp[], int flags)
{
	const struct call call = { do_execveat, { at, path, flags, false }, NULL, argv, envp };

	return execute(&call);
}

EXPORT int fexecve(int fd, char *const argv[], char *const envp[])
{
	const struct call call = { do_fexecve, { fd, "", AT_EMPTY_PATH, false }, NULL, argv, envp };
	char *const *lists[] = { argv, envp };

	/* NULL is EINVAL, as in glibc; compilers would trust its nonnull and drop the check. */
	__asm__("" : "+m"(lists));
	return fd >= 0 && lists[0] && lists[1] ? execute(&call) : next_fexecve(fd, argv, envp);
}

/* Counts the arguments from first on. */
static size_t count_arguments(const char *first, va_list *rest)
{
	size_t count = 0;

	for (; first; first = va_arg(*rest, const char *))
		count++;
	return count;
}

static void take_arguments(char **argv, const char *first, va_list *rest)
{
	for (; first; first = va_arg(*rest, const char *))
		*argv++ = (char *)first;
	*argv = NULL;
}

/* alloca() as in libc: the arguments were on the stack already. */
#define ARGUMENTS(first)                                                                           \
	char **argv;                                                                               \
	va_list rest;                                                                              \
	va_start(rest, first);                                                                     \
	argv = __builtin_alloca((count_arguments(first, &rest) + 1) * sizeof(char *));             \
	va_end(rest);                                                                              \
	va_start(rest, first);                                                                     \
	take_arguments(argv, first, &rest)

EXPORT int execl(const char *path, const char *first, ...)
{
	ARGUMENTS(first);
	va_end(rest);
	return run_path(path, argv, environ);
}

EXPORT int execlp(const char *file, const char *first, ...)
{
	ARGUMENTS(first);
	va_end(rest);
	return run_file(file, argv, environ);
}

EXPORT int execle(const char *path, const char *first, ...)
{
	char *const *envp;

	ARGUMENTS(first);
	/* envp follows the NULL that ends the arguments. */
	envp = va_arg(rest, char *const *);
	va_end(rest);
	return run_path(path, argv, envp);
}

/* --- posix_spawn --- */

/*
 * Set once a child of this process may start in another directory: then relative names cannot be
 * looked at here. Nothing else depends on its order; a child of fork inherits it.
 */
static _Atomic bool moves;

static int spawn(posix_spawn_function *function, pid_t *pid, const char *file, const char *path,
		 const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
		 char *const argv[], char *const envp[])
{
	struct run run = { .argv = argv, .envp = envp };
	const struct place place = { AT_FDCWD, path, 0, true };
	int error;

	if (actions && path && path[0] != '/' && atomic_load(&moves))
		return function(pid, file, actions, attributes, argv, envp);
	run_prepare(&run, &place);
	if (run.command[0]) {
		error = next_posix_spawn()(pid, run.command, actions, attributes, run.handed_argv,
					   run.entries);
		if (!error) {
			run_end(&run);
			return 0;
		}
		run_take_back(&run);
	}
	error = function(pid, file, actions, attributes, argv, run.environment);
	if (error == E2BIG && run.environment != envp)
		error = function(pid, file, actions, attributes, argv, envp);
	run_end(&run);
	return error;
}

EXPORT int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
		       const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	return spawn(next_posix_spawn(), pid, path, path, actions, attributes, argv, envp);
}

EXPORT int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
			const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])
{
	const char *path = search(file, __builtin_alloca(search_room(file)));

	return spawn(next_posix_spawnp(), pid, file, path, actions, attributes, argv, envp);
}

#define MOVES(name, type)                                                                          \
	EXPORT int name(posix_spawn_file_actions_t *actions, type where)                           \
	{                                                                                          \
		int (*function)(posix_spawn_file_actions_t *, type) = next_of(#name);              \
		atomic_store(&moves, true);                                                        \
		return function ? function(actions, where) : ENOSYS;                               \
	}

MOVES(posix_spawn_file_actions_addchdir_np, const char *)
MOVES(posix_spawn_file_actions_addfchdir_np, int)
