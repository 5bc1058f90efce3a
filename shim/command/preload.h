/*
 * LD_PRELOAD with libprivmap.so in it.
 */
#ifndef PRIVMAP_PRELOAD_H
#define PRIVMAP_PRELOAD_H

/*
 * The value of LD_PRELOAD that loads library before what old (NULL: nothing) loads; library is in
 * it once. A sanitizer's runtime in old stays first, as it insists. malloc'ed; NULL if library's
 * name holds a blank or a colon, which LD_PRELOAD cannot express, or if there is no memory.
 */
char *preload_value(const char *library, const char *old);

#endif
