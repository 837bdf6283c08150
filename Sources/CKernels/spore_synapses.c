// Plastic synapses: a block of steps at once, and the noisy step of their parameters that follows it.
#include <string.h>

#include "mathematics.h"
#include "random.h"
#include "spore.h"

// MARK: A block of steps

METARL_CLONES
void metarl_spore_factors(const metarl_synaptic_filter *filter, const float *trace,
                          int64_t trace_stride, int32_t steps, int32_t products,
                          const float *scale, int32_t stride, float *jumps, float *spikes) {
  const metarl_synaptic_filter c = *filter;
  const int64_t row = 2 * (int64_t)stride;
  memset(jumps + steps * products * row, 0, (size_t)(products * row) * sizeof(float));
  memset(spikes + steps * products * (int64_t)stride, 0, (size_t)(products * stride) * sizeof(float));
  for (int32_t step = steps - 1; step >= 0; step--) {
    const float *now = trace + step * trace_stride;
    for (int32_t j = 0; j < products; j++) {
      const float factor = c.scale * scale[(int64_t)j * steps + step];
      float *slow = jumps + ((int64_t)step * products + j) * row, *fast = slow + stride;
      float *both = spikes + ((int64_t)step * products + j) * stride;
      const float *next_slow = slow + products * row, *next_fast = fast + products * row;
      METARL_VECTORIZE
      for (int32_t k = 0; k < stride; k++) {
        const float term = now[k] * factor;
        slow[k] = c.slow * (next_slow[k] + term);
        fast[k] = c.fast * (next_fast[k] + term);
        both[k] = slow[k] - fast[k];
      }
    }
  }
}

typedef float vector __attribute__((vector_size(4 * METARL_SPORE_LANES), aligned(4)));

/// Vectors of targets at most that share a pass through the jumps of a source.
enum { WIDEST = 4 };

#define UNROLL _Pragma("clang loop unroll(full)")

/// What jumps of f by `slow` and of d by `fast` before step `step` add to the sums of each product.
METARL_INLINE void add_jump(const metarl_spore_block *b, int32_t step, float slow, float fast,
                            int32_t column, const int width, const int products,
                            vector sums[][WIDEST]) {
  const float *factor = b->jump_factors + (int64_t)step * products * 2 * b->stride + column;
  UNROLL for (int j = 0; j < products; j++, factor += 2 * (int64_t)b->stride) {
    UNROLL for (int i = 0; i < width; i++) {
      const vector *f = (const vector *)(factor + i * METARL_SPORE_LANES);
      const vector *d = (const vector *)(factor + b->stride + i * METARL_SPORE_LANES);
      sums[j][i] += slow * *f - fast * *d;
    }
  }
}

/// Advances the synapses from one source to `width` vectors of targets from `column`: the sums over its
/// jumps stay in registers and serve all parallel synapses of a pair. Where this is inlined, `width` and
/// `products` are known.
METARL_INLINE void advance_targets(const metarl_spore_block *b, int32_t source, int32_t column,
                                   const int width, const int products) {
  const int64_t row = b->stride;
  vector sums[3][WIDEST] = {0};
  add_jump(b, 0, b->slow[source], b->fast[source], column, width, products, sums);
  for (int32_t k = b->first_spike[source]; k < b->first_spike[source + 1]; k++) {
    const float *factor = b->spike_factors + b->spikes[k] * products * row + column;
    UNROLL for (int j = 0; j < products; j++, factor += row) {
      UNROLL for (int i = 0; i < width; i++) {
        sums[j][i] += *(const vector *)(factor + i * METARL_SPORE_LANES);
      }
    }
  }
  for (int32_t k = b->last_cut[source]; k >= 0; k = b->cuts[k].previous) {
    const metarl_trace_cut cut = b->cuts[k];
    add_jump(b, cut.step, -cut.slow, -cut.fast, column, width, products, sums);
  }
  int64_t first = (int64_t)source * b->layers * row + column;
  for (int32_t layer = 0; layer < b->layers; layer++, first += row) {
    UNROLL for (int i = 0; i < width; i++) {
      const int64_t at = first + i * METARL_SPORE_LANES;
      const vector w = *(const vector *)(b->weight + at);
      vector *e = (vector *)(b->eligibility + at), *g = (vector *)(b->gradient + at);
      const vector e0 = *e;
      *e = e0 * b->eligibility_decay + w * sums[0][i];
      *g = *g * b->gradient_decay + e0 * b->gradient_carry + w * sums[1][i];
      if (products == 3) {
        vector *theta = (vector *)(b->theta + at), *rest = (vector *)(b->rest + at);
        const vector before = *theta, by = e0 * b->direct_carry + w * sums[2][i] + *rest;
        *theta = before + by;
        *rest = by - (*theta - before);
      }
    }
  }
}

