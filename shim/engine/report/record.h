/* SPDX-License-Identifier: MIT */
/*
 * The counts that processes keep for the report.
 *
 * A record is a row of cells: one for each process, one for each of its files that was not served.
 * It is in the process's own memory, or, under `privmap --report`, in memory that all processes
 * share with privmap. Then a cell outlives the process that wrote it, however that ends, and
 * counting takes no system call, lock or descriptor. One atomic operation takes a cell; its state
 * tells when it is complete. Readers skip cells that are half written.
 */
#pragma once

#include "message.h"
#include "snapshot.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	RECORD_CELL = 1024,
	RECORD_OWN_FILES = 15,	   /* that a process can name in its own memory */
	RECORD_FILES = 512,	   /* that it can name in a shared record */
	RECORD_LOOKS = 16 * 1024,  /* see record_looks() */
	RECORD_SHARED = 16 * 1024, /* cells of a shared record; untouched ones cost nothing */
	RECORD_SHARED_BYTES = RECORD_SHARED * RECORD_CELL,
};

enum record_state {
	RECORD_FREE, /* or taken, but not complete */
	RECORD_PROCESS,
	RECORD_FILE,
};

/* Why a program cannot be served. */
enum record_unreached {
	UNREACHED_PRIVILEGES, /* set-user-ID and the like */
	UNREACHED_TRACED,     /* another tracer has it */
	UNREACHED_UNTRACEABLE,
	UNREACHED_SILENT, /* perhaps served; it cannot open the record, nor can its children */
	UNREACHED,	  /* the number of reasons */
};

/* Whether the program has read the file after the last refusal. */
enum record_read {
	RECORD_UNWATCHED,
	RECORD_UNREAD,
	RECORD_READ,
	RECORD_DOUBTFUL, /* the program read it, or only privmap did; see record_suppose() */
	RECORD_INSISTS,	 /* the program tries again and again to map it */
};

/* The counters of a process: mappings, and the bytes of some. */
enum record_count {
	COUNT_CONVERTED,
	COUNT_CONVERTED_BYTES,
	COUNT_BUFFERED,
	COUNT_BUFFERED_BYTES,
	COUNT_DENIED,
	COUNT_NOT_SERVED,
	COUNT_UNNAMED, /* of these, without a recorded file */
	COUNT_READ,    /* of these, by record_suppose() */
	COUNTS,
};

/* A process, from the start of its program to the next exec. */
struct record_process {
	_Atomic uint32_t state;
	int32_t pid;
	_Atomic uint32_t newest; /* cell of a file; 0: none */
	_Atomic uint32_t files;
	_Atomic uint64_t counts[COUNTS];
	char program[RECORD_CELL - 4 * 4 - 8 * COUNTS];
};

/* A file that was not served: one cell for each process and reason, however often it was mapped. */
struct record_file {
	_Atomic uint32_t state;
	uint32_t process;      /* the number of its cell */
	uint32_t older;	       /* the process's previous file; 0: none */
	uint16_t why;	       /* enum not_served */
	_Atomic uint16_t read; /* enum record_read */
	uint32_t hash;	       /* of the path */
	_Atomic uint32_t times;
	char path[REMEDY_NAME];
};

union record_cell {
	struct record_process process;
	struct record_file file;
};

struct record {
	union {
		struct {
			char magic[32];
			uint32_t cells;		   /* the number of cells, with this one */
			_Atomic uint32_t used;	   /* the number of taken cells, with this one */
			_Atomic uint32_t programs; /* the number that have begun to count here */
			_Atomic uint32_t started;  /* privmap's: 1 once its command is */
			char listener[16];	   /* an abstract address (watch.h), or 0 */
			_Atomic uint32_t watches_sent, watches_taken;
			_Atomic uint32_t unreached[UNREACHED]; /* programs, by the reason */
		};
		union record_cell first;
	};
	union record_cell cell[]; /* cell[0] is the second one, with number 1 */
};

enum { RECORD_OWN = (2 + RECORD_OWN_FILES) * RECORD_CELL };

/*
 * Sets the record in which this process notes that privmap itself reads a file. Otherwise privmap
 * --report, which watches the program's reads (watch.h), would take these for the program's. NULL,
 * the initial value: none.
 */
void record_look_in(struct record *shared);

/*
 * Call these before and after privmap reads. The others tell how often all processes did, modulo
 * 65,536, for that file and those that share its place.
 */
void record_looks(struct identity file);
void record_looked(struct identity file);
uint32_t record_look_place(struct identity file);
uint16_t record_looks_begun(struct record *shared, uint32_t place);
uint16_t record_looks_ended(struct record *shared, uint32_t place);

/* The name of a shared record for memfd_create(2), and the link that /proc shows for it. */
#define RECORD_NAME "privmap-report"
#define RECORD_PATH "/memfd:" RECORD_NAME " (deleted)"

/*
 * Whether a name in /proc is a shared record. Check that before opening it: the process that gave
 * the name may be gone, and another process may have its number.
 */
bool record_is_at(const char *name);

/*
 * Opens a shared record for mapping; -1 if name is not such a record. It never becomes shorter than
 * RECORD_SHARED_BYTES, so that its mapping never causes SIGBUS.
 */
int record_open(const char *name);

/* Makes a record in zeroed memory. Any thread may do it, also again. */
void record_make(struct record *record, uint32_t cells);
bool record_is_made(const struct record *record, uint32_t cells);

/* Adds a process. Its number, 0 if there is no room. program: NULL if unknown. */
uint32_t record_process(struct record *record, int pid, const char *program);

/*
 * Counts a file of a process that was not served, and names it unless path is NULL. The number of
 * its cell, 0 if it is not named.
 */
uint32_t record_not_served(struct record *record, uint32_t process, const char *path,
			   enum not_served why);

/*
 * The cell with a number, from 1; and the next complete one after a number. process 0: of any
 * process. NULL if there is none.
 */
struct record_process *record_process_at(const struct record *record, uint32_t number);
struct record_file *record_file_at(struct record *record, uint32_t number);
const struct record_process *record_next_process(const struct record *record, uint32_t *number);
const struct record_file *record_next_file(const struct record *record, uint32_t process,
					   uint32_t *number);

/*
 * Copies all cells that are complete now, and valid, to memory of RECORD_SHARED cells that nobody
 * else writes. Readers of a shared record must use such a copy.
 */
void record_copy(struct record *copy, const struct record *record);

/*
 * Decides doubtful cases in a copy. If it is doubtful whether a process has read a file, it counts
 * as read if another process is known to have read it. A process that has read all files of which
 * that is known counts as having read the others, too.
 */
void record_suppose(struct record *copy);

/* Adds what such a copy tells to another shared record, of which it was no part. */
void record_add(struct record *shared, const struct record *copy);

/* Whether any counter of a process is not 0. */
bool record_tells(const struct record_process *process);
