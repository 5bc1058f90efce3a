/* SPDX-License-Identifier: MIT */
/*
 * The sum: counts, and the files that were not served, grouped by what would serve them.
 */
#include "sum.h"

#include "advice.h"
#include "cli.h"
#include "destination.h"
#include "log.h"
#include "report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	ENTRIES = 10,
	JSON_ROOM = 16 * 1024 * 1024, /* for all files of a process, each byte as an escape */
};

/* Files that one glob covers, and one reason. */
struct group {
	char glob[2 * REMEDY_NAME + 2];
	const struct record_file *first;
	unsigned files;
};

static void add(struct report_counts *sum, const struct report_counts *more)
{
	for (unsigned i = 0; i < COUNTS; i++)
		sum->of[i] += more->of[i];
}

/*
 * Orders by path and reason, so that the same refusal in several processes, or twice in one, is
 * adjacent.
 */
static int by_name(const void *left, const void *right)
{
	const struct record_file *a = *(struct record_file *const *)left;
	const struct record_file *b = *(struct record_file *const *)right;
	int order = strcmp(a->path, b->path);

	return order ? order : (int)a->why - (int)b->why;
}

/* Orders by time, as cells are. */
static int by_time(const void *left, const void *right)
{
	const struct group *a = left, *b = right;

	return a->first < b->first ? -1 : a->first > b->first;
}

/* Collects each file once. Returns how many. */
static size_t collect(const struct record *record, const struct record_file **files)
{
	const struct record_file *file;
	size_t count = 0, kept = 0;
	uint32_t number = 0;

	while ((file = record_next_file(record, 0, &number)))
		if (atomic_load(&file->read) != RECORD_READ)
			files[count++] = file;
	qsort(files, count, sizeof(struct record_file *), by_name);
	for (size_t i = 0; i < count; i++)
		if (!i || by_name(&files[i], &files[kept - 1]))
			files[kept++] = files[i];
	return kept;
}

static struct group *group_of(struct group *groups, size_t *count, const struct record_file *file)
{
	struct group *group = &groups[*count];
	struct text glob = TEXT_IN(group->glob);

	advice_glob(&glob, file->path);
	text_string(&glob);
	for (size_t i = 0; i < *count; i++)
		if (groups[i].first->why == file->why && strcmp(groups[i].glob, group->glob) == 0)
			return &groups[i];
	group->first = file;
	group->files = 0;
	++*count;
	return group;
}

static void add_group(struct text *text, const struct group *group)
{
	text_add(text, "privmap:   ");
	text_add_name(text, group->first->path);
	if (group->files > 1) {
		text_add(text, " and ");
		text_add_number(text, group->files - 1);
		text_add(text, " like it");
	}
	text_add(text, ": ");
	message_why(text, group->first->path, group->first->why);
	text_add(text, "\n");
}

static void add_files(struct text *text, const struct record *record, uint64_t unnamed)
{
	const struct record_file **files = cli_memory(record->cells * sizeof(struct record_file *));
	size_t count = collect(record, files), groups = 0;
	struct group *group = cli_memory((count + 1) * sizeof(*group));

	for (size_t i = 0; i < count; i++) {
		struct group *found = group_of(group, &groups, files[i]);

		found->files++;
		if (files[i] < found->first)
			found->first = files[i];
	}
	qsort(group, groups, sizeof(*group), by_time);
	for (size_t i = 0; i < groups && i < ENTRIES; i++)
		add_group(text, &group[i]);
	for (size_t i = ENTRIES; i < groups; i++)
		unnamed += group[i].files;
	if (!unnamed)
		return;
	text_add(text, groups ? "privmap:   and " : "privmap:   ");
	text_add_number(text, unnamed);
	text_add(text, groups ? " more\n" : " with an unknown or very long name; -v tells more\n");
}

/* Programs that no engine reached: nothing else is known about them. */
static const struct {
	const char *text; /* for people, before and after the number */
	const char *why;
	const char *key; /* for JSON */
} unreached_told[UNREACHED] = {
	[UNREACHED_PRIVILEGES] = { "programs out of reach: ",
				   " that run with other privileges; start privmap as root",
				   ",\"privileges\":" },
	[UNREACHED_TRACED] = { "programs out of reach: ", " that were traced by others",
			       ",\"traced\":" },
	[UNREACHED_UNTRACEABLE] = { "programs out of reach: ",
				    " that would have to be traced, which is not permitted here",
				    ",\"untraceable\":" },
	[UNREACHED_SILENT] = { "could not report, like their children: ",
			       " (another user or user namespace, or no /proc)", ",\"silent\":" },
};

static void add_unreached(struct text *text, const struct record *record)
{

	for (int i = 0; i < UNREACHED; i++) {
		uint32_t count = atomic_load(&record->unreached[i]);

		if (!count)
			continue;
		text_add(text, "privmap:   ");
		text_add(text, unreached_told[i].text);
		text_add_number(text, count);
		text_add(text, unreached_told[i].why);
		text_add(text, "\n");
	}
}

/* False if every program was reached. */
static bool unreached_as_json(struct text *text, const struct record *record)
{
	bool any = false;

	text->length = 0;
	text_add(text, REPORT_JSON "\"unreached\"");
	for (int i = 0; i < UNREACHED; i++) {
		uint32_t count = atomic_load(&record->unreached[i]);

		text_add(text, unreached_told[i].key);
		text_add_number(text, count);
		any |= count > 0;
	}
	text_add(text, "}\n");
	return any;
}

static void add_sum(struct text *text, const struct record *record, const char *unreached)
{
	const struct record_process *process;
	struct report_counts sum = { { 0 } };
	uint64_t unnamed = 0;
	uint32_t number = 0;
	bool any = false;

	while ((process = record_next_process(record, &number))) {
		const struct report_counts counts = report_counts_of(record, number);

		add(&sum, &counts);
		unnamed += atomic_load(&process->counts[COUNT_UNNAMED]) -
			   atomic_load(&process->counts[COUNT_READ]);
		any |= record_tells(process);
	}
	text_add(text, "privmap: ");
	if (!atomic_load(&record->programs)) {
		text_add(text, "nothing was served or counted: ");
		text_add_name(text, unreached);
	} else if (any) {
		report_add_counts(text, &sum);
	} else {
		text_add(text, "nothing was refused");
		if (atomic_load(&record->unreached[UNREACHED_SILENT]))
			text_add(text, " in the programs that could report");
	}
	text_add(text, "\n");
	if (any)
		add_files(text, record, unnamed);
	add_unreached(text, record);
}

void sum_tell(const struct record *record, const char *unreached)
{
	struct text text;

	if (!sink_room(&text))
		return;
	add_sum(&text, record, unreached);
	sink_stderr(&text);
	sink_free(&text);
}

void sum_append(const struct record *record, const struct destination *destination)
{
	struct text text = { cli_memory(JSON_ROOM), JSON_ROOM, 0 };
	struct text scratch = { cli_memory(JSON_ROOM), JSON_ROOM, 0 };
	const struct record_process *process;
	uint32_t number = 0;

	while ((process = record_next_process(record, &number))) {
		if (!record_tells(process))
			continue;
		text.length = 0;
		report_as_json(&text, &scratch, process->program, record, number);
		destination_write(destination, process->pid, &text);
	}
	if (unreached_as_json(&text, record))
		destination_write(destination, (int)getpid(), &text);
}
