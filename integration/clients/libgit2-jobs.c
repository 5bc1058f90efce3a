/* SPDX-License-Identifier: MIT */
/*
 * Jobs for libgit2, each with the result of git: clone URL DIR | cat DIR (git cat-file --batch) |
 * diff DIR (git diff). libgit2-static.sh links it statically.
 */
#include <git2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Exits with libgit2's message if ERROR, the result of any call of libgit2, is negative. */
static void must(int error)
{
	if (error < 0) {
		fprintf(stderr, "libgit2: %s\n", git_error_last()->message);
		exit(1);
	}
}

static git_repository *opened(const char *dir)
{
	git_repository *repo;

	must(git_repository_open(&repo, dir));
	return repo;
}

static void clone(const char *url, const char *dir)
{
	git_repository *repo;

	must(git_clone(&repo, url, dir, NULL));
	git_repository_free(repo);
}

static void cat(const char *dir)
{
	git_repository *repo = opened(dir);
	char line[GIT_OID_HEXSZ + 2];
	git_odb *odb;

	must(git_repository_odb(&odb, repo));
	while (fgets(line, sizeof(line), stdin)) {
		git_odb_object *object;
		git_oid id;

		line[strcspn(line, "\n")] = '\0';
		must(git_oid_fromstr(&id, line));
		must(git_odb_read(&object, odb, &id));
		printf("%s %s %zu\n", line, git_object_type2string(git_odb_object_type(object)),
		       git_odb_object_size(object));
		fwrite(git_odb_object_data(object), 1, git_odb_object_size(object), stdout);
		putchar('\n');
		git_odb_object_free(object);
	}
	git_odb_free(odb);
	git_repository_free(repo);
}

static void diff(const char *dir)
{
	git_repository *repo = opened(dir);
	git_buf patch = GIT_BUF_INIT;
	git_diff *changes;

	must(git_diff_index_to_workdir(&changes, repo, NULL, NULL));
	must(git_diff_to_buf(&patch, changes, GIT_DIFF_FORMAT_PATCH));
	fwrite(patch.ptr, 1, patch.size, stdout);
	git_buf_dispose(&patch);
	git_diff_free(changes);
	git_repository_free(repo);
}

int main(int argc, char **argv)
{
	must(git_libgit2_init());
	/* Ignore the system's configuration. The caller sets HOME for the user's. */
	must(git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_SYSTEM, ""));
	must(git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, GIT_CONFIG_LEVEL_XDG, ""));
	if (argc == 4 && strcmp(argv[1], "clone") == 0) {
		clone(argv[2], argv[3]);
	} else if (argc == 3 && strcmp(argv[1], "cat") == 0) {
		cat(argv[2]);
	} else if (argc == 3 && strcmp(argv[1], "diff") == 0) {
		diff(argv[2]);
	} else {
		fprintf(stderr, "usage: %s clone URL DIR | cat DIR | diff DIR\n", argv[0]);
		return 2;
	}
	git_libgit2_shutdown();
	if (fflush(stdout) != 0) {
		perror("stdout");
		return 1;
	}
	return 0;
}
