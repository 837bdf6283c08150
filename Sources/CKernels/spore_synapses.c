// Plastic synapses: a block of steps at once, and the noisy step of their parameters that follows it.
#include <string.h>

#include "philox.h"
#include "spore.h"

// MARK: A block of steps

METARL_CLONES
void metarl_spore_factors(const metarl_synaptic_filter *filter, const float *trace,
                          int64_t trace_stride, int32_t steps, int32_t products,
                          const float *scale, int32_t stride, float *factors) {
  const metarl_synaptic_filter c = *filter;
  const int64_t row = 2 * (int64_t)stride;
  memset(factors + steps * products * row, 0, (size_t)(products * row) * sizeof(float));
  for (int32_t step = steps - 1; step >= 0; step--) {
    const float *now = trace + step * trace_stride;
    for (int32_t j = 0; j < products; j++) {
      const float factor = c.scale * scale[(int64_t)j * steps + step];
      float *slow = factors + ((int64_t)step * products + j) * row, *fast = slow + stride;
      const float *next_slow = slow + products * row, *next_fast = fast + products * row;
      METARL_VECTORIZE
      for (int32_t k = 0; k < stride; k++) {
        const float term = now[k] * factor;
        slow[k] = c.slow * (next_slow[k] + term);
        fast[k] = c.fast * (next_fast[k] + term);
      }
    }
  }
}

typedef float vector __attribute__((vector_size(4 * METARL_SPORE_LANES), aligned(4)));

/// Vectors of targets at most that share a pass through the events of a source.
enum { WIDEST = 3 };

#define UNROLL _Pragma("clang loop unroll(full)")

/// Advances the synapses from one source to `width` vectors of targets from `column`: the sums over its
/// events stay in registers and serve all parallel synapses of a pair. Where this is inlined, `width` and
/// `products` are known.
METARL_INLINE void advance_targets(const metarl_spore_block *b, int32_t source, int32_t column,
                                   const int width, const int products) {
  const int64_t row = b->stride, step = 2 * products * row;
  vector sum[WIDEST][3];
  UNROLL for (int i = 0; i < width; i++) {
    UNROLL for (int j = 0; j < products; j++) sum[i][j] = (vector){0};
  }
  for (int32_t k = b->latest[source]; k >= 0; k = b->events[k].previous) {
    const metarl_trace_event event = b->events[k];
    const float *factor = b->factors + event.step * step + column;
    UNROLL for (int j = 0; j < products; j++, factor += 2 * row) {
      UNROLL for (int i = 0; i < width; i++) {
        const vector slow = *(const vector *)(factor + i * METARL_SPORE_LANES);
        const vector fast = *(const vector *)(factor + row + i * METARL_SPORE_LANES);
        sum[i][j] += event.slow * slow - event.fast * fast;
      }
    }
  }
  int64_t first = (int64_t)source * b->layers * row + column;
  for (int32_t layer = 0; layer < b->layers; layer++, first += row) {
    UNROLL for (int i = 0; i < width; i++) {
      const int64_t at = first + i * METARL_SPORE_LANES;
      const vector w = *(const vector *)(b->weight + at);
      vector *e = (vector *)(b->eligibility + at), *g = (vector *)(b->gradient + at);
      const vector e0 = *e;
      *e = e0 * b->eligibility_decay + w * sum[i][0];
      *g = *g * b->gradient_decay + e0 * b->gradient_carry + w * sum[i][1];
      if (products == 3) {
        const vector move = e0 * b->direct_carry + w * sum[i][2];
        for (int k = 0; k < METARL_SPORE_LANES; k++) b->theta[at + k] += (double)move[k];
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

/// Adds noise to the gradients of a group of normal numbers, of those synapses that have one.
METARL_INLINE void disturb_gradients(const metarl_spore_langevin *langevin, uint64_t group,
                                     const float *weight, float *gradient) {
  const float deviation = langevin->gradient_noise;
  const float retracted_deviation = langevin->simulates_retracted ? deviation : 0.0f;
  float noise[METARL_NORMALS];
  metarl_normals(langevin->gradient_key, langevin->update, group, noise);
  METARL_VECTORIZE
  for (int i = 0; i < METARL_NORMALS; i++) {
    gradient[i] += (weight[i] > 0.0f ? deviation : retracted_deviation) * noise[i];
  }
}

METARL_CLONES
void metarl_spore_update(const metarl_spore_langevin *langevin, int64_t first, int64_t last,
                         double *theta, float *weight, float *eligibility, float *gradient) {
  const metarl_spore_langevin c = *langevin;
  const float retracted_memory = c.simulates_retracted ? 1.0f : 0.0f;
  const double deleted_below = c.deletes_retracted ? 0.0 : METARL_SPORE_ABSENT;
  for (int64_t start = first; start < last; start += METARL_NORMALS) {
    const uint64_t group = (uint64_t)start / METARL_NORMALS;
    double *t = theta + start;
    float *w = weight + start, *e = eligibility + start, *g = gradient + start;
    float noise[METARL_NORMALS], pull[METARL_NORMALS], strength[METARL_NORMALS];
    if (c.gradient_noise > 0.0f) disturb_gradients(&c, group, w, g);
    if (c.noise > 0.0f) {
      metarl_normals(c.key, c.update, group, noise);
    } else {
      memset(noise, 0, sizeof noise);
    }
    METARL_VECTORIZE_ABREAST(4)
    for (int i = 0; i < METARL_NORMALS; i++) {
      pull[i] = metarl_clamp(c.gradient_scale * g[i], -c.gradient_limit, c.gradient_limit);
      noise[i] *= c.noise;
    }
    METARL_VECTORIZE_ABREAST(4)
    for (int i = 0; i < METARL_NORMALS; i++) {
      const double before = t[i];
      double after = before + (c.prior_pull * (c.prior_mean - before) + c.rate * (double)pull[i] +
                               (double)noise[i]);
      after = after < c.minimum ? c.minimum : after;
      after = after > c.maximum ? c.maximum : after;
      after = after < deleted_below ? METARL_SPORE_ABSENT : after;
      after = before <= METARL_SPORE_ABSENT ? METARL_SPORE_ABSENT : after;
      t[i] = after;
      strength[i] = (float)after;
    }
    METARL_VECTORIZE_ABREAST(4)
    for (int i = 0; i < METARL_NORMALS; i++) {
      const float now = weight_of(strength[i], c.weight_scale, c.weight_offset);
      const float remembered = now > 0.0f ? 1.0f : retracted_memory;
      w[i] = now;
      e[i] *= remembered;
      g[i] *= remembered;
    }
  }
}

METARL_CLONES
void metarl_spore_weights(const metarl_spore_langevin *langevin, int64_t count, const double *theta,
                          float *weight) {
  const float scale = langevin->weight_scale, offset = langevin->weight_offset;
  METARL_VECTORIZE
  for (int64_t i = 0; i < count; i++) weight[i] = weight_of((float)theta[i], scale, offset);
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
