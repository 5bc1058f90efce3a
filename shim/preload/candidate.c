/*
 * Serves a candidate. Called by the mmap hooks for nothing else, so that what stands here costs
 * the other mappings of a program nothing.
 */
#include "candidate.h"

#include "convert.h"
#include "file.h"
#include "follow.h"
#include "log.h"
#include "report.h"
#include "start.h"

#include <errno.h>
#include <sys/mman.h>

static void left(const struct file *file, enum left why, const char *line)
{
	struct text text;

	report_left(file->view.path, why);
	if (!log_begin(&text, LOG_LEVEL_INFO))
		return;
	tell_left(&text, file->view.path, why, line);
	log_end(&text, LOG_LEVEL_INFO);
}

static void *converted(void *result, const struct file *file, const struct mapping *call,
		       const char *line)
{
	struct text text;

	report_converted(call->length);
	if (log_begin(&text, LOG_LEVEL_INFO)) {
		tell_converted(&text, file->view.path, call, line);
		log_end(&text, LOG_LEVEL_INFO);
	}
	return result;
}

/* For those who want to know why: each rule that was tried, and what it said. */
static void explain(struct file *file)
{
	const struct rules *rules = &start_settings()->rules;
	enum rule_tag failed = RULE_PATH;
	unsigned number = 1;

	for (size_t cursor = 0; cursor < rules->size && failed != RULE_ACTION; number++) {
		struct verdict verdict;
		struct text text;

		failed = rules_try(rules, &cursor, &file->view, &verdict);
		if (!log_begin(&text, LOG_LEVEL_DEBUG))
			return;
		text_add_name(&text, file->view.path ? file->view.path : "");
		text_add(&text, ": ");
		tell_rule(&text, number, &verdict, failed);
		log_end(&text, LOG_LEVEL_DEBUG);
	}
}

/*
 * The file refused the call: does what the rules say. MAP_FAILED if the call is left; errno is as
 * it was.
 */
__attribute__((noinline)) static void *serve(const struct mapping *call)
{
	const int before = errno;
	struct file file;
	struct verdict verdict;
	void *result = MAP_FAILED;

	if (!file_look(&file, call->fd))
		return MAP_FAILED;
	if (log_wants(LOG_LEVEL_DEBUG))
		explain(&file);
	verdict = rules_decide(&start_settings()->rules, &file.view);
	if (verdict.action == ACTION_LEAVE) {
		left(&file,
		     verdict.database ? LEFT_DATABASE :
		     verdict.rule     ? LEFT_BY_RULE :
					LEFT_NO_RULE,
		     verdict.line);
	} else {
		result = convert_map(call, file.identity);
		if (result == MAP_FAILED)
			left(&file, LEFT_REFUSED, verdict.line);
		else
			converted(result, &file, call, verdict.line);
	}
	file_done(&file);
	errno = before;
	return result;
}

/*
 * MAP_FIXED over existing mappings: the program's address is touched by one call only, and one
 * that is known to work or is the program's own, left as it is.
 */
static void *map_replacing(const struct mapping *call)
{
	const int before = errno;
	void *result;

	if (!mapping_errno_refuses(convert_probe(call)))
		return follow_mmap(call);
	result = serve(call);
	if (result == MAP_FAILED)
		return follow_mmap(call);
	errno = before;
	return result;
}

/* A rule with when = "always" acts without trying first; other rules then do try. */
__attribute__((noinline)) static void *map_always(const struct mapping *call)
{
	struct file file;
	struct verdict verdict;
	void *result = MAP_FAILED;

	if (!file_look(&file, call->fd))
		return MAP_FAILED;
	verdict = rules_decide(&start_settings()->rules, &file.view);
	if (verdict.always && verdict.action != ACTION_LEAVE) {
		const int before = errno;

		result = convert_map(call, file.identity);
		if (result != MAP_FAILED)
			converted(result, &file, call, verdict.line);
		errno = before;
	}
	file_done(&file);
	return result;
}

void *candidate_map(const struct mapping *call)
{
	const int before = errno;
	void *result;
	int first;

	/* What is wrong in itself is left; so its EINVAL is never taken for a refusal. */
	if (!start_serves() || !mapping_is_well_formed(call, start_page()))
		return follow_mmap(call);
	if (start_any_always()) {
		result = map_always(call);
		if (result != MAP_FAILED)
			return result;
	}
	if (mapping_replaces(call->flags))
		return map_replacing(call);
	result = follow_mmap(call);
	if (result != MAP_FAILED || !mapping_errno_refuses(errno))
		return result;
	first = errno;
	result = serve(call);
	errno = result == MAP_FAILED ? first : before;
	return result;
}
