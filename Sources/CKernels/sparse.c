#include "sparse.h"

#include <string.h>

#include "dispatch.h"
#include "turning.h"

enum { TILE = METARL_TURNED_ROWS };

/// The same number of all rows of a tile.
typedef float tile_vector __attribute__((vector_size(TILE * 4), aligned(4)));

static inline int32_t padded(int32_t count) { return (count + 7) / 8 * 8; }

int64_t metarl_turned_size(int32_t k) { return (int64_t)padded(k) * TILE; }

// MARK: Connections

/// Whether eight numbers are zero, of either sign.
METARL_INLINE int are_zero(const float *numbers) {
  uint64_t pairs[4];
  memcpy(pairs, numbers, sizeof(pairs));
  return ((pairs[0] | pairs[1] | pairs[2] | pairs[3]) & 0x7fffffff7fffffffu) == 0;
}

int32_t metarl_find_connections(const float *matrix, int32_t rows, int32_t columns,
                                metarl_connection *connections) {
  int32_t count = 0;
  for (int32_t row = 0; row < rows; row++, matrix += columns) {
    for (int32_t first = 0; first < columns; first += 8) {
      if (columns - first >= 8 && are_zero(matrix + first)) continue;
      const int32_t end = smaller(first + 8, columns);
      for (int32_t column = first; column < end; column++) {
        // What is zero is overwritten by what comes next: faster than one more branch.
        connections[count] = (metarl_connection){row, column, matrix[column]};
        count += matrix[column] != 0;
      }
    }
  }
  return count;
}

void metarl_list_synapses(const metarl_connection *connections, int32_t count, int by_column,
                          int32_t lists, metarl_synapse_lists *listed) {
  // Starts are one place further back until the lists are filled, and move up with that.
  int32_t *starts = listed->starts;
  memset(starts, 0, (size_t)(lists + 1) * sizeof(int32_t));
  for (int32_t c = 0; c < count; c++) {
    starts[(by_column ? connections[c].column : connections[c].row) + 1]++;
  }
  int32_t first = 0;
  for (int32_t list = 0; list < lists; list++) {
    const int32_t length = starts[list + 1];
    starts[list + 1] = first;
    first += length;
  }
  for (int32_t c = 0; c < count; c++) {
    const metarl_connection from = connections[c];
    const int32_t list = by_column ? from.column : from.row;
    listed->synapses[starts[list + 1]++] =
        (metarl_synapse){by_column ? from.row : from.column, from.weight};
  }
}

int metarl_sparse_pays(int64_t connections, int64_t events, int32_t depth, int32_t n, int32_t rows,
                       int is_outer) {
  // In the unit of `metarl_events_pay`, fitted to measurements with AVX2: what a connection costs in a
  // tile, and what it costs to turn rows and to walk along lists.
  const double tiles = (rows + TILE - 1) / TILE, lines = (double)depth + n;
  const double sparse =
      tiles * (is_outer ? 10.0 * connections + 2.0 * lines : 2.0 * connections + 4.0 * lines);
  return sparse < metarl_dense_cost(depth, n, rows, is_outer)
         && sparse < metarl_event_cost(events, depth, n, rows);
}

// MARK: Products

/// Turns a tile: number i of row r goes to `turned[i * TILE + r]`. Rows that are missing repeat the
/// last one.
METARL_INLINE void turn(const float *from, int64_t stride, int32_t k, int32_t rows, float *turned) {
  for (int32_t r = 0; r < TILE; r += 8) {
    const float *lines[8];
    for (int32_t i = 0; i < 8; i++) lines[i] = from + smaller(r + i, rows - 1) * stride;
    for (int32_t first = 0; first < k; first += 8) {
      metarl_vector8 square[8];
      turn_square(lines, first, square);
      for (int32_t i = 0; i < 8; i++) {
        *(metarl_vector8 *)(turned + (first + i) * TILE + r) = square[i];
      }
    }
  }
}

/// Turns eight columns of a tile back into rows; stores those that there are.
METARL_INLINE void turn_back(const float *turned, float *to, int64_t stride, int32_t rows,
                             int32_t columns) {
  const float *lines[8];
  for (int32_t i = 0; i < 8; i++) lines[i] = turned + i * TILE;
  for (int32_t r = 0; r < rows; r += 8) {
    metarl_vector8 square[8];
    turn_square(lines, r, square);
    const int32_t count = smaller(rows - r, 8);
    if (columns == 8) {
      for (int32_t i = 0; i < count; i++) {
        *(metarl_vector8 *)(to + (r + i) * stride) = square[i];
      }
    } else {
      for (int32_t i = 0; i < count; i++) {
        memcpy(to + (r + i) * stride, &square[i], (size_t)columns * sizeof(float));
      }
    }
  }
}

