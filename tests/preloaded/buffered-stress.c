/* SPDX-License-Identifier: MIT */
/*
 * The threads and forks of refused-stress.c, served by copies: run with buffered.conf.
 */
#define FEWER_ROUNDS 4 /* each takes longer */
#include "refused-stress.c"
