// Rounding of a row to 8 bits, 16 channels at a time: the conversion rounds half to even and
// saturates, as the plain loop in finish.hpp does.
//
// Everything has internal linkage: each instruction set compiles its own copy.
#ifndef EDGEATTN_ARM_ROUND_HPP
#define EDGEATTN_ARM_ROUND_HPP

#include <arm_neon.h>

#include "../include/edgeattn_kernels.h"

namespace edgeattn {
namespace {

inline int16x8_t rounded_8(const float* values, int32x4_t zero_point) {
  const int32x4_t a = vqaddq_s32(vcvtnq_s32_f32(vld1q_f32(values)), zero_point);
  const int32x4_t b = vqaddq_s32(vcvtnq_s32_f32(vld1q_f32(values + 4)), zero_point);
  return vqmovn_high_s32(vqmovn_s32(a), b);
}

// Write whole sixteens and return how many channels those are.
inline int64_t round_sixteens(const float* values, int64_t width, int32_t zero_point, int32_t type,
                              uint8_t* to) {
  const int32x4_t zero = vdupq_n_s32(zero_point);
  int64_t c = 0;
  for (; c + 16 <= width; c += 16) {
    const int16x8_t a = rounded_8(values + c, zero), b = rounded_8(values + c + 8, zero);
    if (type == EDGEATTN_UINT8) {
      vst1q_u8(to + c, vqmovun_high_s16(vqmovun_s16(a), b));
    } else {
      vst1q_s8(reinterpret_cast<int8_t*>(to + c), vqmovn_high_s16(vqmovn_s16(a), b));
    }
  }
  return c;
}

}  // namespace
}  // namespace edgeattn

#endif
