// Where the numbers of a tensor lie that was reshaped, transposed and sliced without being moved.
#ifndef EDGEATTN_TFLITE_VIEW_HPP
#define EDGEATTN_TFLITE_VIEW_HPP

#include "tflite.hpp"

namespace edgeattn {
namespace tflite {

constexpr int kMostAxes = 6;

struct View {
  int rank;
  int64_t size[kMostAxes], stride[kMostAxes];  // in elements
  int64_t offset;
};

// All of these leave the view as it is and say false where it cannot be told.
bool whole(const Tensor& tensor, View* view);
bool reshape(const IntArray& size, View* view);
bool transpose(const int32_t* order, View* view);   // result's axis i is axis order[i]
bool untranspose(const int32_t* order, View* view);  // what was transposed into this
bool slice(const int32_t* begin, const IntArray& size, View* view);
bool to_four_axes(View* view);  // with leading axes of length 1
void swap_last_two(View* view);

}  // namespace tflite
}  // namespace edgeattn

#endif
