#include "spore.h"

#include <string.h>

#include "philox.h"

enum { CHUNK = METARL_SPORE_CHUNK };

// MARK: Randomness

METARL_CLONES
void metarl_stream_words(const uint64_t *keys, int32_t count, int32_t stride, uint64_t position,
                         uint32_t *out) {
  const metarl_words zero = {0};
  const uint64_t block = position >> 2;
  for (int32_t first = 0; first < stride; first += 16) {
    uint32_t low[16], high[16];
    for (int32_t i = 0; i < 16; i++) {
      const uint64_t key = first + i < count ? keys[first + i] : 0;
      low[i] = (uint32_t)key;
      high[i] = (uint32_t)(key >> 32);
    }
    metarl_words counter[4] = {zero + (uint32_t)block, zero + (uint32_t)(block >> 32), zero, zero};
    metarl_words key0, key1;
    memcpy(&key0, low, sizeof key0);
    memcpy(&key1, high, sizeof key1);
    metarl_philox(counter, &key0, &key1);
    const int32_t filled = stride - first < 16 ? stride - first : 16;
    for (int word = 0; word < 4; word++) {
      memcpy(out + (int64_t)word * stride + first, &counter[word], (size_t)filled * sizeof(uint32_t));
    }
  }
  for (int word = 0; word < 4; word++) {
    for (int32_t i = count; i < stride; i++) out[(int64_t)word * stride + i] = 0xffffffffu;
  }
}

METARL_CLONES
void metarl_normal_numbers(uint64_t key, uint64_t row, int64_t first, int64_t count, float *out) {
  float normals[METARL_NORMALS];
  for (int64_t done = 0; done < count; done += METARL_NORMALS) {
    metarl_normals(key, row, (uint64_t)(first + done) / METARL_NORMALS, normals);
    const int64_t left = count - done < METARL_NORMALS ? count - done : METARL_NORMALS;
    memcpy(out + done, normals, (size_t)left * sizeof(float));
  }
}

METARL_CLONES
int32_t metarl_find_equal(const int64_t *numbers, int32_t count, int64_t value, int32_t *places) {
  int32_t found = 0, i = 0;
  for (; i + 16 <= count; i += 16) {
    int64_t any = 0;
    for (int j = 0; j < 16; j++) any |= numbers[i + j] == value;
    if (!any) continue;
    for (int32_t j = i; j < i + 16; j++) {
      if (numbers[j] == value) places[found++] = j;
    }
  }
  for (; i < count; i++) {
    if (numbers[i] == value) places[found++] = i;
  }
  return found;
}

// MARK: Neurons

