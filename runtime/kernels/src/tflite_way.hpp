// The ways from int8 tensors to the products of a core, and from the last product out.
#ifndef EDGEATTN_TFLITE_WAY_HPP
#define EDGEATTN_TFLITE_WAY_HPP

#include "tflite_graph.hpp"
#include "tflite_view.hpp"

namespace edgeattn {
namespace tflite {

constexpr int kMostSteps = 12;

struct Way {  // from a tensor outside of the core to a product, or from the product out
  Step steps[kMostSteps];  // the nearest to the product first
  int count;
  int32_t outside;
  float factor;
  View view;  // of `outside`, in the product's axes: [batch, heads, rows, width]
};

bool same_size(const Tensor& first, const Tensor& second);
bool is_float(const Graph& graph, int32_t tensor);

// MUL by a number: which input is multiplied, and by what.
bool scales(const Graph& graph, const Step& step, int32_t* scaled, float* factor);

// Climb from an operand of a product to its integers; `swapped` where the product reads it
// transposed. `narrow` stops at the DEQUANTIZE.
bool climb(const Graph& graph, int32_t operand, bool swapped, bool narrow, Way* way);

// Descend from the last product to what the rest of the model reads.
bool descend(const Graph& graph, int32_t product, bool narrow, Way* way);

}  // namespace tflite
}  // namespace edgeattn

#endif
