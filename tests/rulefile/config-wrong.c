/* SPDX-License-Identifier: MIT */
/*
 * The rule loader's answer to every kind of invalid file: exactly this line, and unchanged
 * settings.
 */
#include "config-load.h"

#include <errno.h>
#include <sys/stat.h>

struct wrong {
	const char *text, *message;
};

#define NUMBER_ALLOWED                                                                             \
	"it must be a size below 8 EiB: a decimal number of bytes, or a string such as \"64M\" "   \
	"(K, M, G, T)"
#define STRINGS_ALLOWED "it must be a string or an array of strings, none of them empty"
#define NAMES_ALLOWED "it must be a string or an array of strings, which may be empty"
#define NAME_ALLOWED "it must be the name of a program, or a glob, without /"
#define ACTION_ALLOWED "it must be \"private\", \"buffer\" or \"leave\""
#define LEVEL_ALLOWED "it must be \"off\", \"error\", \"warn\", \"info\" or \"debug\""

static const struct wrong wrong[] = {
	/* syntax */
	{ "when \"refused\"", "t.conf:1: " SYNTAX("\"refused\"") },
	{ "\n\n)\n", "t.conf:3: " SYNTAX(")") },
	{ "when = \"refused\"\nrules = (\n{ action = \"leave\" }\n\n\n", "t.conf:5: " SYNTAX_END },
	{ "rules = ( { action = \"leave\"; } }", "t.conf:1: " SYNTAX("}") },
	{ "when = refused;", "t.conf:1: " SYNTAX("refused") },
	{ "\f\nwhen = \"always\n\";\n{", "t.conf:4: " SYNTAX("{") },
	{ "rules = [ { path = \"x\"; } ];", "t.conf:1: " SYNTAX("{") },
	{ "/* (\n*/ trace = \"a\"; x = 12 /* ) */ 13;", "t.conf:2: " SYNTAX("13") },
	{ "rules = (\n  { path = *.npy; } )", "t.conf:2: " SYNTAX("*.npy") },
	{ "x = 1 \"0123456789012345678901234567890123456789\"",
	  "t.conf:1: " SYNTAX("\"012345678901234567890123456789012345678...") },
	{ "when = \"always\"\n\"", "t.conf:2: the string that begins here is never closed by \"" },
	{ "when = \"a\n\n\\\"", "t.conf:1: the string that begins here is never closed by \"" },
	{ "\n/* rules\n*", "t.conf:2: the comment that begins here is never closed by */" },
	{ "/*/", "t.conf:1: the comment that begins here is never closed by */" },
	{ "\nlog = { target = \"a\\x00b\" }",
	  "t.conf:2: \\x00 in a string; a string may have any byte but NUL" },
	{ "when = \"always\"\n\nwhen = \"always\"",
	  "t.conf:3: duplicate setting name; each name may appear once in a group" },
	{ "log = {\nlevel = \"off\"\nlevel = \"off\" }",
	  "t.conf:3: duplicate setting name; each name may appear once in a group" },
	{ "rules = ({path = [\n\"a\",\n1]; action = \"leave\"})",
	  "t.conf:3: mismatched element type in array; the elements of an array are of one type" },

	/* the file's own settings */
	{ "\nwhne = \"always\"",
	  "t.conf:2: unknown setting whne; a rule file may have when, rules, builtin, buffer, "
	  "trace, log" },
	{ "rule = ()",
	  "t.conf:1: unknown setting rule; a rule file may have when, rules, builtin, buffer, "
	  "trace, log" },
	{ "When = \"always\"",
	  "t.conf:1: unknown setting When; a rule file may have when, rules, builtin, buffer, "
	  "trace, log" },
	{ "when = \"sometimes\"",
	  "t.conf:1: when is \"sometimes\"; it must be \"refused\" or \"always\"" },
	{ "when = true", "t.conf:1: when is true; it must be \"refused\" or \"always\"" },
	{ "when = \"\"", "t.conf:1: when is \"\"; it must be \"refused\" or \"always\"" },
	{ "when = \"Always\"",
	  "t.conf:1: when is \"Always\"; it must be \"refused\" or \"always\"" },
	{ "when =\n\"a\nb\\x1b\\t\"",
	  "t.conf:1: when is \"a\\nb\\x1b\\t\"; it must be \"refused\" or \"always\"" },
	{ "rules = { }",
	  "t.conf:1: rules is a group; it must be a list of groups: ( { ... }, { ... } )" },
	{ "rules = [ ]",
	  "t.conf:1: rules is an empty array; it must be a list of groups: ( { ... }, { ... } )" },
	{ "rules = \"x\"",
	  "t.conf:1: rules is \"x\"; it must be a list of groups: ( { ... }, { ... } )" },
	{ "rules = (\n{ action = \"leave\" },\n\"x\"\n\n)",
	  "t.conf:3: rules holds \"x\"; it must be a group: { path = \"...\"; action = \"...\"; "
	  "}" },
	{ "rules = (\n( ) )", "t.conf:2: rules holds an empty list; it must be a group: { path = "
			      "\"...\"; action = \"...\"; }" },
	{ "rules = (\n7 )",
	  "t.conf:2: rules holds 7; it must be a group: { path = \"...\"; action = \"...\"; }" },

	/* rules */
	{ "rules = (\n{ action = \"leave\" },\n{ path = \"x\" } )",
	  "t.conf:3: this rule has no action; " ACTION_ALLOWED },
	{ "rules = (\n\n{\n} )", "t.conf:3: this rule has no action; " ACTION_ALLOWED },
	{ "rules = ( {\npath = \"x\";\nacton = \"leave\" } )",
	  "t.conf:3: unknown setting acton; a rule may have path, filesystem, program, access, "
	  "worktree, git, kind, database, when, keep, action" },
	{ "rules = ( { level = \"off\" } )",
	  "t.conf:1: unknown setting level; a rule may have path, filesystem, program, access, "
	  "worktree, git, kind, database, when, keep, action" },
	{ "rules = ( { action = \"copy\" } )", "t.conf:1: action is \"copy\"; " ACTION_ALLOWED },
	{ "rules = ( {\naction = 1 } )", "t.conf:2: action is 1; " ACTION_ALLOWED },
	{ "rules = ( { action = [ \"leave\" ] } )",
	  "t.conf:1: action is an array; " ACTION_ALLOWED },
	{ "rules = ( { action = \"leave\"; access = \"read\" } )",
	  "t.conf:1: access is \"read\"; it must be \"read-only\" or \"any\"" },
	{ "rules = ( { action = \"leave\"; access = 1.5 } )",
	  "t.conf:1: access is a fraction; it must be \"read-only\" or \"any\"" },
	{ "rules = ( { action = \"leave\"; when = \"never\" } )",
	  "t.conf:1: when is \"never\"; it must be \"refused\" or \"always\"" },
	{ "rules = ( { action = \"leave\"; worktree = \"true\" } )",
	  "t.conf:1: worktree is \"true\"; it must be true or false" },
	{ "rules = ( { action = \"leave\"; worktree = 1 } )",
	  "t.conf:1: worktree is 1; it must be true or false" },
	{ "rules = ( { action = \"leave\"; git = \"yes\" } )",
	  "t.conf:1: git is \"yes\"; it must be true or false" },
	{ "rules = ( { action = \"leave\"; kind = \"both\" } )",
	  "t.conf:1: kind is \"both\"; it must be \"shared\", \"private\" or \"any\"" },
	{ "rules = ( { action = \"leave\"; kind = true } )",
	  "t.conf:1: kind is true; it must be \"shared\", \"private\" or \"any\"" },
	{ "rules = ( { action = \"leave\"; database = -1 } )",
	  "t.conf:1: database is -1; it must be true or false" },
	{ "rules = ( { action = \"buffer\"; keep = \"4G\" } )",
	  "t.conf:1: keep is \"4G\"; it must be true or false" },
	{ "rules = ( { action = \"leave\"; database = ( true ) } )",
	  "t.conf:1: database is a list; it must be true or false" },
	{ "rules = ( { action = \"leave\"; path = \"\" } )",
	  "t.conf:1: path is \"\"; " STRINGS_ALLOWED },
	{ "rules = ( { action = \"leave\"; path = [ ] } )",
	  "t.conf:1: path is an empty array; " STRINGS_ALLOWED },
	{ "rules = ( { action = \"leave\"; path = ( ) } )",
	  "t.conf:1: path is an empty list; " STRINGS_ALLOWED },
	{ "rules = ( { action = \"leave\"; path = 5 } )", "t.conf:1: path is 5; " STRINGS_ALLOWED },
	{ "rules = ( { action = \"leave\"; path = { a = \"b\" } } )",
	  "t.conf:1: path is a group; " STRINGS_ALLOWED },
	{ "rules = ( { action = \"leave\"; path = false } )",
	  "t.conf:1: path is false; " STRINGS_ALLOWED },
	{ "rules = ( { action = \"leave\"; program = \"\" } )",
	  "t.conf:1: program is \"\"; " STRINGS_ALLOWED },
	{ "rules = ( { action = \"leave\"; filesystem = [ ] } )",
	  "t.conf:1: filesystem is an empty array; " STRINGS_ALLOWED },
	{ "rules = ( { action = \"leave\"; program = [ 1, 2 ] } )",
	  "t.conf:1: program holds 1; it must be a string that is not empty" },
	{ "rules = ( { action = \"leave\";\nfilesystem = ( \"a\",\ntrue ) } )",
	  "t.conf:3: filesystem holds true; it must be a string that is not empty" },
	{ "rules = ( { action = \"leave\"; path = ( \"a\",\n[ \"b\" ] ) } )",
	  "t.conf:2: path holds an array; it must be a string that is not empty" },
	/* the line of a string is where it begins, wherever the next token is */
	{ "rules = ( { action = \"leave\"; path = [\n\"a\",\n\"\"\n\n] } )",
	  "t.conf:3: path holds \"\"; it must be a string that is not empty" },
	{ "rules = ( { action = \"leave\"; path = [\n\"a\" # x\n\"b\",\n\"\" \"\"\n\n, \"\"] } )",
	  "t.conf:4: path holds \"\"; it must be a string that is not empty" },

	/* buffer */
	{ "buffer = \"64M\"", "t.conf:1: buffer is \"64M\"; it must be a group: { memory = ...; "
			      "spool = ...; limit = ...; keep = ...; }" },
	{ "buffer = {\nsize = 1 }",
	  "t.conf:2: unknown setting size; buffer may have memory, spool, limit, keep" },
	{ "buffer = { memory = -1 }", "t.conf:1: memory is -1; " NUMBER_ALLOWED },
	{ "buffer = { keep = \"4 G\" }", "t.conf:1: keep is \"4 G\"; " NUMBER_ALLOWED },
	{ "buffer = { limit = \"-1\" }", "t.conf:1: limit is \"-1\"; " NUMBER_ALLOWED },
	{ "buffer = { limit = \"\" }", "t.conf:1: limit is \"\"; " NUMBER_ALLOWED },
	{ "buffer = { limit = \"64MB\" }", "t.conf:1: limit is \"64MB\"; " NUMBER_ALLOWED },
	{ "buffer = { limit = 1.5 }", "t.conf:1: limit is a fraction; " NUMBER_ALLOWED },
	{ "buffer = { limit = true }", "t.conf:1: limit is true; " NUMBER_ALLOWED },
	{ "buffer = { limit = [ 1 ] }", "t.conf:1: limit is an array; " NUMBER_ALLOWED },
	{ "buffer = { limit = 0x10 }", "t.conf:1: limit is 16; " NUMBER_ALLOWED },
	{ "buffer = { limit = 9223372036854775807 }",
	  "t.conf:1: limit is 9223372036854775807; " NUMBER_ALLOWED },
	{ "buffer = { limit = \"9223372036854775808\" }",
	  "t.conf:1: limit is \"9223372036854775808\"; " NUMBER_ALLOWED },
	{ "buffer = { limit = \"8388608T\" }", "t.conf:1: limit is \"8388608T\"; " NUMBER_ALLOWED },
	{ "buffer = { spool = \"var/tmp\" }",
	  "t.conf:1: spool is \"var/tmp\"; it must be a directory's name that begins with /" },
	{ "buffer = { spool = \"\" }",
	  "t.conf:1: spool is \"\"; it must be a directory's name that begins with /" },
	{ "buffer = { spool = [ \"/a\" ] }",
	  "t.conf:1: spool is an array; it must be a directory's name that begins with /" },

	/* trace */
	{ "trace = true", "t.conf:1: trace is true; " NAMES_ALLOWED },
	{ "trace = { gix = true }", "t.conf:1: trace is a group; " NAMES_ALLOWED },
	{ "\ntrace = \"\"", "t.conf:2: trace is \"\"; " NAME_ALLOWED },
	{ "trace = \"/usr/bin/gix\"", "t.conf:1: trace is \"/usr/bin/gix\"; " NAME_ALLOWED },
	{ "trace = [ \"gix\",\n\"\" ]", "t.conf:2: trace holds \"\"; " NAME_ALLOWED },
	{ "trace = [ \"gix\",\n\"bin/jj\"\n]", "t.conf:2: trace holds \"bin/jj\"; " NAME_ALLOWED },
	{ "trace = [ 1 ]", "t.conf:1: trace holds 1; " NAME_ALLOWED },
	{ "trace = ( \"gix\", [ \"jj\" ] )", "t.conf:1: trace holds an array; " NAME_ALLOWED },

	/* log */
	{ "log = \"info\"",
	  "t.conf:1: log is \"info\"; it must be a group: { level = ...; target = ...; }" },
	{ "builtin = 1", "t.conf:1: builtin is 1; it must be true or false" },
	{ "log = { file = \"x\" }", "t.conf:1: unknown setting file; log may have level, target" },
	{ "log = { level = \"verbose\" }", "t.conf:1: level is \"verbose\"; " LEVEL_ALLOWED },
	{ "log = { level = 2 }", "t.conf:1: level is 2; " LEVEL_ALLOWED },
	{ "log = { target = \"\" }",
	  "t.conf:1: target is \"\"; it must be \"stderr\", \"syslog\" or a file's name" },
	{ "log = { target = 2 }",
	  "t.conf:1: target is 2; it must be \"stderr\", \"syslog\" or a file's name" },
};

