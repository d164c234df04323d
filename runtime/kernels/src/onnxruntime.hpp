// As much of ONNX Runtime's C interface as a custom operator needs, declared here.
//
// The interface is a table of functions that only ever grows, so places in it are fixed: those
// below were counted in onnxruntime_c_api.h of 1.21, and the first 102 have not moved since
// version 1. Nothing is linked: the engine hands its table over when it loads the library.
#ifndef EDGEATTN_ONNXRUNTIME_HPP
#define EDGEATTN_ONNXRUNTIME_HPP

#include <cstddef>
#include <cstdint>

namespace edgeattn {
namespace onnxruntime {

struct Status;          // OrtStatus, null where all is well
struct Value;           // OrtValue
struct TensorInfo;      // OrtTensorTypeAndShapeInfo
struct KernelInfo;      // OrtKernelInfo
struct KernelContext;   // OrtKernelContext
struct SessionOptions;  // OrtSessionOptions
struct Domain;          // OrtCustomOpDomain

enum ElementType : int32_t { kFloat32 = 1, kUint8 = 2 };
enum ErrorCode : int32_t { kFail = 1, kInvalidArgument = 2 };
enum Characteristic : int32_t { kRequired = 0, kOptional = 1 };

// 1.17: operators that return a status (1.16), and KernelContext_ParallelFor.
constexpr uint32_t kVersion = 17;

using Table = const void* const*;

struct Base {  // OrtApiBase
  Table (*table)(uint32_t version);
  const char* (*version)();
};

enum Slot : size_t {
  kCreateStatus = 0,
  kCreateDomain = 26,
  kAddOperator = 27,
  kAddDomain = 28,
  kMutableData = 51,
  kDimensionsCount = 61,
  kDimensions = 62,
  kTensorInfo = 65,
  kAttributeFloat = 85,
  kAttributeInt64 = 86,
  kInput = 90,
  kOutput = 91,
  kReleaseStatus = 93,
  kReleaseTensorInfo = 99,
  kParallelFor = 274,
};

// The engine, with its functions under the names of the interface's own.
class Engine {
 public:
  explicit Engine(Table table) : table_(table) {}

  Status* error(ErrorCode code, const char* text) const {
    return at<Status*(ErrorCode, const char*)>(kCreateStatus)(code, text);
  }
  Status* create_domain(const char* name, Domain** domain) const {
    return at<Status*(const char*, Domain**)>(kCreateDomain)(name, domain);
  }
  Status* add(Domain* domain, const struct Operator* op) const {
    return at<Status*(Domain*, const Operator*)>(kAddOperator)(domain, op);
  }
  Status* add(SessionOptions* options, Domain* domain) const {
    return at<Status*(SessionOptions*, Domain*)>(kAddDomain)(options, domain);
  }
  Status* attribute(const KernelInfo* info, const char* name, float* value) const {
    return at<Status*(const KernelInfo*, const char*, float*)>(kAttributeFloat)(info, name, value);
  }
  Status* attribute(const KernelInfo* info, const char* name, int64_t* value) const {
    return at<Status*(const KernelInfo*, const char*, int64_t*)>(kAttributeInt64)(info, name,
                                                                                  value);
  }
  int64_t attribute_or(const KernelInfo* info, const char* name, int64_t otherwise) const {
    int64_t value = otherwise;
    Status* missing = attribute(info, name, &value);
    if (!missing) return value;
    at<void(Status*)>(kReleaseStatus)(missing);
    return otherwise;
  }
  // An optional input that is missing is null.
  Status* input(const KernelContext* context, size_t place, const Value** value) const {
    return at<Status*(const KernelContext*, size_t, const Value**)>(kInput)(context, place, value);
  }
  Status* output(KernelContext* context, const int64_t* shape, size_t rank, Value** value) const {
    return at<Status*(KernelContext*, size_t, const int64_t*, size_t, Value**)>(kOutput)(
        context, 0, shape, rank, value);
  }
  // There is no reader of constant data in the table; the engine's own C++ header casts as well.
  Status* data(const Value* value, void** data) const {
    return at<Status*(Value*, void**)>(kMutableData)(const_cast<Value*>(value), data);
  }
  // Write at most `most` dimensions; `rank` is the tensor's own.
  Status* shape(const Value* value, int64_t* dimensions, size_t most, size_t* rank) const;
  // Call work(argument, 0..total-1) on the engine's own threads.
  Status* parallel(const KernelContext* context, void (*work)(void*, size_t), size_t total,
                   void* argument) const {
    return at<Status*(const KernelContext*, void (*)(void*, size_t), size_t, size_t, void*)>(
        kParallelFor)(context, work, total, 0, argument);
  }

 private:
  template <class Function>
  Function* at(Slot slot) const {
    return reinterpret_cast<Function*>(const_cast<void*>(table_[slot]));
  }

  Table table_;
};

inline Status* Engine::shape(const Value* value, int64_t* dimensions, size_t most,
                             size_t* rank) const {
  TensorInfo* info = nullptr;
  Status* failed = at<Status*(const Value*, TensorInfo**)>(kTensorInfo)(value, &info);
  if (failed) return failed;
  failed = at<Status*(const TensorInfo*, size_t*)>(kDimensionsCount)(info, rank);
  if (!failed && *rank <= most)
    failed = at<Status*(const TensorInfo*, int64_t*, size_t)>(kDimensions)(info, dimensions, *rank);
  at<void(TensorInfo*)>(kReleaseTensorInfo)(info);
  return failed;
}

// OrtCustomOp as of version 17: what the engine asks an operator.
struct Operator {
  uint32_t version;
  void* (*create)(const Operator*, Table, const KernelInfo*);  // before 1.16
  const char* (*name)(const Operator*);
  const char* (*provider)(const Operator*);
  ElementType (*input_type)(const Operator*, size_t);
  size_t (*input_count)(const Operator*);
  ElementType (*output_type)(const Operator*, size_t);
  size_t (*output_count)(const Operator*);
  void (*compute)(void*, KernelContext*);  // before 1.16
  void (*destroy)(void*);
  Characteristic (*input_characteristic)(const Operator*, size_t);
  Characteristic (*output_characteristic)(const Operator*, size_t);
  int32_t (*input_memory)(const Operator*, size_t);
  int (*variadic_input_least)(const Operator*);
  int (*variadic_input_alike)(const Operator*);
  int (*variadic_output_least)(const Operator*);
  int (*variadic_output_alike)(const Operator*);
  Status* (*create_v2)(const Operator*, Table, const KernelInfo*, void**);
  Status* (*compute_v2)(void*, KernelContext*);
  Status* (*infer_shape)(const Operator*, void*);
  int (*first_version)(const Operator*);
  int (*last_version)(const Operator*);
};

}  // namespace onnxruntime
}  // namespace edgeattn

#endif
