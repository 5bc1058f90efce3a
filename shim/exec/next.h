/* SPDX-License-Identifier: MIT */
/*
 * Calls of the next library, made as the program would make them: they set errno, or return it, as
 * that library does.
 */
#pragma once

#include <spawn.h>

/* Finds the functions. If one does not exist, the raw system call does the same. */
void next_find(void);

int next_execve(const char *path, char *const argv[], char *const envp[]);
int next_execveat(int at, const char *path, char *const argv[], char *const envp[], int flags);
int next_fexecve(int fd, char *const argv[], char *const envp[]);
int next_execvpe(const char *file, char *const argv[], char *const envp[]);

typedef int posix_spawn_function(pid_t *, const char *, const posix_spawn_file_actions_t *,
				 const posix_spawnattr_t *, char *const[], char *const[]);
posix_spawn_function *next_posix_spawn(void);
posix_spawn_function *next_posix_spawnp(void);

/* For functions that add a change of directory; NULL: there is none. May take locks of libc. */
void *next_of(const char *name);
