/* SPDX-License-Identifier: MIT */
/*
 * Another program, run for what it prints.
 */
#pragma once

/*
 * Runs argv[0], found through PATH, without LD_PRELOAD and PRIVMAP_*, its stdin empty. Its stdout
 * and stderr come back in *output, ended by NUL, never to be given back. Its exit status; 128 and
 * more for a signal; -1 with errno if it could not be run.
 */
int spawn(const char *const argv[], const char **output);

/* Runs a file so, whatever argv[0] says. It is killed after so many seconds: -1, ETIME. */
int spawn_for(const char *file, const char *const argv[], int seconds, const char **output);
