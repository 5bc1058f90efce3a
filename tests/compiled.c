/*
 * The compiled form of a rule file: written and read back, and not believed when it is stale,
 * damaged, of another version, or somebody else's. Run by make check; cmocka.
 */
#include "compiled.h"

#include "temporary.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <cmocka.h>

#define ITEMS(literal) "" literal, sizeof(literal) - 1

static const char rules[] = "l3\0r\0p*.idx\0p/srv/*\0ggix\0fvirtiofs\0w1\0d\0a\0=buffer\0"
			    "l9\0p*\0=leave\0";
static const char sources[] = "t.conf\0other.conf";
static char directory[PATH_MAX];

static void write_file(const char *name, const void *bytes, size_t size)
{
	int fd;

	unlink(name);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), size);
	assert_int_equal(close(fd), 0);
}

static struct settings written(void)
{
	return (struct settings){
		.rules = { rules, sizeof(rules) - 1 },
		.log_level = LOG_LEVEL_INFO,
		.log_target = "/log/%p",
		.buffer_memory = 4096,
		.buffer_limit = 1 << 20,
		.buffer_spool = "/spool",
		.sources = sources,
		.sources_size = sizeof(sources),
	};
}

static void stamp(struct compiled_source stamps[2])
{
	memset(stamps, 0, 2 * sizeof(*stamps));
	assert_true(compiled_stamp("t.conf", stamps));
	assert_true(compiled_stamp("other.conf", stamps + 1));
}

/* The right bytes for t.conf, which includes other.conf. */
static unsigned char *make(size_t *size)
{
	const struct settings settings = written();
	struct compiled_source stamps[2];
	unsigned char *bytes;

	stamp(stamps);
	bytes = compiled_make(&settings, stamps, size);
	assert_non_null(bytes);
	return bytes;
}

static void put(const void *bytes, size_t size)
{
	write_file("t.conf" COMPILED_SUFFIX, bytes, size);
}

static bool is_read(struct settings *settings)
{
	*settings = settings_default();
	return compiled_read("t.conf", settings);
}

/* Not read, and nothing changed. */
static void ignored(void)
{
	const struct settings before = settings_default();
	struct settings settings;

	assert_false(is_read(&settings));
	assert_memory_equal(&settings, &before, sizeof(before));
}

static void used(void)
{
	const struct settings wanted = written();
	struct settings settings;

	assert_true(is_read(&settings));
	assert_int_equal(settings.rules.size, wanted.rules.size);
	assert_memory_equal(settings.rules.text, wanted.rules.text, wanted.rules.size);
	assert_int_equal(settings.log_level, wanted.log_level);
	assert_string_equal(settings.log_target, wanted.log_target);
	assert_int_equal(settings.buffer_memory, wanted.buffer_memory);
	assert_int_equal(settings.buffer_limit, wanted.buffer_limit);
	assert_string_equal(settings.buffer_spool, wanted.buffer_spool);
}

static int fresh(void **state)
{
	size_t size;
	unsigned char *bytes;

	(void)state;
	write_file("t.conf", "one", 3);
	write_file("other.conf", "other", 5);
	bytes = make(&size);
	put(bytes, size);
	free(bytes);
	return 0;
}

static void read_back(void **state)
{
	(void)state;
	used();
	unlink("t.conf" COMPILED_SUFFIX);
	ignored();
}

/* What was read first stays as it is; it lies elsewhere than all later ones. */
static void read_twice(void **state)
{
	struct settings first, second;

	(void)state;
	assert_true(is_read(&first) && is_read(&second));
	assert_ptr_not_equal(first.rules.text, second.rules.text);
	used();
	assert_memory_equal(first.rules.text, rules, sizeof(rules) - 1);
	assert_string_equal(first.log_target, "/log/%p");
}

/* More than the room that is there already. */
static void long_one(void **state)
{
	struct settings settings = written();
	struct compiled_source stamps[2];
	char text[20000];
	struct rules list = { text, 0 };
	size_t size;
	void *bytes;

	(void)state;
	while (list.size + sizeof("p*.idx\0=leave") < sizeof(text)) {
		memcpy(text + list.size, "p*.idx\0=leave", sizeof("p*.idx\0=leave"));
		list.size += sizeof("p*.idx\0=leave");
	}
	settings.rules = list;
	stamp(stamps);
	bytes = compiled_make(&settings, stamps, &size);
	put(bytes, size);
	free(bytes);
	assert_true(is_read(&settings));
	assert_int_equal(settings.rules.size, list.size);
	assert_memory_equal(settings.rules.text, text, list.size);
}

