/* SPDX-License-Identifier: MIT */
/*
 * ahead BYTES FILE COMMAND [ARG]...: reads so much of FILE, as privmap reads what it copies, and
 * becomes COMMAND. BYTES is as many as privmap says that it copied.
 */
#define _GNU_SOURCE 1
#include "bench.h"

#include <fcntl.h>
#include <unistd.h>

enum { PIECE = 1 << 20 };

int main(int argc, char **argv)
{
	static char piece[PIECE];
	long long bytes = argc < 4 ? -1 : atoll(argv[1]);
	int file;

	if (bytes < 0) {
		fputs("usage: ahead BYTES FILE COMMAND [ARG]...\n", stderr);
		return 2;
	}
	file = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (file < 0)
		die(argv[2]);
	for (long long done = 0; done < bytes;) {
		long long rest = bytes - done;
		ssize_t count = pread(file, piece, rest < PIECE ? (size_t)rest : PIECE, done);

		if (count <= 0)
			die("pread");
		done += count;
	}
	execvp(argv[3], argv + 3);
	die(argv[3]);
}
