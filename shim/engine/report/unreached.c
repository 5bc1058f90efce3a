/* SPDX-License-Identifier: MIT */
/*
 * Maps the beginning of a shared record for a moment: see unreached.h.
 */
#include "unreached.h"

#include "kernel.h"

#include <string.h>

void unreached_count(const char *report, enum record_unreached why)
{
	struct record *record;
	word fd, addr;

	if (!report || strncmp(report, "/proc/", 6) != 0 || !record_is_at(report))
		return;
	fd = kernel(SYS_openat, AT_FDCWD, report, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return;
	addr = KERNEL_MMAP(NULL, sizeof(*record), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	kernel(SYS_close, fd);
	if (kernel_failed(addr))
		return;
	record = (struct record *)addr;
	if (record_is_made(record, RECORD_SHARED))
		atomic_fetch_add(&record->unreached[why], 1);
	kernel(SYS_munmap, record, sizeof(*record));
}
