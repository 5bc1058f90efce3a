/* SPDX-License-Identifier: MIT */
/*
 * The meaning of each key of a rule file (privmap.conf(5)), its values, and the messages about
 * invalid ones.
 */
#include "loader-parts.h"

#include <string.h>

/* One rule as read. Written when all of its keys are known, in the order that rules.h wants. */
struct rule {
	config_setting_t *path, *program, *filesystem;
	const char *kind;	    /* "s", "p", or NULL */
	const char *worktree, *git; /* "1", "0", or NULL */
	const char *action;
	bool read_only;
	bool database;
	bool always;
	bool keep;
};

/* A key of a group. read() gets the place of its value in the struct for the group. */
struct key {
	const char *name;
	void (*read)(struct load *load, config_setting_t *setting, void *to);
	size_t place;
};

#define KEYS(array) (array), sizeof(array) / sizeof((array)[0])

static const char size_allowed[] =
	"a size below 8 EiB: a decimal number of bytes, or a string such as \"64M\" (K, M, G, T)";
static const char strings_allowed[] = "a string or an array of strings, none of them empty";

/* True once target is reached; *count is then the number of string values before it. */
static bool count_strings(config_setting_t *at, const config_setting_t *target, size_t *count)
{
	if (at == target)
		return true;
	*count += config_setting_type(at) == CONFIG_TYPE_STRING;
	for (int i = 0; i < config_setting_length(at); i++)
		if (count_strings(config_setting_get_elem(at, (unsigned)i), target, count))
			return true;
	return false;
}

/*
 * The line of a setting. For a string in an array libconfig gives the line of the token after it,
 * so this counts strings instead.
 */
static unsigned line_of(struct load *load, config_setting_t *setting)
{
	size_t count = 0;

	if (config_setting_name(setting) || config_setting_type(setting) != CONFIG_TYPE_STRING)
		return config_setting_source_line(setting);
	count_strings(config_root_setting(&load->config), setting, &count);
	return load->source.strings[count];
}

static void add_integer(struct text *text, long long number)
{
	if (number < 0)
		text_add(text, "-");
	text_add_number(text, number < 0 ? -(uint64_t)number : (uint64_t)number);
}

static void add_value(struct text *text, config_setting_t *setting)
{
	switch (config_setting_type(setting)) {
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		add_integer(text, config_setting_get_int64(setting));
		break;
	case CONFIG_TYPE_FLOAT:
		text_add(text, "a fraction");
		break;
	case CONFIG_TYPE_STRING:
		text_add(text, "\"");
		text_add_name(text, config_setting_get_string(setting));
		text_add(text, "\"");
		break;
	case CONFIG_TYPE_BOOL:
		text_add(text, config_setting_get_bool(setting) ? "true" : "false");
		break;
	case CONFIG_TYPE_GROUP:
		text_add(text, "a group");
		break;
	case CONFIG_TYPE_LIST:
		text_add(text, config_setting_length(setting) ? "a list" : "an empty list");
		break;
	case CONFIG_TYPE_ARRAY:
		text_add(text, config_setting_length(setting) ? "an array" : "an empty array");
		break;
	default:
		text_add(text, "nothing");
		break;
	}
}

/* "NAME is VALUE; it must be ALLOWED", or, for an element of a list: "NAME holds VALUE; ..." */
static _Noreturn void refuse(struct load *load, config_setting_t *setting, const char *allowed)
{
	struct text *error = load_problem(load, line_of(load, setting));
	const char *name = config_setting_name(setting);

	text_add(error, name ? name : config_setting_name(config_setting_parent(setting)));
	text_add(error, name ? " is " : " holds ");
	add_value(error, setting);
	text_add(error, "; it must be ");
	text_add(error, allowed);
	load_stop(load);
}

static const char *string_of(struct load *load, config_setting_t *setting, const char *allowed)
{
	if (config_setting_type(setting) != CONFIG_TYPE_STRING)
		refuse(load, setting, allowed);
	return config_setting_get_string(setting);
}

