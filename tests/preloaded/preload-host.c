/* SPDX-License-Identifier: MIT */
/*
 * Hosts that are hard to live in: signal handlers, small stacks, closed fds, cancellation, locks,
 * a stderr that is another file by now. Run preloaded on a refusing mount.
 */
#include "preload.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/time.h>

static int handler_fd;
static volatile sig_atomic_t handled, handler_failed;

static void map_in_handler(int signal)
{
	const int before = errno; /* as every handler must */
	unsigned char *at = mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, handler_fd, 0);

	(void)signal;
	if (at == MAP_FAILED || at[PAGE] != byte_at(PAGE) ||
	    mprotect(at, PAGE, PROT_READ | PROT_WRITE) != -1 || munmap(at, 2 * PAGE))
		handler_failed = 1;
	handled++;
	errno = before;
}

/* One signal per round, later each time, so that every part of the calls is hit. */
static void a_handler_may_interrupt_us_anywhere(void **state)
{
	struct sigaction action = { .sa_handler = map_in_handler, .sa_flags = SA_RESTART };

	(void)state;
	handler_fd = open_served("handler", 2 * PAGE, O_RDONLY);
	sigaction(SIGALRM, &action, NULL);
	for (int i = 0; i < 4000; i++) {
		struct itimerval once = { { 0, 0 }, { 0, 1 + i % 200 } };
		void *at;

		setitimer(ITIMER_REAL, &once, NULL);
		at = map_shared(handler_fd, 2 * PAGE);
		assert_denied(at, PAGE);
		assert_int_equal(munmap(at, 2 * PAGE), 0);
	}
	usleep(1000);
	assert_true(handled > 1000);
	assert_false(handler_failed);
	close(handler_fd);
}

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

/* Paints the stack below its own frame, calls, and sees how far down the paint is gone. */
static void *measure_stack(void *argument)
{
	struct measured *measured = argument;
	volatile unsigned char *bottom = measured->stack;
	volatile unsigned char *top = (unsigned char *)__builtin_frame_address(0) - OWN_FRAME;

	map_and_protect(measured->fd); /* what is bound lazily is bound now */
	for (volatile unsigned char *p = bottom; p < top; p++)
		*p = 0xa5;
	map_and_protect(measured->fd);
	while (*bottom == 0xa5)
		bottom++;
	measured->used = (size_t)(top + OWN_FRAME - bottom);
	return NULL;
}

static bool sanitized(void)
{
	return dlsym(RTLD_DEFAULT, "__asan_init") || dlsym(RTLD_DEFAULT, "__tsan_init");
}

static void little_stack_is_needed(void **state)
{
	struct measured measured = { .fd = open_served("stack", PAGE, O_RDONLY) };
	pthread_attr_t attributes;
	pthread_t thread;

	(void)state;
	/* A sanitizer's functions, and its wrappers of libc's, take more. */
	if (sanitized())
		skip();
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

static void *map_in_thread(void *argument)
{
	map_and_protect(*(int *)argument);
	return NULL;
}

static void the_smallest_thread_is_served(void **state)
{
	int fd = open_served("small", PAGE, O_RDONLY);
	pthread_attr_t attributes;
	pthread_t thread;

	(void)state;
	pthread_attr_init(&attributes);
	assert_int_equal(pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN), 0);
	assert_int_equal(pthread_create(&thread, &attributes, map_in_thread, &fd), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	close(fd);
}

static volatile int got_past;

static void *cancelled(void *argument)
{
	void *at;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_cancel(pthread_self());
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, *(int *)argument, 0);
	mprotect(at, PAGE, PROT_READ | PROT_WRITE);
	munmap(at, PAGE);
	got_past = 1;
	pthread_testcancel();
	got_past = 2;
	return NULL;
}

static void no_call_is_a_cancellation_point(void **state)
{
	int fd = open_served("cancel", PAGE, O_RDONLY);
	pthread_t thread;
	void *result;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, cancelled, &fd), 0);
	assert_int_equal(pthread_join(thread, &result), 0);
	assert_ptr_equal(result, PTHREAD_CANCELED);
	assert_int_equal(got_past, 1);
	close(fd);
}

