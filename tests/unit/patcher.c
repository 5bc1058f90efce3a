/* SPDX-License-Identifier: MIT */
/*
 * The patcher on programs of a few instructions: which it patches, which it refuses and why; and
 * the verifier on files with a wrong byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "code.h"
#include "emit.h"
#include "suspects.h"
#include "verifier.h"

#include <stdlib.h>

enum {
	CODE = 0x401000,
	DATA = 0x402000,
	SIZE = 0x3000, /* of a program: one page each of headers, code and data */
	AT = 0x80,     /* of the function that maps, in the code */
};

/* mov $9,%eax; syscall; ret */
static const uint8_t maps[] = { 0xb8, 9, 0, 0, 0, 0x0f, 0x05, 0xc3 };

/* Makes a program whose entry calls the function that maps. */
static void make_program(uint8_t bytes[SIZE], const uint8_t *function, size_t size)
{
	Elf64_Ehdr *header = (void *)bytes;
	Elf64_Phdr *segments = (void *)(header + 1);

	memset(bytes, 0, SIZE);
	memcpy(header->e_ident, ELFMAG, SELFMAG);
	header->e_ident[EI_CLASS] = ELFCLASS64;
	header->e_ident[EI_DATA] = ELFDATA2LSB;
	header->e_ident[EI_VERSION] = EV_CURRENT;
	header->e_type = ET_EXEC;
	header->e_machine = EM_X86_64;
	header->e_version = EV_CURRENT;
	header->e_entry = CODE;
	header->e_phoff = sizeof(*header);
	header->e_ehsize = sizeof(*header);
	header->e_phentsize = sizeof(*segments);
	header->e_phnum = 3;
	segments[0] = (Elf64_Phdr){ PT_LOAD, PF_R, 0, 0x400000, 0x400000, 0x1000, 0x1000, 0x1000 };
	segments[1] =
		(Elf64_Phdr){ PT_LOAD, PF_R | PF_X, 0x1000, CODE, CODE, 0x1000, 0x1000, 0x1000 };
	segments[2] =
		(Elf64_Phdr){ PT_LOAD, PF_R | PF_W, 0x2000, DATA, DATA, 0x1000, 0x2000, 0x1000 };
	memset(bytes + 0x1000, 0x90, 0x1000);
	memcpy(bytes + 0x1000, "\xe8\x7b\0\0\0\xc3", 6); /* call CODE + AT; ret */
	memcpy(bytes + 0x1000 + AT, function, size);
}

/* Makes an engine as small as that. */
static void make_image(uint8_t bytes[SIZE])
{
	Elf64_Ehdr *header = (void *)bytes;
	Elf64_Phdr *segments = (void *)(header + 1);
	struct patched_image *about = (void *)(bytes + 0x1000);

	make_program(bytes, maps, sizeof(maps));
	header->e_type = ET_DYN;
	header->e_entry = 0;
	segments[0].p_type = PT_NULL;
	segments[1].p_vaddr = 0;
	segments[2].p_vaddr = 0x1000;
	*about = (struct patched_image){ .magic = PATCHED_MAGIC,
					 .abi = PATCHED_ABI,
					 .size = sizeof(*about),
					 .version = "test",
					 .start = 0x100,
					 .enter = 0x200 };
}

/* The result. */
struct outcome {
	char reason[REASON];
	struct sites sites;
	struct layout layout;
	uint8_t *bytes;
	size_t size;
};

static uint8_t image[SIZE];

static bool patch(struct outcome *outcome, const uint8_t *bytes, size_t size)
{
	struct functions functions = { .all = NULL };
	struct engine_image engine;
	struct binary binary;

	memset(outcome, 0, sizeof(*outcome));
	make_image(image);
	assert_true(engine_image_take(&engine, image, SIZE));
	if (binary_take(&binary, bytes, size, outcome->reason) &&
	    functions_find(&functions, &binary) &&
	    sites_find(&outcome->sites, &binary, &functions) &&
	    suspects_clear(&binary, &functions, &outcome->sites) &&
	    layout_make(&outcome->layout, &binary, &engine, &outcome->sites))
		outcome->bytes = emit(&binary, &outcome->sites, &engine, &outcome->layout, 1,
				      &outcome->size);
	functions_forget(&functions);
	return outcome->bytes;
}

