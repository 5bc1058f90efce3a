/* SPDX-License-Identifier: MIT */
/*
 * elf_look(). Input: an ELF file.
 */
#include "fuzz.h"

#include "reach.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static int fd = -1;
	struct elf elf;
	char room[16];
	int error;

	if (fd < 0)
		fd = memfd_create("elf", MFD_CLOEXEC);
	MUST(fd >= 0 && !ftruncate(fd, 0) && pwrite(fd, bytes, size, 0) == (ssize_t)size);
	error = elf_look(fd, &elf);
	MUST(error == 0 || error == ENOEXEC || error == EINVAL);
	if (!error) {
		MUST(memchr(elf.interpreter, '\0', sizeof(elf.interpreter)));
		MUST(strlen(elf_machine_name(&elf, room)) < sizeof(room));
	}
	return 0;
}