static void no_rules(void **state)
{
	struct settings settings = written();
	struct compiled_source stamps[2];
	size_t size;
	void *bytes;

	(void)state;
	settings.rules = (struct rules){ NULL, 0 };
	settings.rules.text = "";
	stamp(stamps);
	bytes = compiled_make(&settings, stamps, &size);
	put(bytes, size);
	free(bytes);
	assert_true(is_read(&settings));
	assert_int_equal(settings.rules.size, 0);
}

static void every_byte(void **state)
{
	size_t size;
	unsigned char *bytes = make(&size);

	(void)state;
	for (size_t i = 0; i < size; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			bytes[i] ^= (unsigned char)(1 << bit);
			put(bytes, size);
			ignored();
			bytes[i] ^= (unsigned char)(1 << bit);
		}
	put(bytes, size);
	used();
	free(bytes);
}

static void every_length(void **state)
{
	size_t size;
	unsigned char *bytes = make(&size);
	unsigned char *longer = calloc(size + 1, 1);

	(void)state;
	memcpy(longer, bytes, size);
	for (size_t length = 0; length <= size + 1; length++) {
		if (length == size)
			continue;
		put(longer, length);
		ignored();
	}
	free(longer);
	free(bytes);
}

static void sum_up(unsigned char *bytes, size_t size)
{
	struct compiled_header header;

	memcpy(&header, bytes, sizeof(header));
	header.sum = 0;
	memcpy(bytes, &header, sizeof(header));
	header.sum = compiled_sum(bytes, size);
	memcpy(bytes, &header, sizeof(header));
}

static const char *nothing(struct file_view *view)
{
	(void)view;
	return NULL;
}

static bool never(struct file_view *view)
{
	(void)view;
	return false;
}

/* By one who knows the format: what is read can be used all the same. */
static void hostile_bytes(void **state)
{
	struct file_view view = { "/a/b", true, nothing, nothing, never, never };
	size_t size, accepted = 0;
	unsigned char *bytes = make(&size);
	unsigned char *damaged = malloc(size);

	(void)state;
	for (size_t i = 0; i < 8 * size; i++) {
		struct settings settings;

		memcpy(damaged, bytes, size);
		if (i % 8 < 4)
			damaged[i / 8] = (unsigned char)"\0=\377/"[i % 8];
		else
			damaged[i / 8] = (unsigned char)(bytes[i / 8] + i % 8 - 3);
		sum_up(damaged, size);
		put(damaged, size);
		if (!is_read(&settings))
			continue;
		accepted++;
		rules_decide(&settings.rules, &view);
		assert_true(settings.log_level <= LOG_LEVEL_DEBUG);
		assert_true(strlen(settings.log_target) > 0);
		assert_int_equal(settings.buffer_spool[0], '/');
	}
	assert_true(accepted > 20 && accepted < 6 * size); /* some of both */
	free(damaged);
	free(bytes);
}

/* In the header, with a right sum: numbers that lead out of the file. */
static void hostile_header(void **state)
{
	size_t size;
	unsigned char *bytes = make(&size);
	struct compiled_header right, header;

	(void)state;
	memcpy(&right, bytes, sizeof(right));
#define WRONG(field, value)                                                                        \
	do {                                                                                       \
		header = right;                                                                    \
		header.field = value;                                                              \
		memcpy(bytes, &header, sizeof(header));                                            \
		sum_up(bytes, size);                                                               \
		put(bytes, size);                                                                  \
		ignored();                                                                         \
	} while (0)
	WRONG(magic[0], 'P');
	WRONG(version[0], '~');
	WRONG(version[15], 'x');
	WRONG(order, 0x04030201);
	WRONG(log_level, LOG_LEVEL_DEBUG + 1);
	WRONG(size, right.size - 1);
	WRONG(buffer_memory, UINT64_MAX);
	WRONG(buffer_limit, (uint64_t)INT64_MAX + 1);
	WRONG(source_count, 0);
	WRONG(source_count, 1);
	WRONG(source_count, 3);
	WRONG(source_count, COMPILED_SOURCES + 1);
	WRONG(source_count, UINT64_MAX / sizeof(struct compiled_source) + 2);
	WRONG(rules_size, 0);
	WRONG(rules_size, right.rules_size + 1);
	WRONG(rules_size, UINT64_MAX);
	WRONG(strings_size, 0);
	WRONG(strings_size, right.strings_size + 1);
	WRONG(strings_size, UINT64_MAX);
	memcpy(bytes, &right, sizeof(right));
	put(bytes, size);
	used();
	free(bytes);
}

