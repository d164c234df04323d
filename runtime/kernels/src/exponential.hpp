// Exponentials by table: what one score costs is one lookup.
//
// With d = row maximum - score >= 0, in int32:
//
//     u      = min(d >> shift, 32767)
//     index  = min((u * multiplier + 2^14) >> 15, levels - 1)
//     weight = round(top * exp(-index * step))
//
// where step = score_scale * 2^(15 + shift) / multiplier.
//
// The multiplier is rounded first and the step follows from it, so no scale is lost. It is the same
// integer arithmetic in every instruction set (x86: packs, mulhrs; ARM: sqxtn, sqrdmulh), so all of
// them agree bit for bit. exp is a product of tables of 16 entries, in 15-bit fixed point, for
// instruction sets that look up 16 bytes at a time; the others read the same product from `table`.
//
// One plane (8 bits): levels 256, weights 0..254, weight 0 from 6.25 below the maximum on.
// Two planes (15 bits): levels 4096, weights 0..32639 = 128 * high + low, 0 from 10.4 below on
// (fine, middle and coarse are multiplied in this order); high is 0..254 and low 0..127.
//
// Why 254 and not 255: cores without a dot product store weight - 127 as int8; with |.| <= 127 two
// products with int8 values still fit into int16 (2 * 127 * 128 = 32512), so pairs are exact.
// No sum overflows: over 65536 keys, 254 * 128 * 65536 = 2130706432 < 2^31, and the sum of the
// weights is at most 32639 * 65536 = 2139029504 < 2^31.
#ifndef EDGEATTN_EXPONENTIAL_HPP
#define EDGEATTN_EXPONENTIAL_HPP

#include <cstdint>

namespace edgeattn {

struct Exponential {
  alignas(64) uint8_t table[256];  // one plane: weight by index
  alignas(16) int16_t coarse[16];  // 2^15 exp(-16 i step); two planes: 2^15 exp(-256 i step)
  alignas(16) int16_t middle[16];  // two planes only: 2^15 exp(-16 i step)
  alignas(16) int16_t fine[16];    // top * exp(-i step); top is 254, or 32639 with two planes
  int32_t shift;
  int32_t multiplier;  // 1..32767
};

// Fill `exponential` for scores whose step is worth `score_scale`; planes is 1 or 2.
void make_exponential(float score_scale, int planes, Exponential* exponential);

}  // namespace edgeattn

#endif
