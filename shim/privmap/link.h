/* SPDX-License-Identifier: MIT */
/*
 * privmap under another name: a link that is called as a program runs that program. For programs
 * that others start, such as an editor, where no prefix can be given.
 */
#pragma once

/*
 * The arguments as if the prefix had been given, where this process was started by such a link:
 * what is run is the program of that name in a later directory of PATH. NULL where it was not;
 * *count is then unchanged. Ends with 127 and a line if there is no such program.
 */
char **link_arguments(int *count, char **argv);
