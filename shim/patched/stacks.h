/* SPDX-License-Identifier: MIT */
/*
 * The engine's stacks, as the start sees them; enter.h has what takes them.
 */
#pragma once

/* Before there is another thread. */
void stacks_begin(void);
