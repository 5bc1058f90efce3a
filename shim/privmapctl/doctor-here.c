/* SPDX-License-Identifier: MIT */
/*
 * The installation, the rule file, and whether what this shell starts is served.
 */
#include "compiled.h"
#include "ctl.h"
#include "doctor.h"
#include "effective.h"
#include "json.h"

#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PROBLEMS = 8 };

struct here {
	struct effective effective;
	const char *library;  /* where it is or should be */
	const char *loaded;   /* the libprivmap.so in this very process; NULL: none */
	bool traced;	      /* by privmap */
	bool module;	      /* the rule file loader is there */
	bool compiled;	      /* the rule file's compiled form is used */
	const char *problems[PROBLEMS];
	unsigned count;
};

static void problem(struct here *here, const char *text)
{
	if (here->count < PROBLEMS)
		here->problems[here->count++] = text;
}

static bool is_library(const char *path, size_t length)
{
	static const char name[] = "libprivmap.so";
	size_t n = sizeof(name) - 1;

	return length >= n && memcmp(path + length - n, name, n) == 0 &&
	       (length == n || path[length - n - 1] == '/');
}

/* Was it preloaded into us, it is into all that the shell starts. */
static int note_library(struct dl_phdr_info *info, size_t size, void *here)
{
	(void)size;
	if (!is_library(info->dlpi_name, strlen(info->dlpi_name)))
		return 0;
	((struct here *)here)->loaded = ctl_text("%s", info->dlpi_name);
	return 1;
}

/* tcmalloc exports an mmap of its own: what stands before the library may bypass it. */
static void look_at_preload(struct here *here)
{
	const char *list = getenv("LD_PRELOAD");
	bool first = true;

	for (const char *word = list ? list : ""; *word;) {
		size_t length = strcspn(word, ": ");

		if (is_library(word, length)) {
			const char *name = ctl_text("%.*s", (int)length, word);

			if (!first)
				problem(here, ctl_text("LD_PRELOAD: %s stands behind others, which "
						       "may bypass it",
						       name));
			if (*name == '/' && access(name, R_OK))
				problem(here, ctl_text("LD_PRELOAD: %s cannot be read", name));
		}
		/* A sanitizer's runtime insists on being first. */
		if (length)
			first = first && memmem(word, length, "san.so", 6);
		word += length;
		word += strspn(word, ": ");
	}
}

static void look_at_log(struct here *here)
{
	const char *value = getenv("PRIVMAP_LOG");
	struct settings settings = settings_default();

	if (value && *value && !settings_parse_log(&settings, value))
		problem(here, ctl_text("PRIVMAP_LOG: '%s': LEVEL[:TARGET] expected, of off error "
				       "warn info debug",
				       value));
}

static bool module_in(const char *directory, const char *below)
{
	return access(ctl_text("%s%s/privmap-config.so", directory, below), R_OK) == 0;
}

/* Used without a word if it is true, and so is not missed if it is not. */
static void look_at_compiled(struct here *here)
{
	struct settings settings = settings_default();
	char name[PATH_MAX];

	if (!here->effective.file || !compiled_name(here->effective.file, name, sizeof(name)))
		return;
	here->compiled = compiled_read(here->effective.file, &settings);
	if (!here->compiled && access(name, F_OK) == 0)
		problem(here, ctl_text("%s is not used, for it is out of date, damaged or "
				       "another's: see privmapctl compile",
				       name));
}

/* The tracer is one for all that a command starts; it has read its rules already. */
static bool is_traced(void)
{
	FILE *status = fopen("/proc/self/status", "re");
	char line[128], tracer[PATH_MAX];
	ssize_t length;
	int id = 0;

	while (status && fgets(line, sizeof(line), status))
		sscanf(line, "TracerPid: %d", &id);
	if (status)
		fclose(status);
	length = id ? readlink(ctl_text("/proc/%d/exe", id), tracer, sizeof(tracer) - 1) : 0;
	if (length <= 0)
		return false;
	tracer[length] = '\0';
	return strcmp(strrchr(tracer, '/'), "/privmap") == 0;
}

static bool same_file(const char *a, const char *b)
{
	char *real_a = realpath(a, NULL), *real_b = realpath(b, NULL);

	return real_a && real_b && strcmp(real_a, real_b) == 0;
}

static void look(struct here *here)
{
	struct effective *effective = &here->effective;

	effective_read(effective);
	here->library = ctl_text("%s/libprivmap.so", effective->directory);
	here->module = module_in(effective->directory, "/privmap") ||
		       module_in(effective->directory, "");
	dl_iterate_phdr(note_library, here);
	here->traced = is_traced();
	if (!effective->library)
		problem(here, ctl_text("%s is not there", here->library));
	if (!here->module)
		problem(here, "privmap-config.so is not there: no rule file can be read");
	if (effective->error[0])
		problem(here, effective->error);
	if (effective->disabled)
		problem(here, "PRIVMAP_DISABLE is 1: nothing is served");
	if (here->loaded && effective->library && !same_file(here->loaded, here->library))
		problem(here, ctl_text("the library preloaded here is another one, %s",
				       here->loaded));
	look_at_compiled(here);
	look_at_preload(here);
	look_at_log(here);
}

static bool served(const struct here *here)
{
	return (here->loaded || here->traced) && !here->effective.disabled &&
	       !here->effective.error[0];
}

static void print(const struct here *here)
{
	const struct effective *effective = &here->effective;

	printf("privmap %s\n", PRIVMAP_VERSION);
	printf("  library: %s\n", effective->library ? ctl_shown(here->library) : "none");
	printf("  rules: %s%s%s\n", effective->file ? ctl_shown(effective->file) : "built in",
	       effective->named ? ", by PRIVMAP_CONFIG" : "",
	       here->compiled ? ", by its compiled form" : "");
	if (served(here))
		printf("  this shell: what it starts is served, by %s\n",
		       here->loaded ? ctl_shown(here->loaded) : "its tracer");
	else
		printf("  this shell: what it starts is not served%s\n",
		       here->loaded || here->traced ?
			       "" :
			       " by itself; see privmap(1) and privmapctl env");
	for (unsigned i = 0; i < here->count; i++)
		printf("  problem: %s\n", ctl_shown(here->problems[i]));
}

static void print_json(const struct here *here)
{
	const struct effective *effective = &here->effective;

	json_object(NULL);
	json_string("kind", "installation");
	json_string("version", PRIVMAP_VERSION);
	json_string("library", effective->library ? here->library : NULL);
	json_bool("loader", here->module);
	json_string("rule_file", effective->file);
	json_bool("named", effective->named);
	json_bool("compiled", here->compiled);
	json_bool("served", served(here));
	json_string("loaded", here->loaded);
	json_array("problems");
	for (unsigned i = 0; i < here->count; i++)
		json_string(NULL, here->problems[i]);
	json_end();
	json_end();
}

int doctor_installation(void)
{
	static struct here here;

	look(&here);
	(ctl_json ? print_json : print)(&here);
	return here.count ? CTL_FINDING : CTL_FINE;
}
