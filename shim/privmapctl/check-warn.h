/* SPDX-License-Identifier: MIT */
/*
 * Warnings about a rule file that is valid.
 */
#pragma once

#include "settings.h"

/* "warnings": an array of texts, empty without any; for people, a line for each. */
void check_warn(const struct settings *settings);
