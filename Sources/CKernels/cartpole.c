// Cart-poles stepped side by side. The arithmetic, operation by operation, is that of `CartPole` in
// Swift, so that both give the same bits; hence no contraction to fused multiply-adds.
#include "cartpole.h"

#pragma STDC FP_CONTRACT OFF

#if defined(__x86_64__)
#define METARL_CLONES                                                          \
  __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define METARL_CLONES
#endif

enum { block = 64 };

/// Advances up to `block` rows. The state arrays are `stride` apart.
static inline __attribute__((always_inline)) void
advance(int64_t count, int64_t stride, double *restrict state, int64_t *restrict steps,
        int64_t horizon, const float *restrict actions, float *restrict executed,
        float *restrict observations, uint8_t *restrict ends) {
  double *restrict positions = state;
  double *restrict velocities = state + stride;
  double *restrict angles = state + 2 * stride;
  double *restrict spins = state + 3 * stride;
  int64_t codes[block];
  for (int64_t row = 0; row < count; row++) {
    double x = positions[row], v = velocities[row], angle = angles[row], spin = spins[row];
    double force = actions[row] >= 0.5f ? 10.0 : -10.0;
    double square = angle * angle;
    double sine =
        angle *
        (1.0 +
         square *
             (-1.0 / 6 +
              square * (1.0 / 120 +
                        square * (-1.0 / 5040 +
                                  square * (1.0 / 362880 + square * (-1.0 / 39916800))))));
    double cosine =
        1.0 +
        square *
            (-1.0 / 2 +
             square *
                 (1.0 / 24 +
                  square * (-1.0 / 720 +
                            square * (1.0 / 40320 +
                                      square * (-1.0 / 3628800 + square * (1.0 / 479001600))))));
    double push = (force + 0.05 * (spin * spin) * sine) / 1.1;
    double angular = (9.8 * sine - cosine * push) /
                     (0.5 * (4.0 / 3.0 - 0.1 * (cosine * cosine) / 1.1));
    double linear = push - 0.05 * angular * cosine / 1.1;
    x = x + 0.02 * v;
    v = v + 0.02 * linear;
    angle = angle + 0.02 * spin;
    spin = spin + 0.02 * angular;
    positions[row] = x;
    velocities[row] = v;
    angles[row] = angle;
    spins[row] = spin;
    int64_t taken = steps[row] + 1;
    steps[row] = taken;
    const double widest = 12 * 2 * 3.141592653589793 / 360;
    int64_t fell = (x < -2.4) | (x > 2.4) | (angle < -widest) | (angle > widest);
    codes[row] = fell | (taken >= horizon ? 2 : 0);
  }
  for (int64_t row = 0; row < count; row++) {
    ends[row] = (uint8_t)codes[row];
    executed[row] = actions[row] >= 0.5f ? 1.0f : 0.0f;
  }
  for (int64_t row = 0; row < count; row++) {
    observations[4 * row] = (float)positions[row];
    observations[4 * row + 1] = (float)velocities[row];
    observations[4 * row + 2] = (float)angles[row];
    observations[4 * row + 3] = (float)spins[row];
  }
}

METARL_CLONES
void metarl_cartpole_step(int64_t count, int64_t stride, double *state, int64_t *steps,
                          int64_t horizon, const float *actions, float *executed,
                          float *observations, uint8_t *ends) {
  for (int64_t first = 0; first < count; first += block) {
    int64_t rows = count - first < block ? count - first : block;
    advance(rows, stride, state + first, steps + first, horizon, actions + first,
            executed + first, observations + 4 * first, ends + first);
  }
}
