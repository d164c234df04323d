// LiteRT through its C API (CompiledModel), without its headers: prototypes as of LiteRT 2.

#pragma once

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "edgeattn/engine.hpp"

extern "C" {
struct EdgeattnLiteRtLayout {
  unsigned int rank : 7;
  bool has_strides : 1;
  std::int32_t dimensions[8];
  std::uint32_t strides[8];
};
struct EdgeattnLiteRtTensorType {
  int element_type;
  EdgeattnLiteRtLayout layout;
};
struct EdgeattnLiteRtOption {  // of the environment: a tag, and a value that tells its type
  int tag;
  struct {
    int type;
    std::int64_t number;
  } value;
};
int LiteRtCreateEnvironment(int count, const EdgeattnLiteRtOption* options, void** environment);
int LiteRtCreateModelFromFile(void* environment, const char* path, void** model);
int LiteRtCreateOptions(void** options);
int LiteRtSetOptionsHardwareAccelerators(void* options, int accelerators);
int LiteRtCreateCompiledModel(void* environment, void* model, void* options, void** compiled);
int LiteRtGetModelSignature(void* model, std::size_t index, void** signature);
int LiteRtGetNumSignatureInputs(void* signature, std::size_t* count);
int LiteRtGetNumSignatureOutputs(void* signature, std::size_t* count);
int LiteRtGetSignatureInputName(void* signature, std::size_t index, const char** name);
int LiteRtGetSignatureOutputName(void* signature, std::size_t index, const char** name);
int LiteRtGetSignatureInputTensorByIndex(void* signature, std::size_t index, void** tensor);
int LiteRtGetSignatureOutputTensorByIndex(void* signature, std::size_t index, void** tensor);
int LiteRtGetRankedTensorType(void* tensor, EdgeattnLiteRtTensorType* type);
int LiteRtGetCompiledModelInputBufferRequirements(void* compiled, std::size_t signature,
                                                  std::size_t index, void** requirements);
int LiteRtGetCompiledModelOutputBufferRequirements(void* compiled, std::size_t signature,
                                                   std::size_t index, void** requirements);
int LiteRtCreateManagedTensorBufferFromRequirements(void* environment,
                                                    const EdgeattnLiteRtTensorType* type,
                                                    void* requirements, void** buffer);
int LiteRtLockTensorBuffer(void* buffer, void** memory, int mode);
int LiteRtUnlockTensorBuffer(void* buffer);
int LiteRtRunCompiledModel(void* compiled, std::size_t signature, std::size_t input_count,
                           void** inputs, std::size_t output_count, void** outputs);
void LiteRtDestroyTensorBuffer(void* buffer);
void LiteRtDestroyCompiledModel(void* compiled);
void LiteRtDestroyOptions(void* options);
void LiteRtDestroyModel(void* model);
void LiteRtDestroyEnvironment(void* environment);
}

namespace edgeattn {

class LiteRt final : public Engine {
 public:
  /// Open `model`, the path of a .tflite file, on the CPU.
  LiteRt(const std::string& model, std::vector<Port> inputs, std::vector<Port> outputs)
      : inputs_(std::move(inputs)), outputs_(std::move(outputs)) {
    try {
      open(model);
    } catch (...) {
      close();
      throw;
    }
  }
  LiteRt(const LiteRt&) = delete;
  LiteRt& operator=(const LiteRt&) = delete;
  ~LiteRt() override { close(); }

  std::string name() const override { return "litert"; }

  void write(std::size_t index, const void* data) override {
    void* buffer = input_buffers_[input_places_[index]];
    constexpr int kWrite = 1;
    void* memory = lock(buffer, kWrite);
    std::memcpy(memory, data, inputs_[index].bytes());
    check(LiteRtUnlockTensorBuffer(buffer), "unlock an input");
  }

  void run() override {
    check(LiteRtRunCompiledModel(compiled_, 0, input_buffers_.size(), input_buffers_.data(),
                                 output_buffers_.size(), output_buffers_.data()),
          "run");
  }

  void read(std::size_t index, void* data) override {
    void* buffer = output_buffers_[output_places_[index]];
    constexpr int kRead = 0;
    const void* memory = lock(buffer, kRead);
    std::memcpy(data, memory, outputs_[index].bytes());
    check(LiteRtUnlockTensorBuffer(buffer), "unlock an output");
  }

 private:
  using Name = int (*)(void*, std::size_t, const char**);
  using Tensor = int (*)(void*, std::size_t, void**);
  using Needs = int (*)(void*, std::size_t, std::size_t, void**);

