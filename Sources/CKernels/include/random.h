// Random numbers of many streams or places side by side.
#pragma once
#include <stdint.h>

/// Word `position` of the streams named by `keys`, and of the three positions after it, which is a
/// multiple of 4: out[4 × stride]. Beyond `count` all bits are set.
void metarl_stream_words(const uint64_t *keys, int32_t count, int32_t stride, uint64_t position,
                         uint32_t *out);

/// Standard normal numbers `first ..< first + count` of row `row` of `key`; `first` is a multiple of
/// 64. Philox blocks by Box and Muller, see philox.h.
void metarl_normal_numbers(uint64_t key, uint64_t row, int64_t first, int64_t count, float *out);

/// Numbers `0 ..< count` of row `row` of `key`: `low` with the probability `bound` · 2⁻³², else `high`.
void metarl_two_valued_numbers(uint64_t key, uint64_t row, int64_t count, uint64_t bound, float low,
                               float high, float *out);

enum { METARL_EXPONENTIALS = 32 };

/// Numbers `32 · group ..< 32 · group + 32` of those that −log(1 − u) of the 53-bit uniform numbers u of
/// the stream `key` gives, one after the other.
void metarl_exponentials(uint64_t key, uint64_t group, double *out);
