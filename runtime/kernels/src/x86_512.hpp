// AVX-512 with VNNI; the table lookup is shorter where the including file's flags have VBMI.
//
// Everything has internal linkage: each instruction set compiles its own copy.
#ifndef EDGEATTN_X86_512_HPP
#define EDGEATTN_X86_512_HPP

#include "x86_512_weights.hpp"
// After it, because of what it says to the compiler about these headers.
#include "tiles.hpp"
#include "x86_512_pack.hpp"

namespace edgeattn {
namespace {

struct Avx512 : Packing512 {
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

  struct Larger {
    static __m512i of(__m512i a, __m512i b) { return _mm512_max_epi32(a, b); }
    static int32_t one(Int32 x) { return _mm512_reduce_max_epi32(bits(x)); }
  };
  struct Add {
    static __m512i of(__m512i a, __m512i b) { return _mm512_add_epi32(a, b); }
    static int32_t one(Int32 x) { return _mm512_reduce_add_epi32(bits(x)); }
  };

  // Combine each row's lanes: eight rows together take 16 shuffles, one by one they take 40.
  template <class Operation, int R>
  static void reduce_rows(const Int32 (&rows_)[R], int32_t (&out)[R]) {
    if constexpr (R != 8) {
      for (int r = 0; r < R; ++r) out[r] = Operation::one(rows_[r]);
    } else {
      __m512i two[4], four[2];
      for (int i = 0; i < 4; ++i) {
        const __m512i a = bits(rows_[2 * i]), b = bits(rows_[2 * i + 1]);
        two[i] = Operation::of(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
      }
      for (int i = 0; i < 2; ++i) {
        const __m512i a = two[2 * i], b = two[2 * i + 1];
        four[i] = Operation::of(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
      }
      const __m512i halves = Operation::of(_mm512_shuffle_i32x4(four[0], four[1], 0x88),
                                           _mm512_shuffle_i32x4(four[0], four[1], 0xdd));
      const __m512i whole = Operation::of(halves, _mm512_shuffle_i32x4(halves, halves, 0xb1));
      put(out, _mm512_castsi512_si128(whole));
      put(out + 4, _mm512_extracti32x4_epi32(whole, 2));
    }
  }

  template <int R>
  static void exponentials_of(const int32_t* scores, int64_t score_stride, int64_t run,
                              const int32_t (&largest)[R], const Exponential& e, Element* weights,
                              int64_t weight_stride, int32_t (&total)[R]) {
    const Weights some(e);
    Int32 sum[R];
#pragma GCC unroll 1
    for (int r = 0; r < R; ++r) {
      const Indices indices(largest[r], e, 255);
      __m512i row = _mm512_setzero_si512();
      for (int64_t j = 0; j < run; j += 64) {
        const __m512i weight = some.of(indices.of_64(scores + r * score_stride + j));
        row = _mm512_dpbusd_epi32(row, weight, some.ones);
        _mm512_storeu_si512(weights + r * weight_stride + j, weight);
      }
      sum[r] = lanes_of(row);
    }
    reduce_rows<Add>(sum, total);
  }

  template <int R>
  static void largest_of(const Int32 (&maximum)[R], int32_t (&largest)[R]) {
    reduce_rows<Larger>(maximum, largest);
  }

  static __m512 real(Int32 sum, float factor, float shift) {
    const __m512 x = _mm512_mul_ps(_mm512_cvtepi32_ps(bits(sum)), _mm512_set1_ps(factor));
    return _mm512_add_ps(x, _mm512_set1_ps(shift));
  }
  static void put_floats(Int32 sum, float factor, float shift, int valid, uint8_t* to) {
    _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << valid) - 1), real(sum, factor, shift));
  }
  static void put_levels(Int32 sum, float factor, float shift, const Rescale& rescale, int valid,
                         uint8_t* to) {
    __m512 x = real(sum, factor, shift);
    x = _mm512_max_ps(_mm512_min_ps(x, _mm512_set1_ps(kBeyondBytes)),
                      _mm512_set1_ps(-kBeyondBytes));
    const __m512i level =
        _mm512_add_epi32(_mm512_cvtps_epi32(x), _mm512_set1_epi32(rescale.zero_point));
    const __m128i bytes = _mm_xor_si128(_mm512_cvtsepi32_epi8(level),
                                        _mm_set1_epi8(static_cast<char>(rescale.flip)));
    _mm_mask_storeu_epi8(to, static_cast<__mmask16>((1u << valid) - 1), bytes);
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
