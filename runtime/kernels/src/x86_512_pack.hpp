// How AVX-512 arranges queries, keys and values: see panels.hpp.
//
// Everything has internal linkage: each instruction set compiles its own copy.
#ifndef EDGEATTN_X86_512_PACK_HPP
#define EDGEATTN_X86_512_PACK_HPP

#include "x86_512_weights.hpp"

namespace edgeattn {
namespace {

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

struct Packing512 {
  static void copy_query(const uint8_t* from, int64_t width, int flip, uint8_t* to) {
    const __m512i flips = _mm512_set1_epi8(static_cast<char>(flip));
    for (; width > 0; width -= 64, from += 64, to += 64) {
      const __mmask64 read = width < 64 ? (__mmask64{1} << width) - 1 : ~__mmask64{0};
      const __m512i x = _mm512_maskz_loadu_epi8(read, from);  // masked loads never fault
      _mm512_storeu_si512(to, _mm512_maskz_mov_epi8(read, _mm512_xor_si512(x, flips)));
    }
  }

  // 16 keys: four lanes of four keys each, so that a 4 x 4 transpose in every lane suffices.
  static void pack_key_block(const uint8_t* const (&keys)[16], int first, int valid, int flip,
                             uint8_t* to, size_t stride) {
    const __m512i flips = _mm512_set1_epi8(static_cast<char>(flip));
    __m512i x[4];
    if (valid == 16) {
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        __m512i four = _mm512_castsi128_si512(at(keys[i] + first));
        four = _mm512_mask_broadcast_i32x4(four, 0x00f0, at(keys[4 + i] + first));
        four = _mm512_mask_broadcast_i32x4(four, 0x0f00, at(keys[8 + i] + first));
        four = _mm512_mask_broadcast_i32x4(four, 0xf000, at(keys[12 + i] + first));
        x[i] = _mm512_xor_si512(four, flips);
      }
    } else {
      const __mmask16 read = static_cast<__mmask16>((1u << valid) - 1);  // masked: never faults
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        __m512i four = _mm512_castsi128_si512(_mm_maskz_loadu_epi8(read, keys[i] + first));
        four = _mm512_inserti32x4(four, _mm_maskz_loadu_epi8(read, keys[4 + i] + first), 1);
        four = _mm512_inserti32x4(four, _mm_maskz_loadu_epi8(read, keys[8 + i] + first), 2);
        four = _mm512_inserti32x4(four, _mm_maskz_loadu_epi8(read, keys[12 + i] + first), 3);
        x[i] = _mm512_xor_si512(four, flips);
      }
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
};

}  // namespace
}  // namespace edgeattn

#endif
