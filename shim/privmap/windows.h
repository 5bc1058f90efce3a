/* SPDX-License-Identifier: MIT */
/*
 * Offers git smaller windows of its packs where each of them has to be copied: where the current
 * directory's repository lies on a filesystem that refuses private mappings.
 */
#pragma once

#include <stdbool.h>

/*
 * True if it was put into the environment (GIT_CONFIG_COUNT); not where a setting of the user's
 * was found, or may be somewhere else.
 */
bool windows_offer(void);
