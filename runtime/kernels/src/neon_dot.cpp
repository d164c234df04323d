// Armv8.2 with the dot product (Cortex-A55, A76 and later): sdot by element, so that 16 bytes of a
// row are loaded once for four groups.
#include "arm.hpp"
#include "arm_assembly.hpp"

namespace edgeattn {
namespace {

// Four keys (or channels), 16 bytes each: four groups of four bytes, one after the other.
struct FourGroups {
  int8x16_t group[4];
};

// Sums in v16 to v31, row by row; columns take turns in v4 to v7 and v8 to v11.
#define DOT(sum, group, row, place) \
  "sdot v" #sum ".4s, v" #group ".16b, v" #row ".4b[" #place "]\n"
#define DOTS(a, b, c, d, group, place) \
  DOT(a, group, 0, place) DOT(b, group, 1, place) DOT(c, group, 2, place) DOT(d, group, 3, place)
#define COLUMN(a, b, c, d, g0, g1, g2, g3)                 \
  "ld1 {v" #g0 ".16b-v" #g3 ".16b}, [%[panel]], #64\n"     \
  DOTS(a, b, c, d, g0, 0) DOTS(a, b, c, d, g1, 1)          \
  DOTS(a, b, c, d, g2, 2) DOTS(a, b, c, d, g3, 3)
#define SUMS                              \
  "ld1 {v16.4s-v19.4s}, [%[start]]\n"     \
  "ld1 {v20.4s-v23.4s}, [%[start]]\n"     \
  "ld1 {v24.4s-v27.4s}, [%[start]]\n"     \
  "ld1 {v28.4s-v31.4s}, [%[start]], #64\n"\
  "1:\n"                                  \
  ARM_LOAD_ROWS                           \
  COLUMN(16, 20, 24, 28, 4, 5, 6, 7)      \
  COLUMN(17, 21, 25, 29, 8, 9, 10, 11)    \
  COLUMN(18, 22, 26, 30, 4, 5, 6, 7)      \
  COLUMN(19, 23, 27, 31, 8, 9, 10, 11)    \
  ARM_LOOP
#define STORE \
  ARM_STORE(0, 16, 19) ARM_STORE(1, 20, 23) ARM_STORE(2, 24, 27) ARM_STORE(3, 28, 31)
#define COMPARE                                                 \
  ARM_COMPARE(0, 16, 17, 18, 19) ARM_COMPARE(1, 20, 21, 22, 23) \
  ARM_COMPARE(2, 24, 25, 26, 27) ARM_COMPARE(3, 28, 29, 30, 31)

struct NeonDot : Arm<NeonDot, int8_t, 127>, ArmPack<4> {
  static constexpr int rows = 4;
  static constexpr int key_columns = 4;  // 16 sums, 4 rows, 1 column and 4 maxima of 32 registers
  static constexpr int value_columns = 4;
  using Packed = FourGroups;
  using Left = int8x16_t;

  static Packed load_packed(const uint8_t* from) {
    Packed x;
    for (int i = 0; i < 4; ++i) x.group[i] = vreinterpretq_s8_u8(vld1q_u8(from + 16 * i));
    return x;
  }
  static Left repeat(const Element* from) { return vld1q_s8(from); }
  static Int32 dot(Int32 sum, Left left, const Packed& packed) {
    sum = vdotq_laneq_s32(sum, packed.group[0], left, 0);
    sum = vdotq_laneq_s32(sum, packed.group[1], left, 1);
    sum = vdotq_laneq_s32(sum, packed.group[2], left, 2);
    return vdotq_laneq_s32(sum, packed.group[3], left, 3);
  }
  static Int32 score_dot(Int32 sum, Left left, const Packed& packed) {
    return dot(sum, left, packed);
  }
  static Int32 value_dot(Int32 sum, Left left, const Packed& packed) {
    return dot(sum, left, packed);
  }

  [[gnu::always_inline]] static inline void whole_panel(
      ScoreDot, const Element* const (&left)[4], const uint8_t*& panel, int64_t groups,
      const int32_t*& start, int32_t* (&to)[4], Int32 (&largest)[4]) {
    ARM_PANEL(SUMS STORE COMPARE);
  }
  [[gnu::always_inline]] static inline void whole_panel(
      ValueDot, const Element* const (&left)[4], const uint8_t*& panel, int64_t groups,
      const int32_t*& start, int32_t* (&to)[4], Int32 (&)[4]) {
    ARM_PANEL_OF_VALUES(SUMS STORE);
  }
};

}  // namespace

edgeattn_status attend_neon_dot(const edgeattn_attention& call, int64_t first, int64_t last) {
  return attend_blocks<NeonDot>(call, first, last);
}

}  // namespace edgeattn
