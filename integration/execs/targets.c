/* SPDX-License-Identifier: MIT */
/*
 * Exec conformance: files that are no programs, or may not be run.
 */
#include "execs.h"

#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

static void missing(void)
{
	try_file("./missing");
}

static void no_name(void)
{
	try_file("");
}

static void directory(void)
{
	MUST(mkdir("it", 0755) == 0);
	try_file("./it");
	try_file(".");
	try_file("/");
}

static void below_a_file(void)
{
	target("static");
	try_file("./static/it");
	try_file("./static/");
}

static void below_nothing(void)
{
	try_file("./missing/it");
}

static void fifo(void)
{
	MUST(mkfifo("it", 0755) == 0);
	try_file("./it");
}

static void a_socket(void)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX, .sun_path = "it" };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	MUST(bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0 && chmod("it", 0755) == 0);
	close(fd);
	try_file("./it");
}

static void device(void)
{
	try_file("/dev/null");
	if (is_root() && mknod("it", S_IFCHR | 0755, makedev(1, 3)) == 0)
		try_file("./it");
}

static void dangling(void)
{
	MUST(symlink("missing", "it") == 0);
	try_file("./it");
}

static void loop(void)
{
	MUST(symlink("it", "it") == 0 && symlink("two", "one") == 0 && symlink("one", "two") == 0);
	try_file("./it");
	try_file("./one");
}

static void linked(void)
{
	target("static");
	target("dynamic");
	MUST(symlink("static", "one") == 0 && symlink("dynamic", "two") == 0);
	MUST(symlink("one", "three") == 0);
	try_file("./one");
	try_file("./two");
	try_file("./three");
}

static void linked_deeply(void)
{
	char from[16] = "static", to[16];

	target("static");
	for (int i = 0; i < 41; i++) {
		snprintf(to, sizeof(to), "it-%d", i);
		MUST(symlink(from, to) == 0);
		strcpy(from, to);
	}
	try_file("./it-39");
	try_file("./it-40");
}

static void copy_as(const char *name, mode_t mode)
{
	char bytes[65536];
	int from = open("../../targets/static", O_RDONLY | O_CLOEXEC);
	int to = open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	ssize_t count;

	while ((count = read(from, bytes, sizeof(bytes))) > 0)
		MUST(write(to, bytes, (size_t)count) == count);
	MUST(fchmod(to, mode) == 0 && close(to) == 0 && close(from) == 0);
}

static void not_executable(void)
{
	copy_as("it", 0644);
	make_text("text", "#!/bin/sh\n", 10, 0644);
	try_file("./it");
	try_file("./text");
}

/* An unreadable program may run. */
static void not_readable(void)
{
	copy_as("it", 0711);
	make_text("text", "#!./it\n", 7, 0711);
	MUST(chmod(".", 0755) == 0);
	for (int i = 0; i < 2; i++)
		try_all(&(struct order){ .file = i ? "./text" : "./it", .before = be_nobody });
}

static void not_searchable(void)
{
	MUST(mkdir("in", 0755) == 0);
	copy_as("in/it", 0755);
	MUST(chmod("in", 0700) == 0 && chmod(".", 0755) == 0);
	try_all(&(struct order){ .file = "./in/it", .before = be_nobody });
	try_all(&(struct order){ .file = "./in/missing", .before = be_nobody });
}

static void busy(void)
{
	int fd;

	copy_as("it", 0755);
	fd = open("it", O_WRONLY | O_CLOEXEC);
	MUST(fd >= 0);
	try_file("./it");
	SCRIPT("text", "#!./it\n");
	try_file("./text");
}

static void no_exec(void)
{
	char name[4096];

	if (!conform_noexec) {
		answer("there is no such mount");
		return;
	}
	snprintf(name, sizeof(name), "%s/it", conform_noexec);
	copy_as(name, 0755);
	try_file(name);
	make_text(name, "#!/bin/true\n", 12, 0755);
	try_file(name);
	unlink(name);
}

static void long_names(void)
{
	static char name[6000];

	memset(name, 'x', sizeof(name) - 1);
	memcpy(name, "./", 2);
	try_file(name);
	name[4095] = '\0'; /* exactly PATH_MAX with its NUL */
	try_file(name);
	name[2 + 256] = '\0';
	try_file(name);
	name[2 + 255] = '\0';
	try_file(name);
	/* The longest valid name, by its directories. */
	target("static");
	for (int i = 2; i < 4080; i += 2)
		memcpy(name + i, "./", 2);
	strcpy(name + 4080, "static");
	try_all(&(struct order){ .file = name, .keys = "argv exe" });
}

