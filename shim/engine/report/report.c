/* SPDX-License-Identifier: MIT */
/*
 * Counts what privmap did for a process, and reports it at exit.
 */
#include "report.h"

#include "engine.h"
#include "kernel.h"
#include "log.h"
#include "memory.h"
#include "watch.h"

#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

/* Only the constructor writes these. */
AT_START static const char *where;     /* "1" or a file; NULL: the process reports nothing itself */
AT_START static struct record *shared; /* shared with a privmap that reports it; NULL: none */

struct report {
	_Atomic uint32_t process; /* the number of its cell; 0: none yet */
	char padding[60];
	struct record own; /* made together with that cell; absent if a record is shared */
};

size_t report_size(void)
{
	return shared ? offsetof(struct report, own) : offsetof(struct report, own) + RECORD_OWN;
}

static bool is_of_proc(const char *to)
{
	return strncmp(to, "/proc/", 6) == 0;
}

static struct record *map_shared(word fd)
{
	void *place = memory_place(RECORD_SHARED_BYTES);
	word addr =
		KERNEL_MMAP(place, RECORD_SHARED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (addr != (word)place)
		memory_leave(place, RECORD_SHARED_BYTES);
	return kernel_failed(addr) ? NULL : (struct record *)addr;
}

struct record *report_shared(const char *name)
{
	struct record *found;
	int fd = record_open(name);

