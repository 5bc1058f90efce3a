/* SPDX-License-Identifier: MIT */
/*
 * Runs another program, and reads what it prints.
 */
#pragma once

/*
 * Runs argv[0], found through PATH, without LD_PRELOAD and PRIVMAP_*, with an empty stdin. *output
 * gets its stdout and stderr, ended by a NUL; nobody frees it. Returns its exit status; 128 and
 * more for a signal; -1 with errno if it could not be run.
 */
int spawn(const char *const argv[], const char **output);

/*
 * Runs file in the same way; argv[0] is only its name. Kills it after so many seconds: -1, ETIME.
 */
int spawn_for(const char *file, const char *const argv[], int seconds, const char **output);
