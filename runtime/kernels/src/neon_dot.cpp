// Armv8.2 with the dot product (Cortex-A55, A76 and later): sdot by element, so that 16 bytes of a
// row are loaded once for four groups.
#include "arm.hpp"

namespace edgeattn {
namespace {

struct NeonDot : Arm<NeonDot, int8_t, 127>, ArmPack<4> {
  static constexpr int rows = 4;
  static constexpr int key_columns = 4;  // 16 sums, 8 rows, 2 columns of 32 registers
  static constexpr int value_columns = 4;
  using Packed = int8x16_t;
  using Left = int8x16_t;

  static Packed load_packed(const uint8_t* from) { return vreinterpretq_s8_u8(vld1q_u8(from)); }
  static Left repeat(const Element* from) {
    int32_t four;
    std::memcpy(&four, from, sizeof four);
    return vreinterpretq_s8_s32(vdupq_n_s32(four));
  }
  static Int32 score_dot(Int32 sum, Left left, Packed packed) {
    return vdotq_s32(sum, packed, left);
  }
  static Int32 value_dot(Int32 sum, Left left, Packed packed) {
    return vdotq_s32(sum, packed, left);
  }

  // Group `kPlace` of the 16 bytes of every row.
  template <int kPlace, int R, int C>
  static void add_group(const int8x16_t (&row)[R], const uint8_t* panel, Int32 (&sum)[R][C]) {
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) {
      const Packed packed = load_packed(panel + (kPlace * C + c) * Panels<NeonDot>::kBytes);
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) {
        sum[r][c] = vdotq_laneq_s32(sum[r][c], packed, row[r], kPlace);
      }
    }
  }

  template <class Dot, int R, int C>
  [[gnu::always_inline]] static inline void multiply(const Element* const (&left)[R], const uint8_t* panel, int groups,
                       const int32_t* start, Int32 (&sum)[R][C]) {
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) {
      const Int32 first = load(start + c * lanes);
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) sum[r][c] = first;
    }
    ptrdiff_t g = 0;
    for (; g + 4 <= groups; g += 4, panel += 4 * C * Panels<NeonDot>::kBytes) {
      int8x16_t row[R];
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) row[r] = vld1q_s8(left[r] + g * group);
      add_group<0>(row, panel, sum);
      add_group<1>(row, panel, sum);
      add_group<2>(row, panel, sum);
      add_group<3>(row, panel, sum);
    }
    for (; g < groups; ++g, panel += C * Panels<NeonDot>::kBytes) {
      int8x16_t row[R];
#pragma GCC unroll 8
      for (int r = 0; r < R; ++r) row[r] = repeat(left[r] + g * group);
      add_group<0>(row, panel, sum);
    }
  }
};

}  // namespace

edgeattn_status attend_neon_dot(const edgeattn_attention& call, int64_t first, int64_t last) {
  return attend_blocks<NeonDot>(call, first, last);
}

}  // namespace edgeattn