METARL_INLINE void advance(const metarl_spore_block *b, int32_t first, int32_t last,
                           const int products) {
  for (int32_t source = first; source < last; source++) {
    int32_t column = 0;
    for (; column + WIDEST * METARL_SPORE_LANES <= b->stride; column += WIDEST * METARL_SPORE_LANES) {
      advance_targets(b, source, column, WIDEST, products);
    }
    for (; column < b->stride; column += METARL_SPORE_LANES) {
      advance_targets(b, source, column, 1, products);
    }
  }
}

METARL_CLONES
void metarl_spore_advance(const metarl_spore_block *block, int32_t first, int32_t last) {
  const metarl_spore_block b = *block;
  if (b.products == 3) {
    advance(&b, first, last, 3);
  } else {
    advance(&b, first, last, 2);
  }
}

// MARK: Steps of θ

METARL_INLINE float weight_of(float theta, float scale, float offset) {
  const float weight = scale * metarl_exp(theta - offset);
  return theta >= 0.0f ? weight : 0.0f;
}

/// Synapses that get their noise at once, a multiple of 64.
enum { NOISE = 1024 };

/// Adds noise to the gradients of those synapses that have one.
METARL_INLINE void disturb_gradients(const metarl_spore_langevin *langevin, int32_t count,
                                     const float *noise, const float *weight, float *gradient) {
  const float deviation = langevin->gradient_noise;
  const float retracted_deviation = langevin->simulates_retracted ? deviation : 0.0f;
  METARL_VECTORIZE
  for (int32_t i = 0; i < count; i++) {
    gradient[i] += (weight[i] > 0.0f ? deviation : retracted_deviation) * noise[i];
  }
}

/// Moves θ and what follows it. Where this is inlined, `deletes` is known.
METARL_INLINE void move_parameters(const metarl_spore_langevin *langevin, int32_t count,
                                   const int deletes, const float *noise, float *theta, float *rest, float *weight,
                                   float *eligibility, float *gradient) {
  const metarl_spore_langevin c = *langevin;
  const float retracted_memory = c.simulates_retracted ? 1.0f : 0.0f;
  METARL_VECTORIZE_ABREAST(4)
  for (int32_t i = 0; i < count; i++) {
    const float before = theta[i];
    const float pull = metarl_clamp(c.gradient_scale * gradient[i], -c.gradient_limit, c.gradient_limit);
    const float by = c.rate * pull +
                     (c.noise * noise[i] + (c.prior_pull * (c.prior_mean - before) + rest[i]));
    float after = before + by;
    rest[i] = by - (after - before);
    after = after < c.minimum ? c.minimum : after;
    after = after > c.maximum ? c.maximum : after;
    if (deletes) after = after < 0.0f ? METARL_SPORE_ABSENT : after;
    after = before <= METARL_SPORE_ABSENT ? METARL_SPORE_ABSENT : after;
    theta[i] = after;
    const float now = weight_of(after, c.weight_scale, c.weight_offset);
    const float remembered = now > 0.0f ? 1.0f : retracted_memory;
    weight[i] = now;
    eligibility[i] *= remembered;
    gradient[i] *= remembered;
  }
}

METARL_CLONES
void metarl_spore_update(const metarl_spore_langevin *langevin, int64_t first, int64_t last,
                         float *theta, float *rest, float *weight, float *eligibility,
                         float *gradient) {
  const metarl_spore_langevin c = *langevin;
  _Alignas(64) float noise[NOISE];
  if (c.noise <= 0.0f) memset(noise, 0, sizeof noise);
  for (int64_t start = first; start < last; start += NOISE) {
    const int32_t count = (int32_t)(last - start < NOISE ? last - start : NOISE);
    if (c.gradient_noise > 0.0f) {
      metarl_normal_numbers(c.gradient_key, c.update, start, count, noise);
      disturb_gradients(&c, count, noise, weight + start, gradient + start);
    }
    if (c.noise > 0.0f) metarl_normal_numbers(c.key, c.update, start, count, noise);
    float *t = theta + start, *r = rest + start, *w = weight + start;
    float *e = eligibility + start, *g = gradient + start;
    if (c.deletes_retracted) {
      move_parameters(&c, count, 1, noise, t, r, w, e, g);
    } else {
      move_parameters(&c, count, 0, noise, t, r, w, e, g);
    }
  }
}

METARL_CLONES
void metarl_spore_weights(const metarl_spore_langevin *langevin, int64_t count, const float *theta,
                          float *weight) {
  const float scale = langevin->weight_scale, offset = langevin->weight_offset;
  METARL_VECTORIZE
  for (int64_t i = 0; i < count; i++) weight[i] = weight_of(theta[i], scale, offset);
}

METARL_CLONES
void metarl_spore_sum_layers(const float *weight, int32_t first, int32_t last, int32_t layers,
                             int32_t stride, float *out) {
  for (int32_t source = first; source < last; source++) {
    float *to = out + (int64_t)source * stride;
    const float *from = weight + (int64_t)source * layers * stride;
    memcpy(to, from, (size_t)stride * sizeof(float));
    for (int32_t layer = 1; layer < layers; layer++) {
      METARL_VECTORIZE
      for (int32_t j = 0; j < stride; j++) to[j] += from[(int64_t)layer * stride + j];
    }
  }
}
