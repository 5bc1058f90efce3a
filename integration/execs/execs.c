/* SPDX-License-Identifier: MIT */
/*
 * Runs an order, once in each way, and describes the results in words. Each time in a child that
 * has only /dev/null open, and the file for its output and that of its children.
 */
#include "execs.h"

#include <stdarg.h>
#include <sys/wait.h>

/* What the child reports about a call that returned. */
struct back {
	bool has;
	int error;
};

enum { TEXT = 1900 };

char *usual_argv[] = { (char *)(uintptr_t) "given name", (char *)(uintptr_t) "one",
		       (char *)(uintptr_t) "two words", NULL };
char *usual_envp[] = { (char *)(uintptr_t) "PATH=/usr/bin:/bin", (char *)(uintptr_t) "ONE=1",
		       (char *)(uintptr_t) "EMPTY=", NULL };

/* --- words --- */

/* name is a word of names. */
static bool is_among(const char *name, const char *names)
{
	size_t length = strlen(name);

	for (const char *at = names; (at = strstr(at, name)); at += length)
		if ((at == names || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
			return true;
	return false;
}

static void append(char *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void append(char *text, const char *format, ...)
{
	size_t length = strlen(text);
	va_list list;

	va_start(list, format);
	vsnprintf(text + length, TEXT - length, format, list);
	va_end(list);
}

/* Appends the lines of a file with these keys: lines without a key come from other programs. */
static void append_told(char *text, int fd, const char *keys)
{
	FILE *lines;
	char *line = NULL;
	size_t size = 0;

	MUST(lseek(fd, 0, SEEK_SET) == 0);
	lines = fdopen(fd, "r");
	MUST(lines);
	while (getline(&line, &size, lines) > 0) {
		char *end = line + strspn(line, "abcdefghijklmnopqrstuvwxyz");

		line[strcspn(line, "\n")] = '\0';
		if (end > line && *end == '=') {
			*end = '\0';
			if (is_among(line, keys))
				append(text, "; %s=%.300s", line, end + 1);
		} else {
			append(text, "; %.300s", line);
		}
	}
	free(line);
	fclose(lines);
}

static void append_end(char *text, int status)
{
	append(text, "%s%s", ended(status),
	       WIFSIGNALED(status) && WCOREDUMP(status) ? ", core" : "");
}

/* --- a child whose output is kept --- */

static int file_in_memory(void)
{
	int fd = memfd_create("kept", MFD_CLOEXEC);

	MUST(fd >= 0);
	return fd;
}

/* Closes all other descriptors: numbers would differ, and inherited ones are visible. */
static void only_files(int out, int err)
{
	int null = open("/dev/null", O_RDWR);

	if (dup2(out, 1) < 0 || dup2(err, 2) < 0 || dup2(null, 0) < 0 || close_range(3, ~0U, 0))
		_exit(97);
}

/* Memory that the child shares, without a descriptor. */
static struct back *back_from_child(void)
{
	static struct back *back;

	if (!back)
		back = mmap(NULL, sizeof(*back), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			    -1, 0);
	MUST(back != MAP_FAILED);
	memset(back, 0, sizeof(*back));
	return back;
}

static int wait_status(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		MUST(errno == EINTR);
	return status;
}

/* In the child. If it starts another child, it ends as that one did. */
static void call(const struct how *way, const struct order *order, struct back *back)
{
	pid_t pid = 0;
	int error = way->run(order, &pid), status;

	if (error) {
		back->error = error;
		back->has = true;
		_exit(98);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			_exit(96);
	if (WIFSIGNALED(status)) {
		signal(WTERMSIG(status), SIG_DFL);
		raise(WTERMSIG(status));
	}
	_exit(WEXITSTATUS(status));
}

static void outcome(const struct how *way, const struct order *order, char *text)
{
	struct back *back = back_from_child();
	int out = file_in_memory(), err = file_in_memory(), status;
	pid_t pid = fork();

	MUST(pid >= 0);
	if (pid == 0) {
		only_files(out, err);
		if (order->before)
			order->before();
		call(way, order, back);
	}
	if (order->meanwhile)
		order->meanwhile(pid);
	status = wait_status(pid);
	text[0] = '\0';
	if (back->has)
		append(text, "%s", errno_word(back->error));
	else
		append_end(text, status);
	append_told(text, out, order->keys);
	append_told(text, err, "");
}

void try_all(const struct order *given)
{
	enum { COUNT = 32 };
	static char texts[COUNT][TEXT];
	struct order order = *given;
	bool said[COUNT] = { false };

	if (!order.argv)
		order.argv = usual_argv;
	if (!order.envp)
		order.envp = usual_envp;
	if (!order.keys)
		order.keys = "argv env exe comm execfn";
	for (int i = 0; ways[i].name; i++) {
		said[i] = order.only && !is_among(ways[i].name, order.only);
		if (!said[i])
			outcome(&ways[i], &order, texts[i]);
	}
	for (int i = 0; ways[i].name; i++) {
		char names[512] = "";

		if (said[i])
			continue;
		for (int j = i; ways[j].name; j++) {
			if (said[j] || strcmp(texts[i], texts[j]) != 0)
				continue;
			said[j] = true;
			strcat(strcat(names, *names ? " " : ""), ways[j].name);
		}
		answer("%s: %s", names, texts[i]);
	}
}

void try_file(const char *file)
{
	try_all(&(struct order){ .file = file });
}

void try_call(const char *name, void (*run)(void), const char *keys)
{
	int out = file_in_memory(), err = file_in_memory();
	static char text[TEXT];
	pid_t pid = fork();

	MUST(pid >= 0);
	if (pid == 0) {
		only_files(out, err);
		environ = usual_envp;
		run();
		exit(0);
	}
	text[0] = '\0';
	append_end(text, wait_status(pid));
	append_told(text, out, keys);
	append_told(text, err, "");
	answer("%s: %s", name, text);
}

void *null(void)
{
	static void *volatile nothing;

	return nothing;
}

/* --- files --- */

void target_as(const char *name, const char *other)
{
	char path[256];

	snprintf(path, sizeof(path), "../../targets/%s", name);
	if (link(path, other) == 0)
		return;
	MUST(errno == ENOENT);
	answer("there is no %s", name);
}

void target(const char *name)
{
	target_as(name, name);
}

void make_text(const char *name, const void *bytes, size_t size, mode_t mode)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	MUST(fd >= 0 && write(fd, bytes, size) == (ssize_t)size && fchmod(fd, mode) == 0);
	MUST(close(fd) == 0);
}

void be_nobody(void)
{
	if (geteuid() == 0 &&
	    (setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY)))
		_exit(95);
}
