/* SPDX-License-Identifier: MIT */
/*
 * A gap in a library's data that saves its start a page fault.
 *
 * The dynamic linker reads the page with the dynamic section before it writes it, which costs a
 * page fault each. But where the file's data ends inside a page, it first clears the rest of that
 * page, and one fault is enough. GNU ld lets data that is read-only after relocation end with a
 * page, except for what alignment leaves free there. So this must be the first of that data
 * (Makefile), all of it must be smaller than the alignment, and no variable may have an initial
 * value.
 */
extern const void *const data_gap;
__attribute__((aligned(2048))) const void *const data_gap = &data_gap;
