/* SPDX-License-Identifier: MIT */
/*
 * Lists this user's directory of kept copies.
 */
#pragma once

#include "settings.h"

#include <stdint.h>

struct kept_list {
	const char *directory;
	const char *problem; /* NULL: none */
	unsigned copies;
	uint64_t bytes;
};

/* Looks at all; and removes it as well, the directory too. */
void kept_list(struct kept_list *list, const struct settings *settings);
void kept_remove(struct kept_list *list, const struct settings *settings);