METARL_CLONES
int32_t metarl_spike_response_step(const metarl_spike_response *constants,
                                   const metarl_spike_response_state *state, int32_t stride,
                                   const uint32_t *words, float *trace, int32_t *spikes) {
  const metarl_spike_response c = *constants;
  const metarl_spike_response_state s = *state;
  int32_t found = 0;
  for (int32_t first = 0; first < stride; first += METARL_SPORE_LANES) {
    float threshold[METARL_SPORE_LANES];
    int32_t fired[METARL_SPORE_LANES];
    int32_t any = 0;
    for (int32_t i = 0; i < METARL_SPORE_LANES; i++) threshold[i] = (float)s.threshold[first + i];
    METARL_VECTORIZE
    for (int32_t i = first; i < first + METARL_SPORE_LANES; i++) {
      const float arriving = s.excitation[i], inhibiting = s.inhibition[i];
      float slow = s.excitation_slow[i] * c.excitation_slow + arriving;
      float fast = s.excitation_fast[i] * c.excitation_fast + arriving;
      float inhibition_slow = s.inhibition_slow[i] * c.inhibition_slow + inhibiting;
      float inhibition_fast = s.inhibition_fast[i] * c.inhibition_fast + inhibiting;
      s.excitation[i] = 0.0f;
      s.inhibition[i] = 0.0f;
      const float potential = c.excitation_scale * (slow - fast) +
                              c.inhibition_scale * (inhibition_slow - inhibition_fast) + c.current;
      const float v = potential - threshold[i - first];
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
      any |= spike;
    }
    if (c.threshold_increase != 0.0) {
      for (int32_t i = 0; i < METARL_SPORE_LANES; i++) {
        s.threshold[first + i] += fired[i] * c.threshold_increase - c.threshold_decrease;
      }
    }
    if (!any) continue;
    for (int32_t i = 0; i < METARL_SPORE_LANES; i++) {
      if (fired[i]) spikes[found++] = first + i;
    }
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

// MARK: Presynaptic filters

METARL_CLONES
void metarl_synaptic_filter_step(const metarl_synaptic_filter *filter, int32_t chunks, float *slow,
                                 float *fast, uint8_t *live, uint8_t *recorded, float *peak,
                                 float *record, int32_t row, int32_t capacity) {
  const metarl_synaptic_filter c = *filter;
  for (int32_t chunk = 0; chunk < chunks; chunk++) {
    float *rows = record + (int64_t)chunk * capacity * CHUNK;
    float *now = rows + (int64_t)row * CHUNK;
    if (!live[chunk]) {
      if (recorded[chunk]) memset(now, 0, CHUNK * sizeof(float));
      continue;
    }
    if (!recorded[chunk]) {
      memset(rows, 0, (size_t)row * CHUNK * sizeof(float));
      recorded[chunk] = 1;
    }
    float *s = slow + (int64_t)chunk * CHUNK, *f = fast + (int64_t)chunk * CHUNK;
    float *largest = peak + (int64_t)chunk * CHUNK;
    int32_t any = 0;
    METARL_VECTORIZE
    for (int i = 0; i < CHUNK; i++) {
      const float a = s[i] * c.slow, b = f[i] * c.fast;
      const float y = c.scale * (a - b);
      now[i] = y;
      largest[i] = y > largest[i] ? y : largest[i];
      const int32_t lives = a >= c.cutoff;
      s[i] = lives ? a : 0.0f;
      f[i] = lives ? b : 0.0f;
      any |= lives;
    }
    live[chunk] = any != 0;
  }
}

// MARK: Synapses

typedef float vector16 __attribute__((vector_size(64), aligned(4)));
typedef float vector8 __attribute__((vector_size(32), aligned(4)));

/// Sources whose traces stay in the first-level cache while all targets are done.
enum { GROUP = 2 * CHUNK };

/// Sources of a tile at most.
enum { MOST = 8 };

/// The sources of a group: those with a trace in front, the silent ones behind.
typedef struct {
  int32_t sources[GROUP];
  int32_t active, count;
} source_group;

/// Defines `tile_N`, which advances the synapses from `m` sources to N targets from `column`: the sums
/// of the block stay in registers and serve all parallel synapses of a pair. Where the sources were
/// silent, the sums are zero and what was there decays in closed form.
#define DEFINE_TILE(WIDTH)                                                                       \
  METARL_INLINE void tile_##WIDTH(const metarl_spore_block *b, const float *factor,              \
                                  const int32_t *sources, int32_t column, const int m,           \
                                  const int products, const int silent) {                        \
    typedef vector##WIDTH vector;                                                                \
    vector sum[MOST][3];                                                                             \
    const float *trace[MOST];                                                                    \
    UNROLL for (int i = 0; i < m; i++) {                                                         \
      const int32_t chunk = sources[i] / CHUNK;                                                  \
      trace[i] = b->traces + (int64_t)chunk * b->capacity * CHUNK + sources[i] % CHUNK;          \
      UNROLL for (int j = 0; j < products; j++) sum[i][j] = (vector){0};                         \
    }                                                                                            \
    if (!silent) {                                                                               \
      for (int64_t step = 0; step < b->steps; step++, factor += products * WIDTH) {              \
        UNROLL for (int j = 0; j < products; j++) {                                              \
          const vector f = *(const vector *)(factor + j * WIDTH);                                \
          UNROLL for (int i = 0; i < m; i++) sum[i][j] += trace[i][step * CHUNK] * f;            \
        }                                                                                        \
      }                                                                                          \
    }                                                                                            \
    UNROLL for (int i = 0; i < m; i++) {                                                         \
      int64_t at = (int64_t)sources[i] * b->layers * b->stride + column;                         \
      for (int32_t layer = 0; layer < b->layers; layer++, at += b->stride) {                     \
        const vector w = *(const vector *)(b->weight + at);                                      \
        vector *e = (vector *)(b->eligibility + at), *g = (vector *)(b->gradient + at);          \
        const vector e0 = *e;                                                                    \
        *e = e0 * b->eligibility_decay + w * sum[i][0];                                          \
        *g = *g * b->gradient_decay + e0 * b->gradient_carry + w * sum[i][1];                    \
        if (products == 3) {                                                                     \
          const vector move = e0 * b->direct_carry + w * sum[i][2];                              \
          for (int k = 0; k < WIDTH; k++) b->theta[at + k] += (double)move[k];                   \
        }                                                                                        \
      }                                                                                          \
    }                                                                                            \
  }                                                                                              \
                                                                                                 \
  METARL_INLINE void group_##WIDTH(const metarl_spore_block *b, const float *factors,            \
                                   const source_group *group, int32_t column, const int m,       \
                                   const int products) {                                         \
    const int32_t *sources = group->sources;                                                     \
    int32_t i = 0;                                                                               \
    for (; i + m <= group->active; i += m) {                                                     \
      tile_##WIDTH(b, factors, sources + i, column, m, products, 0);                             \
    }                                                                                            \
    for (; i + 2 <= group->active; i += 2) {                                                     \
      tile_##WIDTH(b, factors, sources + i, column, 2, products, 0);                             \
    }                                                                                            \
    for (; i < group->active; i++) {                                                             \
      tile_##WIDTH(b, factors, sources + i, column, 1, products, 0);                             \
    }                                                                                            \
    for (; i < group->count; i++) {                                                              \
      tile_##WIDTH(b, factors, sources + i, column, 1, products, 1);                             \
    }                                                                                            \
  }

