/* SPDX-License-Identifier: MIT */
/*
 * The start. libc runs the constructor before main(); under privmap it copies what the environment
 * says of privmap, for programs overwrite their environment, and others clear their children's.
 */
#include "start.h"

#include "glob.h"
#include "kernel.h"
#include "next.h"
#include "preload-list.h"
#include "text.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/auxv.h>

extern char **environ;

/* Written by the constructor; what it points to is never given back. Fork copies it as it is. */
static struct own of_process;
static _Atomic bool ready;

const struct own *own(void)
{
	return atomic_load_explicit(&ready, memory_order_acquire) ? &of_process : NULL;
}

const char *value_of(const char *entry, const char *name)
{
	size_t length = strlen(name);

	return strncmp(entry, name, length) == 0 && entry[length] == '=' ? entry + length + 1 :
									   NULL;
}

/* What a profile hands over, where no rule file says otherwise. */
static const char *const named[] = { "gix", "ein", "jj", "gitstatusd*" };

bool own_counts(const char *path)
{
	const char *name = last_component(path);

	if (!own() || own()->all)
		return own() != NULL;
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
		if (glob_matches(named[i], name))
			return true;
	return false;
}

static bool is_kept(const char *entry)
{
	return strncmp(entry, "PRIVMAP_", 8) == 0 || value_of(entry, "ASAN_OPTIONS");
}

/* "DIRECTORY/libprivmap.so:DIRECTORY/libprivmap-exec.so" */
static void name_libraries(struct text *text)
{
	text_add_bytes(text, of_process.file, of_process.directory);
	text_add(text, "/libprivmap.so:");
	text_add(text, of_process.file);
	of_process.libraries = text_string(text);
}

static bool keep(void)
{
	size_t size = 2 * strlen(of_process.file) + 32;
	struct text text;

	for (char **entry = environ; *entry; entry++)
		if (is_kept(*entry))
			size += strlen(*entry) + 1;
	text = (struct text){ kernel_memory(size), size, 0 };
	if (!text.bytes)
		return false;
	name_libraries(&text);
	text.length++;
	for (char **entry = environ; *entry && of_process.count < OWN_KEPT; entry++) {
		if (!is_kept(*entry))
			continue;
		of_process.kept[of_process.count++] = text.bytes + text.length;
		text_add_bytes(&text, *entry, strlen(*entry) + 1);
	}
	return true;
}

static void look_around(void)
{
	const char *children = NULL, *disable = NULL, *slash = NULL;
	Dl_info self;

	for (char **entry = environ; entry && *entry; entry++) {
		if (strncmp(*entry, "PRIVMAP_", 8) != 0)
			continue;
		if (value_of(*entry, "PRIVMAP_CHILDREN"))
			children = value_of(*entry, "PRIVMAP_CHILDREN");
		else if (value_of(*entry, "PRIVMAP_DISABLE"))
			disable = value_of(*entry, "PRIVMAP_DISABLE");
	}
	if (disable && strcmp(disable, "1") == 0)
		return;
	if (dladdr((void *)look_around, &self) && self.dli_fname[0] == '/')
		slash = strrchr(self.dli_fname, '/');
	if (slash) {
		of_process.file = self.dli_fname;
		of_process.directory = (size_t)(slash - self.dli_fname);
	}
	of_process.all = children && strcmp(children, "1") == 0 && slash && keep();
	atomic_store_explicit(&ready, true, memory_order_release);
}

__attribute__((constructor)) static void start(void)
{
	const int before = errno;

	next_find();
	if (!getauxval(AT_SECURE))
		look_around();
	errno = before;
}