static void odd_names(void)
{
	static const char *const names[] = { " ",   "a b", "-c",  "a\nb", "\xff\xfe", "$(x)",
					     "a=b", "*",   "gix", "it.",  "#!it",     ":" };
	char name[64];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		target_as("static", names[i]);
		snprintf(name, sizeof(name), "./%s", names[i]);
		try_all(&(struct order){ .file = name,
					 .only = "execve execvp posix_spawn execlp",
					 .keys = "argv comm" });
	}
}

/* Text without "#!": ENOEXEC, or the shell. */
static void text(void)
{
	SCRIPT("it", "echo \"argument: $1\"; exec ./static \"$@\"\n");
	target("static");
	try_file("./it");
	try_all(&(struct order){ .file = "it", .only = "execve execvp posix_spawn posix_spawnp" });
}

static void empty(void)
{
	make_text("it", "", 0, 0755);
	try_file("./it");
}

static void short_ones(void)
{
	static const char *const texts[] = {
		"#", "\n", "a", "#!", "#!\n", "#! ", "#! \n", "\177ELF"
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		make_text("it", texts[i], strlen(texts[i]), 0755);
		try_file("./it");
	}
}

static void zeros(void)
{
	static const char nothing[4096];

	make_text("it", nothing, sizeof(nothing), 0755);
	try_file("./it");
}

static void library(void)
{
	MUST(symlink("/proc/self/exe", "self") == 0);
	try_all(&(struct order){ .file = "/lib64/ld-linux-x86-64.so.2",
				 .only = TWO,
				 .keys = "argv",
				 .argv = (char *[]){ (char *)(uintptr_t) "ld.so",
						     (char *)(uintptr_t) "--version-wrong",
						     NULL } });
}

/* The dynamic linker is a static program that can run a dynamic one. */
static void by_linker(void)
{
	target("dynamic");
	try_all(&(struct order){ .file = "/lib64/ld-linux-x86-64.so.2",
				 .argv = (char *[]){ (char *)(uintptr_t) "ld.so",
						     (char *)(uintptr_t) "./dynamic",
						     (char *)(uintptr_t) "one", NULL },
				 .keys = "argv exe comm env" });
}

/* Between two runs, its mode changes, it is replaced, and it is deleted. */
static void changing(void)
{
	copy_as("it", 0755);
	try_all(&(struct order){ .file = "./it", .only = TWO });
	MUST(chmod("it", 0644) == 0);
	try_all(&(struct order){ .file = "./it", .only = TWO });
	MUST(unlink("it") == 0);
	target_as("dynamic", "it");
	try_all(&(struct order){ .file = "./it", .only = TWO });
	MUST(unlink("it") == 0);
	try_all(&(struct order){ .file = "./it", .only = TWO });
	SCRIPT("it", "#!/bin/echo\n");
	try_all(&(struct order){ .file = "./it", .only = TWO });
}

/* A set-user-ID program of root, run by root: the user stays the same. */
static void set_user(void)
{
	MUST(chmod(".", 0755) == 0);
	copy_as("it", 04755);
	try_all(&(struct order){
		.file = "./it", .keys = "users secure env exe flags", .before = be_nobody });
	copy_as("group", 02755);
	try_all(&(struct order){ .file = "./group",
				 .keys = "users secure exe flags",
				 .before = be_nobody,
				 .only = TWO });
}

static void set_user_script(void)
{
	MUST(chmod(".", 0755) == 0);
	target("static");
	make_text("it", "#!./static\n", 11, 04755);
	try_all(&(struct order){ .file = "./it", .keys = "users secure exe", .before = be_nobody });
}

const struct conform_case execs_targets[] = {
	{ "missing", missing, NULL },
	{ "no-name", no_name, NULL },
	{ "directory", directory, NULL },
	{ "below-a-file", below_a_file, NULL },
	{ "below-nothing", below_nothing, NULL },
	{ "fifo", fifo, NULL },
	{ "socket", a_socket, NULL },
	{ "device", device, NULL },
	{ "dangling", dangling, NULL },
	{ "loop", loop, NULL },
	{ "linked", linked, NULL },
	{ "linked-deeply", linked_deeply, NULL },
	{ "not-executable", not_executable, NULL },
	{ "not-readable", not_readable, NULL },
	{ "not-searchable", not_searchable, NULL },
	{ "busy", busy, NULL },
	{ "noexec", no_exec, NULL },
	{ "long-names", long_names, NULL },
	{ "odd-names", odd_names, NULL },
	{ "text", text, NULL },
	{ "empty", empty, NULL },
	{ "short", short_ones, NULL },
	{ "zeros", zeros, NULL },
	{ "dynamic-linker", library, NULL },
	{ "by-dynamic-linker", by_linker, NULL },
	{ "changing", changing, NULL },
	{ "set-user", set_user, NULL },
	{ "set-user-script", set_user_script, NULL },
	{ 0 },
};
