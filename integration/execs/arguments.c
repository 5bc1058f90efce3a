/* SPDX-License-Identifier: MIT */
/*
 * Exec conformance: argument lists and environments: valid, odd, invalid, and as long as the kernel
 * accepts.
 */
#include "execs.h"

#include <sys/resource.h>
#include <sys/wait.h>

#define W(text) ((char *)(uintptr_t)(text))

/* For programs that are handed over, others, and a script. */
static void each(char **argv, char **envp)
{
	static const char *const files[] = { "./static", "./dynamic", "./script" };

	for (size_t i = 0; i < 3; i++)
		try_all(&(struct order){
			.file = files[i], .argv = argv, .envp = envp, .keys = "argv env comm" });
}

static void make_each(void)
{
	target("static");
	target("dynamic");
	SCRIPT("script", "#!./static of script\n");
}

#define LISTS(function, arguments, environment)                                                    \
	static void function(void)                                                                 \
	{                                                                                          \
		make_each();                                                                       \
		each((char *[])arguments, (char *[])environment);                                  \
	}
#define LIST(...)                                                                                  \
	{                                                                                          \
		__VA_ARGS__, NULL                                                                  \
	}
LISTS(empty_argv, { NULL }, LIST(W("ONE=1")))
LISTS(empty_envp, LIST(W("name")), { NULL })
LISTS(only_a_name, LIST(W("name")), LIST(W("ONE=1")))
LISTS(empty_name, LIST(W(""), W("one")), LIST(W("ONE=1")))
LISTS(empty_words, LIST(W("name"), W(""), W("")), LIST(W(""), W("")))
LISTS(name_with_slash, LIST(W("/no/such/name"), W("one")), LIST(W("ONE=1")))
LISTS(login_name, LIST(W("-sh"), W("one")), LIST(W("ONE=1")))
LISTS(options, LIST(W("name"), W("--"), W("--engine"), W("--help")), LIST(W("ONE=1")))
LISTS(option_name, LIST(W("--version"), W("-c")), LIST(W("ONE=1")))
LISTS(odd_bytes, LIST(W("\xff\n\t"), W("a\"b'c\\")), LIST(W("A\n=\xfe"), W("\x01")))
LISTS(not_variables, LIST(W("name")), LIST(W("novalue"), W("=x"), W("=")))
LISTS(twice, LIST(W("name")), LIST(W("A=1"), W("A=2"), W("B=3"), W("A=1")))
LISTS(loader_variables, LIST(W("name")), LIST(W("LD_LIBRARY_PATH=/x"), W("LD_BIND_NOW=1")))
LISTS(like_ours, LIST(W("name")), LIST(W("LD_PRELOADED=1"), W("PRIVMAP=1"), W("XPRIVMAP_LOG=1")))

static void no_path_at_all(void)
{
	make_each();
	each((char *[]){ W("name"), NULL }, (char *[]){ W("HOME=/"), W("PATH=/nowhere"), NULL });
}

/* The program's own library must stay in LD_PRELOAD. */
static void own_preload(void)
{
	char variable[4200] = "LD_PRELOAD=";
	size_t length = strlen(variable);

	target("dynamic");
	MUST(getcwd(variable + length, sizeof(variable) - length - 32));
	strcat(variable, "/../../targets/empty.so");
	try_all(&(struct order){
		.file = "./dynamic", .envp = (char *[]){ variable, NULL }, .keys = "empty env" });
	strcpy(variable, "LD_PRELOAD=");
	try_all(&(struct order){
		.file = "./dynamic", .envp = (char *[]){ variable, NULL }, .keys = "empty env" });
}

/* --- unmapped memory --- */

