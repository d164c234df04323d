// What one instruction set offers to a LayerNorm: plain data, as in instruction_set.hpp.
#ifndef EDGEATTN_NORMALISE_HPP
#define EDGEATTN_NORMALISE_HPP

#include "../include/edgeattn_kernels.h"

namespace edgeattn {

// Compute the rows [first, last) of a checked call.
using Normalise = void (*)(const edgeattn_layer_norm& call, int64_t first, int64_t last);

void normalise_portable(const edgeattn_layer_norm& call, int64_t first, int64_t last);
void normalise_avx2(const edgeattn_layer_norm& call, int64_t first, int64_t last);
void normalise_avx512_vnni(const edgeattn_layer_norm& call, int64_t first, int64_t last);

}  // namespace edgeattn

#endif
