/* SPDX-License-Identifier: MIT */
/*
 * Where processes count what was done for them, as the report tells it.
 *
 * A record is a row of cells: one of each process, one of each of its files that was not served. It
 * is a process's own memory; or under `privmap --report` memory that all processes share with
 * privmap. Then what is in a cell outlives whoever wrote it, however that ends, and counting takes
 * no system call, no lock and no descriptor: only a cell is taken by one atomic addition, and
 * complete when its state says so. What was half written is passed over.
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
	RECORD_OWN_FILES = 15,	   /* that a process can name in memory of its own */
	RECORD_FILES = 512,	   /* and in that which it shares */
	RECORD_LOOKS = 16 * 1024,  /* see record_looks() */
	RECORD_SHARED = 16 * 1024, /* cells that are shared; what is not touched is free */
	RECORD_SHARED_BYTES = RECORD_SHARED * RECORD_CELL,
};

enum record_state {
	RECORD_FREE, /* or taken, and not complete */
	RECORD_PROCESS,
	RECORD_FILE,
};

/* Why a program cannot be served. */
enum record_unreached {
	UNREACHED_PRIVILEGES, /* it has some of its own */
	UNREACHED_TRACED,     /* by others */
	UNREACHED_UNTRACEABLE,
	UNREACHED_SILENT, /* maybe served; it cannot open the record, nor can its children */
	UNREACHED,	  /* how many reasons there are */
};

/* What is known of a file: whether its program has read it after the last refusal. */
enum record_read {
	RECORD_UNWATCHED,
	RECORD_UNREAD,
	RECORD_READ,
	RECORD_DOUBTFUL, /* by its program, or only by privmap for another; see record_suppose() */
	RECORD_INSISTS,	 /* it wants to map it, and nothing else */
};

/* What is counted of a process: mappings, and the bytes of some. */
enum record_count {
	COUNT_CONVERTED,
	COUNT_CONVERTED_BYTES,
	COUNT_BUFFERED,
	COUNT_BUFFERED_BYTES,
	COUNT_DENIED,
	COUNT_NOT_SERVED,
	COUNT_UNNAMED, /* of these: no file was recorded */
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

/* A file that was not served, once for each process and reason, however often it was mapped. */
struct record_file {
	_Atomic uint32_t state;
	uint32_t process;      /* its cell */
	uint32_t older;	       /* the process's one before; 0: none */
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
			uint32_t cells;		   /* how many there are, with this */
			_Atomic uint32_t used;	   /* taken, with this; may grow beyond cells */
			_Atomic uint32_t programs; /* that have begun to count here */
			_Atomic uint32_t started;  /* privmap's: 1 once its command is */
			char listener[16];	   /* an abstract address (watch.h), or 0 */
			_Atomic uint32_t watches_sent, watches_taken;
			_Atomic uint32_t unreached[UNREACHED]; /* programs, by the reason */
		};
		union record_cell first;
	};
	union record_cell cell[]; /* cell[0] is the second: numbers are from 1 on */
};

enum { RECORD_OWN = (2 + RECORD_OWN_FILES) * RECORD_CELL };

/*
 * Where this process is to say that privmap itself reads of a file: who watches what its program
 * reads (watch.h) shall not take one for the other. NULL: nowhere, and from the start.
 */
void record_look_in(struct record *shared);

/*
 * To be said before it reads, and after that; and how often it was, modulo 65,536, by all, of that
 * file or one that is taken for it.
 */
void record_looks(struct identity file);
void record_looked(struct identity file);
uint32_t record_look_place(struct identity file);
uint16_t record_looks_begun(struct record *shared, uint32_t place);
uint16_t record_looks_ended(struct record *shared, uint32_t place);

/* What memfd_create(2) makes of the name of a shared one, and /proc of that. */
#define RECORD_NAME "privmap-report"
#define RECORD_PATH "/memfd:" RECORD_NAME " (deleted)"

/*
 * Whether a name in /proc is one's. The process that gave it may be gone, and its number another's,
 * whose descriptor would be opened: it is looked at before that.
 */
bool record_is_at(const char *name);

/*
 * Opens a shared record to be mapped; -1 if name is no such record. It never becomes shorter than
 * RECORD_SHARED_BYTES, so that nobody who touches its mapping gets SIGBUS.
 */
int record_open(const char *name);

/* Makes one of zeroed memory; any thread may, again. */
void record_make(struct record *record, uint32_t cells);
bool record_is_made(const struct record *record, uint32_t cells);

/* A new process, 0 if there is no room. program: NULL if unknown. */
uint32_t record_process(struct record *record, int pid, const char *program);

/*
 * A file of a process that was not served; path NULL: it is counted, and not named. Its cell, 0 if
 * it is not named.
 */
uint32_t record_not_served(struct record *record, uint32_t process, const char *path,
			   enum not_served why);

/*
 * The cell of a number from 1 on; and of all that are complete, in their order; process 0: of any.
 * NULL: none.
 */
struct record_process *record_process_at(const struct record *record, uint32_t number);
struct record_file *record_file_at(struct record *record, uint32_t number);
const struct record_process *record_next_process(const struct record *record, uint32_t *number);
const struct record_file *record_next_file(const struct record *record, uint32_t process,
					   uint32_t *number);

/*
 * To memory of RECORD_SHARED cells that nobody else writes: what is complete now, and makes sense.
 * For all that reads what several processes have counted.
 */
void record_copy(struct record *copy, const struct record *record);

/*
 * In a copy: where it is doubtful whether a process has read a file, and another process has, the
 * first is taken to have done the same. A process that has read all files of which that is known,
 * after their refusal, is taken to have read the others, too.
 */
void record_suppose(struct record *copy);

/* Whether anything was done for a process. */
bool record_tells(const struct record_process *process);
