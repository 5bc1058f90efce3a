/* SPDX-License-Identifier: MIT */
/*
 * Maps the beginning of a shared record: see unreached.h.
 */
#include "unreached.h"

#include "kernel.h"

#include <string.h>

enum { NAME = 64 }; /* as REPORT_NAME (report.h) */

/* Only the constructor writes these; children of fork and vfork count in the same record. */
static struct record *kept;
static char kept_name[NAME];

static struct record *map(const char *report)
{
	struct record *record;
	word addr;
	int fd;

	if (!report || strncmp(report, "/proc/", 6) != 0)
		return NULL;
	fd = record_open(report);
	if (fd < 0)
		return NULL;
	addr = KERNEL_MMAP(NULL, sizeof(*record), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	kernel(SYS_close, fd);
	if (kernel_failed(addr))
		return NULL;
	record = (struct record *)addr;
	if (record_is_made(record, RECORD_SHARED))
		return record;
	kernel(SYS_munmap, record, sizeof(*record));
	return NULL;
}

void unreached_count(const char *report, enum record_unreached why)
{
	struct record *record = map(report);

	if (!record)
		return;
	atomic_fetch_add(&record->unreached[why], 1);
	kernel(SYS_munmap, record, sizeof(*record));
}

void unreached_keep(const char *report)
{
	if (!report || strlen(report) >= sizeof(kept_name))
		return;
	kept = map(report);
	if (kept)
		memcpy(kept_name, report, strlen(report) + 1);
}

void unreached_look(const char *report)
{
	if (kept && report && strcmp(report, kept_name) == 0 && !record_is_at(report))
		atomic_fetch_add(&kept->unreached[UNREACHED_SILENT], 1);
}
