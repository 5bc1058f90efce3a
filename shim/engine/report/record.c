/* SPDX-License-Identifier: MIT */
/*
 * The cells of records: see record.h.
 */
#include "record.h"

#include "kernel.h"

#include <string.h>

_Static_assert(sizeof(union record_cell) == RECORD_CELL, "a cell");
_Static_assert(sizeof(struct record) == RECORD_CELL, "the first is one");

/* Names this layout; a changed layout needs a new number. */
static const char magic[32] = "privmap report 1";

/* The first cells of a shared record are counters of looks. */
struct looks {
	_Atomic uint16_t begun, ended;
};

enum { LOOK_CELLS = RECORD_LOOKS * sizeof(struct looks) / RECORD_CELL };

/* Only the constructor writes it. */
static struct record *looks_in;

static uint32_t first_of(const struct record *record)
{
	return record->cells == RECORD_SHARED ? 1 + LOOK_CELLS : 1;
}

static struct looks *looks_of(struct record *record, uint32_t place)
{
	return (struct looks *)record->cell + place % RECORD_LOOKS;
}

void record_look_in(struct record *shared)
{
	looks_in = shared;
}

/* Files that were made one after the other get different places. */
uint32_t record_look_place(struct identity file)
{
	return (uint32_t)(file.inode + file.device * 2654435761U) % RECORD_LOOKS;
}

uint16_t record_looks_begun(struct record *shared, uint32_t place)
{
	return atomic_load(&looks_of(shared, place)->begun);
}

uint16_t record_looks_ended(struct record *shared, uint32_t place)
{
	return atomic_load(&looks_of(shared, place)->ended);
}

void record_looks(struct identity file)
{
	if (looks_in)
		atomic_fetch_add(&looks_of(looks_in, record_look_place(file))->begun, 1);
}

void record_looked(struct identity file)
{
	if (looks_in)
		atomic_fetch_add(&looks_of(looks_in, record_look_place(file))->ended, 1);
}

bool record_is_at(const char *name)
{
	static const char made[] = RECORD_PATH;
	char path[sizeof(made)];

	return kernel_readlink(name, path, sizeof(path)) == sizeof(path) - 1 &&
	       memcmp(path, made, sizeof(path) - 1) == 0;
}

