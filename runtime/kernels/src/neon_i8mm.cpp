// Armv8.6's int8 matrix products (Cortex-A510, A710 and later, Neoverse V1): two rows times two
// keys, eight deep, in one instruction. usmmla takes weights as they are, unsigned.
#include "arm.hpp"
#include "arm_assembly.hpp"

namespace edgeattn {
namespace {

// Four keys (or channels), 16 bytes each: the first eight of keys 0 and 1, of 2 and 3, then the rest.
struct TwoGroups {
  int8x16_t pair[4];
};

// Sums of pairs of rows with pairs of keys in v16 to v31. v4 and v5 hold the first eight bytes of
// rows 0, 1 and 2, 3; v6 and v7 the rest. Columns take turns in v0 to v3 and v8 to v11.
#define PRODUCT(name, sum, rows, pair) name " v" #sum ".4s, v" #rows ".16b, v" #pair ".16b\n"
#define COLUMN(name, a, b, c, d, g0, g1, g2, g3)                 \
  "ld1 {v" #g0 ".16b-v" #g3 ".16b}, [%[panel]], #64\n"           \
  PRODUCT(name, a, 4, g0) PRODUCT(name, b, 4, g1)                \
  PRODUCT(name, c, 5, g0) PRODUCT(name, d, 5, g1)                \
  PRODUCT(name, a, 6, g2) PRODUCT(name, b, 6, g3)                \
  PRODUCT(name, c, 7, g2) PRODUCT(name, d, 7, g3)
#define START(first, second)                                     \
  "ld1r {v" #first ".2d}, [%[start]], #8\n"                       \
  "mov v" #second ".16b, v" #first ".16b\n"
#define ROWS_OF(lower, upper, a, b)                              \
  "zip1 v" #lower ".2d, v" #a ".2d, v" #b ".2d\n"                \
  "zip2 v" #upper ".2d, v" #a ".2d, v" #b ".2d\n"
#define SUMS(name)                                               \
  START(16, 24) START(17, 25) START(18, 26) START(19, 27)        \
  START(20, 28) START(21, 29) START(22, 30) START(23, 31)        \
  "1:\n"                                                         \
  ARM_LOAD_ROWS                                                  \
  ROWS_OF(4, 6, 0, 1) ROWS_OF(5, 7, 2, 3)                        \
  COLUMN(name, 16, 17, 24, 25, 8, 9, 10, 11)                     \
  COLUMN(name, 18, 19, 26, 27, 0, 1, 2, 3)                       \
  COLUMN(name, 20, 21, 28, 29, 8, 9, 10, 11)                     \
  COLUMN(name, 22, 23, 30, 31, 0, 1, 2, 3)                       \
  ARM_LOOP                                                       \
  ROWS_OF(0, 4, 16, 17) ROWS_OF(1, 5, 18, 19)                    \
  ROWS_OF(2, 6, 20, 21) ROWS_OF(3, 7, 22, 23)                    \
  ROWS_OF(8, 16, 24, 25) ROWS_OF(9, 17, 26, 27)                  \
  ROWS_OF(10, 18, 28, 29) ROWS_OF(11, 19, 30, 31)
#define STORE \
  ARM_STORE(0, 0, 3) ARM_STORE(1, 4, 7) ARM_STORE(2, 8, 11) ARM_STORE(3, 16, 19)
#define COMPARE                                             \
  ARM_COMPARE(0, 0, 1, 2, 3) ARM_COMPARE(1, 4, 5, 6, 7)     \
  ARM_COMPARE(2, 8, 9, 10, 11) ARM_COMPARE(3, 16, 17, 18, 19)

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

  [[gnu::always_inline]] static inline void whole_panel(
      ScoreDot, const Element* const (&left)[4], const uint8_t*& panel, int64_t groups,
      const int32_t*& start, int32_t* (&to)[4], Int32 (&largest)[4]) {
    ARM_PANEL(SUMS("smmla") STORE COMPARE);
  }
  [[gnu::always_inline]] static inline void whole_panel(
      ValueDot, const Element* const (&left)[4], const uint8_t*& panel, int64_t groups,
      const int32_t*& start, int32_t* (&to)[4], Int32 (&)[4]) {
    ARM_PANEL_OF_VALUES(SUMS("usmmla") STORE);
  }
};

}  // namespace

edgeattn_status attend_neon_i8mm(const edgeattn_attention& call, int64_t first, int64_t last) {
  return attend_blocks<NeonI8mm>(call, first, last);
}

}  // namespace edgeattn
