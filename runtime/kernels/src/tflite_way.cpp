#include "tflite_way.hpp"

namespace edgeattn {
namespace tflite {
namespace {

// int8 with one scale for all of it.
bool is_quantized(const Graph& graph, int32_t index) {
  const Tensor& tensor = graph.tensor(index);
  const AffineQuantization* levels = tensor.quantization;
  return tensor.type == kInt8 && tensor.quantization_type == 1 && levels && levels->scale &&
         levels->scale->size == 1 && tensor.scale > 0;
}

bool same_levels(const Tensor& first, const Tensor& second) {
  return first.scale == second.scale && first.zero_point == second.zero_point;
}

// The numbers of a constant [length], or null.
const int32_t* integers(const Graph& graph, int32_t index, int32_t length) {
  if (!graph.known(index)) return nullptr;
  const Tensor& tensor = graph.tensor(index);
  const bool fit = tensor.type == kInt32 && tensor.allocation == kConstant && tensor.data &&
                   tensor.bytes == static_cast<size_t>(length) * sizeof(int32_t);
  return fit ? static_cast<const int32_t*>(tensor.data) : nullptr;
}

bool number(const Graph& graph, int32_t index, float* value) {
  if (!graph.known(index)) return false;
  const Tensor& tensor = graph.tensor(index);
  if (tensor.type != kFloat32 || tensor.allocation != kConstant || !tensor.data ||
      tensor.bytes != sizeof(float)) {
    return false;
  }
  *value = *static_cast<const float*>(tensor.data);
  return true;
}

// Whether an operator only moves numbers.
bool moves(const Graph& graph, const Step& step) {
  if (step.code != kReshape && step.code != kTranspose && step.code != kSlice) return false;
  const int32_t from = step.input(0), to = step.output();
  if (graph.tensor(from).type != graph.tensor(to).type) return false;
  return is_float(graph, from) || (is_quantized(graph, from) && is_quantized(graph, to) &&
                                   same_levels(graph.tensor(from), graph.tensor(to)));
}

bool through(const Graph& graph, const Step& step, View* view) {
  const IntArray& size = *graph.tensor(step.output()).dims;
  if (step.code == kReshape) return reshape(size, view);
  if (step.code == kTranspose) {
    const int32_t* order = integers(graph, step.input(1), view->rank);
    return order && transpose(order, view);
  }
  if (step.code == kSlice) {
    const int32_t* begin = integers(graph, step.input(1), view->rank);
    return begin && slice(begin, size, view);
  }
  return true;
}

bool back_through(const Graph& graph, const Step& step, View* view) {
  if (step.code == kReshape) return reshape(*graph.tensor(step.input(0)).dims, view);
  if (step.code == kTranspose) {
    const int32_t* order = integers(graph, step.input(1), view->rank);
    return order && untranspose(order, view);
  }
  return step.code == kQuantize;
}

bool has_rows(View* view) {
  return to_four_axes(view) && (view->size[3] == 1 || view->stride[3] == 1);
}

}  // namespace

bool same_size(const Tensor& first, const Tensor& second) {
  if (!first.dims || !second.dims || first.dims->size != second.dims->size) return false;
  for (int32_t axis = 0; axis < first.dims->size; ++axis) {
    if (first.dims->data[axis] != second.dims->data[axis]) return false;
  }
  return true;
}

bool is_float(const Graph& graph, int32_t index) { return graph.tensor(index).type == kFloat32; }

bool scales(const Graph& graph, const Step& step, int32_t* scaled, float* factor) {
  if (step.code != kMul || step.options<ActivationOptions>().activation != 0) return false;
  const int place = number(graph, step.input(1), factor) ? 0 : 1;
  if (place == 1 && !number(graph, step.input(0), factor)) return false;
  *scaled = step.input(place);
  return is_float(graph, *scaled) && same_size(graph.tensor(*scaled), graph.tensor(step.output()));
}

bool climb(const Graph& graph, int32_t operand, bool swapped, bool narrow, Way* way) {
  int needed = 0;
  *way = Way{};
  way->factor = 1.0F;
  int32_t tensor = operand;
  Step step;
  while (way->count < kMostSteps && graph.maker(tensor, &step)) {
    float factor = 1.0F;
    int32_t before = step.input(0);
    if (needed == 0 && step.code == kDequantize && is_quantized(graph, before)) {
      needed = way->count + 1;
    } else if (needed == 0 && scales(graph, step, &before, &factor)) {
      way->factor *= factor;
    } else if (!moves(graph, step)) {
      break;
    }
    way->steps[way->count++] = step;
    tensor = before;
  }
  for (int count = narrow ? needed : way->count; needed > 0 && count >= needed; --count) {
    const Step& last = way->steps[count - 1];
    way->count = count;
    way->outside = last.input(0);
    bool seen = whole(graph.tensor(way->outside), &way->view);
    for (int i = count - 1; seen && i >= 0; --i) seen = through(graph, way->steps[i], &way->view);
    if (!seen || way->view.rank < 2) continue;
    if (swapped) swap_last_two(&way->view);
    if (has_rows(&way->view)) return true;
  }
  return false;
}

bool descend(const Graph& graph, int32_t product, bool narrow, Way* way) {
  *way = Way{};
  int32_t tensor = product;
  bool rounded = false;
  Step step;
  while (way->count < kMostSteps && graph.reader(tensor, &step)) {
    if (!rounded && step.code == kQuantize && is_quantized(graph, step.output())) {
      rounded = true;
    } else if (step.code == kSlice || !moves(graph, step) || step.input(0) != tensor) {
      break;
    }
    way->steps[way->count++] = step;
    tensor = step.output();
  }
  const int least = way->count > 0 && way->steps[0].code == kQuantize ? 1 : 0;
  for (int count = narrow ? least : way->count; count >= 0; --count) {
    way->count = count;
    way->outside = count > 0 ? way->steps[count - 1].output() : product;
    bool seen = whole(graph.tensor(way->outside), &way->view);
    for (int i = count - 1; seen && i >= 0; --i) {
      seen = back_through(graph, way->steps[i], &way->view);
    }
    if (seen && has_rows(&way->view)) return true;
  }
  return false;
}

}  // namespace tflite
}  // namespace edgeattn
