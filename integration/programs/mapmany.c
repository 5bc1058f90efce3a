/* SPDX-License-Identifier: MIT */
/*
 * mapmany: maps a file as often and in such ways as its arguments say, and prints what the kernel
 * shows of the mappings and of the process.
 *
 * It opens the files of /proc that it needs at the start: chroot and no-fds only take away files
 * that the library would open.
 */
#define _GNU_SOURCE 1
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char usage[] =
	"usage: mapmany [-dp] FILE JOB...\n"
	"FILE is opened read-only, -d with O_DIRECT, and mapped shared\n"
	"and read-only, or -p private and writable. Jobs:\n"
	"  map=COUNT[,OFFSET]     map all from there on, so many times more\n"
	"  windows=COUNT,BYTES    map that many, one behind the other\n"
	"  cycle=COUNT,WINDOWS    map a page and unmap it, at so many offsets in turn\n"
	"  unmap, touch           all that is mapped\n"
	"  kinds                  print how many are in memory, in the spool, of FILE itself\n"
	"  files                  print in how many files they are, and their blocks, in MiB\n"
	"  shmem                  print RssShmem, in MiB\n"
	"  same=COPY              print whether they show what COPY has there, then zeros\n"
	"  beyond                 print what reading the last byte of the last one gives\n"
	"  usage, growth          look at fds, mappings and RSS; print what has grown since\n"
	"  write                  write FILE's first byte, as it was\n"
	"  settle                 let 150 ms pass: what was mapped before is shared after that\n"
	"  mark                   a call of getppid(), to be seen in a trace\n"
	"  reopen, chroot=DIR, no-fds (not one is left)\n";

enum { MOST = 200, PAGE = 4096, RSS_NOISE = 128 };

static const char *path;
static int open_flags = O_RDONLY, prot = PROT_READ, map_flags = MAP_SHARED;
static int file, proc, maps, rollup, status;
static DIR *fds;

static struct map {
	char *at;
	size_t length;
	off_t offset;
} live[MOST];
static int lives;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static off_t size_now(void)
{
	struct stat st;

	if (fstat(file, &st))
		die(path);
	return st.st_size;
}

/* False if it cannot be mapped. */
static bool map(size_t length, off_t offset)
{
	char *at;

	errno = 0;
	at = mmap(NULL, length, prot, map_flags, file, offset);
	if (at == MAP_FAILED) {
		printf("map: %s\n", strerrorname_np(errno));
		return false;
	}
	if (errno)
		printf("map: worked, and changed errno to %s\n", strerrorname_np(errno));
	if (lives == MOST) {
		fputs("mapmany: too many\n", stderr);
		exit(1);
	}
	live[lives++] = (struct map){ at, length, offset };
	return true;
}

static void unmap_last(void)
{
	lives--;
	if (munmap(live[lives].at, live[lives].length))
		die("munmap");
}

static void cycle(long count, long windows)
{
	while (count-- > 0 && map(PAGE, count % windows * PAGE))
		unmap_last();
}

static void touch(void)
{
	for (int i = 0; i < lives; i++)
		for (size_t at = 0; at < live[i].length; at += PAGE)
			(void)((volatile char *)live[i].at)[at];
}

/* --- what the kernel shows --- */

static char text[1 << 20];

/* Reads the file again: stdio would return old contents. */
static const char *fresh(int fd)
{
	size_t length = 0;
	ssize_t count;

	lseek(fd, 0, SEEK_SET);
	while ((count = read(fd, text + length, sizeof(text) - 1 - length)) > 0)
		length += (size_t)count;
	if (count < 0 || length == sizeof(text) - 1)
		die("/proc/self");
	text[length] = '\0';
	return text;
}

/* Returns the number after a name that begins a line, but not the first one. */
static long field(int from, const char *name)
{
	const char *found = strstr(fresh(from), name);

	if (!found)
		die(name);
	return strtol(found + strlen(name), NULL, 10);
}

