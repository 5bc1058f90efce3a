/* SPDX-License-Identifier: MIT */
/*
 * Tells where a line of the joined text comes from, and ends a load with a message about that
 * place.
 */
#include "loader-parts.h"

static const struct source_part *part_of(const struct source *source, unsigned flat)
{
	const struct source_part *part = source->parts + source->part_count - 1;

	while (part > source->parts && part->flat > flat)
		part--;
	return part;
}

const char *source_place(const struct source *source, unsigned flat, unsigned *line)
{
	const struct source_part *part = part_of(source, flat);

	*line = part->number + (flat - part->flat);
	return source->files[part->file].name;
}

unsigned source_first_file_line(const struct source *source, unsigned flat)
{
	const struct source_part *part = part_of(source, flat);
	unsigned file = part->file;
	unsigned line = part->number + (flat - part->flat);

	for (; file; file = source->files[file].parent)
		line = source->files[file].include_line;
	return line;
}

struct text *load_problem(struct load *load, unsigned flat)
{
	struct source *source = &load->source;
	const char *file = load->file;
	unsigned line = 0;

	if (flat && source->part_count)
		file = source_place(source, flat, &line);
	text_add_name(load->error, file);
	if (line) {
		text_add(load->error, ":");
		text_add_number(load->error, line);
	}
	text_add(load->error, ": ");
	return load->error;
}

_Noreturn void load_stop(struct load *load)
{
	longjmp(load->stop, 1);
}
