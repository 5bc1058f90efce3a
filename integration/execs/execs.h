/* SPDX-License-Identifier: MIT */
/*
 * The conformance suite of exec: what its cases (TOPIC.c) share beside ../conform/conform.h. A case
 * starts programs in all ways that libc has, and answers what came of it: errno, or what the new
 * program saw (../programs/tells.c) and how it ended. suites/exec.sh compares that.
 */
#ifndef EXECS_H
#define EXECS_H

#include "../conform/children.h"
#include "../conform/conform.h"

extern char **environ;

/* What is to be run, and how. */
struct order {
	const char *file;
	char **argv, **envp;	      /* NULL: those of usual() */
	void (*before)(void);	      /* in the child, before it calls exec; NULL: nothing */
	const char *keys;	      /* what is answered of what the program tells, "argv exe" */
	const char *only;	      /* the ways, "execve system"; NULL: all of them */
	void (*meanwhile)(pid_t pid); /* in the case, when the child is there; NULL: nothing */
	bool ordinary;		      /* the child gets no files of its own but 0, 1 and 2 */
};

/*
 * A way to start a program: an errno, or that of its child in *pid. Exec calls return only if they
 * fail.
 */
struct how {
	const char *name;
	int (*run)(const struct order *order, pid_t *pid);
};

/* All ways, ended by {0}. */
extern const struct how ways[];
/* Those that look into PATH, and those two that stand for the others. */
#define SEARCHING "execvp execvpe execlp posix_spawnp"
#define TWO "execve posix_spawn"

/* What most orders have. */
extern char *usual_argv[], *usual_envp[];

/* One line for each outcome: the ways that had it, and what it was. */
void try_all(const struct order *order);
/* The same of FILE, as usual, with what all programs should tell. */
void try_file(const char *file);
/* Runs it in a child whose output is kept, and answers NAME: how it ended and what was told. */
void try_call(const char *name, void (*run)(void), const char *keys);

/* "dynamic", "static", "pie" (static), "go", "cgo", "musl", "narrow" (i386): NAME, in this
 * directory from now on. One that could not be built is left out. */
void target(const char *name);
/* The same under another name. */
void target_as(const char *name, const char *other);
/* NULL, where a compiler that knows it would warn, or leave the call out. */
void *null(void);
/* A file of these bytes. */
void make_text(const char *name, const void *bytes, size_t size, mode_t mode);
#define SCRIPT(name, text) make_text(name, text, sizeof(text) - 1, 0755)
/* In a child of its own that has become nobody (of root only), with the directory's owner. */
void be_nobody(void);

#define EXECS_TOPICS(topic)                                                                        \
	topic(calls) topic(targets) topic(scripts) topic(damaged) topic(search) topic(arguments)   \
		topic(kept) topic(places) topic(confined) topic(spawned) topic(ends)

#endif
