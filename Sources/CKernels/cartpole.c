// Cart-poles stepped side by side. A row's result does not depend on how many rows there are, to the
// bit; hence no contraction to fused multiply-adds, which the remainder of a vectorised loop may lack.
#include "cartpole.h"

#include "dispatch.h"

#pragma STDC FP_CONTRACT OFF

METARL_CLONES
void metarl_cartpole_advance(const metarl_rows *rows) {
  double *restrict positions = rows->states;
  double *restrict velocities = rows->states + rows->stride;
  double *restrict angles = rows->states + 2 * rows->stride;
  double *restrict spins = rows->states + 3 * rows->stride;
  const float *restrict actions = rows->actions;
  float *restrict executed = rows->executed;
  float *restrict rewards = rows->rewards;
  uint8_t *restrict ends = rows->ends;
  const int64_t count = rows->count;
  METARL_VECTORIZE
  for (int64_t row = 0; row < count; row++) {
    double x = positions[row], v = velocities[row], angle = angles[row], spin = spins[row];
    double force = actions[row] >= 0.5f ? 10.0 : -10.0;
    // Taylor sums, whose first omitted terms are below half a unit in the last place for angles up
    // to 0.25.
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
    const double widest = 12 * 2 * 3.141592653589793 / 360;
    ends[row] = (uint8_t)((x < -2.4) | (x > 2.4) | (angle < -widest) | (angle > widest));
    executed[row] = actions[row] >= 0.5f ? 1.0f : 0.0f;
    rewards[row] = 1.0f;
  }
}

METARL_CLONES
void metarl_cartpole_observe(const metarl_rows *rows) {
  const double *restrict states = rows->states;
  float *restrict observations = rows->observations;
  int64_t stride = rows->stride;
  for (int64_t row = 0; row < rows->count; row++) {
    for (int number = 0; number < 4; number++) {
      observations[4 * row + number] = (float)states[number * stride + row];
    }
  }
}
