/* SPDX-License-Identifier: MIT */
/*
 * The next library's calls, made as the program would make them: they set errno, or return it, as
 * that library does.
 */
#pragma once

#include <spawn.h>

/* Finds them. Without that, or where there is none, the raw system call does the same. */
void next_find(void);

int next_execve(const char *path, char *const argv[], char *const envp[]);
int next_execveat(int at, const char *path, char *const argv[], char *const envp[], int flags);
int next_fexecve(int fd, char *const argv[], char *const envp[]);
int next_execvpe(const char *file, char *const argv[], char *const envp[]);

typedef int posix_spawn_function(pid_t *, const char *, const posix_spawn_file_actions_t *,
				 const posix_spawnattr_t *, char *const[], char *const[]);
posix_spawn_function *next_posix_spawn(void);
posix_spawn_function *next_posix_spawnp(void);

/* One that adds a change of directory; NULL: there is none. May take locks of libc's. */
void *next_of(const char *name);
