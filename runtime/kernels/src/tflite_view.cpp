#include "tflite_view.hpp"

namespace edgeattn {
namespace tflite {
namespace {

constexpr int64_t kMostElements = int64_t{1} << 40;

bool lengths(const IntArray& size, View* view, int64_t* count) {
  if (size.size < 0 || size.size > kMostAxes) return false;
  view->rank = size.size;
  *count = 1;
  for (int axis = 0; axis < size.size; ++axis) {
    if (size.data[axis] < 1 || *count > kMostElements / size.data[axis]) return false;
    view->size[axis] = size.data[axis];
    *count *= size.data[axis];
  }
  return true;
}

// Whether `order` names every axis once.
bool permutes(const int32_t* order, int rank) {
  unsigned seen = 0;
  for (int axis = 0; axis < rank; ++axis) {
    if (order[axis] < 0 || order[axis] >= rank) return false;
    seen |= 1U << order[axis];
  }
  return seen == (1U << rank) - 1;
}

// The view without its axes of length 1, and with neighbours merged that lie behind each other.
View merged(const View& view) {
  View found = view;
  found.rank = 0;
  for (int axis = 0; axis < view.rank; ++axis) {
    if (view.size[axis] == 1) continue;
    int last = found.rank - 1;
    if (last >= 0 && found.stride[last] == view.stride[axis] * view.size[axis]) {
      found.size[last] *= view.size[axis];
      found.stride[last] = view.stride[axis];
    } else {
      found.size[found.rank] = view.size[axis];
      found.stride[found.rank++] = view.stride[axis];
    }
  }
  return found;
}

}  // namespace

bool whole(const Tensor& tensor, View* view) {
  View found{};
  int64_t stride;
  if (!tensor.dims || !lengths(*tensor.dims, &found, &stride)) return false;
  for (int axis = 0; axis < found.rank; ++axis) {
    stride /= found.size[axis];
    found.stride[axis] = stride;
  }
  *view = found;
  return true;
}

bool reshape(const IntArray& size, View* view) {
  const View from = merged(*view);
  View to{};
  int64_t wanted, count = 1;
  if (!lengths(size, &to, &wanted)) return false;
  for (int axis = 0; axis < from.rank; ++axis) count *= from.size[axis];
  if (count != wanted) return false;
  to.offset = from.offset;
  int source = from.rank - 1;
  int64_t left = source < 0 ? 1 : from.size[source];  // of the axis that is being split
  int64_t stride = source < 0 ? 1 : from.stride[source];
  for (int axis = to.rank - 1; axis >= 0; --axis) {
    to.stride[axis] = stride;
    if (to.size[axis] == 1) continue;
    if (left == 1) {
      left = from.size[--source];
      to.stride[axis] = stride = from.stride[source];
    }
    if (left % to.size[axis] != 0) return false;
    left /= to.size[axis];
    stride *= to.size[axis];
  }
  *view = to;
  return true;
}

bool transpose(const int32_t* order, View* view) {
  if (!permutes(order, view->rank)) return false;
  const View from = *view;
  for (int axis = 0; axis < from.rank; ++axis) {
    view->size[axis] = from.size[order[axis]];
    view->stride[axis] = from.stride[order[axis]];
  }
  return true;
}

bool untranspose(const int32_t* order, View* view) {
  if (!permutes(order, view->rank)) return false;
  const View from = *view;
  for (int axis = 0; axis < from.rank; ++axis) {
    view->size[order[axis]] = from.size[axis];
    view->stride[order[axis]] = from.stride[axis];
  }
  return true;
}

bool slice(const int32_t* begin, const IntArray& size, View* view) {
  if (size.size != view->rank) return false;
  View found = *view;
  for (int axis = 0; axis < found.rank; ++axis) {
    if (begin[axis] < 0 || size.data[axis] < 1 ||
        begin[axis] + int64_t{size.data[axis]} > found.size[axis]) {
      return false;
    }
    found.offset += begin[axis] * found.stride[axis];
    found.size[axis] = size.data[axis];
  }
  *view = found;
  return true;
}

bool to_four_axes(View* view) {
  if (view->rank > 4) return false;
  const int added = 4 - view->rank;
  for (int axis = 3; axis >= 0; --axis) {
    view->size[axis] = axis < added ? 1 : view->size[axis - added];
    view->stride[axis] = axis < added ? 0 : view->stride[axis - added];
  }
  view->rank = 4;
  return true;
}

void swap_last_two(View* view) {
  const int first = view->rank - 2, second = view->rank - 1;
  const int64_t size = view->size[first], stride = view->stride[first];
  view->size[first] = view->size[second];
  view->stride[first] = view->stride[second];
  view->size[second] = size;
  view->stride[second] = stride;
}

}  // namespace tflite
}  // namespace edgeattn
