/* SPDX-License-Identifier: MIT */
/*
 * The functions of <string.h> that the library uses. A function of libc costs every program that
 * starts a search through its libraries, and perhaps a page of libc that is otherwise untouched:
 * ten of them take half a percent of the start of true(1). They are used everywhere here, but only
 * for names and paths, so plain loops are fast enough.
 */
#undef _FORTIFY_SOURCE /* it defines these functions itself */
#include <stdint.h>
#include <string.h>

/* glibc 2.43 has macros of these names, which keep the const of their argument. */
#undef memchr
#undef strchr
#undef strrchr

/* Keeps compilers from replacing the loop of strlen() by a call of strlen(), and so on. */
#define AS_WRITTEN(pointer) __asm__("" : "+r"(pointer))
#define OURS __attribute__((used)) /* -flto drops unused functions before it adds such calls */

static void *copy_upwards(char *to, const char *from, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		AS_WRITTEN(from);
		to[i] = from[i];
	}
	return to;
}

OURS void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	return copy_upwards(to, from, size);
}

OURS void *memmove(void *to, const void *from, size_t size)
{
	const char *source = from;
	char *target = to;

	if ((size_t)(target - source) >= size)
		return copy_upwards(target, source, size);
	while (size--) {
		AS_WRITTEN(source);
		target[size] = source[size];
	}
	return to;
}

OURS void *memset(void *to, int byte, size_t size)
{
	char *target = to;

	for (size_t i = 0; i < size; i++) {
		AS_WRITTEN(target);
		target[i] = (char)byte;
	}
	return to;
}

OURS int memcmp(const void *a, const void *b, size_t size)
{
	const unsigned char *x = a, *y = b;

	for (; size && *x == *y; size--) {
		AS_WRITTEN(x);
		x++, y++;
	}
	return size ? *x - *y : 0;
}

OURS void *memchr(const void *bytes, int byte, size_t size)
{
	const unsigned char *at = bytes;

	for (; size && *at != (unsigned char)byte; size--) {
		AS_WRITTEN(at);
		at++;
	}
	return size ? (void *)at : NULL;
}

OURS size_t strlen(const char *string)
{
	const char *end = string;

	while (*end) {
		AS_WRITTEN(end);
		end++;
	}
	return (size_t)(end - string);
}

static int compare(const char *a, const char *b, size_t size)
{
	for (; size && *a && *a == *b; size--) {
		AS_WRITTEN(a);
		a++, b++;
	}
	return size ? (unsigned char)*a - (unsigned char)*b : 0;
}

OURS int strncmp(const char *a, const char *b, size_t size)
{
	return compare(a, b, size);
}

OURS int strcmp(const char *a, const char *b)
{
	return compare(a, b, SIZE_MAX);
}

OURS char *strchr(const char *string, int byte)
{
	for (; *string != (char)byte; string++) {
		AS_WRITTEN(string);
		if (!*string)
			return NULL;
	}
	return (char *)string;
}

OURS char *strrchr(const char *string, int byte)
{
	const char *last = NULL;

	do {
		AS_WRITTEN(string);
		if (*string == (char)byte)
			last = string;
	} while (*string++);
	return (char *)last;
}

OURS size_t strspn(const char *string, const char *accept)
{
	size_t length = 0;

	while (string[length] && strchr(accept, string[length]))
		length++;
	return length;
}

OURS size_t strcspn(const char *string, const char *reject)
{
	size_t length = 0;

	while (!strchr(reject, string[length]))
		length++;
	return length;
}