static void forget(struct outcome *outcome)
{
	free(outcome->bytes);
}

static bool is_right(const struct outcome *outcome, const uint8_t *original, size_t size,
		     const uint8_t *patched)
{
	struct verified files = { .original = original,
				  .original_size = size,
				  .patched = patched,
				  .patched_size = outcome->size,
				  .image = image,
				  .image_size = SIZE,
				  .sites = outcome->sites.count };

	return verify(&files);
}

static void needs_disassembler(void)
{
	if (!code_is_known())
		skip();
}

static void patches_the_call(void **state)
{
	static uint8_t bytes[SIZE];
	struct outcome outcome;

	(void)state;
	needs_disassembler();
	make_program(bytes, maps, sizeof(maps));
	assert_true(patch(&outcome, bytes, SIZE));
	assert_int_equal(outcome.sites.count, 1);
	assert_int_equal(outcome.sites.all[0].window, CODE + AT);
	assert_int_equal(outcome.sites.all[0].address, CODE + AT + 5);
	assert_int_equal(outcome.sites.all[0].number, 9);
	assert_int_equal(outcome.bytes[0x1000 + AT], 0xe9);
	assert_memory_equal(outcome.bytes + 0x1000 + AT + 5, "\x0f\x05\xc3", 3);
	assert_true(is_right(&outcome, bytes, SIZE, outcome.bytes));
	forget(&outcome);
}

/* Functions, and the reasons for refusing them; NULL: they are patched. */
static void decides(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *reason;
	} rows[] = {
#define ROW(bytes, reason) { bytes, sizeof(bytes) - 1, reason }
		ROW("\xb8\x09\0\0\0\x0f\x05\xc3", NULL),
		/* xor %eax,%eax; mov $9,%al; nop */
		ROW("\x31\xc0\xb0\x09\x90\x0f\x05\xc3", NULL),
		/* push $9; pop %rax; mov %rdi,%rdi */
		ROW("\x6a\x09\x58\x48\x89\xff\x0f\x05\xc3", NULL),
		/* syscall(2): mov %rdi,%rax; mov %rsi,%rdi */
		ROW("\x48\x89\xf8\x48\x89\xf7\x0f\x05\xc3", NULL),
		/* mov DATA(%rip),%rdi before the syscall: it is moved */
		ROW("\xb8\x09\0\0\0\x48\x8b\x3d\x74\x0f\0\0\x0f\x05\xc3", NULL),
		/* The same after push %rbp; mov %rsp,%rbp; lea -16(%rsp),%rsp */
		ROW("\x55\x48\x89\xe5\x48\x8d\x64\x24\xf0\x48\x89\xf8\x48\x89\xf7\x0f\x05\xc9\xc3",
		    NULL),
		/* and after pop %r12, as in Go's function that forks */
		ROW("\x41\x5c\x48\x89\xf8\x48\x89\xf7\x0f\x05\x41\x54\xc3", "nobody knows"),
		/* mov $9,%ebx; call; mov %ebx,%eax; xchg %ax,%ax; nop */
		ROW("\xbb\x09\0\0\0\xe8\x76\xff\xff\xff\x89\xd8\x66\x90\x90\x0f\x05\xc3", NULL),
		/* The number comes from memory, and shortly before EAGAIN is returned. */
		ROW("\x85\xff\x74\x06\xb8\x0b\0\0\0\xc3\x8b\x06\x90\x90\x90\x0f\x05\xc3",
		    "nobody knows"),
		/* mov (%rsi),%eax; mov $9,%ecx; cmovne %ecx,%eax */
		ROW("\x8b\x06\xb9\x09\0\0\0\x0f\x45\xc1\x0f\x05\xc3", "number"),
		/* je over mov $9,%eax; jmp to the syscall; mov $11,%eax */
		ROW("\x74\x07\xb8\x09\0\0\0\xeb\x05\xb8\x0b\0\0\0\x48\x89\xf7"
		    "\x48\x89\xd6\x0f\x05\xc3",
		    "number"),
		/* mov $9,%eax; mov %eax,-8(%rsp); mov -8(%rsp),%eax; and the same by %rbp */
		ROW("\xb8\x09\0\0\0\x89\x44\x24\xf8\x8b\x44\x24\xf8\x0f\x05\xc3", "number"),
		ROW("\xb8\x09\0\0\0\x89\x45\xf8\x8b\x45\xf8\x0f\x05\xc3", "number"),
		/* push %rcx; pop %rax */
		ROW("\x51\x58\x90\x90\x90\x90\x0f\x05\xc3", "number"),
		/* exit(2) alone */
		ROW("\xb8\x3c\0\0\0\x0f\x05\xc3", "no system call"),
		/* the number is set before a call */
		ROW("\xb8\x09\0\0\0\xe8\x76\xff\xff\xff\x0f\x05\xc3", "number"),
		/* sub $1,%edi; jne to the syscall */
		ROW("\xb8\x09\0\0\0\x0f\x05\xff\xcf\x75\xfa\xc3", "leads into|unknown"),
		/* jne into the mov, where other instructions are */
		ROW("\xb8\x09\0\0\0\x0f\x05\x75\xf8\xc3", "leads into|two ways"),
		/* lea of the syscall's end, as regions of cancellation have it */
		ROW("\xb8\x09\0\0\0\x0f\x05\x48\x8d\x05\xf9\xff\xff\xff\xc3", "leads into"),
		/* mov %eax,%eax has no room for a jump: jne comes between */
		ROW("\xb8\x09\0\0\0\x75\0\x0f\x05\xc3", "no room"),
	};
	static uint8_t bytes[SIZE];
	struct outcome outcome;

	(void)state;
	needs_disassembler();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *reason = rows[i].reason;
		bool made, right;

		make_program(bytes, (const void *)rows[i].bytes, rows[i].size);
		made = patch(&outcome, bytes, SIZE);
		right = reason ? !made : made && is_right(&outcome, bytes, SIZE, outcome.bytes);
		if (reason && right) {
			const char *bar = strchr(reason, '|');
			char first[32];

			snprintf(first, sizeof(first), "%.*s",
				 (int)(bar ? (size_t)(bar - reason) : strlen(reason)), reason);
			right = strstr(outcome.reason, first) ||
				(bar && strstr(outcome.reason, bar + 1));
		}
		if (!right)
			fail_msg("row %zu: %s", i, made ? "patched" : outcome.reason);
		forget(&outcome);
	}
}

