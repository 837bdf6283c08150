#include "product.h"

#include <string.h>

#include "dispatch.h"
#include "turning.h"

enum { LARGEST_BLOCK = 8, EVENT_VECTORS = 8 };
/// The most columns of a narrow matrix in a product and in a gradient, and the size of their tiles.
enum { PRODUCT_COLUMNS = 3, OUTER_COLUMNS = 4, NARROW_ROWS = 32, NARROW_VECTORS = 4 };

typedef void (*product_function)(const metarl_source *, int32_t, const float *, const float *,
                                 const float *, int64_t, float *, int64_t, int64_t, int32_t);
typedef void (*outer_function)(const float *, int64_t, const float *, int64_t, float *, int64_t,
                               int32_t, int32_t);
typedef void (*narrow_product_function)(const metarl_source *, int32_t, const float *,
                                        const float *, const float *, int64_t, float *, int64_t,
                                        int32_t);
typedef void (*narrow_outer_function)(const float *, int64_t, int32_t, const float *, int64_t,
                                      float *, int64_t, int32_t);
typedef int32_t (*event_finder)(const float *, int32_t, int64_t, int64_t, metarl_event *, int32_t);
typedef void (*event_function)(const metarl_event *, int32_t, const float *, float *, int32_t);

typedef int64_t (*event_outer_function)(const float *, int64_t, int32_t, const float *, int64_t, int32_t,
                                        float *, int64_t, int32_t, metarl_event *);

/// The tiles of one instruction set, by rows and vectors.
typedef struct {
  /// Numbers in a vector.
  int lanes;
  /// Most rows of a tile, by vectors up to `widest`: as many sums as there are registers for.
  int block[3];
  /// Most vectors of a panel.
  int widest;
  product_function product[LARGEST_BLOCK][3];
  outer_function outer[LARGEST_BLOCK][3];
  /// Columns up to which matrices are narrow, in a product and in a gradient.
  struct {
    int product, outer;
  } narrow;
  narrow_product_function narrow_product[PRODUCT_COLUMNS];
  narrow_outer_function narrow_outer[OUTER_COLUMNS];
  /// The numbers of a row that are not zero.
  event_finder find_events;
  /// A row of a product from them.
  event_function event_row;
  /// A gradient from numbers that are not zero.
  event_outer_function event_outer;
} kernel_set;

// MARK: Instruction sets

// Without masks: numbers are moved one at a time.
typedef float vector4 __attribute__((vector_size(16), aligned(4)));

METARL_INLINE vector4 load_part_4(const float *from, int32_t count) {
  vector4 part = {from[0], 0, 0, 0};
  if (count > 1) part[1] = from[1];
  if (count > 2) part[2] = from[2];
  return part;
}

METARL_INLINE void store_part_4(float *to, vector4 value, int32_t count) {
  to[0] = value[0];
  if (count > 1) to[1] = value[1];
  if (count > 2) to[2] = value[2];
}

#define ISA baseline
#define TARGET
#define LANES 4
#define LARGEST_BLOCKS {8, 6}
#define WIDEST_PANEL 2
#define NARROW_LIMITS {1, 1}
#define LOAD_PART(from, count) load_part_4(from, count)
#define STORE_PART(to, value, count) store_part_4(to, value, count)
#define NONZERO(from) \
  ((from[0] != 0) | (from[1] != 0) << 1 | (from[2] != 0) << 2 | (from[3] != 0) << 3)
#include "product_tiles.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2,fma")))
#define AVX512 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma")))

AVX2 METARL_INLINE __m256 load_part_8(const float *from, int32_t count) {
  const __m256i lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  return _mm256_maskload_ps(from, _mm256_cmpgt_epi32(_mm256_set1_epi32(count), lanes));
}

/// Halves, because a masked store takes dozens of steps on some processors.
AVX2 METARL_INLINE void store_part_8(float *to, __m256 value, int32_t count) {
  __m128 part = _mm256_castps256_ps128(value);
  if (count & 4) {
    _mm_storeu_ps(to, part);
    part = _mm256_extractf128_ps(value, 1);
    to += 4;
  }
  if (count & 2) {
    _mm_storel_pi((__m64 *)to, part);
    part = _mm_movehl_ps(part, part);
    to += 2;
  }
  if (count & 1) _mm_store_ss(to, part);
}

