// Machine code for a fused group: a loop over rows and one over vectors of eight or sixteen numbers,
// in which every value stays in a processor register. asmjit chooses the registers.
#pragma once
#include <asmjit/x86.h>

#include <vector>

#include "fused.h"
#include "vector_arithmetic.h"

/// What is to be compiled.
struct Group {
  const metarl_instruction *instructions;
  int32_t instruction_count;
  const metarl_register *registers;
  int32_t register_count;
  int32_t width;

  /// Whether all rows follow each other without gaps and nothing is repeated: one long row.
  bool is_flat() const;
  /// Whether machine code is possible, and faster than running the instructions one by one.
  bool pays() const;
  /// Numbers in a vector: sixteen where the processor can and a row has more than eight.
  int lanes() const;
};

class FusedEmitter {
 public:
  typedef void Function(const metarl_register *registers, int64_t rows);

  FusedEmitter(asmjit::x86::Compiler &compiler, const Group &group)
      : cc(compiler), group(group), lanes(group.lanes()), math(compiler, lanes),
        pointers(group.register_count) {}

  /// Writes the function.
  void emit();

 private:
  using Vector = VectorArithmetic::Vector;

  /// A vector of a row: where it is, and how many of its numbers are to be written.
  struct Part {
    /// Bytes from the beginning of the row: a number of the processor, if not null, and a constant.
    const asmjit::x86::Gp *index = nullptr;
    int32_t offset = 0;
    int32_t filled;
    /// The numbers to be written where they are not known in advance.
    const Vector *mask = nullptr;
  };

  asmjit::x86::Compiler &cc;
  const Group group;
  const int lanes;
  VectorArithmetic math;
  /// Where each register that is connected to memory points in the current row.
  std::vector<asmjit::x86::Gp> pointers;

  void emit_flat(asmjit::x86::Gp rows);
  void emit_rows(asmjit::x86::Gp rows);
  /// Whole vectors up to `end` bytes.
  template <class End> void emit_loop(asmjit::x86::Gp index, End end);
  void emit_part(const Part &part);
  asmjit::x86::Mem address(int32_t index, const Part &part) const;
  Vector load(int32_t index, const Part &part);
  void store(int32_t index, Vector value, const Part &part);
  void store_beginning(asmjit::x86::Mem to, Vector value, int32_t count);
};
