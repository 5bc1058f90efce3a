/* SPDX-License-Identifier: MIT */
/*
 * Shared by the cases (TOPIC.c) of the conformance suite of exec, besides ../conform/conform.h. A
 * case starts programs in all ways of libc, and answers the results: errno, or what the new program
 * saw (../programs/tells.c) and how it ended. suites/exec.sh compares the answers.
 */
#ifndef EXECS_H
#define EXECS_H

#include "../conform/children.h"
#include "../conform/conform.h"

extern char **environ;

/* What to run, and how. */
struct order {
	const char *file;
	char **argv, **envp;	      /* NULL: those of usual() */
	void (*before)(void);	      /* in the child, before it calls exec; NULL: nothing */
	const char *keys;	      /* keys of the program's output to answer, "argv exe" */
	const char *only;	      /* the ways, "execve system"; NULL: all of them */
	void (*meanwhile)(pid_t pid); /* in the case, when the child is there; NULL: nothing */
	bool ordinary;		      /* the child gets only the new files 0, 1 and 2 */
};

/*
 * A way to start a program. Returns an errno, or 0 with the child in *pid. Exec calls return only
 * if they fail.
 */
struct how {
	const char *name;
	int (*run)(const struct order *order, pid_t *pid);
};

/* All ways, ended by {0}. */
extern const struct how ways[];
/* The ways that search PATH, and two that represent the others. */
#define SEARCHING "execvp execvpe execlp posix_spawnp"
#define TWO "execve posix_spawn"

/* The lists of most orders. */
extern char *usual_argv[], *usual_envp[];

/* Answers one line for each outcome: the ways that had it, and the outcome. */
void try_all(const struct order *order);
/* The same for FILE, with the usual lists and the keys that all programs print. */
void try_file(const char *file);
/* Runs it in a child whose output is kept, and answers NAME with its end and its output. */
void try_call(const char *name, void (*run)(void), const char *keys);

/* "dynamic", "static", "pie" (static), "go", "cgo", "musl", "narrow" (i386): NAME, in this
 * directory from now on. One that could not be built is left out. */
void target(const char *name);
/* The same under another name. */
void target_as(const char *name, const char *other);
/* Returns NULL; a compiler that knew this would warn, or drop the call. */
void *null(void);
/* Makes a file of these bytes. */
void make_text(const char *name, const void *bytes, size_t size, mode_t mode);
#define SCRIPT(name, text) make_text(name, text, sizeof(text) - 1, 0755)
/* For a child: if it is root, becomes the user nobody. */
void be_nobody(void);

#define EXECS_TOPICS(topic)                                                                        \
	topic(calls) topic(targets) topic(scripts) topic(damaged) topic(search) topic(arguments)   \
		topic(kept) topic(places) topic(confined) topic(spawned) topic(ends)

#endif
