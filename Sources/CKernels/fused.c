#include "fused.h"

#include <string.h>

#include "mathematics.h"

METARL_INLINE float inverse_square(float x) { return 1.0f / (x * x); }

METARL_INLINE float sigmoid_slope(float x) {
  float y = metarl_sigmoid(x);
  return y * (1.0f - y);
}

#define LOOP(expression)                    \
  METARL_VECTORIZE                          \
  for (int64_t i = 0; i < count; i++) {     \
    d[i] = (expression);                    \
  }                                         \
  break;

/// `count` is a multiple of 16.
METARL_INLINE void execute(const metarl_instruction *in, float *const *tile, int64_t count) {
  float *d = tile[in->destination];
  const float *a = tile[in->a], *b = tile[in->b], *c = tile[in->c];
  const float x = in->x, y = in->y;
  count &= ~(int64_t)15;
  switch (in->operation) {
    case METARL_COPY: LOOP(a[i])
    case METARL_FILL: LOOP(x)
    case METARL_AFFINE: LOOP(x * a[i] + y)
    case METARL_ADD: LOOP(a[i] + b[i])
    case METARL_SUBTRACT: LOOP(a[i] - b[i])
    case METARL_MULTIPLY: LOOP(a[i] * b[i])
    case METARL_DIVIDE: LOOP(a[i] / b[i])
    case METARL_MINIMUM: LOOP(metarl_minimum(a[i], b[i]))
    case METARL_MAXIMUM: LOOP(metarl_maximum(a[i], b[i]))
    case METARL_GREATER: LOOP(a[i] > b[i] ? 1.0f : 0.0f)
    case METARL_SELECT: LOOP(a[i] != 0.0f ? b[i] : c[i])
    case METARL_MULTIPLY_ADD: LOOP(a[i] * b[i] + c[i])
    case METARL_SIGMOID: LOOP(metarl_sigmoid(a[i]))
    case METARL_TANH: LOOP(metarl_tanh(a[i]))
    case METARL_EXP: LOOP(metarl_exp(a[i]))
    case METARL_LOG: LOOP(metarl_log(a[i]))
    case METARL_SINE: LOOP(metarl_sine(a[i], 0))
    case METARL_COSINE: LOOP(metarl_sine(a[i], 1))
    case METARL_SQUARE_ROOT: LOOP(__builtin_elementwise_sqrt(a[i]))
    case METARL_SQUARE: LOOP(a[i] * a[i])
    case METARL_ABSOLUTE: LOOP(__builtin_fabsf(a[i]))
    case METARL_SIGN: LOOP((a[i] > 0.0f ? 1.0f : 0.0f) - (a[i] < 0.0f ? 1.0f : 0.0f))
    case METARL_CLAMP: LOOP(metarl_clamp(a[i], x, y))
    case METARL_STEP: LOOP(a[i] > x ? 1.0f : 0.0f)
    case METARL_INSIDE: LOOP((x < a[i] ? 1.0f : 0.0f) * (a[i] < y ? 1.0f : 0.0f))
    case METARL_SIGMOID_GRADIENT: LOOP(a[i] * b[i] * (1.0f - b[i]))
    case METARL_TANH_GRADIENT: LOOP(a[i] * (1.0f - b[i] * b[i]))
    case METARL_CLAMP_GRADIENT: LOOP(((x < b[i]) & (b[i] < y)) ? a[i] : 0.0f)
    case METARL_TRIANGLE_GRADIENT:
      LOOP(a[i] * x * metarl_maximum(0.0f, 1.0f - __builtin_fabsf(y * b[i])))
    case METARL_RECTANGLE_GRADIENT: LOOP(__builtin_fabsf(y * b[i]) >= 1.0f ? 0.0f : a[i] * x)
    case METARL_FAST_SIGMOID_GRADIENT:
      LOOP(a[i] * x * inverse_square(1.0f + __builtin_fabsf(y * b[i])))
    case METARL_LOGISTIC_GRADIENT: LOOP(4.0f * a[i] * x * sigmoid_slope(y * b[i]))
    case METARL_ARCTANGENT_GRADIENT: LOOP(a[i] * x / (1.0f + y * b[i] * (y * b[i])))
  }
}

/// Whole vectors; the last one overlaps the one before, so that no number is copied by itself.
METARL_INLINE void copy_row(float *restrict to, const float *restrict from, int64_t width) {
  if (width >= 16) {
    for (int64_t j = 0; j + 16 <= width; j += 16) memcpy(to + j, from + j, 16 * sizeof(float));
    memcpy(to + width - 16, from + width - 16, 16 * sizeof(float));
  } else if (width >= 8) {
    memcpy(to, from, 8 * sizeof(float));
    memcpy(to + width - 8, from + width - 8, 8 * sizeof(float));
  } else if (width >= 4) {
    memcpy(to, from, 4 * sizeof(float));
    memcpy(to + width - 4, from + width - 4, 4 * sizeof(float));
  } else {
    for (int64_t j = 0; j < width; j++) to[j] = from[j];
  }
}

