/* SPDX-License-Identifier: MIT */
/*
 * What the preload library counts, told when the process calls exit(3): libc then runs
 * the destructor.
 */
#include "engine.h"
#include "memory.h"
#include "report.h"

#include <stdatomic.h>

/*
 * A compare-and-exchange sets it at the first thing to count. A child of fork does not inherit it,
 * and so reports only what it did itself.
 */
AT_START static _Atomic(void *) counted; /* read at each end as well */

struct record *engine_record(void)
{
	struct record *record = memory_wiped(&counted, sizeof(*record));

	return record;
}

__attribute__((destructor)) static void tell(void)
{
	report_write(memory_wiped_there(&counted));
}
