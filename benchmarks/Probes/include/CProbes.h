// What a benchmark asks of the process and of the processor.
#pragma once
#include <stdint.h>

/// Begins to count what all threads ask of the heap, from zero.
void probe_count_allocations(void);

/// Stops counting. Returns how often memory was asked for: malloc, calloc, realloc, aligned_alloc,
/// posix_memalign and memalign, however they were called. Freeing does not count.
int64_t probe_counted_allocations(void);

/// Whether this build can count; false under sanitizers, which have a heap of their own.
int probe_counts_allocations(void);

/// Runs independent multiply-adds in registers for about `seconds` and returns billions of
/// floating-point operations per second of the calling thread: what its processor can do right now.
double probe_peak(double seconds);
