#pragma once
#include <stdint.h>

/// Networks of stochastic spiking neurons with plastic synapses (SPORE): one step of neurons, and many
/// steps of synapses at once. Rows of neurons are padded to a multiple of METARL_SPORE_LANES.

#define METARL_SPORE_LANES 8

/// θ of places in the arrays that hold no synapse: it never moves. Anything at or below it counts.
#define METARL_SPORE_ABSENT -1e30f

// MARK: Neurons

/// A population's constants, as factors of one step.
typedef struct {
  float excitation_slow, excitation_fast, excitation_scale;
  float inhibition_slow, inhibition_fast, inhibition_scale;
  /// What is always added to the potential.
  float current;
  /// Firing rate: linear · V + exponential · e^{slope V}, per second.
  float linear, exponential, slope;
  /// Seconds of a step.
  float step;
  int32_t dead_steps;
  /// Whether a spike clears the potentials.
  int32_t resets;
  /// Subtracted from the threshold in every step, added at a spike.
  double threshold_decrease, threshold_increase;
} metarl_spike_response;

/// A population's state, arrays of one number a neuron.
typedef struct {
  float *excitation_slow, *excitation_fast, *inhibition_slow, *inhibition_fast;
  /// What arrives in this step; cleared by it.
  float *excitation, *inhibition;
  /// In double precision, as it is the sum of many small steps.
  double *threshold;
  /// Steps of the dead time that are left.
  int32_t *dead;
} metarl_spike_response_state;

/// One step of `stride` neurons. `words` are 32 random bits a neuron, `trace` receives spike −
/// probability, or 0 in the dead time, `spikes` the indices of those that fire, and has room for one
/// more. Returns their number.
int32_t metarl_spike_response_step(const metarl_spike_response *constants,
                                   const metarl_spike_response_state *state, int32_t stride,
                                   const uint32_t *words, float *trace, int32_t *spikes);

/// out[j] += Σ over `count` rows of weights[rows[i], j].
void metarl_add_weight_rows(const float *weights, int64_t stride, const int32_t *rows, int32_t count,
                            float *out);

// MARK: Presynaptic filters

/// A presynaptic filter: factors of one step of f and d, that of f − d, and the f that counts as zero.
typedef struct {
  float slow, fast, scale, cutoff;
  /// Powers of the factors, from 0 to the steps of a block.
  const float *slow_powers, *fast_powers;
} metarl_synaptic_filter;

/// A source fires in step `step` − 1 of the block: its f and d grow by 1 before step `step`.
typedef struct {
  int32_t source, step;
} metarl_trace_spike;

/// Before step `step` of the block f and d of a source, then `slow` and `fast`, are cut off.
typedef struct {
  int32_t step;
  /// The cut of the same source before this one, -1 for none.
  int32_t previous;
  float slow, fast;
} metarl_trace_cut;

/// The filters of all sources in a block of steps, and their jumps. There must be room for one more spike
/// and one more cut for each spike, and for a cut for each source.
typedef struct {
  /// f and d after `position` steps of the block.
  float *slow, *fast;
  int32_t *position;
  /// f and d at the beginning of the block.
  float *first_slow, *first_fast;
  /// Spikes in the order of time.
  metarl_trace_spike *spikes;
  int32_t spike_count;
  /// The last cut of each source, -1 for none.
  int32_t *last_cut;
  metarl_trace_cut *cuts;
  int32_t cut_count;
} metarl_traces;

/// Begins a block.
void metarl_traces_begin(metarl_traces *traces, int32_t sources);

/// Adds spikes emitted in step `step`, which show from the next one on.
void metarl_traces_add(metarl_traces *traces, const metarl_synaptic_filter *filter,
                       const int32_t *spikes, int32_t count, int32_t step);

