/* SPDX-License-Identifier: MIT */
/*
 * Serves a mapping that the file's filesystem refuses.
 */
#include "serve.h"

#include "engine.h"
#include "file.h"
#include "log.h"
#include "maps.h"
#include "protect.h"
#include "ranges.h"
#include "report.h"
#include "signals.h"
#include "state.h"

#include <errno.h>
#include <sys/mman.h>

/* How a call was served, or why not. */
struct outcome {
	enum action how; /* converted or buffered */
	int copy_error;	 /* the errno of making a copy, 0 if none was tried */
	bool database;	 /* the copy turned out to be a database: try the rules again */
};

static void not_served(const struct file *file, enum not_served why, int error, const char *line)
{
	/* An unreadable file is more important than one that is not served. */
	enum log_level level = error == EIO ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO;
	struct text text;

	report_not_served(file->view.path, file->fd, file->known.file, why);
	if (!log_begin(&text, level))
		return;
	message_not_served(&text, file->view.path, why, error, line);
	log_end(&text, level);
}

static void served(const struct file *file, const struct outcome *outcome,
		   const struct mapping *call, const char *line)
{
	struct text text;

	if (outcome->how == ACTION_BUFFER)
		report_buffered(call->length);
	else
		report_converted(call->length);
	if (!log_begin(&text, LOG_LEVEL_INFO))
		return;
	message_served(&text, outcome->how, file->view.path, call,
		       outcome->how == ACTION_BUFFER ? 0 : outcome->copy_error, line);
	log_end(&text, LOG_LEVEL_INFO);
}

/* Logs for each rule that was tried why it matches or not. */
static void explain(struct file *file)
{
	const struct rules *rules = &state_settings()->rules;
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
		message_rule(&text, number, &verdict, failed, &file->view);
		log_end(&text, LOG_LEVEL_DEBUG);
	}
}

void *serve_mapped(const struct mapping *call, void *result, struct identity shown,
		   struct copy *copy)
{
	const uintptr_t start = (uintptr_t)result;
	const struct range range = {
		.start = start,
		.end = start + mapping_span(call->length, state_page()),
		.file = shown,
		.copy = copy,
		.origin = start,
	};

	if (!ranges_add(&range)) {
		engine_unmap(result, call->length);
		return mapping_fails(ENOMEM);
	}
	/*
	 * Another thread that knows the address may have made it writable before the range was
	 * known. A thread that does so later checks the table again (protect.h).
	 */
	if (!copy && call->addr)
		protect_anew(&range, call);
	return result;
}

static void *try_copy(const struct mapping *call, struct file *file, struct outcome *outcome)
{
	void *result = engine_buffer(call, file);

	outcome->how = ACTION_BUFFER;
	if (result == MAP_FAILED)
		outcome->copy_error = errno;
	return result;
}

static void *convert(const struct mapping *call, struct file *file, bool own_place)
{
	void *result = file->early ? file->early : engine_convert(call, file, own_place);
	struct identity shown;

	file->early = NULL;
	if (result == MAP_FAILED)
		return result;
	shown = maps_identity_of((uintptr_t)result, &file->known, file_shown_alike(file));
	file_converted(file, shown);
	return serve_mapped(call, result, shown, NULL);
}

/*
 * Converts or buffers, in the order that the action wants; a private mapping can only be buffered.
 * MAP_FAILED with the errno of the last failure.
 */
static void *act(const struct mapping *call, struct file *file, enum action action, bool own_place,
		 struct outcome *outcome)
{
	bool shared = call->kind == MAPPING_SHARED;
	bool copy_first = action == ACTION_BUFFER || !shared;
	void *result = MAP_FAILED;

	*outcome = (struct outcome){ .how = ACTION_PRIVATE };
	if (copy_first)
		result = try_copy(call, file, outcome);
	if (result != MAP_FAILED)
		return result;
	outcome->database = file->header_left && file_is_database(file);
	/* A file that cannot be read must not become a mapping that ends in SIGBUS. */
	if (outcome->database || !shared || outcome->copy_error == EIO)
		return result;
	outcome->how = ACTION_PRIVATE;
	result = convert(call, file, own_place);
	if (result != MAP_FAILED)
		return result;
	if (copy_first || call->prot & PROT_EXEC || !mapping_errno_refuses(errno))
		return result;
	return try_copy(call, file, outcome);
}

static void say_outcome(const struct mapping *call, const struct file *file, bool mapped,
			const struct outcome *outcome, const char *line)
{
	if (mapped)
		served(file, outcome, call, line);
	else if (outcome->copy_error)
		not_served(file, NOT_SERVED_NO_COPY, outcome->copy_error, line);
	else
		not_served(file, NOT_SERVED_REFUSED, errno, line);
}

