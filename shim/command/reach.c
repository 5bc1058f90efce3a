/*
 * Whether the preload library can reach a program. Called by privmap.c.
 */
#include "reach.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

static const char *last_component(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/*
 * What gives the program privileges of its own, so that the dynamic linker ignores LD_PRELOAD
 * (ld.so(8), secure-execution mode; security/commoncap.c); NULL if nothing does.
 */
static const char *privilege(const struct program *program)
{
	struct stat file;
	struct statvfs mount;

	if (stat(program->path, &file) || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return NULL;
	if (statvfs(program->path, &mount) == 0 && mount.f_flag & ST_NOSUID)
		return NULL;
	if (file.st_mode & S_ISUID && file.st_uid != getuid())
		return "set-user-ID";
	if ((file.st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) && file.st_gid != getgid())
		return "set-group-ID";
	if (getuid() != 0 && getxattr(program->path, "security.capability", NULL, 0) > 0)
		return "file capabilities";
	return NULL;
}

/* This command was built with the library: what runs the one runs the other. */
static int look_at_self(struct elf *self)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int error;

	if (fd < 0)
		return errno;
	error = elf_look(fd, self);
	close(fd);
	return error;
}

bool reach_by_preload(const struct program *program, char *why, size_t size)
{
	const struct elf *elf = &program->elf;
	const char *gained = privilege(program);
	struct elf self;
	char room[16];

	if (gained) {
		snprintf(why, size, "it has privileges of its own (%s), for which LD_PRELOAD is ignored",
			 gained);
		return false;
	}
	if (program->fd < 0 || look_at_self(&self)) {
		snprintf(why, size, "it cannot be read, and is taken for a dynamic program");
		return true;
	}
	if (elf->machine != self.machine || elf->class != self.class || elf->data != self.data) {
		snprintf(why, size, "it is for another architecture (%s)",
			 elf_machine_name(elf, room));
		return false;
	}
	if (elf->go) {
		snprintf(why, size, "it is a Go program, which calls the kernel without libc");
		return false;
	}
	if (!elf->interpreter[0]) {
		snprintf(why, size, "it is a static program, for which LD_PRELOAD does nothing");
		return false;
	}
	if (strcmp(last_component(elf->interpreter), last_component(self.interpreter)) != 0) {
		snprintf(why, size, "it uses another libc (%s)", last_component(elf->interpreter));
		return false;
	}
	snprintf(why, size, "it is a dynamic program (%s)", last_component(elf->interpreter));
	return true;
}
