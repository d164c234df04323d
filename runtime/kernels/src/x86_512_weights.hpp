// From scores to weights with AVX-512, 64 keys at a time: see exponential.hpp for the arithmetic.
//
// Everything has internal linkage: each instruction set compiles its own copy.
#ifndef EDGEATTN_X86_512_WEIGHTS_HPP
#define EDGEATTN_X86_512_WEIGHTS_HPP

// GCC 12's own headers initialise "undefined" registers with themselves and warn (bug 105593).
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wuninitialized"
#if !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <immintrin.h>
#pragma GCC diagnostic pop

#include "exponential.hpp"
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

// 64 weights at a time; everything but the row's maximum stays in registers from row to row.
struct Weights {
  const __m512i ones;
#ifdef __AVX512VBMI__
  const __m512i t0, t1, t2, t3;
  explicit Weights(const Exponential& e)
      : ones(_mm512_set1_epi8(1)),
        t0(_mm512_loadu_si512(e.table)),
        t1(_mm512_loadu_si512(e.table + 64)),
        t2(_mm512_loadu_si512(e.table + 128)),
        t3(_mm512_loadu_si512(e.table + 192)) {}

  __m512i of(__m512i index) const {
    const __m512i near = _mm512_permutex2var_epi8(t0, index, t1);
    const __m512i far = _mm512_permutex2var_epi8(t2, index, t3);
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(index), near, far);
  }
#else
  const WordTable512 coarse, fine;
  const __m512i nibble;
  explicit Weights(const Exponential& e)
      : ones(_mm512_set1_epi8(1)),
        coarse(e.coarse),
        fine(e.fine),
        nibble(_mm512_set1_epi8(15)) {}

  __m512i of(__m512i index) const {
    __m512i c[2], f[2];
    coarse.look_up(_mm512_and_si512(_mm512_srli_epi16(index, 4), nibble), &c[0], &c[1]);
    fine.look_up(_mm512_and_si512(index, nibble), &f[0], &f[1]);
    return _mm512_packus_epi16(_mm512_mulhrs_epi16(c[0], f[0]),
                               _mm512_mulhrs_epi16(c[1], f[1]));
  }
#endif
};

}  // namespace
}  // namespace edgeattn

#endif
