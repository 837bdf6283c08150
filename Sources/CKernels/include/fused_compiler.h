#pragma once
#include <stdint.h>

#include "fused.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Machine code of a fused group.
typedef struct metarl_compiled metarl_compiled;

/// Writes machine code for a group of instructions, with the bits of `metarl_fused_run`. Strides and
/// kinds of the registers are part of the code; where they point is read when it runs.
///
/// Returns null where there is nothing to gain or it cannot be done: another processor than x86-64
/// with AVX2, an instruction without machine code, rows of a few numbers that do not follow each
/// other, memory that may not be executed. `metarl_fused_run` does all of these.
metarl_compiled *metarl_compile(const metarl_instruction *instructions, int32_t instruction_count,
                                const metarl_register *registers, int32_t register_count,
                                int32_t width);

/// Runs the code over `rows` rows; memory must stay readable for 16 numbers past its end.
void metarl_compiled_run(const metarl_compiled *code, const metarl_register *registers,
                         int64_t rows);

/// Frees the code.
void metarl_compiled_free(metarl_compiled *code);

#ifdef __cplusplus
}
#endif
