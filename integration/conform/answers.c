/* SPDX-License-Identifier: MIT */
/*
 * Answers of a case, and their words. Answers are in memory that the parent shares, so that a case
 * can answer without a free descriptor, from a signal handler and before it is killed.
 */
#include "answers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/wait.h>

#include "conform.h"

/* --- the lines --- */

enum { ROOM = 1 << 18, LINE = 2048 };

struct answers {
	atomic_size_t used;
	char text[ROOM];
};
static struct answers *answers;

void answers_begin(void)
{
	if (!answers) {
		answers = mmap(NULL, sizeof(*answers), PROT_READ | PROT_WRITE,
			       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (answers == MAP_FAILED) {
			perror("conform: mmap");
			exit(2);
		}
	}
	memset(answers->text, 0, answers->used < ROOM ? answers->used : ROOM);
	answers->used = 0;
}

bool answers_next(size_t *place, char *line, size_t size)
{
	size_t end = *place;

	while (end < ROOM && answers->text[end] && answers->text[end] != '\n')
		end++;
	if (end >= ROOM || answers->text[end] != '\n')
		return false;
	snprintf(line, size, "%.*s", (int)(end - *place), answers->text + *place);
	*place = end + 1;
	return true;
}

void answer(const char *format, ...)
{
	int saved = errno;
	char line[LINE];
	va_list list;
	size_t at, length;
	int got;

	va_start(list, format);
	got = vsnprintf(line, sizeof(line) - 1, format, list);
	va_end(list);
	length = got < 0 ? 0 : strlen(line);
	line[length++] = '\n';
	if (!answers) { /* --kind and --again */
		fwrite(line, 1, length, stdout);
		fflush(stdout);
	} else {
		at = atomic_fetch_add(&answers->used, length);
		if (at + length > ROOM)
			abort();
		memcpy(answers->text + at, line, length);
	}
	errno = saved;
}

void conform_failed(const char *file, int line, const char *what)
{
	const char *name = strrchr(file, '/');

	answer("%s:%d: not true: %s (%s)", name ? name + 1 : file, line, what, errno_word(errno));
	_exit(1);
}

/* --- words --- */

/* Returns room for SIZE bytes; the last 16 rooms stay valid. */
static char *ring(size_t size)
{
	static _Thread_local char buffers[16][512];
	static _Thread_local unsigned int next;

	if (size > sizeof(buffers[0]))
		abort();
	return buffers[next++ % 16];
}

#define WORD(name)                                                                                 \
	case name:                                                                                 \
		return #name

const char *errno_word(int number)
{
	char *other;

	switch (number) {
		WORD(E2BIG);
		WORD(EACCES);
		WORD(EAGAIN);
		WORD(EBADF);
		WORD(EBUSY);
		WORD(ECHILD);
		WORD(EEXIST);
		WORD(EFAULT);
		WORD(EFBIG);
		WORD(EINTR);
		WORD(EINVAL);
		WORD(EIO);
		WORD(EISDIR);
		WORD(ELOOP);
		WORD(EMFILE);
		WORD(ENAMETOOLONG);
		WORD(ENODEV);
		WORD(ENOENT);
		WORD(ENOEXEC);
		WORD(ENOMEM);
		WORD(ENOSPC);
		WORD(ENOSYS);
		WORD(ENOTDIR);
		WORD(ENXIO);
		WORD(EOPNOTSUPP);
		WORD(EOVERFLOW);
		WORD(EPERM);
		WORD(EPIPE);
		WORD(EROFS);
		WORD(ESRCH);
		WORD(ETIMEDOUT);
		WORD(ETXTBSY);
	}
	other = ring(32);
	snprintf(other, 32, "errno %d", number);
	return other;
}

const char *signal_word(int number)
{
	char *other;

	switch (number) {
		WORD(SIGABRT);
		WORD(SIGALRM);
		WORD(SIGBUS);
		WORD(SIGFPE);
		WORD(SIGILL);
		WORD(SIGKILL);
		WORD(SIGPIPE);
		WORD(SIGSEGV);
		WORD(SIGSYS);
		WORD(SIGTERM);
		WORD(SIGTRAP);
		WORD(SIGUSR1);
		WORD(SIGXFSZ);
	}
	other = ring(32);
	snprintf(other, 32, "signal %d", number);
	return other;
}

const char *said(long result)
{
	char *number;

	if (result == -1)
		return errno_word(errno);
	number = ring(32);
	snprintf(number, 32, "%ld", result);
	return number;
}

const char *said_map(const void *at)
{
	return at == MAP_FAILED ? errno_word(errno) : "mapped";
}

const char *ended(int status)
{
	char *text = ring(64);

	if (WIFSIGNALED(status))
		snprintf(text, 64, "died of %s", signal_word(WTERMSIG(status)));
	else
		snprintf(text, 64, "exit %d", WEXITSTATUS(status));
	return text;
}

/* --- faults --- */

static _Thread_local sigjmp_buf *back;
static _Thread_local volatile int fault_signal, fault_code;
static _Thread_local void *volatile fault_address;

static void on_fault(int number, siginfo_t *info, void *context)
{
	(void)context;
	if (!back) { /* a fault of another thread, or outside of guarded() */
		signal(number, SIG_DFL);
		raise(number);
		return;
	}
	fault_signal = number;
	fault_code = info->si_code;
	fault_address = info->si_addr;
	siglongjmp(*back, 1);
}

static const char *code_word(int number, int code)
{
	char *other;

	if (number == SIGBUS)
		switch (code) {
			WORD(BUS_ADRALN);
			WORD(BUS_ADRERR);
			WORD(BUS_OBJERR);
		}
	if (number == SIGSEGV)
		switch (code) {
			WORD(SEGV_MAPERR);
			WORD(SEGV_ACCERR);
			WORD(SEGV_PKUERR);
		}
	other = ring(32);
	snprintf(other, 32, "code %d", code);
	return other;
}

/* False after a fault; fault_signal and fault_code describe it. */
static bool survives(void (*run)(void *), void *argument)
{
	static const int caught[] = { SIGBUS, SIGSEGV, SIGILL };
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO };
	struct sigaction before[3];
	sigjmp_buf here;
	volatile bool fine = false;

	for (int i = 0; i < 3; i++)
		sigaction(caught[i], &action, &before[i]);
	if (sigsetjmp(here, 1) == 0) {
		back = &here;
		run(argument);
		fine = true;
	}
	back = NULL;
	for (int i = 0; i < 3; i++)
		sigaction(caught[i], &before[i], NULL);
	return fine;
}

