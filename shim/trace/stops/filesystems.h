/* SPDX-License-Identifier: MIT */
/*
 * Tells whether any filesystem here may refuse to map a file privately. Those of the kernel itself
 * never do, so private mappings stop a program only where the kernel has other ones.
 */
#pragma once

#include <stdbool.h>

bool filesystems_may_refuse(void);
