// AVX-512 with VNNI; the table lookup is shorter where the including file's flags have VBMI.
//
// Everything has internal linkage: each instruction set compiles its own copy.
#ifndef EDGEATTN_X86_512_HPP
#define EDGEATTN_X86_512_HPP

// GCC 12's own headers initialise "undefined" registers with themselves and warn (bug 105593).
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#pragma GCC diagnostic pop

#include "tiles.hpp"
#include "x86_pack.hpp"

namespace edgeattn {
namespace {

// 16 int16 entries, looked up by index bytes: the low and the high byte from one table each.
struct WordTable512 {
  __m512i low, high;

  explicit WordTable512(const int16_t* entries) {
    __m128i low_bytes, high_bytes;
    split_words(entries, &low_bytes, &high_bytes);
    low = _mm512_broadcast_i32x4(low_bytes);
    high = _mm512_broadcast_i32x4(high_bytes);
  }

  // One entry per index byte 0..15; in each 16 bytes, `first` gets the lower eight of them.
  void look_up(__m512i index, __m512i* first, __m512i* second) const {
    const __m512i l = _mm512_shuffle_epi8(low, index), h = _mm512_shuffle_epi8(high, index);
    *first = _mm512_unpacklo_epi8(l, h);
    *second = _mm512_unpackhi_epi8(l, h);
  }
};

#ifdef __AVX512VBMI__
// Which byte of two registers goes where: four keys side by side, channel by channel.
struct Interleave {
  uint8_t from[64];

  constexpr explicit Interleave(int first_channel) : from{} {
    for (int i = 0; i < 64; ++i) {
      from[i] = static_cast<uint8_t>(64 * (i % 4 / 2) + 32 * (i % 2) + first_channel + i / 4);
    }
  }
  __m512i load() const { return _mm512_load_si512(from); }
};
#endif

struct Avx512 {
  static constexpr int lanes = 16;
  static constexpr int group = 4;
  static constexpr int rows = 8;
  static constexpr int key_columns = 3;    // 24 sums, 3 columns, 1 row: 28 of 32 registers
  static constexpr int value_columns = 3;
  static constexpr int key_block = 16;
  static constexpr int value_block = 32;
  static constexpr int key_flip = kFlip;  // vpdpbusd multiplies uint8 by int8
  static constexpr int weight_offset = 0;
  using Element = uint8_t;
  // Not __m512i, which is a vector of int64: GCC would keep every sum in both types, twice as many
  // registers as there are.
  typedef int32_t Int32 __attribute__((vector_size(64)));
  using Packed = __m512i;
  using Left = __m512i;

  static __m512i bits(Int32 x) { return reinterpret_cast<__m512i>(x); }
  static Int32 lanes_of(__m512i x) { return reinterpret_cast<Int32>(x); }
  static Int32 load(const int32_t* from) { return lanes_of(_mm512_loadu_si512(from)); }
  static void store(int32_t* to, Int32 x) { _mm512_storeu_si512(to, bits(x)); }
  static Int32 zero() { return Int32{}; }
  static Int32 repeat_int32(int32_t x) { return lanes_of(_mm512_set1_epi32(x)); }
  static Int32 maximum(Int32 a, Int32 b) { return lanes_of(_mm512_max_epi32(bits(a), bits(b))); }
  static int32_t largest(Int32 x) { return _mm512_reduce_max_epi32(bits(x)); }
  static Packed load_packed(const uint8_t* from) { return _mm512_loadu_si512(from); }
  static Left repeat(const Element* from) {
    int32_t four;
    std::memcpy(&four, from, sizeof four);
    return _mm512_set1_epi32(four);
  }
  static Int32 score_dot(Int32 sum, Left left, Packed packed) {
    return lanes_of(_mm512_dpbusd_epi32(bits(sum), packed, left));
  }
  static Int32 value_dot(Int32 sum, Left left, Packed packed) {
    return lanes_of(_mm512_dpbusd_epi32(bits(sum), left, packed));
  }