static const char *fault_text(void)
{
	char *text = ring(64);

	snprintf(text, 64, "%s %s", signal_word(fault_signal), code_word(fault_signal, fault_code));
	return text;
}

const char *guarded(void (*run)(void *), void *argument)
{
	return survives(run, argument) ? "done" : fault_text();
}

struct access {
	void *at;
	unsigned char byte;
};

/* The kernel must report this address. */
static const char *fault_at(const void *at)
{
	const char *text = fault_text();
	char *longer;

	if (fault_address == at)
		return text;
	longer = ring(96);
	snprintf(longer, 96, "%s at another address", text);
	return longer;
}

static void read_byte(void *argument)
{
	struct access *access = argument;

	access->byte = *(volatile unsigned char *)access->at;
}

static void write_byte(void *argument)
{
	struct access *access = argument;
	volatile unsigned char *at = access->at;

	access->byte = *at;
	*at = access->byte;
}

static struct access access_to(const void *at)
{
	return (struct access){ .at = (void *)(uintptr_t)at };
}

const char *peek(const void *at)
{
	struct access access = access_to(at);
	char *text;

	if (!survives(read_byte, &access))
		return fault_at(at);
	text = ring(16);
	snprintf(text, 16, "byte %02x", access.byte);
	return text;
}

const char *poke(void *at)
{
	struct access access = access_to(at);

	return survives(write_byte, &access) ? "written" : fault_at(at);
}

static char fault_letter(void)
{
	if (fault_signal == SIGBUS)
		return '!';
	return fault_code == SEGV_MAPERR ? '.' : '#';
}

static const char *each_page(const void *at, size_t count, void (*run)(void *), bool writes)
{
	char *text = ring(count + 1);

	for (size_t i = 0; i < count; i++) {
		struct access access = access_to((const char *)at + i * PAGE);

		if (!survives(run, &access))
			text[i] = fault_letter();
		else if (writes)
			text[i] = 'w';
		else if (access.byte == 0)
			text[i] = '0';
		else
			text[i] = access.byte > ' ' && access.byte < 127 ? (char)access.byte : '?';
	}
	text[count] = 0;
	return text;
}

const char *view(const void *at, size_t count)
{
	return each_page(at, count, read_byte, false);
}

const char *view_writable(void *at, size_t count)
{
	return each_page(at, count, write_byte, true);
}