  void open(const std::string& model) {
    require_file(model);
    constexpr int kCpu = 1;
    constexpr int kNumber = 2, kErrors = 3;
    // Errors alone are logged, and no library of a GPU or an NPU is looked for.
    constexpr EdgeattnLiteRtOption kOptions[] = {{25, {kNumber, kErrors}}, {24, {kNumber, kCpu}}};
    check(LiteRtCreateEnvironment(2, kOptions, &environment_), "start");
    check(LiteRtCreateModelFromFile(environment_, model.c_str(), &model_),
          "open " + model + " (it is no .tflite file, or damaged)");
    check(LiteRtCreateOptions(&options_), "start");
    check(LiteRtSetOptionsHardwareAccelerators(options_, kCpu), "choose the CPU");
    check(LiteRtCreateCompiledModel(environment_, model_, options_, &compiled_),
          "compile " + model);
    void* signature = nullptr;
    check(LiteRtGetModelSignature(model_, 0, &signature), "read the signature of " + model);
    std::size_t in = 0, out = 0;
    check(LiteRtGetNumSignatureInputs(signature, &in), "count the inputs");
    check(LiteRtGetNumSignatureOutputs(signature, &out), "count the outputs");
    input_places_ = places(inputs_, signature, in, LiteRtGetSignatureInputName);
    output_places_ = places(outputs_, signature, out, LiteRtGetSignatureOutputName);
    compare(inputs_, input_places_, signature, LiteRtGetSignatureInputTensorByIndex);
    compare(outputs_, output_places_, signature, LiteRtGetSignatureOutputTensorByIndex);
    allocate(input_buffers_, in, signature, LiteRtGetSignatureInputTensorByIndex,
             LiteRtGetCompiledModelInputBufferRequirements);
    allocate(output_buffers_, out, signature, LiteRtGetSignatureOutputTensorByIndex,
             LiteRtGetCompiledModelOutputBufferRequirements);
  }

  /// Refuse a file whose tensors are not those that this kit was made for.
  static void compare(const std::vector<Port>& ports, const std::vector<std::size_t>& places,
                      void* signature, Tensor tensor_of) {
    constexpr int kTypes[] = {1, 9, 3, 2, 4};  // LiteRtElementType, in Type's order
    for (std::size_t i = 0; i < ports.size(); ++i) {
      const EdgeattnLiteRtTensorType found = type_of(signature, places[i], tensor_of);
      const std::int32_t* lengths = found.layout.dimensions;
      const std::vector<std::int64_t> shape(lengths, lengths + found.layout.rank);
      if (found.element_type != kTypes[static_cast<std::size_t>(ports[i].type)] ||
          shape != ports[i].shape) {
        throw Error(ports[i].name + " is " + written(shape) + " in the model file and " +
                    written(ports[i].shape) + " in this kit, or of another type; " +
                    "put the model file that came with the kit there");
      }
    }
  }

  static EdgeattnLiteRtTensorType type_of(void* signature, std::size_t index, Tensor tensor_of) {
    void* tensor = nullptr;
    EdgeattnLiteRtTensorType type{};
    check(tensor_of(signature, index, &tensor), "find a tensor");
    check(LiteRtGetRankedTensorType(tensor, &type), "read a tensor's type");
    return type;
  }

  /// Where each port stands in the signature, whose order is its own.
  static std::vector<std::size_t> places(const std::vector<Port>& ports, void* signature,
                                         std::size_t count, Name name_of) {
    std::vector<std::size_t> found;
    for (const auto& port : ports) {
      std::size_t place = 0;
      for (; place < count; ++place) {
        const char* name = nullptr;
        check(name_of(signature, place, &name), "read a name");
        if (port.name == name) break;
      }
      if (place == count) {
        throw Error("the model file has no input or output named " + port.name +
                    "; put the model file that came with the kit there");
      }
      found.push_back(place);
    }
    return found;
  }

  void allocate(std::vector<void*>& buffers, std::size_t count, void* signature, Tensor tensor_of,
                Needs needs_of) {
    for (std::size_t index = 0; index < count; ++index) {
      void* needs = nullptr;
      void* buffer = nullptr;
      const EdgeattnLiteRtTensorType type = type_of(signature, index, tensor_of);
      check(needs_of(compiled_, 0, index, &needs), "ask for memory");
      check(LiteRtCreateManagedTensorBufferFromRequirements(environment_, &type, needs, &buffer),
            "allocate");
      buffers.push_back(buffer);
    }
  }

  void* lock(void* buffer, int mode) {
    void* memory = nullptr;
    check(LiteRtLockTensorBuffer(buffer, &memory, mode), "lock a buffer");
    return memory;
  }

  void close() {
    for (void* buffer : input_buffers_) LiteRtDestroyTensorBuffer(buffer);
    for (void* buffer : output_buffers_) LiteRtDestroyTensorBuffer(buffer);
    if (compiled_ != nullptr) LiteRtDestroyCompiledModel(compiled_);
    if (options_ != nullptr) LiteRtDestroyOptions(options_);
    if (model_ != nullptr) LiteRtDestroyModel(model_);
    if (environment_ != nullptr) LiteRtDestroyEnvironment(environment_);
  }

  static void check(int status, const std::string& doing) {
    if (status != 0) throw Error("LiteRT cannot " + doing + ": status " + std::to_string(status));
  }

  void* environment_ = nullptr;
  void* model_ = nullptr;
  void* options_ = nullptr;
  void* compiled_ = nullptr;
  std::vector<Port> inputs_, outputs_;
  std::vector<std::size_t> input_places_, output_places_;
  std::vector<void*> input_buffers_, output_buffers_;
};

}  // namespace edgeattn
