/* SPDX-License-Identifier: MIT */
/*
 * Warnings about a rule file that is valid.
 */
#pragma once

#include "settings.h"

/* Writes "warnings", an array of texts; for people, a line for each. */
void check_warn(const struct settings *settings);
