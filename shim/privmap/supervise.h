/* SPDX-License-Identifier: MIT */
/*
 * Runs the command as a child, with this process between it and the parent of privmap. Neither
 * notices, because this process passes on signals, stops and exit status.
 */
#pragma once

/*
 * Like fork(2): returns 0 in the child, which becomes the command; -1 on failure. From then on, the
 * parent has all signals blocked, and only stderr and these two descriptors (-1: none) open; report
 * (-1: none), which is above 2, has become its stdin.
 */
int supervise_begin(int kept, int also, int report);

/* Waits for the end of the child, and returns its wait status. */
int supervise_wait(void);
