// Packing in registers of 16 bytes, for instructions that take 4, 8 or 16 bytes of depth.
//
// Everything has internal linkage: each instruction set compiles its own copy.
#ifndef EDGEATTN_ARM_PACK_HPP
#define EDGEATTN_ARM_PACK_HPP

#include <arm_neon.h>

#include <cstring>

#include "panels.hpp"

namespace edgeattn {
namespace {

// The first `valid` of 16 bytes, zeros behind them; never reads further.
inline uint8x16_t load_bytes(const uint8_t* from, int valid) {
  if (valid >= 16) return vld1q_u8(from);
  alignas(16) uint8_t bytes[16] = {};
  if (valid > 0) std::memcpy(bytes, from, static_cast<size_t>(valid));
  return vld1q_u8(bytes);
}

// [K rows, 16 channels] -> [16 channels, K rows], K registers of bytes: log2(K) perfect shuffles.
template <int K>
inline void transpose(uint8x16_t (&x)[K]) {
#pragma GCC unroll 4
  for (int level = 1; level < K; level *= 2) {
    uint8x16_t y[K];
#pragma GCC unroll 8
    for (int i = 0; i < K / 2; ++i) {
      y[2 * i] = vzip1q_u8(x[i], x[i + K / 2]);
      y[2 * i + 1] = vzip2q_u8(x[i], x[i + K / 2]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < K; ++i) x[i] = y[i];
  }
}

// The same with units of 4 and 8 bytes: four keys of 16 bytes, group by group.
inline void gather_words(uint8x16_t (&x)[4]) {
  const uint32x4_t a = vreinterpretq_u32_u8(x[0]), b = vreinterpretq_u32_u8(x[1]);
  const uint32x4_t c = vreinterpretq_u32_u8(x[2]), d = vreinterpretq_u32_u8(x[3]);
  const uint32x4_t ac = vzip1q_u32(a, c), bd = vzip1q_u32(b, d);
  const uint32x4_t eg = vzip2q_u32(a, c), fh = vzip2q_u32(b, d);
  x[0] = vreinterpretq_u8_u32(vzip1q_u32(ac, bd));
  x[1] = vreinterpretq_u8_u32(vzip2q_u32(ac, bd));
  x[2] = vreinterpretq_u8_u32(vzip1q_u32(eg, fh));
  x[3] = vreinterpretq_u8_u32(vzip2q_u32(eg, fh));
}

// Two keys in turn, as four sums to a key would need three additions to meet and two need one.
inline void gather_pairs(uint8x16_t (&x)[4]) {
  const uint32x4_t a = vreinterpretq_u32_u8(x[0]), b = vreinterpretq_u32_u8(x[1]);
  const uint32x4_t c = vreinterpretq_u32_u8(x[2]), d = vreinterpretq_u32_u8(x[3]);
  x[0] = vreinterpretq_u8_u32(vzip1q_u32(a, b));
  x[1] = vreinterpretq_u8_u32(vzip1q_u32(c, d));
  x[2] = vreinterpretq_u8_u32(vzip2q_u32(a, b));
  x[3] = vreinterpretq_u8_u32(vzip2q_u32(c, d));
}

inline void gather_doubles(uint8x16_t (&x)[4]) {
  const uint64x2_t a = vreinterpretq_u64_u8(x[0]), b = vreinterpretq_u64_u8(x[1]);
  const uint64x2_t c = vreinterpretq_u64_u8(x[2]), d = vreinterpretq_u64_u8(x[3]);
  x[0] = vreinterpretq_u8_u64(vzip1q_u64(a, b));
  x[1] = vreinterpretq_u8_u64(vzip1q_u64(c, d));
  x[2] = vreinterpretq_u8_u64(vzip2q_u64(a, b));
  x[3] = vreinterpretq_u8_u64(vzip2q_u64(c, d));
}

// Groups of 16 bytes of depth, in units of kUnit bytes: unit by unit, four channels (or keys) side by
// side. With units of 16 bytes, keys are interleaved in pairs. kMore: flips only the upper half of a register of keys.
template <int kUnit, int kMore = 0>
struct ArmPack {
  static constexpr int group = 16;
  static constexpr int key_block = 4;
  static constexpr int value_block = 16;

  static void pack_key_block(const uint8_t* const (&keys)[4], int first, int valid, int flip,
                             uint8_t* to, size_t stride) {
    const uint8x16_t flips = vcombine_u8(vdup_n_u8(static_cast<uint8_t>(flip)),
                                         vdup_n_u8(static_cast<uint8_t>(flip ^ kMore)));
    for (int d = 0; d < valid; d += group, to += stride) {
      uint8x16_t x[4];
      for (int i = 0; i < 4; ++i) x[i] = load_bytes(keys[i] + first + d, valid - d);
      if constexpr (kUnit == 4) gather_words(x);
      if constexpr (kUnit == 8) gather_doubles(x);
      if constexpr (kUnit == 16) gather_pairs(x);
      for (int i = 0; i < 4; ++i) vst1q_u8(to + 16 * i, veorq_u8(x[i], flips));
    }
  }

  static void pack_value_block(const uint8_t* const (&keys)[group], int first, int valid, int flip,
                               uint8_t* const (&to)[4]) {
    const uint8x16_t flips = vdupq_n_u8(static_cast<uint8_t>(flip));
    for (int unit = 0; unit < group / kUnit; ++unit) {
      uint8x16_t x[kUnit];
#pragma GCC unroll 16
      for (int i = 0; i < kUnit; ++i) {
        x[i] = veorq_u8(load_bytes(keys[unit * kUnit + i] + first, valid), flips);
      }
      transpose(x);
      constexpr int kRegisters = kUnit / 4;  // of four channels
      for (int i = 0; i < kUnit && i / kRegisters * 4 < valid; ++i) {
        vst1q_u8(to[i / kRegisters] + unit * kUnit * 4 + i % kRegisters * 16, x[i]);
      }
    }
  }
};

}  // namespace
}  // namespace edgeattn

#endif
