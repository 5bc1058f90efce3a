/* SPDX-License-Identifier: MIT */
/*
 * What each engine supplies to the parts that all of them use (this directory): how it maps, and
 * whom it serves at this moment. The preload library serves its own process, the tracer a thread
 * that it has stopped.
 */
#pragma once

#include "file.h"
#include "mapping.h"
#include "snapshot.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The call, converted: made private. MAP_FAILED with the errno of what failed; then nothing was
 * unmapped, also with MAP_FIXED, unless own_place says that what is at the call's address is the
 * engine's own. The caller remembers it (serve_mapped()).
 */
void *engine_convert(const struct mapping *call, const struct file *file, bool own_place);

/*
 * The same, of a copy of the file's part; remembered. ENOTSUP with PROT_EXEC, EFBIG beyond the
 * limits, EIO, ENOSPC, EMFILE... What a copy tells of the file's header is said (file_copied()),
 * where header_left asks for it; then a database is not mapped.
 */
void *engine_buffer(const struct mapping *call, struct file *file);

/* Unmaps what was mapped for the program, and could not be remembered. */
void engine_unmap(const void *addr, size_t length);

/*
 * Takes room for a copy of so many bytes, in memory or in the spool, out of the process's limits.
 * False if there is none. It is given back, or becomes the copy's.
 */
bool engine_reserve(uint64_t bytes, bool in_memory);
void engine_give_back(uint64_t bytes, bool in_memory);

/*
 * Whether what this process reads may be read by its user's other processes, and the user is this
 * process's here.
 */
bool engine_keeps(void);

/*
 * The program's own calls, passed on: to the next library, or made by the stopped thread. They
 * answer as libc's functions do, errno included. What is changed of a call, it may be made for a
 * part, or with other rights, is what is said here. key: PROTECT_NO_KEY (protect.h) for mprotect.
 */
void *engine_mmap(const struct mapping *call);
int engine_munmap(void *addr, size_t length);
int engine_mprotect(void *addr, size_t length, int prot, int key);

/*
 * converted: some of what is to move is, and must be watched wherever it goes. Where the kernel may
 * choose the place, the engine may.
 */
void *engine_mremap(void *old, size_t old_length, size_t length, int flags, void *addr,
		    bool converted);

/*
 * Whether the arguments are right beside the addresses, as if the kernel had looked at all but
 * these: the call is tried where nobody can have anything. False with an errno if not.
 */
bool engine_mprotect_is_right(int prot, int key);

/* Calls that privmap makes on the program's memory. errno is untouched. */
bool engine_set_protection(uintptr_t start, uintptr_t end, int prot);
void engine_madvise(uintptr_t start, size_t length, int advice);

/* The process, as its own pid namespace or the caller's of privmap has it. */
int engine_pid(void);

/*
 * Where /proc tells of it: "/proc/thread-self" or "/proc/12", the thread, for a process whose main
 * thread has ended shows nothing; and of the process, which alone has map_files: "/proc/self" or
 * "/proc/12". And its program's path, NULL if unknown.
 */
const char *engine_proc(void);
const char *engine_proc_of_process(void);
const char *engine_program(void);

/*
 * True if all mappings are of one process, whose calls the host's own filter judges: the path may
 * be asked before the file (file.h), and is another file's only if the process changes its mounts.
 */
bool engine_names_first(void);

/*
 * Names as the process itself has them, which may have another root directory, or mounts of its
 * own: that of its file fd, which is open here (own_path()); and whether there is anything at one,
 * by readlink(2). Bytes or -errno.
 */
long engine_path(int fd, char *path, size_t room);
bool engine_finds(const char *path);

/*
 * Opens a file for messages (mode 0666 if it is made) as the process itself would: from its
 * directory, by its rights. A descriptor or -errno.
 */
int engine_open(const char *name, int flags);

/*
 * Rules ask for the program: said once, at the start, before anything is served; and at the end,
 * where there is a report.
 */
void engine_know_program(void);

/* Its stderr, open here; -1 if there is none. To be given back. */
int engine_stderr(void);
void engine_stderr_done(int fd);

/* What that was when its program was loaded (log.h). */
struct stderr_at_load *engine_stderr_at_load(void);

/* What is counted of it, for the report (report_size()); NULL if there is no memory. */
struct report;
struct report *engine_report(void);

/* The directory in which the loader module lies, or in whose subdirectory privmap. */
void engine_directory(char *directory, size_t size);