/* Data that leads into the window. */
static void looks_at_data(void **state)
{
	static const uint64_t targets[] = { CODE + AT + 1, CODE + AT + 5, CODE + AT + 7 };
	static uint8_t bytes[SIZE];
	struct outcome outcome;
	uint64_t first = CODE + AT;
	int32_t distance = CODE + AT + 5 - DATA;

	(void)state;
	needs_disassembler();
	for (unsigned i = 0; i < 3; i++) {
		make_program(bytes, maps, sizeof(maps));
		memcpy(bytes + 0x2003, &targets[i], 8);
		assert_false(patch(&outcome, bytes, SIZE));
		assert_non_null(strstr(outcome.reason, "0x402003"));
		forget(&outcome);
	}
	make_program(bytes, maps, sizeof(maps));
	memcpy(bytes + 0x2003, &first, 8);
	assert_true(patch(&outcome, bytes, SIZE));
	forget(&outcome);
	/* A table of distances, that lea DATA(%rip),%rax finds. */
	memcpy(bytes + 0x1100, "\x48\x8d\x05\xf9\x0e\0\0", 7);
	memcpy(bytes + 0x2000, &distance, 4);
	assert_false(patch(&outcome, bytes, SIZE));
	assert_non_null(strstr(outcome.reason, "a table at 0x402000"));
	forget(&outcome);
	/* The table has ended before: this entry leads into the middle of the call. */
	memcpy(bytes + 0x2004, &distance, 4);
	distance = CODE + 1 - DATA;
	memcpy(bytes + 0x2000, &distance, 4);
	assert_true(patch(&outcome, bytes, SIZE));
	forget(&outcome);
}

