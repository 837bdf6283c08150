#include "product.h"

#include <string.h>

#include "dispatch.h"

enum { LANES = 16, LARGEST_BLOCK = 8 };

/// Vectors of the next panel when `vectors` remain: threes, and twos rather than a lonely one.
static inline int panel_vectors(int vectors) {
  if (vectors <= 3) return vectors;
  return vectors == 4 ? 2 : 3;
}

static inline int vector_count(int32_t n) { return (n + LANES - 1) / LANES; }

int64_t metarl_packed_size(int32_t k, int32_t n) {
  return (int64_t)k * vector_count(n) * LANES;
}

void metarl_pack(const float *matrix, int64_t row_stride, int64_t column_stride, int32_t first,
                 int32_t k, int32_t total, int32_t n, float *packed) {
  int32_t column = 0;
  for (int vectors = vector_count(n); vectors > 0;) {
    const int width = panel_vectors(vectors) * LANES;
    const int32_t filled = n - column < width ? n - column : width;
    float *to = packed + (int64_t)first * width;
    for (int32_t i = 0; i < k; i++, to += width) {
      const float *from = matrix + i * row_stride + column * column_stride;
      if (column_stride == 1) {
        memcpy(to, from, (size_t)filled * sizeof(float));
      } else {
        for (int32_t j = 0; j < filled; j++) to[j] = from[j * column_stride];
      }
      memset(to + filled, 0, (size_t)(width - filled) * sizeof(float));
    }
    packed += (int64_t)total * width;
    column += width;
    vectors -= width / LANES;
  }
}

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma")))
#define AVX512_INLINE AVX512 static inline __attribute__((always_inline))

int metarl_has_packed_products(void) {
  __builtin_cpu_init();
  return __builtin_cpu_supports("x86-64-v4") != 0;
}

AVX512_INLINE __mmask16 column_mask(int32_t remaining) {
  return remaining >= LANES ? (__mmask16)0xffff : (__mmask16)((1u << remaining) - 1u);
}

/// One tile of `m` rows and `v` vectors; both are constants where this is inlined.
AVX512_INLINE void product_tile(const metarl_source *sources, int32_t source_count,
                                const float *panel, const float *bias, const float *addend,
                                int64_t addend_stride, float *out, int64_t out_stride,
                                int64_t row, int32_t remaining, const int m, const int v) {
  __m512 sum[LARGEST_BLOCK][3];
  __mmask16 mask[3];
#pragma clang loop unroll(full)
  for (int j = 0; j < v; j++) {
    mask[j] = j + 1 < v ? (__mmask16)0xffff : column_mask(remaining - j * LANES);
    __m512 start = bias ? _mm512_maskz_loadu_ps(mask[j], bias + j * LANES) : _mm512_setzero_ps();
#pragma clang loop unroll(full)
    for (int i = 0; i < m; i++) sum[i][j] = start;
  }
  if (addend) {
#pragma clang loop unroll(full)
    for (int i = 0; i < m; i++) {
#pragma clang loop unroll(full)
      for (int j = 0; j < v; j++) {
        const float *from = addend + (row + i) * addend_stride + j * LANES;
        sum[i][j] = _mm512_add_ps(sum[i][j], _mm512_maskz_loadu_ps(mask[j], from));
      }
    }
  }
  for (int32_t s = 0; s < source_count; s++) {
    const int64_t stride = sources[s].stride;
    const float *a = sources[s].rows + row * stride;
    const int32_t depth = sources[s].k;
    for (int32_t k = 0; k < depth; k++, panel += v * LANES) {
      __m512 b[3];
#pragma clang loop unroll(full)
      for (int j = 0; j < v; j++) b[j] = _mm512_loadu_ps(panel + j * LANES);
#pragma clang loop unroll(full)
      for (int i = 0; i < m; i++) {
        const __m512 x = _mm512_set1_ps(a[i * stride + k]);
#pragma clang loop unroll(full)
        for (int j = 0; j < v; j++) sum[i][j] = _mm512_fmadd_ps(x, b[j], sum[i][j]);
      }
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < m; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < v; j++) {
      _mm512_mask_storeu_ps(out + (row + i) * out_stride + j * LANES, mask[j], sum[i][j]);
    }
  }
}

/// One tile of the gradient: `m` rows of it and `v` vectors.
AVX512_INLINE void outer_tile(const float *a, int64_t a_stride, const float *g, int64_t g_stride,
                              float *gradient, int64_t gradient_stride, int32_t rows,
                              int32_t remaining, const int m, const int v) {
  __m512 sum[LARGEST_BLOCK][3];
  __mmask16 mask[3];
#pragma clang loop unroll(full)
  for (int j = 0; j < v; j++) {
    mask[j] = j + 1 < v ? (__mmask16)0xffff : column_mask(remaining - j * LANES);
#pragma clang loop unroll(full)
    for (int i = 0; i < m; i++) {
      sum[i][j] = _mm512_maskz_loadu_ps(mask[j], gradient + i * gradient_stride + j * LANES);
    }
  }
  for (int32_t r = 0; r < rows; r++, a += a_stride, g += g_stride) {
    __m512 b[3];
#pragma clang loop unroll(full)
    for (int j = 0; j < v; j++) b[j] = _mm512_maskz_loadu_ps(mask[j], g + j * LANES);
#pragma clang loop unroll(full)
    for (int i = 0; i < m; i++) {
      const __m512 x = _mm512_set1_ps(a[i]);
#pragma clang loop unroll(full)
      for (int j = 0; j < v; j++) sum[i][j] = _mm512_fmadd_ps(x, b[j], sum[i][j]);
    }
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < m; i++) {
#pragma clang loop unroll(full)
    for (int j = 0; j < v; j++) {
      _mm512_mask_storeu_ps(gradient + i * gradient_stride + j * LANES, mask[j], sum[i][j]);
    }
  }
}

