/* SPDX-License-Identifier: MIT */
/*
 * Says which mappings a directory's filesystem refuses, what privmap does about it, and what can be
 * changed.
 */
#include "ctl.h"
#include "doctor-try.h"
#include "doctor.h"
#include "json.h"
#include "mapping.h"
#include "remedy.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#define ALWAYS_BUFFER "when = \"always\"; action = \"buffer\""

static bool refused(const struct found *found, size_t i)
{
	return found->converted[i] || mapping_errno_refuses(found->errors[i]);
}

/* It is mapped and cannot be used: only a rule that does not wait for a refusal sees it. */
static bool kills(const struct found *found, size_t i)
{
	return found->signals[i] != 0;
}

/* What can be read can be copied. */
static bool servable_always(const struct found *found, size_t i)
{
	return kills(found, i) && !found->unreadable && !found->untouchable &&
	       mapping_is_candidate(kinds[i].prot, kinds[i].flags);
}

static bool servable(const struct found *found, size_t i)
{
	return (refused(found, i) && !found->untouchable &&
		(mapping_is_candidate(kinds[i].prot, kinds[i].flags) ||
		 mapping_is_private_candidate(kinds[i].prot, kinds[i].flags))) ||
	       servable_always(found, i);
}

static const char *verdict_of_killing(const struct found *found, size_t i)
{
	if (found->unreadable)
		return ctl_text("mapped, but the first touch kills: the file cannot be read (%s)",
				ctl_errno_name(found->unreadable));
	if (servable_always(found, i))
		return "mapped, but the first touch kills; privmap serves it, where a rule "
		       "matches that says " ALWAYS_BUFFER;
	return "mapped, but the first touch kills; cannot be served: it is not refused";
}

static const char *verdict(const struct found *found, size_t i)
{
	if (kills(found, i))
		return verdict_of_killing(found, i);
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

static bool any(const struct found *found, bool (*holds)(const struct found *, size_t))
{
	for (size_t i = 0; i < KINDS; i++)
		if (holds(found, i))
			return true;
	return false;
}

static bool is_gvisor(const struct found *found)
{
	return found->mounted && remedy_is_gvisor(found->mount.options);
}

/* What is to be changed elsewhere; none where nothing is wrong. */
static const char *const *remedies(const struct found *found)
{
	static const char *const none[] = { NULL };

	if (is_gvisor(found) && (any(found, refused) || any(found, kills)))
		return remedies_for("gVisor");
	return found->mounted && any(found, refused) ? remedies_for(found->mount.type) : none;
}

/* "-", or what has come: the name of the errno or of the signal. */
static const char *trouble(const struct found *found, size_t i)
{
	if (found->signals[i] == SIGSEGV)
		return "SIGSEGV";
	if (found->signals[i] == SIGBUS)
		return "SIGBUS";
	if (found->signals[i])
		return ctl_text("signal %d", found->signals[i]);
	return found->errors[i] ? ctl_errno_name(found->errors[i]) : "-";
}

static void print_json(const char *name, const struct found *found)
{
	json_object(NULL);
	json_string("kind", "directory");
	json_string("directory", name);
	json_string("filesystem", found->mounted ? found->mount.type : NULL);
	json_string("mounted_on", found->mounted ? found->mount.point : NULL);
	json_string("source", found->mounted ? found->mount.source : NULL);
	json_string("options", found->mounted ? found->mount.options : NULL);
	json_string("kernel", found->kernel.release);
	json_bool("refuses", any(found, refused));
	json_bool("kills", any(found, kills));
	json_array("mappings");
	for (size_t i = 0; i < KINDS; i++) {
		json_object(NULL);
		json_string("mapping", kinds[i].name);
		json_string("errno", found->errors[i] ? ctl_errno_name(found->errors[i]) : NULL);
		json_string("signal", kills(found, i) ? trouble(found, i) : NULL);
		json_bool("refused", refused(found, i));
		json_bool("servable", servable(found, i));
		json_string("rule", servable_always(found, i) ? ALWAYS_BUFFER : NULL);
		json_string("verdict", verdict(found, i));
		json_end();
	}
	json_end();
	json_array("remedies");
	for (const char *const *remedy = remedies(found); *remedy; remedy++)
		json_string(NULL, *remedy);
	json_end();
	json_end();
}

static void print(const char *name, const struct found *found)
{
	printf("%s\n", ctl_shown(name));
	if (found->mounted)
		printf("  %s of %s on %s, options %s\n", ctl_shown(found->mount.type),
		       ctl_shown(found->mount.source), ctl_shown(found->mount.point),
		       ctl_shown(found->mount.options));
	printf("  %sLinux %s\n", is_gvisor(found) ? "gVisor, which calls itself " : "",
	       found->kernel.release);
	for (size_t i = 0; i < KINDS; i++)
		printf("  %-38s %-10s %s\n", kinds[i].text, trouble(found, i), verdict(found, i));
	if (!any(found, refused) && !any(found, kills)) {
		puts("  nothing is refused: privmap has nothing to do here");
		return;
	}
	puts("  which files a rule matches, says: privmapctl why FILE");
	for (const char *const *remedy = remedies(found); *remedy; remedy++)
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
	return any(&found, refused) || any(&found, kills) ? CTL_FINDING : CTL_FINE;
}
