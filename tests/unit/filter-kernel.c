/* SPDX-License-Identifier: MIT */
/*
 * The filters of the tracer, run by the kernel: without a tracer, each stopped call fails with
 * ENOSYS.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "abi.h"
#include "filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096 };

/* Written before the test makes children. */
static struct filter first, guard;

static bool add_filter(const struct filter *filter)
{
	struct sock_fprog program = { filter->length, (struct sock_filter *)filter->code };

	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

static bool stopped(long result)
{
	return result == -1 && errno == ENOSYS;
}

static long protect(char *page)
{
	return syscall(SYS_mprotect, page, PAGE, PROT_READ | PROT_WRITE);
}

/* Returns 0, or the number of the step that failed. */
static int in_child(char *page, char *windowed, char *converted, int fd)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!add_filter(&first))
		return 1;
	if (!stopped(syscall(SYS_mmap, 0, PAGE, PROT_READ, MAP_SHARED, fd, 0)))
		return 2;
	if (syscall(SYS_mmap, 0, PAGE, PROT_READ, MAP_PRIVATE, fd, 0) == -1)
		return 3;
	if (protect(page) || !stopped(protect(windowed)))
		return 4;
	if (syscall(SYS_munmap, converted, PAGE) || !stopped(syscall(SYS_munmap, windowed, PAGE)))
		return 8;
	if (!stopped(syscall(SYS_mmap, converted, PAGE, PROT_READ, MAP_PRIVATE, fd, 0)))
		return 9;
	if (!stopped(syscall(SYS_ptrace, PTRACE_TRACEME, 0, 0, 0)))
		return 5;
	/* No tracer lets it pass here. */
	if (add_filter(&guard) || errno != ENOSYS)
		return 6;
	return 0;
}

static int in_guarded_child(char *page)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (!add_filter(&guard) || !stopped(protect(page)))
		return 6;
	if (!stopped(syscall(SYS_munmap, page, PAGE)))
		return 7;
	return 0;
}

static void the_kernel_agrees(void **state)
{
	int fd = memfd_create("filter", MFD_CLOEXEC);
	char *page = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	/* Nothing is mapped there: the kernel would answer ENOMEM. */
	char *windowed = (char *)(uintptr_t)(abi_all()[0].window_end - PAGE);
	char *converted = (char *)(uintptr_t)(abi_all()[0].copies - PAGE);
	pid_t child;
	int status;

	(void)state;
	filter_choose_data(0);
	filter_first(&first, 0, NULL);
	filter_guard(&guard);
	if (!abi_all()[0].audit)
		skip();
	assert_true(fd >= 0 && page != MAP_FAILED);
	assert_int_equal(ftruncate(fd, PAGE), 0);
	for (int guarded = 0; guarded < 2; guarded++) {
		child = fork();
		if (!child)
			_exit(guarded ? in_guarded_child(page) :
					in_child(page, windowed, converted, fd));
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
	munmap(page, PAGE);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_agrees),
	};

	return cmocka_run_group_tests_name("filter-kernel", tests, NULL, NULL);
}
