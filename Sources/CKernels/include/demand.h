#pragma once
#include <stdint.h>

#include "product.h"

/// Products of which only some numbers are wanted, as the derivative by a spike is where its surrogate is
/// not zero. Each wanted number is computed from its own row of the matrix, in the order of the packed
/// kernels.

/// Numbers of rows, `stride` apart, that say where a result is wanted: strictly between `low` and `high`,
/// or, with `is_outside`, everywhere else.
typedef struct {
  const float *rows;
  int64_t stride;
  float low, high;
  int32_t is_outside;
} metarl_condition;

/// How many numbers of `rows` rows of `n` meet one of two conditions, which may be the same.
int64_t metarl_count_wanted(const metarl_condition conditions[2], int32_t n, int32_t rows);

/// Whether a product of `rows` rows with `depth` numbers in all sources, of whose results `wanted` in all
/// rows are wanted, is faster from these.
int metarl_wanted_pays(int64_t wanted, int32_t depth, int32_t n, int32_t rows);

/// The same as `metarl_product` with transposed matrices, to the bit, for those numbers that meet one of two
/// conditions; the others become zero. Row j of the matrix of source s, which makes number j, begins at
/// `weights[matrices[s] + j * sources[s].k]`, where 7 numbers past its end must be readable. `marks` has room
/// for 15 numbers more than `n`, `wanted` for `n`. Returns how many numbers were wanted.
int64_t metarl_wanted_product(metarl_product_kernels kernels, const metarl_source *sources,
                              const int64_t *matrices, int32_t source_count, const float *weights,
                              const metarl_condition conditions[2], int32_t n, const float *bias,
                              const float *addend, int64_t addend_stride, float *out,
                              int64_t out_stride, int32_t m, float *marks, metarl_event *wanted);
