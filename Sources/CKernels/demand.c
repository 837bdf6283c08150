#include "demand.h"

#include <string.h>

#include "dispatch.h"

enum {
  LANES = METARL_DOT_LANES,
  /// Rows that are multiplied by a line at once: as many sums as registers hold with AVX2.
  ABREAST = 6,
  /// Rows are taken in chunks that stay in the first-level cache with what is made of them.
  MOST_ROWS = METARL_DOT_ROWS,
  CHUNK_NUMBERS = 7200,
};

typedef float vector16 __attribute__((vector_size(64), aligned(64)));
typedef float vector8 __attribute__((vector_size(32)));

METARL_INLINE int32_t padded(int32_t count) { return (count + LANES - 1) / LANES * LANES; }

int32_t metarl_line_size(int32_t k) { return padded(k); }

/// How many rows are taken at once.
METARL_INLINE int32_t chunk_rows(int64_t depth) {
  const int64_t rows = CHUNK_NUMBERS / depth;
  return rows < ABREAST ? ABREAST : rows < MOST_ROWS ? (int32_t)rows : MOST_ROWS;
}

void metarl_pack_lines(const float *matrix, int32_t k, int32_t n, int64_t first, int64_t depth,
                       float *lines) {
  for (int32_t j = 0; j < n; j++) {
    float *line = lines + j * depth + first;
    memcpy(line, matrix + (int64_t)j * k, (size_t)k * sizeof(float));
    memset(line + k, 0, (size_t)(padded(k) - k) * sizeof(float));
  }
}

/// Whether a number is wanted for what `x` is: 1 or 0.
METARL_INLINE uint32_t is_met(const metarl_condition *condition, float x) {
  return (uint32_t)((x > condition->low) & (x < condition->high)) ^ (uint32_t)condition->is_outside;
}

/// Sets bit i of `marks[j]` where number j of row `row` + i is wanted, for `rows` rows; everywhere without
/// conditions.
METARL_INLINE void mark_wanted(const metarl_condition *conditions, int64_t row, int32_t rows,
                               int32_t n, uint32_t *marks) {
  if (!conditions) {
    for (int32_t j = 0; j < n; j++) marks[j] = (uint32_t)((1ull << rows) - 1);
    return;
  }
  memset(marks, 0, (size_t)n * sizeof(uint32_t));
  const metarl_condition a = conditions[0], b = conditions[1];
  for (int32_t i = 0; i < rows; i++) {
    const float *x = a.rows + (row + i) * a.stride, *y = b.rows + (row + i) * b.stride;
    METARL_VECTORIZE
    for (int32_t j = 0; j < n; j++) marks[j] |= (is_met(&a, x[j]) | is_met(&b, y[j])) << i;
  }
}

/// `dots` receives the sums of the sixteen lanes of eight vectors. Each is made in the same order: lane l with
/// l + 8, then with l + 4, l + 2 and l + 1.
METARL_INLINE void sum_lanes(const vector16 *sums, vector8 *dots) {
  vector8 halves[8], quarters[4], pairs[2];
  for (int i = 0; i < 8; i++) {
    halves[i] = __builtin_shufflevector(sums[i], sums[i], 0, 1, 2, 3, 4, 5, 6, 7)
                + __builtin_shufflevector(sums[i], sums[i], 8, 9, 10, 11, 12, 13, 14, 15);
  }
  for (int i = 0; i < 4; i++) {
    const vector8 x = halves[i], y = halves[i + 4];
    quarters[i] = __builtin_shufflevector(x, y, 0, 1, 2, 3, 8, 9, 10, 11)
                  + __builtin_shufflevector(x, y, 4, 5, 6, 7, 12, 13, 14, 15);
  }
  for (int i = 0; i < 2; i++) {
    const vector8 x = quarters[i], y = quarters[i + 2];
    pairs[i] = __builtin_shufflevector(x, y, 0, 1, 8, 9, 4, 5, 12, 13)
               + __builtin_shufflevector(x, y, 2, 3, 10, 11, 6, 7, 14, 15);
  }
  const vector8 x = pairs[0], y = pairs[1];
  *dots = __builtin_shufflevector(x, y, 0, 8, 2, 10, 4, 12, 6, 14)
          + __builtin_shufflevector(x, y, 1, 9, 3, 11, 5, 13, 7, 15);
}

