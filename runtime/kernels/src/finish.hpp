// The ends of a row that need no instruction set of their own: bias before, division after.
// Plain loops; the compiler vectorises them with the flags of the file that includes this.
//
// Everything has internal linkage: each instruction set compiles its own copy.
#ifndef EDGEATTN_FINISH_HPP
#define EDGEATTN_FINISH_HPP

#include <cmath>

#include "instruction_set.hpp"
#include "panels.hpp"
#if defined(__aarch64__)
#include "arm_finish.hpp"
#elif defined(__AVX2__)
#include "x86_finish.hpp"
#endif

namespace edgeattn {
namespace {

#if !defined(__aarch64__) && !defined(__AVX2__)
inline int64_t finish_sixteens(const int32_t*, int64_t, float, float, int32_t, int32_t, uint8_t*) {
  return 0;  // the plain loops below do it all
}
#endif

// scores[j] += round(bias[j] / score_scale), half to even; `masked` below -largest and for NaN.
inline void add_bias(const float* bias, int64_t stride, float per_unit, float largest,
                     int32_t masked, int64_t count, int32_t* scores) {
  for (int64_t j = 0; j < count; ++j) {
    const float wanted = bias[j * stride] * per_unit;
    const float bounded = wanted > largest ? largest : wanted;  // NaN stays
    const bool kept = bounded > -largest;  // false for NaN
    const int32_t steps = static_cast<int32_t>(std::nearbyintf(kept ? bounded : 0.0f));
    scores[j] += kept ? steps : masked;
  }
}

inline size_t out_offset(const edgeattn_attention& call, int64_t batch, int64_t head, int64_t row) {
  return static_cast<size_t>(batch * call.out_batch_stride + head * call.out_head_stride +
                             row * call.out_row_stride);
}

inline float saturated(float x, float lowest) {
  x = x < lowest ? lowest : x;
  return x > lowest + 255 ? lowest + 255 : x;
}

// How the sums of a head become its output: sum * factor + shift, and in 8 bits a zero point.
struct Rescale {
  bool real;           // float32; otherwise 8 bits
  int flip;            // kFlip for uint8, whose levels are those of int8 plus 128
  int32_t zero_point;  // of int8
  float unit, offset;  // what one of the sums is worth over a total of 1; -unit * v's zero point

  Rescale(const edgeattn_attention& call, float v_scale)
      : real(call.out_type == EDGEATTN_FLOAT32),
        flip(call.out_type == EDGEATTN_UINT8 ? kFlip : 0),
        zero_point(call.out_zero_point - flip),
        unit(real ? v_scale : v_scale / call.out_scale),
        offset(-unit * static_cast<float>(call.v.zero_point -
                                          (call.v.type == EDGEATTN_UINT8 ? kFlip : 0))) {}

  // A total of 0 means: nothing was seen.
  float factor(int32_t total) const { return total ? unit / static_cast<float>(total) : 0; }
  float shift(int32_t total) const { return total ? offset : 0; }
};

// out = (high * 128 + low) * factor + shift, for all channels of a row. Without the second plane,
// low is null and high counts once.
inline void finish_row(const edgeattn_attention& call, int64_t batch, int64_t head, int64_t row,
                       const int32_t* high, const int32_t* low, int32_t total, float v_scale) {
  const Rescale rescale(call, v_scale);
  const int64_t width = call.value_width;
  const size_t offset = out_offset(call, batch, head, row);
  const bool real = rescale.real;
  const float factor = rescale.factor(total), shift = rescale.shift(total);
  uint8_t* bytes = static_cast<uint8_t*>(call.out) + offset;  // int8 has the same lowest 8 bits
  int64_t start = 0;
  if (!real && !low) {
    start = finish_sixteens(high, width, factor, shift, call.out_zero_point, call.out_type, bytes);
    if (start == width) return;
  }
  float values[EDGEATTN_LARGEST_WIDTH];
  float* to = real ? static_cast<float*>(call.out) + offset : values;
  if (low) {
    for (int64_t c = 0; c < width; ++c) {
      const float sum = static_cast<float>(high[c]) * 128.0f + static_cast<float>(low[c]);
      to[c] = sum * factor + shift;
    }
  } else {
    for (int64_t c = start; c < width; ++c) to[c] = static_cast<float>(high[c]) * factor + shift;
  }
  if (real) return;
  const float zero_point = static_cast<float>(call.out_zero_point);
  const float lowest = call.out_type == EDGEATTN_UINT8 ? 0.0f : -128.0f;
  for (int64_t c = start; c < width; ++c) {
    const float level = saturated(std::nearbyintf(values[c]) + zero_point, lowest);
    bytes[c] = static_cast<uint8_t>(static_cast<int32_t>(level));
  }
}

// Without a key every row is empty.
inline void fill_with_zeros(const edgeattn_attention& call, int64_t first, int64_t last) {
  const int64_t per_head = (call.queries + kBlockRows - 1) / kBlockRows;
  const int32_t nothing[EDGEATTN_LARGEST_WIDTH] = {};
  for (int64_t block = first; block < last; ++block) {
    const int64_t which = block / per_head, start = block % per_head * kBlockRows;
    for (int64_t row = start; row < smaller(start + kBlockRows, call.queries); ++row) {
      finish_row(call, which / call.heads, which % call.heads, row, nothing, nullptr, 0, 1);
    }
  }
}

}  // namespace
}  // namespace edgeattn

#endif
