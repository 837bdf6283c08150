// Products with matrices of a few columns. The tiles of product_tiles.h would leave most lanes of a vector
// empty, so rows lie side by side here, and not columns. Included by product_tiles.h, in whose terms it
// is written. Every sum adds its terms in the same order as there, so the bits are the same.

/// `n` columns, a constant where this is inlined, of all rows. Rows that are missing from a tile repeat
/// the last one and are not stored.
TILE_INLINE void NAME(narrow_product)(const metarl_source *sources, int32_t source_count,
                                      const float *panel, const float *bias, const float *addend,
                                      int64_t addend_stride, float *out, int64_t out_stride,
                                      int32_t m, const int n) {
  for (int32_t first = 0; first < m; first += NARROW_ROWS) {
    const int32_t rows = m - first < NARROW_ROWS ? m - first : NARROW_ROWS;
    int64_t places[NARROW_ROWS];
    metarl_vector8 sum[NARROW_ROWS / 8][PRODUCT_COLUMNS];
    for (int32_t r = 0; r < NARROW_ROWS; r++) {
      places[r] = first + (r < rows ? r : rows - 1);
      UNROLL for (int j = 0; j < n; j++) {
        float start = bias ? bias[j] : 0;
        if (addend) start += addend[places[r] * addend_stride + j];
        sum[r / 8][j][r % 8] = start;
      }
    }
    const float *weights = panel;
    for (int32_t s = 0; s < source_count; s++) {
      const float *lines[NARROW_ROWS];
      for (int32_t r = 0; r < NARROW_ROWS; r++) {
        lines[r] = sources[s].rows + places[r] * sources[s].stride;
      }
      const int32_t depth = sources[s].k, whole = depth / 8 * 8;
      for (int32_t k = 0; k < whole; k += 8, weights += 8 * LANES) {
        for (int square = 0; 8 * square < rows; square++) {
          metarl_vector8 x[8];
          turn_square(lines + 8 * square, k, x);
          UNROLL for (int i = 0; i < 8; i++) {
            UNROLL for (int j = 0; j < n; j++) {
              sum[square][j] = x[i] * weights[i * LANES + j] + sum[square][j];
            }
          }
        }
      }
      for (int32_t k = whole; k < depth; k++, weights += LANES) {
        for (int square = 0; 8 * square < rows; square++) {
          metarl_vector8 x;
          UNROLL for (int i = 0; i < 8; i++) x[i] = lines[8 * square + i][k];
          UNROLL for (int j = 0; j < n; j++) sum[square][j] = x * weights[j] + sum[square][j];
        }
      }
    }
    for (int32_t r = 0; r < rows; r++) {
      UNROLL for (int j = 0; j < n; j++) out[places[r] * out_stride + j] = sum[r / 8][j][r % 8];
    }
  }
}

/// `v` vectors of rows of the gradient, `n` columns of each; both are constants where this is inlined.
TILE_INLINE void NAME(narrow_outer_tile)(const float *a, int64_t a_stride, const float *g,
                                         int64_t g_stride, float *gradient,
                                         int64_t gradient_stride, int32_t rows, int32_t remaining,
                                         const int n, const int v) {
  const int32_t filled = remaining < v * LANES ? remaining : v * LANES;
  float turned[OUTER_COLUMNS][NARROW_VECTORS * LANES];
  VECTOR sum[OUTER_COLUMNS][NARROW_VECTORS];
  UNROLL for (int j = 0; j < n; j++) {
    for (int32_t i = 0; i < filled; i++) turned[j][i] = gradient[i * gradient_stride + j];
    UNROLL for (int i = 0; i < v; i++) {
      sum[j][i] = NAME(load)(turned[j] + i * LANES, i + 1 == v, filled - (v - 1) * LANES);
    }
  }
  for (int32_t r = 0; r < rows; r++, a += a_stride, g += g_stride) {
    UNROLL for (int i = 0; i < v; i++) {
      const VECTOR x = NAME(load)(a + i * LANES, i + 1 == v, filled - (v - 1) * LANES);
      UNROLL for (int j = 0; j < n; j++) sum[j][i] = g[j] * x + sum[j][i];
    }
  }
  UNROLL for (int j = 0; j < n; j++) {
    UNROLL for (int i = 0; i < v; i++) {
      NAME(store)(turned[j] + i * LANES, sum[j][i], i + 1 == v, filled - (v - 1) * LANES);
    }
    for (int32_t i = 0; i < filled; i++) gradient[i * gradient_stride + j] = turned[j][i];
  }
}

/// All `k` rows of the gradient.
TILE_INLINE void NAME(narrow_outer)(const float *a, int64_t a_stride, int32_t k, const float *g,
                                    int64_t g_stride, float *gradient, int64_t gradient_stride,
                                    int32_t rows, const int n) {
  for (int32_t row = 0; row < k;) {
    const int32_t left = (k - row + LANES - 1) / LANES;
    const int v = left >= 4 ? 4 : left >= 2 ? 2 : 1;
    const float *from = a + row;
    float *to = gradient + row * gradient_stride;
    switch (v) {
      case 4:
        NAME(narrow_outer_tile)(from, a_stride, g, g_stride, to, gradient_stride, rows, k - row, n, 4);
        break;
      case 2:
        NAME(narrow_outer_tile)(from, a_stride, g, g_stride, to, gradient_stride, rows, k - row, n, 2);
        break;
      default:
        NAME(narrow_outer_tile)(from, a_stride, g, g_stride, to, gradient_stride, rows, k - row, n, 1);
    }
    row += v * LANES;
  }
}

#define NARROW_PRODUCT(N)                                                                           \
  TARGET static void NAME(narrow_product_##N)(                                                      \
      const metarl_source *sources, int32_t source_count, const float *panel, const float *bias,     \
      const float *addend, int64_t addend_stride, float *out, int64_t out_stride, int32_t m) {      \
    NAME(narrow_product)(sources, source_count, panel, bias, addend, addend_stride, out, out_stride, \
                         m, N);                                                                     \
  }
#define NARROW_OUTER(N)                                                                  \
  TARGET static void NAME(narrow_outer_##N)(const float *a, int64_t a_stride, int32_t k, \
                                            const float *g, int64_t g_stride,            \
                                            float *gradient, int64_t gradient_stride,    \
                                            int32_t rows) {                              \
    NAME(narrow_outer)(a, a_stride, k, g, g_stride, gradient, gradient_stride, rows, N); \
  }
NARROW_PRODUCT(1) NARROW_PRODUCT(2) NARROW_PRODUCT(3)
NARROW_OUTER(1) NARROW_OUTER(2) NARROW_OUTER(3) NARROW_OUTER(4)
#undef NARROW_PRODUCT
#undef NARROW_OUTER
