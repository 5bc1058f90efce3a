/* SPDX-License-Identifier: MIT */
/*
 * The launcher that replaces a program which no preload library reaches (launcher/launcher.c). This
 * file writes into it which program it is for, and reads that from it.
 */
#include "ctl.h"
#include "elf-look.h"
#include "launcher.h"
#include "patch.h"
#include "replace.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* From launcher/bytes.S. */
extern const char launcher_bytes[];
extern const uint32_t launcher_size;

/* No launcher is larger; this command, which contains one, is. */
enum { LAUNCHER_MOST = 32768, PIECE = 65536 };

/* Finds the record of a launcher in its file. */
static struct launcher *find(char *bytes, size_t size)
{
	char *found = memmem(bytes, size, LAUNCHER_MAGIC, sizeof(LAUNCHER_MAGIC));

	return found && size - (size_t)(found - bytes) >= sizeof(struct launcher) ? (void *)found :
										    NULL;
}

bool launcher_read(int fd, struct launcher *launcher)
{
	static char bytes[LAUNCHER_MOST + 1];
	ssize_t count = pread(fd, bytes, sizeof(bytes), 0);
	struct launcher *found;

	if (count < 0 || count > LAUNCHER_MOST || !(found = find(bytes, (size_t)count)))
		return false;
	memcpy(launcher, found, sizeof(*launcher));
	launcher->privmap[sizeof(launcher->privmap) - 1] = '\0';
	launcher->original[sizeof(launcher->original) - 1] = '\0';
	return true;
}

/* FNV-1a: detects mistakes, not malice. */
bool file_sum(const char *file, uint64_t *size, uint64_t *sum)
{
	static unsigned char piece[PIECE];
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	ssize_t count = -1;

	*size = 0;
	*sum = UINT64_C(0xcbf29ce484222325);
	while (fd >= 0 && (count = read(fd, piece, sizeof(piece))) > 0) {
		for (ssize_t i = 0; i < count; i++)
			*sum = (*sum ^ piece[i]) * UINT64_C(0x100000001b3);
		*size += (uint64_t)count;
	}
	if (fd >= 0)
		close(fd);
	return count == 0;
}

bool launcher_is_for(const struct launcher *launcher, const char *file)
{
	uint64_t size, sum;

	return file_sum(file, &size, &sum) && size == launcher->size && sum == launcher->sum;
}

/* For a 64-bit ELF file without an interpreter: only programs have DF_1_PIE. */
static bool is_marked_as_program(int fd)
{
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	Elf64_Dyn entry;

	if (pread(fd, &header, sizeof(header), 0) != (ssize_t)sizeof(header) ||
	    header.e_ident[EI_CLASS] != ELFCLASS64)
		return false;
	for (unsigned i = 0; i < header.e_phnum; i++) {
		if (pread(fd, &segment, sizeof(segment),
			  (off_t)(header.e_phoff + i * sizeof(segment))) !=
		    (ssize_t)sizeof(segment))
			return false;
		if (segment.p_type != PT_DYNAMIC)
			continue;
		for (uint64_t at = 0; at < segment.p_filesz; at += sizeof(entry)) {
			if (pread(fd, &entry, sizeof(entry), (off_t)(segment.p_offset + at)) !=
			    (ssize_t)sizeof(entry))
				return false;
			if (entry.d_tag == DT_FLAGS_1)
				return entry.d_un.d_val & DF_1_PIE;
		}
	}
	return false;
}

bool launcher_can_stand_for(int fd, const struct elf *elf)
{
	Elf64_Half type; /* at the same place in both classes */

	if (pread(fd, &type, sizeof(type), offsetof(Elf64_Ehdr, e_type)) != (ssize_t)sizeof(type))
		return false;
	return type == ET_EXEC ||
	       (type == ET_DYN && (elf->interpreter[0] || is_marked_as_program(fd)));
}

static void fill(struct launcher *launcher, const struct patch *patch)
{
	if (strlen(patch->privmap) >= sizeof(launcher->privmap) ||
	    strlen(patch->original) >= sizeof(launcher->original))
		give_up(patch, "cannot be patched: %s", strerror(ENAMETOOLONG));
	if (access(patch->privmap, X_OK))
		give_up(patch, "cannot be patched: %s: %s", patch->privmap, strerror(errno));
	if (!file_sum(patch->binary, &launcher->size, &launcher->sum))
		give_up(patch, "cannot be read: %s", strerror(errno));
	strcpy(launcher->privmap, patch->privmap);
	strcpy(launcher->original, patch->original);
}

static int write_all(int fd, const char *bytes, size_t size)
{
	ssize_t count;

	for (; size; bytes += count, size -= (size_t)count) {
		count = write(fd, bytes, size);
		if (count < 0)
			return errno;
	}
	return 0;
}

void patch_with_launcher(struct patch *patch)
{
	size_t size = launcher_size;
	char *bytes = memcpy(cli_memory(size), launcher_bytes, size);
	int from, to, error;

	fill(find(bytes, size), patch);
	from = open(patch->binary, O_RDONLY | O_CLOEXEC);
	to = from < 0 ? -1 : replace_temporary(patch->binary, &patch->copy);
	if (to < 0)
		give_up(patch, "cannot be patched: %s", strerror(errno));
	error = write_all(to, bytes, size);
	if (!error)
		error = copy_attributes(from, to);
	close(to);
	close(from);
	if (error)
		give_up(patch, "cannot be replaced, with owner, mode and attributes: %s",
			strerror(error));
}
