// Random numbers by Philox 4×32-10, sixteen counters side by side: the blocks of `Philox` in Swift.
#pragma once
#include <stdint.h>
#include <string.h>

#include "mathematics.h"

typedef uint32_t metarl_words __attribute__((vector_size(64)));
typedef uint64_t metarl_pairs __attribute__((vector_size(64)));

/// Ten rounds on several sets of eight counters side by side. The four words of a counter are in the lower
/// halves of pairs with anything in the upper ones: a product of 64 bits is then the next two words as it is.
METARL_INLINE void metarl_philox_rounds(metarl_pairs state[][4], const int sets,
                                        const metarl_pairs *key0, const metarl_pairs *key1) {
#pragma clang loop unroll(full)
  for (uint32_t round = 0; round < 10; round++) {
#pragma clang loop unroll(full)
    for (int set = 0; set < sets; set++) {
      metarl_pairs *x = state[set];
      const metarl_pairs product0 = (x[0] & 0xffffffffu) * 0xD2511F53u;
      const metarl_pairs product1 = (x[2] & 0xffffffffu) * 0xCD9E8D57u;
      x[0] = (product1 >> 32) ^ x[1] ^ (key0[set] + round * 0x9E3779B9u);
      x[1] = product1;
      x[2] = (product0 >> 32) ^ x[3] ^ (key1[set] + round * 0xBB67AE85u);
      x[3] = product0;
    }
  }
}

/// Stores the lower halves of `even` and `odd`, one of each in turn.
METARL_INLINE void metarl_interleave(const metarl_pairs *even, const metarl_pairs *odd, void *out) {
  const metarl_pairs both = (*even & 0xffffffffu) | (*odd << 32);
  memcpy(out, &both, sizeof both);
}

/// Replaces sixteen counters by their blocks. `key0` and `key1` are the halves of the keys.
METARL_INLINE void metarl_philox(metarl_words counter[4], const metarl_words *key0,
                                 const metarl_words *key1) {
  metarl_pairs state[2][4];
#pragma clang loop unroll(full)
  for (int word = 0; word < 4; word++) {
    state[0][word] = (metarl_pairs)counter[word];
    state[1][word] = (metarl_pairs)counter[word] >> 32;
  }
  const metarl_pairs low[2] = {(metarl_pairs)*key0, (metarl_pairs)*key0 >> 32};
  const metarl_pairs high[2] = {(metarl_pairs)*key1, (metarl_pairs)*key1 >> 32};
  metarl_philox_rounds(state, 2, low, high);
#pragma clang loop unroll(full)
  for (int word = 0; word < 4; word++) {
    metarl_interleave(&state[0][word], &state[1][word], &counter[word]);
  }
}

/// Sine and cosine of `quarters` · π/2 for 0 ≤ quarters < 4, absolute error below 1e-7.
METARL_INLINE void metarl_sine_cosine_of_quarters(float quarters, float *sine, float *cosine) {
  const float magic = 12582912.0f;  // 1.5 · 2²³ rounds to the nearest whole number
  float n = quarters + magic;
  int32_t quadrant = metarl_float_to_bits(n);
  float r = (quarters - (n - magic)) * 1.57079633f;
  float z = r * r;
  float s = -1.9515295891e-4f;
  s = s * z + 8.3321608736e-3f;
  s = s * z - 1.6666654611e-1f;
  s = s * z * r + r;
  float c = 2.443315711809948e-5f;
  c = c * z - 1.388731625493765e-3f;
  c = c * z + 4.166664568298827e-2f;
  c = c * z * z - 0.5f * z + 1.0f;
  float a = quadrant & 1 ? c : s, b = quadrant & 1 ? s : c;
  // The second bit of the quadrant becomes the sign.
  *sine = metarl_bits_to_float(metarl_float_to_bits(a) ^ (int32_t)(((uint32_t)quadrant & 2u) << 30));
  *cosine =
      metarl_bits_to_float(metarl_float_to_bits(b) ^ (int32_t)((((uint32_t)quadrant + 1u) & 2u) << 30));
}

/// Groups of sixteen blocks that normal numbers are made of side by side, as a round waits for the one before.
enum { METARL_GROUPS = 2, METARL_NORMALS = 64 * METARL_GROUPS };

/// Blocks `16 · group ..< 16 · (group + groups)` of row `row` of `key`, for each sixteen of them one word of
/// all after the other: words[groups × 4 × 16].
METARL_INLINE void metarl_blocks(uint64_t key, uint64_t row, uint64_t group, const int groups,
                                 uint32_t *words) {
  const metarl_pairs zero = {0}, lanes = {0, 2, 4, 6, 8, 10, 12, 14};
  metarl_pairs state[2 * METARL_GROUPS][4], key0[2 * METARL_GROUPS], key1[2 * METARL_GROUPS];
#pragma clang loop unroll(full)
  for (int set = 0; set < 2 * groups; set++) {
    const metarl_pairs block = zero + 16 * group + lanes + (uint64_t)(8 * (set & ~1) + (set & 1));
    state[set][0] = block;
    state[set][1] = block >> 32;
    state[set][2] = zero + row;
    state[set][3] = zero + (row >> 32);
    key0[set] = zero + key;
    key1[set] = zero + (key >> 32);
  }
  metarl_philox_rounds(state, 2 * groups, key0, key1);
#pragma clang loop unroll(full)
  for (int at = 0; at < 4 * groups; at++) {
    const int even = at / 4 * 2, word = at % 4;
    metarl_interleave(&state[even][word], &state[even + 1][word], words + 16 * at);
  }
}

/// Standard normal numbers `64 · group ..< 64 · (group + METARL_GROUPS)` of row `row` of `key`, by Box and Muller.
///
/// Number i of a group comes from words of the block with the counter (16 · group + i mod 16, row):
/// words 0 and 1 give the numbers of the first and second sixteen, words 2 and 3 the others.
METARL_INLINE void metarl_normals(uint64_t key, uint64_t row, uint64_t group, float *out) {
  _Alignas(64) uint32_t words[METARL_NORMALS];
  metarl_blocks(key, row, group, METARL_GROUPS, words);
#pragma clang loop unroll(full)
  for (int half = 0; half < 2 * METARL_GROUPS; half++) {
    const uint32_t *first = words + 32 * half, *second = first + 16;
    float *cosines = out + 32 * half, *sines = cosines + 16;
    METARL_VECTORIZE
    for (int i = 0; i < 16; i++) {
      float u = ((float)first[i] + 0.5f) * 0x1p-32f;
      float radius = __builtin_elementwise_sqrt(-2.0f * metarl_log_of_positive(u));
      float sine, cosine;
      metarl_sine_cosine_of_quarters((float)(second[i] >> 8) * 0x1p-22f, &sine, &cosine);
      cosines[i] = radius * cosine;
      sines[i] = radius * sine;
    }
  }
}
