/* SPDX-License-Identifier: MIT */
/*
 * The conformance suite: what its cases (TOPIC.c) share. A case does something with
 * mappings and states what it saw; conformance.sh compares that on a disk, converted and buffered.
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

/* The suite runs nowhere else: main() checks. */
#define PAGE ((size_t)4096)

/*
 * A case runs in a process of its own, in an empty directory of its own, for 20 s at most. Its
 * death by a signal is an answer. "again": what `execv("/proc/self/exe", { "conform", "--again",
 * "TOPIC.NAME", ARG..., NULL })` then runs, for cases about exec.
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

/* A directory on a noexec mount of the same kind as the one of the case, or NULL. */
extern const char *conform_noexec;

/* Files are mapped when they are made, and then left alone for a moment: a copy of what has just
 * changed is not shared. */
extern bool conform_settles;

/*
 * One line of the answer: nothing that differs between two runs (addresses, pids, times). Works in
 * threads, children and signal handlers, and without a file descriptor. One call whose errno
 * matters for each answer(): the order of arguments is the compiler's.
 */
void answer(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Not the thing tested, but what it needs: ends the case if it fails, and says so. */
#define MUST(what)                                                                                 \
	do {                                                                                       \
		if (!(what))                                                                       \
			conform_failed(__FILE__, __LINE__, #what);                                 \
	} while (0)
void conform_failed(const char *file, int line, const char *what) __attribute__((noreturn));

/* --- words; each from a ring of buffers of the thread, so that one answer may hold several --- */

const char *errno_word(int number);
const char *signal_word(int number);
const char *said(long result);	      /* the number, or errno by name where it is -1 */
const char *said_map(const void *at); /* "mapped", or errno by name where it is MAP_FAILED */
const char *ended(int status);	      /* a wait status: "exit 3", "died of SIGBUS" */

/*
 * "byte 5a", "written", or "SIGBUS BUS_ADRERR". These and the rest below change signal handlers: by
 * one thread at a time.
 */
const char *peek(const void *at);
const char *poke(void *at); /* writes back the byte that is there, if it may */
/* Runs it with SIGBUS, SIGSEGV and SIGILL caught: "done", or the signal. */
const char *guarded(void (*run)(void *), void *argument);

/* --- files; created in the current directory --- */

/* Byte at OFFSET of a file made with SEED: no period, no zero bytes. */
unsigned char byte_of(size_t offset, unsigned int seed);
/* OPEN_FLAGS: O_RDONLY, O_RDWR, ... of the descriptor returned; the file is made with another. */
int make_file(const char *name, size_t size, unsigned int seed, int open_flags);
/* A file of COUNT pages, of letters: "aaaa...", "bbbb...", ... (26 at most, see view()). */
int make_letters(const char *name, size_t count, int open_flags);
/* "as the file", or where and how it differs: LENGTH bytes at AT are those of OFFSET in a file? */
const char *compare(const void *at, size_t offset, size_t length, unsigned int seed);

/* --- mappings --- */

/* PROT_READ, MAP_SHARED, from the beginning. Ends the case if it cannot be mapped. */
void *map_shared(int fd, size_t length);
/* The same at a fixed place, of OFFSET. */
void *map_shared_at(void *at, int fd, size_t length, off_t offset);
/*
 * COUNT pages of room for MAP_FIXED, PROT_NONE, with nothing close by: a hole made in it stays one,
 * for the kernel looks for room elsewhere first (the library's own small mappings).
 */
void *reserve(size_t count);
/*
 * One character for each of COUNT pages: its first byte if printable, "0" for a zero byte, "?" for
 * any other; "." nothing mapped, "#" mapped but not readable, "!" SIGBUS.
 */
const char *view(const void *at, size_t count);
/* The same, written to: "w" where that worked. */
const char *view_writable(void *at, size_t count);
/* Maps COUNT pages where none are, and answers whether they are the program's own. */
void fill(char *at, size_t count);
/* The same of "file", mapped private, at OFFSET, which looks much like a converted one. */
void fill_with_file(char *at, size_t count, off_t offset);

#endif
