/* SPDX-License-Identifier: MIT */
/*
 * Looks at the file and its interpreters, and whether the kernel would run it.
 *
 * It opens the file for a moment. So a process that has a record lock (fcntl(2), F_SETLK) on the
 * program that it executes loses that lock. There is no other visible effect.
 */
#include "look.h"

#include "abi.h"
#include "elf-look.h"
#include "kernel.h"
#include "script.h"
#include "text.h"

#include <elf.h>
#include <linux/audit.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/utsname.h>

/* This library's ELF header in memory: the machine that it is built for. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

#ifdef SYS_newfstatat
typedef struct stat file_status;
#define kernel_stat(at, path, status, flags) kernel(SYS_newfstatat, at, path, status, flags)
#else
typedef struct stat64 file_status;
#define kernel_stat(at, path, status, flags) kernel(SYS_fstatat64, at, path, status, flags)
#endif

/* The name of this process's dynamic linker, from the program in memory. NULL: unknown. */
static const char *own_interpreter(void)
{
	const ElfW(Phdr) *header = (const ElfW(Phdr) *)getauxval(AT_PHDR);
	unsigned long count = getauxval(AT_PHNUM);
	uintptr_t base = 0;

	for (unsigned long i = 0; header && i < count; i++) {
		if (header[i].p_type == PT_PHDR)
			base = (uintptr_t)header - header[i].p_vaddr;
		else if (header[i].p_type == PT_INTERP && base)
			return (const char *)(base + header[i].p_vaddr);
	}
	return NULL;
}

/* Whether the tracer knows the system calls of the program's machine. */
static bool is_traceable(const struct elf *elf)
{
	return abi_of(elf->machine | (elf->class == ELFCLASS64 ? __AUDIT_ARCH_64BIT : 0) |
		      (elf->data == ELFDATA2LSB ? __AUDIT_ARCH_LE : 0)) != NULL;
}

static enum look judge(const struct elf *elf)
{
	const char *interpreter;

	if (!elf->sound || elf->patched || !is_traceable(elf))
		return LOOK_REACHED;
	if (!elf->interpreter[0])
		return LOOK_STATIC;
	if (elf->machine != __ehdr_start.e_machine || elf->class != __ehdr_start.e_ident[EI_CLASS])
		return LOOK_APART;
	interpreter = own_interpreter();
	if (interpreter &&
	    strcmp(last_component(interpreter), last_component(elf->interpreter)) != 0)
		return LOOK_APART;
	return elf->go ? LOOK_STATIC : LOOK_REACHED;
}

#ifdef SYS_geteuid32
#define kernel_geteuid() kernel(SYS_geteuid32)
#define kernel_getegid() kernel(SYS_getegid32)
#else
#define kernel_geteuid() kernel(SYS_geteuid)
#define kernel_getegid() kernel(SYS_getegid)
#endif

