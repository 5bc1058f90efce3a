/* SPDX-License-Identifier: MIT */
/* The launcher's file as a part of privmapctl (privmapctl/patch/launcher.c). */
	.section .rodata
	.globl launcher_size, launcher_bytes
	.hidden launcher_size, launcher_bytes
	.balign 4
launcher_size:
	.long 1f - launcher_bytes
launcher_bytes:
	.incbin "launcher"
1:
	.section .note.GNU-stack, "", %progbits