/* If addresses are not fixed, pointers are only where a relocation can change them. */
static void looks_for_relocated_pointers(void **state)
{
	static uint8_t bytes[SIZE];
	struct outcome outcome;
	uint64_t target = CODE + AT + 5;

	(void)state;
	needs_disassembler();
	make_program(bytes, maps, sizeof(maps));
	((Elf64_Ehdr *)bytes)->e_type = ET_DYN;
	memcpy(bytes + 0x2003, &target, 8);
	assert_true(patch(&outcome, bytes, SIZE));
	forget(&outcome);
	memcpy(bytes + 0x2010, &target, 8);
	assert_false(patch(&outcome, bytes, SIZE));
	assert_non_null(strstr(outcome.reason, "0x402010"));
	forget(&outcome);
}

/* A number in an instruction that looks like a call of code before the syscall. */
static void believes_calls_only(void **state)
{
	/* mov $9,%eax; a nop of 5 bytes; syscall; ret */
	static const uint8_t function[] = { 0xb8, 9, 0, 0,    0,    0x0f, 0x1f,
					    0x44, 0, 0, 0x0f, 0x05, 0xc3 };
	static uint8_t bytes[SIZE];
	struct outcome outcome;
	int32_t distance = AT + 5 - (0x42 + 5);

	(void)state;
	needs_disassembler();
	make_program(bytes, function, sizeof(function));
	memcpy(bytes + 0x1040, "\x48\xb9\xe8\0\0\0\0\0\0\0", 10);
	memcpy(bytes + 0x1043, &distance, 4);
	assert_true(patch(&outcome, bytes, SIZE));
	assert_int_equal(outcome.sites.all[0].number, 9);
	forget(&outcome);
}

/* The page of data then has section headers, of the code and of section names. */
static void add_sections(uint8_t bytes[SIZE])
{
	Elf64_Ehdr *header = (void *)bytes;
	Elf64_Shdr *sections = (void *)(bytes + 0x2800);

	header->e_shoff = 0x2800;
	header->e_shentsize = sizeof(*sections);
	header->e_shnum = 3;
	header->e_shstrndx = 2;
	sections[1] = (Elf64_Shdr){ .sh_type = SHT_PROGBITS,
				    .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
				    .sh_addr = CODE,
				    .sh_offset = 0x1000,
				    .sh_size = 0x1000 };
	sections[2] = (Elf64_Shdr){ .sh_type = SHT_STRTAB, .sh_offset = 0x2700, .sh_size = 1 };
}

/* Rust calls a function of libc by its address, from a register. */
static void finds_what_is_called_by_address(void **state)
{
	/* mov %rdi,%rax; a nop of 5 bytes; syscall; ret */
	static const uint8_t any[] = { 0x48, 0x89, 0xf8, 0x0f, 0x1f, 0x44, 0, 0, 0x0f, 0x05, 0xc3 };
	static const uint8_t lea[] = { 0x48, 0x8d, 0x3d, 0x100 - 0x27, 0, 0, 0 };
	static uint8_t bytes[SIZE];
	struct outcome outcome;

	(void)state;
	needs_disassembler();
	make_program(bytes, maps, sizeof(maps));
	memcpy(bytes + 0x1100, any, sizeof(any));
	memcpy(bytes + 0x1020, lea, sizeof(lea));
	/* Without sections, the address may be one of data. */
	assert_true(patch(&outcome, bytes, SIZE));
	assert_int_equal(outcome.sites.count, 1);
	assert_int_equal(outcome.sites.unknown, 1);
	forget(&outcome);
	add_sections(bytes);
	assert_true(patch(&outcome, bytes, SIZE));
	assert_int_equal(outcome.sites.count, 2);
	assert_int_equal(outcome.sites.unknown, 0);
	assert_int_equal(outcome.sites.all[1].number, ARGUMENT);
	assert_true(is_right(&outcome, bytes, SIZE, outcome.bytes));
	forget(&outcome);
}

/* The kernel's answer replaces the number in rax. */
static void forgets_the_number(void **state)
{
	/* mov $9,%eax; syscall; nops; syscall; ret */
	static const uint8_t function[] = { 0xb8, 9,	0,    0,    0,	  0x0f, 0x05, 0x90,
					    0x90, 0x90, 0x90, 0x90, 0x0f, 0x05, 0xc3 };
	static uint8_t bytes[SIZE];
	struct outcome outcome;

	(void)state;
	needs_disassembler();
	make_program(bytes, function, sizeof(function));
	assert_true(patch(&outcome, bytes, SIZE));
	assert_int_equal(outcome.sites.count, 1);
	assert_int_equal(outcome.sites.unknown, 1);
	forget(&outcome);
}

