/* SPDX-License-Identifier: MIT */
/*
 * A file by its name, as the rules would see it if a program mapped it.
 */
#ifndef PRIVMAP_SUBJECT_H
#define PRIVMAP_SUBJECT_H

#include "mount.h"
#include "rules.h"

#include <limits.h>

struct subject {
	struct file_view view;	/* first: what the rules get */
	char path[2 * PATH_MAX];
	bool read_only;		/* opened so */
	const char *program;	/* as /proc/PID/exe would say; NULL: not told */
	struct mount mount;
	bool mounted; /* mount is known */
	const char *untouched; /* why no rule is even asked; NULL: they are */
};

/* 0, or the errno of the name. */
int subject_look(const char *name, struct subject *subject);

#endif
