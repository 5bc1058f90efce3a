/* SPDX-License-Identifier: MIT */
/*
 * Offers git smaller windows of its packs.
 *
 * What comes by the environment has precedence over git's files. So these are read first, but no
 * file that they include: where one does, nothing is offered.
 */
#include "windows.h"

#include "cli.h"
#include "kernel.h"
#include "mapping.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * A program that looks at a few places of a pack reads as many windows; one that reads all of it
 * pays for each window, and with 4 MiB that is hardly to be measured (bench topic kept).
 */
#define KEY "core.packedGitWindowSize"
#define SIZE "4m"

enum { LARGEST = 1024 * 1024 }; /* bytes of a file that is searched */

/* Where things are; NULL: there is no repository. */
struct repository {
	char *git;
	char *common; /* where linked work trees have their settings */
};

/*
 * A string of LARGEST bytes at most; NULL with ENOENT or ENOTDIR if there is no such file. Nothing
 * is taken out of a pipe, and a device, such as /dev/null, counts as empty.
 */
static char *read_file(const char *name)
{
	int fd = open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	char *text = NULL;
	struct stat file;
	ssize_t count = -1;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &file) == 0 && S_ISCHR(file.st_mode)) {
		count = 0;
	} else if (S_ISREG(file.st_mode) && file.st_size <= LARGEST) {
		text = cli_memory((size_t)file.st_size + 1);
		count = read(fd, text, (size_t)file.st_size);
	}
	close(fd);
	errno = EINVAL;
	if (count < 0)
		return NULL;
	if (!text)
		return cli_text("%s", "");
	for (ssize_t i = 0; i < count; i++)
		if (!text[i])
			text[i] = '\n';
	text[count] = '\0';
	return text;
}

/* The path that a file of one line holds, behind prefix, as seen from directory; NULL: none. */
static char *path_in(const char *name, const char *prefix, const char *directory)
{
	char *text = read_file(name);
	const char *path;

	if (!text || strncmp(text, prefix, strlen(prefix)) != 0)
		return NULL;
	path = text + strlen(prefix);
	text[strcspn(text, "\r\n")] = '\0';
	return *path == '/' ? cli_text("%s", path) : cli_text("%s/%s", directory, path);
}

static bool has(const char *directory, const char *name)
{
	char path[PATH_MAX];
	int length = snprintf(path, sizeof(path), "%s/%s", directory, name);

	return length < (int)sizeof(path) && access(path, F_OK) == 0;
}

/* Of the current directory, as git finds it, but for its limits. */
static char *find_git_directory(void)
{
	const char *named = getenv("GIT_DIR");
	char directory[PATH_MAX];

	if (named)
		return cli_text("%s", named);
	if (!getcwd(directory, sizeof(directory)) || *directory != '/')
		return NULL;
	for (char *end; (end = strrchr(directory, '/')); *end = '\0') {
		char *git = cli_text("%s/.git", directory);

		if (has(git, "HEAD"))
			return git;
		if (has(directory, ".git"))
			return path_in(git, "gitdir: ", directory);
		if (has(directory, "HEAD") && has(directory, "objects") && has(directory, "refs"))
			return cli_text("%s", directory);
	}
	return NULL;
}

static struct repository find_repository(void)
{
	const char *named = getenv("GIT_COMMON_DIR");
	struct repository found = { find_git_directory(), NULL };

	if (!found.git)
		return found;
	if (named)
		found.common = cli_text("%s", named);
	else
		found.common = path_in(cli_text("%s/commondir", found.git), "", found.git);
	if (!found.common)
		found.common = found.git;
	return found;
}

/* Asked of the kernel itself: this process may be served. */
static bool refuses_private(const char *file)
{
	int fd = open(file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	const size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct stat found;
	word addr = 0;

	if (fd < 0)
		return false;
	if (fstat(fd, &found) == 0 && S_ISREG(found.st_mode))
		addr = KERNEL_MMAP(NULL, page, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (addr && !kernel_failed(addr))
		kernel(SYS_munmap, addr, page);
	return kernel_failed(addr) && mapping_errno_refuses((int)-addr);
}

/* Also if it is not known. */
static bool sets_it(const char *text, const char *include)
{
	return strcasestr(text, "packedGitWindowSize") || strcasestr(text, include);
}

static bool file_sets_it(const char *name)
{
	char *text = read_file(name);

	return text ? sets_it(text, "[include") : errno != ENOENT && errno != ENOTDIR;
}

static bool home_sets_it(void)
{
	const char *home = getenv("HOME"), *config = getenv("XDG_CONFIG_HOME");
	const char *named = getenv("GIT_CONFIG_GLOBAL");

	if (named)
		return *named && file_sets_it(named);
	if (config && *config) {
		if (file_sets_it(cli_text("%s/git/config", config)))
			return true;
	} else if (home && file_sets_it(cli_text("%s/.config/git/config", home))) {
		return true;
	}
	return home && file_sets_it(cli_text("%s/.gitconfig", home));
}

static bool files_set_it(const struct repository *repository)
{
	const char *system = getenv("GIT_CONFIG_SYSTEM");

	return file_sets_it(system && *system ? system : "/etc/gitconfig") || home_sets_it() ||
	       file_sets_it(cli_text("%s/config", repository->common)) ||
	       file_sets_it(cli_text("%s/config.worktree", repository->git));
}

/*
 * How many settings the environment has (git-config(1), GIT_CONFIG_COUNT). False if it has this
 * one, or may have it, or if git is going to complain.
 */
static bool environment_has_room(unsigned *count)
{
	const char *parameters = getenv("GIT_CONFIG_PARAMETERS");
	const char *said = getenv("GIT_CONFIG_COUNT");
	unsigned long number = 0;
	char *end;

	*count = 0;
	if (parameters && sets_it(parameters, "include"))
		return false;
	if (said && *said) {
		number = strtoul(said, &end, 10);
		if (!isdigit((unsigned char)*said) || *end || number >= INT_MAX)
			return false;
	}
	for (; *count < number; ++*count) {
		const char *key = getenv(cli_text("GIT_CONFIG_KEY_%u", *count));

		if (!key || sets_it(key, "include"))
			return false;
	}
	return true;
}

bool windows_offer(void)
{
	struct repository repository = find_repository();
	unsigned count;

	if (!repository.git || !refuses_private(cli_text("%s/HEAD", repository.git)) ||
	    !environment_has_room(&count) || files_set_it(&repository))
		return false;
	return setenv(cli_text("GIT_CONFIG_KEY_%u", count), KEY, 1) == 0 &&
	       setenv(cli_text("GIT_CONFIG_VALUE_%u", count), SIZE, 1) == 0 &&
	       setenv("GIT_CONFIG_COUNT", cli_text("%u", count + 1), 1) == 0;
}