static void wrong_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		write_file("t.conf", wrong[i].text);
		must_fail("t.conf", wrong[i].message);
	}
}

/* One of two messages, by the version of libconfig: 1.5 takes the largest number, 1.7 none. */
static void number_beyond_all(void **state)
{
	struct settings settings = settings_default();

	(void)state;
	write_file("t.conf", "\nbuffer = { limit = 99999999999999999999 }");
	assert_int_equal(load("t.conf", &settings), -1);
	if (strcmp(error, "t.conf:2: " SYNTAX("99999999999999999999")) != 0)
		assert_string_equal(error,
				    "t.conf:2: limit is 9223372036854775807; " NUMBER_ALLOWED);
}

static void unreadable_files(void **state)
{
	static const char in_mountinfo[] = "/proc/self/mountinfo:1: syntax error before '";
	struct settings settings = settings_default();
	char message[100];

	(void)state;
	must_fail("missing.conf", "missing.conf: cannot be read: No such file or directory");
	must_fail("", ": cannot be read: No such file or directory");
	must_fail(".",
		  ".: cannot be read: it is a directory, a rule file must be a regular file");
	assert_int_equal(mkfifo("fifo", 0600), 0);
	must_fail("fifo", "fifo: cannot be read: a rule file must be a regular file");
	must_fail("/dev/zero", "/dev/zero: cannot be read: a rule file must be a regular file");
	assert_int_equal(symlink("loop", "loop"), 0);
	snprintf(message, sizeof(message), "loop: cannot be read: %s", strerror(ELOOP));
	must_fail("loop", message);
	must_fail("a\nb", "a\\nb: cannot be read: No such file or directory");
	/* /proc says wrongly that it is empty; its contents count */
	assert_int_equal(load("/proc/self/mountinfo", &settings), -1);
	assert_memory_equal(error, in_mountinfo, strlen(in_mountinfo));
	write_bytes("nul.conf", "# a\n#\0\n", 7);
	must_fail("nul.conf", "nul.conf:2: a NUL byte; a rule file is text");
}

