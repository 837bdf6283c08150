// A step of stochastic spike response neurons, and what reaches them.
#include "mathematics.h"
#include "spore.h"

/// Steps `count` neurons from `first` and adds those that fire to the `found` ones. Where this is inlined,
/// `count` is known: several vectors side by side, as each number takes a long chain of operations.
METARL_INLINE int32_t step_neurons(const metarl_spike_response *constants,
                                   const metarl_spike_response_state *state, int32_t first,
                                   const int32_t count, const uint32_t *words, float *trace,
                                   int32_t *spikes, int32_t found) {
  const metarl_spike_response c = *constants;
  const metarl_spike_response_state s = *state;
  int32_t fired[count];
  METARL_VECTORIZE_ABREAST(4)
  for (int32_t i = first; i < first + count; i++) {
    const float arriving = s.excitation[i], inhibiting = s.inhibition[i];
    float slow = s.excitation_slow[i] * c.excitation_slow + arriving;
    float fast = s.excitation_fast[i] * c.excitation_fast + arriving;
    float inhibition_slow = s.inhibition_slow[i] * c.inhibition_slow + inhibiting;
    float inhibition_fast = s.inhibition_fast[i] * c.inhibition_fast + inhibiting;
    s.excitation[i] = 0.0f;
    s.inhibition[i] = 0.0f;
    const float potential = c.excitation_scale * (slow - fast) +
                            c.inhibition_scale * (inhibition_slow - inhibition_fast) + c.current;
    const float v = potential - (float)s.threshold[i];
    const float rate = c.linear * v + c.exponential * metarl_exp(metarl_clamp(c.slope * v, -87.0f, 50.0f));
    const float x = rate > 0.0f ? rate * c.step : 0.0f;
    // 1 − e^{−x} without the loss of digits at small x
    const float series = x * (1.0f - x * (0.5f - x * (1.0f / 6.0f - x * (1.0f / 24.0f))));
    const float p = x < 0.05f ? series : 1.0f - metarl_exp(-x);
    const int32_t dead = s.dead[i];
    const int32_t spike = (dead == 0) & ((float)words[i] * 0x1p-32f < p);
    trace[i] = dead == 0 ? (spike ? 1.0f : 0.0f) - p : 0.0f;
    s.dead[i] = spike ? c.dead_steps : (dead > 0 ? dead - 1 : 0);
    const int32_t clears = spike & c.resets;
    s.excitation_slow[i] = clears ? 0.0f : slow;
    s.excitation_fast[i] = clears ? 0.0f : fast;
    s.inhibition_slow[i] = clears ? 0.0f : inhibition_slow;
    s.inhibition_fast[i] = clears ? 0.0f : inhibition_fast;
    fired[i - first] = spike;
  }
  if (c.threshold_increase != 0.0) {
    METARL_VECTORIZE
    for (int32_t i = first; i < first + count; i++) {
      s.threshold[i] += fired[i - first] * c.threshold_increase - c.threshold_decrease;
    }
  }
  // Every neuron is written down and stays where the next one does not take its place: who fires cannot
  // be foreseen.
  for (int32_t i = first; i < first + count; i++) {
    spikes[found] = i;
    found += fired[i - first];
  }
  return found;
}

METARL_CLONES
int32_t metarl_spike_response_step(const metarl_spike_response *constants,
                                   const metarl_spike_response_state *state, int32_t stride,
                                   const uint32_t *words, float *trace, int32_t *spikes) {
  enum { MANY = 4 * METARL_SPORE_LANES };
  int32_t first = 0, found = 0;
  for (; first + MANY <= stride; first += MANY) {
    found = step_neurons(constants, state, first, MANY, words, trace, spikes, found);
  }
  for (; first < stride; first += METARL_SPORE_LANES) {
    found = step_neurons(constants, state, first, METARL_SPORE_LANES, words, trace, spikes, found);
  }
  return found;
}

METARL_CLONES
void metarl_add_weight_rows(const float *weights, int64_t stride, const int32_t *rows, int32_t count,
                            float *out) {
  for (int32_t k = 0; k < count; k++) {
    const float *row = weights + rows[k] * stride;
    METARL_VECTORIZE
    for (int64_t j = 0; j < stride; j++) out[j] += row[j];
  }
}
