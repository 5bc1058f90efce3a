/* SPDX-License-Identifier: MIT */
/*
 * Shared by the cases (TOPIC.c) of the conformance suite. A case uses mappings and answers what it
 * saw; conformance.sh compares the answers on a disk, converted and buffered.
 */
#ifndef CONFORM_H
#define CONFORM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/* The suite needs pages of this size; main() checks it. */
#ifndef CONFORM_PAGE
#define CONFORM_PAGE 4096
#endif
#define PAGE ((size_t)CONFORM_PAGE)

/* A length that no address space has room for: x86-64 and aarch64 have 56 bits at most. */
#define BEYOND ((size_t)1 << 56)

/*
 * A case runs in a new process, in a new empty directory, with a time limit. Its death by a signal
 * is an answer. For cases about exec, `execv("/proc/self/exe", { "conform", "--again",
 * "TOPIC.NAME", ARG..., NULL })` runs "again".
 */
struct conform_case {
	const char *name;
	void (*run)(void);
	int (*again)(int argc, char **argv);
};

struct conform_topic {
	const char *name;
	const struct conform_case *cases; /* ended by {0} */
};
/* The program's topics, ended by {0}. */
extern const struct conform_topic conform_topics[];

/* A directory on a noexec mount of the same kind as that of the case, or NULL. */
extern const char *conform_noexec;

/* If set, a new file is mapped once and then left alone for a moment: copies of a file that has
 * just changed are not shared. */
extern bool conform_settles;

/*
 * Adds one line to the answer, without anything that differs between two runs (addresses, pids,
 * times). Works in threads, children and signal handlers, and without a file descriptor. Pass at
 * most one call whose errno matters: the compiler chooses the order of arguments.
 */
void answer(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* For calls that a test needs, but does not test: if one fails, ends the case with a message. */
#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what))                                                                       \
			conform_failed(__FILE__, __LINE__, #what);                                 \
	} while (0)
void conform_failed(const char *file, int line, const char *what) __attribute__((noreturn));

/* --- words; each is in a ring of buffers of the thread, so that one answer may have several --- */

const char *errno_word(int number);
const char *signal_word(int number);
const char *said(long result);	      /* the number, or the name of errno if it is -1 */
const char *said_map(const void *at); /* "mapped", or the name of errno for MAP_FAILED */
const char *ended(int status);	      /* a wait status: "exit 3", "died of SIGBUS" */

/*
 * "byte 5a", "written", or "SIGBUS BUS_ADRERR". These and the functions below change signal
 * handlers: only one thread at a time may use them.
 */
const char *peek(const void *at);
const char *poke(void *at); /* writes the same byte again, if it may */
/* Runs it with SIGBUS, SIGSEGV and SIGILL caught. Returns "done", or the signal. */
const char *guarded(void (*run)(void *), void *argument);

/* --- files; created in the current directory --- */

/* Returns the byte at OFFSET of a file made with SEED: without a period and zero bytes. */
unsigned char byte_of(size_t offset, unsigned int seed);
/* OPEN_FLAGS: O_RDONLY, O_RDWR, ... of the returned descriptor; another one writes the file. */
int make_file(const char *name, size_t size, unsigned int seed, int open_flags);
/* Makes a file of COUNT pages of letters: "aaaa...", "bbbb...", ... (26 at most, see view()). */
int make_letters(const char *name, size_t count, int open_flags);
/*
 * Compares LENGTH bytes at AT with those at OFFSET of a file. Returns "as the file", or where and
 * how they differ.
 */
const char *compare(const void *at, size_t offset, size_t length, unsigned int seed);

/* --- mappings --- */

/* Maps with PROT_READ and MAP_SHARED, from the beginning. Ends the case if that fails. */
void *map_shared(int fd, size_t length);
/* The same at a fixed place, from OFFSET. */
void *map_shared_at(void *at, int fd, size_t length, off_t offset);
/*
 * Reserves COUNT pages for MAP_FIXED, with PROT_NONE and nothing near them. A hole in them stays
 * empty, because the kernel first looks for room elsewhere (for the library's own small mappings).
 */
void *reserve(size_t count);
/*
 * Returns one character for each of COUNT pages: its first byte if printable, "0" for a zero byte,
 * "?" for any other; "." nothing mapped, "#" mapped but not readable, "!" SIGBUS.
 */
const char *view(const void *at, size_t count);
/* The same for writing: "w" where that worked. */
const char *view_writable(void *at, size_t count);
/* Maps COUNT pages at a free place, and answers whether they belong to the program. */
void fill(char *at, size_t count);
/* The same with a private mapping of "file" at OFFSET, which looks much like a converted one. */
void fill_with_file(char *at, size_t count, off_t offset);

#endif
