/* SPDX-License-Identifier: MIT */
/*
 * Whether any filesystem here may refuse to map a file privately. None of those does that come with
 * the kernel, so that a program is stopped for private mappings only where there are others.
 */
#pragma once

#include <stdbool.h>

bool filesystems_may_refuse(void);