/* True for the first of two words, false for the second. */
static bool either(struct load *load, config_setting_t *setting, const char *yes, const char *no,
		   const char *allowed)
{
	const char *word = string_of(load, setting, allowed);

	if (strcmp(word, yes) != 0 && strcmp(word, no) != 0)
		refuse(load, setting, allowed);
	return strcmp(word, yes) == 0;
}

static bool truth(struct load *load, config_setting_t *setting)
{
	if (config_setting_type(setting) != CONFIG_TYPE_BOOL)
		refuse(load, setting, "true or false");
	return config_setting_get_bool(setting);
}

/* Reads a group's keys; holder: "a rule may have", for the message about an unknown key. */
static void read_group(struct load *load, config_setting_t *group, const char *holder,
		       const struct key *keys, size_t count, void *into)
{
	for (int i = 0; i < config_setting_length(group); i++) {
		config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
		const char *name = config_setting_name(setting);
		struct text *error;
		size_t key = 0;

		while (key < count && strcmp(keys[key].name, name) != 0)
			key++;
		if (key < count) {
			keys[key].read(load, setting, (char *)into + keys[key].place);
			continue;
		}
		error = load_problem(load, line_of(load, setting));
		text_add(error, "unknown setting ");
		text_add_name(error, name);
		text_add(error, "; ");
		text_add(error, holder);
		for (key = 0; key < count; key++) {
			text_add(error, key ? ", " : " ");
			text_add(error, keys[key].name);
		}
		load_stop(load);
	}
}

/* The keys of a rule */

static void read_strings(struct load *load, config_setting_t *setting, void *to)
{
	int type = config_setting_type(setting);
	int count = config_setting_length(setting);

	*(config_setting_t **)to = setting;
	if (type == CONFIG_TYPE_STRING && *config_setting_get_string(setting))
		return;
	if ((type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST) || !count)
		refuse(load, setting, strings_allowed);
	for (int i = 0; i < count; i++) {
		config_setting_t *element = config_setting_get_elem(setting, (unsigned)i);

		if (!*string_of(load, element, "a string that is not empty"))
			refuse(load, element, "a string that is not empty");
	}
}

static void read_access(struct load *load, config_setting_t *setting, void *to)
{
	*(bool *)to = either(load, setting, "read-only", "any", "\"read-only\" or \"any\"");
}

static void read_truth(struct load *load, config_setting_t *setting, void *to)
{
	*(bool *)to = truth(load, setting);
}

/* A word of a rule, so that NULL can mean unset. */
static void read_digit(struct load *load, config_setting_t *setting, void *to)
{
	*(const char **)to = truth(load, setting) ? "1" : "0";
}

static void read_kind(struct load *load, config_setting_t *setting, void *to)
{
	static const char allowed[] = "\"shared\", \"private\" or \"any\"";
	bool any = strcmp(string_of(load, setting, allowed), "any") == 0;

	*(const char **)to = any						 ? NULL :
			     either(load, setting, "shared", "private", allowed) ? "s" :
										   "p";
}

/* For the file as a whole, and for a rule. */
static void read_when(struct load *load, config_setting_t *setting, void *to)
{
	*(bool *)to = either(load, setting, "always", "refused", "\"refused\" or \"always\"");
}

static void read_action(struct load *load, config_setting_t *setting, void *to)
{
	static const char allowed[] = "\"private\", \"buffer\" or \"leave\"";
	const char *word = string_of(load, setting, allowed);
	enum action action;

	if (!action_parse(word, &action))
		refuse(load, setting, allowed);
	*(const char **)to = word;
}

static const struct key rule_keys[] = {
	{ "path", read_strings, offsetof(struct rule, path) },
	{ "filesystem", read_strings, offsetof(struct rule, filesystem) },
	{ "program", read_strings, offsetof(struct rule, program) },
	{ "access", read_access, offsetof(struct rule, read_only) },
	{ "worktree", read_digit, offsetof(struct rule, worktree) },
	{ "git", read_digit, offsetof(struct rule, git) },
	{ "kind", read_kind, offsetof(struct rule, kind) },
	{ "database", read_truth, offsetof(struct rule, database) },
	{ "when", read_when, offsetof(struct rule, always) },
	{ "keep", read_truth, offsetof(struct rule, keep) },
	{ "action", read_action, offsetof(struct rule, action) },
};

