// An attention core in a standard model: which operators it is, and the one call that replaces them.
#ifndef EDGEATTN_TFLITE_CORE_HPP
#define EDGEATTN_TFLITE_CORE_HPP

#include "../include/edgeattn_kernels.h"
#include "tflite_graph.hpp"

namespace edgeattn {
namespace tflite {

constexpr int32_t kMostNodes = 48;
constexpr const char* kTwoPlanes = ";planes=2";  // part of a name

struct Core {
  int32_t nodes[kMostNodes];
  int32_t count;
  int32_t q, k, v, bias, out;       // tensors; bias is -1 where there is none
  int64_t q_offset, k_offset, v_offset;  // bytes
  float score_scale, v_scale;
  edgeattn_attention call;  // all but pointers
};

// Whether a core ends in this SOFTMAX. `narrow` takes only what has to be taken: of the operators
// that move numbers before and after it, none.
bool find(const Graph& graph, const Step& softmax, bool narrow, Core* core);

}  // namespace tflite
}  // namespace edgeattn

#endif
