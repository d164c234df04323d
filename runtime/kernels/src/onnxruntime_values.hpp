// What an operator reads of its inputs.
#ifndef EDGEATTN_ONNXRUNTIME_VALUES_HPP
#define EDGEATTN_ONNXRUNTIME_VALUES_HPP

#include "onnxruntime.hpp"

namespace edgeattn {
namespace onnxruntime {

// One operand as the engine has it.
struct Tensor {
  const void* data = nullptr;
  int64_t size[4] = {0, 0, 0, 0};
  size_t rank = 0;
};

inline Status* read(const Engine& engine, const KernelContext* context, size_t place,
                    Tensor* tensor) {
  const Value* value = nullptr;
  if (Status* failed = engine.input(context, place, &value)) return failed;
  if (!value) return nullptr;  // an optional one
  if (Status* failed = engine.shape(value, tensor->size, 4, &tensor->rank)) return failed;
  void* data = nullptr;
  Status* failed = engine.data(value, &data);
  tensor->data = data;
  return failed;
}

inline Status* read_scalar(const Engine& engine, const KernelContext* context, size_t place,
                           const void** data) {
  Tensor tensor;
  if (Status* failed = read(engine, context, place, &tensor)) return failed;
  if (!tensor.data || tensor.rank > 1 || (tensor.rank == 1 && tensor.size[0] != 1))
    return engine.error(kInvalidArgument, "a scale or a zero point is not one number");
  *data = tensor.data;
  return nullptr;
}

struct Levels {
  float scale = 0.0F;
  uint8_t zero_point = 0;
};

inline Status* read_levels(const Engine& engine, const KernelContext* context, size_t place,
                           Levels* levels) {
  const void* data = nullptr;
  if (Status* failed = read_scalar(engine, context, place, &data)) return failed;
  levels->scale = *static_cast<const float*>(data);
  if (Status* failed = read_scalar(engine, context, place + 1, &data)) return failed;
  levels->zero_point = *static_cast<const uint8_t*>(data);
  return nullptr;
}

}  // namespace onnxruntime
}  // namespace edgeattn

#endif
