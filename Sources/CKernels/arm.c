// Two-joint arms stepped side by side; `PlanarArm` in Swift has the equations. A row's result does not
// depend on how many rows there are, to the bit; hence no contraction to fused multiply-adds, which
// the remainder of a vectorised loop may lack.
#include "arm.h"

#include "trigonometry.h"

#pragma STDC FP_CONTRACT OFF

enum { block = 64 };

/// What the equations of motion know of one arm.
typedef struct {
  double inertia, coupling, elbow_inertia, damping, shoulder_torque, elbow_torque;
} mechanics;

/// Accelerations of both joints: the mass matrix [[m11, m12], [m12, elbow_inertia]] inverted.
METARL_INLINE void accelerations(mechanics arm, double elbow, double v1, double v2, double *a1,
                                 double *a2) {
  double sine, cosine;
  metarl_sine_cosine(elbow, &sine, &cosine);
  double h = arm.coupling * sine;
  double m11 = arm.inertia + 2.0 * arm.coupling * cosine;
  double m12 = arm.elbow_inertia + arm.coupling * cosine;
  double f1 = arm.shoulder_torque - arm.damping * v1 + h * v2 * (2.0 * v1 + v2);
  double f2 = arm.elbow_torque - arm.damping * v2 - h * v1 * v1;
  double determinant = m11 * arm.elbow_inertia - m12 * m12;
  *a1 = (arm.elbow_inertia * f1 - m12 * f2) / determinant;
  *a2 = (m11 * f2 - m12 * f1) / determinant;
}

/// One Runge–Kutta step of fourth order for both angles and speeds.
METARL_INLINE void integrate(mechanics arm, double step, double *q1, double *q2, double *v1,
                             double *v2) {
  double half = 0.5 * step;
  double a1, a2, b1, b2, c1, c2, d1, d2;
  accelerations(arm, *q2, *v1, *v2, &a1, &a2);
  double va1 = *v1 + half * a1, va2 = *v2 + half * a2;
  accelerations(arm, *q2 + half * *v2, va1, va2, &b1, &b2);
  double vb1 = *v1 + half * b1, vb2 = *v2 + half * b2;
  accelerations(arm, *q2 + half * va2, vb1, vb2, &c1, &c2);
  double vc1 = *v1 + step * c1, vc2 = *v2 + step * c2;
  accelerations(arm, *q2 + step * vb2, vc1, vc2, &d1, &d2);
  double sixth = step / 6.0;
  *q1 = *q1 + sixth * (*v1 + 2.0 * (va1 + vb1) + vc1);
  *q2 = *q2 + sixth * (*v2 + 2.0 * (va2 + vb2) + vc2);
  *v1 = *v1 + sixth * (a1 + 2.0 * (b1 + c1) + d1);
  *v2 = *v2 + sixth * (a2 + 2.0 * (b2 + c2) + d2);
}

METARL_INLINE double clamp(double x, double limit) {
  x = x < -limit ? -limit : x;
  return x > limit ? limit : x;
}

/// Whether a joint at its limit or beyond moves farther out.
METARL_INLINE int is_leaving(double angle, double speed, double limit) {
  return ((angle >= limit) & (speed > 0.0)) | ((angle <= -limit) & (speed < 0.0));
}

