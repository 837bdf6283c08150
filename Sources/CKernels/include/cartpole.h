#pragma once
#include "rows.h"

/// One step of cart-poles. A state is position, velocity, angle and angular velocity; there are no
/// constants. Actions of at least 0.5 push to the right and are executed as 1, others to the left
/// and as 0.
void metarl_cartpole_advance(const metarl_rows *rows);

/// Observations of cart-poles: the four numbers of the state.
void metarl_cartpole_observe(const metarl_rows *rows);