  // 16 keys: four lanes of four keys each, so that a 4 x 4 transpose in every lane suffices.
  static void pack_key_block(const uint8_t* const (&keys)[16], int first, int valid, int flip,
                             uint8_t* to, size_t stride) {
    const __m512i flips = _mm512_set1_epi8(static_cast<char>(flip));
    const __mmask16 read = static_cast<__mmask16>((1u << valid) - 1);  // masked loads never fault
    __m512i x[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      __m512i four = _mm512_castsi128_si512(_mm_maskz_loadu_epi8(read, keys[i] + first));
      four = _mm512_inserti32x4(four, _mm_maskz_loadu_epi8(read, keys[4 + i] + first), 1);
      four = _mm512_inserti32x4(four, _mm_maskz_loadu_epi8(read, keys[8 + i] + first), 2);
      four = _mm512_inserti32x4(four, _mm_maskz_loadu_epi8(read, keys[12 + i] + first), 3);
      x[i] = _mm512_xor_si512(four, flips);
    }
    const __m512i ab = _mm512_unpacklo_epi32(x[0], x[1]), cd = _mm512_unpacklo_epi32(x[2], x[3]);
    const __m512i ef = _mm512_unpackhi_epi32(x[0], x[1]), gh = _mm512_unpackhi_epi32(x[2], x[3]);
    _mm512_storeu_si512(to, _mm512_unpacklo_epi64(ab, cd));
    if (valid > 4) _mm512_storeu_si512(to + stride, _mm512_unpackhi_epi64(ab, cd));
    if (valid > 8) _mm512_storeu_si512(to + 2 * stride, _mm512_unpacklo_epi64(ef, gh));
    if (valid > 12) _mm512_storeu_si512(to + 3 * stride, _mm512_unpackhi_epi64(ef, gh));
  }

  static void pack_value_block(const uint8_t* const (&keys)[4], int first, int valid, int flip,
                               uint8_t* const (&to)[2]) {
#ifdef __AVX512VBMI__
    if (valid == 32) return pack_32_channels(keys, first, flip, to);
#endif
    for (int half = 0; half * 16 < valid; ++half) {
      __m128i part[4];
      interleave(keys, first + half * 16, smaller(valid - half * 16, 16), flip, part);
      for (int i = 0; i < 4; ++i) put(to[half] + 16 * i, part[i]);
    }
  }

#ifdef __AVX512VBMI__
  // Bytes 0 to 31 of two rows in one register: byte k of channel c is 32 * (k % 2) + c of pair k / 2.
  static void pack_32_channels(const uint8_t* const (&keys)[4], int first, int flip,
                               uint8_t* const (&to)[2]) {
    const __m512i flips = _mm512_set1_epi8(static_cast<char>(flip));
    __m512i pair[2];
    for (int i = 0; i < 2; ++i) {
      const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(keys[2 * i] + first));
      const __m256i b =
          _mm256_loadu_si256(reinterpret_cast<const __m256i*>(keys[2 * i + 1] + first));
      pair[i] = _mm512_xor_si512(_mm512_inserti64x4(_mm512_castsi256_si512(a), b, 1), flips);
    }
    alignas(64) static constexpr Interleave lower{0}, upper{16};
    _mm512_storeu_si512(to[0], _mm512_permutex2var_epi8(pair[0], lower.load(), pair[1]));
    _mm512_storeu_si512(to[1], _mm512_permutex2var_epi8(pair[0], upper.load(), pair[1]));
  }
#endif

  // What turns 64 scores into indices, as two registers of int16 that a pack puts in order.
  struct Indices {
    const __m512i largest, shift, multiplier, last, order;

    Indices(int32_t most, const Exponential& e, int16_t last_index)
        : largest(_mm512_set1_epi32(most)),
          shift(_mm512_set1_epi32(e.shift)),
          multiplier(_mm512_set1_epi16(static_cast<int16_t>(e.multiplier))),
          last(_mm512_set1_epi16(last_index)),
          order(_mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0)) {}

    __m512i below(const int32_t* scores) const {
      return _mm512_srlv_epi32(_mm512_sub_epi32(largest, _mm512_loadu_si512(scores)), shift);
    }
    __m512i of_32(const int32_t* scores) const {
      const __m512i bounded = _mm512_packs_epi32(below(scores), below(scores + 16));
      return _mm512_mulhrs_epi16(bounded, multiplier);
    }
    // 64 indices up to 255 in the order of the keys.
    __m512i of_64(const int32_t* scores) const {
      return _mm512_permutexvar_epi32(order,
                                      _mm512_packus_epi16(of_32(scores), of_32(scores + 32)));
    }
  };

