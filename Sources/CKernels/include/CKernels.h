// C kernels of MetaRL, chosen for the processor at run time.
#pragma once
#include "arm.h"
#include "cartpole.h"
#include "cpu.h"
#include "demand.h"
#include "fused.h"
#include "fused_compiler.h"
#include "optimizer.h"
#include "pool.h"
#include "product.h"
#include "rows.h"
#include "sparse.h"
#include "spore.h"