/// One tile: `rows` rows from row `row`, columns `column ..< column + width` of `full_width`.
METARL_INLINE void run_tile(const metarl_instruction *instructions, int32_t instruction_count,
                            const metarl_register *registers, int32_t register_count,
                            float *scratch, int64_t row, int64_t rows, int64_t column,
                            int64_t width, int vectors_are_expanded) {
  float *tile[METARL_MAXIMUM_REGISTERS];
  const int64_t count = rows * width, padded = (count + 15) & ~(int64_t)15;
  for (int32_t k = 0; k < register_count; k++) {
    const metarl_register *r = &registers[k];
    float *own = scratch + (int64_t)k * METARL_TILE;
    tile[k] = own;
    switch (r->kind) {
      case METARL_LOAD_ROWS: {
        float *source = r->memory + row * r->stride + column;
        if (r->stride == width || rows == 1) {
          tile[k] = source;
        } else {
          for (int64_t i = 0; i < rows; i++) copy_row(own + i * width, source + i * r->stride, width);
        }
        break;
      }
      case METARL_LOAD_SPLAT:
        for (int64_t i = 0; i < rows; i++) {
          float value = r->memory[(row + i) * r->stride];
          for (int64_t j = 0; j < width; j++) own[i * width + j] = value;
        }
        break;
      case METARL_LOAD_VECTOR:
        if (!vectors_are_expanded) {
          for (int64_t i = 0; i < rows; i++) copy_row(own + i * width, r->memory + column, width);
        }
        break;
      case METARL_STORE_ROWS:
        // Written in place only where rounding up to 16 cannot touch what lies behind.
        if ((r->stride == width || rows == 1) && padded == count) {
          tile[k] = r->memory + row * r->stride + column;
        }
        break;
    }
  }
  for (int32_t k = 0; k < instruction_count; k++) execute(&instructions[k], tile, padded);
  for (int32_t k = 0; k < register_count; k++) {
    const metarl_register *r = &registers[k];
    const float *own = scratch + (int64_t)k * METARL_TILE;
    if (r->kind != METARL_STORE_ROWS || tile[k] != own) continue;
    float *destination = r->memory + row * r->stride + column;
    for (int64_t i = 0; i < rows; i++) copy_row(destination + i * r->stride, own + i * width, width);
  }
}

/// Rows of a tile: as many as fit, and a number that makes the tile a multiple of 16 where possible.
static int64_t tile_rows(int64_t width) {
  int64_t rows = METARL_TILE / width;
  int64_t step = 16;
  while (step > 1 && (width * (step / 2)) % 16 == 0) step /= 2;
  return rows > step ? rows / step * step : rows;
}

METARL_CLONES
void metarl_fused_run(const metarl_instruction *instructions, int32_t instruction_count,
                      const metarl_register *registers, int32_t register_count, float *scratch,
                      int32_t rows, int32_t width) {
  if (width > METARL_TILE) {
    for (int64_t row = 0; row < rows; row++) {
      for (int64_t column = 0; column < width; column += METARL_TILE) {
        int64_t part = width - column < METARL_TILE ? width - column : METARL_TILE;
        run_tile(instructions, instruction_count, registers, register_count, scratch, row, 1,
                 column, part, 0);
      }
    }
    return;
  }
  const int64_t step = tile_rows(width);
  for (int64_t row = 0; row < rows; row += step) {
    int64_t part = rows - row < step ? rows - row : step;
    run_tile(instructions, instruction_count, registers, register_count, scratch, row, part, 0,
             width, row > 0);
  }
}

METARL_CLONES
void metarl_sum_columns(const float *a, int64_t stride, float *out, int64_t out_stride,
                        int32_t rows, int32_t width) {
  for (int64_t r = 0; r < rows; r++) {
    float lanes[16] = {0};
    const float *row = a + r * stride;
    int64_t j = 0;
    for (; j + 16 <= width; j += 16) {
      for (int64_t l = 0; l < 16; l++) lanes[l] += row[j + l];
    }
    for (int64_t l = 0; j + l < width; l++) lanes[l] += row[j + l];
    float sum = 0;
    for (int64_t l = 0; l < 16; l++) sum += lanes[l];
    out[r * out_stride] = sum;
  }
}

METARL_CLONES
void metarl_max_columns(const float *a, int64_t stride, float *out, int64_t out_stride,
                        int32_t rows, int32_t width) {
  for (int64_t r = 0; r < rows; r++) {
    float largest = a[r * stride];
    for (int64_t j = 1; j < width; j++) largest = metarl_maximum(largest, a[r * stride + j]);
    out[r * out_stride] = largest;
  }
}

METARL_CLONES
void metarl_add_rows(const float *a, int64_t stride, float *out, int32_t rows, int32_t width) {
  for (int64_t r = 0; r < rows; r++) {
    const float *row = a + r * stride;
    METARL_VECTORIZE
    for (int64_t j = 0; j < width; j++) out[j] += row[j];
  }
}

METARL_CLONES
void metarl_total_rows(const float *a, int64_t stride, double *out, int32_t rows, int32_t width) {
  for (int64_t r = 0; r < rows; r++) {
    const float *row = a + r * stride;
    METARL_VECTORIZE
    for (int64_t j = 0; j < width; j++) out[j] += (double)row[j];
  }
}
