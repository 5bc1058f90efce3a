/* SPDX-License-Identifier: MIT */
/*
 * Children for the cases of the conformance suite: forked, or executing this program again; and
 * threads (children.c).
 */
#ifndef CONFORM_CHILDREN_H
#define CONFORM_CHILDREN_H

#include "conform.h"

/* How the child ended, as ended(); ends the case if there is no such child. */
const char *wait_end(pid_t pid);
/* Runs it in a child of fork(): how that ended. What it answers are answers of the case. */
const char *in_child(void (*run)(void *), void *argument);

/* Runs "again" of case NAME with one ARGUMENT; each line it answers is an answer of the case. */
enum way { BY_FORK, BY_VFORK, BY_SPAWN };
void exec_again(enum way way, const char *name, const char *argument);

/* The sum of what COUNT threads return, 8 at most; each gets ten times its number. */
size_t in_threads(size_t count, void *(*run)(void *));

/* Numbers of the open descriptors below 2048, without opening one: "0 1 2 7". */
const char *descriptors(void);

/* For cases only root can run. Where they are not run they answer the same everywhere. */
bool is_root(void);
/* Who owns nothing; children of root that must obey limits and permissions become this user. */
enum { NOBODY = 65534 };

#endif
