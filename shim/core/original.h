/* SPDX-License-Identifier: MIT */
/*
 * The name that a program has once something of privmap's has taken its place (privmapctl patch).
 */
#pragma once

/* Behind the program's own, in the same directory. */
#define ORIGINAL_SUFFIX ".privmap-original"
