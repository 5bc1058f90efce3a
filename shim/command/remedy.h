/*
 * What can be changed where a filesystem is served or mounted, so that it refuses no mappings.
 */
#ifndef PRIVMAP_REMEDY_H
#define PRIVMAP_REMEDY_H

/*
 * The remedies for a filesystem (its type as /proc/self/mountinfo has it), the best first, and
 * NULL at the end. At most REMEDIES of them.
 */
enum { REMEDIES = 3 };

const char *const *remedies_for(const char *type);

#endif
