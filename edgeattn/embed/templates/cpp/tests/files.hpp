// Golden vectors: little-endian numbers end to end.

#pragma once

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "edgeattn/engine.hpp"

inline std::vector<unsigned char> bytes_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw edgeattn::Error("there is no file " + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::vector<float> floats_of(const std::string& path) {
  const auto bytes = bytes_of(path);
  std::vector<float> numbers(bytes.size() / sizeof(float));
  std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(float));
  return numbers;
}