METARL_CLONES
void metarl_sparse_product(const metarl_source *sources, metarl_synapse_lists *const *lists,
                           int32_t source_count, int32_t n, const float *bias, const float *addend,
                           int64_t addend_stride, float *out, int64_t out_stride, int32_t m,
                           float *scratch) {
  for (int32_t row = 0; row < m; row += TILE) {
    const int32_t rows = smaller(m - row, TILE);
    float *turned = scratch;
    for (int32_t s = 0; s < source_count; s++) {
      turn(sources[s].rows + row * sources[s].stride, sources[s].stride, sources[s].k, rows, turned);
      turned += metarl_turned_size(sources[s].k);
    }
    for (int32_t column = 0; column < n; column += 8) {
      const int32_t columns = smaller(n - column, 8);
      tile_vector sums[8] = {0};
      if (addend) {
        turn(addend + row * addend_stride + column, addend_stride, columns, rows, (float *)sums);
      }
      for (int32_t j = 0; j < columns; j++) {
        tile_vector sum = {0};
        if (bias) sum += bias[column + j];
        if (addend) sum += sums[j];
        const float *x = scratch;
        for (int32_t s = 0; s < source_count; s++) {
          const int32_t end = lists[s]->starts[column + j + 1];
          for (int32_t e = lists[s]->starts[column + j]; e < end; e++) {
            const metarl_synapse synapse = lists[s]->synapses[e];
            sum = synapse.weight * *(const tile_vector *)(x + (int64_t)synapse.input * TILE) + sum;
          }
          x += metarl_turned_size(sources[s].k);
        }
        sums[j] = sum;
      }
      turn_back((const float *)sums, out + row * out_stride + column, out_stride, rows, columns);
    }
  }
}

/// Makes numbers of rows that are missing from a turned tile zero.
METARL_INLINE void clear_missing(float *turned, int32_t k, int32_t rows) {
  for (int32_t i = 0; rows < TILE && i < k; i++) {
    memset(turned + (int64_t)i * TILE + rows, 0, (size_t)(TILE - rows) * sizeof(float));
  }
}

METARL_CLONES
void metarl_sparse_outer(const float *a, int64_t a_stride, int32_t k, const float *g,
                         int64_t g_stride, int32_t n, const metarl_connection *connections,
                         int32_t count, float *gradient, int64_t gradient_stride, int32_t rows,
                         float *scratch) {
  float *turned_a = scratch, *turned_g = scratch + metarl_turned_size(k);
  for (int32_t row = 0; row < rows; row += TILE) {
    const int32_t tile_rows = smaller(rows - row, TILE);
    turn(a + row * a_stride, a_stride, k, tile_rows, turned_a);
    turn(g + row * g_stride, g_stride, n, tile_rows, turned_g);
    clear_missing(turned_a, k, tile_rows);
    clear_missing(turned_g, n, tile_rows);
    // Eight connections at a time, so that each adds its rows in their order; the last one is repeated
    // where there are fewer.
    for (int32_t first = 0; first < count; first += 8) {
      const float *a_lines[8], *g_lines[8];
      float *places[8];
      metarl_vector8 sum;
      for (int32_t i = 0; i < 8; i++) {
        const metarl_connection connection = connections[smaller(first + i, count - 1)];
        a_lines[i] = turned_a + (int64_t)connection.row * TILE;
        g_lines[i] = turned_g + (int64_t)connection.column * TILE;
        places[i] = gradient + connection.row * gradient_stride + connection.column;
        sum[i] = *places[i];
      }
      for (int32_t r = 0; r < tile_rows; r += 8) {
        metarl_vector8 x[8], y[8];
        turn_square(a_lines, r, x);
        turn_square(g_lines, r, y);
        for (int32_t i = 0; i < 8; i++) sum = x[i] * y[i] + sum;
      }
      for (int32_t i = 0; i < 8; i++) *places[i] = sum[i];
    }
  }
}

METARL_CLONES
void metarl_confine(float *numbers, const float *weights, int64_t count) {
  METARL_VECTORIZE
  for (int64_t i = 0; i < count; i++) numbers[i] = weights[i] != 0.0f ? numbers[i] : 0.0f;
}
