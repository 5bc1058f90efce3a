/* SPDX-License-Identifier: MIT */
/*
 * A launcher replaces a program that no preload library reaches, and runs privmap to trace the
 * original, which is in the same directory. It becomes privmap, and that becomes the program: the
 * process, its descriptors, signals, directory, environment and arguments are the program's. So is
 * argv[0], by which programs such as busybox choose what they do; a script could not pass it on. If
 * privmap is missing, as in a chroot, the program runs alone.
 *
 * No libc: its start would take longer than all of this. Nothing here needs relocation.
 */
#if defined(__x86_64__) && defined(__LP64__) || defined(__aarch64__)
#include "launcher.h"

#include "handed-over.h"
#include "kernel.h"
#include "original.h"

#include <elf.h>
#include <stdbool.h>

enum { HIDDEN_MOST = 99 }; /* _start reserves stack for these and the words before them */

/* As in sh(1). */
enum { EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127 };

/* privmapctl fills the copy in a launcher's file. */
__attribute__((used)) static const struct launcher empty = { .magic = LAUNCHER_MAGIC };

/* Plain globals: there is only one thread. */
static char own[PATH_MAX];
static char beside[PATH_MAX + sizeof(ORIGINAL_SUFFIX)];

/* Keeps the compiler from using the empty values. */
static const struct launcher *filled(void)
{
	const struct launcher *launcher = &empty;

	__asm__("" : "+r"(launcher));
	return launcher;
}

static size_t length_of(const char *string)
{
	size_t length = 0;

	while (string[length])
		length++;
	return length;
}

/* to has room for from. */
static void copy(char *to, const char *from)
{
	while ((*to++ = *from++))
		;
}

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

/* The original of the file with this name, if it exists. */
static const char *find_beside(const char *file)
{
	copy(beside, file);
	copy(beside + length_of(file), ORIGINAL_SUFFIX);
	return kernel_exists(beside) ? beside : NULL;
}

/* run_as: the name that was passed to execve(2). */
static const char *find_original(const char *run_as)
{
	static const char gone[] = " (deleted)"; /* proc(5) */
	word length = kernel_readlink("/proc/self/exe", own, sizeof(own) - 1);
	const char *found, *kept = filled()->original;
	char *end;

	if (kernel_failed(length) && length_of(run_as) < sizeof(own)) /* no /proc */
		copy(own, run_as);
	found = find_beside(own);
	if (found)
		return found;
	/* Somebody has called this launcher by a hard link, or has copied or moved it. */
	if (kernel_exists(kept) && !same(kept, own)) /* else it would run itself for ever */
		return kept;
	/* The original or another launcher has just replaced this one. */
	end = own + length_of(own);
	if (end - own < (ptrdiff_t)sizeof(gone) || !same(end - (sizeof(gone) - 1), gone))
		return beside;
	end[-(ptrdiff_t)(sizeof(gone) - 1)] = '\0';
	found = find_beside(own);
	return found ? found : own;
}

static void say(const char *text)
{
	kernel(SYS_write, STDERR_FILENO, text, length_of(text));
}

static _Noreturn void fail(const char *original, word error)
{
	say("privmap: '");
	say(original);
	say(error == -ENOENT ? "': No such file or directory\n" : "': cannot be run\n");
	for (;;)
		kernel(SYS_exit_group, error == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN);
}

static const char *name_in(const unsigned long *auxiliary)
{
	for (; auxiliary[0]; auxiliary += 2)
		if (auxiliary[0] == AT_EXECFN)
			return (const char *)auxiliary[1];
	return "";
}

/*
 * stack is as the kernel made it: argc, argv, NULL, envp, NULL, the auxiliary vector. The words
 * before argv overwrite argc and the reserved stack below it.
 */
__attribute__((used)) static _Noreturn void launch(const char **stack)
{
	static const char *hidden[HIDDEN_MOST];
	static char digits[3];
	const char **argv = stack + 1, **envp = argv + (size_t)stack[0] + 1, **end = envp, **to;
	const char *original;
	int count;

	while (*end++)
		;
	original = find_original(name_in((const unsigned long *)end));
	count = (int)handed_hide((char **)envp, (char **)hidden, HIDDEN_MOST);
	digits[0] = (char)('0' + count / 10);
	digits[1] = (char)('0' + count % 10);
	to = argv;
	for (int i = count; i > 0; i--)
		*--to = hidden[i - 1];
	to -= HANDED_FIRST;
	to[0] = "privmap";
	to[1] = HANDED_OPTION;
	to[2] = "-";
	to[3] = "0";
	to[4] = original;
	to[5] = digits;
	kernel(SYS_execve, filled()->privmap, to, envp);
	handed_show((char **)envp, (char **)hidden);
	fail(original, kernel(SYS_execve, original, argv, envp));
}

#ifdef __x86_64__
__asm__(".globl _start\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rdi\n"
	"	sub $1024, %rsp\n"
	"	call launch\n");
#else
__asm__(".globl _start\n"
	"_start:\n"
	"	mov x29, #0\n"
	"	mov x30, #0\n"
	"	mov x0, sp\n"
	"	sub sp, sp, #1024\n"
	"	bl launch\n");
#endif
#else
/* Nothing is traced on other machines (trace/tracee/abi.c), so no program is patched with this. */
void _start(void);
void _start(void)
{
}
#endif
