/* SPDX-License-Identifier: MIT */
/*
 * Runs the command as a child, with this process between it and whoever started privmap, and
 * nothing to be noticed of it: signals, stops and exit status are passed on.
 */
#pragma once

/*
 * fork(2): 0 in the child, which is to be the command; in the parent, once that has ended, its wait
 * status. The parent has nothing open then but its stderr and kept. -1 if there can be no child.
 */
int supervise(int kept, int *wait_status);
