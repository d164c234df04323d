// What one instruction set offers to the dispatcher. Plain data: the files compiled with higher
// flags share no inline function with the others, or the linker could keep the wrong copy.
#ifndef EDGEATTN_INSTRUCTION_SET_HPP
#define EDGEATTN_INSTRUCTION_SET_HPP

#include "../include/edgeattn_kernels.h"
#include "normalise.hpp"
#include "table.hpp"

namespace edgeattn {

// Query rows come in blocks of eight, the unit in which work is split.
constexpr int kBlockRows = 8;

// Compute the blocks [first, last) of all batch * heads * blocks-per-head of a checked call.
using Attend = edgeattn_status (*)(const edgeattn_attention& call, int64_t first, int64_t last);

struct InstructionSet {
  const char* name;
  bool (*supported)();
  Attend attend;
  LookUp look_up;
  Normalise normalise;
};

edgeattn_status attend_portable(const edgeattn_attention& call, int64_t first, int64_t last);
edgeattn_status attend_avx2(const edgeattn_attention& call, int64_t first, int64_t last);
edgeattn_status attend_avx_vnni(const edgeattn_attention& call, int64_t first, int64_t last);
edgeattn_status attend_avx512_vnni(const edgeattn_attention& call, int64_t first, int64_t last);
edgeattn_status attend_avx512_vbmi(const edgeattn_attention& call, int64_t first, int64_t last);
edgeattn_status attend_neon(const edgeattn_attention& call, int64_t first, int64_t last);
edgeattn_status attend_neon_dot(const edgeattn_attention& call, int64_t first, int64_t last);
edgeattn_status attend_neon_i8mm(const edgeattn_attention& call, int64_t first, int64_t last);

// The one that computes: the best of this CPU, unless one was chosen by name.
const InstructionSet& instruction_set();

}  // namespace edgeattn

#endif
