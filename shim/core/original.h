/* SPDX-License-Identifier: MIT */
/*
 * The name of the original program once `privmapctl patch` has replaced it.
 */
#pragma once

/* Added to the program's own name, in the same directory. */
#define ORIGINAL_SUFFIX ".privmap-original"
