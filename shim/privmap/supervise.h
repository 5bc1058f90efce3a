/* SPDX-License-Identifier: MIT */
/*
 * Runs the command as a child, with this process between it and whoever started privmap, and
 * nothing to be noticed of it: signals, stops and exit status are passed on.
 */
#pragma once

/*
 * fork(2): 0 in the child, which is to be the command; -1 if there can be none. In the parent all
 * signals are blocked from then on, and nothing is open but its stderr and the two (-1: none).
 */
int supervise_begin(int kept, int also);

/* Until it has ended: its wait status. */
int supervise_wait(void);
