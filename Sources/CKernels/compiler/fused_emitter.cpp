#if defined(__x86_64__)
#include "fused_emitter.h"

#include <cstddef>

using namespace asmjit;

bool Group::is_flat() const {
  for (int32_t k = 0; k < register_count; k++) {
    const metarl_register &r = registers[k];
    switch (r.kind) {
      case METARL_SCRATCH: break;
      case METARL_LOAD_ROWS:
      case METARL_STORE_ROWS:
        if (r.stride != width) return false;
        break;
      default: return false;
    }
  }
  return true;
}

bool Group::pays() const {
  for (int32_t k = 0; k < instruction_count; k++) {
    if (!VectorArithmetic::knows(instructions[k].operation)) return false;
  }
  // A vector that is mostly empty takes longer than a full tile.
  return width >= 4 || is_flat();
}

int Group::lanes() const {
  return __builtin_cpu_supports("x86-64-v4") && (width > 8 || is_flat()) ? 16 : 8;
}

void FusedEmitter::emit() {
  FuncNode *function = cc.addFunc(FuncSignatureT<void, const metarl_register *, int64_t>());
  function->frame().setAvxEnabled();
  function->frame().setAvxCleanup();
  if (lanes == 16) function->frame().setAvx512Enabled();
  const x86::Gp table = cc.newUIntPtr(), rows = cc.newInt64();
  function->setArg(0, table);
  function->setArg(1, rows);
  for (int32_t k = 0; k < group.register_count; k++) {
    if (group.registers[k].kind == METARL_SCRATCH) continue;
    pointers[k] = cc.newUIntPtr();
    const size_t place = k * sizeof(metarl_register) + offsetof(metarl_register, memory);
    cc.mov(pointers[k], x86::ptr(table, static_cast<int32_t>(place)));
  }
  if (group.is_flat()) {
    emit_flat(rows);
  } else {
    emit_rows(rows);
  }
  cc.endFunc();
}

/// One row of `rows` times the width.
void FusedEmitter::emit_flat(x86::Gp rows) {
  const x86::Gp index = cc.newInt64(), whole = cc.newInt64(), rest = cc.newInt64();
  const Label remainder = cc.newLabel(), done = cc.newLabel();
  cc.imul(rest, rows, imm(group.width * 4));
  cc.mov(whole, rest);
  cc.and_(whole, imm(-lanes * 4));
  cc.jz(remainder);
  emit_loop(index, whole);
  cc.bind(remainder);
  cc.and_(rest, imm(lanes * 4 - 1));
  cc.jz(done);
  const Vector mask = math.first_bytes(rest);
  emit_part({.index = &whole, .filled = lanes, .mask = &mask});
  cc.bind(done);
}

void FusedEmitter::emit_rows(x86::Gp rows) {
  const int32_t rest = group.width % lanes, whole = (group.width - rest) * 4;
  const x86::Gp index = cc.newInt64();
  const Label row = cc.newLabel();
  cc.bind(row);
  if (whole > lanes * 4) {
    emit_loop(index, imm(whole));
  } else if (whole > 0) {
    emit_part({.filled = lanes});
  }
  if (rest > 0) emit_part({.offset = whole, .filled = rest});
  for (int32_t k = 0; k < group.register_count; k++) {
    const metarl_register &r = group.registers[k];
    if (r.kind == METARL_SCRATCH || r.kind == METARL_LOAD_VECTOR) continue;
    cc.add(pointers[k], imm(r.stride * 4));
  }
  cc.dec(rows);
  cc.jnz(row);
}

template <class End> void FusedEmitter::emit_loop(x86::Gp index, End end) {
  const Label vector = cc.newLabel();
  cc.xor_(index, index);
  cc.bind(vector);
  emit_part({.index = &index, .filled = lanes});
  cc.add(index, imm(lanes * 4));
  cc.cmp(index, end);
  cc.jb(vector);
}

/// All instructions for one vector.
void FusedEmitter::emit_part(const Part &part) {
  // Not valid before something is computed or loaded.
  std::vector<Vector> values(group.register_count);
  for (int32_t i = 0; i < group.instruction_count; i++) {
    const metarl_instruction &in = group.instructions[i];
    Vector operands[3];
    const uint16_t indices[3] = {in.a, in.b, in.c};
    for (int j = 0; j < 3; j++) {
      Vector &value = values[indices[j]];
      const int32_t kind = group.registers[indices[j]].kind;
      if (!value.isValid() && kind != METARL_SCRATCH && kind != METARL_STORE_ROWS) {
        value = load(indices[j], part);
      }
      operands[j] = value;
    }
    const Vector result = math.result(in, operands[0], operands[1], operands[2]);
    values[in.destination] = result;
    if (group.registers[in.destination].kind == METARL_STORE_ROWS) {
      store(in.destination, result, part);
    }
  }
}

x86::Mem FusedEmitter::address(int32_t index, const Part &part) const {
  return part.index ? x86::ptr(pointers[index], *part.index, 0, part.offset)
                    : x86::ptr(pointers[index], part.offset);
}

FusedEmitter::Vector FusedEmitter::load(int32_t index, const Part &part) {
  const Vector value = math.fresh();
  if (group.registers[index].kind == METARL_LOAD_SPLAT) {
    cc.vbroadcastss(value, x86::ptr(pointers[index]));
  } else {
    // Past the end of a row there is something to read, and nothing is done with it.
    cc.vmovups(value, address(index, part));
  }
  return value;
}

void FusedEmitter::store(int32_t index, Vector value, const Part &part) {
  const x86::Mem to = address(index, part);
  if (!part.mask && part.filled == lanes) {
    cc.vmovups(to, value);
  } else if (lanes == 8 && part.mask) {
    cc.vmaskmovps(to, *part.mask, value);
  } else if (lanes == 8) {
    store_beginning(to, value, part.filled);
  } else {
    const x86::KReg written = cc.newKw();
    if (part.mask) {
      cc.vpmovd2m(written, *part.mask);
    } else {
      const x86::Gp bits = cc.newUInt32();
      cc.mov(bits, imm((1 << part.filled) - 1));
      cc.kmovw(written, bits);
    }
    cc.k(written).vmovups(to, value);
  }
}

/// Stores `count` numbers of eight, in halves, because a masked store takes dozens of steps on some
/// processors without AVX-512.
void FusedEmitter::store_beginning(x86::Mem to, Vector value, int32_t count) {
  const x86::Xmm rest = cc.newXmm();
  cc.vmovaps(rest, value.xmm());
  if (count & 4) {
    cc.vmovups(to, rest);
    cc.vextractf128(rest, value, 1);
    to.addOffset(16);
  }
  if (count & 2) {
    cc.vmovlps(to, rest);
    cc.vmovhlps(rest, rest, rest);
    to.addOffset(8);
  }
  if (count & 1) cc.vmovss(to, rest);
}
#endif