static void refuses_payloads(void **state)
{
	static uint8_t bytes[SIZE + 0x1000];
	struct outcome outcome;

	(void)state;
	needs_disassembler();
	make_program(bytes, maps, sizeof(maps));
	memcpy(bytes + SIZE, "payload", 7);
	assert_false(patch(&outcome, bytes, sizeof(bytes)));
	assert_non_null(strstr(outcome.reason, "behind its end"));
	forget(&outcome);
}

/* With any byte damaged, the patcher makes nothing, or a valid file. */
static void survives_damage(void **state)
{
	static const uint8_t values[] = { 0, 1, 0x7f, 0x80, 0xff };
	static uint8_t bytes[SIZE];
	struct outcome outcome;

	(void)state;
	needs_disassembler();
	for (unsigned at = 0; at < sizeof(Elf64_Ehdr) + 3 * sizeof(Elf64_Phdr); at++)
		for (unsigned i = 0; i < sizeof(values); i++) {
			make_program(bytes, maps, sizeof(maps));
			bytes[at] = values[i];
			if (patch(&outcome, bytes, SIZE) &&
			    !is_right(&outcome, bytes, SIZE, outcome.bytes))
				print_message("made, not right: %u\n", at);
			forget(&outcome);
		}
	make_program(bytes, maps, sizeof(maps));
	for (unsigned size = 0; size < SIZE; size += 7) {
		uint8_t *less = malloc(size + 1);

		memcpy(less, bytes, size);
		if (size < 0x1100)
			assert_false(patch(&outcome, less, size));
		else
			patch(&outcome, less, size);
		forget(&outcome);
		free(less);
	}
}

/* Changes each meaningful byte of a written file. */
static void notices_wrong_bytes(void **state)
{
	static uint8_t bytes[SIZE];
	struct outcome outcome;
	uint64_t text, headers_end, front;

	(void)state;
	needs_disassembler();
	make_program(bytes, maps, sizeof(maps));
	assert_true(patch(&outcome, bytes, SIZE));
	text = outcome.layout.offset;
	headers_end = text + outcome.layout.segments * sizeof(Elf64_Phdr);
	front = text + outcome.layout.image - outcome.layout.address;
	for (uint64_t at = 0; at < outcome.size; at++) {
		uint8_t was = outcome.bytes[at];
		bool right;

		/* Skips the record, the old program headers and gaps between trampolines. */
		if ((at >= headers_end && at < text + outcome.layout.trampolines) ||
		    (at >= text + outcome.layout.trampolines + 0x1e + 5 && at < front) ||
		    (at >= SIZE && at < text) ||
		    (at > front + SIZE / 3 && at >= outcome.layout.data_offset + 0x1000))
			continue;
		if (at > CODE - 0x400000 + AT && at < CODE - 0x400000 + AT + 5 && at)
			was = outcome.bytes[at];
		outcome.bytes[at] ^= 0x10;
		right = is_right(&outcome, bytes, SIZE, outcome.bytes);
		outcome.bytes[at] = was;
		if (right)
			fail_msg("byte 0x%lx", (unsigned long)at);
	}
	assert_true(is_right(&outcome, bytes, SIZE, outcome.bytes));
	outcome.sites.count++;
	assert_false(is_right(&outcome, bytes, SIZE, outcome.bytes));
	outcome.sites.count--;
	forget(&outcome);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patches_the_call),
		cmocka_unit_test(decides),
		cmocka_unit_test(looks_at_data),
		cmocka_unit_test(looks_for_relocated_pointers),
		cmocka_unit_test(believes_calls_only),
		cmocka_unit_test(finds_what_is_called_by_address),
		cmocka_unit_test(forgets_the_number),
		cmocka_unit_test(refuses_payloads),
		cmocka_unit_test(survives_damage),
		cmocka_unit_test(notices_wrong_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