  static int32_t exponentials(const int32_t* scores, int64_t run, int32_t largest,
                              const Exponential& e, Element* weights) {
    const Indices indices(largest, e, 255);
    const __m512i ones = _mm512_set1_epi8(1);
    __m512i total = _mm512_setzero_si512();
#ifdef __AVX512VBMI__
    const __m512i t0 = load_packed(e.table), t1 = load_packed(e.table + 64);
    const __m512i t2 = load_packed(e.table + 128), t3 = load_packed(e.table + 192);
#else
    const WordTable512 coarse(e.coarse), fine(e.fine);
    const __m512i nibble = _mm512_set1_epi8(15);
#endif
    for (int64_t j = 0; j < run; j += 64) {
      const __m512i index = indices.of_64(scores + j);
#ifdef __AVX512VBMI__
      const __m512i near = _mm512_permutex2var_epi8(t0, index, t1);
      const __m512i far = _mm512_permutex2var_epi8(t2, index, t3);
      const __m512i weight = _mm512_mask_blend_epi8(_mm512_movepi8_mask(index), near, far);
#else
      __m512i c[2], f[2];
      coarse.look_up(_mm512_and_si512(_mm512_srli_epi16(index, 4), nibble), &c[0], &c[1]);
      fine.look_up(_mm512_and_si512(index, nibble), &f[0], &f[1]);
      const __m512i weight = _mm512_packus_epi16(_mm512_mulhrs_epi16(c[0], f[0]),
                                                 _mm512_mulhrs_epi16(c[1], f[1]));
#endif
      total = _mm512_dpbusd_epi32(total, weight, ones);
      _mm512_storeu_si512(weights + j, weight);
    }
    return _mm512_reduce_add_epi32(total);
  }

  static int32_t fine_exponentials(const int32_t* scores, int64_t run, int32_t largest,
                                   const Exponential& e, Element* high, Element* low) {
    const Indices indices(largest, e, 4095);
    const WordTable512 coarse(e.coarse), middle(e.middle), fine(e.fine);
    const __m512i nibble = _mm512_set1_epi16(15), seven = _mm512_set1_epi16(127);
    const __m512i ones = _mm512_set1_epi16(1);
    __m512i total = _mm512_setzero_si512();
    for (int64_t j = 0; j < run; j += 64) {
      __m512i index[2], weight[2], c[2], m[2], f[2];
      for (int i = 0; i < 2; ++i) {
        index[i] = _mm512_min_epi16(indices.of_32(scores + j + 32 * i), indices.last);
      }
      const auto nibbles = [&](__m512i first, __m512i second) {
        return _mm512_packus_epi16(_mm512_and_si512(first, nibble),
                                   _mm512_and_si512(second, nibble));
      };
      coarse.look_up(nibbles(_mm512_srli_epi16(index[0], 8), _mm512_srli_epi16(index[1], 8)),
                     &c[0], &c[1]);
      middle.look_up(nibbles(_mm512_srli_epi16(index[0], 4), _mm512_srli_epi16(index[1], 4)),
                     &m[0], &m[1]);
      fine.look_up(nibbles(index[0], index[1]), &f[0], &f[1]);
      for (int i = 0; i < 2; ++i) {
        weight[i] = _mm512_mulhrs_epi16(_mm512_mulhrs_epi16(f[i], m[i]), c[i]);
        total = _mm512_add_epi32(total, _mm512_madd_epi16(weight[i], ones));
      }
      const __m512i h = _mm512_packus_epi16(_mm512_srli_epi16(weight[0], 7),
                                            _mm512_srli_epi16(weight[1], 7));
      const __m512i l = _mm512_packus_epi16(_mm512_and_si512(weight[0], seven),
                                            _mm512_and_si512(weight[1], seven));
      _mm512_storeu_si512(high + j, _mm512_permutexvar_epi32(indices.order, h));
      _mm512_storeu_si512(low + j, _mm512_permutexvar_epi32(indices.order, l));
    }
    return _mm512_reduce_add_epi32(total);
  }
};

}  // namespace
}  // namespace edgeattn

#endif
