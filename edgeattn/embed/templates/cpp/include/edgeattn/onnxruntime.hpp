// ONNX Runtime through its C API, without its headers.
//
// The API is a table of functions that only ever grows at its end (onnxruntime_c_api.h: "do not
// change the order"). The numbers below are places in version 1 of it, so that any release of the
// library from 1.0 on will do, and nothing has to be installed to compile this.

#pragma once

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "edgeattn/engine.hpp"

extern "C" {
struct EdgeattnOrtApiBase {
  const void* const* (*GetApi)(std::uint32_t version);
  const char* (*GetVersionString)();
};
const EdgeattnOrtApiBase* OrtGetApiBase(void);
}

namespace edgeattn {

class OnnxRuntime final : public Engine {
 public:
  /// Open `model`, the path of an .onnx file, with so many threads for one inference.
  OnnxRuntime(const std::string& model, std::vector<Port> inputs, std::vector<Port> outputs,
              int threads = 1)
      : inputs_(std::move(inputs)), outputs_(std::move(outputs)) {
    try {
      open(model, threads);
    } catch (...) {
      close();
      throw;
    }
  }
  OnnxRuntime(const OnnxRuntime&) = delete;
  OnnxRuntime& operator=(const OnnxRuntime&) = delete;
  ~OnnxRuntime() override { close(); }

  std::string name() const override {
    return std::string("onnxruntime ") + OrtGetApiBase()->GetVersionString();
  }

  void write(std::size_t index, const void* data) override {
    const auto* bytes = static_cast<const unsigned char*>(data);
    std::copy(bytes, bytes + inputs_[index].bytes(), input_bytes_[index].begin());
  }

  void run() override {
    using Run = Status (*)(void*, const void*, const char* const*, const void* const*, std::size_t,
                           const char* const*, std::size_t, void**);
    check(at<Run>(9)(session_, nullptr, input_names_.data(), input_values_.data(),
                     input_values_.size(), output_names_.data(), output_values_.size(),
                     output_values_.data()),
          "run");
  }

  void read(std::size_t index, void* data) override {
    const auto& bytes = output_bytes_[index];
    std::copy(bytes.begin(), bytes.end(), static_cast<unsigned char*>(data));
  }

 private:
  using Status = void*;

  void open(const std::string& model, int threads) {
    require_file(model);
    api_ = OrtGetApiBase()->GetApi(1);
    if (api_ == nullptr) throw Error("this ONNX Runtime does not know version 1 of its own API");
    constexpr int kWarning = 2;
    check(at<Status (*)(int, const char*, void**)>(3)(kWarning, "edgeattn", &environment_),
          "start");
    check(at<Status (*)(const void*)>(6)(environment_), "turn its telemetry off");
    void* options = nullptr;
    check(at<Status (*)(void**)>(10)(&options), "start");
    check(at<Status (*)(void*, int)>(24)(options, threads), "set the threads");
#ifdef _WIN32
    const std::wstring path(model.begin(), model.end());
    using Create = Status (*)(void*, const wchar_t*, const void*, void**);
#else
    const std::string& path = model;
    using Create = Status (*)(void*, const char*, const void*, void**);
#endif
    const Status opened = at<Create>(7)(environment_, path.c_str(), options, &session_);
    at<void (*)(void*)>(100)(options);
    check(opened, "open " + model);
    check(at<Status (*)(int, int, void**)>(69)(0, 0, &memory_), "allocate");  // device, CPU default
    bind(inputs_, input_bytes_, input_names_, input_values_);
    bind(outputs_, output_bytes_, output_names_, output_values_);
  }

  /// Give every port memory of its own, which the engine reads and writes in place.
  template <class Value>
  void bind(const std::vector<Port>& ports, std::vector<std::vector<unsigned char>>& bytes,
            std::vector<const char*>& names, std::vector<Value>& values) {
    constexpr std::array kTypes{1, 3, 2, 6, 7};  // ONNXTensorElementDataType, in Type's order
    using Create = Status (*)(const void*, void*, std::size_t, const std::int64_t*, std::size_t,
                              int, void**);
    for (const auto& port : ports) {
      bytes.emplace_back(port.bytes());
      void* value = nullptr;
      check(at<Create>(49)(memory_, bytes.back().data(), bytes.back().size(), port.shape.data(),
                           port.shape.size(), kTypes[static_cast<std::size_t>(port.type)], &value),
            "bind " + port.name);
      names.push_back(port.name.c_str());
      values.push_back(value);
    }
  }

  void close() {
    if (api_ == nullptr) return;
    for (const void* value : input_values_) release(96, const_cast<void*>(value));
    for (void* value : output_values_) release(96, value);
    release(94, memory_);
    release(95, session_);
    release(92, environment_);
  }

  void release(std::size_t place, void* object) {
    if (object != nullptr) at<void (*)(void*)>(place)(object);
  }

  void check(Status status, const std::string& doing) {
    if (status == nullptr) return;
    const std::string said = at<const char* (*)(const void*)>(2)(status);
    at<void (*)(void*)>(93)(status);
    throw Error("ONNX Runtime cannot " + doing + ": " + said);
  }

  template <class Function>
  Function at(std::size_t place) const {
    return reinterpret_cast<Function>(const_cast<void*>(api_[place]));
  }

  const void* const* api_ = nullptr;
  void* environment_ = nullptr;
  void* session_ = nullptr;
  void* memory_ = nullptr;
  std::vector<Port> inputs_, outputs_;
  std::vector<std::vector<unsigned char>> input_bytes_, output_bytes_;
  std::vector<const char*> input_names_, output_names_;
  std::vector<const void*> input_values_;
  std::vector<void*> output_values_;
};

}  // namespace edgeattn
