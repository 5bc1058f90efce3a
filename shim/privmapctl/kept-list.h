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

/* Counts all copies; kept_remove() also removes them, and the directory. */
void kept_list(struct kept_list *list, const struct settings *settings);
void kept_remove(struct kept_list *list, const struct settings *settings);
