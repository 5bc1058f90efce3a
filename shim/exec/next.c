/* SPDX-License-Identifier: MIT */
/*
 * The next library's exec and posix_spawn calls: see next.h.
 */
#include "next.h"

#include "kernel.h"

#include <dlfcn.h>
#include <stdatomic.h>

typedef int execve_function(const char *, char *const[], char *const[]);
typedef int execveat_function(int, const char *, char *const[], char *const[], int);
typedef int fexecve_function(int, char *const[], char *const[]);

/*
 * The constructor writes them before or while other threads read: each is complete or NULL. A call
 * that finds NULL, in a constructor of another library, looks them up. Fork copies them.
 */
static struct {
	_Atomic(execve_function *) execve;
	_Atomic(execve_function *) execvpe;
	_Atomic(execveat_function *) execveat;
	_Atomic(fexecve_function *) fexecve;
	_Atomic(posix_spawn_function *) posix_spawn;
	_Atomic(posix_spawn_function *) posix_spawnp;
} next;

void *next_of(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

void next_find(void)
{
	atomic_store(&next.execve, (execve_function *)next_of("execve"));
	atomic_store(&next.execvpe, (execve_function *)next_of("execvpe"));
	atomic_store(&next.execveat, (execveat_function *)next_of("execveat"));
	atomic_store(&next.fexecve, (fexecve_function *)next_of("fexecve"));
	atomic_store(&next.posix_spawn, (posix_spawn_function *)next_of("posix_spawn"));
	atomic_store(&next.posix_spawnp, (posix_spawn_function *)next_of("posix_spawnp"));
}

#define NEXT(name)                                                                                 \
	({                                                                                         \
		if (!atomic_load_explicit(&next.name, memory_order_relaxed))                       \
			next_find();                                                               \
		atomic_load_explicit(&next.name, memory_order_relaxed);                            \
	})

/* The result of a raw system call as libc would return it. */
static int libc_result(word result)
{
	errno = (int)-result; /* an exec that returns has failed */
	return -1;
}

int next_execve(const char *path, char *const argv[], char *const envp[])
{
	execve_function *function = NEXT(execve);

	return function ? function(path, argv, envp) :
			  libc_result(kernel(SYS_execve, path, argv, envp));
}

int next_execveat(int at, const char *path, char *const argv[], char *const envp[], int flags)
{
	execveat_function *function = NEXT(execveat);

	return function ? function(at, path, argv, envp, flags) :
			  libc_result(kernel(SYS_execveat, at, path, argv, envp, flags));
}

int next_fexecve(int fd, char *const argv[], char *const envp[])
{
	fexecve_function *function = NEXT(fexecve);

	return function ? function(fd, argv, envp) :
			  libc_result(kernel(SYS_execveat, fd, "", argv, envp, AT_EMPTY_PATH));
}

/* Every libc has the rest. */
int next_execvpe(const char *file, char *const argv[], char *const envp[])
{
	execve_function *function = NEXT(execvpe);

	return function ? function(file, argv, envp) : libc_result(-ENOSYS);
}

posix_spawn_function *next_posix_spawn(void)
{
	return NEXT(posix_spawn);
}

posix_spawn_function *next_posix_spawnp(void)
{
	return NEXT(posix_spawnp);
}
