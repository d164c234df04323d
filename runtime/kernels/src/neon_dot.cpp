// Armv8.2 with the dot product (Cortex-A55, A76 and later): sdot by element, so that 16 bytes of a
// row are loaded once for four groups.
#include "arm.hpp"

namespace edgeattn {
namespace {

// Four keys (or channels), 16 bytes each: four groups of four bytes, one after the other.
struct FourGroups {
  int8x16_t group[4];
};

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
};

}  // namespace

edgeattn_status attend_neon_dot(const edgeattn_attention& call, int64_t first, int64_t last) {
  return attend_blocks<NeonDot>(call, first, last);
}

}  // namespace edgeattn
