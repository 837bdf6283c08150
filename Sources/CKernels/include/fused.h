#pragma once
#include <stdint.h>

/// Elementwise instructions of a fused group. Each works on whole registers: tiles of a few hundred
/// numbers that stay in the first-level cache.
enum {
  METARL_COPY,            // a
  METARL_FILL,            // x
  METARL_AFFINE,          // x a + y
  METARL_ADD,             // a + b
  METARL_SUBTRACT,        // a - b
  METARL_MULTIPLY,        // a b
  METARL_DIVIDE,          // a / b
  METARL_MINIMUM,         // min(a, b)
  METARL_MAXIMUM,         // max(a, b)
  METARL_GREATER,         // a > b ? 1 : 0
  METARL_SELECT,          // a != 0 ? b : c
  METARL_MULTIPLY_ADD,    // a b + c
  METARL_SIGMOID,         // 1 / (1 + exp(-a))
  METARL_TANH,            // tanh a
  METARL_EXP,             // exp a
  METARL_LOG,             // ln a
  METARL_SINE,            // sin a
  METARL_COSINE,          // cos a
  METARL_SQUARE_ROOT,     // √a
  METARL_SQUARE,          // a²
  METARL_ABSOLUTE,        // |a|
  METARL_SIGN,            // -1, 0 or 1
  METARL_CLAMP,           // min(max(a, x), y)
  METARL_STEP,            // a > x ? 1 : 0
  METARL_INSIDE,          // x < a < y ? 1 : 0
  METARL_SIGMOID_GRADIENT,  // a b (1 - b)
  METARL_TANH_GRADIENT,     // a (1 - b²)
  METARL_CLAMP_GRADIENT,    // x < b < y ? a : 0
  // Surrogates of a spike's derivative, with s = y b.
  METARL_TRIANGLE_GRADIENT,      // a x max(0, 1 - |s|)
  METARL_RECTANGLE_GRADIENT,     // |s| < 1 ? a x : 0
  METARL_FAST_SIGMOID_GRADIENT,  // a x / (1 + |s|)²
  METARL_LOGISTIC_GRADIENT,      // 4 a x σ(s) (1 - σ(s))
  METARL_ARCTANGENT_GRADIENT,    // a x / (1 + s²)
};

typedef struct {
  uint16_t operation;
  uint16_t destination;
  uint16_t a, b, c;
  float x, y;
} metarl_instruction;

/// How a register is connected to memory.
enum {
  METARL_SCRATCH,      // not at all
  METARL_LOAD_ROWS,    // read from rows `stride` numbers apart
  METARL_LOAD_SPLAT,   // read one number a row and repeat it over the row
  METARL_LOAD_VECTOR,  // read one row and repeat it for all rows
  METARL_STORE_ROWS,   // written to rows `stride` numbers apart
};

typedef struct {
  int32_t kind;
  int64_t stride;
  float *memory;
} metarl_register;

/// Numbers in a register.
#define METARL_TILE 512

/// Registers of one group at most.
#define METARL_MAXIMUM_REGISTERS 256

/// Runs the instructions over `rows` rows of `width` numbers. `scratch` has METARL_TILE numbers per
/// register, aligned to 64 bytes; memory must stay readable for 16 numbers past its end.
void metarl_fused_run(const metarl_instruction *instructions, int32_t instruction_count,
                      const metarl_register *registers, int32_t register_count, float *scratch,
                      int32_t rows, int32_t width);

/// Sum of each row: out[r] = Σ_j a[r, j].
void metarl_sum_columns(const float *a, int64_t stride, float *out, int64_t out_stride,
                        int32_t rows, int32_t width);

/// Largest number of each row.
void metarl_max_columns(const float *a, int64_t stride, float *out, int64_t out_stride,
                        int32_t rows, int32_t width);

/// Sum over rows, added to what is there: out[j] += Σ_r a[r, j].
void metarl_add_rows(const float *a, int64_t stride, float *out, int32_t rows, int32_t width);

/// The same in double precision.
void metarl_total_rows(const float *a, int64_t stride, double *out, int32_t rows, int32_t width);