int record_open(const char *name)
{
	word fd, seals;

	if (!record_is_at(name))
		return -1;
	fd = kernel(SYS_openat, AT_FDCWD, name, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return -1;
	seals = kernel(SYS_fcntl, fd, F_GET_SEALS);
	if (seals >= 0 && seals & F_SEAL_SHRINK &&
	    kernel(SYS_lseek, fd, 0, SEEK_END) >= (word)RECORD_SHARED_BYTES)
		return (int)fd;
	kernel(SYS_close, fd);
	return -1;
}

void record_make(struct record *record, uint32_t cells)
{
	uint32_t unmade = 0;

	memcpy(record->magic, magic, sizeof(magic));
	record->cells = cells;
	atomic_compare_exchange_strong(&record->used, &unmade, first_of(record));
}

bool record_is_made(const struct record *record, uint32_t cells)
{
	return memcmp(record->magic, magic, sizeof(magic)) == 0 && record->cells == cells;
}

/* Other processes may have written anything: no cell may be outside of the mapping. */
static uint32_t cells_of(const struct record *record)
{
	return record->cells < RECORD_SHARED ? record->cells : RECORD_SHARED;
}

static union record_cell *at(const struct record *record, uint32_t number)
{
	return (union record_cell *)&record->cell[number - 1];
}

static uint32_t take(struct record *record)
{
	uint32_t cells = cells_of(record), number = atomic_load(&record->used);

	while (number && number < cells)
		if (atomic_compare_exchange_weak(&record->used, &number, number + 1))
			return number;
	return 0;
}

uint32_t record_process(struct record *record, int pid, const char *program)
{
	uint32_t number = take(record);
	struct record_process *process;

	if (!number)
		return 0;
	process = &at(record, number)->process;
	process->pid = pid;
	if (program && strlen(program) >= sizeof(process->program))
		program = last_component(program);
	if (program && strlen(program) < sizeof(process->program))
		memcpy(process->program, program, strlen(program) + 1);
	atomic_store(&process->state, RECORD_PROCESS);
	return number;
}

/* FNV-1a */
static uint32_t hash_of(const char *path)
{
	uint32_t hash = 2166136261U;

	for (; *path; path++)
		hash = (hash ^ (unsigned char)*path) * 16777619U;
	return hash;
}

/* The file with that path and reason in the chain that begins at `from`, or NULL. */
static struct record_file *find(struct record *record, uint32_t from, const char *path,
				uint32_t hash, enum not_served why)
{
	uint32_t cells = cells_of(record), number = from;

	for (int i = 0; i < RECORD_FILES && number && number < cells; i++) {
		struct record_file *file = &at(record, number)->file;

		if (file->hash == hash && file->why == why && strcmp(file->path, path) == 0)
			return file;
		number = file->older;
	}
	return NULL;
}

static uint32_t add(struct record *record, uint32_t number, const char *path, enum not_served why)
{
	struct record_process *process = &at(record, number)->process;
	uint32_t newest = atomic_load(&process->newest);
	uint32_t hash = hash_of(path), taken;
	struct record_file *file = find(record, newest, path, hash, why);

	if (file) {
		atomic_fetch_add(&file->times, 1);
		return (uint32_t)((union record_cell *)file - &record->cell[0]) + 1;
	}
	taken = atomic_load(&process->files) < RECORD_FILES ? take(record) : 0;
	if (!taken)
		return 0;
	atomic_fetch_add(&process->files, 1);
	file = &at(record, taken)->file;
	file->hash = hash;
	file->process = number;
	file->why = (uint16_t)why;
	memcpy(file->path, path, strlen(path) + 1);
	atomic_store(&file->times, 1);
	file->older = newest;
	atomic_store(&file->state, RECORD_FILE);
	/* Another thread may have added a file meanwhile: the chain must have both. */
	while (!atomic_compare_exchange_weak(&process->newest, &newest, taken))
		file->older = newest;
	return taken;
}

uint32_t record_not_served(struct record *record, uint32_t number, const char *path,
			   enum not_served why)
{
	struct record_process *process = &at(record, number)->process;
	uint32_t cell = 0;

	atomic_fetch_add(&process->counts[COUNT_NOT_SERVED], 1);
	if (path && strlen(path) < REMEDY_NAME)
		cell = add(record, number, path, why);
	if (!cell)
		atomic_fetch_add(&process->counts[COUNT_UNNAMED], 1);
	return cell;
}

struct record_process *record_process_at(const struct record *record, uint32_t number)
{
	return number ? &at(record, number)->process : NULL;
}

static uint32_t end(const struct record *record)
{
	uint32_t used = atomic_load(&record->used), cells = cells_of(record);

	return used < cells ? used : cells;
}

struct record_file *record_file_at(struct record *record, uint32_t number)
{
	struct record_file *file = number && number < end(record) ? &at(record, number)->file :
								    NULL;

	return file && atomic_load(&file->state) == RECORD_FILE ? file : NULL;
}

const struct record_process *record_next_process(const struct record *record, uint32_t *number)
{
	while (++*number < end(record))
		if (atomic_load(&at(record, *number)->process.state) == RECORD_PROCESS)
			return &at(record, *number)->process;
	return NULL;
}

const struct record_file *record_next_file(const struct record *record, uint32_t process,
					   uint32_t *number)
{
	while (++*number < end(record)) {
		const struct record_file *file = &at(record, *number)->file;

		if (atomic_load(&file->state) == RECORD_FILE &&
		    (!process || file->process == process))
			return file;
	}
	return NULL;
}

void record_copy(struct record *copy, const struct record *record)
{
	memcpy(copy, record, sizeof(*copy) * end(record));
	if (first_of(record) > 1)
		memset(copy->cell, 0, LOOK_CELLS * sizeof(copy->cell[0]));
	copy->cells = end(record);
	atomic_store(&copy->used, copy->cells);
	for (uint32_t number = 1; number < copy->cells; number++) {
		union record_cell *cell = at(copy, number);

		if (atomic_load(&cell->file.state) == RECORD_FILE &&
		    (cell->file.why >= NOT_SERVED_REASONS || cell->file.path[0] != '/'))
			atomic_store(&cell->file.state, RECORD_FREE);
		cell->file.path[sizeof(cell->file.path) - 1] = '\0';
		cell->process.program[sizeof(cell->process.program) - 1] = '\0';
	}
}

static void suppose(struct record *copy, uint32_t number)
{
	struct record_process *process = &at(copy, number)->process;
	struct record_file *file;
	bool some = false, all = true;

	for (uint32_t cell = number; cell < copy->cells; cell++)
		if ((file = record_file_at(copy, cell)) && file->process == number) {
			some |= atomic_load(&file->read) == RECORD_READ;
			all &= atomic_load(&file->read) <= RECORD_READ &&
			       atomic_load(&file->read) != RECORD_UNREAD;
		}
	if (!some || !all)
		return;
	for (uint32_t cell = number; cell < copy->cells; cell++)
		if ((file = record_file_at(copy, cell)) && file->process == number)
			atomic_store(&file->read, RECORD_READ);
	atomic_store(&process->counts[COUNT_READ], atomic_load(&process->counts[COUNT_UNNAMED]));
}

/* Whether some process is known to have read the file of that name and reason. */
static bool is_read_elsewhere(struct record *copy, const struct record_file *file)
{
	const struct record_file *other;
	uint32_t number = 0;

	while ((other = record_next_file(copy, 0, &number)))
		if (other->hash == file->hash && other->why == file->why &&
		    atomic_load(&other->read) == RECORD_READ &&
		    strcmp(other->path, file->path) == 0)
			return true;
	return false;
}

static void settle(struct record *copy)
{
	struct record_file *file;

	for (uint32_t number = 1; number < copy->cells; number++)
		if ((file = record_file_at(copy, number)) &&
		    atomic_load(&file->read) == RECORD_DOUBTFUL)
			atomic_store(&file->read,
				     is_read_elsewhere(copy, file) ? RECORD_READ : RECORD_UNREAD);
}

void record_suppose(struct record *copy)
{
	settle(copy);
	for (uint32_t number = 0; record_next_process(copy, &number);)
		suppose(copy, number);
}

/* The files of a process. Those for which there is no room are counted without a name. */
static void add_files(struct record *shared, uint32_t number, const struct record *copy,
		      uint32_t process)
{
	const struct record_file *file;
	uint32_t cell = 0;

	while ((file = record_next_file(copy, process, &cell))) {
		uint32_t taken = add(shared, number, file->path, file->why);
		struct record_file *added = record_file_at(shared, taken);

		if (added) {
			atomic_store(&added->times, atomic_load(&file->times));
			atomic_store(&added->read, atomic_load(&file->read));
		} else {
			atomic_fetch_add(&record_process_at(shared, number)->counts[COUNT_UNNAMED],
					 atomic_load(&file->times));
		}
	}
}

void record_add(struct record *shared, const struct record *copy)
{
	const struct record_process *process;
	uint32_t number = 0;

	while ((process = record_next_process(copy, &number))) {
		uint32_t taken = record_process(shared, process->pid, process->program);

		if (!taken)
			break;
		for (unsigned i = 0; i < COUNT_READ; i++)
			atomic_fetch_add(&record_process_at(shared, taken)->counts[i],
					 atomic_load(&process->counts[i]));
		add_files(shared, taken, copy, number);
	}
	for (int i = 0; i < UNREACHED; i++)
		atomic_fetch_add(&shared->unreached[i], atomic_load(&copy->unreached[i]));
	atomic_fetch_add(&shared->programs, atomic_load(&copy->programs));
}

bool record_tells(const struct record_process *process)
{
	for (unsigned i = 0; i < COUNTS; i++)
		if (atomic_load(&process->counts[i]))
			return true;
	return false;
}