	if (fd < 0)
		return NULL;
	found = map_shared(fd);
	kernel(SYS_close, fd);
	if (!found || record_is_made(found, RECORD_SHARED))
		return found;
	kernel(SYS_munmap, found, RECORD_SHARED_BYTES);
	return NULL;
}

void report_open(const char *to)
{
	if (!to)
		return;
	if (!is_of_proc(to)) {
		where = to;
		return;
	}
	shared = report_shared(to);
	if (!shared)
		return;
	atomic_fetch_add(&shared->programs, 1);
	record_look_in(shared);
	engine_know_program();
}

bool report_wanted(void)
{
	return where || shared;
}

bool report_ends(void)
{
	return where;
}

static bool is_sealed(word fd)
{
	return fd >= 0 && !kernel_ftruncate(fd, RECORD_SHARED_BYTES) &&
	       !kernel(SYS_fcntl, fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
}

int report_share(struct record **record, char name[REPORT_NAME])
{
	enum { FIRST = 3 }; /* above the standard descriptors */
	char self[24];
	word length = kernel_readlink("/proc/self", self, sizeof(self));
	word made = memory_file(RECORD_NAME, MFD_ALLOW_SEALING);
	word fd = is_sealed(made) ? kernel(SYS_fcntl, made, F_DUPFD_CLOEXEC, FIRST) : -1;
	struct text text = { name, REPORT_NAME, 0 };

	if (made >= 0)
		kernel(SYS_close, made);
	if (fd < 0)
		return -1;
	*record = length > 0 ? map_shared(fd) : NULL;
	if (!*record) {
		kernel(SYS_close, fd);
		return -1;
	}
	record_make(*record, RECORD_SHARED);
	text_add(&text, "/proc/");
	text_add_bytes(&text, self, (size_t)length);
	text_add(&text, "/fd/");
	text_add_number(&text, (uint64_t)fd);
	text_string(&text);
	return (int)fd;
}

static struct record *record_of(struct report *report)
{
	return shared ? shared : &report->own;
}

/* The process's cell in its record; 0 if there is none. */
static uint32_t process_of(struct report *report)
{
	uint32_t process = atomic_load(&report->process), made;

	if (process)
		return process;
	if (!shared)
		record_make(&report->own, RECORD_OWN / RECORD_CELL);
	made = record_process(record_of(report), engine_pid(), shared ? engine_program() : NULL);
	if (made && !atomic_compare_exchange_strong(&report->process, &process, made))
		return process;
	return made;
}

/* NULL if no report is wanted, or there is no room. */
static struct record_process *counted(struct record **record, uint32_t *process)
{
	struct report *report = report_wanted() ? engine_report() : NULL;

	if (!report)
		return NULL;
	*record = record_of(report);
	*process = process_of(report);
	return record_process_at(*record, *process);
}

static struct record_process *counters(void)
{
	struct record *record;
	uint32_t process;

	return counted(&record, &process);
}

static void count(enum record_count what, uint64_t number)
{
	struct record_process *now = counters();

	if (now)
		atomic_fetch_add(&now->counts[what], number);
}

void report_converted(size_t bytes)
{
	count(COUNT_CONVERTED, 1);
	count(COUNT_CONVERTED_BYTES, bytes);
}

void report_buffered(size_t bytes)
{
	count(COUNT_BUFFERED, 1);
	count(COUNT_BUFFERED_BYTES, bytes);
}

void report_denied(void)
{
	count(COUNT_DENIED, 1);
}

/*
 * All of a program's first files are watched, but only some of the later ones, because closing an
 * instance takes a millisecond or more. record_suppose() assumes that the program treats the others
 * like these.
 */
static bool is_passed_over(const struct record_file *file)
{
	enum { FIRST = 32 };

	return atomic_load(&record_process_at(shared, file->process)->files) > FIRST &&
	       atomic_load(&shared->watches_sent) != atomic_load(&shared->watches_taken);
}

/* An earlier watch may have seen the reads by privmap just now. */
static void watch_file(uint32_t cell, int fd, struct identity identity)
{
	enum { OFTEN = 64 };
	struct record_file *file = record_file_at(shared, cell);
	uint32_t times = file ? atomic_load(&file->times) : 0;

	if (times == 1 && is_passed_over(file))
		return;
	if (times && (times > OFTEN || !watch_reads(shared, cell, fd, identity)) && times > 1)
		atomic_store(&file->read, RECORD_INSISTS);
}

bool report_names(void)
{
	const struct record_process *now = counters();

	return now && atomic_load(&now->files) < (shared ? RECORD_FILES : RECORD_OWN_FILES);
}

void report_not_served(const char *path, int fd, struct identity file, enum not_served why)
{
	struct record *record;
	uint32_t process, cell;

	if (!counted(&record, &process))
		return;
	cell = record_not_served(record, process, path, why);
	if (cell && shared)
		watch_file(cell, fd, file);
}

static void add_count(struct text *text, const char *name, uint64_t number)
{
	text_add(text, name);
	text_add_number(text, number);
}

static const char *program(void)
{
	const char *path = engine_program();

	if (!path) {
		engine_know_program();
		path = engine_program();
	}
	return path ? path : "";
}

struct report_counts report_counts_of(const struct record *record, uint32_t number)
{
	const struct record_process *process = record_process_at(record, number);
	struct report_counts counts;
	uint64_t *read = &counts.of[COUNT_READ], *not_served = &counts.of[COUNT_NOT_SERVED];
	const struct record_file *file;
	uint32_t cell = 0;

	for (unsigned i = 0; i < COUNTS; i++)
		counts.of[i] = atomic_load(&process->counts[i]);
	while ((file = record_next_file(record, number, &cell)))
		if (atomic_load(&file->read) == RECORD_READ)
			*read += atomic_load(&file->times);
	*not_served -= *read < *not_served ? *read : *not_served;
	return counts;
}

void report_add_counts(struct text *text, const struct report_counts *counts)
{
	add_count(text, "", counts->of[COUNT_CONVERTED]);
	add_count(text, " converted (", counts->of[COUNT_CONVERTED_BYTES]);
	if (counts->of[COUNT_BUFFERED]) {
		add_count(text, " bytes), ", counts->of[COUNT_BUFFERED]);
		add_count(text, " buffered (", counts->of[COUNT_BUFFERED_BYTES]);
	}
	add_count(text, " bytes), ", counts->of[COUNT_NOT_SERVED]);
	text_add(text, " left");
	if (counts->of[COUNT_READ])
		add_count(text, ", read by the program instead: ", counts->of[COUNT_READ]);
	if (counts->of[COUNT_DENIED])
		add_count(text, ", writing denied: ", counts->of[COUNT_DENIED]);
}

/* "privmap: gix[12]: 3 converted (4096 bytes), 1 left: /a/b (no rule matches; ...)" */
static void report_as_line(struct text *text, const struct record *record, uint32_t process)
{
	const struct record_process *now = record_process_at(record, process);
	const struct report_counts counts = report_counts_of(record, process);
	const char *between = ": ";
	const struct record_file *file;
	uint32_t number = 0;

	text_add(text, "privmap: ");
	text_add_name(text, last_component(program()));
	add_count(text, "[", (uint64_t)now->pid);
	text_add(text, "]: ");
	report_add_counts(text, &counts);
	while ((file = record_next_file(record, process, &number))) {
		text_add(text, between);
		text_add_name(text, file->path);
		text_add(text, " (");
		message_why(text, file->path, file->why);
		text_add(text, ")");
		between = ", ";
	}
	text_add(text, "\n");
}

/* Writes what would serve the file to text, and returns it; NULL if nothing would. */
static const char *remedy(struct text *text, const struct record_file *file)
{
	text->length = 0;
	return message_remedy(text, file->path, file->why) ? text_string(text) : NULL;
}

void report_as_json(struct text *text, struct text *scratch, const char *name,
		    const struct record *record, uint32_t process)
{
	const struct record_process *now = record_process_at(record, process);
	static const char *const keys[] = {
		",\"converted\":",	",\"converted_bytes\":", ",\"buffered\":",
		",\"buffered_bytes\":", ",\"denied\":",		 ",\"left\":",
	};
	const struct report_counts counts = report_counts_of(record, process);
	const struct record_file *file;
	const char *between = "{\"path\":";
	uint32_t number = 0;

	text_add(text, REPORT_JSON "\"process\",\"program\":");
	text_add_json(text, name);
	add_count(text, ",\"pid\":", (uint64_t)now->pid);
	for (unsigned i = 0; i <= COUNT_NOT_SERVED; i++)
		add_count(text, keys[i], counts.of[i]);
	text_add(text, ",\"left_files\":[");
	while ((file = record_next_file(record, process, &number))) {
		const char *served_by = remedy(scratch, file);

		if (atomic_load(&file->read) == RECORD_READ)
			continue;
		text_add(text, between);
		text_add_json(text, file->path);
		text_add(text, ",\"why\":");
		text_add_json(text, message_reason(file->why));
		if (served_by) {
			text_add(text, ",\"served_by\":");
			text_add_json(text, served_by);
		}
		text_add(text, "}");
		between = ",{\"path\":";
	}
	add_count(text, "],\"read_instead\":", counts.of[COUNT_READ]);
	text_add(text, "}\n");
}

void report_write(struct report *report)
{
	uint32_t process = report && where ? atomic_load(&report->process) : 0;
	struct text text, scratch;

	/* In a child of fork that did nothing itself the report is wiped. */
	if (!process || !record_tells(record_process_at(&report->own, process)))
		return;
	if (!sink_room(&text))
		return;
	if (sink_room(&scratch)) {
		if (strcmp(where, "1") == 0) {
			report_as_line(&text, &report->own, process);
			sink_stderr(&text);
		} else {
			report_as_json(&text, &scratch, program(), &report->own, process);
			sink_file(where, engine_pid(), &text);
		}
		sink_free(&scratch);
	}
	sink_free(&text);
}
