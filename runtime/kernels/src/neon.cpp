// Armv8.0: no dot product. Two products of bytes fit into int16 and are added there; sadalp then
// adds neighbours into int32. So 16 bytes of a key meet 16 bytes of a row in three instructions.
#include "arm.hpp"
#include "arm_assembly.hpp"

namespace edgeattn {
namespace {

// Four channels, 16 bytes each; or bytes 0 to 7 of keys 0 and 1, of 2 and 3, then bytes 8 to 15, in
// units of four bytes: a0 b0 a1 b1.
struct FourBySixteen {
  int8x16_t part[4];
};

// Weights are within -127..127, so two of their products fit into int16: 2 * 127 * 128 = 32512. Two
// products of queries and keys may reach 2 * 128 * 128 = 32768, which does not fit. So the second
// half of a register of keys is packed as ~k = -k - 1 and its product subtracted: q k - q' ~k' lies
// within +-32640, and the sum is that of q k + q' k' and of q', one constant per row, which softmax
// does not see.

// Partial sums in v16 to v31, row by row; products in v2 and v3.
#define TWO_SUMS(second, row, a, b, name, c, d)     \
  "smull v2.8h, v" #row ".8b, v" #a ".8b\n"         \
  "smull v3.8h, v" #row ".8b, v" #b ".8b\n"         \
  second " v2.8h, v" #row ".16b, v" #a ".16b\n"     \
  second " v3.8h, v" #row ".16b, v" #b ".16b\n"     \
  name " v" #c ".4s, v2.8h\n"                       \
  name " v" #d ".4s, v3.8h\n"
#define LOAD_8                                      \
  "ld1 {v4.16b-v7.16b}, [%[panel]], #64\n"          \
  "ld1 {v8.16b-v11.16b}, [%[panel]], #64\n"

// Scores: 8 keys in v4 to v11, 16 bytes of a row in v0 and v1, twice each; two sums to a key.
#define SCORE_ROW(row, name, a, b, c, d)            \
  "ldp q0, q1, [%[r" #row "]], #32\n"               \
  TWO_SUMS("smlsl2", 0, 4, 5, name, a, b)           \
  TWO_SUMS("smlsl2", 0, 8, 9, name, c, d)           \
  TWO_SUMS("smlsl2", 1, 6, 7, "sadalp", a, b)       \
  TWO_SUMS("smlsl2", 1, 10, 11, "sadalp", c, d)
#define SCORE_GROUP(name)                           \
  LOAD_8                                            \
  SCORE_ROW(0, name, 16, 17, 18, 19)                \
  SCORE_ROW(1, name, 20, 21, 22, 23)                \
  SCORE_ROW(2, name, 24, 25, 26, 27)                \
  SCORE_ROW(3, name, 28, 29, 30, 31)
#define FINISH_SCORES(row, a, b, c, d)              \
  "addp v" #a ".4s, v" #a ".4s, v" #b ".4s\n"       \
  "addp v" #c ".4s, v" #c ".4s, v" #d ".4s\n"       \
  "add v" #a ".4s, v" #a ".4s, v0.4s\n"             \
  "add v" #c ".4s, v" #c ".4s, v1.4s\n"             \
  "stp q" #a ", q" #c ", [%[t" #row "]], #32\n"     \
  ARM_COMPARE_ONE(row, a) ARM_COMPARE_ONE(row, c)

// Values: four channels, one group of keys in v4 to v7, the next in v8 to v11; four sums to a
// channel.
#define VALUE_ROW(row, name, a, b, c, d)            \
  "ldr q0, [%[r" #row "]], #16\n"                   \
  TWO_SUMS("smlal2", 0, 4, 5, name, a, b)           \
  TWO_SUMS("smlal2", 0, 6, 7, name, c, d)
#define VALUE_ROWS_OF_2(row, name, a, b, c, d)      \
  "ldp q0, q1, [%[r" #row "]], #32\n"               \
  TWO_SUMS("smlal2", 0, 4, 5, name, a, b)           \
  TWO_SUMS("smlal2", 0, 6, 7, name, c, d)           \
  TWO_SUMS("smlal2", 1, 8, 9, "sadalp", a, b)       \
  TWO_SUMS("smlal2", 1, 10, 11, "sadalp", c, d)
#define VALUE_GROUP(name)                           \
  "ld1 {v4.16b-v7.16b}, [%[panel]], #64\n"          \
  VALUE_ROW(0, name, 16, 17, 18, 19)                \
  VALUE_ROW(1, name, 20, 21, 22, 23)                \
  VALUE_ROW(2, name, 24, 25, 26, 27)                \
  VALUE_ROW(3, name, 28, 29, 30, 31)
#define VALUE_GROUPS(name)                          \
  LOAD_8                                            \
  VALUE_ROWS_OF_2(0, name, 16, 17, 18, 19)          \
  VALUE_ROWS_OF_2(1, name, 20, 21, 22, 23)          \
  VALUE_ROWS_OF_2(2, name, 24, 25, 26, 27)          \
  VALUE_ROWS_OF_2(3, name, 28, 29, 30, 31)
#define FINISH_VALUES(row, a, b, c, d)              \
  "addp v" #a ".4s, v" #a ".4s, v" #b ".4s\n"       \
  "addp v" #c ".4s, v" #c ".4s, v" #d ".4s\n"       \
  "addp v" #a ".4s, v" #a ".4s, v" #c ".4s\n"       \
  "add v" #a ".4s, v" #a ".4s, v0.4s\n"             \
  "str q" #a ", [%[t" #row "]], #16\n"

// The first group sets the sums, the others add to them.
#define SCORES                                      \
  SCORE_GROUP("saddlp")                             \
  "subs %[groups], %[groups], #1\n"                 \
  "b.eq 2f\n"                                       \
  "1:\n"                                            \
  SCORE_GROUP("sadalp")                             \
  ARM_LOOP                                          \
  "2:\n"                                            \
  "ldp q0, q1, [%[start]], #32\n"
// By twos; one alone before them where their number is odd.
#define VALUES                                      \
  "tbz %[groups], #0, 3f\n"                         \
  VALUE_GROUP("saddlp")                             \
  "subs %[groups], %[groups], #1\n"                 \
  "b.eq 2f\n"                                       \
  "b 1f\n"                                          \
  "3:\n"                                            \
  VALUE_GROUPS("saddlp")                            \
  "subs %[groups], %[groups], #2\n"                 \
  "b.eq 2f\n"                                       \
  "1:\n"                                            \
  VALUE_GROUPS("sadalp")                            \
  "subs %[groups], %[groups], #2\n"                 \
  "b.ne 1b\n"                                       \
  "2:\n"                                            \
  "ldr q0, [%[start]], #16\n"

struct Neon : Arm<Neon, int8_t, 127>, ArmPack<16, 0xff> {
  static constexpr int rows = 4;
  static constexpr int key_columns = 2;
  static constexpr int value_columns = 1;
  using Packed = FourBySixteen;
  using Left = int8x16_t;

