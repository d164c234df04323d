// The table lies in four registers of 64 entries; two look-ups of 7 bits each, the eighth chooses.
#include <immintrin.h>

#include "table.hpp"

namespace edgeattn {
namespace {

struct Table {
  __m512i part[4];

  __m512i at(__m512i x) const {
    const __m512i low = _mm512_permutex2var_epi8(part[0], x, part[1]);
    const __m512i high = _mm512_permutex2var_epi8(part[2], x, part[3]);
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(x), low, high);
  }
};

}  // namespace

void look_up_avx512_vbmi(const uint8_t* table, const uint8_t* x, int64_t count, uint8_t* y) {
  Table entries;
  for (int i = 0; i < 4; ++i) entries.part[i] = _mm512_loadu_si512(table + 64 * i);
  int64_t i = 0;
  for (; i + 128 <= count; i += 128) {
    const __m512i a = _mm512_loadu_si512(x + i), b = _mm512_loadu_si512(x + i + 64);
    _mm512_storeu_si512(y + i, entries.at(a));
    _mm512_storeu_si512(y + i + 64, entries.at(b));
  }
  for (; i < count; i += 64) {
    const __mmask64 some = ~0ull >> (count - i < 64 ? 64 - (count - i) : 0);
    _mm512_mask_storeu_epi8(y + i, some, entries.at(_mm512_maskz_loadu_epi8(some, x + i)));
  }
}

}  // namespace edgeattn
