/* SPDX-License-Identifier: MIT */
/*
 * A library that makes calls fail which libprivmap.so passes to the next library: mmap, munmap,
 * mremap, mprotect and pkey_mprotect. (For its own system calls see mmapworld --fault.) It is in
 * LD_PRELOAD twice, as two files. The one before libprivmap.so sees the program's calls; the one
 * after it sees what comes of them: the program's own call, which passes, and calls that the
 * library adds.
 *
 * FAULT=CALL:ERRNO[:N[+]]: each added call fails with that number, or the Nth, or all from the Nth
 * on. FAULT_RECORD=FILE: the file gets the names of added calls.
 */
#define _GNU_SOURCE 1
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct arguments {
	long word[6];
};

/* Shared by both files: the dynamic linker looks the name up, so both use that of the first. */
__attribute__((visibility("default"))) _Thread_local struct asked {
	const char *call; /* the program's call; NULL: none, or it has passed */
	struct arguments arguments;
	bool inside;
} fault_asked;

static bool behind;
static int record = -1;
static char failing[16];
static int error;
static unsigned long first = 1, last = ULONG_MAX;
static atomic_ulong count;

static void read_fault(const char *fault)
{
	char plus = '\0';
	int words = sscanf(fault, "%15[^:]:%d:%lu%c", failing, &error, &first, &plus);

	if (words < 2) {
		static const char wrong[] = "fault: FAULT=CALL:ERRNO[:N[+]] is expected\n";

		_exit(write(2, wrong, sizeof(wrong) - 1) < 0 ? 124 : 125);
	}
	if (words == 3)
		last = first;
}

__attribute__((constructor)) static void start(void)
{
	const char *fault = getenv("FAULT");
	const char *file = getenv("FAULT_RECORD");
	Dl_info of_first, of_this;

	/* Every program and library finds the functions of the first one. */
	behind = dladdr(dlsym(RTLD_DEFAULT, "mmap"), &of_first) && dladdr(&behind, &of_this) &&
		 of_first.dli_fbase != of_this.dli_fbase;
	if (!behind)
		return;
	if (fault)
		read_fault(fault);
	if (file)
		record = open(file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}

static bool is_programs(const char *call, const struct arguments *arguments)
{
	struct asked *asked = &fault_asked;

	if (!asked->inside)
		return true; /* calls of constructors */
	if (!asked->call || strcmp(asked->call, call) != 0 ||
	    memcmp(&asked->arguments, arguments, sizeof(*arguments)) != 0)
		return false;
	asked->call = NULL;
	return true;
}

/* In the second file: records a call that the library added, and may make it fail. */
static bool fails(const char *call, const struct arguments *arguments)
{
	char line[32];
	int length;
	unsigned long number;

	if (is_programs(call, arguments))
		return false;
	if (record >= 0) {
		length = snprintf(line, sizeof(line), "%s\n", call);
		if (write(record, line, (size_t)length) < 0)
			_exit(124);
	}
	if (strcmp(call, failing) != 0)
		return false;
	number = atomic_fetch_add(&count, 1) + 1;
	return number >= first && number <= last;
}

/* The kernel's own call, or the next library's: libprivmap.so, of this same name. */
static long pass(const char *call, long number, const struct arguments *arguments)
{
	typedef long function(long, long, long, long, long, long);
	const long *word = arguments->word;
	struct asked before = fault_asked;
	function *next;
	long result;

	if (behind) {
		if (!fails(call, arguments))
			return syscall(number, word[0], word[1], word[2], word[3], word[4],
				       word[5]);
		errno = error;
		return -1;
	}
	next = (function *)dlsym(RTLD_NEXT, call);
	fault_asked = (struct asked){ call, *arguments, true };
	result = next(word[0], word[1], word[2], word[3], word[4], word[5]);
	fault_asked = before;
	return result;
}

#define EXPORT __attribute__((visibility("default")))
#define PASS(call, ...) pass(#call, SYS_##call, &(struct arguments){ { __VA_ARGS__ } })

EXPORT void *mmap(void *addr, size_t length, int prot, int flags, int fd, off_t offset)
{
	return (void *)PASS(mmap, (long)addr, (long)length, prot, flags, fd, offset);
}

EXPORT void *mmap64(void *addr, size_t length, int prot, int flags, int fd, off64_t offset)
{
	return (void *)PASS(mmap, (long)addr, (long)length, prot, flags, fd, offset);
}

EXPORT int munmap(void *addr, size_t length)
{
	return (int)PASS(munmap, (long)addr, (long)length);
}

EXPORT void *mremap(void *old, size_t old_length, size_t length, int flags, ...)
{
	void *addr = NULL;
	va_list more;

	if (flags & ~MREMAP_MAYMOVE) {
		va_start(more, flags);
		addr = va_arg(more, void *);
		va_end(more);
	}
	return (void *)PASS(mremap, (long)old, (long)old_length, (long)length, flags, (long)addr);
}

EXPORT int mprotect(void *addr, size_t length, int prot)
{
	return (int)PASS(mprotect, (long)addr, (long)length, prot);
}

EXPORT int pkey_mprotect(void *addr, size_t length, int prot, int pkey)
{
	return (int)PASS(pkey_mprotect, (long)addr, (long)length, prot, pkey);
}