  static Packed load_packed(const uint8_t* from) {
    Packed x;
    for (int i = 0; i < 4; ++i) x.part[i] = vreinterpretq_s8_u8(vld1q_u8(from + 16 * i));
    return x;
  }
  static Left repeat(const Element* from) { return vld1q_s8(from); }

  // Eight bytes of a row twice, as pairs of keys want them.
  static void repeat_fours(int8x16_t row, int8x16_t (&twice)[2]) {
    const int32x4_t words = vreinterpretq_s32_s8(row);
    twice[0] = vreinterpretq_s8_s32(vzip1q_s32(words, words));
    twice[1] = vreinterpretq_s8_s32(vzip2q_s32(words, words));
  }
  static int32x4_t pair(int8x16_t left, int8x16_t keys) {
    const int16x8_t lower = vmull_s8(vget_low_s8(left), vget_low_s8(keys));
    return vpaddlq_s16(vmlsl_high_s8(lower, left, keys));
  }
  static Int32 score_dot(Int32 sum, Left left, const Packed& packed) {
    int8x16_t row[2];
    repeat_fours(left, row);
    const Int32 a = vaddq_s32(pair(row[0], packed.part[0]), pair(row[1], packed.part[2]));
    const Int32 b = vaddq_s32(pair(row[0], packed.part[1]), pair(row[1], packed.part[3]));
    return vaddq_s32(sum, vpaddq_s32(a, b));
  }
  static Int32 value_dot(Int32 sum, Left left, const Packed& packed) {
    Int32 part[4];
    for (int i = 0; i < 4; ++i) {
      const int16x8_t lower = vmull_s8(vget_low_s8(left), vget_low_s8(packed.part[i]));
      part[i] = vpaddlq_s16(vmlal_high_s8(lower, left, packed.part[i]));
    }
    return vaddq_s32(sum, vpaddq_s32(vpaddq_s32(part[0], part[1]), vpaddq_s32(part[2], part[3])));
  }

  template <int R>
  static int score(const Element* const (&left)[R], const Panels<Neon>& keys, int64_t visible,
                   const int32_t* start, int32_t* scores, int64_t stride, Int32 (&maximum)[R]) {
    if constexpr (R < rows) {
      return Arm::score<R>(left, keys, visible, start, scores, stride, maximum);
    } else {
      alignas(16) Element twice[R][2 * EDGEATTN_LARGEST_WIDTH];
      const Element* row[R];
      for (int r = 0; r < R; ++r) {
        row[r] = twice[r];
        for (int g = 0; g < keys.groups; ++g) {
          int8x16_t both[2];
          repeat_fours(vld1q_s8(left[r] + g * group), both);
          vst1q_s8(twice[r] + 2 * g * group, both[0]);
          vst1q_s8(twice[r] + 2 * g * group + group, both[1]);
        }
      }
      return Arm::score<R>(row, keys, visible, start, scores, stride, maximum);
    }
  }

  [[gnu::always_inline]] static inline void whole_panel(
      ScoreDot, const Element* const (&left)[4], const uint8_t*& panel, int64_t groups,
      const int32_t*& start, int32_t* (&to)[4], Int32 (&largest)[4]) {
    ARM_PANEL(SCORES FINISH_SCORES(0, 16, 17, 18, 19) FINISH_SCORES(1, 20, 21, 22, 23)
              FINISH_SCORES(2, 24, 25, 26, 27) FINISH_SCORES(3, 28, 29, 30, 31));
  }
  [[gnu::always_inline]] static inline void whole_panel(
      ValueDot, const Element* const (&left)[4], const uint8_t*& panel, int64_t groups,
      const int32_t*& start, int32_t* (&to)[4], Int32 (&)[4]) {
    ARM_PANEL_OF_VALUES(VALUES FINISH_VALUES(0, 16, 17, 18, 19) FINISH_VALUES(1, 20, 21, 22, 23)
                        FINISH_VALUES(2, 24, 25, 26, 27) FINISH_VALUES(3, 28, 29, 30, 31));
  }
};

}  // namespace

edgeattn_status attend_neon(const edgeattn_attention& call, int64_t first, int64_t last) {
  return attend_blocks<Neon>(call, first, last);
}

}  // namespace edgeattn
