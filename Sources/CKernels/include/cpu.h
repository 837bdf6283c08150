#pragma once

/// The instruction set that the kernels use on this machine: "avx512", "avx2" or "baseline".
const char *metarl_instruction_set(void);
