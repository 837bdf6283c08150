#pragma once
#include <stdint.h>

/// Rows of a batch, as a kernel of an environment steps them.
///
/// The numbers of states and constants lie in columns: number k of row r is at `k * stride + r`.
/// Everything else lies row after row.
typedef struct {
  /// How many rows.
  int64_t count;
  /// How far a column is from the next.
  int64_t stride;
  /// What changes within an episode.
  double *states;
  /// What the task determines.
  const double *constants;
  /// What the agent does.
  const float *actions;
  /// Receives what the world made of it.
  float *executed;
  /// Receives the rewards.
  float *rewards;
  /// What is counted; the kernel adds to it.
  float *counters;
  /// Receives 1 where the step led to a final state, else 0.
  uint8_t *ends;
  /// Receives what the agent sees.
  float *observations;
} metarl_rows;