static char *unmapped(void)
{
	char *at = mmap(NULL, 3 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST(at != MAP_FAILED);
	return at + PAGE;
}

/* Calls that pass their arguments to the kernel unchanged. */
#define AS_THEY_ARE "execve execveat execveat-empty fexecve"

static void bad_name(void)
{
	try_all(&(struct order){ .file = unmapped(), .only = "execve execv execveat" });
	try_all(&(struct order){ .file = null(), .only = "execve execv execveat" });
	/* Its end is mapped, but no byte after it. */
	{
		char *at = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
				-1, 0);

		MUST(at != MAP_FAILED && mprotect(at + PAGE, PAGE, PROT_NONE) == 0);
		target("static");
		strcpy(at + PAGE - 9, "./static");
		try_all(&(struct order){ .file = at + PAGE - 9 });
		memset(at + PAGE - 9, '/', 9);
		try_all(&(struct order){ .file = at + PAGE - 9, .only = "execve execv execveat" });
	}
}

static void bad_argv(void)
{
	make_each();
	try_all(&(struct order){
		.file = "./static", .argv = (char **)(void *)unmapped(), .only = AS_THEY_ARE });
	try_all(&(struct order){
		.file = "./dynamic", .argv = (char **)(void *)unmapped(), .only = AS_THEY_ARE });
	try_all(&(struct order){
		.file = "./missing", .argv = (char **)(void *)unmapped(), .only = "execve" });
}

static void bad_word(void)
{
	make_each();
	for (int i = 0; i < 2; i++) {
		char *argv[] = { W("name"), unmapped(), NULL };

		try_all(&(struct order){
			.file = i ? "./static" : "./dynamic", .argv = argv, .only = AS_THEY_ARE });
		argv[0] = argv[1];
		try_all(&(struct order){
			.file = i ? "./static" : "./dynamic", .argv = argv, .only = AS_THEY_ARE });
	}
}

/* The list goes on to the end of a page. */
static void unended(char ***list)
{
	char *at = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST(at != MAP_FAILED && mprotect(at + PAGE, PAGE, PROT_NONE) == 0);
	*list = (char **)(void *)(at + PAGE - 3 * sizeof(char *));
	for (int i = 0; i < 3; i++)
		(*list)[i] = W("word");
}

static void unended_argv(void)
{
	char **list;

	make_each();
	unended(&list);
	try_all(&(struct order){ .file = "./static", .argv = list, .only = AS_THEY_ARE });
	try_all(&(struct order){ .file = "./dynamic", .argv = list, .only = AS_THEY_ARE });
}

static void bad_envp(void)
{
	char **list;

	make_each();
	unended(&list);
	for (int i = 0; i < 2; i++) {
		const char *file = i ? "./static" : "./dynamic";

		try_all(&(struct order){
			.file = file, .envp = (char **)(void *)unmapped(), .only = AS_THEY_ARE });
		try_all(&(struct order){ .file = file,
					 .envp = (char *[]){ W("A=1"), unmapped(), NULL },
					 .only = AS_THEY_ARE });
		try_all(&(struct order){ .file = file, .envp = list, .only = AS_THEY_ARE });
	}
}

/* The kernel takes NULL for an empty list. */
static void null_lists_execute(void)
{
	for (int i = 0; i < 8; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			execve(i & 1 ? "./static" : "./dynamic", i & 2 ? null() : usual_argv,
			       i & 4 ? null() : usual_envp);
			_exit(8);
		}
		dprintf(1, "%d: %s\n", i, wait_end(pid));
	}
}

static void null_lists(void)
{
	make_each();
	try_call("NULL", null_lists_execute, "argv env");
}

/* --- maximum sizes --- */

/* MAX_ARG_STRLEN is 32 pages, the NUL included. */
static void long_word(void)
{
	static char value[32 * 4096 + 10];

	make_each();
	for (int more = -1; more <= 0; more++) {
		memset(value, 'x', sizeof(value));
		value[32 * 4096 + more] = '\0';
		for (int i = 0; i < 2; i++) {
			const char *file = i ? "./static" : "./script";

			try_all(&(struct order){ .file = file,
						 .argv = (char *[]){ W("name"), value, NULL },
						 .keys = "argv env" });
			try_all(&(struct order){ .file = file,
						 .envp = (char *[]){ value, NULL },
						 .keys = "argv env",
						 .only = TWO });
		}
	}
}

static void long_name(void)
{
	static char value[100000];

	memset(value, 'n', sizeof(value) - 1);
	make_each();
	each((char *[]){ value, W("one"), NULL }, (char *[]){ W("A=1"), NULL });
}

