#include "pool.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#if defined(__x86_64__)
#include <immintrin.h>
#define RELAX() _mm_pause()
#else
#define RELAX() ((void)0)
#endif

// Spins about 50 microseconds before sleeping: longer than the gap between two parallel phases of
// one training step, shorter than anything a person or another process would notice.
enum { SPINS = 2000 };

struct metarl_pool {
  pthread_mutex_t mutex;
  pthread_cond_t work, done;
  atomic_uint_fast64_t generation;
  atomic_int next, pending;
  int32_t count, threads;
  void (*job)(void *, int32_t);
  void *context;
  int stopping;
  pthread_t *workers;
};

/// Takes jobs until none is left. `pending` reaches zero only when every worker has left.
static void take_jobs(metarl_pool *pool) {
  for (;;) {
    int index = atomic_fetch_add(&pool->next, 1);
    if (index >= pool->count) return;
    pool->job(pool->context, index);
  }
}

static void *work(void *argument) {
  metarl_pool *pool = argument;
  uint_fast64_t seen = 0;
  for (;;) {
    for (int i = 0; i < SPINS && atomic_load(&pool->generation) == seen; i++) RELAX();
    if (atomic_load(&pool->generation) == seen) {
      pthread_mutex_lock(&pool->mutex);
      while (atomic_load(&pool->generation) == seen) pthread_cond_wait(&pool->work, &pool->mutex);
      pthread_mutex_unlock(&pool->mutex);
    }
    seen = atomic_load(&pool->generation);
    if (pool->stopping) return 0;
    take_jobs(pool);
    if (atomic_fetch_sub(&pool->pending, 1) == 1) {
      pthread_mutex_lock(&pool->mutex);
      pthread_cond_signal(&pool->done);
      pthread_mutex_unlock(&pool->mutex);
    }
  }
}

metarl_pool *metarl_pool_create(int32_t threads) {
  metarl_pool *pool = calloc(1, sizeof *pool);
  if (!pool) return 0;
  pthread_mutex_init(&pool->mutex, 0);
  pthread_cond_init(&pool->work, 0);
  pthread_cond_init(&pool->done, 0);
  pool->workers = calloc((size_t)threads, sizeof *pool->workers);
  pool->threads = 1;
  for (int32_t i = 1; pool->workers && i < threads; i++) {
    if (pthread_create(&pool->workers[i - 1], 0, work, pool) != 0) break;
    pool->threads++;
  }
  if (pool->threads < threads) {
    metarl_pool_destroy(pool);
    return 0;
  }
  return pool;
}

/// Starts a generation: the workers see new work, or that they should stop.
static void announce(metarl_pool *pool) {
  pthread_mutex_lock(&pool->mutex);
  atomic_fetch_add(&pool->generation, 1);
  pthread_cond_broadcast(&pool->work);
  pthread_mutex_unlock(&pool->mutex);
}

void metarl_pool_run(metarl_pool *pool, int32_t count, void (*job)(void *, int32_t), void *context) {
  if (pool->threads == 1 || count < 2) {
    for (int32_t i = 0; i < count; i++) job(context, i);
    return;
  }
  pool->job = job;
  pool->context = context;
  pool->count = count;
  atomic_store(&pool->next, 0);
  atomic_store(&pool->pending, pool->threads - 1);
  announce(pool);
  take_jobs(pool);
  for (int i = 0; i < SPINS && atomic_load(&pool->pending) > 0; i++) RELAX();
  if (atomic_load(&pool->pending) > 0) {
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load(&pool->pending) > 0) pthread_cond_wait(&pool->done, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
  }
}

typedef __attribute__((swiftcall)) void (*closure_function)(
    int64_t, __attribute__((swift_context)) void *);

typedef struct {
  closure_function function;
  void *context;
} closure;

static void call_closure(void *raw, int32_t index) {
  const closure *job = raw;
  job->function(index, job->context);
}

__attribute__((swiftcall)) void metarl_pool_run_closure(metarl_pool *pool, int64_t count,
                                                        closure_function function, void *context) {
  closure job = {function, context};
  metarl_pool_run(pool, (int32_t)count, call_closure, &job);
}

void metarl_pool_destroy(metarl_pool *pool) {
  if (!pool) return;
  pool->stopping = 1;
  announce(pool);
  for (int32_t i = 1; i < pool->threads; i++) pthread_join(pool->workers[i - 1], 0);
  free(pool->workers);
  pthread_mutex_destroy(&pool->mutex);
  pthread_cond_destroy(&pool->work);
  pthread_cond_destroy(&pool->done);
  free(pool);
}

uint32_t metarl_flush_subnormals(void) {
#if defined(__x86_64__)
  const uint32_t mode = _mm_getcsr();
  _mm_setcsr(mode | 0x8040);  // flush to zero, denormals are zero
  return mode;
#else
  return 0;
#endif
}

void metarl_restore_subnormals(uint32_t mode) {
#if defined(__x86_64__)
  _mm_setcsr(mode);
#endif
}
