// C kernels of MetaRL, chosen for the processor at run time.
#pragma once
#include "cpu.h"