static void no_permission(void **state)
{
	config_load_function *function;
	void *module = open_module(&function);
	int status = 0;
	pid_t child;

	(void)state;
	write_file("secret.conf", "");
	assert_int_equal(chmod("secret.conf", 0), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct settings settings = settings_default();

		if (geteuid() == 0 && setuid(65534) != 0)
			_exit(3);
		/* below a directory that is closed to others: its name is relative */
		if (function("secret.conf", &settings, error, sizeof(error)) != -1)
			_exit(1);
		_exit(strcmp(error, "secret.conf: cannot be read: Permission denied") ? 2 : 0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	dlclose(module);
	assert_int_equal(status, 0);
}

static void file_size(void **state)
{
	static char bytes[(1 << 20) + 1];

	(void)state;
	memset(bytes, ' ', sizeof(bytes));
	memcpy(bytes + sizeof(bytes) - 30, "rules=({action=\"leave\"})", 24);
	write_bytes("t.conf", bytes, sizeof(bytes) - 1);
	same_rules(must_load("t.conf").rules, ITEMS("l1\0=leave\0"));
	write_bytes("t.conf", bytes, sizeof(bytes));
	must_fail("t.conf",
		  "t.conf: cannot be read: it is too large, a rule file may have 1 MiB with "
		  "all it includes");
	/* two files that are too large together */
	write_bytes("half.conf", bytes, sizeof(bytes) / 2);
	write_file("t.conf", "@include \"half.conf\"\n\n@include \"half.conf\"\n");
	must_fail("t.conf",
		  "t.conf:3: @include \"half.conf\" cannot be read: it is too large, a rule file "
		  "may have 1 MiB with all it includes");
}

static void wrong_includes(void **state)
{
	char text[1200] = "";

	(void)state;
	write_file("t.conf", "\nrules = (\n@include \"part\"\n)");
	write_file("part", "{ action = \"leave\" },\n\n{ action = \"x\" }");
	must_fail("t.conf", "part:3: action is \"x\"; " ACTION_ALLOWED);
	write_file("part", "{ path = [\n\n\"\"\n]; action = \"leave\" }");
	must_fail("t.conf", "part:3: path holds \"\"; it must be a string that is not empty");
	write_file("part", "\n}");
	must_fail("t.conf", "part:2: " SYNTAX("}"));
	write_file("part", "\n\n\"abc");
	must_fail("t.conf", "part:3: the string that begins here is never closed by \"");
	write_bytes("part", "#\n\0", 3);
	must_fail("t.conf", "part:2: a NUL byte; a rule file is text");
	/* after an include, the count of lines goes on */
	write_file("part", "{ action = \"leave\" },\n\n\n{ action = \"leave\" }\n");
	write_file("t.conf", "\nrules = (\n@include \"part\"\n)\nwhen = 1");
	must_fail("t.conf", "t.conf:5: when is 1; it must be \"refused\" or \"always\"");
	write_file("t.conf", "\nrules = (\n@include \"part\"\n");
	must_fail("t.conf", "t.conf:3: " SYNTAX_END);

	write_file("t.conf", "#\n@include \"missing\"");
	must_fail("t.conf",
		  "t.conf:2: @include \"missing\" cannot be read: No such file or directory");
	write_file("t.conf", "#\n@include \"\"");
	must_fail("t.conf", "t.conf:2: @include \"\" cannot be read: No such file or directory");
	write_file("t.conf", "@include \".\"");
	must_fail("t.conf",
		  "t.conf:1: @include \".\" cannot be read: it is a directory, a rule file must "
		  "be a regular file");
	unlink("fifo");
	assert_int_equal(mkfifo("fifo", 0600), 0);
	write_file("t.conf", "@include \"fifo\"");
	must_fail("t.conf",
		  "t.conf:1: @include \"fifo\" cannot be read: a rule file must be a regular file");
	write_file("t.conf", "@include \"fifo");
	must_fail("t.conf", "t.conf:1: the string that begins here is never closed by \"");
	write_file("t.conf", "\n@include \"t.conf\"");
	must_fail("t.conf",
		  "t.conf:2: @include \"t.conf\" cannot be read: includes may be nested 10 deep");
	for (int i = 0; i < 31; i++)
		strcat(text, "@include \"/dev/null\"\n");
	write_file("t.conf", text);
	must_load("t.conf");
	strcat(text, "@include \"/dev/null\"\n");
	write_file("t.conf", text);
	must_fail("t.conf", "t.conf:32: @include \"/dev/null\" cannot be read: a rule file may "
			    "include 31 files");
}

/* With any room for the message. */
static void short_messages(void **state)
{
	static const char message[] =
		"t.conf:1: unknown setting x; a rule file may have when, rules, builtin, "
		"buffer, trace, log";
	config_load_function *function;
	void *module = open_module(&function);

	(void)state;
	write_file("t.conf", "x = 1");
	for (size_t size = 0; size < sizeof(message) + 2; size++) {
		struct settings settings = settings_default();
		size_t length = size < sizeof(message) ? size : sizeof(message);

		memset(error, 'X', sizeof(error));
		assert_int_equal(function("t.conf", &settings, error, size), -1);
		assert_int_equal(error[size], 'X');
		if (length) {
			assert_int_equal(strlen(error), length - 1);
			assert_memory_equal(error, message, length - 1);
		}
	}
	dlclose(module);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong_files),	    cmocka_unit_test(number_beyond_all),
		cmocka_unit_test(unreadable_files), cmocka_unit_test(no_permission),
		cmocka_unit_test(file_size),	    cmocka_unit_test(wrong_includes),
		cmocka_unit_test(short_messages),
	};

	return cmocka_run_group_tests_name("config-wrong", tests, set_up, tear_down);
}
