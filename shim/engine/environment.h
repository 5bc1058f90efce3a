/* SPDX-License-Identifier: MIT */
/*
 * What the environment says to privmap, found in one walk.
 */
#ifndef PRIVMAP_ENVIRONMENT_H
#define PRIVMAP_ENVIRONMENT_H

/* Each as getenv(3) would give it; NULL: not set. Where secure_getenv(3) gives none, none is. */
struct environment {
	const char *config;  /* PRIVMAP_CONFIG */
	const char *disable; /* PRIVMAP_DISABLE */
	const char *log;     /* PRIVMAP_LOG */
	const char *paths;   /* PRIVMAP_PATHS */
	const char *report;  /* PRIVMAP_REPORT */
	const char *xdg;     /* XDG_CONFIG_HOME */
	const char *home;    /* HOME */
};

struct environment environment_read(void);

#endif