/* Whether it would run as another user or group (ld.so(8), secure-execution mode). */
static bool gives(const file_status *file)
{
	return ((file->st_mode & S_ISUID && file->st_uid != (uid_t)kernel_geteuid()) ||
		((file->st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
		 file->st_gid != (gid_t)kernel_getegid())) &&
	       kernel(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1;
}

static word open_at(int at, const char *path)
{
	return kernel(SYS_openat, at, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* A dynamic linker must be an ELF program; the kernel does not run one through an interpreter. */
static bool is_linker(const struct place *place, struct elf *elf)
{
	word fd = open_at(place->at, place->path);
	bool is = fd >= 0 && !elf_look((int)fd, elf) && elf->sound;

	kernel(SYS_close, fd);
	return is && look_runs(place);
}

/* A program that the library does not reach must also have its dynamic linker. Overwrites elf. */
static enum look finish(enum look look, int fd, struct elf *elf, bool privileged, bool spawns)
{
	char linker[sizeof(elf->interpreter)];
	const struct place place = { AT_FDCWD, linker, 0, spawns };

	if (privileged)
		return LOOK_OWN_RIGHTS;
	if (look == LOOK_REACHED)
		return look;
	memcpy(linker, elf->interpreter, sizeof(linker));
	if (linker[0] && !is_linker(&place, elf))
		return LOOK_REACHED;
	/* root has them anyway (ld.so(8), secure-execution mode). */
	if (kernel(SYS_getuid) && kernel(SYS_fgetxattr, fd, "security.capability", NULL, 0) > 0)
		return LOOK_OWN_RIGHTS;
	return look;
}

static bool begins(const char *path, const char *with)
{
	return strncmp(path, with, strlen(with)) == 0;
}

bool look_lasts(const struct place *place)
{
	return !begins(place->path, "/proc/") && !begins(place->path, "/dev/fd/");
}

/* Reading other files there may block. */
static bool may_be_looked_at(const struct place *place)
{
	return look_lasts(place) || begins(place->path, "/proc/self/") ||
	       begins(place->path, "/dev/fd/");
}

/* A descriptor that is open already stays open, but may be open as O_PATH only. */
static word open_to_read(const struct place *place, bool *opened)
{
	char name[32], byte;
	struct text text = { name, sizeof(name), 0 };

	*opened = true;
	if (place->path[0])
		return open_at(place->at, place->path);
	if (kernel_pread(place->at, &byte, 1, 0) >= 0) {
		*opened = false;
		return place->at;
	}
	text_add(&text, "/proc/self/fd/");
	text_add_number(&text, (size_t)place->at);
	return open_at(AT_FDCWD, text_string(&text));
}

/*
 * The interpreter in line, if the file at place is a script that the kernel may follow: not if its
 * name may be cut off.
 */
static const char *interpreter_in(char line[SCRIPT_LINE + 1], int fd, const struct place *place)
{
	word count = kernel_pread(fd, line, SCRIPT_LINE, 0);
	const char *name;

	/* A script that is run by its descriptor may find that closed. */
	if (count < 0 || place->at != AT_FDCWD)
		return NULL;
	name = script_interpreter(line, (size_t)count, NULL);
	return name && name + strlen(name) < line + SCRIPT_LINE ? name : NULL;
}

enum look look_at(const struct place *place)
{
	char line[SCRIPT_LINE + 1];
	struct place at = *place;

	if (!may_be_looked_at(place))
		return LOOK_REACHED;
	for (int depth = 0; depth <= SCRIPT_DEPTH; depth++) {
		enum look look = LOOK_REACHED;
		const char *interpreter = NULL;
		file_status status;
		bool opened, runs;
		struct elf elf;
		word error, fd;

		/* Opening other things than files may have effects. */
		if (kernel_stat(at.at, at.path, &status, at.flags) || !S_ISREG(status.st_mode))
			return LOOK_REACHED;
		fd = open_to_read(&at, &opened);
		if (fd < 0)
			return LOOK_REACHED;
		error = elf_look((int)fd, &elf);
		if (!error)
			look = finish(judge(&elf), (int)fd, &elf, gives(&status), at.spawns);
		/* The interpreter of a script must run, too. Its name is in line. */
		runs = !depth || (error != ENOEXEC && look == LOOK_REACHED) || look_runs(&at);
		if (runs && error == ENOEXEC)
			interpreter = interpreter_in(line, (int)fd, &at);
		if (opened)
			kernel(SYS_close, fd);
		if (!interpreter || !*interpreter)
			return runs ? look : LOOK_REACHED;
		at = (struct place){ AT_FDCWD, interpreter, 0, at.spawns };
	}
	return LOOK_REACHED;
}

/* Linux before 5.9 refuses new threads (EAGAIN) from the start of another thread's exec on. */
static bool keeps_threads_out(void)
{
	struct utsname kernel_is;
	const char *release = kernel_is.release;

	if (kernel(SYS_uname, &kernel_is))
		return true;
	return release[1] == '.' &&
	       (release[0] < '5' || (release[0] == '5' && release[3] == '.' && release[2] < '9'));
}

/*
 * Tries it with arguments at invalid addresses: the kernel opens the program for execution before
 * it counts arguments (fs/exec.c).
 */
bool look_runs(const struct place *place)
{
	const uintptr_t nowhere = (uintptr_t)-4096;
	word answer;

	if (place->spawns && keeps_threads_out())
		return true;
	answer = place->at == AT_FDCWD && !place->flags ?
			 kernel(SYS_execve, place->path, nowhere, nowhere) :
			 kernel(SYS_execveat, place->at, place->path, nowhere, nowhere,
				place->flags);

	return answer == -EFAULT;
}