/// Stops joints at their limits without a rebound. The stop of the elbow acts within the arm, so the
/// angular momentum about the shoulder stays; that of the shoulder leaves the momentum of the elbow.
/// Where either stop alone would push the other joint out, both joints rest.
METARL_INLINE void stop_at_limits(mechanics arm, double shoulder_limit, double elbow_limit,
                                  double *q1, double *q2, double *v1, double *v2) {
  double sine, cosine, cosine_at_limit;
  metarl_sine_cosine(*q2, &sine, &cosine);
  double m12 = arm.elbow_inertia + arm.coupling * cosine;
  double p1 = (arm.inertia + 2.0 * arm.coupling * cosine) * *v1 + m12 * *v2;
  double p2 = m12 * *v1 + arm.elbow_inertia * *v2;
  int rests = is_leaving(*q1, p1, shoulder_limit) & is_leaving(*q2, p2, elbow_limit);
  int elbow_stops = is_leaving(*q2, *v2, elbow_limit);
  *q2 = clamp(*q2, elbow_limit);
  metarl_sine_cosine(*q2, &sine, &cosine_at_limit);
  double m11 = arm.inertia + 2.0 * arm.coupling * cosine_at_limit;
  m12 = arm.elbow_inertia + arm.coupling * cosine_at_limit;
  *v1 = elbow_stops ? p1 / m11 : *v1;
  *v2 = elbow_stops ? 0.0 : *v2;

  int shoulder_stops = is_leaving(*q1, *v1, shoulder_limit);
  *q1 = clamp(*q1, shoulder_limit);
  *v2 = shoulder_stops ? *v2 + m12 / arm.elbow_inertia * *v1 : *v2;
  *v1 = shoulder_stops ? 0.0 : *v1;
  *v2 = rests | is_leaving(*q2, *v2, elbow_limit) ? 0.0 : *v2;
  *v1 = rests ? 0.0 : *v1;
}

/// Where the tip is.
METARL_INLINE void tip(double sine1, double cosine1, double sine2, double cosine2, double upper,
                       double lower, double *x, double *y) {
  *x = upper * cosine1 + lower * (cosine1 * cosine2 - sine1 * sine2);
  *y = upper * sine1 + lower * (sine1 * cosine2 + cosine1 * sine2);
}

/// Advances up to `block` rows.
METARL_INLINE void advance(const metarl_rows *rows, int64_t first, int64_t count) {
  double *restrict states = rows->states + first;
  const double *restrict constants = rows->constants + first;
  const int64_t stride = rows->stride;
  double torques1[block], torques2[block], rewards[block], hits[block];

  for (int64_t row = 0; row < count; row++) {
    const float *action = rows->actions + 2 * (first + row);
    torques1[row] = clamp(action[0], 1.0);
    torques2[row] = clamp(action[1], 1.0);
  }
  METARL_VECTORIZE
  for (int64_t row = 0; row < count; row++) {
    rewards[row] = -METARL_ARM_EFFORT_WEIGHT *
                   (torques1[row] * torques1[row] + torques2[row] * torques2[row]);
    torques1[row] *= constants[METARL_ARM_SHOULDER_TORQUE * stride + row];
    torques2[row] *= constants[METARL_ARM_ELBOW_TORQUE * stride + row];
  }
  for (int substep = 0; substep < METARL_ARM_SUBSTEPS; substep++) {
    METARL_VECTORIZE
    for (int64_t row = 0; row < count; row++) {
      mechanics arm = {
          constants[METARL_ARM_INERTIA * stride + row],
          constants[METARL_ARM_COUPLING * stride + row],
          constants[METARL_ARM_ELBOW_INERTIA * stride + row],
          constants[METARL_ARM_DAMPING * stride + row],
          torques1[row],
          torques2[row],
      };
      double q1 = states[METARL_ARM_SHOULDER * stride + row];
      double q2 = states[METARL_ARM_ELBOW * stride + row];
      double v1 = states[METARL_ARM_SHOULDER_SPEED * stride + row];
      double v2 = states[METARL_ARM_ELBOW_SPEED * stride + row];
      integrate(arm, METARL_ARM_TIME_STEP / METARL_ARM_SUBSTEPS, &q1, &q2, &v1, &v2);
      stop_at_limits(arm, constants[METARL_ARM_SHOULDER_LIMIT * stride + row],
                     constants[METARL_ARM_ELBOW_LIMIT * stride + row], &q1, &q2, &v1, &v2);
      states[METARL_ARM_SHOULDER * stride + row] = q1;
      states[METARL_ARM_ELBOW * stride + row] = q2;
      states[METARL_ARM_SHOULDER_SPEED * stride + row] = v1;
      states[METARL_ARM_ELBOW_SPEED * stride + row] = v2;
    }
  }
  METARL_VECTORIZE
  for (int64_t row = 0; row < count; row++) {
    double sine1, cosine1, sine2, cosine2, x, y;
    metarl_sine_cosine(states[METARL_ARM_SHOULDER * stride + row], &sine1, &cosine1);
    metarl_sine_cosine(states[METARL_ARM_ELBOW * stride + row], &sine2, &cosine2);
    tip(sine1, cosine1, sine2, cosine2, constants[METARL_ARM_UPPER_LENGTH * stride + row],
        constants[METARL_ARM_LOWER_LENGTH * stride + row], &x, &y);
    double dx = constants[METARL_ARM_GOAL_X * stride + row] - x;
    double dy = constants[METARL_ARM_GOAL_Y * stride + row] - y;
    double distance = dx * dx + dy * dy;
    const double width = METARL_ARM_REWARD_WIDTH * METARL_ARM_REWARD_WIDTH;
    const double radius = METARL_ARM_TARGET_RADIUS * METARL_ARM_TARGET_RADIUS;
    rewards[row] += width / (width + distance);
    hits[row] = distance < radius ? 1.0 : 0.0;
  }
  for (int64_t row = 0; row < count; row++) {
    rows->executed[2 * (first + row)] = (float)torques1[row];
    rows->executed[2 * (first + row) + 1] = (float)torques2[row];
    rows->rewards[first + row] = (float)rewards[row];
    rows->counters[first + row] += (float)hits[row];
    rows->ends[first + row] = 0;
  }
}

