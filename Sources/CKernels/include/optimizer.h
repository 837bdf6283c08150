#pragma once
#include <stdint.h>

/// Adam (Kingma & Ba 2015, algorithm 1) with decoupled weight decay (Loshchilov & Hutter 2019).
/// `scale` multiplies the gradient (clipping); `correction1` = 1 - β₁ᵗ, `correction2` = 1 - β₂ᵗ.
void metarl_adam(float *parameters, const float *gradient, float *first, float *second,
                 int64_t count, float scale, float rate, float beta1, float beta2, float epsilon,
                 float decay, float correction1, float correction2);

/// RMSProp: s ← α s + (1 - α) g²; with momentum μ: b ← μ b + g / (√s + ε); p ← p - rate b.
void metarl_rmsprop(float *parameters, const float *gradient, float *square, float *buffer,
                    int64_t count, float scale, float rate, float alpha, float epsilon,
                    float momentum);

/// Gradient descent with momentum: b ← μ b + g; p ← p - rate b.
void metarl_sgd(float *parameters, const float *gradient, float *buffer, int64_t count, float scale,
                float rate, float momentum);

/// out[i] += a[i].
void metarl_accumulate(float *out, const float *a, int64_t count);

/// Sum of squares in double precision, always in the same order.
double metarl_sum_of_squares(const float *a, int64_t count);
