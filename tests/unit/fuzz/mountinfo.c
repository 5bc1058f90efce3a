/* SPDX-License-Identifier: MIT */
/*
 * mountinfo_read(). Input: what to look for; a mount, printed as the kernel does and read back;
 * then a text, read at once and in pieces.
 */
#include "fuzz.h"

#include "procfs.h"

#include <sys/sysmacros.h>

struct mount {
	uint32_t id, parent, major, minor;
	uint8_t by_device, tags, piece, type_length;
	char type[80];
};

static struct mountinfo_reader reader_for(const struct mount *mount)
{
	struct mountinfo_reader reader = { .mount_id = 0 };

	if (mount->by_device & 1 || !mount->id)
		reader.device = makedev(mount->major & 0xfff, mount->minor & 0xfffff);
	else
		reader.mount_id = mount->id;
	return reader;
}

static struct mountinfo_reader look(const struct mount *mount, const char *text, size_t size,
				    size_t piece)
{
	struct mountinfo_reader reader = reader_for(mount);

	for (size_t at = 0; at < size; at += piece) {
		size_t count = size - at < piece ? size - at : piece;
		char *bytes = input_copy(text + at, count);

		mountinfo_read(&reader, bytes, count);
		free(bytes);
	}
	return reader;
}

/* Makes a type without blanks and NULs, as the kernel prints it. */
static void make_type(struct mount *mount)
{
	size_t length = mount->type_length % sizeof(mount->type);

	for (size_t i = 0; i < length; i++)
		if (mount->type[i] <= ' ')
			mount->type[i] = 'x';
	mount->type[length] = '\0';
}

static void read_back(const struct mount *mount)
{
	static const char *const tags[] = { "", " shared:7", " master:2 propagate_from:1",
					    " unbindable" };
	char line[400], wanted[FILESYSTEM_NAME];
	int size = snprintf(line, sizeof(line),
			    "%u %u %u:%u / /mnt/a\\040b rw,relatime%s - %s source rw,-\n",
			    mount->id, mount->parent, mount->major & 0xfff, mount->minor & 0xfffff,
			    tags[mount->tags % 4], mount->type);
	struct mountinfo_reader reader = look(mount, line, (size_t)size, 1 + mount->piece % 100);

	snprintf(wanted, sizeof(wanted), "%.*s", FILESYSTEM_NAME - 1, mount->type);
	MUST(reader.found && !strcmp(reader.name, wanted));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input input = { bytes, size };
	struct mountinfo_reader whole, pieces;
	struct mount mount;

	input_take(&input, &mount, sizeof(mount));
	make_type(&mount);
	read_back(&mount);
	whole = look(&mount, (const char *)input.bytes, input.size, input.size + 1);
	pieces = look(&mount, (const char *)input.bytes, input.size, 1 + mount.piece % 100);
	MUST(whole.found == pieces.found);
	if (whole.found) {
		MUST(memchr(whole.name, '\0', sizeof(whole.name)));
		MUST(!strpbrk(whole.name, " \n"));
		MUST(!strcmp(whole.name, pieces.name));
	}
	return 0;
}
