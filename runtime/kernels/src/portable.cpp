// Plain C++: what every CPU can, and what the others are compared with.
#include <cstring>

#include "tiles.hpp"

namespace edgeattn {
namespace {

struct Portable {
  static constexpr int lanes = 4;
  static constexpr int group = 4;
  static constexpr int rows = 4;
  static constexpr int key_columns = 1;
  static constexpr int value_columns = 1;
  static constexpr int key_block = 4;
  static constexpr int value_block = 16;
  static constexpr int key_flip = 0;
  static constexpr int weight_offset = 0;
  using Element = uint8_t;  // queries are read back as int8

  struct Int32 {
    int32_t lane[lanes];
  };
  struct Packed {
    int8_t byte[lanes * group];
  };
  struct Left {
    uint8_t byte[group];
  };

  static Int32 load(const int32_t* from) {
    Int32 x;
    std::memcpy(&x, from, sizeof x);
    return x;
  }
  static void store(int32_t* to, Int32 x) { std::memcpy(to, &x, sizeof x); }
  static Int32 zero() { return Int32{}; }
  static Int32 repeat_int32(int32_t x) { return Int32{{x, x, x, x}}; }
  static Int32 maximum(Int32 a, Int32 b) {
    for (int i = 0; i < lanes; ++i) a.lane[i] = a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i];
    return a;
  }
  static int32_t largest(Int32 x) {
    int32_t found = x.lane[0];
    for (int32_t lane : x.lane) found = lane > found ? lane : found;
    return found;
  }
  static Packed load_packed(const uint8_t* from) {
    Packed x;
    std::memcpy(&x, from, sizeof x);
    return x;
  }
  static Left repeat(const Element* from) {
    Left x;
    std::memcpy(&x, from, sizeof x);
    return x;
  }
  static Int32 score_dot(Int32 sum, Left left, Packed packed) {
    for (int i = 0; i < lanes * group; ++i) {
      sum.lane[i / group] += static_cast<int8_t>(left.byte[i % group]) * packed.byte[i];
    }
    return sum;
  }
  static Int32 value_dot(Int32 sum, Left left, Packed packed) {
    for (int i = 0; i < lanes * group; ++i) {
      sum.lane[i / group] += left.byte[i % group] * packed.byte[i];
    }
    return sum;
  }

  static void pack_key_block(const uint8_t* const (&keys)[4], int first, int valid, int flip,
                             uint8_t* to, size_t stride) {
    for (int d = 0; d < (valid + 3) / 4 * 4; ++d) {
      for (int key = 0; key < 4; ++key) {
        const int byte = d < valid ? keys[key][first + d] : 0;
        to[static_cast<size_t>(d / 4) * stride + static_cast<size_t>(key * 4 + d % 4)] =
            static_cast<uint8_t>(byte ^ flip);
      }
    }
  }
  static void pack_value_block(const uint8_t* const (&keys)[4], int first, int valid, int flip,
                               uint8_t* const (&to)[4]) {
    for (int c = 0; c < (valid + lanes - 1) / lanes * lanes; ++c) {
      for (int key = 0; key < 4; ++key) {
        const int byte = c < valid ? keys[key][first + c] : 0;
        to[c / lanes][c % lanes * 4 + key] = static_cast<uint8_t>(byte ^ flip);
      }
    }
  }

  static int32_t index(int32_t score, int32_t largest, const Exponential& e, int32_t last) {
    const int32_t shifted = (largest - score) >> e.shift;
    const int32_t bounded = shifted < 32767 ? shifted : 32767;
    const int32_t found = (bounded * e.multiplier + 16384) >> 15;
    return found < last ? found : last;
  }

  static int32_t exponentials(const int32_t* scores, int64_t run, int32_t largest,
                              const Exponential& e, Element* weights) {
    int32_t total = 0;
    for (int64_t j = 0; j < run; ++j) {
      weights[j] = e.table[index(scores[j], largest, e, 255)];
      total += weights[j];
    }
    return total;
  }

  static int32_t fine_exponentials(const int32_t* scores, int64_t run, int32_t largest,
                                   const Exponential& e, Element* high, Element* low) {
    int32_t total = 0;
    for (int64_t j = 0; j < run; ++j) {
      const int32_t i = index(scores[j], largest, e, 4095);
      const int32_t some = (e.fine[i & 15] * e.middle[i >> 4 & 15] + 16384) >> 15;
      const int32_t weight = (some * e.coarse[i >> 8] + 16384) >> 15;
      high[j] = static_cast<Element>(weight >> 7);
      low[j] = static_cast<Element>(weight & 127);
      total += weight;
    }
    return total;
  }
};

}  // namespace

edgeattn_status attend_portable(const edgeattn_attention& call, int64_t first, int64_t last) {
  return attend_blocks<Portable>(call, first, last);
}

}  // namespace edgeattn
