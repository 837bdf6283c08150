// Machine code for one instruction of a fused group on vectors of eight or sixteen numbers, with the
// operations and the order of fused.c and mathematics.h, so that the bits are the same.
#pragma once
#include <asmjit/x86.h>

#include "fused.h"

class VectorArithmetic {
 public:
  using Vector = asmjit::x86::Vec;

  /// Numbers in a vector: 8, which takes AVX2, or 16, which takes AVX-512.
  const int lanes;

  VectorArithmetic(asmjit::x86::Compiler &compiler, int lanes) : lanes(lanes), cc(compiler) {}

  /// Whether `operation` has machine code.
  static bool knows(int operation) {
    return operation != METARL_SINE && operation != METARL_COSINE;
  }

  /// The result of an instruction; a, b and c stay as they are.
  Vector result(const metarl_instruction &instruction, Vector a, Vector b, Vector c);

  /// A vector of unknown numbers.
  Vector fresh();
  /// A mask of the first `bytes` bytes of a vector, whole numbers of them.
  Vector first_bytes(asmjit::x86::Gp bytes);

 private:
  static constexpr int most_lanes = 16;
  asmjit::x86::Compiler &cc;

  bool is_wide() const { return lanes == most_lanes; }

  /// Predicates of the processor's comparison; all but the last three are false for what is not a number.
  enum Comparison {
    equal = 0,
    less = 17,
    greater_or_equal = 29,
    greater = 30,
    unordered = 3,
    not_equal = 4,
    not_greater_or_equal = 25
  };

  asmjit::x86::Mem constant(float value);
  asmjit::x86::Mem bits(int32_t value);
  Vector loaded(asmjit::x86::Mem value);
  Vector copy(Vector a);

  template <class B> Vector emit(asmjit::x86::Inst::Id instruction, Vector a, B b);
  // a and b in the order of the processor: where both are equal or one is not a number, minimum and
  // maximum return the second.
  template <class B> Vector add(Vector a, B b);
  template <class B> Vector subtract(Vector a, B b);
  template <class B> Vector multiply(Vector a, B b);
  template <class B> Vector divide(Vector a, B b);
  template <class B> Vector minimum(Vector a, B b);
  template <class B> Vector maximum(Vector a, B b);
  template <class B> Vector both(Vector a, B b);
  template <class B> Vector compare(Vector a, Comparison comparison, B b);
  /// a b + c and c - a b, rounded once.
  template <class B> Vector multiply_add(Vector a, B b, Vector c);
  template <class B> Vector negated_multiply_add(Vector a, B b, Vector c);
  /// Horner's rule: a polynomial in x, highest power first.
  template <size_t count> Vector polynomial(const float (&coefficients)[count], Vector x);

  Vector one_where(Vector mask);
  Vector choose(Vector mask, Vector yes, Vector no);
  Vector magnitude(Vector a);
  Vector clamp(Vector a, float low, float high);
  Vector exponential(Vector x);
  Vector sigmoid(Vector x);
  Vector hyperbolic_tangent(Vector x);
  Vector logarithm(Vector x);
  Vector surrogate_gradient(int operation, Vector a, Vector b, float x, float y);
};
