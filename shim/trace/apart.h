/* SPDX-License-Identifier: MIT */
/*
 * For a process that runs as long as the command: the tracer, or the privmap that waits to report.
 * It keeps none of the command's files open, and ends as the command did.
 */
#pragma once

/*
 * Closes all descriptors above 2 but kept and also (-1: none). Descriptors from first to last,
 * which are at most 2, become /dev/null; the rest of 0, 1 and 2 stay. An open end of the command's
 * pipe would keep its readers waiting.
 */
void apart_from_files(int kept, int also, int first, int last);

/*
 * Ends with the same exit status, or by the same signal, or with 128 + the signal if that does not
 * kill this process. The signal writes no second core file.
 */
void apart_end_as(int wait_status) __attribute__((noreturn));
