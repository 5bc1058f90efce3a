/* SPDX-License-Identifier: MIT */
/*
 * Finds out how much memory is left. Reads whole files into a piece of memory: they are short, and
 * the program's stack may be small.
 */
#include "room.h"

#include "kernel.h"
#include "memory.h"
#include "opened.h"
#include "text.h"

#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <string.h>

enum {
	FILE_ROOM = 16 * 1024,
	UNASKED = 4 * 1024 * 1024, /* bytes of copies; asking takes as long as copying 64 KiB */
	SLACK = UNASKED,	   /* bytes that others may take meanwhile */
};

/* Bytes of copies since the last check. Changed by single atomic operations, never given back. */
static _Atomic uint64_t unasked;

/* One piece of memory, for a name and the text of that file. */
struct asked {
	struct text name;
	struct text file;
};

/* The files of one kind of cgroups. */
struct controller {
	const char *directory; /* below the root */
	const char *limits[2];
	const char *usage;
	const char *cached[2]; /* in memory.stat */
};

static const struct controller v1 = {
	"/memory",
	{ "/memory.limit_in_bytes", NULL },
	"/memory.usage_in_bytes",
	{ "total_inactive_file ", "total_active_file " },
};

/* The kernel allows more than memory.high, but slows the process down. */
static const struct controller v2 = {
	"",
	{ "/memory.max", "/memory.high" },
	"/memory.current",
	{ "inactive_file ", "active_file " },
};

/* The file's text with a NUL at its end; NULL if it cannot be read, or does not fit. */
static char *read_file(struct text *text, const char *name)
{
	word fd, count;

	text->length = 0;
	opened_begin();
	fd = count = kernel(SYS_openat, AT_FDCWD, name, O_RDONLY | O_CLOEXEC);
	while (count >= 0) {
		count = kernel(SYS_read, fd, text->bytes + text->length, text->size - text->length);
		if (count <= 0)
			break;
		text->length += (size_t)count;
	}
	if (fd >= 0)
		kernel(SYS_close, fd);
	opened_end();
	return count || text->length == text->size ? NULL : text_string(text);
}

static const char *read_in(struct asked *asked, size_t directory, const char *file)
{
	asked->name.length = directory;
	text_add(&asked->name, file);
	return read_file(&asked->file, text_string(&asked->name));
}

/* UINT64_MAX if there is no number, or "max". */
static uint64_t number_at(const char *text)
{
	uint64_t value = 0;

	if (!text || *text < '0' || *text > '9')
		return UINT64_MAX;
	for (; *text >= '0' && *text <= '9'; text++)
		value = value * 10 + (uint64_t)(*text - '0');
	return value;
}

/* The number after a key at the start of a line, and blanks. */
static uint64_t number_of(const char *text, const char *key)
{
	size_t length = strlen(key);

	while (text && *text) {
		if (strncmp(text, key, length) == 0)
			return number_at(text + length + strspn(text + length, " "));
		text = strchr(text, '\n');
		text += text != NULL;
	}
	return UINT64_MAX;
}

static uint64_t cached(struct asked *asked, size_t directory, const struct controller *controller)
{
	const char *text = read_in(asked, directory, "/memory.stat");
	uint64_t sum = 0;

	for (int i = 0; i < 2; i++) {
		uint64_t bytes = number_of(text, controller->cached[i]);

		sum += bytes == UINT64_MAX ? 0 : bytes;
	}
	return sum;
}

/* Checks one cgroup; directory is the length of its name. */
static bool fits_in(struct asked *asked, size_t directory, const struct controller *controller,
		    uint64_t bytes)
{
	uint64_t limit = UINT64_MAX;
	uint64_t used;

	for (int i = 0; i < 2 && controller->limits[i]; i++) {
		uint64_t one = number_at(read_in(asked, directory, controller->limits[i]));

		limit = one < limit ? one : limit;
	}
	if (limit >= INT64_MAX / 2) /* v1 has a large number if there is no limit */
		return true;
	used = number_at(read_in(asked, directory, controller->usage));
	if (used == UINT64_MAX || used + bytes <= limit)
		return true;
	return used + bytes <= limit + cached(asked, directory, controller);
}

/*
 * The path of this process's memory cgroup, from a line "ID:CONTROLLERS:PATH" of /proc/PID/cgroup
 * (cgroups(7)). Puts a NUL in place of its newline. NULL if there is none.
 */
static char *find_path(char *text, const struct controller **controller)
{
	char *unified = NULL;

	while (*text) {
		char *end = text + strcspn(text, "\n");
		char *next = *end ? end + 1 : end;
		char *controllers = strchr(text, ':');
		char *path = controllers ? strchr(controllers + 1, ':') : NULL;

		*end = '\0';
		if (path && path[1] == '/') {
			*path++ = '\0';
			if (strcmp(controllers, ":memory") == 0) {
				*controller = &v1;
				return path;
			}
			if (!controllers[1])
				unified = path;
		}
		text = next;
	}
	*controller = &v2;
	return unified;
}

/* Checks the process's cgroup and all that contain it, as far as they are visible here. */
static bool fits_in_cgroups(struct asked *asked, const char *cgroup, const char *root,
			    uint64_t bytes)
{
	const struct controller *controller;
	char *text = read_file(&asked->file, cgroup);
	char *path = text ? find_path(text, &controller) : NULL;
	struct text *name = &asked->name;
	size_t top, bottom;

	if (!path)
		return true;
	text_add(name, root);
	text_add(name, controller->directory);
	top = name->length;
	text_add(name, path);
	bottom = name->length;
	/* Upwards, because file names overwrite the end of the path. */
	for (size_t end = bottom; end > top; end--)
		if ((end == bottom || name->bytes[end] == '/') &&
		    !fits_in(asked, end, controller, bytes))
			return false;
	return fits_in(asked, top, controller, bytes);
}

bool room_told_by(const char *cgroup, const char *root, const char *meminfo, uint64_t bytes)
{
	char *memory = memory_borrow(PATH_MAX + FILE_ROOM);
	struct asked asked = { { memory, PATH_MAX, 0 }, { memory + PATH_MAX, FILE_ROOM, 0 } };
	uint64_t available;
	bool fits;

	if (!memory)
		return true;
	bytes += SLACK;
	fits = fits_in_cgroups(&asked, cgroup, root, bytes);
	available = number_of(read_file(&asked.file, meminfo), "MemAvailable:");
	if (available != UINT64_MAX && available < bytes / 1024)
		fits = false;
	memory_give_back(memory, PATH_MAX + FILE_ROOM);
	return fits;
}

bool room_in_memory(uint64_t bytes)
{
	if (atomic_fetch_add(&unasked, bytes) + bytes < UNASKED)
		return true;
	atomic_store(&unasked, 0);
	return room_told_by("/proc/self/cgroup", "/sys/fs/cgroup", "/proc/meminfo", bytes);
}
