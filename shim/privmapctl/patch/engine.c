/* SPDX-License-Identifier: MIT */
/*
 * Puts the engine into a static program (patcher/). Reads the written file again from the disk and
 * checks it, and then starts it and the original with --version: both must end alike and print the
 * same.
 */
#include "ctl.h"
#include "json.h"
#include "patch.h"
#include "patcher.h"
#include "replace.h"
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/stat.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* A larger file is no program; the patcher would map it whole. */
enum { START_SECONDS = 30 };
static const off_t largest = INT64_C(1) << 30;

struct mapped {
	uint8_t *bytes;
	size_t size;
};

/* On failure, bytes is NULL, with an errno. */
static struct mapped map(const char *file)
{
	struct mapped mapped = { NULL, 0 };
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	struct stat status;
	void *bytes;

	if (fd < 0 || fstat(fd, &status))
		return mapped;
	errno = EFBIG;
	bytes = status.st_size > largest ?
			MAP_FAILED :
			mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (bytes != MAP_FAILED)
		mapped = (struct mapped){ bytes, (size_t)status.st_size };
	close(fd);
	return mapped;
}

static void unmap(const struct mapped *mapped)
{
	if (mapped->bytes)
		munmap(mapped->bytes, mapped->size);
}

/* Returns why the file is valid with these bytes only; NULL if it is not sealed. */
static const char *why_sealed(const char *file)
{
	struct statx status = { .stx_mask = 0 };

	if (statx(AT_FDCWD, file, 0, STATX_MODE, &status) == 0 &&
	    status.stx_attributes & STATX_ATTR_VERITY)
		return "it is sealed by fs-verity";
	if (getxattr(file, "security.ima", NULL, 0) >= 0)
		return "it is signed (security.ima)";
	if (getxattr(file, "security.evm", NULL, 0) >= 0)
		return "it is signed (security.evm)";
	return NULL;
}

/* Skips pages of zeros, which need no room on the disk. */
static int write_sparse(int fd, const uint8_t *bytes, size_t size)
{
	static const uint8_t zeros[PAGE];

	for (size_t at = 0; at < size;) {
		size_t part = size - at < PAGE ? size - at : PAGE;
		ssize_t count;

		if (memcmp(bytes + at, zeros, part) == 0) {
			at += part;
			continue;
		}
		count = pwrite(fd, bytes + at, part, (off_t)at);
		if (count <= 0)
			return count ? errno : EIO;
		at += (size_t)count;
	}
	return ftruncate(fd, (off_t)size) ? errno : 0;
}

static void write_copy(struct patch *patch, const struct patching *patching)
{
	int from = open(patch->binary, O_RDONLY | O_CLOEXEC);
	int to = from < 0 ? -1 : replace_temporary(patch->binary, &patch->copy);
	int error;

	if (to < 0)
		give_up(patch, "cannot be patched: %s", strerror(errno));
	error = write_sparse(to, patching->bytes, patching->size);
	if (!error)
		error = copy_attributes(from, to);
	if (!error && fsync(to))
		error = errno;
	close(to);
	close(from);
	if (error)
		give_up(patch, "cannot be replaced, with owner, mode and attributes: %s",
			strerror(error));
}

static bool check_copy(const struct patch *patch, struct patching *patching,
		       const struct mapped *original)
{
	struct mapped copy = map(patch->copy);
	bool right = copy.bytes && patcher_verify(patching, original->bytes, original->size,
						  copy.bytes, copy.size);

	if (!copy.bytes)
		strcpy(patching->reason, "what was made cannot be read");
	unmap(&copy);
	return right;
}

/*
 * Returns the exit status, and the *output; -1 if the program does not end, or cannot be started
 * here.
 */
static int start(const struct patch *patch, const char *file, const char **output)
{
	const char *const argv[] = { patch->binary, "--version", NULL };

	return spawn_for(file, argv, START_SECONDS, output);
}

/* Starts the original by another name, which looks like that of the copy. */
static int start_renamed(const struct patch *patch, const char **output)
{
	char *name;
	int fd = replace_temporary(patch->binary, &name), status;

	if (fd < 0)
		return start(patch, patch->binary, output);
	close(fd);
	unlink(name);
	status = start(patch, link(patch->binary, name) ? patch->binary : name, output);
	unlink(name);
	return status;
}

/*
 * True also if the original itself does something else the second time, or by another name: then
 * the comparison means nothing.
 */
static bool starts_the_same(const struct patch *patch)
{
	const char *before, *after, *again;
	int status = start(patch, patch->binary, &before), other;

	if (access(patch->binary, X_OK) || status < 0)
		return true;
	other = start(patch, patch->copy, &after);
	if (other == status && strcmp(before, after) == 0)
		return true;
	return start_renamed(patch, &again) != status || strcmp(before, again) != 0;
}

/* On failure, returns false with a reason, and leaves no copy. */
static bool make_copy(struct patch *patch, struct patching *patching, const struct mapped *original)
{
	write_copy(patch, patching);
	if (check_copy(patch, patching, original)) {
		if (!patch->starts || starts_the_same(patch))
			return true;
		strcpy(patching->reason, "with the engine in it, --version does something else");
	}
	unlink(patch->copy);
	patch->copy = NULL;
	return false;
}

/* Notes what would be, or was, patched. */
static void note(struct patch *patch, const struct patching *patching)
{
	patch->sites = cli_memory((patching->sites.count + 1) * sizeof(*patch->sites));
	for (size_t i = 0; i < patching->sites.count; i++) {
		const struct site *site = &patching->sites.all[i];

		patch->sites[i].window = site->window;
		patch->sites[i].address = site->address;
		patch->sites[i].number = site->number;
	}
	patch->site_count = patching->sites.count;
	patch->left = patching->sites.unknown;
	patch->grows = (uint64_t)patching->size;
}

bool patch_with_engine(struct patch *patch)
{
	static struct patching patching;
	struct mapped original = map(patch->binary);
	const char *sealed = why_sealed(patch->binary);
	uint64_t size, sum;
	bool made;

	if (!original.bytes || !file_sum(patch->binary, &size, &sum))
		give_up(patch, "cannot be read: %s", strerror(errno));
	if (sealed) {
		unmap(&original);
		patch->refused = sealed;
		return false;
	}
	made = patcher_make(&patching, original.bytes, original.size, sum);
	if (made) {
		patch->engine = patcher_version();
		note(patch, &patching);
		if (!patch->dry)
			made = make_copy(patch, &patching, &original);
	}
	if (!made) {
		patch->engine = NULL;
		patch->refused = cli_text("%s", patching.reason);
	}
	patching_forget(&patching);
	unmap(&original);
	return made;
}
