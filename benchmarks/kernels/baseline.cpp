// What the fused kernel is compared with: int8 QK' and PV as fast as ours, a float softmax between.
//
// It shares the driver, the packing and the micro-kernel of runtime/kernels, so that nothing but the
// softmax differs: scores to float, exp by range reduction and a polynomial of degree 5 (the error
// of float32), sum, division, rounding to 1/255. All of it in AVX-512; the scores never leave the
// cache. It is what an engine would do that has int8 products and keeps its softmax in float.
#include "x86_512.hpp"

namespace edgeattn {
namespace {

float score_scale;  // of the call; one thread measures

// exp(x) for x <= 0: 2^n times exp(r), |r| <= log(2) / 2; coefficients after Cephes.
inline __m512 exp_of(__m512 x) {
  const __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, _mm512_set1_ps(1.44269504f)), 0);
  __m512 r = _mm512_fnmadd_ps(n, _mm512_set1_ps(0.693359375f), x);
  r = _mm512_fnmadd_ps(n, _mm512_set1_ps(-2.12194440e-4f), r);
  constexpr float kMore[] = {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f,
                             1.6666665459e-1f, 0.5f};
  __m512 p = _mm512_set1_ps(1.9875691500e-4f);
  for (float c : kMore) p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(c));
  p = _mm512_fmadd_ps(_mm512_mul_ps(p, r), r, _mm512_add_ps(r, _mm512_set1_ps(1)));
  return _mm512_scalef_ps(p, n);
}

struct FloatSoftmax : Avx512 {
  template <int R>
  static void exponentials_of(const int32_t* scores, int64_t score_stride, int64_t run,
                              const int32_t (&largest)[R], const Exponential&, Element* weights,
                              int64_t weight_stride, int32_t (&total)[R]) {
#pragma GCC unroll 1
    for (int r = 0; r < R; ++r) {
      softmax(scores + r * score_stride, run, largest[r], weights + r * weight_stride);
      total[r] = 255;
    }
  }

  static void softmax(const int32_t* scores, int64_t run, int32_t largest, Element* weights) {
    float* real = reinterpret_cast<float*>(const_cast<int32_t*>(scores));  // in place
    const __m512i top = _mm512_set1_epi32(largest);
    const __m512 scale = _mm512_set1_ps(score_scale);
    __m512 total[2] = {_mm512_setzero_ps(), _mm512_setzero_ps()};
    for (int64_t j = 0; j < run; j += 32) {
      for (int i = 0; i < 2; ++i) {
        const __m512i score = _mm512_loadu_si512(scores + j + 16 * i);
        const __m512 below = _mm512_cvtepi32_ps(_mm512_sub_epi32(score, top));
        const __m512 e = exp_of(_mm512_mul_ps(below, scale));
        total[i] = _mm512_add_ps(total[i], e);
        _mm512_storeu_ps(real + j + 16 * i, e);
      }
    }
    const __m512 levels =
        _mm512_set1_ps(255.0f / _mm512_reduce_add_ps(_mm512_add_ps(total[0], total[1])));
    const __m512i order = _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
    for (int64_t j = 0; j < run; j += 64) {
      __m512i level[4];
      for (int i = 0; i < 4; ++i) {
        level[i] = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_loadu_ps(real + j + 16 * i), levels));
      }
      const __m512i packed = _mm512_packus_epi16(_mm512_packs_epi32(level[0], level[1]),
                                                 _mm512_packs_epi32(level[2], level[3]));
      _mm512_storeu_si512(weights + j, _mm512_permutexvar_epi32(order, packed));
    }
  }
};

}  // namespace
}  // namespace edgeattn

extern "C" EDGEATTN_EXPORT int32_t baseline_attend(const edgeattn_attention* call) {
  edgeattn::score_scale = call->score_scales[0];
  const int64_t blocks = (call->queries + 7) / 8 * call->batch * call->heads;
  return edgeattn::attend_blocks<edgeattn::FloatSoftmax>(*call, 0, blocks);
}

// `count` additions, each of which waits for the one before: one cycle each.
extern "C" EDGEATTN_EXPORT void baseline_cycles(int64_t count) {
  uint64_t x = 0;
  const uint64_t one = 1;
  for (int64_t i = 0; i < count; i += 8) {
    __asm__ volatile(
        "add %1, %0\n add %1, %0\n add %1, %0\n add %1, %0\n"
        "add %1, %0\n add %1, %0\n add %1, %0\n add %1, %0\n"
        : "+r"(x)
        : "r"(one));
  }
}
