// As much of TensorFlow Lite's C structs as an external delegate needs, declared here.
//
// They only ever grow at their ends: what stands below is the same in tflite-runtime 2.14 and in
// ai-edge-litert 2.3 (tensorflow/lite/core/c/common.h and builtin_op_data.h; tests run one binary
// on both). A Registration is handed over by value, which x86-64 and AArch64 do through memory, so
// that an engine which knows fewer of its fields reads those it knows; 32-bit ARM does not.
#ifndef EDGEATTN_TFLITE_HPP
#define EDGEATTN_TFLITE_HPP

#include <cstddef>
#include <cstdint>

namespace edgeattn {
namespace tflite {

static_assert(sizeof(void*) == 8, "a Registration is passed by value");

enum Status : int32_t { kOk = 0, kError = 1 };
enum Type : int32_t { kFloat32 = 1, kInt32 = 2, kInt8 = 9 };
enum Allocation : int32_t { kConstant = 1, kDynamic = 4 };
enum Operator : int32_t {
  kAdd = 0,
  kDequantize = 6,
  kMul = 18,
  kReshape = 22,
  kSoftmax = 25,
  kTranspose = 39,
  kDelegate = 51,
  kSlice = 65,
  kQuantize = 114,
  kBatchMatMul = 126,
};

struct IntArray {
  int32_t size;
  int32_t data[1];  // `size` of them
};

struct FloatArray {
  int32_t size;
  float data[1];
};

struct AffineQuantization {
  FloatArray* scale;
  IntArray* zero_point;
  int32_t dimension;
};

struct Delegate;
struct Context;

struct Tensor {
  Type type;
  void* data;
  IntArray* dims;
  float scale;  // of the whole tensor, 0 where there is none
  int32_t zero_point;
  Allocation allocation;
  size_t bytes;
  const void* mapped;
  const char* name;
  Delegate* delegate;
  int32_t buffer_handle;
  bool data_is_stale, is_variable;
  int32_t quantization_type;  // 1: affine
  AffineQuantization* quantization;
  void *sparsity, *dims_signature;  // the engine has an array of tensors: their size counts
};

static_assert(sizeof(Tensor) == 112, "as the engine counts");

struct Node {
  IntArray *inputs, *outputs, *intermediates, *temporaries;
  void* user_data;
  void* options;  // one of the structs below
};

struct ActivationOptions {  // of ADD and MUL
  int32_t activation;       // 0: none
};
struct SoftmaxOptions {
  float beta;
};
struct BatchMatMulOptions {
  bool adj_x, adj_y;
};

struct Registration {
  void* (*init)(Context*, const char* params, size_t);
  void (*free)(Context*, void* kernel);
  Status (*prepare)(Context*, Node*);
  Status (*invoke)(Context*, Node*);
  const char* (*profiling_string)(const Context*, const Node*);
  int32_t builtin_code;
  const char* custom_name;
  int32_t version;
  void *external, *async_kernel;
  uint64_t inplace_operator;
};

struct DelegateParams {
  Delegate* delegate;
  IntArray *nodes, *inputs, *outputs;
};

struct Delegate {
  void* data;
  Status (*prepare)(Context*, Delegate*);
  void *copy_from_handle, *copy_to_handle, *free_handle;
  int64_t flags;  // 0: shapes are known and stay as they are
  void* opaque_builder;
};

struct Context {
  size_t tensor_count;
  Status (*execution_plan)(Context*, IntArray** plan);  // valid until the next call
  Tensor* tensors;
  void* impl;
  void* resize_tensor;
  void (*report_error)(Context*, const char* format, ...);
  void* add_tensors;
  Status (*node)(Context*, int32_t place, Node**, Registration**);
  Status (*replace)(Context*, Registration, const IntArray* nodes, Delegate*);
  int32_t recommended_threads;
  void *external_context, *set_external_context;
  bool relaxed_floats;
  void* profiler;
  void *persistent_buffer, *buffer_for_eval, *request_scratch, *scratch, *resize_explicit;
  // What `replace` would make of these nodes; the engine owns the parts.
  Status (*preview)(Context*, const IntArray* nodes, DelegateParams** parts, int32_t* count);
};

}  // namespace tflite
}  // namespace edgeattn

#endif