METARL_CLONES
void metarl_arm_advance(const metarl_rows *rows) {
  for (int64_t first = 0; first < rows->count; first += block) {
    int64_t rest = rows->count - first;
    advance(rows, first, rest < block ? rest : block);
  }
}

METARL_CLONES
void metarl_arm_observe(const metarl_rows *rows, int shows_goal) {
  const int64_t stride = rows->stride;
  const int width = shows_goal ? 10 : 8;
  double seen[10][block];
  for (int64_t first = 0; first < rows->count; first += block) {
    int64_t rest = rows->count - first;
    int64_t count = rest < block ? rest : block;
    const double *restrict states = rows->states + first;
    const double *restrict constants = rows->constants + first;
    METARL_VECTORIZE
    for (int64_t row = 0; row < count; row++) {
      double sine1, cosine1, sine2, cosine2, x, y;
      metarl_sine_cosine(states[METARL_ARM_SHOULDER * stride + row], &sine1, &cosine1);
      metarl_sine_cosine(states[METARL_ARM_ELBOW * stride + row], &sine2, &cosine2);
      tip(sine1, cosine1, sine2, cosine2, constants[METARL_ARM_UPPER_LENGTH * stride + row],
          constants[METARL_ARM_LOWER_LENGTH * stride + row], &x, &y);
      seen[0][row] = cosine1;
      seen[1][row] = sine1;
      seen[2][row] = cosine2;
      seen[3][row] = sine2;
      seen[4][row] = states[METARL_ARM_SHOULDER_SPEED * stride + row];
      seen[5][row] = states[METARL_ARM_ELBOW_SPEED * stride + row];
      seen[6][row] = x;
      seen[7][row] = y;
      seen[8][row] = constants[METARL_ARM_GOAL_X * stride + row] - x;
      seen[9][row] = constants[METARL_ARM_GOAL_Y * stride + row] - y;
    }
    for (int64_t row = 0; row < count; row++) {
      float *observation = rows->observations + width * (first + row);
      for (int number = 0; number < width; number++) {
        observation[number] = (float)seen[number][row];
      }
    }
  }
}
