/* SPDX-License-Identifier: MIT */
/*
 * Exec conformance: the search in PATH, of execvp(3), execvpe, execlp and posix_spawnp.
 */
#include "execs.h"

/* Searches PATH for FILE; NULL: without the variable. */
static void in_path(const char *path, const char *file)
{
	static char variable[20000];

	snprintf(variable, sizeof(variable), "PATH=%s", path ? path : "");
	try_all(&(struct order){
		.file = file,
		.only = SEARCHING,
		.envp = (char *[]){ path ? variable : (char *)(uintptr_t) "NO=PATH", NULL } });
}

static void as_nobody(const char *path, const char *file)
{
	char variable[256];

	snprintf(variable, sizeof(variable), "PATH=%s", path);
	MUST(chmod(".", 0755) == 0);
	try_all(&(struct order){ .file = file,
				 .only = SEARCHING,
				 .before = be_nobody,
				 .envp = (char *[]){ variable, NULL } });
}

static void directories(void)
{
	MUST(mkdir("a", 0755) == 0 && mkdir("b", 0755) == 0 && mkdir("c", 0755) == 0);
}

static void first(void)
{
	directories();
	target_as("static", "a/it");
	target_as("dynamic", "b/it");
	in_path("a:b", "it");
	in_path("b:a", "it");
	in_path("./a:./b:", "it");
}

static void second(void)
{
	directories();
	target_as("static", "b/it");
	in_path("a:b:c", "it");
}

static void nowhere(void)
{
	directories();
	in_path("a:b", "it");
	in_path("missing", "it");
}

static void missing_directory(void)
{
	directories();
	target_as("static", "b/it");
	in_path("missing:a:missing/too:b", "it");
}

static void file_as_directory(void)
{
	directories();
	target_as("static", "b/it");
	target_as("static", "file");
	in_path("file:b", "it");
	in_path("file", "it");
}

static void closed_directory(void)
{
	directories();
	target_as("static", "a/it");
	target_as("static", "b/it");
	MUST(chmod("a", 0700) == 0);
	as_nobody("a:b", "it");
	as_nobody("a:c", "it");
	as_nobody("a", "missing");
}

static void not_executable(void)
{
	directories();
	make_text("a/it", "x", 1, 0644);
	target_as("static", "b/it");
	in_path("a:b", "it");
	in_path("a:c", "it");
	in_path("a", "it");
}

static void directory_of_that_name(void)
{
	directories();
	MUST(mkdir("a/it", 0755) == 0);
	target_as("static", "b/it");
	in_path("a:b", "it");
	in_path("a", "it");
}

static void dangling_first(void)
{
	directories();
	MUST(symlink("missing", "a/it") == 0);
	target_as("static", "b/it");
	in_path("a:b", "it");
	in_path("a", "it");
}

static void loop_first(void)
{
	directories();
	MUST(symlink("it", "a/it") == 0);
	target_as("static", "b/it");
	in_path("a:b", "it");
}

static void text_first(void)
{
	directories();
	SCRIPT("a/it", "echo text \"$0\" \"$@\"\n");
	target_as("static", "b/it");
	in_path("a:b", "it");
	in_path("c:a", "it");
}

static void empty_first(void)
{
	directories();
	make_text("a/it", "", 0, 0755);
	target_as("static", "b/it");
	in_path("a:b", "it");
}

static void missing_interpreter(void)
{
	directories();
	SCRIPT("a/it", "#!./missing\n");
	target_as("static", "b/it");
	in_path("a:b", "it");
	in_path("a", "it");
}

static void closed_interpreter(void)
{
	directories();
	make_text("no", "x", 1, 0644);
	SCRIPT("a/it", "#!./no\n");
	target_as("static", "b/it");
	in_path("a:b", "it");
	in_path("a", "it");
}

static void script_found(void)
{
	directories();
	target("static");
	SCRIPT("b/it", "#!./static one\n");
	in_path("a:b", "it");
}

static void other_machine(void)
{
	static const char foreign[64] = { 0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0,
					  0,	0,   0,	  0,   0, 0, 2, 0, 22 };

	directories();
	make_text("a/it", foreign, sizeof(foreign), 0755);
	target_as("static", "b/it");
	in_path("a:b", "it");
}

static void busy_first(void)
{
	int fd;

	directories();
	make_text("a/it", "x", 1, 0755);
	target_as("static", "b/it");
	fd = open("a/it", O_WRONLY | O_CLOEXEC);
	MUST(fd >= 0);
	in_path("a:b", "it");
}

