/* SPDX-License-Identifier: MIT */
/*
 * traced/filter KIND FILE: sets a seccomp filter, maps FILE, and prints the results. KIND: allow;
 * errno: openat fails; kill: for all but a few calls; traceDATA: getppid is traced.
 */
#include "traced.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

enum { ROOM = 64 };

static struct sock_filter code[ROOM];
static unsigned short length;

static void add(uint16_t what, uint32_t k, uint8_t if_true, uint8_t if_false)
{
	code[length++] = (struct sock_filter){ what, if_true, if_false, k };
}

static void answer_to(long number, uint32_t answer)
{
	add(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)number, 0, 1);
	add(BPF_RET | BPF_K, answer, 0, 0);
}

/* Allows the calls of the rest of this program. */
static void allow_few(void)
{
	static const long few[] = { SYS_mmap, SYS_munmap, SYS_write, SYS_exit_group, SYS_getppid,
				    SYS_mprotect };

	for (size_t i = 0; i < sizeof(few) / sizeof(few[0]); i++)
		answer_to(few[i], SECCOMP_RET_ALLOW);
}

static int set(const char *kind)
{
	struct sock_fprog program;
	uint32_t rest = SECCOMP_RET_ALLOW;

	add(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr), 0, 0);
	if (strcmp(kind, "errno") == 0)
		answer_to(SYS_openat, SECCOMP_RET_ERRNO | EACCES);
	if (strncmp(kind, "trace", 5) == 0)
		answer_to(SYS_getppid, SECCOMP_RET_TRACE | (uint32_t)strtol(kind + 5, NULL, 0));
	if (strcmp(kind, "kill") == 0) {
		allow_few();
		rest = SECCOMP_RET_KILL_PROCESS;
	}
	add(BPF_RET | BPF_K, rest, 0, 0);
	program = (struct sock_fprog){ length, code };
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

/* By raw calls: stdio makes other ones. */
static void say(const char *what, int error)
{
	char line[128];
	int size = snprintf(line, sizeof(line), "%s: %s\n", what, error ? strerror(error) : "done");

	if (write(1, line, (size_t)size) != size)
		_exit(3);
}

int main(int argc, char **argv)
{
	char *map;
	int fd;

	if (argc != 3)
		return 2;
	fd = open(argv[2], O_RDONLY);
	if (fd < 0 || set(argv[1]))
		return 2;
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
	say("mmap", map == MAP_FAILED ? errno : 0);
	if (map == MAP_FAILED)
		_exit(1);
	say("byte", map[0] == argv[2][strlen(argv[2]) - 1] ? 0 : EILSEQ);
	say("mprotect", mprotect(map, 4096, PROT_READ | PROT_WRITE) ? errno : 0);
	say("munmap", munmap(map, 4096) ? errno : 0);
	say("getppid", syscall(SYS_getppid) < 0 ? errno : 0);
	if (strcmp(argv[1], "kill") != 0)
		say("openat", open("/", O_RDONLY | O_DIRECTORY) < 0 ? errno : 0);
	_exit(0);
}
