#pragma once
#include <stdint.h>

#include "product.h"

/// Products of which only some numbers are wanted, as the derivative by a spike is where its surrogate is
/// not zero. Each wanted number is the dot product of a row with a *line* of weights, so that what is not wanted
/// costs nothing, whatever else is wanted of its row.

enum {
  /// Products are summed in sixteen lanes, number k in lane k mod 16.
  METARL_DOT_LANES = 16,
  /// The most rows that are looked at together.
  METARL_DOT_ROWS = 32,
};

/// Numbers of rows, `stride` apart, that say where a result is wanted: strictly between `low` and `high`,
/// or, with `is_outside`, everywhere else.
typedef struct {
  const float *rows;
  int64_t stride;
  float low, high;
  int32_t is_outside;
} metarl_condition;

/// Numbers that k numbers of a source take in a line: they are padded to whole lanes. A line has all sources of a
/// product one behind the other; `METARL_DOT_ROWS` lines are enough scratch.
int32_t metarl_line_size(int32_t k);

/// Copies the n rows of k numbers of a matrix to numbers `first ..< first + k` of n lines of `depth` numbers, which
/// begin on a multiple of 64 bytes, and pads them with zeros.
void metarl_pack_lines(const float *matrix, int32_t k, int32_t n, int64_t first, int64_t depth,
                       float *lines);

/// out[m × n] = bias + addend + Σ sources · linesᵀ for those numbers that meet one of two conditions, which may be the
/// same, or for all of them where there are none; the others become zero. `bias` (n numbers) and `addend` (rows
/// `addend_stride` apart, may be `out` itself) may be null. Each number depends on its row and its line alone, to the
/// bit, and not on what else is wanted; other than in `metarl_product`, sixteen sums are made and added last.
/// `scratch` begins on a multiple of 64 bytes; `marks` has room for n. Returns how many numbers were wanted.
int64_t metarl_wanted_product(const metarl_source *sources, int32_t source_count,
                              const float *lines, const metarl_condition *conditions, int32_t n,
                              const float *bias, const float *addend, int64_t addend_stride,
                              float *out, int64_t out_stride, int32_t m, float *scratch,
                              uint32_t *marks);
