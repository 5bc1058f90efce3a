/* SPDX-License-Identifier: MIT */
/*
 * Offers git smaller windows of its packs.
 *
 * Settings in the environment have precedence over git's files. So this reads the files first, but
 * not the files that they include: if one includes others, it offers nothing.
 */
#include "windows.h"

#include "cli.h"
#include "kernel.h"
#include "mapping.h"
#include "text.h"

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
 * A program that reads a few places of a pack copies as many windows. One that reads all of it pays
 * for each window, which can hardly be measured with 4 MiB (bench topic kept).
 */
#define KEY "core.packedGitWindowSize"
#define SIZE "4m"

enum { LARGEST = 1024 * 1024 }; /* bytes of a file to search */

/* Where git looks for the repository. named: what GIT_DIR or --git-dir names, or NULL. */
struct start {
	const char *directory;
	const char *named;
};

/* Directories; NULL: there is no repository. */
struct repository {
	char *git;
	char *common; /* has the settings of linked work trees */
};

/*
 * Returns a string of at most LARGEST bytes; NULL with ENOENT or ENOTDIR if there is no such file.
 * Never reads from a pipe; a device, such as /dev/null, counts as empty.
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

static char *path_from(const char *directory, const char *path)
{
	return *path == '/' ? cli_text("%s", path) : cli_text("%s/%s", directory, path);
}

/*
 * Returns the path after prefix in a file of one line, relative to directory; NULL if there is
 * none.
 */
static char *path_in(const char *name, const char *prefix, const char *directory)
{
	char *text = read_file(name);
	const char *path;

	if (!text || strncmp(text, prefix, strlen(prefix)) != 0)
		return NULL;
	path = text + strlen(prefix);
	text[strcspn(text, "\r\n")] = '\0';
	return path_from(directory, path);
}

static bool has(const char *directory, const char *name)
{
	char path[PATH_MAX];
	int length = snprintf(path, sizeof(path), "%s/%s", directory, name);

	return length < (int)sizeof(path) && access(path, F_OK) == 0;
}

/*
 * Starts in the current directory, or, if the command is git, where its options -C and --git-dir
 * say. The directory is NULL if the current one has no name.
 */
static struct start start_of(char **argv)
{
	static const char *const with_value[] = {
		"-c",		"--work-tree",	  "--namespace",
		"--config-env", "--super-prefix", "--attr-source"
	};
	struct start start = { getcwd(NULL, 0), getenv("GIT_DIR") };

	if (!start.directory || strcmp(last_component(*argv), "git") != 0)
		return start;
	while (*++argv && **argv == '-') {
		bool is_directory = strcmp(*argv, "-C") == 0;
		bool has_value = is_directory || strcmp(*argv, "--git-dir") == 0;

		for (size_t i = 0; i < sizeof(with_value) / sizeof(with_value[0]); i++)
			has_value |= strcmp(*argv, with_value[i]) == 0;
		if (strncmp(*argv, "--git-dir=", strlen("--git-dir=")) == 0)
			start.named = *argv + strlen("--git-dir=");
		if (!has_value)
			continue;
		if (!argv[1])
			break;
		if (is_directory)
			start.directory = path_from(start.directory, argv[1]);
		else if (strcmp(*argv, "--git-dir") == 0)
			start.named = argv[1];
		argv++;
	}
	return start;
}

/* Finds the repository as git does, without git's limits. */
static char *find_git_directory(const struct start *start)
{
	char *directory;

	if (!start->directory || *start->directory != '/')
		return NULL;
	if (start->named)
		return path_from(start->directory, start->named);
	directory = cli_text("%s", start->directory);
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

static struct repository find_repository(char **argv)
{
	const char *named = getenv("GIT_COMMON_DIR");
	struct repository found = { NULL, NULL };
	struct start start;

	/*
	 * git (2.39) looks for the objects from the directory where it starts, and for the config
	 * from the top of the work tree. So a relative name offers nothing.
	 */
	if (named && *named != '/')
		return found;
	start = start_of(argv);
	found.git = find_git_directory(&start);
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

/* Asks the kernel directly, because privmap may serve this process. */
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

/* True also if that is unknown. */
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
 * Reads the number of settings in the environment (git-config(1), GIT_CONFIG_COUNT). False if it
 * has this one, or may have it, or if git would report an error.
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

bool windows_offer(char **argv)
{
	struct repository repository = find_repository(argv);
	unsigned count;

	if (!repository.git || !refuses_private(cli_text("%s/HEAD", repository.git)) ||
	    !environment_has_room(&count) || files_set_it(&repository))
		return false;
	return setenv(cli_text("GIT_CONFIG_KEY_%u", count), KEY, 1) == 0 &&
	       setenv(cli_text("GIT_CONFIG_VALUE_%u", count), SIZE, 1) == 0 &&
	       setenv("GIT_CONFIG_COUNT", cli_text("%u", count + 1), 1) == 0;
}
