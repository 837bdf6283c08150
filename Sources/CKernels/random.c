// Random numbers of many streams or places side by side.
#include <math.h>
#include <string.h>

#include "philox.h"
#include "random.h"

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
  const uint64_t group = (uint64_t)first / 64;
  int64_t done = 0;
  for (; done + METARL_NORMALS <= count; done += METARL_NORMALS) {
    metarl_normals(key, row, group + (uint64_t)done / 64, out + done);
  }
  if (done == count) return;
  float rest[METARL_NORMALS];
  metarl_normals(key, row, group + (uint64_t)done / 64, rest);
  memcpy(out + done, rest, (size_t)(count - done) * sizeof(float));
}

METARL_CLONES
void metarl_two_valued_numbers(uint64_t key, uint64_t row, int64_t count, uint64_t bound, float low,
                               float high, float *out) {
  enum { GROUP = 64 };
  uint32_t words[GROUP];
  float numbers[GROUP];
  for (int64_t done = 0; done < count; done += GROUP) {
    metarl_blocks(key, row, (uint64_t)done / GROUP, 1, words);
    METARL_VECTORIZE
    for (int i = 0; i < GROUP; i++) numbers[i] = words[i] < bound ? low : high;
    const int64_t left = count - done < GROUP ? count - done : GROUP;
    memcpy(out + done, numbers, (size_t)left * sizeof(float));
  }
}

METARL_CLONES
void metarl_exponentials(uint64_t key, uint64_t group, double *out) {
  uint32_t words[64];
  metarl_blocks(key, 0, group, 1, words);
  for (int i = 0; i < METARL_EXPONENTIALS; i++) {
    // Words 0 and 1 of a block make one number, words 2 and 3 the next.
    const uint32_t *low = words + 32 * (i & 1) + i / 2;
    const uint64_t bits = low[0] | (uint64_t)low[16] << 32;
    out[i] = -log(1.0 - (double)(bits >> 11) * 0x1p-53);
  }
}
