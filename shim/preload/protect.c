/*
 * Refuses to make converted ranges writable. Called by the mprotect and pkey_mprotect hooks, only
 * while there are such ranges.
 */
#include "protect.h"

#include "log.h"
#include "mapping.h"
#include "next.h"
#include "ranges.h"
#include "report.h"
#include "start.h"
#include "verify.h"

#include <errno.h>
#include <stdint.h>

static int pass_on(void *addr, size_t length, int prot, int pkey)
{
	if (pkey == PROTECT_NO_KEY)
		return next_mprotect(addr, length, prot);
	return next_pkey_mprotect(addr, length, prot, pkey);
}

/* The lowest converted address in [start, end), 0 if there is none. */
static uintptr_t first_converted(uintptr_t start, uintptr_t end)
{
	uint64_t moment = ranges_moment();
	struct range range;

	while (start < end && ranges_find(start, end, &range)) {
		/* Of a shared copy the kernel denies it by itself, a private one may be written. */
		uintptr_t found = range.copy ? 0 : verify_range(&range);

		if (found)
			return found;
		if (!range.copy)
			ranges_forget(range.start, range.end, moment);
		start = range.end;
	}
	return 0;
}

static void say_denied(uintptr_t start, uintptr_t end)
{
	struct text text;

	report_denied();
	if (!log_begin(&text, LOG_LEVEL_WARN))
		return;
	text_add(&text, "write access denied (EACCES) to ");
	text_add_number(&text, end - start);
	text_add(&text, " bytes: their file was mapped shared, and what is written to the private "
			"mapping that serves it would be lost");
	log_end(&text, LOG_LEVEL_WARN);
}

int protect_write(void *addr, size_t length, int prot, int pkey)
{
	size_t span = mapping_span(length, start_page());
	uintptr_t start = (uintptr_t)addr;
	uintptr_t denied = 0;

	/* Arguments that are wrong in themselves: the kernel says so and changes nothing. */
	if (span && start % start_page() == 0 && start <= UINTPTR_MAX - span)
		denied = first_converted(start, start + span);
	if (!denied)
		return pass_on(addr, length, prot, pkey);
	/*
	 * What lies before is changed and may fail first, as in the kernel. If nothing does, the
	 * other arguments are tried on an address that nobody can have, where only ENOMEM is right.
	 */
	if (denied > start) {
		if (pass_on(addr, denied - start, prot, pkey))
			return -1;
	} else if (pass_on((void *)(UINTPTR_MAX - 2 * start_page() + 1), start_page(), prot,
			   pkey) &&
		   errno != ENOMEM) {
		return -1;
	}
	say_denied(denied, start + span);
	errno = EACCES;
	return -1;
}
