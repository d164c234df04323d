// What the operators beside attention share: one 8-bit result of the shape of the first input.
#ifndef EDGEATTN_ONNXRUNTIME_SIBLINGS_HPP
#define EDGEATTN_ONNXRUNTIME_SIBLINGS_HPP

#include <cstdlib>
#include <new>

#include "../include/edgeattn_kernels.h"
#include "onnxruntime_values.hpp"

namespace edgeattn {
namespace onnxruntime {

Status* add_tables(const Engine& engine, Domain* domain);
Status* add_layer_norms(const Engine& engine, Domain* domain);

// A tensor of any rank up to `kMostAxes`.
struct Whole {
  static constexpr size_t kMostAxes = 8;
  const void* data = nullptr;
  int64_t size[kMostAxes] = {};
  size_t rank = 0;

  int64_t count() const {
    int64_t product = 1;
    for (size_t axis = 0; axis < rank; ++axis) product *= size[axis];
    return product;
  }
};

inline Status* read_whole(const Engine& engine, const KernelContext* context, Whole* x) {
  const Value* value = nullptr;
  if (Status* failed = engine.input(context, 0, &value)) return failed;
  if (Status* failed = engine.shape(value, x->size, Whole::kMostAxes, &x->rank)) return failed;
  if (x->rank > Whole::kMostAxes)
    return engine.error(kInvalidArgument, "the input has more than 8 axes");
  void* data = nullptr;
  Status* failed = engine.data(value, &data);
  x->data = data;
  return failed;
}

inline Status* write_like(const Engine& engine, KernelContext* context, const Whole& x,
                          uint8_t** y) {
  Value* result = nullptr;
  if (Status* failed = engine.output(context, x.size, x.rank, &result)) return failed;
  void* data = nullptr;
  Status* failed = engine.data(result, &data);
  *y = static_cast<uint8_t*>(data);
  return failed;
}

inline Status* refusal(const Engine& engine, int32_t status) {
  if (status == EDGEATTN_OK) return nullptr;
  return engine.error(kInvalidArgument, edgeattn_status_text(status));
}

// Memory for a kernel that has nothing to destroy.
template <class Kernel>
Status* keep(const Kernel& kernel, void** made) {
  void* memory = std::malloc(sizeof(Kernel));
  if (!memory) return kernel.engine.error(kFail, "no memory for a kernel");
  *made = new (memory) Kernel(kernel);
  return nullptr;
}

// What all of them answer alike.
constexpr void answer_alike(Operator* op) {
  op->version = kVersion;
  op->provider = [](const Operator*) -> const char* { return "CPUExecutionProvider"; };
  op->output_type = [](const Operator*, size_t) { return kUint8; };
  op->output_count = [](const Operator*) -> size_t { return 1; };
  op->output_characteristic = [](const Operator*, size_t) { return kRequired; };
  op->input_memory = [](const Operator*, size_t) -> int32_t { return 0; };  // wherever it lies
  op->variadic_input_least = op->variadic_output_least = [](const Operator*) { return 1; };
  op->variadic_input_alike = op->variadic_output_alike = [](const Operator*) { return 1; };
  op->destroy = [](void* kernel) { std::free(kernel); };
  op->first_version = [](const Operator*) { return 1; };
  op->last_version = [](const Operator*) { return INT32_MAX; };
}

}  // namespace onnxruntime
}  // namespace edgeattn

#endif
