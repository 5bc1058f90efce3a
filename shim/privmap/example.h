/* SPDX-License-Identifier: MIT */
/*
 * The shipped rule files that have names (privmap --for NAME): config/examples/NAME.conf.
 */
#pragma once

/*
 * Returns the file of the example called name, which nobody frees. If there is no such example,
 * ends the command with one line, which begins with asked_by: the option or variable that the user
 * set. directory: see ld-preload.h.
 */
char *example_file(const char *directory, const char *asked_by, const char *name);

/* Returns a line for each example: its name and the first line of its file. Nobody frees it. */
char *example_list(const char *directory);
