/* SPDX-License-Identifier: MIT */
/*
 * Warns of settings that are valid in a rule file, but certainly not intended. It does not warn if
 * it is uncertain: another kernel may know a type of filesystem that this one does not list.
 */
#include "check-warn.h"

#include "ctl.h"
#include "json.h"
#include "rules.h"

#include <errno.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What one rule says. */
struct facts {
	unsigned number;
	const char *line; /* NULL: none */
	bool narrow;	  /* it does not match some files */
	bool paths, all_paths;
	bool database, leaves;
};

static void warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void warn(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	text = cli_made(vasprintf(&text, format, arguments) < 0 ? NULL : text);
	va_end(arguments);
	json_string(NULL, text);
	json_or_wrap("  warning: %s", ctl_shown(text));
	free(text);
}

static const char *place_of(const struct facts *rule)
{
	return rule->line ? cli_text("rule %u, line %s", rule->number, rule->line) :
			    cli_text("rule %u", rule->number);
}

/* Lines of /proc/filesystems: "nodev\tNAME", or "\tNAME". */
static bool kernel_has(const char *type)
{
	FILE *list = fopen("/proc/filesystems", "re");
	char line[128];
	bool found = !list; /* without /proc, assume that it does */

	while (!found && list && fgets(line, sizeof(line), list)) {
		const char *tab = strchr(line, '\t');

		line[strcspn(line, "\n")] = '\0';
		found = tab && strcmp(tab + 1, type) == 0;
	}
	if (list)
		fclose(list);
	return found;
}

/* Types whose module may be loaded later, or on another machine. */
static bool is_well_known(const char *type)
{
	static const char *const known[] = {
		"virtiofs", "9p",	"fuse",	    "fuse.*",	  "fuseblk",  "fuseblk.*", "nfs",
		"nfs4",	    "cifs",	"smb3",	    "ceph",	  "beegfs",   "lustre",	   "gpfs",
		"afs",	    "ocfs2",	"gfs2",	    "pvfs2",	  "vboxsf",   "vmhgfs",	   "prl_fs",
		"overlay",  "aufs",	"ecryptfs", "[fs]*owner", "ext[234]", "xfs",	   "btrfs",
		"zfs",	    "f2fs",	"bcachefs", "vfat",	  "exfat",    "ntfs3",	   "ntfs",
		"jfs",	    "udf",	"iso9660",  "squashfs",	  "erofs",    "hfsplus",   "apfs",
		"nilfs2",   "reiserfs", "minix",    "drvfs",	  "wslfs",
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (fnmatch(known[i], type, 0) == 0)
			return true;
	return false;
}

static void add_item(struct facts *rule, enum rule_tag tag, const char *word)
{
	switch (tag) {
	case RULE_LINE:
		rule->line = word;
		break;
	case RULE_PATH:
		if (*word == '~')
			warn("%s: path \"%s\": ~ is not replaced by a home directory",
			     place_of(rule), word);
		rule->paths = true;
		rule->all_paths |= strcmp(word, "*") == 0;
		break;
	case RULE_FILESYSTEM:
		if (!kernel_has(word) && !is_well_known(word))
			warn("%s: filesystem \"%s\": unknown to this kernel and to privmap",
			     place_of(rule), word);
		rule->narrow = true;
		break;
	case RULE_DATABASE:
		rule->database = true;
		break;
	case RULE_KIND:
	case RULE_PROGRAM:
	case RULE_READ_ONLY:
	case RULE_WORKTREE:
	case RULE_GIT:
		rule->narrow = true;
		break;
	default:
		break;
	}
}

/* True if an earlier rule takes all files. Databases pass a rule that does not take them. */
static bool never_matches(const struct facts *rule, const struct facts *all)
{
	bool databases = all->database || all->leaves;

	return all->number && (databases || !(rule->database || rule->leaves));
}

static void look_at_rules(const struct rules *rules)
{
	struct facts rule = { .number = 1 }, all = { .number = 0 };

	if (!rules->size)
		warn("there is no rule: nothing is served. builtin = true adds the built-in rules");
	for (size_t at = 0; at < rules->size; at += strlen(rules->text + at) + 1) {
		enum rule_tag tag = (unsigned char)rules->text[at];
		const char *word = rules->text + at + 1;

		if (rules_is_builtin(rules, at))
			break;
		add_item(&rule, tag, word);
		if (tag != RULE_ACTION)
			continue;
		rule.leaves = strcmp(word, action_name(ACTION_LEAVE)) == 0;
		if (never_matches(&rule, &all))
			warn("%s: never matches, because rule %u matches all files",
			     place_of(&rule), all.number);
		else if (!rule.narrow && (!rule.paths || rule.all_paths))
			all = rule;
		rule = (struct facts){ .number = rule.number + 1 };
	}
}

static void look_at_buffer(const struct settings *settings)
{
	struct stat spool;
	int error = stat(settings->buffer_spool, &spool) ? errno : 0;

	if (!error && !S_ISDIR(spool.st_mode))
		error = ENOTDIR;
	if (error)
		warn("spool \"%s\": %s: no copy can be made there", settings->buffer_spool,
		     strerror(error));
	if (settings->buffer_limit < settings->buffer_memory)
		warn("limit (%" PRIu64 " bytes) is smaller than memory (%" PRIu64 " bytes)",
		     settings->buffer_limit, settings->buffer_memory);
}

void check_warn(const struct settings *settings)
{
	json_array("warnings");
	look_at_rules(&settings->rules);
	look_at_buffer(settings);
	json_end();
}
