/* SPDX-License-Identifier: MIT */
/*
 * The hosts of preload-host.c, served by copies: run with tests/preloaded/buffered.conf.
 */
#include "preload-host.c"
