// Packing in registers of 16 bytes, the same for AVX2 and above.
//
// Everything has internal linkage: each instruction set compiles its own copy.
#ifndef EDGEATTN_X86_PACK_HPP
#define EDGEATTN_X86_PACK_HPP

#include <immintrin.h>

#include <cstring>

#include "panels.hpp"

namespace edgeattn {
namespace {

inline __m128i at(const void* from) { return _mm_loadu_si128(static_cast<const __m128i*>(from)); }
inline void put(void* to, __m128i x) { _mm_storeu_si128(static_cast<__m128i*>(to), x); }

// The first `valid` of 16 bytes, zeros behind them; never reads further.
inline __m128i load_bytes(const uint8_t* from, int valid) {
  if (valid >= 16) return at(from);
  alignas(16) uint8_t bytes[16] = {};
  std::memcpy(bytes, from, static_cast<size_t>(valid));
  return at(bytes);
}

// Store the 4 x 4 matrix of int32 [keys, groups] by columns, the first `groups` of them.
inline void put_transposed(__m128i a, __m128i b, __m128i c, __m128i d, int groups, uint8_t* to,
                           size_t stride) {
  const __m128i ab = _mm_unpacklo_epi32(a, b), cd = _mm_unpacklo_epi32(c, d);
  const __m128i ef = _mm_unpackhi_epi32(a, b), gh = _mm_unpackhi_epi32(c, d);
  put(to, _mm_unpacklo_epi64(ab, cd));
  if (groups > 1) put(to + stride, _mm_unpackhi_epi64(ab, cd));
  if (groups > 2) put(to + 2 * stride, _mm_unpacklo_epi64(ef, gh));
  if (groups > 3) put(to + 3 * stride, _mm_unpackhi_epi64(ef, gh));
}

// The low and the high bytes of 16 numbers, all of them >= 0: what byte shuffles look up.
inline void split_words(const int16_t* entries, __m128i* low, __m128i* high) {
  const __m128i a = at(entries), b = at(entries + 8), byte = _mm_set1_epi16(255);
  *low = _mm_packus_epi16(_mm_and_si128(a, byte), _mm_and_si128(b, byte));
  *high = _mm_packus_epi16(_mm_srli_epi16(a, 8), _mm_srli_epi16(b, 8));
}

// Bytes of four keys side by side, channel by channel: part[m] holds channels 4 m to 4 m + 3.
inline void interleave(const uint8_t* const (&keys)[4], int first, int valid, int flip,
                       __m128i (&part)[4]) {
  const __m128i flips = _mm_set1_epi8(static_cast<char>(flip));
  __m128i x[4];
  for (int i = 0; i < 4; ++i) x[i] = _mm_xor_si128(load_bytes(keys[i] + first, valid), flips);
  const __m128i ab = _mm_unpacklo_epi8(x[0], x[1]), cd = _mm_unpacklo_epi8(x[2], x[3]);
  const __m128i ef = _mm_unpackhi_epi8(x[0], x[1]), gh = _mm_unpackhi_epi8(x[2], x[3]);
  part[0] = _mm_unpacklo_epi16(ab, cd);
  part[1] = _mm_unpackhi_epi16(ab, cd);
  part[2] = _mm_unpacklo_epi16(ef, gh);
  part[3] = _mm_unpackhi_epi16(ef, gh);
}

}  // namespace
}  // namespace edgeattn

#endif
