// Elementary functions in plain arithmetic, so that loops over them vectorise.
#pragma once
#include <stdint.h>
#include <string.h>

#include "dispatch.h"

METARL_INLINE float metarl_bits_to_float(int32_t bits) {
  float value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

METARL_INLINE int32_t metarl_float_to_bits(float value) {
  int32_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

// Either operand's NaN gets through, so that the guard against it sees it.
METARL_INLINE float metarl_minimum(float a, float b) { return ((a < b) | (a != a)) ? a : b; }
METARL_INLINE float metarl_maximum(float a, float b) { return ((a > b) | (a != a)) ? a : b; }

/// Clamps and lets NaN through, so that the guard against it sees it.
METARL_INLINE float metarl_clamp(float x, float low, float high) {
  x = x < low ? low : x;
  return x > high ? high : x;
}

/// exp, about 1 ulp: x = n ln 2 + r, a polynomial of degree 6 in r, scaled by 2ⁿ.
/// Below -87.3 the result is the smallest normal number, above 88.3 the largest of this scheme.
METARL_INLINE float metarl_exp(float x) {
  x = metarl_clamp(x, -87.33654f, 88.37626f);
  const float magic = 12582912.0f;  // 1.5 · 2²³ rounds to the nearest whole number
  float n = x * 1.44269504f + magic;
  int32_t shift = metarl_float_to_bits(n);
  n -= magic;
  float r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  return p * metarl_bits_to_float((int32_t)(((uint32_t)shift + 127u) << 23));
}

METARL_INLINE float metarl_sigmoid(float x) { return 1.0f / (1.0f + metarl_exp(-x)); }

/// tanh as an odd rational function of degree 13 over 6; absolute error below 3e-7.
METARL_INLINE float metarl_tanh(float x) {
  x = metarl_clamp(x, -7.90531111f, 7.90531111f);
  float s = x * x;
  float p = -2.76076847742355e-16f;
  p = p * s + 2.00018790482477e-13f;
  p = p * s - 8.60467152213735e-11f;
  p = p * s + 5.12229709037114e-08f;
  p = p * s + 1.48572235717979e-05f;
  p = p * s + 6.37261928875436e-04f;
  p = p * s + 4.89352455891786e-03f;
  float q = 1.19825839466702e-06f;
  q = q * s + 1.18534705686654e-04f;
  q = q * s + 2.26843463243900e-03f;
  q = q * s + 4.89352518554385e-03f;
  return x * p / q;
}

/// Natural logarithm of a positive normal number, about 1 ulp; some number for any other.
METARL_INLINE float metarl_log_of_positive(float x) {
  // Unsigned, as the difference wraps for some negative numbers.
  uint32_t bits = (uint32_t)metarl_float_to_bits(x);
  int32_t exponent = (int32_t)(bits - 0x3f3504f3u) >> 23;  // mantissa in [√½, √2)
  float m = metarl_bits_to_float((int32_t)(bits - ((uint32_t)exponent << 23))) - 1.0f;
  float e = (float)exponent;
  float z = m * m;
  float p = 7.0376836292e-2f;
  p = p * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  float y = p * m * z - e * 2.12194440e-4f - 0.5f * z;
  return m + y + e * 0.693359375f;
}

/// Natural logarithm; zero gives -infinity, negative NaN.
METARL_INLINE float metarl_log(float x) {
  float y = metarl_log_of_positive(x);
  y = x == 0.0f ? -__builtin_inff() : y;
  y = x == __builtin_inff() ? x : y;
  return x < 0.0f || x != x ? __builtin_nanf("") : y;
}

/// sin(x + quadrant · π/2): x = n π/2 + r, a polynomial in r for each parity of n. Absolute error below
/// 1e-7 for |x| up to 1000; it grows beyond, and the result stays within ±1.
METARL_INLINE float metarl_sine(float x, int32_t quadrant) {
  const float magic = 12582912.0f;  // 1.5 · 2²³ rounds to the nearest whole number
  float n = x * 0.636619772f + magic;
  int32_t turn = metarl_float_to_bits(n) + quadrant;
  n -= magic;
  float r = x - n * 1.5703125f;
  r = r - n * 4.837512969970703e-4f;
  r = metarl_clamp(r - n * 7.549789954891882e-8f, -1.0f, 1.0f);
  float s = r * r;
  float odd = -1.9515295891e-4f * s + 8.3321608736e-3f;
  odd = (odd * s - 1.6666654611e-1f) * s * r + r;
  float even = 2.443315711809948e-5f * s - 1.388731625493765e-3f;
  even = (even * s + 4.166664568298827e-2f) * s * s - 0.5f * s + 1.0f;
  float y = turn & 1 ? even : odd;
  return turn & 2 ? -y : y;
}
