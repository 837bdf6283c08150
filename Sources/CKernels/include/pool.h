#pragma once
#include <stdint.h>

/// A fixed set of threads that run numbered jobs together. The caller is one of them.
typedef struct metarl_pool metarl_pool;

/// A pool of `threads` threads (at least 1), or null where the system refuses threads.
metarl_pool *metarl_pool_create(int32_t threads);

/// Runs job(context, i) for i in 0 ..< count and returns when all are done. Which thread runs which
/// job is not defined; jobs must not depend on it. Not reentrant.
void metarl_pool_run(metarl_pool *pool, int32_t count, void (*job)(void *, int32_t), void *context);

void metarl_pool_destroy(metarl_pool *pool);

/// Makes the processor treat subnormal numbers as zero in this thread; returns the previous mode.
/// Vanishing gradients would otherwise run a hundred times slower.
uint32_t metarl_flush_subnormals(void);

/// Restores the mode that `metarl_flush_subnormals` returned.
void metarl_restore_subnormals(uint32_t mode);
