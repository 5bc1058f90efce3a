/* SPDX-License-Identifier: MIT */
/*
 * Options, messages and failure of privmapctl.
 */
#include "ctl.h"

#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool ctl_json;

static void say(const char *format, va_list arguments)
{
	fflush(stdout);
	fputs("privmapctl: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
}

void ctl_complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
}

void ctl_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	exit(CTL_FAILED);
}

static _Noreturn void hint(const char *of)
{
	fprintf(stderr, "Try '%s --help'.\n", of);
	exit(CTL_FAILED);
}

void ctl_usage(const char *of, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say(format, arguments);
	va_end(arguments);
	hint(of);
}

int ctl_option(int argc, char **argv, const struct subcommand *of, const struct option *options)
{
	for (;;) {
		int option = getopt_long(argc, argv, "", options, NULL);

		switch (option) {
		case 'j':
			ctl_json = true;
			break;
		case 'h':
			fputs(of->help, stdout);
			if (fflush(stdout))
				ctl_fail("write error: %s", strerror(errno));
			exit(CTL_FINE);
		case '?': /* getopt has said what is wrong */
			hint(argv[0]);
		default:
			return option;
		}
	}
}

const char *ctl_operand(int argc, char **argv, const char *name, bool optional)
{
	if (argc - optind > 1)
		ctl_usage(argv[0], "one %s at a time", name);
	if (optind == argc && !optional)
		ctl_usage(argv[0], "no %s given", name);
	return argv[optind];
}

void *ctl_memory(size_t size)
{
	void *made = malloc(size);

	if (!made)
		ctl_fail("%s", strerror(ENOMEM));
	return made;
}

char *ctl_text(const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0)
		ctl_fail("%s", strerror(ENOMEM));
	return text;
}

char *ctl_shown(const char *name)
{
	size_t room = 4 * strlen(name) + 1;
	struct text text = { ctl_memory(room), room, 0 };

	text_add_name(&text, name);
	return text_string(&text);
}

char *ctl_absolute(const char *file)
{
	char *here;

	if (*file == '/')
		return ctl_text("%s", file);
	here = getcwd(NULL, 0);
	if (!here)
		ctl_fail("'%s': %s", file, strerror(errno));
	return ctl_text("%s/%s", here, file);
}

#define NAMED(error) { error, #error }

const char *ctl_errno_name(int error)
{
	static const struct {
		int number;
		char name[12];
	} names[] = {
		NAMED(EACCES), NAMED(EAGAIN), NAMED(EBADF),  NAMED(EINVAL),	NAMED(EIO),
		NAMED(EMFILE), NAMED(ENFILE), NAMED(ENODEV), NAMED(ENOENT),	NAMED(ENOEXEC),
		NAMED(ENOMEM), NAMED(ENOSPC), NAMED(ENOSYS), NAMED(EOPNOTSUPP), NAMED(EPERM),
		NAMED(EROFS),
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].number == error)
			return names[i].name;
	return ctl_text("errno %d", error);
}
