/* SPDX-License-Identifier: MIT */
/*
 * JSON on stdout, one line, piece by piece: what privmapctl --json prints. Names that are not UTF-8
 * can be had back exactly (text_add_json()).
 */
#ifndef PRIVMAP_JSON_H
#define PRIVMAP_JSON_H

#include <stdbool.h>
#include <stdint.h>

/* key is NULL in an array and for the whole. */
void json_object(const char *key);
void json_array(const char *key);
void json_end(void); /* of the innermost object or array; of the whole: a newline as well */

void json_string(const char *key, const char *value); /* NULL: null */
void json_number(const char *key, uint64_t value);
void json_bool(const char *key, bool value);

#endif
