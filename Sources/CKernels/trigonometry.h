// Sine and cosine in double precision, in plain arithmetic, so that loops over them vectorise.
#pragma once
#include "dispatch.h"

/// Sine and cosine for |x| up to about 10⁶, within 1.2e-16 of the true values near zero and a few
/// units in the last place elsewhere: x = n π/2 + r with |r| ≤ π/4, and Taylor sums in r whose first
/// omitted terms are below 5e-17. The same bits however many are computed side by side; the caller
/// must not allow contraction to fused multiply-adds.
METARL_INLINE void metarl_sine_cosine(double x, double *sine, double *cosine) {
#pragma STDC FP_CONTRACT OFF
  const double magic = 6755399441055744.0;  // 1.5 · 2⁵² rounds to the nearest whole number
  double n = (x * 0.6366197723675814 + magic) - magic;
  double r = x - n * 1.5707963267341256;     // the upper 33 bits of π/2: the product is exact
  r = r - n * 6.077100506506192e-11;
  double z = r * r;
  double s = -1.0 / 1307674368000.0;
  s = 1.0 / 6227020800.0 + z * s;
  s = -1.0 / 39916800.0 + z * s;
  s = 1.0 / 362880.0 + z * s;
  s = -1.0 / 5040.0 + z * s;
  s = 1.0 / 120.0 + z * s;
  s = -1.0 / 6.0 + z * s;
  s = r + r * z * s;
  double c = 1.0 / 20922789888000.0;
  c = -1.0 / 87178291200.0 + z * c;
  c = 1.0 / 479001600.0 + z * c;
  c = -1.0 / 3628800.0 + z * c;
  c = 1.0 / 40320.0 + z * c;
  c = -1.0 / 720.0 + z * c;
  c = 1.0 / 24.0 + z * c;
  c = -0.5 + z * c;
  c = 1.0 + z * c;
  // Quadrant n mod 4 in {0, 1, 2, 3} without integers: h = n mod 2, and the sign of n mod 4.
  double half = n * 0.5;
  double isOdd = 2.0 * (half - ((half - 0.25 + magic) - magic));       // 0 or 1
  double quarter = (n - isOdd) * 0.25;
  double isUpper = 2.0 * (quarter - ((quarter - 0.25 + magic) - magic));  // 0 or 1
  double sign = 1.0 - 2.0 * isUpper;
  *sine = sign * (isOdd != 0.0 ? c : s);
  *cosine = sign * (isOdd != 0.0 ? -s : c);
}
