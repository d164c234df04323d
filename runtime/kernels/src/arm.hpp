// What all instruction sets of 64-bit Arm share: int32 registers of four, exponentials by tbl.
//
// Everything has internal linkage: each instruction set compiles its own copy.
#ifndef EDGEATTN_ARM_HPP
#define EDGEATTN_ARM_HPP

#include "arm_pack.hpp"
#include "arm_panels.hpp"
#include "tiles.hpp"

namespace edgeattn {
namespace {

// 256 weights of a byte, looked up by an index byte: an index out of a table's reach leaves the
// lane as it is.
struct ByteTable {
  uint8x16x4_t part[4];

  explicit ByteTable(const uint8_t* entries)
      : part{vld1q_u8_x4(entries), vld1q_u8_x4(entries + 64), vld1q_u8_x4(entries + 128),
             vld1q_u8_x4(entries + 192)} {}
  uint8x16_t look_up(uint8x16_t index) const {
    uint8x16_t found = vqtbl4q_u8(part[0], index);
    found = vqtbx4q_u8(found, part[1], vsubq_u8(index, vdupq_n_u8(64)));
    found = vqtbx4q_u8(found, part[2], vsubq_u8(index, vdupq_n_u8(128)));
    return vqtbx4q_u8(found, part[3], vsubq_u8(index, vdupq_n_u8(192)));
  }
};

// 16 int16 entries, looked up by index bytes: the low and the high byte from one table each.
struct WordTable {
  uint8x16_t low, high;

  explicit WordTable(const int16_t* entries) {
    const uint8x16x2_t bytes = vld2q_u8(reinterpret_cast<const uint8_t*>(entries));
    low = bytes.val[0];
    high = bytes.val[1];
  }
  void look_up(uint8x16_t index, int16x8_t (&found)[2]) const {
    const uint8x16_t l = vqtbl1q_u8(low, index), h = vqtbl1q_u8(high, index);
    found[0] = vreinterpretq_s16_u8(vzip1q_u8(l, h));
    found[1] = vreinterpretq_s16_u8(vzip2q_u8(l, h));
  }
};

// Isa: the instruction set itself, whose `multiply` is used. kOffset: what stored weights lack; see
// exponential.hpp.
template <class Isa, class Byte, int kOffset>
struct Arm {
  static constexpr int lanes = 4;
  static constexpr int key_flip = 0;
  static constexpr int weight_offset = kOffset;
  using Element = Byte;
  using Int32 = int32x4_t;

  static Int32 load(const int32_t* from) { return vld1q_s32(from); }
  static void store(int32_t* to, Int32 x) { vst1q_s32(to, x); }
  static Int32 zero() { return vdupq_n_s32(0); }
  static Int32 repeat_int32(int32_t x) { return vdupq_n_s32(x); }
  static Int32 maximum(Int32 a, Int32 b) { return vmaxq_s32(a, b); }
  static int32_t largest(Int32 x) { return vmaxvq_s32(x); }

  // Score the panels that hold visible keys and return how many keys those are.
  template <int R>
  static int score(const Byte* const (&left)[R], const Panels<Isa>& keys, int64_t visible,
                   const int32_t* start, int32_t* scores, int64_t stride, Int32 (&maximum)[R]) {
    int last = keys.count;
    while (last > 0 && keys.first(last - 1) * lanes >= visible) --last;
    const ArmPanels<Isa, R> panels{keys, keys.groups, start, scores, stride};
    panels.template run<ScoreDot, Isa::key_columns>(left, last, maximum);
    return keys.first(last) * lanes;
  }
  template <int R>
  static void add_values(const Byte* const (&left)[R], const Panels<Isa>& values, int groups,
                         const int32_t* start, int32_t* sums, int64_t stride) {
    // At least one group, for the loops' sake: where no key is seen, nothing counts anyway.
    const ArmPanels<Isa, R> panels{values, groups > 0 ? groups : 1, start, sums, stride};
    panels.template run<ValueDot, Isa::value_columns>(left, values.count, nullptr);
  }

  // What turns scores into indices. Narrowing shifts by a constant at no cost.
  static constexpr int kAnyShift = -1;
  template <int kShift>
  struct Indices {
    const int32x4_t largest, shift;
    const int16x8_t multiplier;

    Indices(int32_t most, const Exponential& e)
        : largest(vdupq_n_s32(most)),
          shift(vdupq_n_s32(-e.shift)),
          multiplier(vdupq_n_s16(static_cast<int16_t>(e.multiplier))) {}