static void lock_is_held(void *argument)
{
	struct flock wanted = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open(argument, O_RDWR);

	ASSERT_CHILD(fcntl(fd, F_SETLK, &wanted) == -1);
	ASSERT_CHILD(errno == EAGAIN || errno == EACCES);
}

/* Another fd of the file, opened and closed anywhere in the process, would drop them. */
static void posix_locks_are_kept(void **state)
{
	struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open_served("locked", PAGE, O_RDWR);
	char *path = strdup(served("locked"));
	void *at;

	(void)state;
	assert_int_equal(fcntl(fd, F_SETLK, &whole), 0);
	at = map_shared(fd, PAGE);
	assert_denied(at, PAGE);
	in_child(lock_is_held, path);
	munmap(at, PAGE);
	close(fd);
	free(path);
}

static void fds_are_not_used_up(void **state)
{
	int fd = open_served("fds", PAGE, O_RDONLY);
	int next_before = dup(fd), next_after;

	(void)state;
	close(next_before);
	for (int i = 0; i < 1000; i++) {
		void *at = map_shared(fd, PAGE);

		assert_denied(at, PAGE);
		munmap(at, PAGE);
	}
	next_after = dup(fd);
	assert_int_equal(next_after, next_before);
	close(next_after);
	close(fd);
}

/* A host that became a daemon: nothing of ours may get into what is fd 2 now. */
static void with_another_stderr(void *argument)
{
	const char *directory = argument;
	char name[4096];
	int fd, other;
	void *at;

	for (int i = 0; i < 1024; i++)
		close(i);
	snprintf(name, sizeof(name), "%s/x.git/daemon", directory);
	other = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (dup2(other, 2) != 2)
		_exit(1);
	close(other == 2 ? -1 : other);
	snprintf(name, sizeof(name), "%s/x.git/data", directory);
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || ftruncate(fd, (off_t)PAGE))
		_exit(2);
	at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED || mprotect(at, PAGE, PROT_READ | PROT_WRITE) != -1 || errno != EACCES)
		_exit(3);
	if (lseek(2, 0, SEEK_END) != 0)
		_exit(4);
	close(fd);
	close(2);
	exit(0); /* the report, too, must not be written there */
}

static void nothing_is_written_into_a_new_fd_2(void **state)
{
	struct stat daemon;

	(void)state;
	served("daemon");
	in_child(with_another_stderr, getenv("PRIVMAP_TEST_DIR"));
	assert_int_equal(stat(served("daemon"), &daemon), 0);
	assert_int_equal(daemon.st_size, 0);
}

static void *map_after_main(void *argument)
{
	void *at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, *(int *)argument, 0);

	usleep(50000); /* the main thread is a zombie by now */
	if (at == MAP_FAILED || mprotect(at, PAGE, PROT_READ | PROT_WRITE) != -1 || errno != EACCES)
		_exit(1);
	at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, *(int *)argument, 0);
	if (at == MAP_FAILED || mprotect(at, PAGE, PROT_READ | PROT_WRITE) != -1 || errno != EACCES)
		_exit(2);
	_exit(0);
}

static void main_thread_ends(void *argument)
{
	pthread_t thread;

	pthread_create(&thread, NULL, map_after_main, argument);
	pthread_exit(NULL);
}

static void the_main_thread_may_have_ended(void **state)
{
	int fd = open_served("zombie", PAGE, O_RDONLY);

	(void)state;
	in_child(main_thread_ends, &fd);
	close(fd);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_handler_may_interrupt_us_anywhere),
		cmocka_unit_test(little_stack_is_needed),
		cmocka_unit_test(the_smallest_thread_is_served),
		cmocka_unit_test(no_call_is_a_cancellation_point),
		cmocka_unit_test(posix_locks_are_kept),
		cmocka_unit_test(fds_are_not_used_up),
		cmocka_unit_test(nothing_is_written_into_a_new_fd_2),
		cmocka_unit_test(the_main_thread_may_have_ended),
	};

	/* The library is to say all it does, so that there is something to keep quiet. */
	if (!getenv("PRIVMAP_LOG")) {
		setenv("PRIVMAP_LOG", "debug", 1);
		setenv("PRIVMAP_REPORT", "1", 1);
		execv("/proc/self/exe", argv);
		return 1;
	}
	(void)argc;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
