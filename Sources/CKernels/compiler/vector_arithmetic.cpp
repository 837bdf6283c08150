#if defined(__x86_64__)
#include "vector_arithmetic.h"

#include <cstring>
#include <limits>

using namespace asmjit;
using Vector = VectorArithmetic::Vector;

// MARK: Constants

x86::Mem VectorArithmetic::bits(int32_t value) {
  int32_t all[most_lanes];
  for (int32_t &lane : all) lane = value;
  return cc.newConst(ConstPoolScope::kLocal, all, lanes * sizeof(int32_t));
}

x86::Mem VectorArithmetic::constant(float value) {
  int32_t pattern;
  std::memcpy(&pattern, &value, sizeof pattern);
  return bits(pattern);
}

Vector VectorArithmetic::loaded(x86::Mem value) {
  const Vector d = fresh();
  cc.vmovups(d, value);
  return d;
}

Vector VectorArithmetic::first_bytes(x86::Gp bytes) {
  int32_t numbers[most_lanes];
  for (int i = 0; i < lanes; i++) numbers[i] = 4 * i;
  const Vector limit = fresh(), places = fresh();
  cc.vmovd(limit.xmm(), bytes.r32());
  cc.vpbroadcastd(limit, limit.xmm());
  cc.vmovups(places, cc.newConst(ConstPoolScope::kLocal, numbers, lanes * sizeof(int32_t)));
  if (!is_wide()) {
    cc.vpcmpgtd(places, limit, places);
    return places;
  }
  const x86::KReg inside = cc.newKw();
  cc.vpcmpgtd(inside, limit, places);
  cc.vpmovm2d(places, inside);
  return places;
}

// MARK: One operation of the processor each

Vector VectorArithmetic::fresh() {
  if (is_wide()) return cc.newZmm();
  return cc.newYmm();
}

Vector VectorArithmetic::copy(Vector a) {
  const Vector d = fresh();
  cc.vmovaps(d, a);
  return d;
}

template <class B>
Vector VectorArithmetic::emit(x86::Inst::Id instruction, Vector a, B b) {
  const Vector d = fresh();
  cc.emit(instruction, d, a, b);
  return d;
}

template <class B> Vector VectorArithmetic::add(Vector a, B b) {
  return emit(x86::Inst::kIdVaddps, a, b);
}

template <class B> Vector VectorArithmetic::subtract(Vector a, B b) {
  return emit(x86::Inst::kIdVsubps, a, b);
}

template <class B> Vector VectorArithmetic::multiply(Vector a, B b) {
  return emit(x86::Inst::kIdVmulps, a, b);
}

template <class B> Vector VectorArithmetic::divide(Vector a, B b) {
  return emit(x86::Inst::kIdVdivps, a, b);
}

template <class B> Vector VectorArithmetic::minimum(Vector a, B b) {
  return emit(x86::Inst::kIdVminps, a, b);
}

template <class B> Vector VectorArithmetic::maximum(Vector a, B b) {
  return emit(x86::Inst::kIdVmaxps, a, b);
}

template <class B> Vector VectorArithmetic::both(Vector a, B b) {
  return emit(x86::Inst::kIdVandps, a, b);
}

template <class B> Vector VectorArithmetic::compare(Vector a, Comparison comparison, B b) {
  const Vector d = fresh();
  if (is_wide()) {
    const x86::KReg holds = cc.newKw();
    cc.vcmpps(holds, a, b, imm(comparison));
    cc.vpmovm2d(d, holds);
  } else {
    cc.vcmpps(d, a, b, imm(comparison));
  }
  return d;
}

template <class B> Vector VectorArithmetic::multiply_add(Vector a, B b, Vector c) {
  const Vector d = copy(c);
  cc.vfmadd231ps(d, a, b);
  return d;
}

template <class B> Vector VectorArithmetic::negated_multiply_add(Vector a, B b, Vector c) {
  const Vector d = copy(c);
  cc.vfnmadd231ps(d, a, b);
  return d;
}

