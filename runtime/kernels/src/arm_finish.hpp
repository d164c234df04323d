// The end of a row in 8 bits, 16 channels at a time: the conversion rounds half to even and
// saturates, as the plain loops in finish.hpp do.
//
// Everything has internal linkage: each instruction set compiles its own copy.
#ifndef EDGEATTN_ARM_FINISH_HPP
#define EDGEATTN_ARM_FINISH_HPP

#include <arm_neon.h>

#include "../include/edgeattn_kernels.h"

namespace edgeattn {
namespace {

// round(sum * factor + shift) + zero_point, for sums of one plane.
struct FinishOf16 {
  float32x4_t factor, shift;
  int32x4_t zero_point;

  int32x4_t of_4(const int32_t* sums) const {
    const float32x4_t product = vmulq_f32(vcvtq_f32_s32(vld1q_s32(sums)), factor);
    return vqaddq_s32(vcvtnq_s32_f32(vaddq_f32(product, shift)), zero_point);
  }
  int16x8_t of_8(const int32_t* sums) const {
    return vqmovn_high_s32(vqmovn_s32(of_4(sums)), of_4(sums + 4));
  }
};

// Write whole sixteens of channels and return how many channels those are.
inline int64_t finish_sixteens(const int32_t* sums, int64_t width, float factor, float shift,
                               int32_t zero_point, int32_t type, uint8_t* to) {
  const FinishOf16 finish{vdupq_n_f32(factor), vdupq_n_f32(shift), vdupq_n_s32(zero_point)};
  int64_t c = 0;
  for (; c + 16 <= width; c += 16) {
    const int16x8_t a = finish.of_8(sums + c), b = finish.of_8(sums + c + 8);
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
