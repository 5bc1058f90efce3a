/* SPDX-License-Identifier: MIT */
/*
 * Counts what was done and tells it at exit.
 */
#include "report.h"

#include "engine.h"
#include "kernel.h"
#include "memory.h"
#include "sink.h"

#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

/* Written by the constructor only. */
AT_START static const char *where;

void report_open(const char *to)
{
	where = to;
}

bool report_wanted(void)
{
	return where != NULL;
}

static struct record *the_record(void)
{
	return where ? engine_record() : NULL;
}

void report_converted(size_t bytes)
{
	struct record *now = the_record();

	if (!now)
		return;
	atomic_fetch_add(&now->converted, 1);
	atomic_fetch_add(&now->converted_bytes, bytes);
}

void report_buffered(size_t bytes)
{
	struct record *now = the_record();

	if (!now)
		return;
	atomic_fetch_add(&now->buffered, 1);
	atomic_fetch_add(&now->buffered_bytes, bytes);
}

void report_denied(void)
{
	struct record *now = the_record();

	if (now)
		atomic_fetch_add(&now->denied, 1);
}

void report_not_served(const char *path, enum not_served why)
{
	struct record *now = the_record();

	if (!now)
		return;
	atomic_fetch_add(&now->not_served, 1);
	if (!path || strlen(path) >= REMEDY_NAME)
		return;
	for (size_t i = 0; i < RECORD_FILES; i++) {
		struct not_served_file *file = &now->files[i];
		int state = 0;

		if (atomic_compare_exchange_strong(&file->state, &state, 1)) {
			file->why = why;
			memcpy(file->path, path, strlen(path) + 1);
			atomic_store(&file->state, 2);
			return;
		}
		if (state == 2 && strcmp(file->path, path) == 0)
			return;
	}
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

/* The option that serves a file, in scratch; NULL if there is none. */
static char *remedy(struct text *scratch, const struct not_served_file *file)
{
	scratch->length = 0;
	return message_remedy(scratch, file->path, file->why) ? text_string(scratch) : NULL;
}

/* "privmap: gix[12]: 3 converted (4096 bytes), 1 left: /a/b (no rule matches; ...)" */
static void report_as_line(struct text *text, struct text *scratch, struct record *now)
{
	const char *path = program();
	const char *slash = strrchr(path, '/');

	text_add(text, "privmap: ");
	text_add_name(text, slash ? slash + 1 : path);
	add_count(text, "[", (uint64_t)engine_pid());
	add_count(text, "]: ", atomic_load(&now->converted));
	add_count(text, " converted (", atomic_load(&now->converted_bytes));
	if (atomic_load(&now->buffered)) {
		add_count(text, " bytes), ", atomic_load(&now->buffered));
		add_count(text, " buffered (", atomic_load(&now->buffered_bytes));
	}
	add_count(text, " bytes), ", atomic_load(&now->not_served));
	text_add(text, " left");
	if (atomic_load(&now->denied))
		add_count(text, ", writing denied: ", atomic_load(&now->denied));
	for (size_t i = 0; i < RECORD_FILES && atomic_load(&now->files[i].state) == 2; i++) {
		const struct not_served_file *file = &now->files[i];
		const char *option;

		text_add(text, i ? ", " : ": ");
		text_add_name(text, file->path);
		text_add(text, " (");
		text_add(text, message_reason(file->why));
		option = remedy(scratch, file);
		if (option) {
			text_add(text, "; served by ");
			text_add_name(text, option);
		}
		text_add(text, ")");
	}
	text_add(text, "\n");
}

static void report_as_json(struct text *text, struct text *scratch, struct record *now)
{
	text_add(text, "{\"program\":");
	text_add_json(text, program());
	add_count(text, ",\"pid\":", (uint64_t)engine_pid());
	add_count(text, ",\"converted\":", atomic_load(&now->converted));
	add_count(text, ",\"converted_bytes\":", atomic_load(&now->converted_bytes));
	add_count(text, ",\"buffered\":", atomic_load(&now->buffered));
	add_count(text, ",\"buffered_bytes\":", atomic_load(&now->buffered_bytes));
	add_count(text, ",\"denied\":", atomic_load(&now->denied));
	add_count(text, ",\"left\":", atomic_load(&now->not_served));
	text_add(text, ",\"left_files\":[");
	for (size_t i = 0; i < RECORD_FILES && atomic_load(&now->files[i].state) == 2; i++) {
		const struct not_served_file *file = &now->files[i];
		const char *option;

		text_add(text, i ? ",{\"path\":" : "{\"path\":");
		text_add_json(text, file->path);
		text_add(text, ",\"why\":");
		text_add_json(text, message_reason(file->why));
		option = remedy(scratch, file);
		if (option) {
			text_add(text, ",\"served_by\":");
			text_add_json(text, option);
		}
		text_add(text, "}");
	}
	text_add(text, "]}\n");
}

void report_write(struct record *now)
{
	struct text text, scratch;

	if (!now || !where)
		return;
	/* A child of fork that did nothing of its own has a wiped record. */
	if (!atomic_load(&now->converted) && !atomic_load(&now->buffered) &&
	    !atomic_load(&now->not_served) && !atomic_load(&now->denied))
		return;
	if (!sink_room(&text))
		return;
	if (sink_room(&scratch)) {
		if (strcmp(where, "1") == 0) {
			report_as_line(&text, &scratch, now);
			sink_stderr(&text);
		} else {
			report_as_json(&text, &scratch, now);
			sink_file(where, &text);
		}
		sink_free(&scratch);
	}
	sink_free(&text);
}
