/* SPDX-License-Identifier: MIT */
/*
 * Reports on the installation, the rule file, and whether privmap serves programs that this shell
 * starts.
 */
#include "compiled.h"
#include "ctl.h"
#include "doctor.h"
#include "effective.h"
#include "json.h"
#include "kept-list.h"

#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PROBLEMS = 8 };

struct installation {
	struct effective effective;
	const char *library;	  /* where libprivmap.so is or should be */
	const char *loaded;	  /* the libprivmap.so in this process; NULL: none */
	const char *exec_library; /* libprivmap-exec.so, as above */
	const char *exec_loaded;
	bool traced;   /* by privmap */
	bool module;   /* the rule file loader is there */
	bool compiled; /* the rule file's compiled form is used */
	struct kept_list kept;
	const char *problems[PROBLEMS];
	unsigned count;
};

static void problem(struct installation *found, const char *text)
{
	if (found->count < PROBLEMS)
		found->problems[found->count++] = text;
}

static bool is_library(const char *path, size_t length, const char *name)
{
	size_t n = strlen(name);

	return length >= n && memcmp(path + length - n, name, n) == 0 &&
	       (length == n || path[length - n - 1] == '/');
}

/* A library that is preloaded here is preloaded into all programs that the shell starts. */
static int note_library(struct dl_phdr_info *info, size_t size, void *into)
{
	struct installation *found = into;
	size_t length = strlen(info->dlpi_name);

	(void)size;
	if (!found->loaded && is_library(info->dlpi_name, length, "libprivmap.so"))
		found->loaded = cli_text("%s", info->dlpi_name);
	if (!found->exec_loaded && is_library(info->dlpi_name, length, "libprivmap-exec.so"))
		found->exec_loaded = cli_text("%s", info->dlpi_name);
	return 0;
}

/* A library before ours may bypass it: tcmalloc, for example, exports mmap, too. */
static void look_at_preload(struct installation *found)
{
	const char *list = getenv("LD_PRELOAD");
	bool first = true;

	for (const char *word = list ? list : ""; *word;) {
		size_t length = strcspn(word, ": ");

		if (is_library(word, length, "libprivmap.so")) {
			const char *name = cli_text("%.*s", (int)length, word);

			if (!first)
				problem(found,
					cli_text("LD_PRELOAD: %s comes after others, which may "
						 "bypass it",
						 name));
			if (*name == '/' && access(name, R_OK))
				problem(found, cli_text("LD_PRELOAD: %s cannot be read", name));
		}
		/* A sanitizer's runtime must be first. */
		if (length)
			first = first && memmem(word, length, "san.so", 6);
		word += length;
		word += strspn(word, ": ");
	}
}

static void look_at_log(struct installation *found)
{
	const char *value = getenv("PRIVMAP_LOG");
	struct settings settings = settings_default();

	if (value && *value && !settings_parse_log(&settings, value))
		problem(found, cli_text("PRIVMAP_LOG=%s: " SETTINGS_LOG, value));
}

static bool module_in(const char *directory, const char *below)
{
	return access(cli_text("%s%s/privmap-config.so", directory, below), R_OK) == 0;
}

/* Programs use a valid one silently, so nobody notices when it is no longer valid. */
static void look_at_compiled(struct installation *found)
{
	struct settings settings = settings_default();
	char name[PATH_MAX];

	if (!found->effective.file || !compiled_name(found->effective.file, name, sizeof(name)))
		return;
	found->compiled = compiled_read(found->effective.file, &settings);
	if (!found->compiled && access(name, F_OK) == 0)
		problem(found, cli_text("%s is ignored (out of date, damaged, or wrong "
					"owner). Run: privmapctl compile %s",
					name, found->effective.file));
}

/* One tracer serves all that a command starts, by rules that it has read at its start. */
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
	length = id ? readlink(cli_text("/proc/%d/exe", id), tracer, sizeof(tracer) - 1) : 0;
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

static void look_at_all(struct installation *found)
{
	struct effective *effective = &found->effective;

	effective_read(effective);
	found->library = cli_text("%s/libprivmap.so", effective->directory);
	found->exec_library = cli_text("%s/libprivmap-exec.so", effective->directory);
	found->module = module_in(effective->directory, "/privmap") ||
			module_in(effective->directory, "");
	dl_iterate_phdr(note_library, found);
	found->traced = is_traced();
	if (!effective->library)
		problem(found, cli_text("%s is missing", found->library));
	if (effective->library && access(found->exec_library, R_OK))
		problem(found, cli_text("%s is missing", found->exec_library));
	if (!found->module)
		problem(found, "privmap-config.so is missing: no rule file can be read");
	if (effective->error[0])
		problem(found, effective->error);
	if (effective->disabled)
		problem(found, "PRIVMAP_DISABLE is set: nothing is served");
	if (found->loaded && effective->library && !same_file(found->loaded, found->library))
		problem(found,
			cli_text("the library preloaded here is another one, %s", found->loaded));
	look_at_compiled(found);
	kept_list(&found->kept, &effective->settings);
	if (found->kept.problem)
		problem(found, found->kept.problem);
	look_at_preload(found);
	look_at_log(found);
}

