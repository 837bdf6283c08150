#include "demand.h"

#include <string.h>

#include "dispatch.h"
#include "turning.h"

/// Numbers that are computed at once. More rows of a matrix side by side would evict each other from the
/// first-level cache where widths are multiples of 512.
enum { ABREAST = 16 };

typedef float vector16 __attribute__((vector_size(64), aligned(4)));

/// Whether a number is wanted for what `x` is: 1 or 0.
METARL_INLINE int32_t is_met(const metarl_condition *condition, float x) {
  return ((x > condition->low) & (x < condition->high)) ^ condition->is_outside;
}

METARL_CLONES
int64_t metarl_count_wanted(const metarl_condition conditions[2], int32_t n, int32_t rows) {
  const metarl_condition a = conditions[0], b = conditions[1];
  // Rows without gaps are one long row.
  const int has_gaps = (a.stride != n) | (b.stride != n);
  const int32_t lines = has_gaps ? rows : 1, length = has_gaps ? n : n * rows;
  int64_t count = 0;
  for (int64_t r = 0; r < lines; r++) {
    const float *x = a.rows + r * a.stride, *y = b.rows + r * b.stride;
    int32_t found = 0;
    for (int32_t j = 0; j < length; j++) found += is_met(&a, x[j]) | is_met(&b, y[j]);
    count += found;
  }
  return count;
}

/// marks[n]: 1 where row `r` is wanted, else 0.
METARL_INLINE void mark_wanted(const metarl_condition conditions[2], int64_t r, int32_t n, float *marks) {
  const metarl_condition a = conditions[0], b = conditions[1];
  const float *x = a.rows + r * a.stride, *y = b.rows + r * b.stride;
  METARL_VECTORIZE
  for (int32_t j = 0; j < n; j++) marks[j] = (float)(is_met(&a, x[j]) | is_met(&b, y[j]));
}

int metarl_wanted_pays(int64_t wanted, int32_t depth, int32_t n, int32_t rows) {
  // In the unit of `metarl_event_cost`, fitted to measurements with AVX-512 and with AVX2: rows of a matrix
  // that the second-level cache does not hold take longer.
  const double term = (double)depth * n > 1 << 20 ? 0.27 : 0.17;
  const double cost = wanted * (term * depth + 8) + 0.2 * n * rows;
  return cost < metarl_dense_cost(depth, n, rows, 0);
}

/// Reads eight numbers of each of sixteen rows; `turned[i]` receives number i of all of them.
METARL_INLINE void turn_rows(const float *const rows[ABREAST], int64_t first, vector16 *turned) {
  metarl_vector8 low[8], high[8];
  turn_square(rows, first, low);
  turn_square(rows + 8, first, high);
  for (int i = 0; i < 8; i++) {
    turned[i] = __builtin_shufflevector(low[i], high[i], 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
                                        13, 14, 15);
  }
}

/// Adds their products to the first sixteen of the `count` numbers in `wanted`. Where there are fewer, the
/// last one is computed again.
METARL_INLINE void add_products(const metarl_source *sources, const int64_t *matrices,
                                int32_t source_count, const float *weights, int64_t r,
                                metarl_event *wanted, int32_t count) {
  const int32_t last = (count < ABREAST ? count : ABREAST) - 1;
  vector16 sum;
  for (int i = 0; i < ABREAST; i++) sum[i] = wanted[i < last ? i : last].x;
  for (int32_t s = 0; s < source_count; s++) {
    const int32_t depth = sources[s].k;
    const float *x = sources[s].rows + r * sources[s].stride;
    const float *lines[ABREAST];
    for (int i = 0; i < ABREAST; i++) {
      lines[i] = weights + matrices[s] + wanted[i < last ? i : last].row * depth;
    }
    int32_t k = 0;
    vector16 turned[8];
    for (; k + 8 <= depth; k += 8) {
      turn_rows(lines, k, turned);
      for (int i = 0; i < 8; i++) sum = x[k + i] * turned[i] + sum;
    }
    if (k == depth) continue;
    turn_rows(lines, k, turned);
    for (int i = 0; i < depth - k; i++) sum = x[k + i] * turned[i] + sum;
  }
  for (int i = 0; i <= last; i++) wanted[i].x = sum[i];
}

METARL_CLONES
int64_t metarl_wanted_product(metarl_product_kernels kernels, const metarl_source *sources,
                              const int64_t *matrices, int32_t source_count, const float *weights,
                              const metarl_condition conditions[2], int32_t n, const float *bias,
                              const float *addend, int64_t addend_stride, float *out,
                              int64_t out_stride, int32_t m, float *marks, metarl_event *wanted) {
  int64_t total = 0;
  for (int64_t r = 0; r < m; r++) {
    mark_wanted(conditions, r, n, marks);
    const int32_t count = metarl_find_events(kernels, marks, n, wanted);
    for (int32_t i = 0; i < count; i++) {
      const int64_t column = wanted[i].row;
      const float start = bias ? bias[column] : 0;
      wanted[i].x = addend ? start + addend[r * addend_stride + column] : start;
    }
    for (int32_t i = 0; i < count; i += ABREAST) {
      add_products(sources, matrices, source_count, weights, r, wanted + i, count - i);
    }
    float *to = out + r * out_stride;
    memset(to, 0, (size_t)n * sizeof(float));
    for (int32_t i = 0; i < count; i++) to[wanted[i].row] = wanted[i].x;
    total += count;
  }
  return total;
}
