#pragma once
#include <stdint.h>

/// Products of a few rows with small matrices, the shape of one time step of a recurrent network.
///
/// A matrix is *packed* once per parameter update: its columns are cut into panels of one to three
/// vectors, and each panel is stored row after row, padded with zeros. The rows of all sources of a sum
/// x₁ W₁ + x₂ W₂ + … follow each other in every panel, so that the sum stays in registers.

/// One term of a sum of products: `k` numbers of each row, rows `stride` numbers apart.
typedef struct {
  const float *rows;
  int64_t stride;
  int32_t k;
} metarl_source;

/// The instructions that products are made of. What is packed for one set is read by that set only.
typedef enum {
  METARL_PRODUCTS_BASELINE,  // any processor
  METARL_PRODUCTS_AVX2,      // x86-64 with AVX2 and fused multiply-add
  METARL_PRODUCTS_AVX512,    // x86-64 with AVX-512
} metarl_product_kernels;

/// The fastest set that this machine has; it has those before it as well.
metarl_product_kernels metarl_best_product_kernels(void);

/// One number of a row that is not zero, and where the row of numbers that it multiplies begins.
typedef struct {
  int64_t row;
  float x;
} metarl_event;

/// How many numbers a packed matrix of `k` rows and `n` columns takes.
int64_t metarl_packed_size(int32_t k, int32_t n);

/// Packs `k` rows of a matrix into rows `first ..< first + k` of a packed matrix of `total` rows and
/// `n` columns. Element (i, j) is read from `matrix[i * row_stride + j * column_stride]`.
void metarl_pack(metarl_product_kernels kernels, const float *matrix, int64_t row_stride,
                 int64_t column_stride, int32_t first, int32_t k, int32_t total, int32_t n,
                 float *packed);

/// out[m × n] = bias + addend + Σ sources · packed. `bias` (n numbers) and `addend` (rows
/// `addend_stride` apart, may be `out` itself) may be null. Each row's result depends on that row
/// alone, to the bit.
void metarl_product(metarl_product_kernels kernels, const metarl_source *sources,
                    int32_t source_count, const float *packed, int32_t n, const float *bias,
                    const float *addend, int64_t addend_stride, float *out, int64_t out_stride,
                    int32_t m);

/// gradient[k × n] += Σ_r a[r, ·]ᵀ g[r, ·] over `rows` rows, in the order of the rows. `g` must be
/// readable for 15 numbers past its end.
void metarl_outer(metarl_product_kernels kernels, const float *a, int64_t a_stride, int32_t k,
                  const float *g, int64_t g_stride, int32_t n, float *gradient,
                  int64_t gradient_stride, int32_t rows);

/// How many numbers of `rows` rows of `k` are not zero.
int64_t metarl_count_events(const float *a, int64_t stride, int32_t k, int32_t rows);

/// Lists the numbers of a row of `k` that are not zero, `row` being which one it is, in `events`, and
/// returns how many there are. Reads up to 15 numbers past the end of the row.
int32_t metarl_find_events(metarl_product_kernels kernels, const float *row, int32_t k,
                           metarl_event *events);

/// What a product of `rows` rows with `depth` numbers in all sources takes, in a unit of their own: by
/// the packed kernels, for `metarl_outer` with `is_outer`; and from `events` numbers that are not zero.
double metarl_dense_cost(int32_t depth, int32_t n, int32_t rows, int is_outer);
double metarl_event_cost(int64_t events, int32_t depth, int32_t n, int32_t rows);

/// Whether a product of `rows` rows with `depth` numbers in all sources, of which `events` are not zero
/// in all rows, is faster from these; for `metarl_outer` with `is_outer`.
int metarl_events_pay(int64_t events, int32_t depth, int32_t n, int32_t rows, int is_outer);

/// The same as `metarl_product`, to the bit, from the numbers of the sources that are not zero. Row i
/// of the matrix of source s begins at `weights[matrices[s] + i * n]`, where 15 numbers past its end
/// must be readable. `events` has room for one number of each source. Returns how many there were.
int64_t metarl_event_product(metarl_product_kernels kernels, const metarl_source *sources,
                             const int64_t *matrices, int32_t source_count, const float *weights,
                             int32_t n, const float *bias, const float *addend,
                             int64_t addend_stride, float *out, int64_t out_stride, int32_t m,
                             metarl_event *events);

/// The same as `metarl_outer`, to the bit, from the numbers of `a` that are not zero; 15 numbers past its
/// end must be readable, too. `events` has room for 16 numbers of each row. Returns how many there were.
int64_t metarl_event_outer(metarl_product_kernels kernels, const float *a, int64_t a_stride,
                           int32_t k, const float *g, int64_t g_stride, int32_t n, float *gradient,
                           int64_t gradient_stride, int32_t rows, metarl_event *events);
