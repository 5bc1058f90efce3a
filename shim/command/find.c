/*
 * Finds the program behind a command. Called by privmap.c before it runs it.
 */
#include "find.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SCRIPTS = 5,  /* fs/exec.c: "#!" of a "#!" and so on, then ELOOP */
	HASH_BANG = 255, /* BINPRM_BUF_SIZE less its NUL */
};

static int runnable(const char *path)
{
	struct stat found;

	if (stat(path, &found))
		return errno;
	if (S_ISDIR(found.st_mode))
		return EACCES;
	/* As the kernel asks: with the effective ids. */
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) ? errno : 0;
}

/* As execvp(3): a name that is found but may not be run counts only if no later one may be. */
static int search_path(const char *name, char *path)
{
	const char *list = getenv("PATH");
	int error = ENOENT;

	if (!*name)
		return ENOENT;
	if (strchr(name, '/')) {
		if (strlen(name) >= PATH_MAX)
			return ENAMETOOLONG;
		strcpy(path, name);
		return runnable(path);
	}
	if (!list)
		list = "/bin:/usr/bin";
	for (;;) {
		size_t length = strcspn(list, ":");

		if (length + strlen(name) + 2 <= PATH_MAX) {
			int answer;

			sprintf(path, "%.*s%s%s", (int)length, list, length ? "/" : "", name);
			answer = runnable(path);
			if (!answer)
				return 0;
			if (answer == EACCES)
				error = EACCES;
		}
		if (!list[length])
			return error;
		list += length + 1;
	}
}

static char *skip_blanks(char *p)
{
	return p + strspn(p, " \t");
}

static char *cut_word(char *word)
{
	char *end = word + strcspn(word, " \t");

	if (*end)
		*end++ = '\0';
	return skip_blanks(end);
}

/* The command in env's arguments: behind -S, other options and NAME=VALUE. NULL: none. */
static char *command_of_env(char *arguments)
{
	while (*arguments) {
		char *word = arguments;

		arguments = cut_word(arguments);
		if (strncmp(word, "-S", 2) == 0 && word[2])
			word += 2;
		if (*word != '-' && !strchr(word, '='))
			return word;
	}
	return NULL;
}

/* Replaces path by the interpreter that the "#!" line in start names. */
static int follow_script(char *start, char *path)
{
	char *interpreter = skip_blanks(start + 2);
	char *arguments;
	const char *base;
	const char *command = NULL;

	interpreter[strcspn(interpreter, "\n")] = '\0';
	arguments = cut_word(interpreter);
	if (!*interpreter)
		return ENOEXEC;
	base = strrchr(interpreter, '/');
	if (strcmp(base ? base + 1 : interpreter, "env") == 0)
		command = command_of_env(arguments);
	if (command)
		return search_path(command, path);
	strcpy(path, interpreter);
	return runnable(path);
}

int find_program(const char *name, struct program *program)
{
	int error = search_path(name, program->path);

	for (int scripts = 0; !error && scripts <= SCRIPTS; scripts++) {
		char start[HASH_BANG + 1];
		ssize_t count;

		program->fd = open(program->path, O_RDONLY | O_CLOEXEC);
		if (program->fd < 0)
			return 0; /* to be run, but not to be read */
		error = elf_look(program->fd, &program->elf);
		if (error != ENOEXEC)
			return error;
		count = pread(program->fd, start, sizeof(start) - 1, 0);
		close(program->fd);
		program->fd = -1;
		if (count < 0)
			return errno;
		start[count] = '\0';
		if (start[0] == '#' && start[1] == '!')
			error = follow_script(start, program->path);
		else if (memchr(start, '\0', (size_t)count))
			return ENOEXEC;
		else
			error = search_path("/bin/sh", program->path);
	}
	return error ? error : ELOOP;
}
