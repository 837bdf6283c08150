// Presynaptic filters as a list of their jumps; in between they decay by known powers, so that a step
// without a spike costs nothing.
#include <string.h>

#include "dispatch.h"
#include "spore.h"

/// How many steps f takes to fall below the cutoff, below which it is after `steps`.
METARL_INLINE int32_t steps_to_cutoff(const metarl_synaptic_filter *filter, float f, int32_t steps) {
  int32_t above = -1, below = steps;
  while (below - above > 1) {
    const int32_t middle = (above + below) / 2;
    if (f * filter->slow_powers[middle] < filter->cutoff) {
      below = middle;
    } else {
      above = middle;
    }
  }
  return below;
}

/// Lets the filters of a source decay until `step`, or until they are cut off.
METARL_INLINE void decay(metarl_traces *t, const metarl_synaptic_filter *filter, int32_t source,
                         int32_t step) {
  const int32_t start = t->position[source];
  const float f = t->slow[source], d = t->fast[source];
  t->position[source] = step;
  if (f <= 0.0f) return;
  int32_t steps = step - start;
  const int32_t cut = f * filter->slow_powers[steps] < filter->cutoff;
  if (cut) steps = steps_to_cutoff(filter, f, steps);
  t->slow[source] = f * filter->slow_powers[steps];
  t->fast[source] = d * filter->fast_powers[steps];
  if (!cut) return;
  t->cuts[t->cut_count] = (metarl_trace_cut){.step = start + steps,
                                             .previous = t->last_cut[source],
                                             .slow = t->slow[source],
                                             .fast = t->fast[source]};
  t->last_cut[source] = t->cut_count++;
  t->slow[source] = t->fast[source] = 0.0f;
}

void metarl_traces_begin(metarl_traces *traces, int32_t sources) {
  const size_t bytes = (size_t)sources * sizeof(float);
  traces->spike_count = traces->cut_count = 0;
  memset(traces->last_cut, -1, bytes);
  memset(traces->position, 0, bytes);
  memcpy(traces->first_slow, traces->slow, bytes);
  memcpy(traces->first_fast, traces->fast, bytes);
}

void metarl_traces_add(metarl_traces *traces, const metarl_synaptic_filter *filter,
                       const int32_t *spikes, int32_t count, int32_t step) {
  for (int32_t i = 0; i < count; i++) {
    const int32_t source = spikes[i];
    decay(traces, filter, source, step + 1);
    traces->slow[source] += 1.0f;
    traces->fast[source] += 1.0f;
    traces->spikes[traces->spike_count++] = (metarl_trace_spike){.source = source, .step = step + 1};
  }
}

void metarl_traces_finish(metarl_traces *traces, const metarl_synaptic_filter *filter,
                          int32_t sources, int32_t steps, int32_t *first_spike,
                          int32_t *spike_steps) {
  for (int32_t source = 0; source < sources; source++) decay(traces, filter, source, steps);
  // Counted one place further up, so that after the sums each number is where the next source begins …
  memset(first_spike, 0, ((size_t)sources + 2) * sizeof(int32_t));
  for (int32_t k = 0; k < traces->spike_count; k++) first_spike[traces->spikes[k].source + 2]++;
  for (int32_t source = 0; source < sources; source++) first_spike[source + 2] += first_spike[source + 1];
  // … and after the spikes are dealt out, where its own end.
  for (int32_t k = 0; k < traces->spike_count; k++) {
    const metarl_trace_spike spike = traces->spikes[k];
    spike_steps[first_spike[spike.source + 1]++] = spike.step;
  }
}
