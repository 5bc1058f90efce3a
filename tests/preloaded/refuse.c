/* SPDX-License-Identifier: MIT */
/*
 * A library that refuses file mappings as a filesystem would, with any errno. It comes after
 * libprivmap.so in LD_PRELOAD, so that our "next mmap" is this one. REFUSE_ERRNO: the number of the
 * errno. REFUSE_PRIVATE=1: private mappings, too; =2: also those of copies (memfds, nameless
 * files). REFUSE_VALIDATED=1: only MAP_SHARED_VALIDATE, like a kernel that does not know it.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Set from the environment, and by tests that try several in turn; never while threads run. */
__attribute__((visibility("default"))) int refuse_errno;
__attribute__((visibility("default"))) int refuse_private;
__attribute__((visibility("default"))) int refuse_validated;
/* Refuses before anything is unmapped, as the kernel does for files without any mmap. */
__attribute__((visibility("default"))) int refuse_early;

__attribute__((constructor)) static void start(void)
{
	const char *number = getenv("REFUSE_ERRNO");
	const char *more = getenv("REFUSE_PRIVATE");
	const char *validated = getenv("REFUSE_VALIDATED");

	refuse_errno = number ? atoi(number) : 0;
	refuse_private = more ? atoi(more) : 0;
	refuse_validated = validated ? atoi(validated) : 0;
}

/*
 * True for a memfd or an O_TMPFILE file, as copies are. Hosts may have too little stack for stdio.
 * Calls no function of libc that ThreadSanitizer intercepts: it would run the host's signal
 * handlers there, while the library holds a lock and has signals blocked.
 */
static int is_nameless(int fd)
{
	char link[40] = "/proc/thread-self/fd/", name[128];
	size_t digits = 1, end = sizeof("/proc/thread-self/fd/") - 1;
	long length;

	for (int rest = fd; rest > 9; rest /= 10)
		digits++;
	for (int rest = fd; digits--; rest /= 10)
		link[end + digits] = (char)('0' + rest % 10);
	length = syscall(SYS_readlinkat, AT_FDCWD, link, name, sizeof(name) - 1);
	for (long i = 0; i + 1 < length; i++)
		if (name[i] == '/' &&
		    (name[i + 1] == '#' || (i == 0 && name[1] == 'm' && name[6] == ':')))
			return 1;
	return 0;
}

static void *map(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
{
	int refused =
		fd >= 0 && !(flags & MAP_ANONYMOUS) && length && !(offset & 4095) &&
		((flags & MAP_TYPE) != MAP_PRIVATE || (refuse_private && !(prot & PROT_EXEC)));

	if (refuse_validated && (flags & MAP_TYPE) != MAP_SHARED_VALIDATE)
		refused = 0;
	if (!refuse_errno || !refused || (refuse_private < 2 && is_nameless(fd)))
		return (void *)syscall(SYS_mmap, addr, length, prot, flags, fd, offset);
	/* Mostly, the kernel has already unmapped what the mapping would have replaced. */
	if (flags & MAP_FIXED && !refuse_early)
		syscall(SYS_munmap, addr, length);
	errno = refuse_errno;
	return MAP_FAILED;
}

__attribute__((visibility("default"))) void *mmap(void *addr, size_t length, int prot, int flags,
						  int fd, off_t offset)
{
	return map(addr, length, prot, flags, fd, offset);
}

__attribute__((visibility("default"))) void *mmap64(void *addr, size_t length, int prot, int flags,
						    int fd, off64_t offset)
{
	return map(addr, length, prot, flags, fd, offset);
}
