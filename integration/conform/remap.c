/* SPDX-License-Identifier: MIT */
/*
 * Conformance: mremap in every form; which pages are protected afterwards.
 */
#include "conform.h"

#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif
#define WRITABLE (PROT_READ | PROT_WRITE)
#define MOVE (MREMAP_MAYMOVE | MREMAP_FIXED)

/* Pages A to E in the middle of nine, which are all reserved. */
struct world {
	char *room, *at;
};

static struct world five_letters(int open_flags)
{
	struct world world = { .room = reserve(9) };

	world.at = map_shared_at(world.room + 2 * PAGE, make_letters("file", 7, open_flags),
				 5 * PAGE, 0);
	return world;
}

static void unmap(char *at, size_t count)
{
	MUST(munmap(at, count * PAGE) == 0);
}

/* Of a longer file, which was mapped as a whole; another mapping then replaced its end. */
static struct world five_of_seven(void)
{
	struct world world = { .room = reserve(9) };
	char *end = world.room + 7 * PAGE;

	world.at = map_shared_at(world.room + 2 * PAGE, make_letters("file", 7, O_RDONLY), 7 * PAGE,
				 0);
	MUST(mmap(end, 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == end);
	return world;
}

/* Returns a word for the new place. */
static const char *went(const void *got, const void *from)
{
	if (got == MAP_FAILED)
		return errno_word(errno);
	return got == from ? "in place" : "moved";
}

static void still_denied(char *at, size_t count)
{
	for (size_t i = 0; i < count; i++)
		answer("+W of page %zu: %s", i, said(mprotect(at + i * PAGE, PAGE, WRITABLE)));
	answer("%s %s", view(at, count), view_writable(at, count));
}

static void shrink(void)
{
	struct world w = five_letters(O_RDONLY);

	answer("to 2 pages: %s", went(mremap(w.at, 5 * PAGE, 2 * PAGE, 0), w.at));
	answer("%s", view(w.room, 9));
	fill_with_file(w.at + 2 * PAGE, 3, 2 * (off_t)PAGE);
	still_denied(w.at, 2);
	answer("to 1 page, may move: %s", went(mremap(w.at, 2 * PAGE, PAGE, MREMAP_MAYMOVE), w.at));
	answer("to a byte: %s", went(mremap(w.at, PAGE, 1, 0), w.at));
	answer("%s", view(w.room, 9));
}

static void same_size(void)
{
	struct world w = five_letters(O_RDONLY);

	answer("0: %s", went(mremap(w.at, 5 * PAGE, 5 * PAGE, 0), w.at));
	answer("may move: %s", went(mremap(w.at, 5 * PAGE, 5 * PAGE, MREMAP_MAYMOVE), w.at));
	answer("a part: %s", went(mremap(w.at + PAGE, PAGE, PAGE, 0), w.at + PAGE));
	answer("%s", view(w.room, 9));
	still_denied(w.at, 5);
}

static void grow_in_place(void)
{
	struct world w = five_of_seven();

	unmap(w.at + 3 * PAGE, 4);
	answer("to 5 pages: %s", went(mremap(w.at, 3 * PAGE, 5 * PAGE, 0), w.at));
	answer("%s", view(w.room, 9));
	answer("to 6, may move: %s", went(mremap(w.at, 5 * PAGE, 6 * PAGE, MREMAP_MAYMOVE), w.at));
	answer("%s", view(w.room, 9));
	still_denied(w.at, 6);
}

/* A copy has no more pages than the first call asked for. */
static void grow_beyond(void)
{
	char *at = map_shared(make_letters("file", 7, O_RDONLY), 3 * PAGE), *grown;

	grown = mremap(at, 3 * PAGE, 5 * PAGE, MREMAP_MAYMOVE);
	answer("%s", grown == MAP_FAILED ? errno_word(errno) : view(grown, 5));
	if (grown == MAP_FAILED)
		MUST(strcmp(view(at, 3), "abc") == 0);
}

static void grow_past_the_end_of_file(void)
{
	struct world w = five_letters(O_RDONLY);

	unmap(w.room, 9);
	w.at = map_shared_at(w.at, make_letters("file", 2, O_RDONLY), 2 * PAGE, 0);
	answer("to 4 pages: %s", went(mremap(w.at, 2 * PAGE, 4 * PAGE, 0), w.at));
	answer("%s", view(w.at, 5));
}

static void no_room_to_grow(void)
{
	struct world w = five_letters(O_RDONLY);

	answer("to 6 pages: %s", went(mremap(w.at, 5 * PAGE, 6 * PAGE, 0), w.at));
	answer("middle, to 2: %s", went(mremap(w.at + PAGE, PAGE, 2 * PAGE, 0), w.at + PAGE));
	answer("%s", view(w.room, 9));
}

static void grow_and_move(void)
{
	struct world w = five_of_seven();
	char *at = mremap(w.at, 5 * PAGE, 9 * PAGE, MREMAP_MAYMOVE);

	answer("to 9 pages: %s", went(at, w.at));
	answer("%s %s", view(w.room, 9), view(at, 9));
	fill_with_file(w.at, 5, 0);
	still_denied(at, 7);
	answer("back to 3: %s", went(mremap(at, 9 * PAGE, 3 * PAGE, 0), at));
	answer("%s", view(at, 3));
	still_denied(at, 3);
}

static void grow_a_part(void)
{
	struct world w = five_of_seven();
	char *at = mremap(w.at + PAGE, 2 * PAGE, 5 * PAGE, MREMAP_MAYMOVE);

	answer("pages 1 and 2, to 5: %s", went(at, w.at + PAGE));
	answer("%s %s", view(w.room, 9), view(at, 5));
	fill(w.at + PAGE, 2);
	still_denied(at, 5);
	still_denied(w.at + 3 * PAGE, 2);
}

static void move(void)
{
	struct world w = five_letters(O_RDONLY);
	char *to = reserve(7);

	answer("all: %s", went(mremap(w.at, 5 * PAGE, 5 * PAGE, MOVE, to + PAGE), w.at));
	answer("%s %s", view(w.room, 9), view(to, 7));
	fill(w.at, 5);
	still_denied(to + PAGE, 5);
	answer("+W beside: %s", said(mprotect(to, PAGE, WRITABLE)));
	answer("+W behind: %s", said(mprotect(to + 6 * PAGE, PAGE, WRITABLE)));
	answer("and back: %s", went(mremap(to + PAGE, 5 * PAGE, 5 * PAGE, MOVE, w.at), to + PAGE));
	answer("%s %s", view(w.room, 9), view(to, 7));
	still_denied(w.at, 5);
	fill(to + PAGE, 5);
}

static void move_a_part(void)
{
	static const struct {
		const char *name;
		size_t first, count;
	} each[] = { { "head", 0, 2 }, { "middle", 2, 1 }, { "tail", 3, 2 } };

	for (size_t i = 0; i < sizeof(each) / sizeof(each[0]); i++) {
		struct world w = five_letters(O_RDONLY);
		char *from = w.at + each[i].first * PAGE, *to = reserve(4);
		size_t length = each[i].count * PAGE;

		answer("%s: %s", each[i].name, went(mremap(from, length, length, MOVE, to), from));
		answer("%s %s", view(w.room, 9), view(to, 4));
		fill_with_file(from, each[i].count, (off_t)(each[i].first * PAGE));
		still_denied(to, each[i].count);
		for (size_t page = 0; page < 5; page++)
			answer("+W of page %zu: %s", page,
			       said(mprotect(w.at + page * PAGE, PAGE, WRITABLE)));
		answer("%s", view_writable(w.room, 9));
	}
}

static void move_and_resize(void)
{
	struct world w = five_of_seven();
	char *to = reserve(8);

	answer("to 7 pages: %s", went(mremap(w.at, 5 * PAGE, 7 * PAGE, MOVE, to), w.at));
	answer("%s %s", view(w.room, 9), view(to, 8));
	still_denied(to, 7);
	answer("to 3 pages: %s", went(mremap(to, 7 * PAGE, 3 * PAGE, MOVE, w.at), to));
	answer("%s %s", view(w.room, 9), view(to, 8));
	still_denied(w.at, 3);
	fill(to, 7);
}

/* Over anonymous memory, over another such mapping, over its middle. */
static void move_over(void)
{
	struct world w = five_letters(O_RDONLY);
	char *to = reserve(5);

	map_shared_at(to, make_letters("other", 7, O_RDONLY), 5 * PAGE, 2 * (off_t)PAGE);
	answer("%s %s", view(w.room, 9), view(to, 5));
	answer("over the middle of another: %s",
	       went(mremap(w.at, 2 * PAGE, 2 * PAGE, MOVE, to + 2 * PAGE), w.at));
	answer("%s %s", view(w.room, 9), view(to, 5));
	still_denied(to, 5);
	answer("over all of it: %s",
	       went(mremap(to, 5 * PAGE, 5 * PAGE, MREMAP_MAYMOVE, NULL), to));
	MUST(mmap(w.at, PAGE, WRITABLE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == w.at);
	*w.at = 'X';
	answer("anonymous over it: %s", went(mremap(w.at, PAGE, PAGE, MOVE, to + 3 * PAGE), w.at));
	answer("%s %s", view(w.room, 9), view(to, 5));
	answer("+W of that: %s", said(mprotect(to + 3 * PAGE, PAGE, WRITABLE)));
	answer("+W of all: %s", said(mprotect(to, 5 * PAGE, WRITABLE)));
	answer("%s", view_writable(to, 5));
}

/* mremap moves a private mapping of the same file to the place of a shared one. */
static void private_over(void)
{
	struct world w = five_letters(O_RDONLY);
	int fd = open("file", O_RDONLY | O_CLOEXEC);
	char *from = mmap(NULL, 2 * PAGE, PROT_READ, MAP_PRIVATE, fd, (off_t)PAGE);

	answer("%s", went(mremap(from, 2 * PAGE, 2 * PAGE, MOVE, w.at + PAGE), from));
	for (size_t i = 0; i < 5; i++)
		answer("+W of page %zu: %s", i, said(mprotect(w.at + i * PAGE, PAGE, WRITABLE)));
	answer("%s %s", view(w.room, 9), view_writable(w.room, 9));
}

static void dont_unmap(void)
{
	struct world w = five_letters(O_RDONLY);
	char *to = reserve(5);
	const int keep = MREMAP_MAYMOVE | MREMAP_DONTUNMAP;
	char *at;

	/* Linux 6.1 looks at the address without MREMAP_FIXED, too. */
	answer("there: %s", went(mremap(w.at, 5 * PAGE, 5 * PAGE, keep | MREMAP_FIXED, to), w.at));
	answer("%s %s", view(w.room, 9), view(to, 5));
	still_denied(to, 5);
	still_denied(w.at, 5);
	at = mremap(w.at + PAGE, 2 * PAGE, 2 * PAGE, keep, NULL);
	answer("a part, anywhere: %s", went(at, w.at + PAGE));
	answer("%s %s", view(w.room, 9), view(at, 2));
	still_denied(at, 2);
	still_denied(w.at, 5);
	answer("munmap: %s", said(munmap(w.at, 5 * PAGE)));
	fill_with_file(w.at, 5, 0);
	answer("with another size: %s", went(mremap(to, 2 * PAGE, 3 * PAGE, keep, NULL), to));
	answer("may not move: %s",
	       went(mremap(to, 2 * PAGE, 2 * PAGE, MREMAP_DONTUNMAP, NULL), to));
	answer("%s", view(to, 5));
}

/* A second mapping of the same pages, which equals the first. The answers differ between modes. */
static void duplicate(void)
{
	struct world w = five_letters(O_RDONLY);
	char *at = mremap(w.at, 0, 2 * PAGE, MREMAP_MAYMOVE);

	if (at == MAP_FAILED) {
		answer("%s", errno_word(errno));
		return;
	}
	MUST(at != w.at && mprotect(at, 2 * PAGE, WRITABLE) == -1 && errno == EACCES);
	MUST(strcmp(view(w.room, 9), "##abcde##") == 0 && strcmp(view(at, 2), "ab") == 0);
	answer("a second mapping");
}

static void duplicate_in_place(void)
{
	struct world w = five_letters(O_RDONLY);

	answer("%s", went(mremap(w.at, 0, 2 * PAGE, 0), w.at));
	MUST(strcmp(view(w.room, 9), "##abcde##") == 0);
}

static void duplicate_wrongly(void)
{
	struct world w = five_letters(O_RDONLY);
	char *gone = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	MUST(gone != MAP_FAILED && munmap(gone, PAGE) == 0);
	answer("unaligned: %s", went(mremap(w.at, 0, PAGE, MOVE, w.room + 1), w.at));
	answer("to nothing: %s", went(mremap(w.at, 0, 0, MREMAP_MAYMOVE), w.at));
	answer("of nothing: %s", went(mremap(gone, 0, PAGE, MREMAP_MAYMOVE), w.at));
	answer("%s", view(w.room, 9));
}

/* Linux before 6.17 moves one mapping at a time; two neighbours may be one mapping or not. */
static bool moves_several(void)
{
	char *at = reserve(2), *to = reserve(2);

	MUST(mprotect(at, PAGE, PROT_READ) == 0);
	return mremap(at, 2 * PAGE, 2 * PAGE, MOVE, to) == to;
}

/* Consecutive pages of one file: where possible, the kernel has one mapping. */
static void across_two_in_a_row(void)
{
	int fd = make_letters("file", 6, O_RDONLY);
	char *at = map_shared_at(reserve(6), fd, 2 * PAGE, 0);
	char *to = reserve(6);

	if (!moves_several()) {
		answer("one at a time");
		return;
	}
	map_shared_at(at + 2 * PAGE, fd, 2 * PAGE, 2 * (off_t)PAGE);
	answer("%s", went(mremap(at + PAGE, 2 * PAGE, 2 * PAGE, MOVE, to), at + PAGE));
	answer("%s %s", view(at, 6), view(to, 6));
	still_denied(at, 1);
	still_denied(at + 3 * PAGE, 1);
	still_denied(to, 2);
}

static void grow_two_in_a_row(void)
{
	int fd = make_letters("file", 6, O_RDONLY);
	char *at = map_shared_at(reserve(6), fd, 2 * PAGE, 0), *grown;

	map_shared_at(at + 2 * PAGE, fd, 2 * PAGE, 2 * (off_t)PAGE);
	grown = mremap(at, 4 * PAGE, 6 * PAGE, MREMAP_MAYMOVE);
	answer("%s", grown == MAP_FAILED ? errno_word(errno) : view(grown, 6));
	if (grown == MAP_FAILED)
		MUST(strcmp(view(at, 6), "abcd##") == 0);
}

static void across_others(void)
{
	struct world w = five_letters(O_RDONLY);
	char *to = reserve(9);

	answer("front and two, grown: %s",
	       went(mremap(w.room + PAGE, 3 * PAGE, 4 * PAGE, MREMAP_MAYMOVE), w.room + PAGE));
	answer("two and behind, grown: %s",
	       went(mremap(w.at + 3 * PAGE, 4 * PAGE, 5 * PAGE, MREMAP_MAYMOVE), w.at + 3 * PAGE));
	answer("more than there is, shrunk: %s",
	       went(mremap(w.at, 7 * PAGE, 2 * PAGE, MREMAP_MAYMOVE), w.at));
	answer("%s", view(w.room, 9));
	unmap(w.room, 2);
	answer("with a hole, grown: %s",
	       went(mremap(w.room, 4 * PAGE, 5 * PAGE, MREMAP_MAYMOVE), w.room));
	answer("of a hole: %s", went(mremap(w.room, PAGE, PAGE, MOVE, to), w.room));
	answer("%s %s", view(w.room, 9), view(to, 9));
}

static void bad_arguments(void)
{
	struct world w = five_letters(O_RDONLY);
	char *to = reserve(5);
	char *at = w.at;

	answer("unaligned: %s", went(mremap(at + 1, PAGE, 2 * PAGE, MREMAP_MAYMOVE), at));
	answer("to nothing: %s", went(mremap(at, PAGE, 0, MREMAP_MAYMOVE), at));
	answer("unknown flag: %s", went(mremap(at, PAGE, PAGE, MREMAP_MAYMOVE | 64), at));
	answer("fixed, may not move: %s", went(mremap(at, PAGE, PAGE, MREMAP_FIXED, to), at));
	answer("to unaligned: %s", went(mremap(at, PAGE, PAGE, MOVE, to + 1), at));
	answer("onto itself: %s", went(mremap(at, 2 * PAGE, 2 * PAGE, MOVE, at), at));
	answer("onto a part of itself: %s",
	       went(mremap(at, 2 * PAGE, 2 * PAGE, MOVE, at + PAGE), at));
	answer("to the kernel half: %s",
	       went(mremap(at, PAGE, PAGE, MOVE, (void *)UINT64_C(0xffff800000000000)), at));
	answer("from the kernel half: %s",
	       went(mremap((void *)UINT64_C(0xffff800000000000), PAGE, PAGE, MOVE, to), at));
	answer("to all there is: %s",
	       went(mremap(at, PAGE, SIZE_MAX - PAGE + 1, MREMAP_MAYMOVE), at));
	answer("to more than there is: %s", went(mremap(at, PAGE, BEYOND, MREMAP_MAYMOVE), at));
	answer("from all there is: %s",
	       went(mremap(at, SIZE_MAX - PAGE + 1, PAGE, MREMAP_MAYMOVE), at));
	answer("%s %s", view(w.room, 9), view(to, 5));
	still_denied(at, 5);
}

/* The same for calls that also grow. */
static void bad_arguments_growing(void)
{
	char *at = map_shared_at(reserve(7), make_letters("file", 7, O_RDONLY), 2 * PAGE, 0);
	char *to = reserve(5);

	answer("unaligned: %s", went(mremap(at + 1, PAGE, 2 * PAGE, MREMAP_MAYMOVE), at));
	answer("unknown flag: %s", went(mremap(at, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | 64), at));
	answer("fixed, may not move: %s",
	       went(mremap(at, 2 * PAGE, 3 * PAGE, MREMAP_FIXED, to), at));
	answer("to unaligned: %s", went(mremap(at, 2 * PAGE, 3 * PAGE, MOVE, to + 1), at));
	answer("onto itself: %s", went(mremap(at, 2 * PAGE, 3 * PAGE, MOVE, at), at));
	answer("dont unmap: %s",
	       went(mremap(at, 2 * PAGE, 3 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP, NULL), at));
	answer("too long: %s", went(mremap(at, 2 * PAGE, SIZE_MAX / 2, MREMAP_MAYMOVE), at));
	answer("no room: %s", went(mremap(at, 2 * PAGE, 3 * PAGE, 0), at));
	answer("more than there is: %s", went(mremap(at, 3 * PAGE, 4 * PAGE, MREMAP_MAYMOVE), at));
	answer("%s %s", view(at, 7), view(to, 5));
}

/* What the kernel had unmapped before it failed. */
static void failed_onto_another(void)
{
	struct world w = five_letters(O_RDONLY);
	char *to = reserve(5);

	map_shared_at(to, make_letters("other", 5, O_RDONLY), 5 * PAGE, 0);
	answer("across others: %s",
	       went(mremap(w.at + 3 * PAGE, 3 * PAGE, 4 * PAGE, MOVE, to), w.at));
	answer("%s %s", view(w.room, 9), view(to, 5));
	for (size_t i = 0; i < 5; i++)
		answer("+W of page %zu: %s", i, said(mprotect(to + i * PAGE, PAGE, WRITABLE)));
	still_denied(w.at, 5);
}

/* Its protection moves with the mapping. */
static void keeps_its_protection(void)
{
	struct world w = five_letters(O_RDONLY);
	char *to = reserve(5);

	MUST(mprotect(w.at, 5 * PAGE, PROT_NONE) == 0);
	answer("none: %s", went(mremap(w.at, 5 * PAGE, 5 * PAGE, MOVE, to), w.at));
	answer("%s", view(to, 5));
	answer("+W: %s", said(mprotect(to, 5 * PAGE, WRITABLE)));
	answer("read: %s", said(mprotect(to, 5 * PAGE, PROT_READ)));
	answer("%s %s", view(to, 5), view_writable(to, 5));
}

/* An unmapped part cannot move or grow; the rest can still grow back. */
static void partly_gone(void)
{
	int fd = make_letters("file", 5, O_RDONLY);
	char *at = map_shared(fd, 5 * PAGE);

	unmap(at + 2 * PAGE, 3);
	answer("of what is gone: %s", went(mremap(at + 3 * PAGE, PAGE, PAGE, MREMAP_MAYMOVE), at));
	answer("grown: %s", went(mremap(at + 3 * PAGE, PAGE, 2 * PAGE, MREMAP_MAYMOVE), at));
	answer("all: %s", went(mremap(at, 5 * PAGE, 6 * PAGE, MREMAP_MAYMOVE), at));
	answer("twice: %s", went(mremap(at + 3 * PAGE, 0, PAGE, MREMAP_MAYMOVE), at));
	answer("+W of what is gone: %s", said(mprotect(at + 2 * PAGE, PAGE, WRITABLE)));
	answer("%s", view(at, 5));
	answer("grown back: %s", went(mremap(at, 2 * PAGE, 4 * PAGE, 0), at));
	answer("%s", view(at, 5));
	still_denied(at, 4);
}

const struct conform_case conform_remap[] = {
	{ "shrink", shrink, NULL },
	{ "same-size", same_size, NULL },
	{ "grow-in-place", grow_in_place, NULL },
	{ "grow-beyond", grow_beyond, NULL },
	{ "grow-past-the-end-of-file", grow_past_the_end_of_file, NULL },
	{ "no-room-to-grow", no_room_to_grow, NULL },
	{ "grow-and-move", grow_and_move, NULL },
	{ "grow-a-part", grow_a_part, NULL },
	{ "move", move, NULL },
	{ "move-a-part", move_a_part, NULL },
	{ "move-and-resize", move_and_resize, NULL },
	{ "move-over", move_over, NULL },
	{ "private-over", private_over, NULL },
	{ "dont-unmap", dont_unmap, NULL },
	{ "duplicate", duplicate, NULL },
	{ "duplicate-in-place", duplicate_in_place, NULL },
	{ "duplicate-wrongly", duplicate_wrongly, NULL },
	{ "across-two-in-a-row", across_two_in_a_row, NULL },
	{ "grow-two-in-a-row", grow_two_in_a_row, NULL },
	{ "across-others", across_others, NULL },
	{ "bad-arguments", bad_arguments, NULL },
	{ "bad-arguments-growing", bad_arguments_growing, NULL },
	{ "failed-onto-another", failed_onto_another, NULL },
	{ "keeps-its-protection", keeps_its_protection, NULL },
	{ "partly-gone", partly_gone, NULL },
	{ 0 },
};
