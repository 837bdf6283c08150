#include "fused_compiler.h"

#if defined(__x86_64__)
#include "fused_emitter.h"

struct metarl_compiled {
  FusedEmitter::Function *run;
};

/// Notes whether anything went wrong, so that no code is used that lacks an instruction.
struct Failure : asmjit::ErrorHandler {
  bool happened = false;

  void handleError(asmjit::Error, const char *, asmjit::BaseEmitter *) override { happened = true; }
};

/// Owns the memory of all groups' code; threads may use it at the same time.
static asmjit::JitRuntime &runtime() {
  static asmjit::JitRuntime *const shared = new asmjit::JitRuntime();
  return *shared;
}

extern "C" metarl_compiled *metarl_compile(const metarl_instruction *instructions,
                                           int32_t instruction_count,
                                           const metarl_register *registers,
                                           int32_t register_count, int32_t width) {
  const Group group{instructions, instruction_count, registers, register_count, width};
  if (!__builtin_cpu_supports("x86-64-v3") || !group.pays()) return nullptr;
  asmjit::CodeHolder code;
  Failure failure;
  if (code.init(runtime().environment())) return nullptr;
  code.setErrorHandler(&failure);
  asmjit::x86::Compiler compiler(&code);
  FusedEmitter(compiler, group).emit();
  FusedEmitter::Function *run = nullptr;
  if (compiler.finalize() || failure.happened || runtime().add(&run, &code)) return nullptr;
  return new metarl_compiled{run};
}

extern "C" void metarl_compiled_run(const metarl_compiled *code, const metarl_register *registers,
                                    int64_t rows) {
  code->run(registers, rows);
}

extern "C" void metarl_compiled_free(metarl_compiled *code) {
  if (!code) return;
  runtime().release(code->run);
  delete code;
}

#else
#include <cstdlib>

// No machine code for this processor.

extern "C" metarl_compiled *metarl_compile(const metarl_instruction *, int32_t,
                                           const metarl_register *, int32_t, int32_t) {
  return nullptr;
}

extern "C" void metarl_compiled_run(const metarl_compiled *, const metarl_register *, int64_t) {
  std::abort();
}

extern "C" void metarl_compiled_free(metarl_compiled *) {}

#endif
