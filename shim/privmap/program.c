/* SPDX-License-Identifier: MIT */
/*
 * Finds the program that a command runs.
 */
#include "program.h"

#include "script.h"
#include "text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char shell[] = "/bin/sh"; /* execvp(3) runs a text without "#!" by this */

/* execve(2) runs only regular files; opening a FIFO would wait for its writer. */
static int runnable(const char *path)
{
	struct stat found;

	if (stat(path, &found))
		return errno;
	if (!S_ISREG(found.st_mode))
		return EACCES;
	/* The kernel uses the effective ids, too. */
	return faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) ? errno : 0;
}

/* Like execvp(3): a file that may not be run counts only if PATH has no later one that may. */
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
	if (strlen(name) > NAME_MAX)
		return ENAMETOOLONG;
	if (!list)
		list = "/bin:/usr/bin";
	for (;;) {
		size_t length = strcspn(list, ":");

		if (length + strlen(name) + 2 <= PATH_MAX) {
			int answer;

			sprintf(path, "%.*s%s%s", (int)length, list, length ? "/" : "", name);
			answer = runnable(path);
			if (answer == EACCES)
				error = EACCES;
			else if (answer != ENOENT && answer != ENOTDIR)
				return answer;
		}
		if (!list[length])
			return error;
		list += length + 1;
	}
}

static char *cut_word(char *word)
{
	char *end = word + strcspn(word, " \t");

	if (*end)
		*end++ = '\0';
	return end + strspn(end, " \t");
}

/* Returns the command in env's arguments, after -S, other options and NAME=VALUE. NULL: none. */
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

/*
 * Replaces path by the program that a "#!" line names. Returns 0, or the errno why that cannot run.
 */
static int follow_script(const char *interpreter, char *arguments, char *path)
{
	const char *command = NULL;

	if (strcmp(last_component(interpreter), "env") == 0)
		command = command_of_env(arguments);
	/* The word may be an unknown option of env, in place of its command. */
	if (command && !search_path(command, path))
		return 0;
	strcpy(path, *interpreter ? interpreter : shell);
	return runnable(path);
}

static bool cannot_run(struct program *program, const char *interpreter, int error)
{
	snprintf(program->interpreter, sizeof(program->interpreter), "%s", interpreter);
	program->error = error;
	return false;
}

/* Replaces path by the program that runs the text which fd has open. */
static bool follow(int fd, struct program *program)
{
	char start[SCRIPT_LINE + 1], *interpreter, *arguments;
	ssize_t count = pread(fd, start, SCRIPT_LINE, 0);
	int error;

	if (count < 0)
		return false;
	if (!program->script[0])
		strcpy(program->script, program->path);
	interpreter = script_interpreter(start, (size_t)count, &arguments);
	if (interpreter) {
		error = follow_script(interpreter, arguments, program->path);
		return !error || cannot_run(program, program->path, error);
	}
	strcpy(program->path, shell);
	return !memchr(start, '\0', (size_t)count);
}

int find_program(const char *name, struct program *program)
{
	int error = search_path(name, program->path);

	program->fd = -1;
	program->error = 0;
	program->script[0] = program->interpreter[0] = '\0';
	if (error)
		return error;
	for (int scripts = 0; scripts <= SCRIPT_DEPTH; scripts++) {
		int fd = open(program->path, O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			break;
		error = elf_look(fd, &program->elf);
		if (!error) {
			const char *linker = program->elf.interpreter;

			program->fd = fd;
			if (*linker && (error = runnable(linker)))
				cannot_run(program, linker, error);
			break;
		}
		if (error != ENOEXEC || !follow(fd, program)) {
			close(fd);
			break;
		}
		close(fd);
	}
	return 0;
}
