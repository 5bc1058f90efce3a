/*
 * Which mappings a directory's filesystem refuses: each kind is tried on a temporary file. Called
 * by doctor.c.
 */
#include "ctl.h"
#include "doctor.h"
#include "filesystem.h"
#include "json.h"
#include "mapping.h"
#include "mount.h"
#include "procfs.h"
#include "remedy.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

static const struct kind {
	const char *name, *text;
	int access, prot, flags;
} kinds[] = {
	{ "shared-read", "shared, read-only, opened read-only", O_RDONLY, PROT_READ, MAP_SHARED },
	{ "shared-read-rdwr", "shared, read-only, opened for writing", O_RDWR, PROT_READ,
	  MAP_SHARED },
	{ "shared-write", "shared, writable", O_RDWR, PROT_READ | PROT_WRITE, MAP_SHARED },
	{ "private", "private", O_RDONLY, PROT_READ, MAP_PRIVATE },
	{ "executable", "private, executable", O_RDONLY, PROT_READ | PROT_EXEC, MAP_PRIVATE },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };

struct found {
	int errors[KINDS];	/* 0: it works */
	bool converted[KINDS];	/* an engine of privmap's has served it already */
	bool untouchable, noexec;
	bool mounted;
	struct mount mount;
	struct utsname kernel;
};

/* As the kernel shows it: privmap answers a refused mapping with a private one. */
static bool shown_as_shared(const void *addr)
{
	struct maps_reader reader = { .address = (uintptr_t)addr };
	FILE *maps = fopen("/proc/self/maps", "re");
	char bytes[4096];
	bool found = false;
	size_t count;

	if (!maps)
		return true;
	while (!found && (count = fread(bytes, 1, sizeof(bytes), maps)) > 0)
		found = maps_read(&reader, bytes, count);
	fclose(maps);
	return !found || reader.found.shared;
}

/* Not by way of libc's mmap(), which may be libprivmap.so's in this very process. */
static void *raw_mmap(size_t length, const struct kind *kind, int fd)
{
#ifdef SYS_mmap2
	return (void *)syscall(SYS_mmap2, NULL, length, kind->prot, kind->flags, fd, 0);
#else
	return (void *)syscall(SYS_mmap, NULL, length, kind->prot, kind->flags, fd, 0);
#endif
}

static int try_kind(const char *file, size_t page, const struct kind *kind, bool *converted)
{
	int fd = open(file, kind->access | O_CLOEXEC);
	int error = 0;
	void *addr;

	if (fd < 0)
		return errno;
	addr = raw_mmap(page, kind, fd);
	if (addr == MAP_FAILED) {
		error = errno;
	} else {
		*converted = kind->flags == MAP_SHARED && !shown_as_shared(addr);
		syscall(SYS_munmap, addr, page);
	}
	close(fd);
	return error;
}

static void try_kinds(const char *file, int fd, size_t page, struct found *found)
{
	struct statfs system;
	struct statvfs flags;

	for (size_t i = 0; i < KINDS; i++)
		found->errors[i] = try_kind(file, page, kinds + i, found->converted + i);
	found->untouchable = fstatfs(fd, &system) == 0 &&
			     filesystem_is_untouchable((unsigned long)system.f_type);
	found->noexec = fstatvfs(fd, &flags) == 0 && flags.f_flag & ST_NOEXEC;
	found->mounted = mount_of(fd, &found->mount);
	uname(&found->kernel);
}

static char *temporary;

/* Who is ended takes the file along. Should that hang as well, the next signal ends us at once. */
static void remove_temporary(int signal)
{
	unlink(temporary);
	raise(signal);
}

static void when_ended(void (*handler)(int))
{
	static const int signals[] = { SIGHUP, SIGINT, SIGTERM };
	const struct sigaction action = {
		.sa_handler = handler,
		.sa_flags = (int)(SA_RESETHAND | SA_NODEFER),
	};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
}

/* On a file of one page, which is removed. */
static int try_directory(const char *name, struct found *found)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *file = temporary = ctl_text("%s/.privmap-doctor.XXXXXX", name);
	char *bytes = memset(ctl_memory(page), 'x', page);
	int fd, error = 0;

	when_ended(remove_temporary);
	fd = mkostemp(file, O_CLOEXEC);
	if (fd < 0) {
		error = errno;
	} else {
		ssize_t written = write(fd, bytes, page);

		if (written != (ssize_t)page)
			error = written < 0 ? errno : ENOSPC;
		else
			try_kinds(file, fd, page, found);
		if (unlink(file) && !error)
			error = errno;
		close(fd);
	}
	when_ended(SIG_DFL);
	free(bytes);
	return error;
}

