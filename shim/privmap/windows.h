/* SPDX-License-Identifier: MIT */
/*
 * Offers git smaller windows of its packs where each window must be copied: if the repository of
 * the current directory, or that which the options of git name, is on a filesystem that refuses
 * private mappings.
 */
#pragma once

#include <stdbool.h>

/*
 * True if the setting was put into the environment (GIT_CONFIG_COUNT). False if the user has this
 * setting, or may have it in a file that was not read. argv: the command.
 */
bool windows_offer(char **argv);
