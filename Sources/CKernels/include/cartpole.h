#pragma once
#include <stdint.h>

/// One step of `count` cart-poles, structure of arrays.
///
/// `state` holds positions, then velocities, angles and angular velocities, each `stride` numbers
/// after the one before; `steps` counts the steps of each episode. `actions` of at least 0.5 push to
/// the right and `executed` receives 1, others to the left and 0. `observations` receives the new
/// states, four numbers a row, and `ends` 1 for a fall, 2 for the time limit, 3 for both.
void metarl_cartpole_step(int64_t count, int64_t stride, double *state, int64_t *steps,
                          int64_t horizon, const float *actions, float *executed,
                          float *observations, uint8_t *ends);
