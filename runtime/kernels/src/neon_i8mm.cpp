// Armv8.6's int8 matrix products (Cortex-A510, A710 and later, Neoverse V1): two rows times two
// keys, eight deep, in one instruction. usmmla takes weights as they are, unsigned.
#include "arm.hpp"

namespace edgeattn {
namespace {

// Four keys (or channels), 16 bytes each: the first eight of keys 0 and 1, of 2 and 3, then the rest.
struct TwoGroups {
  int8x16_t pair[4];
};

struct NeonI8mm : Arm<NeonI8mm, uint8_t, 0>, ArmPack<8> {
  static constexpr int rows = 4;
  static constexpr int key_columns = 4;  // 16 sums, 4 pairs of rows, 4 of keys, 4 maxima of 32
  static constexpr int value_columns = 4;
  using Packed = TwoGroups;
  using Left = uint8x16_t;  // queries are read back as int8

  static Packed load_packed(const uint8_t* from) {
    Packed x;
    for (int i = 0; i < 4; ++i) x.pair[i] = vreinterpretq_s8_u8(vld1q_u8(from + 16 * i));
    return x;
  }
  static Left repeat(const Element* from) { return vld1q_u8(from); }

  // [row 0, row 1] x [key 0, key 1] -> 00 01 10 11
  static Int32 product(ScoreDot, Int32 sum, Left left, int8x16_t pair) {
    return vmmlaq_s32(sum, vreinterpretq_s8_u8(left), pair);
  }
  static Int32 product(ValueDot, Int32 sum, Left left, int8x16_t pair) {
    return vusmmlaq_s32(sum, left, pair);
  }
  // Halves of two registers side by side: rows out of products, pairs of rows out of rows.
  template <class Register>
  static Register lower(Register a, Register b) {
    return Register(vzip1q_s64(int64x2_t(a), int64x2_t(b)));
  }
  template <class Register>
  static Register upper(Register a, Register b) {
    return Register(vzip2q_s64(int64x2_t(a), int64x2_t(b)));
  }
  template <class Dot>
  static Int32 dot(Int32 sum, Left left, const Packed& packed) {
    const Left near = lower(left, left), far = upper(left, left);  // a row without a partner
    Int32 some[2] = {zero(), zero()};
    for (int i = 0; i < 2; ++i) {
      some[i] = product(Dot{}, some[i], near, packed.pair[i]);
      some[i] = product(Dot{}, some[i], far, packed.pair[2 + i]);
    }
    return vaddq_s32(sum, lower(some[0], some[1]));
  }
  static Int32 score_dot(Int32 sum, Left left, const Packed& packed) {
    return dot<ScoreDot>(sum, left, packed);
  }
  static Int32 value_dot(Int32 sum, Left left, const Packed& packed) {
    return dot<ValueDot>(sum, left, packed);
  }

  template <class Dot, int R, int C>
  [[gnu::always_inline]] static inline void multiply(const Element* const (&left)[R],
                                                     const uint8_t* panel, int groups,
                                                     const int32_t* start, Int32 (&sum)[R][C]) {
    constexpr int P = (R + 1) / 2;  // pairs of rows
    Int32 part[P][C][2];
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) {
      const Int32 four = load(start + c * lanes);
#pragma GCC unroll 2
      for (int p = 0; p < P; ++p) {
        part[p][c][0] = lower(four, four);
        part[p][c][1] = upper(four, four);
      }
    }
    ptrdiff_t g = 0;
    do {
      Left near[P], far[P];
#pragma GCC unroll 2
      for (int p = 0; p < P; ++p) {
        const Left a = repeat(left[2 * p] + g * group);
        const Left b = R == 1 ? a : repeat(left[smaller(2 * p + 1, R - 1)] + g * group);
        near[p] = lower(a, b);
        far[p] = upper(a, b);
      }
#pragma GCC unroll 4
      for (int c = 0; c < C; ++c) {
        const Packed packed = load_packed(panel + c * Panels<NeonI8mm>::kBytes);
#pragma GCC unroll 2
        for (int p = 0; p < P; ++p) {
#pragma GCC unroll 2
          for (int i = 0; i < 2; ++i) {
            part[p][c][i] = product(Dot{}, part[p][c][i], near[p], packed.pair[i]);
            part[p][c][i] = product(Dot{}, part[p][c][i], far[p], packed.pair[2 + i]);
          }
        }
      }
      panel += C * Panels<NeonI8mm>::kBytes;
    } while (++g < groups);
#pragma GCC unroll 4
    for (int c = 0; c < C; ++c) {
#pragma GCC unroll 2
      for (int p = 0; p < P; ++p) {
        sum[2 * p][c] = lower(part[p][c][0], part[p][c][1]);
        if constexpr (R > 1) sum[2 * p + 1][c] = upper(part[p][c][0], part[p][c][1]);
      }
    }
  }
};

}  // namespace

edgeattn_status attend_neon_i8mm(const edgeattn_attention& call, int64_t first, int64_t last) {
  return attend_blocks<NeonI8mm>(call, first, last);
}

}  // namespace edgeattn