/* Returns the line of /proc/self/maps that begins with start. */
static const char *shown(const char *start)
{
	static const char none[] = "";
	char *line = (char *)fresh(maps);

	for (char *end; (end = strchr(line, '\n')); line = end + 1) {
		if (strtoul(line, NULL, 16) != (uintptr_t)start)
			continue;
		*end = '\0';
		return line;
	}
	return none;
}

static void print_kinds(void)
{
	int memory = 0, spool = 0, own = 0;

	for (int i = 0; i < lives; i++) {
		const char *found = shown(live[i].at);
		bool as_asked = strstr(found, map_flags == MAP_SHARED ? " r--s " : " rw-p ");

		if (as_asked && strstr(found, "/memfd:privmap"))
			memory++;
		else if (as_asked && strstr(found, "/#") && strstr(found, " (deleted)"))
			spool++;
		else if (strstr(found, " r--p ") && strstr(found, path))
			own++;
		else
			printf("%p is this: %s\n", (void *)live[i].at, found);
	}
	printf("%d in memory, %d in the spool, %d converted\n", memory, spool, own);
}

static void print_files(void)
{
	ino_t seen[MOST];
	int files = 0;
	long blocks = 0;

	for (int i = 0; i < lives; i++) {
		char name[128];
		struct stat st;
		int known = 0;

		snprintf(name, sizeof(name), "map_files/%lx-%lx", (unsigned long)live[i].at,
			 ((unsigned long)live[i].at + live[i].length + PAGE - 1) & -(size_t)PAGE);
		if (fstatat(proc, name, &st, 0))
			die(name);
		while (known < files && seen[known] != st.st_ino)
			known++;
		if (known == files) {
			seen[files++] = st.st_ino;
			blocks += st.st_blocks;
		}
	}
	printf("%d files of %ld MiB\n", files, (blocks + 1024) / 2048);
}

static long count_mappings(void)
{
	long count = 0;

	for (const char *at = fresh(maps); (at = strchr(at, '\n')); at++)
		count++;
	return count;
}

static long count_fds(void)
{
	long count = 0;

	rewinddir(fds);
	while (readdir(fds))
		count++;
	return count;
}

static void look(bool print)
{
	static long before[3];
	static const char *const names[] = { "fds", "mappings", "KiB resident" };
	long now[] = { count_fds(), count_mappings(), field(rollup, "\nRss:") };
	bool grown = false;

	for (int i = 0; i < 3; i++) {
		if (print && now[i] > before[i] + (i == 2 ? RSS_NOISE : 0)) {
			printf("%s: %ld, were %ld\n", names[i], now[i], before[i]);
			grown = true;
		}
		if (!print)
			before[i] = now[i];
	}
	if (print && !grown)
		puts("no growth");
}

/* --- what the mappings show --- */

static void print_same(const char *copy)
{
	int fd = open(copy, O_RDONLY | O_CLOEXEC);
	static char bytes[1 << 20];

	if (fd < 0)
		die(copy);
	for (int i = 0; i < lives; i++) {
		size_t done = 0, end;
		ssize_t count;

		while (done < live[i].length) {
			count = pread(fd, bytes, sizeof(bytes), live[i].offset + (off_t)done);
			if (count <= 0)
				break;
			if ((size_t)count > live[i].length - done)
				count = (ssize_t)(live[i].length - done);
			if (memcmp(bytes, live[i].at + done, (size_t)count) != 0) {
				printf("mapping %d differs at %zu\n", i, done);
				exit(1);
			}
			done += (size_t)count;
		}
		end = (done + PAGE - 1) & -(size_t)PAGE;
		for (; done < end; done++)
			if (live[i].at[done]) {
				printf("mapping %d is not zero at %zu\n", i, done);
				exit(1);
			}
	}
	close(fd);
	puts("same");
}

