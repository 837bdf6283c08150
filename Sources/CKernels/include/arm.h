#pragma once
#include "rows.h"

/// Seconds from one action to the next.
#define METARL_ARM_TIME_STEP 0.02
/// Steps of the integrator within that time.
#define METARL_ARM_SUBSTEPS 4
/// Metres from the goal at which the reward has fallen to one half.
#define METARL_ARM_REWARD_WIDTH 0.1
/// Weight of the squared torques, as shares of their limits, in the reward.
#define METARL_ARM_EFFORT_WEIGHT 0.01
/// Metres from the goal within which a step counts as on target.
#define METARL_ARM_TARGET_RADIUS 0.05

/// Numbers of a state, in the order of its columns: angles in radians, speeds in radians per second.
enum { METARL_ARM_SHOULDER, METARL_ARM_ELBOW, METARL_ARM_SHOULDER_SPEED, METARL_ARM_ELBOW_SPEED };

/// Constants of a row, in the order of their columns.
enum {
  METARL_ARM_INERTIA,         // inertia about the shoulder without the coupling, kg m²
  METARL_ARM_COUPLING,        // times the cosine of the elbow: the coupling of the links, kg m²
  METARL_ARM_ELBOW_INERTIA,   // inertia about the elbow, kg m²
  METARL_ARM_DAMPING,         // of both joints, N m s
  METARL_ARM_SHOULDER_TORQUE, // the largest torques, N m
  METARL_ARM_ELBOW_TORQUE,
  METARL_ARM_SHOULDER_LIMIT,  // the largest angles, rad
  METARL_ARM_ELBOW_LIMIT,
  METARL_ARM_UPPER_LENGTH,    // lengths of the links, m
  METARL_ARM_LOWER_LENGTH,
  METARL_ARM_GOAL_X,          // where the tip should be, m
  METARL_ARM_GOAL_Y,
};

/// One step of two-joint arms under torques `action × largest torque`, actions clipped to ±1. Counts
/// the steps that end on target.
void metarl_arm_advance(const metarl_rows *rows);

/// Observations of two-joint arms: cosine and sine of both angles, both speeds, the tip, and if
/// `shows_goal` the difference from the tip to the goal.
void metarl_arm_observe(const metarl_rows *rows, int shows_goal);
