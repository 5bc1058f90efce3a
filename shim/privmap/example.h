/* SPDX-License-Identifier: MIT */
/*
 * The shipped rule files that have names (privmap --for NAME): config/examples/NAME.conf.
 */
#pragma once

/*
 * The file of the example called name; asked_by is what the user wrote in front of it, for the one
 * line that ends the command if there is no such example. directory: see ld-preload.h. Never given
 * back.
 */
char *example_file(const char *directory, const char *asked_by, const char *name);

/* A line for each example: its name, and what the first line of its file says; never given back. */
char *example_list(const char *directory);