static bool works(const struct installation *found)
{
	return !found->effective.disabled && !found->effective.error[0];
}

static bool served(const struct installation *found)
{
	return (found->loaded || found->traced) && works(found);
}

/*
 * Under privmap, libprivmap-exec.so hands over all programs; in a profile only those that the rule
 * file names.
 */
static bool all_handed(void)
{
	const char *children = getenv("PRIVMAP_CHILDREN");

	return children && strcmp(children, "1") == 0;
}

/* Reports which static programs are served, and by what. */
static void report_static(const struct installation *found)
{
	const struct settings *settings = &found->effective.settings;
	bool traced = found->traced && works(found);
	bool handed = !traced && found->exec_loaded && works(found) &&
		      (all_handed() || settings->trace_size);
	const char *untraced = handed ? doctor_why_untraced() : NULL;
	const char *by = traced ? "its tracer" : handed ? ctl_shown(found->exec_loaded) : "";
	bool all = traced || (handed && all_handed());

	handed &= !untraced;
	json_string("exec_loaded", found->exec_loaded);
	json_string("untraced", untraced);
	json_string("static", !traced && !handed ? NULL : all ? "all" : "named");
	json_or_print("  static programs: ");
	if (ctl_json || (handed && !all))
		effective_report_trace(settings);
	if (traced || handed)
		json_or_print("%s served, by %s\n", all ? "what it starts is" : " are", by);
	else if (untraced)
		json_or_print("not served; %s\n", untraced);
	else
		json_or_print("not served without privmap COMMAND or privmapctl env "
			      "--trace\n");
}

static void report_kept(const struct kept_list *kept, uint64_t limit)
{
	json_object("kept");
	json_string("directory", kept->directory);
	json_number("copies", kept->copies);
	json_number("bytes", kept->bytes);
	json_number("limit", limit);
	json_or_print("  kept copies: %u, %llu bytes of %llu, in %s\n", kept->copies,
		      (unsigned long long)kept->bytes, (unsigned long long)limit,
		      ctl_shown(kept->directory));
	json_end();
}

/* Reports the verdict, and what to do. */
static void report_verdict(const struct installation *found, enum here here)
{
	const char *verdict;

	if (found->count)
		verdict = "Something is wrong with privmap here: see the problems above.";
	else if (here == HERE_REFUSES && served(found))
		verdict = "Shared mappings are refused here, and privmap is on in this shell.";
	else if (here == HERE_REFUSES)
		verdict = "Shared mappings are refused here. Run: privmap COMMAND";
	else if (here == HERE_UNKNOWN)
		verdict = "This directory cannot be tried. Try another: privmapctl doctor DIR";
	else
		verdict = "Shared mappings work here: privmap has nothing to do.";
	json_string("verdict", verdict);
	json_or_print("%s\n", ctl_marked(verdict, !found->count && here == HERE_WORKS));
}

/* Returns the exit status. */
static int report(const struct installation *found)
{
	enum here here;
	const struct effective *effective = &found->effective;

	json_begin("installation");
	json_string("version", PRIVMAP_VERSION);
	json_or_print("privmap %s\n", PRIVMAP_VERSION);
	json_or_line("library", "library", effective->library ? found->library : NULL, "none");
	json_bool("loader", found->module);
	json_string("rule_file", effective->file);
	json_bool("named", effective->named);
	json_bool("compiled", found->compiled);
	json_or_print("  rules: %s%s%s\n",
		      effective->file ? ctl_shown(effective->file) : "built in",
		      effective->named ? ", by PRIVMAP_CONFIG" : "",
		      found->compiled ? ", by its compiled form" : "");
	json_bool("served", served(found));
	json_string("loaded", found->loaded);
	if (served(found))
		json_or_print("  this shell: what it starts is served, by %s\n",
			      found->loaded ? ctl_shown(found->loaded) : "its tracer");
	else
		json_or_print("  this shell: %s\n", found->loaded || found->traced ?
							    "what it starts is not served" :
							    "privmap is off");
	report_static(found);
	report_kept(&found->kept, effective->settings.buffer_keep);
	json_array("problems");
	for (unsigned i = 0; i < found->count; i++) {
		json_string(NULL, found->problems[i]);
		json_or_print("  problem: %s\n", ctl_shown(found->problems[i]));
	}
	json_end();
	doctor_system();
	doctor_mounts();
	here = doctor_here();
	report_verdict(found, here);
	json_end();
	return found->count || (here == HERE_REFUSES && !served(found)) ? CTL_FINDING : CTL_FINE;
}

int doctor_installation(void)
{
	static struct installation found;

	look_at_all(&found);
	return report(&found);
}
