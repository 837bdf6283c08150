#include <time.h>

#include "CProbes.h"

enum { LANES = 16, CHAINS = 12, ROUNDS = 2000 };

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));

#if defined(__x86_64__) && defined(__linux__)
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
/// Enough independent chains to hide the latency, few enough to stay in registers.
static float multiply_add(float start) {
  lanes sum[CHAINS];
  lanes factor = {0}, term = {0};
  factor += 0.999f;
  term += start;
  for (int i = 0; i < CHAINS; i++) sum[i] = term * (float)i;
#pragma clang loop unroll(disable)
  for (int round = 0; round < ROUNDS; round++) {
#pragma clang fp contract(fast)
#pragma clang loop unroll(full)
    for (int i = 0; i < CHAINS; i++) sum[i] = sum[i] * factor + term;
  }
  float total = 0;
  for (int i = 0; i < CHAINS; i++) {
    for (int j = 0; j < LANES; j++) total += sum[i][j];
  }
  return total;
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

double probe_peak(double seconds) {
  volatile float sink = 0;
  const double start = now();
  double passed = 0;
  int64_t calls = 0;
  while (passed < seconds) {
    sink = sink * 1e-30f + multiply_add(1e-3f);
    calls++;
    passed = now() - start;
  }
  return 2.0 * LANES * CHAINS * ROUNDS * (double)calls / passed * 1e-9;
}
