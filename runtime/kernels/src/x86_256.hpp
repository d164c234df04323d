// What AVX2 and AVX-VNNI share: int32 registers of eight, and exponentials from byte shuffles.
//
// Everything has internal linkage: each instruction set compiles its own copy.
#ifndef EDGEATTN_X86_256_HPP
#define EDGEATTN_X86_256_HPP

#include <immintrin.h>

#include "tiles.hpp"
#include "x86_pack.hpp"

namespace edgeattn {
namespace {

inline __m256i at_32(const void* from) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(from));
}
inline void put_32(void* to, __m256i x) { _mm256_storeu_si256(static_cast<__m256i*>(to), x); }

// 16 int16 entries, looked up by index bytes: the low and the high byte from one table each.
struct WordTable256 {
  __m256i low, high;

  explicit WordTable256(const int16_t* entries) {
    __m128i low_bytes, high_bytes;
    split_words(entries, &low_bytes, &high_bytes);
    low = _mm256_broadcastsi128_si256(low_bytes);
    high = _mm256_broadcastsi128_si256(high_bytes);
  }

  // One entry per index byte 0..15; in each 16 bytes, `first` gets the lower eight of them.
  void look_up(__m256i index, __m256i* first, __m256i* second) const {
    const __m256i l = _mm256_shuffle_epi8(low, index), h = _mm256_shuffle_epi8(high, index);
    *first = _mm256_unpacklo_epi8(l, h);
    *second = _mm256_unpackhi_epi8(l, h);
  }
};

struct Avx256 {
  static constexpr int lanes = 8;
  static constexpr int rows = 4;
  static constexpr int weight_offset = 0;
  // Not __m256i, which is a vector of int64: GCC would keep every sum in both types, twice as many
  // registers as there are.
  typedef int32_t Int32 __attribute__((vector_size(32)));
  using Packed = __m256i;
  using Left = __m256i;

  static __m256i bits(Int32 x) { return reinterpret_cast<__m256i>(x); }
  static Int32 lanes_of(__m256i x) { return reinterpret_cast<Int32>(x); }
  static Int32 load(const int32_t* from) { return lanes_of(at_32(from)); }
  static void store(int32_t* to, Int32 x) { put_32(to, bits(x)); }
  static Int32 zero() { return Int32{}; }
  static Int32 repeat_int32(int32_t x) { return lanes_of(_mm256_set1_epi32(x)); }
  static Int32 maximum(Int32 a, Int32 b) { return lanes_of(_mm256_max_epi32(bits(a), bits(b))); }
  static int32_t largest(Int32 all) {
    const __m256i x = bits(all);
    __m128i y = _mm_max_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    y = _mm_max_epi32(y, _mm_shuffle_epi32(y, 0x4e));
    return _mm_cvtsi128_si32(_mm_max_epi32(y, _mm_shuffle_epi32(y, 0xb1)));
  }
  static int32_t sum(__m256i x) {
    __m128i y = _mm_add_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    y = _mm_add_epi32(y, _mm_shuffle_epi32(y, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(y, _mm_shuffle_epi32(y, 0xb1)));
  }
  static Packed load_packed(const uint8_t* from) { return at_32(from); }
  static Left repeat(const void* from) {
    int32_t four;
    std::memcpy(&four, from, sizeof four);
    return _mm256_set1_epi32(four);
  }

  // What turns scores into indices; packs shuffle the keys, and ordered() puts them back.
  struct Indices {
    const __m256i largest, multiplier, last;
    const __m128i shift;

    Indices(int32_t most, const Exponential& e, int16_t last_index)
        : largest(_mm256_set1_epi32(most)),
          multiplier(_mm256_set1_epi16(static_cast<int16_t>(e.multiplier))),
          last(_mm256_set1_epi16(last_index)),
          shift(_mm_cvtsi32_si128(e.shift)) {}

    __m256i below(const int32_t* scores) const {
      return _mm256_srl_epi32(_mm256_sub_epi32(largest, at_32(scores)), shift);
    }
    __m256i of_16(const int32_t* scores) const {
      const __m256i bounded = _mm256_packs_epi32(below(scores), below(scores + 8));
      return _mm256_mulhrs_epi16(bounded, multiplier);
    }
    static __m256i ordered(__m256i bytes) {
      return _mm256_permutevar8x32_epi32(bytes, _mm256_set_epi32(7, 3, 6, 2, 5, 1, 4, 0));
    }
  };

  // int16 weights of 32 keys; packus_epi16 of the two is in the order of the keys.
  struct Weights {
    const Indices indices;
    const WordTable256 coarse, fine;
    const __m256i nibble;

    Weights(int32_t most, const Exponential& e)
        : indices(most, e, 255),
          coarse(e.coarse),
          fine(e.fine),
          nibble(_mm256_set1_epi8(15)) {}

    void of_32(const int32_t* scores, __m256i* first, __m256i* second) const {
      const __m256i index = Indices::ordered(
          _mm256_packus_epi16(indices.of_16(scores), indices.of_16(scores + 16)));
      __m256i c[2], f[2];
      coarse.look_up(_mm256_and_si256(_mm256_srli_epi16(index, 4), nibble), &c[0], &c[1]);
      fine.look_up(_mm256_and_si256(index, nibble), &f[0], &f[1]);
      *first = _mm256_mulhrs_epi16(c[0], f[0]);
      *second = _mm256_mulhrs_epi16(c[1], f[1]);
    }
  };

  // The same with 15-bit weights; the order is that of two packs, so bytes want ordered().
  struct FineWeights {
    const Indices indices;
    const WordTable256 coarse, middle, fine;
    const __m256i nibble;

    FineWeights(int32_t most, const Exponential& e)
        : indices(most, e, 4095),
          coarse(e.coarse),
          middle(e.middle),
          fine(e.fine),
          nibble(_mm256_set1_epi16(15)) {}

    __m256i nibbles(__m256i a, __m256i b) const {
      return _mm256_packus_epi16(_mm256_and_si256(a, nibble), _mm256_and_si256(b, nibble));
    }
    void of_32(const int32_t* scores, __m256i* first, __m256i* second) const {
      const __m256i a = _mm256_min_epi16(indices.of_16(scores), indices.last);
      const __m256i b = _mm256_min_epi16(indices.of_16(scores + 16), indices.last);
      __m256i c[2], m[2], f[2];
      coarse.look_up(nibbles(_mm256_srli_epi16(a, 8), _mm256_srli_epi16(b, 8)), &c[0], &c[1]);
      middle.look_up(nibbles(_mm256_srli_epi16(a, 4), _mm256_srli_epi16(b, 4)), &m[0], &m[1]);
      fine.look_up(nibbles(a, b), &f[0], &f[1]);
      *first = _mm256_mulhrs_epi16(_mm256_mulhrs_epi16(f[0], m[0]), c[0]);
      *second = _mm256_mulhrs_epi16(_mm256_mulhrs_epi16(f[1], m[1]), c[1]);
    }
  };
};

}  // namespace
}  // namespace edgeattn

#endif
