// AVX-512 VNNI with VBMI (Ice Lake, Zen 4): the table of exponentials is looked up in registers.
#include "x86_512.hpp"

namespace edgeattn {

edgeattn_status attend_avx512_vbmi(const edgeattn_attention& call, int64_t first, int64_t last) {
  return attend_blocks<Avx512>(call, first, last);
}

}  // namespace edgeattn
