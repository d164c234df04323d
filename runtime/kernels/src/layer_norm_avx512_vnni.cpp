#include "layer_norm.hpp"

namespace edgeattn {

void normalise_avx512_vnni(const edgeattn_layer_norm& call, int64_t first, int64_t last) {
  normalise_rows(call, first, last);
}

}  // namespace edgeattn
