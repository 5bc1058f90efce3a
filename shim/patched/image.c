/* SPDX-License-Identifier: MIT */
/*
 * The head of the image (image.h), and the relocation of the image.
 */
#include "image.h"

#include "enter.h"

#include <elf.h>

/* Laid out by image.lds and enter.S. */
extern const char patched_start[], patched_enter[], relocations[], relocations_end[];

#define HIDDEN __attribute__((visibility("hidden")))

/*
 * The linker computes the distances, so that they need no relocation: the head is in memory that
 * cannot be written.
 */
__asm__(".pushsection .image, \"a\"\n"
	".globl patched_image\n"
	".hidden patched_image\n"
	"patched_image:\n"
	"	.asciz \"" PATCHED_MAGIC "\"\n"
	"	.long 1, 72\n"
	"1:	.ascii \"" PRIVMAP_VERSION "\"\n"
	"	.zero 16 - (. - 1b)\n"
	"	.quad patched_start - patched_image\n"
	"	.quad patched_enter - patched_image\n"
	"	.quad relocations - patched_image\n"
	"	.quad relocations_end - patched_image\n"
	"	.quad 0\n"
	".popsection\n");

_Static_assert(sizeof(struct patched_image) == 72 && PATCHED_ABI == 1, "as enter.S has it");
_Static_assert(offsetof(struct patched_image, original_entry) == 64, "as enter.S has it");

HIDDEN void patched_relocate(const char *image)
{
	const struct patched_image *head = (const void *)image;
	const Elf64_Rela *one = (const void *)(image + head->relocations);
	const Elf64_Rela *end = (const void *)(image + head->relocations_end);

	for (; one < end; one++)
		*(uint64_t *)(uintptr_t)(image + one->r_offset) =
			(uint64_t)(uintptr_t)image + (uint64_t)one->r_addend;
}
