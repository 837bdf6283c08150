// Random numbers by Philox 4×32-10, sixteen counters side by side: the blocks of `Philox` in Swift.
#pragma once
#include <stdint.h>
#include <string.h>

#include "mathematics.h"

typedef uint32_t metarl_words __attribute__((vector_size(64)));
typedef uint64_t metarl_pairs __attribute__((vector_size(64)));

/// Replaces sixteen counters by their blocks. `key0` and `key1` are the halves of the keys.
///
/// Counters of even and odd number stay apart until the end, a word in the lower half of each pair and
/// anything in the upper one: a product of 64 bits is then the next two words as it is.
METARL_INLINE void metarl_philox(metarl_words counter[4], const metarl_words *key0,
                                 const metarl_words *key1) {
  metarl_pairs halves[2][4];
#pragma clang loop unroll(full)
  for (int odd = 0; odd < 2; odd++) {
    metarl_pairs x0 = (metarl_pairs)counter[0] >> (32 * odd);
    metarl_pairs x1 = (metarl_pairs)counter[1] >> (32 * odd);
    metarl_pairs x2 = (metarl_pairs)counter[2] >> (32 * odd);
    metarl_pairs x3 = (metarl_pairs)counter[3] >> (32 * odd);
    metarl_pairs k0 = (metarl_pairs)*key0 >> (32 * odd), k1 = (metarl_pairs)*key1 >> (32 * odd);
#pragma clang loop unroll(full)
    for (int round = 0; round < 10; round++) {
      const metarl_pairs product0 = (x0 & 0xffffffffu) * 0xD2511F53u;
      const metarl_pairs product1 = (x2 & 0xffffffffu) * 0xCD9E8D57u;
      x0 = (product1 >> 32) ^ x1 ^ k0;
      x1 = product1;
      x2 = (product0 >> 32) ^ x3 ^ k1;
      x3 = product0;
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    halves[odd][0] = x0;
    halves[odd][1] = x1;
    halves[odd][2] = x2;
    halves[odd][3] = x3;
  }
#pragma clang loop unroll(full)
  for (int word = 0; word < 4; word++) {
    counter[word] = (metarl_words)((halves[0][word] & 0xffffffffu) | (halves[1][word] << 32));
  }
}

/// Sine and cosine of `turns` · 2π for 0 ≤ turns < 1, absolute error below 1e-7.
METARL_INLINE void metarl_sine_cosine_of_turns(float turns, float *sine, float *cosine) {
  const float magic = 12582912.0f;  // 1.5 · 2²³ rounds to the nearest whole number
  float quarters = turns * 4.0f;
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

/// Blocks `16 · group ..< 16 · group + 16` of row `row` of `key`, one word of all after the other:
/// words[4 × 16].
METARL_INLINE void metarl_blocks(uint64_t key, uint64_t row, uint64_t group, uint32_t *words) {
  uint32_t lanes[16];
  for (int i = 0; i < 16; i++) lanes[i] = (uint32_t)(16 * group) + (uint32_t)i;
  metarl_words counter[4];
  memcpy(&counter[0], lanes, sizeof counter[0]);
  const metarl_words zero = {0};
  counter[1] = zero + (uint32_t)((16 * group) >> 32);
  counter[2] = zero + (uint32_t)row;
  counter[3] = zero + (uint32_t)(row >> 32);
  const metarl_words key0 = zero + (uint32_t)key, key1 = zero + (uint32_t)(key >> 32);
  metarl_philox(counter, &key0, &key1);
  memcpy(words, counter, sizeof counter);
}

enum { METARL_NORMALS = 64 };

/// Standard normal numbers `64 · group ..< 64 · group + 64` of row `row` of `key`, by Box and Muller.
///
/// Number i of a group comes from words of the block with the counter (16 · group + i mod 16, row):
/// words 0 and 1 give the numbers of the first and second sixteen, words 2 and 3 the others.
METARL_INLINE void metarl_normals(uint64_t key, uint64_t row, uint64_t group, float *out) {
  uint32_t words[METARL_NORMALS];
  metarl_blocks(key, row, group, words);
  for (int half = 0; half < 2; half++) {
    const uint32_t *first = words + 32 * half, *second = first + 16;
    float *cosines = out + 32 * half, *sines = cosines + 16;
    METARL_VECTORIZE_ABREAST(2)
    for (int i = 0; i < 16; i++) {
      float u = ((float)first[i] + 0.5f) * 0x1p-32f;
      float radius = __builtin_elementwise_sqrt(-2.0f * metarl_log_of_positive(u));
      float sine, cosine;
      metarl_sine_cosine_of_turns((float)(second[i] >> 8) * 0x1p-24f, &sine, &cosine);
      cosines[i] = radius * cosine;
      sines[i] = radius * sine;
    }
  }
}