static void stamps_count(void **state)
{
	const struct settings settings = written();
	struct compiled_source stamps[2];

	(void)state;
	for (int field = 0; field < 12; field++) {
		struct compiled_source *one = stamps + field / 6;
		size_t size;
		void *bytes;

		stamp(stamps);
		switch (field % 6) {
		case 0: one->size++; break;
		case 1: one->inode++; break;
		case 2: one->modified--; break;
		case 3: one->changed--; break;
		case 4: one->modified_ns ^= 1; break;
		default: one->changed_ns ^= 1; break;
		}
		bytes = compiled_make(&settings, stamps, &size);
		put(bytes, size);
		free(bytes);
		ignored();
	}
}

static void append(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_APPEND | O_CLOEXEC);

	assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static void longer_file(void **state)
{
	(void)state;
	append("t.conf", "x");
	ignored();
}

static void longer_include(void **state)
{
	(void)state;
	append("other.conf", "x");
	ignored();
}

static void include_gone(void **state)
{
	(void)state;
	unlink("other.conf");
	ignored();
	assert_int_equal(mkdir("other.conf", 0755), 0);
	ignored();
	assert_int_equal(rmdir("other.conf"), 0);
}

static void file_gone(void **state)
{
	(void)state;
	unlink("t.conf");
	ignored();
}

/* Same size, and the time of its last change set back. */
static void written_anew(void **state)
{
	struct stat before;
	int fd;

	(void)state;
	assert_int_equal(stat("t.conf", &before), 0);
	nanosleep(&(struct timespec){ .tv_nsec = 30 * 1000 * 1000 }, NULL);
	fd = open("t.conf", O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, "two", 3), 3);
	assert_int_equal(
		futimens(fd, (struct timespec[]){ before.st_atim, before.st_mtim }), 0);
	close(fd);
	ignored();
}

/* Another file of the same size and times takes its place; ctime tells, or the inode. */
static void renamed_over(void **state)
{
	struct stat before;

	(void)state;
	assert_int_equal(stat("t.conf", &before), 0);
	write_file("new", "two", 3);
	assert_int_equal(utimensat(AT_FDCWD, "new",
				   (struct timespec[]){ before.st_atim, before.st_mtim }, 0),
			 0);
	assert_int_equal(rename("new", "t.conf"), 0);
	ignored();
}

static void writable_by_others(void **state)
{
	static const char name[] = "t.conf" COMPILED_SUFFIX;

	(void)state;
	for (mode_t mode = 0; mode < 8; mode++) {
		assert_int_equal(chmod(name, 0644 | (mode & 3) << 4 | (mode & 4) >> 1), 0);
		if (mode & 5)
			ignored();
		else
			used();
	}
}

static void of_another_owner(void **state)
{
	static const char name[] = "t.conf" COMPILED_SUFFIX;
	size_t size;
	unsigned char *bytes;

	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chown(name, 1, (gid_t)-1), 0);
	ignored();
	/* root's, of a file of another */
	assert_int_equal(chown("t.conf", 1, (gid_t)-1), 0);
	bytes = make(&size);
	put(bytes, size);
	used();
	/* the file's owner's */
	assert_int_equal(chown(name, 1, (gid_t)-1), 0);
	used();
	assert_int_equal(chown(name, 2, (gid_t)-1), 0);
	ignored();
	free(bytes);
}

/* Of none of these is waited for anything. */
static void no_regular_file(void **state)
{
	static const char name[] = "t.conf" COMPILED_SUFFIX;

	(void)state;
	assert_int_equal(rename(name, "elsewhere"), 0);
	assert_int_equal(symlink("elsewhere", name), 0);
	ignored();
	unlink(name);
	assert_int_equal(mkfifo(name, 0644), 0);
	ignored();
	unlink(name);
	assert_int_equal(mkdir(name, 0755), 0);
	ignored();
	assert_int_equal(rmdir(name), 0);
	assert_int_equal(rename("elsewhere", name), 0);
	used();
}