static bool refused(const struct found *found, size_t i)
{
	return found->converted[i] || mapping_errno_refuses(found->errors[i]);
}

static bool servable(const struct found *found, size_t i)
{
	return refused(found, i) && !found->untouchable &&
	       (mapping_is_candidate(kinds[i].prot, kinds[i].flags) ||
		mapping_is_private_candidate(kinds[i].prot, kinds[i].flags));
}

static const char *verdict(const struct found *found, size_t i)
{
	if (found->converted[i])
		return "refused, and served by privmap at this moment";
	if (!found->errors[i])
		return "works";
	if (!refused(found, i))
		return found->errors[i] == EPERM && found->noexec ?
			       "not allowed: it is mounted noexec" :
			       "not allowed, which privmap does not change";
	if (found->untouchable)
		return "refused; privmap never touches this filesystem";
	if (servable(found, i))
		return kinds[i].flags == MAP_PRIVATE ?
			       "refused; privmap serves it by a copy, where a rule matches" :
			       "refused; privmap serves it, where a rule matches";
	return kinds[i].prot & PROT_WRITE ?
		       "refused; cannot be served: what is written would be lost" :
		       "refused; cannot be served: what has PROT_EXEC is not copied";
}

static bool refuses(const struct found *found)
{
	for (size_t i = 0; i < KINDS; i++)
		if (refused(found, i))
			return true;
	return false;
}

static void print_json(const char *name, const struct found *found)
{
	const char *const *remedy = remedies_for(found->mounted ? found->mount.type : "");

	json_object(NULL);
	json_string("kind", "directory");
	json_string("directory", name);
	json_string("filesystem", found->mounted ? found->mount.type : NULL);
	json_string("mounted_on", found->mounted ? found->mount.point : NULL);
	json_string("source", found->mounted ? found->mount.source : NULL);
	json_string("options", found->mounted ? found->mount.options : NULL);
	json_string("kernel", found->kernel.release);
	json_bool("refuses", refuses(found));
	json_array("mappings");
	for (size_t i = 0; i < KINDS; i++) {
		json_object(NULL);
		json_string("mapping", kinds[i].name);
		json_string("errno", found->errors[i] ? ctl_errno_name(found->errors[i]) : NULL);
		json_bool("refused", refused(found, i));
		json_bool("servable", servable(found, i));
		json_string("verdict", verdict(found, i));
		json_end();
	}
	json_end();
	json_array("remedies");
	for (; refuses(found) && *remedy; remedy++)
		json_string(NULL, *remedy);
	json_end();
	json_end();
}

static void print(const char *name, const struct found *found)
{
	const char *const *remedy = remedies_for(found->mounted ? found->mount.type : "");

	printf("%s\n", ctl_shown(name));
	if (found->mounted)
		printf("  %s of %s on %s, options %s\n", ctl_shown(found->mount.type),
		       ctl_shown(found->mount.source), ctl_shown(found->mount.point),
		       ctl_shown(found->mount.options));
	printf("  Linux %s\n", found->kernel.release);
	for (size_t i = 0; i < KINDS; i++)
		printf("  %-38s %-10s %s\n", kinds[i].text,
		       found->errors[i] ? ctl_errno_name(found->errors[i]) : "-",
		       verdict(found, i));
	if (!refuses(found)) {
		puts("  nothing is refused: privmap has nothing to do here");
		return;
	}
	puts("  which files a rule matches, says: privmapctl why FILE");
	for (; *remedy; remedy++)
		printf("  remedy: %s\n", *remedy);
}

int doctor_directory(const char *name)
{
	struct found found = { .mounted = false };
	int error = try_directory(name, &found);

	if (error) {
		ctl_complain("'%s': cannot try mappings on a temporary file there: %s", name,
			     strerror(error));
		return CTL_FAILED;
	}
	(ctl_json ? print_json : print)(name, &found);
	return refuses(&found) ? CTL_FINDING : CTL_FINE;
}
