/* SPDX-License-Identifier: MIT */
/*
 * Workers, and what they and the main thread say to each other.
 */
#include "workers.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { STACK = 256 * 1024 };

/* Guards all that follows, and the fields of jobs that are between the two. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work = PTHREAD_COND_INITIALIZER;
static struct job *queue;  /* to be begun; the last one first: order does not matter */
static struct job *posted; /* wants something of the main thread */
static unsigned workers, idle;
static unsigned running;   /* jobs; the main thread's */
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
		abort(); /* a counter that is read whenever it is not 0 cannot be full */
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

/*
 * As many workers as jobs: any of them may wait for a server that another one is needed for. Where
 * no more can be had, jobs wait; where there never was one, nothing was ever converted.
 */
bool jobs_start(struct thread *thread, void (*run)(struct job *job))
{
	struct job *job = calloc(1, sizeof(*job));
	unsigned waiting = 0;

	if (!job)
		_exit(1); /* and the program with us: better than to let something pass */
	job->thread = thread;
	job->run = run;
	pthread_cond_init(&job->change, NULL);
	pthread_mutex_lock(&lock);
	for (struct job *other = queue; other; other = other->next)
		waiting++;
	if (waiting >= idle && add_worker())
		workers++;
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
		count = 0; /* it was none: nothing is posted */
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
