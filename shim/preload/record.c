/*
 * What the preload library counts, told when the process calls exit(3). Called by the shared parts
 * (engine.h); the destructor by libc.
 */
#include "engine.h"
#include "memory.h"
#include "report.h"

#include <stdatomic.h>

/*
 * Set by compare-and-exchange at the first thing to count; a child of fork does not inherit it, and
 * so reports only what it did itself.
 */
AT_START static _Atomic(void *) counted; /* read at each end as well */

struct record *engine_record(void)
{
	struct record *record = memory_wiped(&counted, sizeof(*record));

	return record;
}

__attribute__((destructor)) static void tell(void)
{
	report_tell(memory_wiped_there(&counted));
}
