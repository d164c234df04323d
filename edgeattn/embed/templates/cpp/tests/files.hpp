// Golden vectors: little-endian numbers end to end.

#pragma once

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "edgeattn/engine.hpp"

/// The kit's folder: where it was when this was built, or what EDGEATTN_KIT says (on a board).
inline std::string kit() {
  const char* moved = std::getenv("EDGEATTN_KIT");
  return moved == nullptr ? KIT : moved;
}

inline std::vector<unsigned char> bytes_of(const std::string& path) {
  std::ifstream file(kit() + "/" + path, std::ios::binary);
  if (!file) throw edgeattn::Error("there is no file " + kit() + "/" + path);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline std::vector<float> floats_of(const std::string& path) {
  const auto bytes = bytes_of(path);
  std::vector<float> numbers(bytes.size() / sizeof(float));
  std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(float));
  return numbers;
}
