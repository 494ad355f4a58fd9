/* Work on several connections at once. Each thread has memory and diagnostics of its own. */
#include "mkimage/registry/registry_impl.h"

#include <errno.h>
#include <time.h>

struct pool {
	struct registry *r;
	const struct jobs *jobs;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	size_t next, running;
	uint64_t done;
	bool stop;
};

struct worker {
	struct pool *pool;
	pthread_t thread;
	struct arena *mem;
	struct diags d;
	bool started, first; /* first: its error came before the others' */
};

static bool take_job(struct pool *p, size_t *i)
{
	pthread_mutex_lock(&p->lock);
	bool more = !p->stop && p->next < p->jobs->n;
	if (more)
		*i = p->next++;
	pthread_mutex_unlock(&p->lock);
	return more;
}

static int work(struct worker *w)
{
	struct pool *p = w->pool;
	AUTO_CHANNEL c = channel_open(p->r, &p->stop);
	size_t i;
	while (take_job(p, &i))
		if (p->jobs->run(&c, p->jobs->ctx, i, &p->done, &w->d) < 0)
			return -1;
	return 0;
}

static void *thread(void *arg)
{
	struct worker *w = arg;
	struct pool *p = w->pool;
	int rc = work(w);
	pthread_mutex_lock(&p->lock);
	w->first = rc < 0 && !p->stop;
	if (rc < 0)
		__atomic_store_n(&p->stop, true, __ATOMIC_RELAXED);
	p->running--;
	pthread_cond_signal(&p->ended);
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static void show(struct pool *p)
{
	if (p->r->o.progress)
		p->r->o.progress(
			p->r->o.ctx, __atomic_load_n(&p->done, __ATOMIC_RELAXED), p->jobs->total);
}

static void wait_all(struct pool *p)
{
	pthread_mutex_lock(&p->lock);
	while (p->running) {
		struct timespec t;
		clock_gettime(CLOCK_REALTIME, &t);
		t.tv_nsec += 100000000;
		if (t.tv_nsec >= 1000000000) {
			t.tv_sec++;
			t.tv_nsec -= 1000000000;
		}
		if (pthread_cond_timedwait(&p->ended, &p->lock, &t) == ETIMEDOUT)
			show(p);
	}
	pthread_mutex_unlock(&p->lock);
}

/* A worker's error as one of ours. */
static int copy_error(const struct diags *from, struct diags *to)
{
	const struct diag *g = from->last;
	if (!g)
		return fail(to, KIND_BUG, NULL, "a transfer failed without a reason");
	(void)fail(to, g->kind, g->hint ? arena_str(to->mem, g->hint) : NULL, "%s", g->what);
	vec_each (const char *, line, &g->contexts)
		(void)fail_ctx(to, "%s", *line);
	return -1;
}

int jobs_run(struct registry *r, const struct jobs *j, struct diags *d)
{
	struct pool p = { .r = r,
		.jobs = j,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.ended = PTHREAD_COND_INITIALIZER };
	struct worker workers[WORKERS] = { 0 };
	size_t n = j->n < WORKERS ? j->n : WORKERS;
	const struct curl_api *api;
	int rc = 0, sys = 0;
	if (curl_api_load(&api, d) < 0)
		return -1;
	for (size_t i = 0; i < n && !sys; i++) {
		struct worker *w = &workers[i];
		w->pool = &p;
		w->mem = arena_new();
		diags_init(&w->d, w->mem);
		pthread_mutex_lock(&p.lock);
		sys = pthread_create(&w->thread, NULL, thread, w);
		w->started = !sys;
		p.running += w->started;
		if (sys)
			__atomic_store_n(&p.stop, true, __ATOMIC_RELAXED);
		pthread_mutex_unlock(&p.lock);
	}
	wait_all(&p);
	show(&p);
	if (sys)
		rc = fail_sys(d, sys, "cannot start a thread");
	for (size_t i = 0; i < n; i++) {
		if (workers[i].started)
			pthread_join(workers[i].thread, NULL);
		if (workers[i].first && rc == 0)
			rc = copy_error(&workers[i].d, d);
		arena_free(workers[i].mem);
	}
	return rc;
}