template <size_t count>
Vector VectorArithmetic::polynomial(const float (&coefficients)[count], Vector x) {
  const Vector d = loaded(constant(coefficients[0]));
  for (size_t i = 1; i < count; i++) cc.vfmadd213ps(d, x, constant(coefficients[i]));
  return d;
}

Vector VectorArithmetic::one_where(Vector mask) { return both(mask, constant(1)); }

Vector VectorArithmetic::choose(Vector mask, Vector yes, Vector no) {
  if (is_wide()) {
    const int32_t first_chooses = 0xca;
    const Vector d = copy(mask);
    cc.vpternlogd(d, yes, no, imm(first_chooses));
    return d;
  }
  const Vector d = fresh();
  cc.vblendvps(d, no, yes, mask);
  return d;
}

Vector VectorArithmetic::magnitude(Vector a) { return both(a, bits(0x7fffffff)); }

// MARK: Functions

Vector VectorArithmetic::clamp(Vector a, float low, float high) {
  return minimum(loaded(constant(high)), maximum(loaded(constant(low)), a));
}

Vector VectorArithmetic::exponential(Vector argument) {
  const Vector x = clamp(argument, -87.33654f, 88.37626f);
  const x86::Mem magic = constant(12582912.0f);
  const Vector shift = multiply_add(x, constant(1.44269504f), loaded(magic));
  const Vector n = subtract(shift, magic);
  Vector r = negated_multiply_add(n, constant(0.693359375f), x);
  r = multiply_add(n, constant(2.12194440e-4f), r);
  Vector p = polynomial({1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f,
                         1.6666665459e-1f, 5.0000001201e-1f},
                        r);
  p = add(multiply_add(multiply(p, r), r, r), constant(1));
  const Vector scale = fresh();
  cc.vpaddd(scale, shift, bits(127));
  cc.vpslld(scale, scale, 23);
  return multiply(p, scale);
}

Vector VectorArithmetic::sigmoid(Vector x) {
  const Vector negative = fresh();
  cc.vxorps(negative, x, bits(std::numeric_limits<int32_t>::min()));
  return divide(loaded(constant(1)), add(exponential(negative), constant(1)));
}

Vector VectorArithmetic::hyperbolic_tangent(Vector argument) {
  const Vector x = clamp(argument, -7.90531111f, 7.90531111f);
  const Vector s = multiply(x, x);
  const Vector p =
      polynomial({-2.76076847742355e-16f, 2.00018790482477e-13f, -8.60467152213735e-11f,
                  5.12229709037114e-08f, 1.48572235717979e-05f, 6.37261928875436e-04f,
                  4.89352455891786e-03f},
                 s);
  const Vector q = polynomial({1.19825839466702e-06f, 1.18534705686654e-04f,
                               2.26843463243900e-03f, 4.89352518554385e-03f},
                              s);
  return divide(multiply(x, p), q);
}

Vector VectorArithmetic::logarithm(Vector x) {
  const Vector exponent = fresh(), fraction = fresh(), e = fresh();
  cc.vpsubd(exponent, x, bits(0x3f3504f3));
  cc.vpsrad(exponent, exponent, 23);
  cc.vpslld(fraction, exponent, 23);
  cc.vpsubd(fraction, x, fraction);
  const Vector m = subtract(fraction, constant(1));
  cc.vcvtdq2ps(e, exponent);
  const Vector z = multiply(m, m);
  const Vector p =
      polynomial({7.0376836292e-2f, -1.1514610310e-1f, 1.1676998740e-1f, -1.2420140846e-1f,
                  1.4249322787e-1f, -1.6668057665e-1f, 2.0000714765e-1f, -2.4999993993e-1f,
                  3.3333331174e-1f},
                 m);
  const Vector y = multiply(e, constant(2.12194440e-4f));
  cc.vfmsub231ps(y, multiply(p, m), z);
  cc.vfnmadd231ps(y, z, constant(0.5f));
  Vector result = multiply_add(e, constant(0.693359375f), add(m, y));
  const Vector zero = loaded(constant(0));
  const Vector infinity = loaded(constant(std::numeric_limits<float>::infinity()));
  const Vector negative_infinity = loaded(constant(-std::numeric_limits<float>::infinity()));
  result = choose(compare(x, equal, zero), negative_infinity, result);
  result = choose(compare(x, equal, infinity), x, result);
  const Vector undefined = loaded(constant(std::numeric_limits<float>::quiet_NaN()));
  return choose(compare(x, not_greater_or_equal, zero), undefined, result);
}