#define ISA avx2
#define TARGET AVX2
#define LANES 8
#define LARGEST_BLOCKS {8, 6}
#define WIDEST_PANEL 2
#define NARROW_LIMITS {2, 4}
#define LOAD_PART(from, count) load_part_8(from, count)
#define STORE_PART(to, value, count) store_part_8(to, value, count)
#define NONZERO(from) \
  _mm256_movemask_ps(_mm256_cmp_ps(_mm256_loadu_ps(from), _mm256_setzero_ps(), _CMP_NEQ_UQ))
#include "product_tiles.h"

AVX512 METARL_INLINE __mmask16 first_lanes(int32_t count) { return (__mmask16)((1u << count) - 1u); }

#define ISA avx512
#define TARGET AVX512
#define LANES 16
#define LARGEST_BLOCKS {8, 8, 8}
#define WIDEST_PANEL 3
#define NARROW_LIMITS {3, 4}
#define LOAD_PART(from, count) _mm512_maskz_loadu_ps(first_lanes(count), from)
#define STORE_PART(to, value, count) _mm512_mask_storeu_ps(to, first_lanes(count), value)
#define NONZERO(from) _mm512_cmp_ps_mask(_mm512_loadu_ps(from), _mm512_setzero_ps(), _CMP_NEQ_UQ)
#include "product_tiles.h"
#endif

/// By `metarl_product_kernels`.
static const kernel_set *const kernel_sets[] = {
    &kernels_baseline,
#if defined(__x86_64__)
    &kernels_avx2,
    &kernels_avx512,
#endif
};

metarl_product_kernels metarl_best_product_kernels(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) return METARL_PRODUCTS_AVX512;
  if (__builtin_cpu_supports("x86-64-v3")) return METARL_PRODUCTS_AVX2;
#endif
  return METARL_PRODUCTS_BASELINE;
}

// MARK: Cutting matrices into tiles

/// Vectors of the next panel when `vectors` remain: twos rather than three and a lonely one.
static inline int panel_vectors(const kernel_set *set, int vectors) {
  if (vectors <= set->widest) return vectors;
  return vectors == set->widest + 1 ? (vectors + 1) / 2 : set->widest;
}

static inline int vector_count(const kernel_set *set, int32_t n) {
  return (n + set->lanes - 1) / set->lanes;
}

/// The size of block `index` when `count` rows are cut into as equal blocks as possible.
static inline int32_t block_size(int32_t count, int32_t blocks, int32_t index) {
  return count / blocks + (index < count % blocks ? 1 : 0);
}

static inline int32_t block_count(const kernel_set *set, int32_t count, int vectors) {
  const int32_t largest = set->block[vectors - 1];
  return (count + largest - 1) / largest;
}

int64_t metarl_packed_size(int32_t k, int32_t n) { return (int64_t)k * ((n + 15) / 16 * 16); }

void metarl_pack(metarl_product_kernels kernels, const float *matrix, int64_t row_stride,
                 int64_t column_stride, int32_t first, int32_t k, int32_t total, int32_t n,
                 float *packed) {
  const kernel_set *set = kernel_sets[kernels];
  int32_t column = 0;
  for (int vectors = vector_count(set, n); vectors > 0;) {
    const int v = panel_vectors(set, vectors);
    const int width = v * set->lanes;
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
    vectors -= v;
  }
}

void metarl_product(metarl_product_kernels kernels, const metarl_source *sources,
                    int32_t source_count, const float *packed, int32_t n, const float *bias,
                    const float *addend, int64_t addend_stride, float *out, int64_t out_stride,
                    int32_t m) {
  const kernel_set *set = kernel_sets[kernels];
  if (n <= set->narrow.product && m >= NARROW_ROWS / 2) {
    set->narrow_product[n - 1](sources, source_count, packed, bias, addend, addend_stride, out,
                               out_stride, m);
    return;
  }
  int32_t depth = 0;
  for (int32_t s = 0; s < source_count; s++) depth += sources[s].k;
  int32_t column = 0;
  for (int vectors = vector_count(set, n); vectors > 0;) {
    const int v = panel_vectors(set, vectors);
    const int32_t blocks = block_count(set, m, v);
    int64_t row = 0;
    for (int32_t block = 0; block < blocks; block++) {
      const int32_t size = block_size(m, blocks, block);
      set->product[size - 1][v - 1](sources, source_count, packed, bias ? bias + column : 0,
                                    addend ? addend + column : 0, addend_stride, out + column,
                                    out_stride, row, n - column);
      row += size;
    }
    packed += (int64_t)depth * v * set->lanes;
    column += v * set->lanes;
    vectors -= v;
  }
}