static void emit_bytes(struct load *load, const char *bytes, size_t size)
{
	struct text *rules = &load->rules;

	if (rules->size - rules->length < size) {
		rules->size = 2 * rules->size + size;
		rules->bytes = memory_grow(rules->bytes, rules->size);
	}
	text_add_bytes(rules, bytes, size);
}

static void emit(struct load *load, enum rule_tag tag, const char *word)
{
	emit_bytes(load, &(char){ (char)tag }, 1);
	emit_bytes(load, word, strlen(word) + 1);
}

static void emit_strings(struct load *load, enum rule_tag tag, config_setting_t *setting)
{
	if (!setting)
		return;
	if (config_setting_type(setting) == CONFIG_TYPE_STRING)
		emit(load, tag, config_setting_get_string(setting));
	for (int i = 0; i < config_setting_length(setting); i++)
		emit(load, tag, config_setting_get_string_elem(setting, i));
}

static void emit_line(struct load *load, config_setting_t *group)
{
	unsigned line = source_first_file_line(&load->source, line_of(load, group));
	char digits[21];
	struct text number = TEXT_IN(digits);

	text_add_number(&number, line);
	emit(load, RULE_LINE, text_string(&number));
}

static void read_rule(struct load *load, config_setting_t *group)
{
	struct rule rule = { .always = load->always };

	if (config_setting_type(group) != CONFIG_TYPE_GROUP)
		refuse(load, group, "a group: { path = \"...\"; action = \"...\"; }");
	read_group(load, group, "a rule may have", KEYS(rule_keys), &rule);
	if (!rule.action) {
		text_add(load_problem(load, line_of(load, group)),
			 "this rule has no action; it must be "
			 "\"private\", \"buffer\" or \"leave\"");
		load_stop(load);
	}
	emit_line(load, group);
	if (rule.kind)
		emit(load, RULE_KIND, rule.kind);
	emit_strings(load, RULE_PATH, rule.path);
	emit_strings(load, RULE_PROGRAM, rule.program);
	emit_strings(load, RULE_FILESYSTEM, rule.filesystem);
	if (rule.worktree)
		emit(load, RULE_WORKTREE, rule.worktree);
	if (rule.git)
		emit(load, RULE_GIT, rule.git);
	if (rule.read_only)
		emit(load, RULE_READ_ONLY, "");
	if (rule.database)
		emit(load, RULE_DATABASE, "");
	if (rule.always)
		emit(load, RULE_ALWAYS, "");
	if (rule.keep)
		emit(load, RULE_KEEP, "");
	emit(load, RULE_ACTION, rule.action);
}

static void read_rules(struct load *load, config_setting_t *setting, void *none)
{
	(void)none;
	if (config_setting_type(setting) != CONFIG_TYPE_LIST)
		refuse(load, setting, "a list of groups: ( { ... }, { ... } )");
	for (int i = 0; i < config_setting_length(setting); i++)
		read_rule(load, config_setting_get_elem(setting, (unsigned)i));
}

/* The keys of buffer and log, and trace */

static void read_size(struct load *load, config_setting_t *setting, void *to)
{
	int type = config_setting_type(setting);
	uint64_t *bytes = to;
	bool right;

	if (type == CONFIG_TYPE_STRING) {
		right = size_parse(config_setting_get_string(setting), bytes);
	} else {
		long long number = config_setting_get_int64(setting);

		*bytes = (uint64_t)number;
		/* libconfig 1.5 truncates hexadecimal numbers, and clamps too large ones. */
		right = (type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64) &&
			config_setting_get_format(setting) == CONFIG_FORMAT_DEFAULT &&
			number >= 0 && number != INT64_MAX;
	}
	if (!right)
		refuse(load, setting, size_allowed);
}

