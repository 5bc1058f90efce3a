/* SPDX-License-Identifier: MIT */
/*
 * The hosts of preload-host.c, served by copies. Run with tests/preloaded/buffered.conf.
 */
#include "preload-host.c"
