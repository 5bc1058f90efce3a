/* SPDX-License-Identifier: MIT */
/*
 * A process that stays beside the command: the tracer, or the privmap that waits to tell what was
 * done. It keeps nothing of the command's open, and ends as the command did.
 */
#pragma once

/*
 * Closes all descriptors but these two, which are above 2 (-1: there is none); of 0, 1 and 2 those
 * from first to last become /dev/null, and the others stay: readers of a pipe wait until the last
 * of its writers closes it.
 */
void apart_from_files(int kept, int also, int first, int last);

/* By the same exit status, or the same signal, of which there is no second core file. */
void apart_end_as(int wait_status) __attribute__((noreturn));
