// Counts allocations by standing in front of the C library's heap: definitions in the executable come
// before those of shared libraries, so that the Swift runtime and BLAS are counted too.
#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "CProbes.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PROBE_FOREIGN_HEAP
#endif
#endif

#if defined(__GLIBC__) && !defined(PROBE_FOREIGN_HEAP)

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static atomic_int counting;
static atomic_llong count;

/// A place for breakpoints: a debugger that stops here shows who allocates while it is counted.
__attribute__((noinline)) static void probe_saw_allocation(void) {
  atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
  __asm__ volatile("");
}

static inline void see(void) {
  if (atomic_load_explicit(&counting, memory_order_relaxed)) probe_saw_allocation();
}

void *malloc(size_t size) {
  see();
  return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
  see();
  return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
  see();
  return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
  see();
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
  see();
  return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
  see();
  if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0) {
    return EINVAL;
  }
  void *found = __libc_memalign(alignment, size);
  if (!found) return ENOMEM;
  *memory = found;
  return 0;
}

void probe_count_allocations(void) {
  atomic_store(&count, 0);
  atomic_store(&counting, 1);
}

int64_t probe_counted_allocations(void) {
  atomic_store(&counting, 0);
  return atomic_load(&count);
}

int probe_counts_allocations(void) { return 1; }

#else

void probe_count_allocations(void) {}
int64_t probe_counted_allocations(void) { return 0; }
int probe_counts_allocations(void) { return 0; }

#endif
