/* SPDX-License-Identifier: MIT */
/* The engine's image (image.h) as a part of privmapctl; empty on machines without that engine. */
	.section .rodata
	.globl patched_image_size, patched_image_bytes
	.hidden patched_image_size, patched_image_bytes
	.balign 16
patched_image_bytes:
#ifdef PATCHED_IMAGE
	.incbin PATCHED_IMAGE
#endif
1:
	.balign 4
patched_image_size:
	.long 1b - patched_image_bytes
	.section .note.GNU-stack, "", %progbits
