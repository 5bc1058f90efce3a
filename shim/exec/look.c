/* SPDX-License-Identifier: MIT */
/*
 * The file, what interprets it, and whether the kernel would run it.
 *
 * It is opened for a moment. So a process that holds a record lock (fcntl(2), F_SETLK) on the very
 * program that it then executes loses that lock. Nothing else could be seen of the look.
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

/* This library's own header, in memory: what it is built for. */
extern const ElfW(Ehdr) __ehdr_start __attribute__((visibility("hidden")));

#ifdef SYS_newfstatat
typedef struct stat file_status;
#define kernel_stat(at, path, status, flags) kernel(SYS_newfstatat, at, path, status, flags)
#else
typedef struct stat64 file_status;
#define kernel_stat(at, path, status, flags) kernel(SYS_fstatat64, at, path, status, flags)
#endif

/* The dynamic linker of this process, in whose memory its name stands. NULL: unknown. */
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

/* Whether the tracer knows its system calls, which it tells by what stands in ELF headers. */
static bool is_traceable(const struct elf *elf)
{
	return abi_of(elf->machine | (elf->class == ELFCLASS64 ? __AUDIT_ARCH_64BIT : 0) |
		      (elf->data == ELFDATA2LSB ? __AUDIT_ARCH_LE : 0)) != NULL;
}

static enum look judge(const struct elf *elf)
{
	const char *interpreter;

	if (!elf->sound || !is_traceable(elf))
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

/* Whether it runs as another user or group than this process; ld.so(8), secure-execution mode. */
static bool gives(const file_status *file)
{
	return ((file->st_mode & S_ISUID && file->st_uid != (uid_t)kernel_geteuid()) ||
		((file->st_mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP) &&
		 file->st_gid != (gid_t)kernel_getegid())) &&
	       kernel(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1;
}

/* What is out of reach must be there altogether. */
static enum look finish(enum look look, int fd, const struct elf *elf, bool privileged, bool spawns)
{
	const struct place interpreter = { AT_FDCWD, elf->interpreter, 0, spawns };

	if (privileged)
		return LOOK_OWN_RIGHTS;
	if (look == LOOK_REACHED)
		return look;
	if (elf->interpreter[0] && !look_runs(&interpreter))
		return LOOK_REACHED;
	return kernel(SYS_fgetxattr, fd, "security.capability", NULL, 0) > 0 ? LOOK_OWN_RIGHTS :
									       look;
}

/* Of what it calls a place, if that means the same when it is looked at from another process. */
static bool is_lasting(const char *path)
{
	return strncmp(path, "/proc/", 6) != 0 && strncmp(path, "/dev/fd/", 8) != 0;
}

enum look look_at(const struct place *place)
{
	char line[SCRIPT_LINE + 1];
	struct place at = *place;

	if (!is_lasting(place->path))
		return LOOK_REACHED;
	for (int depth = 0; depth <= SCRIPT_DEPTH; depth++) {
		bool is_open = !at.path[0];
		enum look look = LOOK_REACHED;
		const char *interpreter = NULL;
		file_status status;
		struct elf elf;
		word error, fd = at.at;

		/* Opening what is no file may have effects. */
		if (kernel_stat(at.at, at.path, &status, at.flags) || !S_ISREG(status.st_mode))
			return LOOK_REACHED;
		if (!is_open)
			fd = kernel(SYS_openat, at.at, at.path,
				    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd < 0)
			return LOOK_REACHED;
		error = elf_look((int)fd, &elf);
		if (!error) {
			look = finish(judge(&elf), (int)fd, &elf, gives(&status), at.spawns);
		} else if (error == ENOEXEC) {
			word count = kernel_pread(fd, line, SCRIPT_LINE, 0);

			/* One of a descriptor may find that closed. */
			if (count >= 0 && at.at == AT_FDCWD && memchr(line, '\n', (size_t)count))
				interpreter = script_interpreter(line, (size_t)count, NULL);
		}
		if (!is_open)
			kernel(SYS_close, fd);
		if (!interpreter || !*interpreter)
			return look;
		at = (struct place){ AT_FDCWD, interpreter, 0, at.spawns };
	}
	return LOOK_REACHED;
}

/* Linux before 5.9 refuses new threads (EAGAIN) while another one is in an exec, from its start. */
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
 * The kernel opens a program as it will be run before it counts arguments (fs/exec.c), and these
 * are nowhere.
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
