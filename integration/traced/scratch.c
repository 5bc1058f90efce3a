/* SPDX-License-Identifier: MIT */
/*
 * traced/scratch FILE FILE: maps the first one, by a copy, and replaces the page that the tracer
 * keeps after it by its own memory. Then a child and it map the second file. Prints whether that
 * memory is unchanged.
 */
#include "traced.h"

#include <stdio.h>
#include <sys/wait.h>

enum { PAGE = 4096 };

/* Returns the first page after a mapping that the kernel shows as anonymous memory. */
static char *page_behind(const char *map)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long start, end;
	char rights[5], line[512];
	char *found = NULL;

	while (maps && !found && fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %4s", &start, &end, rights) == 3 &&
		    start > (unsigned long)map && strcmp(rights, "rw-p") == 0)
			found = (char *)start;
	if (maps)
		fclose(maps);
	return found;
}

static int is_as_it_was(const char *page)
{
	for (int i = 0; i < PAGE; i++)
		if (page[i] != 'x')
			return 0;
	return 1;
}

int main(int argc, char **argv)
{
	size_t size = 0;
	char *map, *page;
	int status, error;

	if (argc != 3 || (map = map_whole(argv[1], &size)) == MAP_FAILED)
		return 2;
	page = page_behind(map);
	if (!page || mmap(page, PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != page)
		return 3;
	memset(page, 'x', PAGE);
	if (!fork()) {
		error = map_and_look(argv[2]);
		_exit(error || !is_as_it_was(page));
	}
	wait(&status);
	error = map_and_look(argv[2]);
	printf("%s, %s\n", error ? strerror(error) : "mapped",
	       status || !is_as_it_was(page) ? "written to" : "as it was");
	return error || status || !is_as_it_was(page);
}
