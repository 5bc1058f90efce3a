/*
 * What the library learned when it was loaded: whether it acts at all, and by which rules.
 */
#ifndef PRIVMAP_START_H
#define PRIVMAP_START_H

#include "settings.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * True once the constructor has read the rules, and not in a process where everything is left
 * (PRIVMAP_DISABLE, a rule file that is wrong). Until then nothing below may be used.
 */
bool start_serves(void);

const struct settings *start_settings(void);

/* True if some rule has when = "always". */
bool start_any_always(void);

/* The size of a page. */
size_t start_page(void);

#endif
