#pragma once
#include <stdint.h>

#include "product.h"

/// Products with matrices most of whose numbers are zero: only *connections*, the numbers that are not,
/// are multiplied. The results are those of the products in product.h, to the bit: what is left out would
/// have added zero, and the rest is added in the same order.
///
/// Rows are turned before they are multiplied, `METARL_TURNED_ROWS` at a time, so that the same number
/// of all these rows lies side by side: a connection then costs a few vectors, wherever it is.

enum { METARL_TURNED_ROWS = 32 };

/// A number of a matrix that is not zero.
typedef struct {
  int32_t row, column;
  float weight;
} metarl_connection;

/// A connection in the list of the number that it adds to: which number it multiplies, and its weight.
typedef struct {
  int32_t input;
  float weight;
} metarl_synapse;

/// The connections of a matrix by what they add to: list i is `synapses[starts[i] ..< starts[i + 1]]`,
/// in the order of inputs.
typedef struct {
  int32_t *starts;
  metarl_synapse *synapses;
} metarl_synapse_lists;

/// Finds the connections of a matrix, row after row; there must be room for one more than there are.
/// Returns how many.
int32_t metarl_find_connections(const float *matrix, int32_t rows, int32_t columns,
                                metarl_connection *connections);

/// Lists `count` connections, found row after row, by column, or, for products with the transposed
/// matrix, by row. There is room for `lists` + 1 starts.
void metarl_list_synapses(const metarl_connection *connections, int32_t count, int by_column,
                          int32_t lists, metarl_synapse_lists *listed);

/// How many numbers a product or an outer product with these turned numbers needs as scratch.
int64_t metarl_turned_size(int32_t k);

/// Whether a product of `rows` rows with `depth` numbers in all sources, of which `events` are not zero
/// in all rows, is faster from `connections` connections than in any other way; for
/// `metarl_sparse_outer` with `is_outer`.
int metarl_sparse_pays(int64_t connections, int64_t events, int32_t depth, int32_t n, int32_t rows,
                       int is_outer);

/// The same as `metarl_product`, to the bit, from the synapses of the matrix of each source. Reads up to
/// 7 numbers past the end of rows and of addends. `scratch` has room for the turned sources.
void metarl_sparse_product(const metarl_source *sources, metarl_synapse_lists *const *lists,
                           int32_t source_count, int32_t n, const float *bias, const float *addend,
                           int64_t addend_stride, float *out, int64_t out_stride, int32_t m,
                           float *scratch);

/// The same as `metarl_outer`, to the bit, for those numbers of the gradient that are connections; the
/// others stay. `scratch` has room for `k` and for `n` turned numbers.
void metarl_sparse_outer(const float *a, int64_t a_stride, int32_t k, const float *g,
                         int64_t g_stride, int32_t n, const metarl_connection *connections,
                         int32_t count, float *gradient, int64_t gradient_stride, int32_t rows,
                         float *scratch);

/// Sets to zero those numbers whose weight is zero.
void metarl_confine(float *numbers, const float *weights, int64_t count);
