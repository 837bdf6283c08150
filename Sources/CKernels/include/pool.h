#pragma once
#include <stdint.h>

/// A fixed set of threads that run numbered jobs together. The caller is one of them.
typedef struct metarl_pool metarl_pool;

/// A pool of `threads` threads (at least 1), or null where the system refuses threads.
metarl_pool *metarl_pool_create(int32_t threads);

/// Runs job(context, i) for i in 0 ..< count and returns when all are done. Which thread runs which
/// job is not defined; jobs must not depend on it. Not reentrant.
void metarl_pool_run(metarl_pool *pool, int32_t count, void (*job)(void *, int32_t), void *context);

#if defined(__has_attribute) && __has_attribute(swiftcall)
/// The same for a Swift closure that does not escape, which is a function and a context. Declared once
/// more in Swift, where it takes the closure itself: that needs no copy on the heap.
__attribute__((swiftcall)) void metarl_pool_run_closure(
    metarl_pool *pool, int64_t count,
    __attribute__((swiftcall)) void (*function)(int64_t index,
                                                __attribute__((swift_context)) void *context),
    void *context);
#endif

void metarl_pool_destroy(metarl_pool *pool);

/// Makes the processor treat subnormal numbers as zero in this thread; returns the previous mode.
/// Vanishing gradients would otherwise run a hundred times slower.
uint32_t metarl_flush_subnormals(void);

/// Restores the mode that `metarl_flush_subnormals` returned.
void metarl_restore_subnormals(uint32_t mode);