static void read_spool(struct load *load, config_setting_t *setting, void *to)
{
	static const char allowed[] = "a directory's name that begins with /";
	const char *name = string_of(load, setting, allowed);

	if (*name != '/')
		refuse(load, setting, allowed);
	*(const char **)to = name;
}

static void read_level(struct load *load, config_setting_t *setting, void *to)
{
	static const char allowed[] = "\"off\", \"error\", \"warn\", \"info\" or \"debug\"";
	const char *word = string_of(load, setting, allowed);

	if (!log_level_parse(word, strlen(word), to))
		refuse(load, setting, allowed);
}

static void read_target(struct load *load, config_setting_t *setting, void *to)
{
	static const char allowed[] = "\"stderr\", \"syslog\" or a file's name";
	const char *name = string_of(load, setting, allowed);

	if (!*name)
		refuse(load, setting, allowed);
	*(const char **)to = name;
}

static const char *program_name(struct load *load, config_setting_t *setting)
{
	static const char allowed[] = "the name of a program, or a glob, without /";
	const char *name = string_of(load, setting, allowed);

	if (!*name || strchr(name, '/'))
		refuse(load, setting, allowed);
	return name;
}

/* One name, or an array of any number of names, even none. */
static void read_trace(struct load *load, config_setting_t *setting, void *to)
{
	int type = config_setting_type(setting);
	int count = config_setting_length(setting);
	struct settings *settings = to;
	size_t size = 0;
	char *end;

	if (type == CONFIG_TYPE_STRING) {
		settings->trace = program_name(load, setting);
		settings->trace_size = strlen(settings->trace) + 1;
		return;
	}
	if (type != CONFIG_TYPE_ARRAY && type != CONFIG_TYPE_LIST)
		refuse(load, setting, "a string or an array of strings, which may be empty");
	for (int i = 0; i < count; i++)
		size += strlen(program_name(load, config_setting_get_elem(setting, (unsigned)i))) +
			1;
	settings->trace = end = memory_take(size + 1);
	settings->trace_size = size;
	for (int i = 0; i < count; i++)
		end = stpcpy(end, config_setting_get_string_elem(setting, i)) + 1;
}

static const struct key buffer_keys[] = {
	{ "memory", read_size, offsetof(struct settings, buffer_memory) },
	{ "spool", read_spool, offsetof(struct settings, buffer_spool) },
	{ "limit", read_size, offsetof(struct settings, buffer_limit) },
	{ "keep", read_size, offsetof(struct settings, buffer_keep) },
};

static const struct key log_keys[] = {
	{ "level", read_level, offsetof(struct settings, log_level) },
	{ "target", read_target, offsetof(struct settings, log_target) },
};

static void read_buffer(struct load *load, config_setting_t *setting, void *settings)
{
	if (config_setting_type(setting) != CONFIG_TYPE_GROUP)
		refuse(load, setting,
		       "a group: { memory = ...; spool = ...; limit = ...; keep = ...; }");
	read_group(load, setting, "buffer may have", KEYS(buffer_keys), settings);
}

static void read_log(struct load *load, config_setting_t *setting, void *settings)
{
	if (config_setting_type(setting) != CONFIG_TYPE_GROUP)
		refuse(load, setting, "a group: { level = ...; target = ...; }");
	read_group(load, setting, "log may have", KEYS(log_keys), settings);
}

static const struct key file_keys[] = {
	{ "when", read_when, offsetof(struct load, always) },
	{ "rules", read_rules, 0 },
	{ "builtin", read_truth, offsetof(struct load, builtin) },
	{ "buffer", read_buffer, offsetof(struct load, settings) },
	{ "trace", read_trace, offsetof(struct load, settings) },
	{ "log", read_log, offsetof(struct load, settings) },
};

void keys_read(struct load *load)
{
	config_setting_t *root = config_root_setting(&load->config);
	config_setting_t *when = config_setting_get_member(root, "when");

	/* First, because it applies to rules above it as well. */
	if (when)
		read_when(load, when, &load->always);
	read_group(load, root, "a rule file may have", KEYS(file_keys), load);
	if (load->builtin)
		emit_bytes(load, load->settings.rules.text, load->settings.rules.size);
}
