/* SPDX-License-Identifier: MIT */
/*
 * The start. libc runs the constructor before main(). Under privmap it copies privmap's variables
 * of the environment, because programs overwrite their environment, or clear their children's. In a
 * profile it reads the rule file that libprivmap.so uses, to learn which programs to hand over.
 */
#include "start.h"

#include "kernel.h"
#include "next.h"
#include "open.h"
#include "preload-list.h"
#include "settings.h"
#include "text.h"
#include "unreached.h"

#include <dlfcn.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/auxv.h>

extern char **environ;

/* The constructor writes these before `ready`; their memory is never freed. Fork copies them. */
static struct own of_process;
static struct settings in_force; /* in a profile; an invalid rule file names no program */
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

bool own_counts(const char *path)
{
	return own() && (own()->all || settings_hand_over(&in_force, path));
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

static void tell_directory(char *directory, size_t size)
{
	struct text text = { directory, size, 0 };

	if (of_process.file)
		text_add_bytes(&text, of_process.file, of_process.directory);
	else
		text_add(&text, ".");
	text_string(&text);
}

/* Reports no errors: libprivmap.so does. */
static void read_rule_file(void)
{
	const struct rule_file_reader reader = { tell_directory, NULL };
	const struct environment given = environment_read();
	struct settings settings = settings_default();

	if (rule_file_in_force(&reader, &given, &settings))
		in_force = settings;
}

static void look_around(void)
{
	const char *children = NULL, *disable = NULL, *report = NULL, *slash = NULL;
	Dl_info self;

	for (char **entry = environ; entry && *entry; entry++) {
		if (strncmp(*entry, "PRIVMAP_", 8) != 0)
			continue;
		if (value_of(*entry, "PRIVMAP_CHILDREN"))
			children = value_of(*entry, "PRIVMAP_CHILDREN");
		else if (value_of(*entry, "PRIVMAP_DISABLE"))
			disable = value_of(*entry, "PRIVMAP_DISABLE");
		else if (value_of(*entry, "PRIVMAP_REPORT"))
			report = value_of(*entry, "PRIVMAP_REPORT");
	}
	if (settings_disable(disable))
		return;
	if (dladdr((void *)look_around, &self) && self.dli_fname[0] == '/')
		slash = strrchr(self.dli_fname, '/');
	if (slash) {
		of_process.file = self.dli_fname;
		of_process.directory = (size_t)(slash - self.dli_fname);
	}
	of_process.all = children && strcmp(children, "1") == 0 && slash && keep();
	if (!of_process.all)
		read_rule_file();
	unreached_keep(report);
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