static void empty_entries(void)
{
	target("static");
	in_path("", "static");
	in_path(":", "static");
	in_path(":missing", "static");
	in_path("missing:", "static");
	in_path("missing::missing", "static");
	in_path(".", "static");
}

static void no_path(void)
{
	target("static");
	in_path(NULL, "static");
	in_path(NULL, "missing");
	try_all(&(struct order){ .file = "true", .only = SEARCHING, .envp = (char *[]){ NULL } });
}

static void with_slash(void)
{
	directories();
	target_as("static", "a/it");
	target("static");
	in_path("a", "./static");
	in_path("a", "a/it");
	in_path("a", "./it");
	in_path(".", "a/missing");
}

static void no_name(void)
{
	target("static");
	in_path(".", "");
	in_path("", "");
}

static void long_entries(void)
{
	static char path[12000];

	directories();
	target_as("static", "b/it");
	memset(path, 'x', 5000);
	strcpy(path + 5000, ":b");
	in_path(path, "it");
	path[300] = ':';
	in_path(path, "it");
	/* A PATH with many entries. */
	for (int i = 0; i < 3000; i++)
		memcpy(path + 3 * i, "no:", 3);
	strcpy(path + 9000, "b");
	in_path(path, "it");
}

static void long_name(void)
{
	char name[300];

	memset(name, 'x', sizeof(name) - 1);
	name[299] = '\0';
	in_path(".", name);
	name[256] = '\0';
	in_path(".", name);
	name[255] = '\0';
	in_path(".", name);
	in_path("missing", name);
}

/* execvpe(3) uses the caller's PATH, not that of the new environment. */
static void execs_with_other_path(void)
{
	char *given[] = { (char *)(uintptr_t) "PATH=b", NULL };

	setenv("PATH", "a", 1);
	execvpe("it", usual_argv, given);
	_exit(9);
}

static void own_path(void)
{
	directories();
	target_as("static", "a/it");
	target_as("dynamic", "b/it");
	try_call("execvpe", execs_with_other_path, "execfn env");
}

static void last_error(void)
{
	directories();
	make_text("b/it", "x", 1, 0644);
	in_path("a:b:c", "it");
	in_path("a:b:missing:file", "it");
	in_path("b:a/x", "it");
}

static void odd_entries(void)
{
	MUST(mkdir("a b", 0755) == 0 && mkdir("*", 0755) == 0 && mkdir("~", 0755) == 0);
	target_as("static", "a b/it");
	target_as("static", "*/star");
	target_as("static", "~/tilde");
	in_path("a b:*:~", "it");
	in_path("a b:*:~", "star");
	in_path("a b:*:~", "tilde");
	in_path("a b/:*//:~/./", "tilde");
}

static void too_much(void)
{
	static char value[140000];

	directories();
	target_as("static", "b/it");
	memset(value, 'x', sizeof(value) - 1);
	try_all(&(struct order){ .file = "it",
				 .only = SEARCHING,
				 .argv = (char *[]){ (char *)(uintptr_t) "it", value, NULL },
				 .envp = (char *[]){ (char *)(uintptr_t) "PATH=a:b:c", NULL } });
}

const struct conform_case execs_search[] = {
	{ "first", first, NULL },
	{ "second", second, NULL },
	{ "nowhere", nowhere, NULL },
	{ "missing-directory", missing_directory, NULL },
	{ "file-as-directory", file_as_directory, NULL },
	{ "closed-directory", closed_directory, NULL },
	{ "not-executable", not_executable, NULL },
	{ "directory-of-that-name", directory_of_that_name, NULL },
	{ "dangling-first", dangling_first, NULL },
	{ "loop-first", loop_first, NULL },
	{ "text-first", text_first, NULL },
	{ "empty-first", empty_first, NULL },
	{ "missing-interpreter", missing_interpreter, NULL },
	{ "closed-interpreter", closed_interpreter, NULL },
	{ "script", script_found, NULL },
	{ "other-machine", other_machine, NULL },
	{ "busy-first", busy_first, NULL },
	{ "empty-entries", empty_entries, NULL },
	{ "no-path", no_path, NULL },
	{ "with-slash", with_slash, NULL },
	{ "no-name", no_name, NULL },
	{ "long-entries", long_entries, NULL },
	{ "long-name", long_name, NULL },
	{ "own-path", own_path, NULL },
	{ "last-error", last_error, NULL },
	{ "odd-entries", odd_entries, NULL },
	{ "too-much", too_much, NULL },
	{ 0 },
};
