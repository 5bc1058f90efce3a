/*
 * What was learned of a file, and holds until it changes: so that a program that maps one file a
 * thousand times has its server asked once.
 */
#ifndef PRIVMAP_KNOWN_H
#define PRIVMAP_KNOWN_H

#include "snapshot.h"

#include <stdbool.h>
#include <stdint.h>

enum known {
	KNOWN_NO_DATABASE = 1, /* its header is no database's */
	KNOWN_AS_STAT,	       /* /proc/PID/maps shows the same device and inode as stat(2) */
	KNOWN_CONVERTED,       /* the rules had it converted */
};

enum known_since {
	KNOWN_NEVER,
	KNOWN_ONCE,
	KNOWN_JUST_NOW, /* learned, or learned again, within the last tenth of a second */
};

/*
 * known_add() says it of a file that was as snapshot tells before it was learned, the others
 * ask for one that is now. what is one of the above and, from bit 8 on, what else it depends on.
 * What is forgotten early is learned again. Any number of threads, signal handlers and children may
 * call them; they take no lock and leave errno alone.
 */
void known_add(uint64_t what, const struct snapshot *file);
enum known_since known_since(uint64_t what, const struct snapshot *file);

/* Not KNOWN_NEVER, without a look at the clock. */
bool known_ever(uint64_t what, const struct snapshot *file);

#endif
