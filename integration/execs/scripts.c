/* SPDX-License-Identifier: MIT */
/*
 * Exec conformance: "#!" lines. The interpreter is a static program, which is handed over; in some
 * cases a dynamic one, which is not.
 */
#include "execs.h"

/* Runs a script with this line, and its end, for an interpreter in the same directory. */
static void interpreted(const char *line, size_t size)
{
	target("static");
	target("dynamic");
	make_text("it", line, size, 0755);
	try_file("./it");
}

#define LINE(function, line)                                                                       \
	static void function(void)                                                                 \
	{                                                                                          \
		interpreted(line, sizeof(line) - 1);                                               \
	}
LINE(plain, "#!./static\n")
LINE(of_dynamic, "#!./dynamic\n")
LINE(argument, "#!./static one\n")
LINE(arguments, "#!./static one two  three\n")
LINE(blanks, "#! \t ./static \t one \t two \t \n")
LINE(blanks_at_end, "#!./static \t \n")
LINE(tabs, "#!\t./static\tone\n")
LINE(no_newline, "#!./static")
LINE(no_newline_argument, "#!./static one")
LINE(crlf, "#!./static\r\n")
LINE(crlf_argument, "#!./static one\r\n")
LINE(more_text, "#!./static one\nexit 3\n#!./dynamic\n")
LINE(nul, "#!./static\0/x one\n")
LINE(nul_in_argument, "#!./static one\0two\n")
LINE(missing, "#!./missing\n")
LINE(no_interpreter, "#!  \n./static\n")
LINE(relative, "#!static\n")
LINE(a_directory, "#!.\n")
LINE(a_device, "#!/dev/null\n")
LINE(itself, "#!./it\n")
LINE(blank_before, " #!./static\n")
LINE(marked, "\xef\xbb\xbf#!./static\n")
LINE(quotes, "#!\"./static\" 'one two'\n")
LINE(of_env, "#!/usr/bin/env ./static\n")
LINE(of_env_split, "#!/usr/bin/env -S ./static one two\n")
LINE(of_env_variable, "#!/usr/bin/env -S A=1 ./static\n")
LINE(of_sh, "#!/bin/sh\nexec ./static \"$0\" \"$@\"\n")

static void not_executable(void)
{
	make_text("interpreter", "x", 1, 0644);
	SCRIPT("it", "#!./interpreter\n");
	try_file("./it");
}

static void not_searchable(void)
{
	MUST(mkdir("in", 0755) == 0);
	target_as("static", "in/static");
	SCRIPT("it", "#!./in/static\n");
	MUST(chmod("in", 0700) == 0 && chmod(".", 0755) == 0);
	try_all(&(struct order){ .file = "./it", .before = be_nobody });
}

static void of_text(void)
{
	SCRIPT("interpreter", "exit 4\n");
	SCRIPT("it", "#!./interpreter\n");
	try_file("./it");
}

static void of_link(void)
{
	target("static");
	MUST(symlink("static", "link") == 0 && symlink("missing", "dangling") == 0);
	MUST(symlink("loop", "loop") == 0);
	SCRIPT("it", "#!./link one\n");
	SCRIPT("to-nothing", "#!./dangling\n");
	SCRIPT("to-itself", "#!./loop\n");
	try_file("./it");
	try_file("./to-nothing");
	try_file("./to-itself");
}

/* Each is the interpreter of the next. */
static void chain(void)
{
	char name[16], line[64];

	target_as("static", "it-0");
	for (int i = 1; i < 8; i++) {
		int length = snprintf(line, sizeof(line), "#!./it-%d of-%d\n", i - 1, i);

		snprintf(name, sizeof(name), "it-%d", i);
		make_text(name, line, (size_t)length, 0755);
	}
	for (int i = 1; i < 8; i++) {
		snprintf(name, sizeof(name), "./it-%d", i);
		try_all(&(struct order){ .file = name,
					 .only = "execve execvp fexecve posix_spawn" });
	}
}

/* The kernel reads 256 bytes. It takes an argument that is cut there, but not an interpreter. */
static void long_line(void)
{
	enum { LONGEST = 300 };
	char line[LONGEST + 2];

	target("static");
	for (int length = 252; length <= 260; length++) {
		memset(line, '/', sizeof(line));
		memcpy(line, "#!.", 3);
		memcpy(line + length - 6, "static", 6);
		line[length] = '\n';
		make_text("it", line, (size_t)length + 1, 0755);
		try_all(&(struct order){ .file = "./it", .only = "execve execvp posix_spawn" });
	}
}

static void long_argument(void)
{
	char line[602];

	target("static");
	for (int length = 253; length <= 258; length++) {
		memset(line, 'x', sizeof(line));
		memcpy(line, "#!./static ", 11);
		line[length] = '\n';
		make_text("it", line, (size_t)length + 1, 0755);
		try_all(&(struct order){ .file = "./it", .only = "execve execvp posix_spawn" });
	}
	memset(line, ' ', sizeof(line));
	memcpy(line, "#!./static", 10);
	make_text("it", line, sizeof(line), 0755);
	try_file("./it");
	memset(line, ' ', sizeof(line));
	memcpy(line, "#!", 2);
	make_text("it", line, sizeof(line), 0755);
	try_file("./it");
}

/* The interpreter gets the script's name unchanged. */
static void names_given(void)
{
	target("static");
	SCRIPT("it", "#!./static\n");
	MUST(mkdir("in", 0755) == 0 && symlink("../it", "in/link") == 0);
	try_all(&(struct order){ .file = "it" });
	try_all(&(struct order){ .file = "././in/../it" });
	try_all(&(struct order){ .file = "in/link" });
}

const struct conform_case execs_scripts[] = {
	{ "plain", plain, NULL },
	{ "of-dynamic", of_dynamic, NULL },
	{ "argument", argument, NULL },
	{ "arguments", arguments, NULL },
	{ "blanks", blanks, NULL },
	{ "blanks-at-end", blanks_at_end, NULL },
	{ "tabs", tabs, NULL },
	{ "no-newline", no_newline, NULL },
	{ "no-newline-argument", no_newline_argument, NULL },
	{ "crlf", crlf, NULL },
	{ "crlf-argument", crlf_argument, NULL },
	{ "more-text", more_text, NULL },
	{ "nul", nul, NULL },
	{ "nul-in-argument", nul_in_argument, NULL },
	{ "missing", missing, NULL },
	{ "no-interpreter", no_interpreter, NULL },
	{ "relative", relative, NULL },
	{ "of-a-directory", a_directory, NULL },
	{ "of-a-device", a_device, NULL },
	{ "of-itself", itself, NULL },
	{ "blank-before", blank_before, NULL },
	{ "byte-order-mark", marked, NULL },
	{ "quotes", quotes, NULL },
	{ "of-env", of_env, NULL },
	{ "of-env-split", of_env_split, NULL },
	{ "of-env-variable", of_env_variable, NULL },
	{ "of-sh", of_sh, NULL },
	{ "of-not-executable", not_executable, NULL },
	{ "of-not-searchable", not_searchable, NULL },
	{ "of-text", of_text, NULL },
	{ "of-link", of_link, NULL },
	{ "chain", chain, NULL },
	{ "long-line", long_line, NULL },
	{ "long-argument", long_argument, NULL },
	{ "names-given", names_given, NULL },
	{ 0 },
};
