// Tiles of the products for one instruction set; included once for each by product.c, which defines
//   ISA         the suffix of its names
//   TARGET      the attribute that switches the instructions on
//   LANES       numbers in a vector
//   LARGEST_BLOCKS, WIDEST_PANEL, NARROW_LIMITS             what the set says of itself
//   LOAD_PART(from, count), STORE_PART(to, vector, count)   the first `count` lanes only
//   NONZERO(from)                                           a bit for each number that is not zero
//
// A tile keeps up to 8 rows × 3 vectors of sums in registers. Every sum adds its terms in the same
// order whatever the tile, so a row's result does not depend on how rows and columns were cut.

#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
#define NAME(name) JOIN(name, ISA)
#define VECTOR NAME(vector)
#define TILE_INLINE TARGET static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

typedef float VECTOR __attribute__((vector_size(LANES * 4), aligned(4)));

/// A whole vector, or the first `filled` numbers of the last one.
TILE_INLINE VECTOR NAME(load)(const float *from, int is_last, int32_t filled) {
  return is_last && filled < LANES ? LOAD_PART(from, filled) : *(const VECTOR *)from;
}

TILE_INLINE void NAME(store)(float *to, VECTOR value, int is_last, int32_t filled) {
  if (is_last && filled < LANES) {
    STORE_PART(to, value, filled);
  } else {
    *(VECTOR *)to = value;
  }
}

/// One tile of `m` rows and `v` vectors; both are constants where this is inlined.
TILE_INLINE void NAME(product_tile)(const metarl_source *sources, int32_t source_count,
                                    const float *panel, const float *bias, const float *addend,
                                    int64_t addend_stride, float *out, int64_t out_stride,
                                    int64_t row, int32_t remaining, const int m, const int v) {
  VECTOR sum[LARGEST_BLOCK][3];
  const int32_t filled = remaining - (v - 1) * LANES;
  UNROLL for (int j = 0; j < v; j++) {
    const VECTOR start =
        bias ? NAME(load)(bias + j * LANES, j + 1 == v, filled) : (VECTOR){0};
    UNROLL for (int i = 0; i < m; i++) sum[i][j] = start;
  }
  if (addend) {
    UNROLL for (int i = 0; i < m; i++) {
      const float *from = addend + (row + i) * addend_stride;
      UNROLL for (int j = 0; j < v; j++) {
        sum[i][j] += NAME(load)(from + j * LANES, j + 1 == v, filled);
      }
    }
  }
  for (int32_t s = 0; s < source_count; s++) {
    const int64_t stride = sources[s].stride;
    const float *a = sources[s].rows + row * stride;
    const int32_t depth = sources[s].k;
    for (int32_t k = 0; k < depth; k++, panel += v * LANES) {
      VECTOR b[3];
      UNROLL for (int j = 0; j < v; j++) b[j] = *(const VECTOR *)(panel + j * LANES);
      UNROLL for (int i = 0; i < m; i++) {
        const float x = a[i * stride + k];
        UNROLL for (int j = 0; j < v; j++) sum[i][j] = x * b[j] + sum[i][j];
      }
    }
  }
  UNROLL for (int i = 0; i < m; i++) {
    float *to = out + (row + i) * out_stride;
    UNROLL for (int j = 0; j < v; j++) {
      NAME(store)(to + j * LANES, sum[i][j], j + 1 == v, filled);
    }
  }
}

/// One tile of the gradient: `m` rows of it and `v` vectors. Reads up to LANES - 1 numbers past the
/// last row of g.
TILE_INLINE void NAME(outer_tile)(const float *a, int64_t a_stride, const float *g,
                                  int64_t g_stride, float *gradient, int64_t gradient_stride,
                                  int32_t rows, int32_t remaining, const int m, const int v) {
  VECTOR sum[LARGEST_BLOCK][3];
  const int32_t filled = remaining - (v - 1) * LANES;
  UNROLL for (int i = 0; i < m; i++) {
    UNROLL for (int j = 0; j < v; j++) {
      sum[i][j] = NAME(load)(gradient + i * gradient_stride + j * LANES, j + 1 == v, filled);
    }
  }
  for (int32_t r = 0; r < rows; r++, a += a_stride, g += g_stride) {
    VECTOR b[3];
    UNROLL for (int j = 0; j < v; j++) b[j] = *(const VECTOR *)(g + j * LANES);
    UNROLL for (int i = 0; i < m; i++) {
      const float x = a[i];
      UNROLL for (int j = 0; j < v; j++) sum[i][j] = x * b[j] + sum[i][j];
    }
  }
  UNROLL for (int i = 0; i < m; i++) {
    UNROLL for (int j = 0; j < v; j++) {
      NAME(store)(gradient + i * gradient_stride + j * LANES, sum[i][j], j + 1 == v, filled);
    }
  }
}

/// Appends the numbers of a row that are not zero; row i of what they multiply begins at
/// `first + i * stride`. Reads up to LANES - 1 numbers past the end of the row.
TARGET static int32_t NAME(find_events)(const float *a, int32_t k, int64_t first, int64_t stride,
                                        metarl_event *events, int32_t count) {
  for (int32_t start = 0; start < k; start += LANES) {
    uint32_t found = (uint32_t)(NONZERO((a + start)));
    if (k - start < LANES) found &= (1u << (k - start)) - 1u;
    for (; found; found &= found - 1) {
      const int32_t i = start + __builtin_ctz(found);
      events[count++] = (metarl_event){first + i * stride, a[i]};
    }
  }
  return count;
}

