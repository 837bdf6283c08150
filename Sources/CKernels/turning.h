// Rows turned into columns and back, in squares of eight numbers.
#pragma once
#include <stdint.h>

#include "dispatch.h"

typedef float metarl_vector8 __attribute__((vector_size(32), aligned(4)));

/// Reads eight numbers of each of eight rows; `turned[i]` receives number i of all rows.
METARL_INLINE void turn_square(const float *const rows[8], int64_t first, metarl_vector8 *turned) {
  metarl_vector8 a[8], b[8];
  for (int i = 0; i < 8; i++) a[i] = *(const metarl_vector8 *)(rows[i] + first);
  for (int i = 0; i < 8; i += 2) {
    b[i] = __builtin_shufflevector(a[i], a[i + 1], 0, 8, 1, 9, 4, 12, 5, 13);
    b[i + 1] = __builtin_shufflevector(a[i], a[i + 1], 2, 10, 3, 11, 6, 14, 7, 15);
  }
  for (int i = 0; i < 8; i += 4) {
    a[i] = __builtin_shufflevector(b[i], b[i + 2], 0, 1, 8, 9, 4, 5, 12, 13);
    a[i + 1] = __builtin_shufflevector(b[i], b[i + 2], 2, 3, 10, 11, 6, 7, 14, 15);
    a[i + 2] = __builtin_shufflevector(b[i + 1], b[i + 3], 0, 1, 8, 9, 4, 5, 12, 13);
    a[i + 3] = __builtin_shufflevector(b[i + 1], b[i + 3], 2, 3, 10, 11, 6, 7, 14, 15);
  }
  for (int i = 0; i < 4; i++) {
    turned[i] = __builtin_shufflevector(a[i], a[i + 4], 0, 1, 2, 3, 8, 9, 10, 11);
    turned[i + 4] = __builtin_shufflevector(a[i], a[i + 4], 4, 5, 6, 7, 12, 13, 14, 15);
  }
}
