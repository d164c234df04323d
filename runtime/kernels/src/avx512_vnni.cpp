// AVX-512 VNNI without VBMI (Cascade Lake).
#include "x86_512.hpp"

namespace edgeattn {

edgeattn_status attend_avx512_vnni(const edgeattn_attention& call, int64_t first, int64_t last) {
  return attend_blocks<Avx512>(call, first, last);
}

}  // namespace edgeattn
