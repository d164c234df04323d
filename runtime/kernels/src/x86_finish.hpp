// The end of a row in 8 bits, 16 channels at a time: the conversion rounds half to even and the
// packs saturate, as the plain loops in finish.hpp do.
//
// Everything has internal linkage: each instruction set compiles its own copy.
#ifndef EDGEATTN_X86_FINISH_HPP
#define EDGEATTN_X86_FINISH_HPP

#include <immintrin.h>

#include "../include/edgeattn_kernels.h"

namespace edgeattn {
namespace {

constexpr float kBeyondBytes = 65536;  // saturates in the end, and converts to int32 without fail

// round(sum * factor + shift) + zero_point of sixteen sums of one plane, saturated.
#ifdef __AVX512BW__
inline __m128i finish_16(const int32_t* sums, float factor, float shift, int32_t zero_point,
                         bool is_unsigned) {
  __m512 x = _mm512_cvtepi32_ps(_mm512_loadu_si512(sums));
  x = _mm512_add_ps(_mm512_mul_ps(x, _mm512_set1_ps(factor)), _mm512_set1_ps(shift));
  x = _mm512_max_ps(_mm512_min_ps(x, _mm512_set1_ps(kBeyondBytes)),
                    _mm512_set1_ps(-kBeyondBytes));
  const __m512i level = _mm512_add_epi32(_mm512_cvtps_epi32(x), _mm512_set1_epi32(zero_point));
  return is_unsigned
             ? _mm512_cvtusepi32_epi8(_mm512_max_epi32(level, _mm512_setzero_si512()))
             : _mm512_cvtsepi32_epi8(level);
}
#else
inline __m256i finish_8(const int32_t* sums, float factor, float shift, int32_t zero_point) {
  const __m256i read = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(sums));
  __m256 x = _mm256_mul_ps(_mm256_cvtepi32_ps(read), _mm256_set1_ps(factor));
  x = _mm256_add_ps(x, _mm256_set1_ps(shift));
  x = _mm256_max_ps(_mm256_min_ps(x, _mm256_set1_ps(kBeyondBytes)),
                    _mm256_set1_ps(-kBeyondBytes));
  return _mm256_add_epi32(_mm256_cvtps_epi32(x), _mm256_set1_epi32(zero_point));
}

inline __m128i finish_16(const int32_t* sums, float factor, float shift, int32_t zero_point,
                         bool is_unsigned) {
  const __m256i pairs = _mm256_packs_epi32(finish_8(sums, factor, shift, zero_point),
                                           finish_8(sums + 8, factor, shift, zero_point));
  const __m256i words = _mm256_permute4x64_epi64(pairs, 0xd8);
  const __m128i low = _mm256_castsi256_si128(words), high = _mm256_extracti128_si256(words, 1);
  return is_unsigned ? _mm_packus_epi16(low, high) : _mm_packs_epi16(low, high);
}
#endif

// Write whole sixteens of channels and return how many channels those are.
inline int64_t finish_sixteens(const int32_t* sums, int64_t width, float factor, float shift,
                               int32_t zero_point, int32_t type, uint8_t* to) {
  const bool is_unsigned = type == EDGEATTN_UINT8;
  int64_t c = 0;
  for (; c + 16 <= width; c += 16) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(to + c),
                     finish_16(sums + c, factor, shift, zero_point, is_unsigned));
  }
  return c;
}

}  // namespace
}  // namespace edgeattn

#endif