/// Ends a block of `steps` steps and sorts its spikes by their sources: those of a source are
/// `first_spike[source] ..< first_spike[source + 1]` of `spike_steps`.
void metarl_traces_finish(metarl_traces *traces, const metarl_synaptic_filter *filter,
                          int32_t sources, int32_t steps, int32_t *first_spike,
                          int32_t *spike_steps);

// MARK: Synapses

/// A block of steps in which weights are constant, so that eligibilities and gradients are sums of
/// rank-one terms.
typedef struct {
  /// 2 for eligibility and gradient, 3 where θ follows the eligibility directly.
  int32_t products;
  /// Parallel synapses of a pair.
  int32_t layers;
  /// Numbers of a row of targets.
  int32_t stride;
  /// What is left of the eligibility e₀ and of the gradient at the end, and what e₀ adds to the gradient
  /// and to θ.
  float eligibility_decay, gradient_decay, gradient_carry, direct_carry;
  /// The presynaptic filters, see `metarl_traces`: f and d at the beginning, steps of the spikes of all
  /// sources and the first of each, cuts and the last of each source.
  const float *slow, *fast;
  const int32_t *spikes, *first_spike, *last_cut;
  const metarl_trace_cut *cuts;
  /// What jumps add to the sums, see `metarl_spore_factors`.
  const float *jump_factors, *spike_factors;
  /// [source × layer × stride]
  const float *weight;
  float *eligibility, *gradient;
  /// θ as a number and what rounding took from it, see `metarl_spore_update`.
  float *theta, *rest;
} metarl_spore_block;

/// Works out what a jump of a presynaptic filter before a step adds to the sums of a block, which is a
/// filter of the postsynaptic traces that runs backwards.
///
/// - Parameters:
///   - trace: `steps` rows of postsynaptic traces.
///   - scale: [products × steps], how much each step counts in each product.
///   - jumps: [(steps + 1) × products × 2 × stride], for f growing by 1 and for d growing by 1, which
///     counts negatively.
///   - spikes: [(steps + 1) × products × stride], for both: their difference.
void metarl_spore_factors(const metarl_synaptic_filter *filter, const float *trace,
                          int64_t trace_stride, int32_t steps, int32_t products,
                          const float *scale, int32_t stride, float *jumps, float *spikes);

/// Advances the synapses from sources `first ..< last` to all targets by the steps of the block.
void metarl_spore_advance(const metarl_spore_block *block, int32_t first, int32_t last);

/// The stochastic differential equation of θ over one interval.
typedef struct {
  float prior_mean;
  /// βΔ c_p
  float prior_pull;
  /// βΔ
  float rate;
  float minimum, maximum;
  /// c_g and the bound of its product with the gradient.
  float gradient_scale, gradient_limit;
  /// Deviations √(2βTΔ) of what is added to θ, and √(2 T_g βΔ) of what is added to the gradient.
  float noise, gradient_noise;
  /// w = weight_scale · e^{θ − weight_offset} for θ ≥ 0.
  float weight_scale, weight_offset;
  int32_t simulates_retracted, deletes_retracted;
  /// The streams of the noise, and the number of the update.
  uint64_t key, gradient_key, update;
} metarl_spore_langevin;

/// Updates synapses `first ..< last` of the flat arrays; `first` is a multiple of 64, and the arrays
/// are padded to one.
///
/// A step of θ may be less than the last digit of a float: `rest` is what rounding took from `theta` so
/// far and is added in the next step, so that steps add up as if θ had 48 bits.
void metarl_spore_update(const metarl_spore_langevin *langevin, int64_t first, int64_t last,
                         float *theta, float *rest, float *weight, float *eligibility,
                         float *gradient);

/// Weights of the synapses that have θ, as after an update.
void metarl_spore_weights(const metarl_spore_langevin *langevin, int64_t count, const float *theta,
                          float *weight);

/// out[source × stride] = Σ over layers of weight[source × layer × stride].
void metarl_spore_sum_layers(const float *weight, int32_t first, int32_t last, int32_t layers,
                             int32_t stride, float *out);
