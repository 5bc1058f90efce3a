/* SPDX-License-Identifier: MIT */
/*
 * Functions that each engine supplies to the parts that all engines use (this directory): how it
 * maps, and which process it serves now. The preload library serves its own process, the tracer a
 * thread that it has stopped.
 */
#pragma once

#include "file.h"
#include "mapping.h"
#include "snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Makes the call with MAP_PRIVATE. MAP_FAILED with an errno if that fails; then nothing was
 * unmapped, even with MAP_FIXED, unless own_place says that the engine itself mapped what is at the
 * call's address. The caller remembers the range (serve_mapped()).
 */
void *engine_convert(const struct mapping *call, const struct file *file, bool own_place);

/*
 * Maps a copy of that part of the file, and remembers the range. Fails with ENOTSUP for PROT_EXEC,
 * EFBIG beyond the limits, EIO, ENOSPC, EMFILE... If header_left is set, it passes on whether the
 * copy begins with a database's header (file_copied()), and does not map a database.
 */
void *engine_buffer(const struct mapping *call, struct file *file);

/* Unmaps a mapping that was made for the program but could not be remembered. */
void engine_unmap(const void *addr, size_t length);

/*
 * Reserves room for a copy of that many bytes, in memory or in the spool, within the limits of the
 * process. False if there is none. The caller gives the room back, or the copy takes it over.
 */
bool engine_reserve(uint64_t bytes, bool in_memory);
void engine_give_back(uint64_t bytes, bool in_memory);

/*
 * Whether other processes of the user may read all that this process reads, and the user is the
 * same one as here.
 */
bool engine_keeps(void);

/*
 * Pass the program's own calls on: to the next library, or to the stopped thread. They return as
 * libc's functions do, with errno. A call may be passed on for a part of its range, or with another
 * protection. key: PROTECT_NO_KEY (protect.h) for mprotect().
 */
void *engine_mmap(const struct mapping *call);
int engine_munmap(void *addr, size_t length);
int engine_mprotect(void *addr, size_t length, int prot, int key);

/*
 * converted: some of the moved range is converted, and must be watched at its new place. If the
 * kernel may choose the place, the engine may choose it.
 */
void *engine_mremap(void *old, size_t old_length, size_t length, int flags, void *addr,
		    bool converted);

/*
 * Whether the kernel accepts the arguments apart from the addresses: makes the call at an address
 * where nobody can have a mapping. False with an errno if not.
 */
bool engine_mprotect_is_right(int prot, int key);

/* Calls that privmap makes on the program's memory. They leave errno alone. */
bool engine_set_protection(uintptr_t start, uintptr_t end, int prot);
void engine_madvise(uintptr_t start, size_t length, int advice);

/* The pid of the process, in its own pid namespace or in the one of privmap's caller. */
int engine_pid(void);

/*
 * The thread's directory in /proc, "/proc/thread-self" or "/proc/12": the directory of a process
 * shows nothing once its main thread has ended. And the directory of the process, "/proc/self" or
 * "/proc/12", which alone has map_files. And the path of its program, NULL if unknown.
 */
const char *engine_proc(void);
const char *engine_proc_of_process(void);
const char *engine_program(void);

/*
 * True if the engine serves one process only, under that program's seccomp filter. Then the path
 * may come before the file (file.h), and means another file only if the process changes its mounts.
 */
bool engine_names_first(void);

/*
 * Names as the process itself sees them, which may have another root directory or separate mounts.
 * engine_path(): the name of its file fd, which is open here (own_path()); bytes or -errno.
 * engine_finds(): whether anything exists at path, by readlink(2).
 */
long engine_path(int fd, char *path, size_t room);
bool engine_finds(const char *path);

/*
 * Opens a file for messages (a new one has mode 0666) as the process itself would: from its
 * directory, with its rights. A descriptor or -errno.
 */
int engine_open(const char *name, int flags);

/*
 * Makes engine_program() known. Called at the start if rules have a condition on the program,
 * before anything is served; and at the end if there is a report.
 */
void engine_know_program(void);

/* The process's stderr, open here; -1 if there is none. engine_stderr_done() gives it back. */
int engine_stderr(void);
void engine_stderr_done(int fd);

/* What stderr was when the program was loaded (log.h). */
struct stderr_at_load *engine_stderr_at_load(void);

/* The counts of the process for the report (report_size()); NULL if there is no memory. */
struct report;
struct report *engine_report(void);

/* The directory of the loader module, or the one whose subdirectory privmap has it. */
void engine_directory(char *directory, size_t size);
