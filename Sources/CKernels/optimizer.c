#include "optimizer.h"

#include "dispatch.h"

METARL_CLONES
void metarl_adam(float *parameters, const float *gradient, float *first, float *second,
                 int64_t count, float scale, float rate, float beta1, float beta2, float epsilon,
                 float decay, float correction1, float correction2) {
  const float inverse1 = 1.0f / correction1, inverse2 = 1.0f / correction2;
  METARL_VECTORIZE
  for (int64_t i = 0; i < count; i++) {
    float g = gradient[i] * scale;
    float m = beta1 * first[i] + (1.0f - beta1) * g;
    float v = beta2 * second[i] + (1.0f - beta2) * g * g;
    first[i] = m;
    second[i] = v;
    float p = parameters[i] - rate * decay * parameters[i];
    parameters[i] =
        p - rate * (m * inverse1) / (__builtin_elementwise_sqrt(v * inverse2) + epsilon);
  }
}

METARL_CLONES
void metarl_rmsprop(float *parameters, const float *gradient, float *square, float *buffer,
                    int64_t count, float scale, float rate, float alpha, float epsilon,
                    float momentum) {
  METARL_VECTORIZE
  for (int64_t i = 0; i < count; i++) {
    float g = gradient[i] * scale;
    float s = alpha * square[i] + (1.0f - alpha) * g * g;
    float b = momentum * buffer[i] + g / (__builtin_elementwise_sqrt(s) + epsilon);
    square[i] = s;
    buffer[i] = b;
    parameters[i] -= rate * b;
  }
}

METARL_CLONES
void metarl_sgd(float *parameters, const float *gradient, float *buffer, int64_t count, float scale,
                float rate, float momentum) {
  METARL_VECTORIZE
  for (int64_t i = 0; i < count; i++) {
    float b = momentum * buffer[i] + gradient[i] * scale;
    buffer[i] = b;
    parameters[i] -= rate * b;
  }
}

METARL_CLONES
void metarl_accumulate(float *out, const float *a, int64_t count) {
  METARL_VECTORIZE
  for (int64_t i = 0; i < count; i++) out[i] += a[i];
}

METARL_CLONES
double metarl_sum_of_squares(const float *a, int64_t count) {
  double lanes[16] = {0};
  int64_t i = 0;
  for (; i + 16 <= count; i += 16) {
    for (int64_t l = 0; l < 16; l++) lanes[l] += (double)a[i + l] * (double)a[i + l];
  }
  for (; i < count; i++) lanes[0] += (double)a[i] * (double)a[i];
  double sum = 0;
  for (int l = 0; l < 16; l++) sum += lanes[l];
  return sum;
}
