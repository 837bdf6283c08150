// Presynaptic filters as a list of their jumps; in between they decay by known powers, so that a step
// without a spike costs nothing.
#include "dispatch.h"
#include "spore.h"

METARL_INLINE void jump(metarl_traces *t, int32_t source, int32_t step, float slow, float fast) {
  t->slow[source] += slow;
  t->fast[source] += fast;
  t->events[t->event_count] =
      (metarl_trace_event){.step = step, .previous = t->latest[source], .slow = slow, .fast = fast};
  t->latest[source] = t->event_count++;
}

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
  if (cut) jump(t, source, start + steps, -t->slow[source], -t->fast[source]);
}

void metarl_traces_begin(metarl_traces *traces, int32_t sources) {
  traces->event_count = 0;
  for (int32_t source = 0; source < sources; source++) {
    const float f = traces->slow[source], d = traces->fast[source];
    traces->latest[source] = -1;
    traces->position[source] = 0;
    if (f <= 0.0f) continue;
    traces->slow[source] = traces->fast[source] = 0.0f;
    jump(traces, source, 0, f, d);
  }
}

void metarl_traces_add(metarl_traces *traces, const metarl_synaptic_filter *filter,
                       const int32_t *spikes, int32_t count, int32_t step) {
  for (int32_t i = 0; i < count; i++) {
    decay(traces, filter, spikes[i], step + 1);
    jump(traces, spikes[i], step + 1, 1.0f, 1.0f);
  }
}

void metarl_traces_finish(metarl_traces *traces, const metarl_synaptic_filter *filter,
                          int32_t sources, int32_t steps) {
  for (int32_t source = 0; source < sources; source++) decay(traces, filter, source, steps);
}