static char **list_of(size_t count, char *word)
{
	char **list = malloc((count + 1) * sizeof(*list));

	MUST(list);
	for (size_t i = 0; i < count; i++)
		list[i] = word;
	list[count] = NULL;
	return list;
}

static void many_words(void)
{
	char **list = list_of(100000, W("word"));

	make_each();
	for (int i = 0; i < 3; i++)
		try_all(&(struct order){ .file = i == 0 ? "./static" :
						 i == 1 ? "./dynamic" :
							  "./script",
					 .argv = list,
					 .only = "execve execvp fexecve posix_spawn",
					 .keys = "argv env" });
	try_all(&(struct order){ .file = "./static",
				 .envp = list,
				 .only = "execve posix_spawn",
				 .keys = "argv env" });
}

static void little_stack(void)
{
	/* Both lists may take a quarter of it. */
	struct rlimit limit = { 512 << 10, RLIM_INFINITY };

	if (setrlimit(RLIMIT_STACK, &limit))
		_exit(94);
}

/* Finds the largest argv that the kernel accepts: handing over must not reduce it. */
static void most_of(const char *file)
{
	static char page[4096 + 1];
	size_t works = 0, fails = 64;
	static int status;

	memset(page, 'p', 4095);
	while (fails - works > 1) {
		size_t count = (works + fails) / 2;
		char **list = list_of(count, page);
		pid_t pid = fork();

		if (pid == 0) {
			int null = open("/dev/null", O_RDWR);

			dup2(null, 1);
			little_stack();
			execve(file, list, (char *[]){ W("A=1"), NULL });
			_exit(errno == E2BIG ? 77 : 78);
		}
		MUST(waitpid(pid, &status, 0) == pid);
		if (status == 0)
			works = count;
		else
			fails = count;
		free(list);
	}
	answer("%s: %zu pages of argv, then %s", file, works, ended(status ? status : 77 << 8));
}

static void most(void)
{
	make_each();
	most_of("./static");
	most_of("./dynamic");
	most_of("./script");
}

static void too_many(void)
{
	char **list = list_of(400, usual_argv[1]);
	static char large[100000];

	memset(large, 'l', sizeof(large) - 1);
	for (int i = 0; i < 400; i++)
		list[i] = large;
	make_each();
	for (int i = 0; i < 3; i++)
		try_all(&(struct order){ .file = i == 0 ? "./static" :
						 i == 1 ? "./dynamic" :
							  "./script",
					 .argv = list,
					 .only = "execve execvp fexecve posix_spawn" });
	try_all(&(struct order){ .file = "./static", .envp = list, .only = "execve posix_spawn" });
	try_all(&(struct order){ .file = "./missing", .argv = list, .only = "execve posix_spawn" });
}

const struct conform_case execs_arguments[] = {
	{ "empty-argv", empty_argv, NULL },
	{ "empty-envp", empty_envp, NULL },
	{ "only-a-name", only_a_name, NULL },
	{ "empty-name", empty_name, NULL },
	{ "empty-words", empty_words, NULL },
	{ "name-with-slash", name_with_slash, NULL },
	{ "login-name", login_name, NULL },
	{ "options", options, NULL },
	{ "option-as-name", option_name, NULL },
	{ "odd-bytes", odd_bytes, NULL },
	{ "not-variables", not_variables, NULL },
	{ "variables-twice", twice, NULL },
	{ "loader-variables", loader_variables, NULL },
	{ "variables-like-ours", like_ours, NULL },
	{ "path-to-nowhere", no_path_at_all, NULL },
	{ "own-preload", own_preload, NULL },
	{ "bad-name", bad_name, NULL },
	{ "bad-argv", bad_argv, NULL },
	{ "bad-word", bad_word, NULL },
	{ "unended-argv", unended_argv, NULL },
	{ "bad-envp", bad_envp, NULL },
	{ "null-lists", null_lists, NULL },
	{ "long-word", long_word, NULL },
	{ "long-name", long_name, NULL },
	{ "many-words", many_words, NULL },
	{ "most", most, NULL },
	{ "too-many", too_many, NULL },
	{ 0 },
};