Vector VectorArithmetic::surrogate_gradient(int operation, Vector a, Vector b, float x, float y) {
  const Vector scaled = multiply(a, constant(x));
  const Vector s = multiply(b, constant(y));
  const x86::Mem one = constant(1);
  switch (operation) {
    case METARL_TRIANGLE_GRADIENT:
      return multiply(scaled, maximum(loaded(constant(0)), subtract(loaded(one), magnitude(s))));
    case METARL_RECTANGLE_GRADIENT: {
      const Vector d = fresh();
      cc.vandnps(d, compare(magnitude(s), greater_or_equal, one), scaled);
      return d;
    }
    case METARL_FAST_SIGMOID_GRADIENT: {
      const Vector t = add(magnitude(s), one);
      return multiply(scaled, divide(loaded(one), multiply(t, t)));
    }
    case METARL_LOGISTIC_GRADIENT: {
      const Vector u = sigmoid(s);
      const Vector slope = multiply(u, subtract(loaded(one), u));
      return multiply(multiply(multiply(a, constant(4)), constant(x)), slope);
    }
    default:
      return divide(scaled, multiply_add(s, s, loaded(one)));
  }
}

Vector VectorArithmetic::result(const metarl_instruction &in, Vector a, Vector b, Vector c) {
  switch (in.operation) {
    case METARL_COPY: return a;
    case METARL_FILL: return loaded(constant(in.x));
    case METARL_AFFINE: return multiply_add(a, constant(in.x), loaded(constant(in.y)));
    case METARL_ADD: return add(a, b);
    case METARL_SUBTRACT: return subtract(a, b);
    case METARL_MULTIPLY: return multiply(a, b);
    case METARL_DIVIDE: return divide(a, b);
    case METARL_MINIMUM: return choose(compare(a, unordered, a), a, minimum(a, b));
    case METARL_MAXIMUM: return choose(compare(a, unordered, a), a, maximum(a, b));
    case METARL_GREATER: return one_where(compare(a, greater, b));
    case METARL_SELECT: return choose(compare(a, not_equal, constant(0)), b, c);
    case METARL_MULTIPLY_ADD: return multiply_add(a, b, c);
    case METARL_SIGMOID: return sigmoid(a);
    case METARL_TANH: return hyperbolic_tangent(a);
    case METARL_EXP: return exponential(a);
    case METARL_LOG: return logarithm(a);
    case METARL_SQUARE_ROOT: {
      const Vector d = fresh();
      cc.vsqrtps(d, a);
      return d;
    }
    case METARL_SQUARE: return multiply(a, a);
    case METARL_ABSOLUTE: return magnitude(a);
    case METARL_SIGN: {
      const x86::Mem zero = constant(0);
      return subtract(one_where(compare(a, greater, zero)), one_where(compare(a, less, zero)));
    }
    case METARL_CLAMP: return clamp(a, in.x, in.y);
    case METARL_STEP: return one_where(compare(a, greater, constant(in.x)));
    case METARL_INSIDE:
      return one_where(
          both(compare(a, greater, constant(in.x)), compare(a, less, constant(in.y))));
    case METARL_SIGMOID_GRADIENT:
      return multiply(multiply(a, b), subtract(loaded(constant(1)), b));
    case METARL_TANH_GRADIENT:
      return multiply(a, negated_multiply_add(b, b, loaded(constant(1))));
    case METARL_CLAMP_GRADIENT:
      return both(
          both(compare(b, greater, constant(in.x)), compare(b, less, constant(in.y))), a);
    default: return surrogate_gradient(in.operation, a, b, in.x, in.y);
  }
}
#endif