    int16x8_t bounded(int32x4_t a, int32x4_t b) const {
      if constexpr (kShift > 0) {
        return vqshrn_high_n_s32(vqshrn_n_s32(a, kShift), b, kShift);
      } else if constexpr (kShift == 0) {
        return vqmovn_high_s32(vqmovn_s32(a), b);
      } else {
        return vqmovn_high_s32(vqmovn_s32(vshlq_s32(a, shift)), vshlq_s32(b, shift));
      }
    }
    int16x8_t of_8(int32x4_t a, int32x4_t b) const {
      return vqrdmulhq_s16(bounded(vsubq_s32(largest, a), vsubq_s32(largest, b)), multiplier);
    }
    int16x8_t of_8(const int32_t* scores) const {
      return of_8(vld1q_s32(scores), vld1q_s32(scores + 4));
    }
    uint8x16_t of_16(const int32_t* scores) const {  // at most 255
      const int32x4x4_t x = vld1q_s32_x4(scores);
      return vqmovun_high_s16(vqmovun_s16(of_8(x.val[0], x.val[1])), of_8(x.val[2], x.val[3]));
    }
  };

  static uint32x4_t add(uint32x4_t total, uint8x16_t weights) {
#ifdef __ARM_FEATURE_DOTPROD
    return vdotq_u32(total, weights, vdupq_n_u8(1));
#else
    return vpadalq_u16(total, vpaddlq_u8(weights));
#endif
  }
  static void keep(Element* to, uint8x16_t weights) {
    vst1q_u8(reinterpret_cast<uint8_t*>(to), vsubq_u8(weights, vdupq_n_u8(kOffset)));
  }

  static int32_t exponentials(const int32_t* scores, int64_t run, int32_t largest,
                              const Exponential& e, Element* weights) {
    switch (e.shift) {  // larger scores than these are rare
      case 0: return weigh<0>(scores, run, largest, e, weights);
      case 1: return weigh<1>(scores, run, largest, e, weights);
      case 2: return weigh<2>(scores, run, largest, e, weights);
      case 3: return weigh<3>(scores, run, largest, e, weights);
      default: return weigh<kAnyShift>(scores, run, largest, e, weights);
    }
  }

  template <int kShift>
  static int32_t weigh(const int32_t* scores, int64_t run, int32_t largest, const Exponential& e,
                       Element* weights) {
    const Indices<kShift> indices(largest, e);
    const ByteTable table(e.table);
    uint32x4_t total = vdupq_n_u32(0);
    int64_t j = 0;
    for (; j + 64 <= run; j += 64) {  // the tables do not stay in registers: few rounds
#pragma GCC unroll 4
      for (int i = 0; i < 64; i += 16) {
        const uint8x16_t weight = table.look_up(indices.of_16(scores + j + i));
        total = add(total, weight);
        keep(weights + j + i, weight);
      }
    }
    for (; j < run; j += 16) {
      const uint8x16_t weight = table.look_up(indices.of_16(scores + j));
      total = add(total, weight);
      keep(weights + j, weight);
    }
    return static_cast<int32_t>(vaddvq_u32(total));
  }

  static int32_t fine_exponentials(const int32_t* scores, int64_t run, int32_t largest,
                                   const Exponential& e, Element* high, Element* low) {
    const Indices<kAnyShift> indices(largest, e);
    const WordTable coarse(e.coarse), middle(e.middle), fine(e.fine);
    const uint8x16_t nibble = vdupq_n_u8(15);
    const int16x8_t last = vdupq_n_s16(4095);
    int32x4_t total = vdupq_n_s32(0);
    for (int64_t j = 0; j < run; j += 16) {
      const int16x8_t a = vminq_s16(indices.of_8(scores + j), last);
      const int16x8_t b = vminq_s16(indices.of_8(scores + j + 8), last);
      const auto bytes = [](int16x8_t x, int16x8_t y) {  // their low halves
        return vuzp1q_u8(vreinterpretq_u8_s16(x), vreinterpretq_u8_s16(y));
      };
      const uint8x16_t lower = bytes(a, b);
      int16x8_t c[2], m[2], f[2], w[2];
      coarse.look_up(bytes(vshrq_n_s16(a, 8), vshrq_n_s16(b, 8)), c);
      middle.look_up(vshrq_n_u8(lower, 4), m);
      fine.look_up(vandq_u8(lower, nibble), f);
      for (int i = 0; i < 2; ++i) {
        w[i] = vqrdmulhq_s16(vqrdmulhq_s16(f[i], m[i]), c[i]);
        total = vpadalq_s16(total, w[i]);
      }
      keep(high + j, bytes(vshrq_n_s16(w[0], 7), vshrq_n_s16(w[1], 7)));
      keep(low + j, vandq_u8(bytes(w[0], w[1]), vdupq_n_u8(127)));
    }
    return vaddvq_s32(total);
  }
};

}  // namespace
}  // namespace edgeattn

#endif
