// How a kernel is compiled several times and chosen at run time.
#pragma once
#include <stdint.h>

#if defined(__x86_64__) && defined(__linux__)
// "arch=…" and not "avx2": the latter would leave out fused multiply-add.
#define METARL_CLONES \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define METARL_CLONES
#endif

// Functions called inside a clone must be inlined into it, or they stay at the baseline.
#define METARL_INLINE static inline __attribute__((always_inline))

// The destination of a loop either equals a source or does not overlap it.
#define METARL_VECTORIZE _Pragma("clang loop vectorize(assume_safety)")

// The same with `count` vectors side by side, for loops whose every number takes a long chain of
// operations: the processor would not see far enough ahead to overlap them.
#define METARL_VECTORIZE_ABREAST(count) \
  METARL_PRAGMA(clang loop vectorize(assume_safety) interleave_count(count))
#define METARL_PRAGMA(text) _Pragma(#text)

METARL_INLINE int32_t smaller(int32_t a, int32_t b) { return a < b ? a : b; }