static void print_beyond(void)
{
	const struct map *last = &live[lives - 1];
	pid_t pid = fork();
	int end;

	if (pid == 0) {
		(void)((volatile char *)last->at)[last->length - 1];
		_exit(0);
	}
	waitpid(pid, &end, 0);
	puts(WIFSIGNALED(end) && WTERMSIG(end) == SIGBUS ? "SIGBUS" : "there is something");
}

/* --- changes of the file and of this process --- */

static void write_first(void)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	char byte;

	if (fd < 0 || pread(fd, &byte, 1, 0) != 1 || pwrite(fd, &byte, 1, 0) != 1)
		die(path);
	close(fd);
}

static void open_file(void)
{
	file = open(path, open_flags | O_CLOEXEC);
	if (file < 0)
		die(path);
}

static void no_fds(void)
{
	struct rlimit limit = { 3, 3 };
	int fd = dup(0);

	if (fd < 0)
		die("dup");
	close(fd);
	limit.rlim_cur = limit.rlim_max = (rlim_t)fd;
	if (setrlimit(RLIMIT_NOFILE, &limit) || dup(0) >= 0)
		die("RLIMIT_NOFILE");
}

static void job(char *name)
{
	char *value = strchr(name, '=');
	long first = 1, second = 0;

	if (value) {
		*value++ = '\0';
		if (isdigit((unsigned char)*value) &&
		    sscanf(value, "%ld,%ld", &first, &second) < 1)
			exit(2);
	}
	if (strcmp(name, "map") == 0)
		while (first-- > 0)
			map((size_t)(size_now() - second), second);
	else if (strcmp(name, "windows") == 0)
		for (long i = 0; i < first; i++)
			map((size_t)second, i * second);
	else if (strcmp(name, "cycle") == 0)
		cycle(first, second ? second : 1);
	else if (strcmp(name, "unmap") == 0)
		while (lives)
			unmap_last();
	else if (strcmp(name, "touch") == 0)
		touch();
	else if (strcmp(name, "kinds") == 0)
		print_kinds();
	else if (strcmp(name, "files") == 0)
		print_files();
	else if (strcmp(name, "shmem") == 0)
		printf("RssShmem %ld MiB\n", (field(status, "\nRssShmem:") + 512) / 1024);
	else if (strcmp(name, "same") == 0)
		print_same(value);
	else if (strcmp(name, "beyond") == 0)
		print_beyond();
	else if (strcmp(name, "usage") == 0 || strcmp(name, "growth") == 0)
		look(*name == 'g');
	else if (strcmp(name, "write") == 0)
		write_first();
	else if (strcmp(name, "mark") == 0)
		syscall(SYS_getppid);
	else if (strcmp(name, "settle") == 0)
		nanosleep(&(struct timespec){ .tv_nsec = 150 * 1000 * 1000 }, NULL);
	else if (strcmp(name, "reopen") == 0)
		close(file), open_file();
	else if (strcmp(name, "no-fds") == 0)
		no_fds();
	else if (strcmp(name, "chroot") != 0)
		fprintf(stderr, "%s: no such job\n%s", name, usage), exit(2);
	else if (chroot(value))
		die(value);
}

int main(int argc, char **argv)
{
	static char buffer[BUFSIZ];
	int option;

	while ((option = getopt(argc, argv, "+dp")) != -1) {
		if (option == 'd')
			open_flags |= O_DIRECT;
		else if (option == 'p')
			prot |= PROT_WRITE, map_flags = MAP_PRIVATE;
		else
			return fputs(usage, stderr), 2;
	}
	if (argc - optind < 2)
		return fputs(usage, stderr), 2;
	path = argv[optind++];
	open_file();
	proc = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	rollup = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
	status = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	fds = opendir("/proc/self/fd");
	if (proc < 0 || maps < 0 || rollup < 0 || status < 0 || !fds)
		die("/proc/self");
	setvbuf(stdout, buffer, _IOLBF, BUFSIZ);
	while (optind < argc)
		job(argv[optind++]);
	return 0;
}