void metarl_outer(metarl_product_kernels kernels, const float *a, int64_t a_stride, int32_t k,
                  const float *g, int64_t g_stride, int32_t n, float *gradient,
                  int64_t gradient_stride, int32_t rows) {
  const kernel_set *set = kernel_sets[kernels];
  if (n <= set->narrow.outer) {
    set->narrow_outer[n - 1](a, a_stride, k, g, g_stride, gradient, gradient_stride, rows);
    return;
  }
  int32_t column = 0;
  for (int vectors = vector_count(set, n); vectors > 0;) {
    const int v = panel_vectors(set, vectors);
    const int32_t blocks = block_count(set, k, v);
    int32_t first = 0;
    for (int32_t block = 0; block < blocks; block++) {
      const int32_t size = block_size(k, blocks, block);
      set->outer[size - 1][v - 1](a + first, a_stride, g + column, g_stride,
                                  gradient + first * gradient_stride + column, gradient_stride,
                                  rows, n - column);
      first += size;
    }
    column += v * set->lanes;
    vectors -= v;
  }
}

// MARK: Events

METARL_CLONES
int64_t metarl_count_events(const float *a, int64_t stride, int32_t k, int32_t rows) {
  int64_t count = 0;
  for (int32_t r = 0; r < rows; r++, a += stride) {
    int32_t found = 0;
    for (int32_t i = 0; i < k; i++) found += a[i] != 0.0f;
    count += found;
  }
  return count;
}

int32_t metarl_find_events(metarl_product_kernels kernels, const float *row, int32_t k,
                           metarl_event *events) {
  return kernel_sets[kernels]->find_events(row, k, 0, 1, events, 0);
}

// Costs in vectors of 8, fitted to measurements with AVX2.

double metarl_dense_cost(int32_t depth, int32_t n, int32_t rows, int is_outer) {
  // The packed kernels take a quarter to a third of a step for a vector, more if there are too few rows
  // to fill their tiles.
  const double few = (is_outer ? 2.0 : 0.8) / rows;
  return (double)depth * rows * (n / 8.0) * (few > 0.25 ? few : 0.25);
}

double metarl_event_cost(int64_t events, int32_t depth, int32_t n, int32_t rows) {
  // An event costs a row of the matrix and some steps to find it.
  return events * (n / 8.0 + 10) + (double)depth * rows / 8;
}

int metarl_events_pay(int64_t events, int32_t depth, int32_t n, int32_t rows, int is_outer) {
  return metarl_event_cost(events, depth, n, rows) < metarl_dense_cost(depth, n, rows, is_outer);
}

/// What a row's sum begins with; `addend` may be the row itself.
METARL_CLONES
static void begin_row(const float *bias, const float *addend, float *to, int32_t n) {
  if (bias && addend) {
    METARL_VECTORIZE
    for (int32_t j = 0; j < n; j++) to[j] = bias[j] + addend[j];
  } else if (bias || addend) {
    memmove(to, bias ? bias : addend, (size_t)n * sizeof(float));
  } else {
    memset(to, 0, (size_t)n * sizeof(float));
  }
}

int64_t metarl_event_product(metarl_product_kernels kernels, const metarl_source *sources,
                             const int64_t *matrices, int32_t source_count, const float *weights,
                             int32_t n, const float *bias, const float *addend,
                             int64_t addend_stride, float *out, int64_t out_stride, int32_t m,
                             metarl_event *events) {
  const kernel_set *set = kernel_sets[kernels];
  int64_t total = 0;
  for (int64_t r = 0; r < m; r++) {
    float *to = out + r * out_stride;
    begin_row(bias, addend ? addend + r * addend_stride : 0, to, n);
    int32_t count = 0;
    for (int32_t s = 0; s < source_count; s++) {
      const float *row = sources[s].rows + r * sources[s].stride;
      count = set->find_events(row, sources[s].k, matrices[s], n, events, count);
    }
    set->event_row(events, count, weights, to, n);
    total += count;
  }
  return total;
}

int64_t metarl_event_outer(metarl_product_kernels kernels, const float *a, int64_t a_stride,
                           int32_t k, const float *g, int64_t g_stride, int32_t n, float *gradient,
                           int64_t gradient_stride, int32_t rows, metarl_event *events) {
  return kernel_sets[kernels]->event_outer(a, a_stride, k, g, g_stride, n, gradient,
                                           gradient_stride, rows, events);
}