#define UNROLL _Pragma("clang loop unroll(full)")

DEFINE_TILE(16)
DEFINE_TILE(8)

/// All targets of the sources from `start`; `m16` and `m8` sources share a tile of 16 and of 8 targets.
METARL_INLINE void advance_group(const metarl_spore_block *b, const source_group *group,
                                 const int products, const int m16, const int m8) {
  const float *factors = b->factors;
  int32_t column = 0;
  for (; column + 16 <= b->stride; column += 16) {
    group_16(b, factors, group, column, m16, products);
    factors += (int64_t)b->steps * products * 16;
  }
  if (column < b->stride) group_8(b, factors, group, column, m8, products);
}

METARL_INLINE void advance(const metarl_spore_block *b, int32_t first, int32_t last, const int m16,
                           const int m8) {
  for (int32_t start = first; start < last; start += GROUP) {
    const int32_t end = last - start < GROUP ? last : start + GROUP;
    source_group group = {.active = 0, .count = end - start};
    int32_t silent = group.count;
    for (int32_t source = start; source < end; source++) {
      if (b->peak[source] != 0.0f) {
        group.sources[group.active++] = source;
      } else {
        group.sources[--silent] = source;
      }
    }
    if (b->products == 3) {
      advance_group(b, &group, 3, m16, m8);
    } else {
      advance_group(b, &group, 2, m16, m8);
    }
  }
}

