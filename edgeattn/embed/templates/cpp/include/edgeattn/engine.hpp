// An inference engine behind a small interface: write inputs, run, read outputs.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace edgeattn {

/// What went wrong, in a sentence.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class Type { float32, int8, uint8, int32, int64 };

/// Bytes of one element.
constexpr std::size_t size_of(Type type) {
  switch (type) {
    case Type::int8:
    case Type::uint8: return 1;
    case Type::int64: return 8;
    default: return 4;
  }
}

/// One input or output of a model: its name, element type and lengths, batch first.
struct Port {
  std::string name;
  Type type;
  std::vector<std::int64_t> shape;

  std::size_t count() const {
    std::size_t product = 1;
    for (const auto length : shape) product *= static_cast<std::size_t>(length);
    return product;
  }
  std::size_t bytes() const { return count() * size_of(type); }
};

namespace detail {

template <class Number>
std::vector<double> numbers_of(const std::vector<unsigned char>& bytes) {
  std::vector<Number> numbers(bytes.size() / sizeof(Number));
  std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(Number));
  return {numbers.begin(), numbers.end()};
}

}  // namespace detail

/// The numbers of a tensor's bytes.
inline std::vector<double> numbers_of(const std::vector<unsigned char>& bytes, Type type) {
  switch (type) {
    case Type::int8: return detail::numbers_of<std::int8_t>(bytes);
    case Type::uint8: return detail::numbers_of<std::uint8_t>(bytes);
    case Type::int32: return detail::numbers_of<std::int32_t>(bytes);
    case Type::int64: return detail::numbers_of<std::int64_t>(bytes);
    default: return detail::numbers_of<float>(bytes);
  }
}

/// Refuse a path behind which nothing can be read, before an engine says less about it.
inline void require_file(const std::string& path) {
  if (std::ifstream file(path, std::ios::binary); !file || file.peek() == EOF) {
    throw Error("there is no file " + path + " that can be read; give the folder with the models");
  }
}

/// "[1, 64]".
inline std::string written(const std::vector<std::int64_t>& shape) {
  std::string text;
  for (const auto length : shape) text += (text.empty() ? "" : ", ") + std::to_string(length);
  return "[" + text + "]";
}

/// A model that an engine has opened. Not for two threads at once; open it once for each.
class Engine {
 public:
  virtual ~Engine() = default;

  /// "onnxruntime 1.31.1", "litert".
  virtual std::string name() const = 0;

  /// Copy an input in, `Port::bytes()` of the port at `index` in the order of the ports.
  virtual void write(std::size_t index, const void* data) = 0;

  virtual void run() = 0;

  /// Copy an output out, `Port::bytes()`.
  virtual void read(std::size_t index, void* data) = 0;
};

}  // namespace edgeattn
