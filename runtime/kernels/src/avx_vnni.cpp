// AVX2 with VNNI (Alder Lake and later without AVX-512, Zen 5 in 256 bits).
#include "x86_256.hpp"

namespace edgeattn {
namespace {

struct AvxVnni : Avx256 {
  static constexpr int group = 4;
  static constexpr int key_columns = 3;  // 12 sums, 3 columns, 1 row: all 16 registers
  static constexpr int value_columns = 3;
  static constexpr int key_block = 4;
  static constexpr int value_block = 16;
  static constexpr int key_flip = kFlip;  // vpdpbusd multiplies uint8 by int8
  using Element = uint8_t;

#if defined(__clang__)  // It would load the next row's early, into a seventeenth register.
  static Left repeat(const void* from) {
    __asm__ volatile("" ::: "memory");
    return Avx256::repeat(from);
  }
#endif
  static Int32 score_dot(Int32 sum, Left left, Packed packed) {
    return lanes_of(_mm256_dpbusd_avx_epi32(bits(sum), packed, left));
  }
  static Int32 value_dot(Int32 sum, Left left, Packed packed) {
    return lanes_of(_mm256_dpbusd_avx_epi32(bits(sum), left, packed));
  }

  static void pack_key_block(const uint8_t* const (&keys)[4], int first, int valid, int flip,
                             uint8_t* to, size_t stride) {
    const __m128i flips = _mm_set1_epi8(static_cast<char>(flip));
    __m128i x[4];
    for (int i = 0; i < 4; ++i) x[i] = _mm_xor_si128(load_bytes(keys[i] + first, valid), flips);
    put_transposed(x[0], x[1], x[2], x[3], (valid + 3) / 4, to, stride);
  }
  static void pack_value_block(const uint8_t* const (&keys)[4], int first, int valid, int flip,
                               uint8_t* const (&to)[2]) {
    __m128i part[4];
    interleave(keys, first, valid, flip, part);
    put(to[0], part[0]);
    put(to[0] + 16, part[1]);
    if (valid <= 8) return;
    put(to[1], part[2]);
    put(to[1] + 16, part[3]);
  }

  static __m256 real(Int32 sum, float factor, float shift) {
    const __m256 x = _mm256_mul_ps(_mm256_cvtepi32_ps(bits(sum)), _mm256_set1_ps(factor));
    return _mm256_add_ps(x, _mm256_set1_ps(shift));
  }
  static void put_floats(Int32 sum, float factor, float shift, int valid, uint8_t* to) {
    const __m256i written =
        _mm256_cmpgt_epi32(_mm256_set1_epi32(valid), _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0));
    _mm256_maskstore_ps(reinterpret_cast<float*>(to), written, real(sum, factor, shift));
  }
  static void put_levels(Int32 sum, float factor, float shift, const Rescale& rescale, int valid,
                         uint8_t* to) {
    __m256 x = real(sum, factor, shift);
    x = _mm256_max_ps(_mm256_min_ps(x, _mm256_set1_ps(kBeyondBytes)),
                      _mm256_set1_ps(-kBeyondBytes));
    const __m256i level =
        _mm256_add_epi32(_mm256_cvtps_epi32(x), _mm256_set1_epi32(rescale.zero_point));
    const __m128i words =
        _mm_packs_epi32(_mm256_castsi256_si128(level), _mm256_extracti128_si256(level, 1));
    const __m128i bytes = _mm_xor_si128(_mm_packs_epi16(words, words),
                                        _mm_set1_epi8(static_cast<char>(rescale.flip)));
    const int64_t eight = _mm_cvtsi128_si64(bytes);
    std::memcpy(to, &eight, static_cast<size_t>(smaller(valid, lanes)));
  }

  static int32_t exponentials(const int32_t* scores, int64_t run, int32_t largest,
                              const Exponential& e, Element* weights) {
    const Weights some(largest, e);
    const __m256i ones = _mm256_set1_epi8(1);
    __m256i total = _mm256_setzero_si256();
    for (int64_t j = 0; j < run; j += 32) {
      __m256i first, second;
      some.of_32(scores + j, &first, &second);
      const __m256i weight = _mm256_packus_epi16(first, second);
      total = _mm256_dpbusd_avx_epi32(total, weight, ones);
      put_32(weights + j, weight);
    }
    return sum(total);
  }

  static int32_t fine_exponentials(const int32_t* scores, int64_t run, int32_t largest,
                                   const Exponential& e, Element* high, Element* low) {
    const FineWeights some(largest, e);
    const __m256i seven = _mm256_set1_epi16(127), ones = _mm256_set1_epi16(1);
    __m256i total = _mm256_setzero_si256();
    for (int64_t j = 0; j < run; j += 32) {
      __m256i a, b;
      some.of_32(scores + j, &a, &b);
      total = _mm256_add_epi32(total, _mm256_madd_epi16(a, ones));
      total = _mm256_add_epi32(total, _mm256_madd_epi16(b, ones));
      const __m256i h = _mm256_packus_epi16(_mm256_srli_epi16(a, 7), _mm256_srli_epi16(b, 7));
      const __m256i l = _mm256_packus_epi16(_mm256_and_si256(a, seven), _mm256_and_si256(b, seven));
      put_32(high + j, Indices::ordered(h));
      put_32(low + j, Indices::ordered(l));
    }
    return sum(total);
  }
};

}  // namespace

edgeattn_status attend_avx_vnni(const edgeattn_attention& call, int64_t first, int64_t last) {
  return attend_blocks<AvxVnni>(call, first, last);
}

}  // namespace edgeattn
