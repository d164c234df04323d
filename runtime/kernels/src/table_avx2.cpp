// Sixteen look-ups of 4 bits. Where the upper half of x is not the one a look-up is for, the
// saturating sum has its highest bit set, for which pshufb gives 0.
#include <immintrin.h>

#include "table.hpp"

namespace edgeattn {
namespace {

struct Table {
  __m256i part[16];

  __m256i at(__m256i x) const {
    const __m256i over = _mm256_set1_epi8(0x70);
    __m256i found = _mm256_setzero_si256();
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) {
      const __m256i rest = _mm256_xor_si256(x, _mm256_set1_epi8(static_cast<char>(16 * i)));
      const __m256i one = _mm256_shuffle_epi8(part[i], _mm256_adds_epu8(rest, over));
      found = _mm256_or_si256(found, one);
    }
    return found;
  }
};

}  // namespace

void look_up_avx2(const uint8_t* table, const uint8_t* x, int64_t count, uint8_t* y) {
  Table entries;
  for (int i = 0; i < 16; ++i) {
    const __m128i* from = reinterpret_cast<const __m128i*>(table + 16 * i);
    entries.part[i] = _mm256_broadcastsi128_si256(_mm_loadu_si128(from));
  }
  int64_t i = 0;
  for (; i + 32 <= count; i += 32) {
    const __m256i read = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(x + i));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(y + i), entries.at(read));
  }
  for (; i < count; ++i) y[i] = table[x[i]];
}

}  // namespace edgeattn
