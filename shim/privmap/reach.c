/* SPDX-License-Identifier: MIT */
/*
 * Tells whether an engine can reach a program.
 */
#include "reach.h"

#include "abi.h"
#include "text.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

/*
 * With no_new_privs the program gets no capabilities; but the kernel treats a file with the
 * effective bit as if it did.
 */
static bool has_capabilities(const char *path, bool no_new_privs)
{
	struct vfs_ns_cap_data file = { 0 };

	if (getxattr(path, "security.capability", &file, sizeof(file)) <= 0)
		return false;
	return !no_new_privs || le32toh(file.magic_etc) & VFS_CAP_FLAGS_EFFECTIVE;
}

/* The conditions of secure-execution mode: ld.so(8), and the kernel's security/commoncap.c. */
const char *privileges_of(const char *path, bool gained)
{
	bool no_new_privs = gained && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
	bool capabilities = (!gained || getuid() != 0) && has_capabilities(path, no_new_privs);
	struct stat file;
	struct statvfs mount;

	if (stat(path, &file))
		return NULL;
	if (gained && statvfs(path, &mount) == 0 && mount.f_flag & ST_NOSUID)
		return NULL;
	if (file.st_mode & S_ISUID && !no_new_privs && !(gained && file.st_uid == getuid()))
		return "set-user-ID";
	if ((file.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && !no_new_privs &&
	    !(gained && file.st_gid == getgid()))
		return "set-group-ID";
	return capabilities ? "file capabilities" : NULL;
}

/* This command was built together with the library: they have the same machine and libc. */
static int look_at_self(struct elf *self)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int error;

	if (fd < 0) /* /proc is not mounted */
		fd = open((const char *)(uintptr_t)getauxval(AT_EXECFN), O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	error = elf_look(fd, self);
	close(fd);
	return error;
}

const char *elf_machine_name(const struct elf *elf, char *room)
{
	switch (elf->machine) {
	case EM_X86_64:
		return elf->class == ELFCLASS32 ? "x32" : "x86_64";
	case EM_386:
		return "i386";
	case EM_AARCH64:
		return "aarch64";
	case EM_ARM:
		return "arm";
	case EM_RISCV:
		return "riscv";
	case EM_PPC64:
		return "ppc64";
	case EM_S390:
		return "s390";
	default:
		snprintf(room, 16, "machine %u", elf->machine);
		return room;
	}
}

static struct reach because(bool reached, bool unusual, const char *format, const char *detail)
{
	struct reach reach = { .reached = reached, .unusual = unusual };

	snprintf(reach.why, sizeof(reach.why), format, detail);
	return reach;
}

struct reach reach_by_preload(const struct program *program)
{
	const struct elf *elf = &program->elf;
	const char *gained = privileges_of(program->path, true);
	struct reach reach;
	struct elf self;
	char room[16];

	if (gained) {
		reach = because(false, true,
				"it runs with other privileges (%s), so LD_PRELOAD is ignored",
				gained);
		reach.loses = getuid() != 0 && prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1;
		return reach;
	}
	if (program->fd < 0 || look_at_self(&self))
		return because(true, false, "it cannot be read, and a dynamic program is assumed%s",
			       "");
	if (elf->machine != self.machine || elf->class != self.class || elf->data != self.data)
		return because(false, true, "it is for another architecture (%s)",
			       elf_machine_name(elf, room));
	if (elf->patched)
		return because(true, false, "it is patched, and serves itself%s", "");
	if (elf->go)
		return because(false, false,
			       "it is a Go program, which calls the kernel without libc%s", "");
	if (!elf->interpreter[0])
		return because(false, false,
			       "it is a static program, for which LD_PRELOAD does nothing%s", "");
	if (strcmp(last_component(elf->interpreter), last_component(self.interpreter)) != 0)
		return because(false, true, "it uses another libc (%s)",
			       last_component(elf->interpreter));
	return because(true, false, "it is a dynamic program (%s)",
		       last_component(elf->interpreter));
}

/* The numbers of ABIs in seccomp(2), which the tracer uses, are made of fields of ELF headers. */
bool reach_by_trace(const struct elf *elf)
{
	return abi_of(elf->machine | (elf->class == ELFCLASS64 ? __AUDIT_ARCH_64BIT : 0) |
		      (elf->data == ELFDATA2LSB ? __AUDIT_ARCH_LE : 0)) != NULL;
}
