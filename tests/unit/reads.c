/* SPDX-License-Identifier: MIT */
/*
 * privmap tells a file that its program reads after the refusal from one that privmap itself reads
 * for another program, whatever the order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inode.h"
#include "reads.h"
#include "watch.h"

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PATIENCE = 1000 }; /* times 10 ms */

struct wanted {
	int fd;
	struct identity identity;
	struct record_file *file;
};

static struct record *record;
static uint32_t process;

/* Makes a file whose mapping was just refused. */
static struct wanted refused(void)
{
	static int number;
	struct wanted wanted = { .fd = dup(fileno(tmpfile())) };
	struct inode inode;
	char name[32];
	uint32_t cell;

	assert_int_equal(write(wanted.fd, "text", 4), 4);
	assert_true(inode_look(wanted.fd, &inode));
	wanted.identity = inode.now.file;
	snprintf(name, sizeof(name), "/refused/%d", number++);
	cell = record_not_served(record, process, name, NOT_SERVED_NO_RULE);
	wanted.file = record_file_at(record, cell);
	assert_non_null(wanted.file);
	assert_true(watch_reads(record, cell, wanted.fd, wanted.identity));
	return wanted;
}

static void read_it(const struct wanted *wanted)
{
	char byte;

	assert_int_equal(pread(wanted->fd, &byte, 1, 0), 1);
}

static void comes_to_be_read(const struct wanted *wanted)
{
	for (int i = 0; atomic_load(&wanted->file->read) != RECORD_READ; i++) {
		assert_in_range(i, 0, PATIENCE);
		usleep(10 * 1000);
	}
}

/* Waits until all earlier events are known: watches are looked at in this order. */
static void until_known(void)
{
	struct wanted last = refused();

	read_it(&last);
	comes_to_be_read(&last);
	close(last.fd);
}

static void two_looks_at_once(void **state)
{
	struct wanted wanted = refused();

	(void)state;
	until_known();
	assert_int_equal(atomic_load(&wanted.file->read), RECORD_UNREAD);
	record_looks(wanted.identity);
	record_looks(wanted.identity);
	for (int i = 0; i < 2; i++) {
		read_it(&wanted);
		until_known();
		assert_int_equal(atomic_load(&wanted.file->read), RECORD_DOUBTFUL);
		record_looked(wanted.identity);
	}
	/* A read by privmap may be counted only now. */
	read_it(&wanted);
	until_known();
	assert_int_equal(atomic_load(&wanted.file->read), RECORD_DOUBTFUL);
	read_it(&wanted);
	comes_to_be_read(&wanted);
	close(wanted.fd);
}

/* privmap's read begins before the refusal, and ends after it. */
static void a_look_that_lasts(void **state)
{
	struct wanted wanted = refused();

	(void)state;
	record_looks(wanted.identity);
	assert_true(watch_reads(
		record, record_not_served(record, process, wanted.file->path, NOT_SERVED_NO_RULE),
		wanted.fd, wanted.identity));
	read_it(&wanted);
	record_looked(wanted.identity);
	until_known();
	assert_int_equal(atomic_load(&wanted.file->read), RECORD_DOUBTFUL);
	close(wanted.fd);
}

static int setup(void **state)
{
	int listener;

	(void)state;
	record = mmap(NULL, RECORD_SHARED_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		      -1, 0);
	if (record == MAP_FAILED)
		return -1;
	record_make(record, RECORD_SHARED);
	record_look_in(record);
	process = record_process(record, getpid(), NULL);
	listener = reads_listen(record);
	reads_begin(record, listener);
	return listener < 0 || !process;
}

static int teardown(void **state)
{
	(void)state;
	reads_end();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_looks_at_once),
		cmocka_unit_test(a_look_that_lasts),
	};

	return cmocka_run_group_tests_name("reads", tests, setup, teardown);
}