#if defined(__x86_64__) && defined(__linux__)
// Sums must fit into the registers: 32 of sixteen numbers, or 16 of eight.
__attribute__((target("arch=x86-64-v4"), min_vector_width(512))) static void
advance_with_many_registers(const metarl_spore_block *block, int32_t first, int32_t last) {
  advance(block, first, last, 8, 8);
}

__attribute__((target_clones("arch=x86-64-v3", "default"))) static void
advance_with_few_registers(const metarl_spore_block *block, int32_t first, int32_t last) {
  advance(block, first, last, 2, 4);
}

void metarl_spore_advance(const metarl_spore_block *block, int32_t first, int32_t last) {
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4")) {
    advance_with_many_registers(block, first, last);
  } else {
    advance_with_few_registers(block, first, last);
  }
}
#else
void metarl_spore_advance(const metarl_spore_block *block, int32_t first, int32_t last) {
  advance(block, first, last, 4, 8);
}
#endif

METARL_INLINE void fill_factors(const float *trace, int64_t trace_stride, int32_t steps,
                                int32_t products, const float *scale, int32_t width, float *to) {
  for (int32_t step = 0; step < steps; step++, trace += trace_stride) {
    for (int32_t j = 0; j < products; j++, to += width) {
      const float factor = scale[(int64_t)j * steps + step];
      for (int32_t k = 0; k < width; k++) to[k] = trace[k] * factor;
    }
  }
}

METARL_CLONES
void metarl_spore_factors(const float *trace, int64_t trace_stride, int32_t steps, int32_t products,
                          const float *scale, int32_t stride, float *factors) {
  int32_t column = 0;
  for (; column + 16 <= stride; column += 16) {
    fill_factors(trace + column, trace_stride, steps, products, scale, 16, factors);
    factors += (int64_t)steps * products * 16;
  }
  if (column < stride) {
    fill_factors(trace + column, trace_stride, steps, products, scale, 8, factors);
  }
}

METARL_INLINE float weight_of(float theta, float scale, float offset) {
  const float weight = scale * metarl_exp(theta - offset);
  return theta >= 0.0f ? weight : 0.0f;
}

/// Normal numbers of the group that begins at `start`, times `deviation`; zeros cost nothing.
METARL_INLINE void scaled_normals(uint64_t key, uint64_t row, int64_t start, float deviation,
                                  float *out) {
  if (deviation == 0.0f) {
    memset(out, 0, METARL_NORMALS * sizeof(float));
    return;
  }
  metarl_normals(key, row, (uint64_t)start / METARL_NORMALS, out);
  METARL_VECTORIZE
  for (int i = 0; i < METARL_NORMALS; i++) out[i] *= deviation;
}

METARL_CLONES
void metarl_spore_update(const metarl_spore_langevin *langevin, int64_t first, int64_t last,
                         double *theta, float *weight, float *eligibility, float *gradient) {
  const metarl_spore_langevin c = *langevin;
  const float retracted_memory = c.simulates_retracted ? 1.0f : 0.0f;
  const double deleted_below = c.deletes_retracted ? 0.0 : METARL_SPORE_ABSENT;
  for (int64_t start = first; start < last; start += METARL_NORMALS) {
    float noise[METARL_NORMALS], gradient_noise[METARL_NORMALS];
    scaled_normals(c.key, c.update, start, c.noise, noise);
    scaled_normals(c.gradient_key, c.update, start, c.gradient_noise, gradient_noise);
    double *t = theta + start;
    float *w = weight + start, *e = eligibility + start, *g = gradient + start;
    float pull[METARL_NORMALS], strength[METARL_NORMALS];
    METARL_VECTORIZE
    for (int i = 0; i < METARL_NORMALS; i++) {
      const float slope = g[i] + (w[i] > 0.0f ? 1.0f : retracted_memory) * gradient_noise[i];
      g[i] = slope;
      pull[i] = metarl_clamp(c.gradient_scale * slope, -c.gradient_limit, c.gradient_limit);
    }
    METARL_VECTORIZE
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
    METARL_VECTORIZE
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
