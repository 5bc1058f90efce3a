/* SPDX-License-Identifier: MIT */
/*
 * The constructor: environment, rule file, next library. Runs once when the dynamic linker loads
 * the library, before main(); other libraries' constructors may have run before it.
 */
#include "configure.h"
#include "engine.h"
#include "kernel.h"
#include "next.h"
#include "opened.h"
#include "state.h"
#include "text.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <string.h>

/* Written by the constructor only, before any hook asks. */
static char program_path[PATH_MAX];

/* Directory of this library as the dynamic linker knows it, without the last '/'. */
void engine_directory(char *directory, size_t size)
{
	struct text text = { directory, size, 0 };
	/* As open.c has what is needed where a rule file must be parsed, and nowhere else. */
	__typeof__(&dladdr) find = (__typeof__(&dladdr))dlsym(RTLD_DEFAULT, "dladdr");
	Dl_info self;
	const char *slash;

	if (find && find((void *)engine_directory, &self) && (slash = strrchr(self.dli_fname, '/')))
		text_add_bytes(&text, self.dli_fname, (size_t)(slash - self.dli_fname));
	else
		text_add(&text, ".");
	text_string(&text);
}

const char *engine_program(void)
{
	return program_path[0] ? program_path : NULL;
}

void engine_know_program(void)
{
	/*
	 * The first knows nothing when the main thread has ended; the second is proot's own
	 * program in proot.
	 */
	static const char *const names[] = { "/proc/self/exe", "/proc/thread-self/exe" };
	word length = -1;

	for (int i = 0; i < 2 && length < 0; i++)
		length = kernel_readlink(names[i], program_path, sizeof(program_path) - 1);
	program_path[length < 0 ? 0 : length] = '\0';
}

__attribute__((constructor)) static void start(void)
{
	const int before = errno;

	next_find();
	configure();
	if (state_serves())
		pthread_atfork(opened_before_fork, opened_in_parent, opened_in_child);
	errno = before;
}
