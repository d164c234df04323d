// AVX2 without VNNI. vpmaddubsw saturates at 255 * 128 * 2, so everything is widened to int16 once,
// while packing, and vpmaddwd multiplies pairs of them exactly.
#include "x86_256.hpp"

namespace edgeattn {
namespace {

struct Avx2 : Avx256 {
  static constexpr int group = 2;
  static constexpr int key_columns = 2;  // 8 sums, 2 columns, 1 row, 1 product of 16 registers
  static constexpr int value_columns = 2;
  static constexpr int key_block = 4;
  static constexpr int value_block = 8;
  static constexpr int key_flip = 0;
  using Element = int16_t;

  static Int32 score_dot(Int32 sum, Left left, Packed packed) {
    return lanes_of(_mm256_add_epi32(bits(sum), _mm256_madd_epi16(left, packed)));
  }
  static Int32 value_dot(Int32 sum, Left left, Packed packed) { return score_dot(sum, left, packed); }

  // Eight bytes, flipped and widened.
  static __m128i widened(const uint8_t* from, int valid, int flip) {
    const __m128i bytes = valid >= 8 ? _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))
                                     : load_bytes(from, valid);
    return _mm_cvtepi8_epi16(_mm_xor_si128(bytes, _mm_set1_epi8(static_cast<char>(flip))));
  }
  static void pack_key_block(const uint8_t* const (&keys)[4], int first, int valid, int flip,
                             uint8_t* to, size_t stride) {
    __m128i x[4];
    for (int i = 0; i < 4; ++i) x[i] = widened(keys[i] + first, valid, flip);
    put_transposed(x[0], x[1], x[2], x[3], (valid + 1) / 2, to, stride);
  }
  static void pack_value_block(const uint8_t* const (&keys)[2], int first, int valid, int flip,
                               uint8_t* const (&to)[1]) {
    const __m128i a = widened(keys[0] + first, valid, flip);
    const __m128i b = widened(keys[1] + first, valid, flip);
    put(to[0], _mm_unpacklo_epi16(a, b));
    put(to[0] + 16, _mm_unpackhi_epi16(a, b));
  }

  static int32_t exponentials(const int32_t* scores, int64_t run, int32_t largest,
                              const Exponential& e, Element* weights) {
    const Weights some(largest, e);
    const __m256i ones = _mm256_set1_epi16(1);
    __m256i total = _mm256_setzero_si256();
    for (int64_t j = 0; j < run; j += 32) {
      __m256i a, b;  // keys 0 to 7 and 16 to 23; 8 to 15 and 24 to 31
      some.of_32(scores + j, &a, &b);
      total = _mm256_add_epi32(total, _mm256_madd_epi16(_mm256_add_epi16(a, b), ones));
      put_32(weights + j, _mm256_permute2x128_si256(a, b, 0x20));
      put_32(weights + j + 16, _mm256_permute2x128_si256(a, b, 0x31));
    }
    return sum(total);
  }

  static int32_t fine_exponentials(const int32_t* scores, int64_t run, int32_t largest,
                                   const Exponential& e, Element* high, Element* low) {
    const FineWeights some(largest, e);
    const __m256i seven = _mm256_set1_epi16(127), ones = _mm256_set1_epi16(1);
    __m256i total = _mm256_setzero_si256();
    for (int64_t j = 0; j < run; j += 32) {
      __m256i w[2];  // a and b of one pack each: keys 0-3 8-11 | 4-7 12-15, then 16 further
      some.of_32(scores + j, &w[0], &w[1]);
      for (int i = 0; i < 2; ++i) {
        total = _mm256_add_epi32(total, _mm256_madd_epi16(w[i], ones));
        const __m256i ordered = _mm256_permute4x64_epi64(w[i], 0xd8);
        put_32(high + j + 16 * i, _mm256_srli_epi16(ordered, 7));
        put_32(low + j + 16 * i, _mm256_and_si256(ordered, seven));
      }
    }
    return sum(total);
  }
};

}  // namespace

edgeattn_status attend_avx2(const edgeattn_attention& call, int64_t first, int64_t last) {
  return attend_blocks<Avx2>(call, first, last);
}

}  // namespace edgeattn
