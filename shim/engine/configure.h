/* SPDX-License-Identifier: MIT */
/*
 * Reads the environment and the rule file, once, when an engine starts.
 */
#pragma once

/*
 * Sets state.h, the log and the report. What is wrong is said in one line, by the log; then nothing
 * is served. May allocate and change errno.
 */
void configure(void);
