/* SPDX-License-Identifier: MIT */
/*
 * privmap under another name: a link with the name of a program runs that program under privmap.
 * For programs that others start, such as an editor, where the user cannot put privmap before the
 * command.
 */
#pragma once

/*
 * If such a link started this process, returns the arguments as if the user had run privmap with
 * the program of that name in a later directory of PATH. Else returns NULL, and *count is
 * unchanged. Ends with 127 and a line if there is no such program.
 */
char **link_arguments(int *count, char **argv);
