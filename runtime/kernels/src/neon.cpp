// Armv8.0: no dot product. Two products of bytes fit into int16 and are added there; sadalp then
// adds neighbours into int32. So 16 bytes of a key meet 16 bytes of a row in three instructions.
#include "arm.hpp"
#include "arm_assembly.hpp"

namespace edgeattn {
namespace {

// Four keys (or channels), 16 bytes each.
struct FourBySixteen {
  int8x16_t key[4];
};

// Weights are within -127..127, so two of their products fit into int16: 2 * 127 * 128 = 32512. Two
// products of queries and keys may reach 2 * 128 * 128 = 32768, which does not fit. So the upper
// half of 16 bytes of a key is packed as ~k = -k - 1 and its product subtracted: q k - q' ~k' lies
// within +-32640, and the sum is that of q k + q' k' and of q', one constant per row, which softmax
// does not see.
// Partial sums in v16 to v31, row by row; the four keys in v4 to v7, products in v8 to v11.
#define PRODUCTS(second, row)                      \
  "smull v8.8h, v" #row ".8b, v4.8b\n"             \
  "smull v9.8h, v" #row ".8b, v5.8b\n"             \
  "smull v10.8h, v" #row ".8b, v6.8b\n"            \
  "smull v11.8h, v" #row ".8b, v7.8b\n"            \
  second " v8.8h, v" #row ".16b, v4.16b\n"         \
  second " v9.8h, v" #row ".16b, v5.16b\n"         \
  second " v10.8h, v" #row ".16b, v6.16b\n"        \
  second " v11.8h, v" #row ".16b, v7.16b\n"
#define ADD(name, a, b, c, d)                      \
  name " v" #a ".4s, v8.8h\n"                      \
  name " v" #b ".4s, v9.8h\n"                      \
  name " v" #c ".4s, v10.8h\n"                     \
  name " v" #d ".4s, v11.8h\n"
#define GROUP(second, name)                        \
  "ld1 {v4.16b-v7.16b}, [%[panel]], #64\n"         \
  ARM_LOAD_ROWS                                    \
  PRODUCTS(second, 0) ADD(name, 16, 17, 18, 19)    \
  PRODUCTS(second, 1) ADD(name, 20, 21, 22, 23)    \
  PRODUCTS(second, 2) ADD(name, 24, 25, 26, 27)    \
  PRODUCTS(second, 3) ADD(name, 28, 29, 30, 31)
// The partial sums of a row meet in its first register, and join what the sums start with.
#define MEET(row, a, b, c, d)                      \
  "addp v" #a ".4s, v" #a ".4s, v" #b ".4s\n"      \
  "addp v" #c ".4s, v" #c ".4s, v" #d ".4s\n"      \
  "addp v" #a ".4s, v" #a ".4s, v" #c ".4s\n"      \
  "add v" #a ".4s, v" #a ".4s, v0.4s\n"            \
  "str q" #a ", [%[t" #row "]], #16\n"
#define SUMS(second)                               \
  GROUP(second, "saddlp")                          \
  "subs %[groups], %[groups], #1\n"                \
  "b.eq 2f\n"                                      \
  "1:\n"                                           \
  GROUP(second, "sadalp")                          \
  ARM_LOOP                                         \
  "2:\n"                                           \
  "ldr q0, [%[start]], #16\n"                      \
  MEET(0, 16, 17, 18, 19) MEET(1, 20, 21, 22, 23)  \
  MEET(2, 24, 25, 26, 27) MEET(3, 28, 29, 30, 31)
#define COMPARE                                    \
  ARM_COMPARE_ONE(0, 16) ARM_COMPARE_ONE(1, 20)    \
  ARM_COMPARE_ONE(2, 24) ARM_COMPARE_ONE(3, 28)

struct Neon : Arm<Neon, int8_t, 127>, ArmPack<16, 0xff> {
  static constexpr int rows = 4;
  static constexpr int key_columns = 1;  // 16 partial sums, 4 keys, 1 row, 1 product of 32 registers
  static constexpr int value_columns = 1;
  using Packed = FourBySixteen;
  using Left = int8x16_t;

  static Packed load_packed(const uint8_t* from) {
    Packed x;
    for (int i = 0; i < 4; ++i) x.key[i] = vreinterpretq_s8_u8(vld1q_u8(from + 16 * i));
    return x;
  }
  static Left repeat(const Element* from) { return vld1q_s8(from); }

  static int16x8_t product(ScoreDot, Left left, int8x16_t key) {
    const int16x8_t lower = vmull_s8(vget_low_s8(left), vget_low_s8(key));
    return vmlsl_high_s8(lower, left, key);
  }
  static int16x8_t product(ValueDot, Left left, int8x16_t key) {
    const int16x8_t lower = vmull_s8(vget_low_s8(left), vget_low_s8(key));
    return vmlal_high_s8(lower, left, key);
  }
  static Int32 sum_each(const int32x4_t (&part)[4]) {
    return vpaddq_s32(vpaddq_s32(part[0], part[1]), vpaddq_s32(part[2], part[3]));
  }
  template <class Dot>
  static Int32 dot(Int32 sum, Left left, const Packed& packed) {
    int32x4_t part[4];
    for (int i = 0; i < 4; ++i) part[i] = vpaddlq_s16(product(Dot{}, left, packed.key[i]));
    return vaddq_s32(sum, sum_each(part));
  }
  static Int32 score_dot(Int32 sum, Left left, const Packed& packed) {
    return dot<ScoreDot>(sum, left, packed);
  }
  static Int32 value_dot(Int32 sum, Left left, const Packed& packed) {
    return dot<ValueDot>(sum, left, packed);
  }

  // Every key keeps four partial sums, which meet once at the end.
  template <class Dot, int R, int C>
  [[gnu::always_inline]] static inline void multiply(const Element* const (&left)[R], const uint8_t* panel, int groups,
                       const int32_t* start, Int32 (&sum)[R][C]) {
    static_assert(C == 1, "");
    int32x4_t part[R][4];
    {
      const Packed packed = load_packed(panel);
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) {
        const Left row = repeat(left[r]);
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) part[r][i] = vpaddlq_s16(product(Dot{}, row, packed.key[i]));
      }
    }
    for (ptrdiff_t g = 1; g < groups; ++g) {
      panel += Panels<Neon>::kBytes;
      const Packed packed = load_packed(panel);
#pragma GCC unroll 4
      for (int r = 0; r < R; ++r) {
        const Left row = repeat(left[r] + g * group);
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) {
          part[r][i] = vpadalq_s16(part[r][i], product(Dot{}, row, packed.key[i]));
        }
      }
    }
    const Int32 first = load(start);
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) sum[r][0] = vaddq_s32(first, sum_each(part[r]));
  }

  static void whole_panel(ScoreDot, const Element* const (&left)[4], const uint8_t*& panel,
                          int64_t groups, const int32_t*& start, int32_t* (&to)[4],
                          Int32 (&largest)[4]) {
    ARM_PANEL(SUMS("smlsl2") COMPARE);
  }
  static void whole_panel(ValueDot, const Element* const (&left)[4], const uint8_t*& panel,
                          int64_t groups, const int32_t*& start, int32_t* (&to)[4], Int32 (&)[4]) {
    ARM_PANEL_OF_VALUES(SUMS("smlal2"));
  }
};

}  // namespace

edgeattn_status attend_neon(const edgeattn_attention& call, int64_t first, int64_t last) {
  return attend_blocks<Neon>(call, first, last);
}

}  // namespace edgeattn
