/* SPDX-License-Identifier: MIT */
/*
 * Workers, and their exchange with the main thread.
 */
#include "workers.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { STACK = 256 * 1024 };

/* Guards the variables below, and the fields of jobs that workers and main thread exchange. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static struct job *queue;  /* not begun; the last one first, as order does not matter */
static struct job *posted; /* these need the main thread */
static unsigned workers, idle;
static unsigned running; /* jobs; for the main thread only */
static int wake = -1;

static _Thread_local struct job *mine;

int jobs_open(void)
{
	wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return wake;
}

struct job *job_mine(void)
{
	return mine;
}

/* The lock is held. */
static void post(struct job *job)
{
	static const uint64_t one = 1;

	job->next = posted;
	posted = job;
	if (write(wake, &one, sizeof(one)) < 0)
		abort(); /* an eventfd that is read whenever it is not 0 cannot be full */
}

static void *worker(void *none)
{
	pthread_mutex_lock(&lock);
	for (;;) {
		idle++;
		while (!queue)
			pthread_cond_wait(&work, &lock);
		idle--;
		mine = queue;
		queue = mine->next;
		pthread_mutex_unlock(&lock);
		mine->run(mine);
		pthread_mutex_lock(&lock);
		mine->done = true;
		post(mine);
		mine = NULL;
	}
	return none;
}

static bool add_worker(void)
{
	pthread_attr_t attributes;
	pthread_t thread;
	bool added;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, STACK);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	added = pthread_create(&thread, &attributes, worker, NULL) == 0;
	pthread_attr_destroy(&attributes);
	return added;
}

/* The lock is held. */
static void begin_worker(void)
{
	if (add_worker())
		workers++;
}

void jobs_prepare(void)
{
	pthread_mutex_lock(&lock);
	if (!workers)
		begin_worker();
	pthread_mutex_unlock(&lock);
}

/*
 * There are as many workers as jobs, because a job may wait for a file server that itself waits for
 * another job. If no more workers can be started, jobs wait. If there never was a worker, nothing
 * was ever converted, so no call needs a job.
 */
bool jobs_start(struct thread *thread, void (*run)(struct job *job))
{
	struct job *job = calloc(1, sizeof(*job));
	unsigned waiting = 0;

	if (!job)
		_exit(1); /* and the program with us: better than not to serve a call */
	job->thread = thread;
	job->run = run;
	pthread_cond_init(&job->change, NULL);
	pthread_mutex_lock(&lock);
	for (struct job *other = queue; other; other = other->next)
		waiting++;
	if (waiting >= idle)
		begin_worker();
	if (!workers) {
		pthread_mutex_unlock(&lock);
		free(job);
		return false;
	}
	job->next = queue;
	queue = job;
	pthread_cond_signal(&work);
	pthread_mutex_unlock(&lock);
	thread->job = job;
	running++;
	return true;
}

struct job *jobs_next(void)
{
	struct job *job;
	uint64_t count;

	pthread_mutex_lock(&lock);
	job = posted;
	if (job)
		posted = job->next;
	else if (read(wake, &count, sizeof(count)) < 0)
		count = 0; /* the eventfd was 0: nothing is posted */
	pthread_mutex_unlock(&lock);
	return job;
}

unsigned jobs_running(void)
{
	return running;
}

void jobs_answer(struct job *job, int64_t answer)
{
	pthread_mutex_lock(&lock);
	job->answer = answer;
	job->answered = true;
	pthread_cond_signal(&job->change);
	pthread_mutex_unlock(&lock);
}

void jobs_end(struct job *job)
{
	job->thread->job = NULL;
	running--;
	pthread_cond_destroy(&job->change);
	free(job);
}

static int64_t call(struct job *job, const struct call *wanted)
{
	int64_t answer;

	pthread_mutex_lock(&lock);
	job->wanted = *wanted;
	job->answered = false;
	post(job);
	while (!job->answered)
		pthread_cond_wait(&job->change, &lock);
	answer = job->answer;
	pthread_mutex_unlock(&lock);
	return answer;
}

int64_t job_call(struct job *job, int number, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
		 uint64_t e, uint64_t f)
{
	const struct call wanted = { job->thread->call.abi, number, { a, b, c, d, e, f } };

	return call(job, &wanted);
}

void job_watch(struct job *job)
{
	const struct call watch = { .number = JOB_WATCH };

	call(job, &watch);
}

pid_t job_settle(struct job *job, pid_t waits)
{
	const struct call settle = { .number = JOB_SETTLE, .arguments = { (uint64_t)waits } };

	return (pid_t)call(job, &settle);
}

int64_t job_call_own(struct job *job)
{
	job->has_result = true;
	job->result = call(job, &job->thread->call);
	return job->result;
}
