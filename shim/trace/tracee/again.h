/* SPDX-License-Identifier: MIT */
/*
 * Makes threads repeat calls that failed with EINTR only because the threads are traced.
 */
#pragma once

#include "tracees.h"

/*
 * For a thread that has stopped for that signal, or (0) because the tracer interrupted it. If it
 * leaves a call with EINTR, and neither this signal nor a pending one has an effect on the program,
 * it will make the call again. Only on x86-64, and only if the call waits without a limit of time.
 */
void again(const struct thread *thread, int signal);