/// Adds x · weights of all events to `v` vectors of a row. Reads up to LANES - 1 numbers past the end of
/// a row of weights.
TILE_INLINE void NAME(event_tile)(const metarl_event *events, int32_t count, const float *weights,
                                  float *out, int32_t remaining, const int v) {
  VECTOR sum[EVENT_VECTORS];
  const int32_t filled = remaining - (v - 1) * LANES;
  UNROLL for (int j = 0; j < v; j++) {
    sum[j] = NAME(load)(out + j * LANES, j + 1 == v, filled);
  }
  for (int32_t e = 0; e < count; e++) {
    const float x = events[e].x;
    const float *row = weights + events[e].row;
    UNROLL for (int j = 0; j < v; j++) sum[j] = x * *(const VECTOR *)(row + j * LANES) + sum[j];
  }
  UNROLL for (int j = 0; j < v; j++) {
    NAME(store)(out + j * LANES, sum[j], j + 1 == v, filled);
  }
}

/// The same for rows of any width: eight vectors at a time, then as many as are left.
TARGET static void NAME(event_row)(const metarl_event *events, int32_t count, const float *weights,
                                   float *out, int32_t n) {
  for (int32_t column = 0; column < n;) {
    const int32_t left = (n - column + LANES - 1) / LANES;
    const int v = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
    const float *from = weights + column;
    switch (v) {
      case 8: NAME(event_tile)(events, count, from, out + column, n - column, 8); break;
      case 4: NAME(event_tile)(events, count, from, out + column, n - column, 4); break;
      case 2: NAME(event_tile)(events, count, from, out + column, n - column, 2); break;
      default: NAME(event_tile)(events, count, from, out + column, n - column, 1);
    }
    column += v * LANES;
  }
}

/// A gradient from the numbers of `a` that are not zero. Those of as many units as a vector has are listed
/// by unit, so that a row of the gradient is read and written once. Returns how many there are.
TARGET static int64_t NAME(event_outer)(const float *a, int64_t a_stride, int32_t k, const float *g,
                                        int64_t g_stride, int32_t n, float *gradient,
                                        int64_t gradient_stride, int32_t rows,
                                        metarl_event *events) {
  int64_t total = 0;
  for (int32_t first = 0; first < k; first += LANES) {
    int32_t counts[LANES] = {0};
    const uint32_t units = k - first < LANES ? (1u << (k - first)) - 1u : ~0u;
    for (int32_t r = 0; r < rows; r++) {
      const float *x = a + r * a_stride + first;
      for (uint32_t found = (uint32_t)(NONZERO(x)) & units; found; found &= found - 1) {
        const int32_t unit = __builtin_ctz(found);
        events[unit * rows + counts[unit]++] = (metarl_event){r * g_stride, x[unit]};
      }
    }
    for (int32_t unit = 0; unit < LANES; unit++) {
      if (counts[unit] == 0) continue;
      total += counts[unit];
      NAME(event_row)(events + unit * rows, counts[unit], g,
                      gradient + (first + unit) * gradient_stride, n);
    }
  }
  return total;
}

// A function for each size, so that the compiler works on one small loop nest at a time.
#define TILE(M, V)                                                                              \
  TARGET static void NAME(product_##M##_##V)(                                                   \
      const metarl_source *sources, int32_t source_count, const float *panel, const float *bias, \
      const float *addend, int64_t addend_stride, float *out, int64_t out_stride, int64_t row,  \
      int32_t remaining) {                                                                      \
    NAME(product_tile)(sources, source_count, panel, bias, addend, addend_stride, out,          \
                       out_stride, row, remaining, M, V);                                       \
  }                                                                                             \
  TARGET static void NAME(outer_##M##_##V)(const float *a, int64_t a_stride, const float *g,    \
                                           int64_t g_stride, float *gradient,                   \
                                           int64_t gradient_stride, int32_t rows,               \
                                           int32_t remaining) {                                 \
    NAME(outer_tile)(a, a_stride, g, g_stride, gradient, gradient_stride, rows, remaining, M, V); \
  }
#define TILES(V) TILE(1, V) TILE(2, V) TILE(3, V) TILE(4, V) TILE(5, V) TILE(6, V) TILE(7, V) TILE(8, V)
TILES(1)
TILES(2)
TILES(3)

#include "narrow_tiles.h"

#define ROW(name, M) {NAME(name##_##M##_1), NAME(name##_##M##_2), NAME(name##_##M##_3)}
#define TABLE(name)                                                                    \
  {ROW(name, 1), ROW(name, 2), ROW(name, 3), ROW(name, 4), ROW(name, 5), ROW(name, 6), \
   ROW(name, 7), ROW(name, 8)}

static const kernel_set NAME(kernels) = {
    .lanes = LANES,
    .block = LARGEST_BLOCKS,
    .widest = WIDEST_PANEL,
    .narrow = NARROW_LIMITS,
    .product = TABLE(product),
    .outer = TABLE(outer),
    .narrow_product = {NAME(narrow_product_1), NAME(narrow_product_2), NAME(narrow_product_3)},
    .narrow_outer = {NAME(narrow_outer_1), NAME(narrow_outer_2), NAME(narrow_outer_3),
                     NAME(narrow_outer_4)},
    .find_events = NAME(find_events),
    .event_row = NAME(event_row),
    .event_outer = NAME(event_outer),
};

#undef JOIN_
#undef JOIN
#undef NAME
#undef VECTOR
#undef TILE_INLINE
#undef UNROLL
#undef TILE
#undef TILES
#undef ROW
#undef TABLE
#undef ISA
#undef TARGET
#undef LANES
#undef LARGEST_BLOCKS
#undef WIDEST_PANEL
#undef NARROW_LIMITS
#undef LOAD_PART
#undef STORE_PART
#undef NONZERO
