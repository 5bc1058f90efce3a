/* SPDX-License-Identifier: MIT */
/*
 * Children for the cases of the conformance suite: forked, or executing this program again; and
 * threads (children.c).
 */
#ifndef CONFORM_CHILDREN_H
#define CONFORM_CHILDREN_H

#include "conform.h"

/* Returns how the child ended, as ended() does; ends the case if there is no such child. */
const char *wait_end(pid_t pid);
/* Runs it in a child of fork(), and returns how that ended. Its answers are answers of the case. */
const char *in_child(void (*run)(void *), void *argument);

/* Runs "again" of case NAME with one ARGUMENT; each line it answers is an answer of the case. */
enum way { BY_FORK, BY_VFORK, BY_SPAWN };
void exec_again(enum way way, const char *name, const char *argument);

/* Returns the sum of the results of COUNT threads, at most 8; each gets ten times its number. */
size_t in_threads(size_t count, void *(*run)(void *));

/* Returns the open descriptors below 2048, without opening one: "0 1 2 7". */
const char *descriptors(void);

/* For cases that only root can run. For other users, they answer the same everywhere. */
bool is_root(void);
/* Owns nothing; children of root that must obey limits and permissions become this user. */
enum { NOBODY = 65534 };

#endif