// Tiles with constant sizes: 1 to 8 rows, 1 to 3 vectors. A function each, so that the compiler
// works on one small loop nest at a time.
#define TILE(M, V)                                                                              \
  AVX512 static void product_##M##_##V(                                                         \
      const metarl_source *sources, int32_t source_count, const float *panel, const float *bias, \
      const float *addend, int64_t addend_stride, float *out, int64_t out_stride, int64_t row,  \
      int32_t remaining) {                                                                      \
    product_tile(sources, source_count, panel, bias, addend, addend_stride, out, out_stride,    \
                 row, remaining, M, V);                                                         \
  }                                                                                             \
  AVX512 static void outer_##M##_##V(const float *a, int64_t a_stride, const float *g,          \
                                     int64_t g_stride, float *gradient,                         \
                                     int64_t gradient_stride, int32_t rows, int32_t remaining) { \
    outer_tile(a, a_stride, g, g_stride, gradient, gradient_stride, rows, remaining, M, V);     \
  }
#define TILES(V) TILE(1, V) TILE(2, V) TILE(3, V) TILE(4, V) TILE(5, V) TILE(6, V) TILE(7, V) TILE(8, V)
TILES(1)
TILES(2)
TILES(3)

typedef void (*product_function)(const metarl_source *, int32_t, const float *, const float *,
                                 const float *, int64_t, float *, int64_t, int64_t, int32_t);
typedef void (*outer_function)(const float *, int64_t, const float *, int64_t, float *, int64_t,
                               int32_t, int32_t);
#define ROW(name, M) {name##_##M##_1, name##_##M##_2, name##_##M##_3}
#define TABLE(name)                                                                   \
  {ROW(name, 1), ROW(name, 2), ROW(name, 3), ROW(name, 4), ROW(name, 5), ROW(name, 6), \
   ROW(name, 7), ROW(name, 8)}
static const product_function product_tiles[LARGEST_BLOCK][3] = TABLE(product);
static const outer_function outer_tiles[LARGEST_BLOCK][3] = TABLE(outer);

/// The size of block `index` when `count` rows are cut into as equal blocks as possible.
static inline int32_t block_size(int32_t count, int32_t blocks, int32_t index) {
  return count / blocks + (index < count % blocks ? 1 : 0);
}

void metarl_product(const metarl_source *sources, int32_t source_count, const float *packed,
                    int32_t n, const float *bias, const float *addend, int64_t addend_stride,
                    float *out, int64_t out_stride, int32_t m) {
  int32_t depth = 0;
  for (int32_t s = 0; s < source_count; s++) depth += sources[s].k;
  const int32_t blocks = (m + LARGEST_BLOCK - 1) / LARGEST_BLOCK;
  int32_t column = 0;
  for (int vectors = vector_count(n); vectors > 0;) {
    const int v = panel_vectors(vectors);
    int64_t row = 0;
    for (int32_t block = 0; block < blocks; block++) {
      const int32_t size = block_size(m, blocks, block);
      product_tiles[size - 1][v - 1](sources, source_count, packed, bias ? bias + column : 0,
                                     addend ? addend + column : 0, addend_stride, out + column,
                                     out_stride, row, n - column);
      row += size;
    }
    packed += (int64_t)depth * v * LANES;
    column += v * LANES;
    vectors -= v;
  }
}

void metarl_outer(const float *a, int64_t a_stride, int32_t k, const float *g, int64_t g_stride,
                  int32_t n, float *gradient, int64_t gradient_stride, int32_t rows) {
  const int32_t blocks = (k + LARGEST_BLOCK - 1) / LARGEST_BLOCK;
  int32_t column = 0;
  for (int vectors = vector_count(n); vectors > 0;) {
    const int v = panel_vectors(vectors);
    int32_t first = 0;
    for (int32_t block = 0; block < blocks; block++) {
      const int32_t size = block_size(k, blocks, block);
      outer_tiles[size - 1][v - 1](a + first, a_stride, g + column, g_stride,
                                   gradient + first * gradient_stride + column, gradient_stride,
                                   rows, n - column);
      first += size;
    }
    column += v * LANES;
    vectors -= v;
  }
}

#else

int metarl_has_packed_products(void) { return 0; }

void metarl_product(const metarl_source *sources, int32_t source_count, const float *packed,
                    int32_t n, const float *bias, const float *addend, int64_t addend_stride,
                    float *out, int64_t out_stride, int32_t m) {
  __builtin_trap();
}

void metarl_outer(const float *a, int64_t a_stride, int32_t k, const float *g, int64_t g_stride,
                  int32_t n, float *gradient, int64_t gradient_stride, int32_t rows) {
  __builtin_trap();
}
#endif
