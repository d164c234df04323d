// Armv8.6's int8 matrix products (Cortex-A510, A710 and later, Neoverse V1): two rows times two
// keys, eight deep, in one instruction. usmmla takes weights as they are, unsigned.
#include "arm.hpp"

namespace edgeattn {
namespace {

// Four keys (or channels), eight bytes each.
struct FourByEight {
  int8x16_t pair[2];
};

struct NeonI8mm : Arm<NeonI8mm, uint8_t, 0>, ArmPack<8> {
  static constexpr int rows = 4;
  static constexpr int key_columns = 4;  // 16 sums, 8 pairs of rows, 2 pairs of keys of 32 registers
  static constexpr int value_columns = 4;
  using Packed = FourByEight;
  using Left = uint8x16_t;  // queries are read back as int8

  static Packed load_packed(const uint8_t* from) {
    return {{vreinterpretq_s8_u8(vld1q_u8(from)), vreinterpretq_s8_u8(vld1q_u8(from + 16))}};
  }
  static Left repeat(const Element* from) {
    const uint8x8_t eight = vld1_u8(from);
    return vcombine_u8(eight, eight);
  }

  // [row 0, row 1] x [key 0, key 1] -> 00 01 10 11
  static Int32 product(ScoreDot, Int32 sum, Left left, int8x16_t pair) {
    return vmmlaq_s32(sum, vreinterpretq_s8_u8(left), pair);
  }
  static Int32 product(ValueDot, Int32 sum, Left left, int8x16_t pair) {
    return vusmmlaq_s32(sum, left, pair);
  }
  // Rows out of the products with two pairs of keys.
  static Int32 first_row(Int32 a, Int32 b) {
    return vreinterpretq_s32_s64(vzip1q_s64(vreinterpretq_s64_s32(a), vreinterpretq_s64_s32(b)));
  }
  static Int32 second_row(Int32 a, Int32 b) {
    return vreinterpretq_s32_s64(vzip2q_s64(vreinterpretq_s64_s32(a), vreinterpretq_s64_s32(b)));
  }
  template <class Dot>
  static Int32 dot(Int32 sum, Left left, const Packed& packed) {
    return vaddq_s32(sum, first_row(product(Dot{}, zero(), left, packed.pair[0]),
                                    product(Dot{}, zero(), left, packed.pair[1])));
  }
  static Int32 score_dot(Int32 sum, Left left, const Packed& packed) {
    return dot<ScoreDot>(sum, left, packed);
  }
  static Int32 value_dot(Int32 sum, Left left, const Packed& packed) {
    return dot<ValueDot>(sum, left, packed);
  }

  // Bytes g * 8 of two rows each; a row without a partner stands twice.
  template <int P, int R>
  static void take_8(const Element* const (&left)[R], ptrdiff_t g, Left (&pairs)[P]) {
#pragma GCC unroll 4
    for (int p = 0; p < P; ++p) {
      const uint8x8_t second = vld1_u8(left[R == 1 ? 0 : 2 * p + 1] + g * group);
      pairs[p] = vcombine_u8(vld1_u8(left[2 * p] + g * group), second);
    }
  }
  // Twice as many at once, for two groups.
  template <int P, int R>
  static void take_16(const Element* const (&left)[R], ptrdiff_t g, Left (&near)[P],
                      Left (&far)[P]) {
#pragma GCC unroll 4
    for (int p = 0; p < P; ++p) {
      const uint64x2_t a = vreinterpretq_u64_u8(vld1q_u8(left[2 * p] + g * group));
      const uint64x2_t b =
          vreinterpretq_u64_u8(vld1q_u8(left[R == 1 ? 0 : 2 * p + 1] + g * group));
      near[p] = vreinterpretq_u8_u64(vzip1q_u64(a, b));
      far[p] = vreinterpretq_u8_u64(vzip2q_u64(a, b));
    }
  }

  template <class Dot, int P, int C>
  static void add_group(const Left (&pairs)[P], const uint8_t* panel, Int32 (&sum)[P][C][2]) {
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) {
      const Packed packed = load_packed(panel + c * Panels<NeonI8mm>::kBytes);
#pragma GCC unroll 4
      for (int p = 0; p < P; ++p) {
        sum[p][c][0] = product(Dot{}, sum[p][c][0], pairs[p], packed.pair[0]);
        sum[p][c][1] = product(Dot{}, sum[p][c][1], pairs[p], packed.pair[1]);
      }
    }
  }

  template <class Dot, int R, int C>
  [[gnu::always_inline]] static inline void multiply(const Element* const (&left)[R], const uint8_t* panel, int groups,
                       const int32_t* start, Int32 (&sum)[R][C]) {
    constexpr int P = (R + 1) / 2;
    Int32 part[P][C][2];
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) {
      const Int32 four = load(start + c * lanes);
      const Int32 lower = first_row(four, four), upper = second_row(four, four);
#pragma GCC unroll 4
      for (int p = 0; p < P; ++p) {
        part[p][c][0] = lower;
        part[p][c][1] = upper;
      }
    }
    ptrdiff_t g = 0;
    for (; g + 2 <= groups; g += 2, panel += 2 * C * Panels<NeonI8mm>::kBytes) {
      Left near[P], far[P];
      take_16(left, g, near, far);
      add_group<Dot>(near, panel, part);
      add_group<Dot>(far, panel + C * Panels<NeonI8mm>::kBytes, part);
    }
    if (g < groups) {
      Left pairs[P];
      take_8(left, g, pairs);
      add_group<Dot>(pairs, panel, part);
    }
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) {
#pragma GCC unroll 4
      for (int p = 0; p < P; ++p) {
        sum[2 * p][c] = first_row(part[p][c][0], part[p][c][1]);
        if constexpr (R > 1) sum[2 * p + 1][c] = second_row(part[p][c][0], part[p][c][1]);
      }
    }
  }
};

}  // namespace

edgeattn_status attend_neon_i8mm(const edgeattn_attention& call, int64_t first, int64_t last) {
  return attend_blocks<NeonI8mm>(call, first, last);
}

}  // namespace edgeattn