bool serve_tells(void)
{
	return report_wanted() || log_wants(LOG_LEVEL_INFO);
}

bool serve_may_matter(void)
{
	return rules_serve_any(&state_settings()->rules) || serve_tells();
}

static struct verdict decide(struct file *file)
{
	struct verdict verdict;

	file->header_left = false;
	verdict = rules_decide(&state_settings()->rules, &file->view);
	file->keep = verdict.keep;
	return verdict;
}

static bool acts(const struct verdict *verdict, bool untried)
{
	return verdict->action != ACTION_LEAVE && (verdict->always || !untried);
}

/* If nothing names the file, nobody sees the reason: its header need not be read. */
static enum not_served why_left(struct file *file, const struct verdict *verdict)
{
	if (log_wants(LOG_LEVEL_INFO) || report_names())
		return file_not_served(file, verdict);
	return NOT_SERVED_NO_RULE;
}

static void *serve_file(const struct mapping *call, struct file *file, bool own_place, bool untried)
{
	struct verdict verdict;
	struct outcome outcome = { .database = false };
	void *result = MAP_FAILED;

	if (!file_find_path(file))
		return result;
	file->view.private = call->kind != MAPPING_SHARED;
	file->git_anew = log_wants(LOG_LEVEL_DEBUG);
	file->copy_tells = !call->offset && !file->git_anew;
	verdict = decide(file);
	if (!acts(&verdict, untried) && (untried || !serve_tells())) {
		file_left(file);
		return result;
	}
	if (!file_look(file) || !file_may_be_served(file))
		return result;
	file_begin(file);
	if (!untried && log_wants(LOG_LEVEL_DEBUG))
		explain(file);
	if (acts(&verdict, untried))
		result = act(call, file, verdict.action, own_place, &outcome);
	if (outcome.database) {
		verdict = decide(file);
		if (acts(&verdict, untried))
			result = act(call, file, verdict.action, own_place, &outcome);
	}
	if (result != MAP_FAILED)
		file_served();
	if (acts(&verdict, untried)) {
		if (result != MAP_FAILED || !untried)
			say_outcome(call, file, result != MAP_FAILED, &outcome, verdict.line);
	} else if (!untried) {
		not_served(file, why_left(file, &verdict), 0, verdict.line);
	}
	return result;
}

/* Not what would read the file before it is known whether a rule serves it. */
static void convert_early(const struct mapping *call, struct file *file)
{
	void *result;

	if (call->kind != MAPPING_SHARED || mapping_replaces(call->flags) ||
	    call->flags & (MAP_POPULATE | MAP_LOCKED) || !file_may_be_early(file))
		return;
	file_begin(file);
	result = engine_convert(call, file, false);
	if (result != MAP_FAILED)
		file_is_early(file, result);
}

static void take_early_back(const struct mapping *call, const struct file *file)
{
	if (!file->early)
		return;
	engine_unmap(file->early, call->length);
	file_not_early();
}

void *serve(const struct mapping *call, int fd, bool own_place, bool untried)
{
	const int before = errno;
	void *result = MAP_FAILED;
	struct file file;

	if (serve_may_matter() && file_start(&file, fd)) {
		if (!untried)
			convert_early(call, &file);
		result = serve_file(call, &file, own_place, untried);
		take_early_back(call, &file);
		file_done(&file);
	}
	errno = before;
	return result;
}

void serve_written(int fd, int error)
{
	struct file file;

	if (!file_start(&file, fd))
		return;
	if (file_find_path(&file) && file_look(&file) && file_may_be_served(&file)) {
		file_begin(&file);
		not_served(&file, NOT_SERVED_WRITTEN, error, NULL);
	}
	file_done(&file);
}

static void log_denied(uintptr_t start, uintptr_t end, int prot)
{
	struct text text;

	if (!log_begin(&text, LOG_LEVEL_WARN))
		return;
	text_add(&text, prot & PROT_WRITE ? "write" : "execute");
	text_add(&text, " access denied (EACCES) to ");
	text_add_number(&text, end - start);
	text_add(&text, prot & PROT_WRITE ?
				" bytes: their file was mapped shared, and what is written to the "
				"private mapping that serves it would be lost" :
				" bytes: a copy of a file on a noexec mount");
	log_end(&text, LOG_LEVEL_WARN);
}

/* Blocks signals: a handler that jumps away must not leave a descriptor of the log open. */
void serve_denied(uintptr_t start, uintptr_t end, int prot)
{
	struct signals signals;

	report_denied();
	if (!log_wants(LOG_LEVEL_WARN))
		return;
	signals_block(&signals);
	log_denied(start, end, prot);
	signals_restore(&signals);
}
