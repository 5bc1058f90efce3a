/* SPDX-License-Identifier: MIT */
/*
 * Reads the environment and the rule file, once, when an engine starts.
 */
#pragma once

/*
 * Sets state.h, the log and the report. On an error, logs one line, and nothing is served. May
 * allocate and change errno.
 */
void configure(void);