static void rule_lists(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		bool right;
	} table[] = {
		{ ITEMS(""), true },
		{ ITEMS("=private\0"), true },
		{ ITEMS("=private\0=leave\0"), true },
		{ ITEMS("pa\0pb\0ga\0fa\0w0\0=buffer\0"), true },
		{ ITEMS("l4294967295\0r\0=leave\0"), true },
		{ ITEMS("=private"), false },
		{ ITEMS("=publish\0"), false },
		{ ITEMS("=\0"), false },
		{ ITEMS("pa\0"), false },
		{ ITEMS("\0"), false },
		{ ITEMS("=private\0\0"), false },
		{ ITEMS("p\0=private\0"), false },
		{ ITEMS("g\0=private\0"), false },
		{ ITEMS("f\0=private\0"), false },
		{ ITEMS("r1\0=private\0"), false },
		{ ITEMS("d1\0=private\0"), false },
		{ ITEMS("a1\0=private\0"), false },
		{ ITEMS("w\0=private\0"), false },
		{ ITEMS("w2\0=private\0"), false },
		{ ITEMS("w10\0=private\0"), false },
		{ ITEMS("l\0=private\0"), false },
		{ ITEMS("l-1\0=private\0"), false },
		{ ITEMS("l12345678901\0=private\0"), false },
		{ ITEMS("xa\0=private\0"), false },
		{ ITEMS("pa\0r\0=private\0"), false },
		{ ITEMS("pa\0ga\0pb\0=private\0"), false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct rules list = { table[i].text, table[i].size };

		if (compiled_rules_right(&list) != table[i].right)
			fail_msg("%zu: \"%s\"", i, table[i].text);
	}
	assert_true(compiled_rules_right(&(struct rules){ rules, sizeof(rules) - 1 }));
	{
		const struct rules builtin = rules_builtin();

		assert_true(compiled_rules_right(&builtin));
	}
}

static void names(void **state)
{
	char name[PATH_MAX], *longest = malloc(PATH_MAX);

	(void)state;
	assert_true(compiled_name("/etc/privmap.conf", name, sizeof(name)));
	assert_string_equal(name, "/etc/privmap.conf.compiled");
	assert_false(compiled_name("12345678", name, 17));
	assert_true(compiled_name("12345678", name, 18));
	memset(longest, 'x', PATH_MAX - 1);
	longest[PATH_MAX - 1] = '\0';
	assert_false(compiled_read(longest, &(struct settings){ .log_level = 0 }));
	free(longest);
}

static void too_large(void **state)
{
	struct settings settings = written();
	struct compiled_source stamps[2];
	size_t size;

	(void)state;
	stamp(stamps);
	settings.rules.size = COMPILED_LARGEST;
	assert_null(compiled_make(&settings, stamps, &size));
}

static int set_up(void **state)
{
	(void)state;
	umask(022);
	return temporary_make(directory) || chdir(directory) ? -1 : 0;
}

static int tear_down(void **state)
{
	(void)state;
	return chdir("/") || temporary_remove(directory) ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(read_twice, fresh), /* first: there is room for one */
		cmocka_unit_test_setup(read_back, fresh),
		cmocka_unit_test_setup(long_one, fresh),
		cmocka_unit_test_setup(no_rules, fresh),
		cmocka_unit_test_setup(every_byte, fresh),
		cmocka_unit_test_setup(every_length, fresh),
		cmocka_unit_test_setup(hostile_bytes, fresh),
		cmocka_unit_test_setup(hostile_header, fresh),
		cmocka_unit_test_setup(stamps_count, fresh),
		cmocka_unit_test_setup(longer_file, fresh),
		cmocka_unit_test_setup(longer_include, fresh),
		cmocka_unit_test_setup(include_gone, fresh),
		cmocka_unit_test_setup(file_gone, fresh),
		cmocka_unit_test_setup(written_anew, fresh),
		cmocka_unit_test_setup(renamed_over, fresh),
		cmocka_unit_test_setup(writable_by_others, fresh),
		cmocka_unit_test_setup(of_another_owner, fresh),
		cmocka_unit_test_setup(no_regular_file, fresh),
		cmocka_unit_test(rule_lists),
		cmocka_unit_test(names),
		cmocka_unit_test_setup(too_large, fresh),
	};

	return cmocka_run_group_tests_name("compiled", tests, set_up, tear_down);
}
