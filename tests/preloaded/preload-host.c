/* SPDX-License-Identifier: MIT */
/*
 * How much of its host's stack the library takes. Run preloaded on a refusing mount. (The
 * conformance suite has other difficult hosts.)
 */
#include "preload.h"

#include <pthread.h>

static void map_and_protect(int fd)
{
	void *at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);

	mprotect(at, PAGE, PROT_READ | PROT_WRITE);
	mremap(at, PAGE, 2 * PAGE, MREMAP_MAYMOVE);
	munmap(at, PAGE);
}

enum { STACK = 65536, OWN_FRAME = 512 };

struct measured {
	int fd;
	unsigned char *stack;
	size_t used;
};

/* Paints the stack below its frame, calls, and finds out how far down the paint is gone. */
static void *measure_stack(void *argument)
{
	struct measured *measured = argument;
	volatile unsigned char *bottom = measured->stack;
	volatile unsigned char *top = (unsigned char *)__builtin_frame_address(0) - OWN_FRAME;

	map_and_protect(measured->fd); /* this binds lazy symbols first */
	for (volatile unsigned char *p = bottom; p < top; p++)
		*p = 0xa5;
	map_and_protect(measured->fd);
	while (*bottom == 0xa5)
		bottom++;
	measured->used = (size_t)(top + OWN_FRAME - bottom);
	return NULL;
}

static void little_stack_is_needed(void **state)
{
	struct measured measured = { .fd = open_served("stack", PAGE, O_RDONLY) };
	pthread_attr_t attributes;
	pthread_t thread;

	(void)state;
	measured.stack =
		mmap(NULL, STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, measured.stack, STACK);
	assert_int_equal(pthread_create(&thread, &attributes, measure_stack, &measured), 0);
	pthread_join(thread, NULL);
	print_message("# stack used: %zu bytes\n", measured.used);
	assert_true(measured.used > OWN_FRAME);
	if (measured.used >= 4096)
		fail_msg("stack used: %zu bytes", measured.used);
	munmap(measured.stack, STACK);
	close(measured.fd);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(little_stack_is_needed) };

	/* Logging takes stack as well, so the library logs everything. */
	if (!getenv("PRIVMAP_LOG")) {
		setenv("PRIVMAP_LOG", "debug", 1);
		execv("/proc/self/exe", argv);
		return 1;
	}
	(void)argc;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