/// Adds the products of `count` rows, at most `ABREAST`, and a line of weights to the numbers at `to`.
METARL_INLINE void add_dots(const float *const *rows, const float *line, int64_t depth, int count,
                            float *const *to) {
  vector16 sums[8];
  for (int i = 0; i < count; i++) sums[i] = (vector16){0};
  METARL_PRAGMA(clang loop unroll_count(2))
  for (int64_t k = 0; k < depth; k += LANES) {
    const vector16 weights = *(const vector16 *)(line + k);
    for (int i = 0; i < count; i++) sums[i] = *(const vector16 *)(rows[i] + k) * weights + sums[i];
  }
  for (int i = count; i < 8; i++) sums[i] = sums[0];
  vector8 dots;
  sum_lanes(sums, &dots);
  for (int i = 0; i < count; i++) *to[i] += dots[i];
}

/// Copies rows of all sources to `lines`, padded with zeros.
METARL_INLINE void copy_rows(const metarl_source *sources, int32_t source_count, int64_t row,
                             int32_t rows, int64_t depth, float *lines) {
  for (int32_t i = 0; i < rows; i++, lines += depth) {
    float *to = lines;
    for (int32_t s = 0; s < source_count; s++) {
      const int32_t k = sources[s].k;
      memcpy(to, sources[s].rows + (row + i) * sources[s].stride, (size_t)k * sizeof(float));
      memset(to + k, 0, (size_t)(padded(k) - k) * sizeof(float));
      to += padded(k);
    }
  }
}

METARL_CLONES
int64_t metarl_wanted_product(const metarl_source *sources, int32_t source_count,
                              const float *lines, const metarl_condition *conditions, int32_t n,
                              const float *bias, const float *addend, int64_t addend_stride,
                              float *out, int64_t out_stride, int32_t m, float *scratch,
                              uint32_t *marks) {
  int64_t depth = 0;
  for (int32_t s = 0; s < source_count; s++) depth += padded(sources[s].k);
  const int32_t most = chunk_rows(depth);
  int64_t total = 0;
  for (int32_t row = 0; row < m; row += most) {
    const int32_t rows = smaller(m - row, most);
    mark_wanted(conditions, row, rows, n, marks);
    copy_rows(sources, source_count, row, rows, depth, scratch);
    for (int32_t i = 0; i < rows; i++) {
      float *to = out + (row + i) * out_stride;
      const float *from = addend ? addend + (row + i) * addend_stride : 0;
      if (!from && !bias) {
        memset(to, 0, (size_t)n * sizeof(float));
        continue;
      }
      METARL_VECTORIZE
      for (int32_t j = 0; j < n; j++) {
        const float start = (bias ? bias[j] : 0) + (from ? from[j] : 0);
        to[j] = marks[j] >> i & 1 ? start : 0;
      }
    }
    for (int32_t j = 0; j < n; j++) {
      const float *line = lines + j * depth, *wanted[ABREAST];
      float *to[ABREAST];
      int count = 0;
      for (uint32_t left = marks[j]; left; left &= left - 1) {
        const int i = __builtin_ctz(left);
        wanted[count] = scratch + i * depth;
        to[count] = out + (row + i) * out_stride + j;
        if (++count < ABREAST) continue;
        add_dots(wanted, line, depth, ABREAST, to);
        total += ABREAST;
        count = 0;
      }
      total += count;
      switch (count) {
        case 1: add_dots(wanted, line, depth, 1, to); break;
        case 2: add_dots(wanted, line, depth, 2, to); break;
        case 3: add_dots(wanted, line, depth, 3, to); break;
        case 4: add_dots(wanted, line, depth, 4, to); break;
        case 5: add_dots(wanted, line, depth, 5, to); break;
      }
    }
  }
  return total;
}
