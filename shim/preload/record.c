/*
 * What the preload library counts, told when the process calls exit(3). Called by the shared parts
 * (engine.h); the destructor by libc.
 */
#include "engine.h"
#include "memory.h"
#include "report.h"

#include <stdatomic.h>

/*
 * Set once, by compare-and-exchange, at the first thing to count; wiped by the kernel in a child of
 * fork, which so reports only what it did itself.
 */
AT_START static _Atomic(void *) counted; /* read at each end as well */

struct record *engine_record(void)
{
	struct record *there = memory_wiped(&counted, sizeof(*there));

	return there;
}

__attribute__((destructor)) static void tell(void)
{
	report_tell(atomic_load(&counted));
}
