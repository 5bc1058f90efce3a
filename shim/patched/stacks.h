/* SPDX-License-Identifier: MIT */
/*
 * Sets up the engine's stacks; enter.h declares the functions that take them.
 */
#pragma once

/* Call it before there is another thread. */
void stacks_begin(void);
