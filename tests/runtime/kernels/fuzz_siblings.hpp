// Draw tables and LayerNorms, computed with every instruction set of this CPU; see fuzz.cpp.
#ifndef EDGEATTN_FUZZ_SIBLINGS_HPP
#define EDGEATTN_FUZZ_SIBLINGS_HPP

#include <cmath>
#include <cstdio>
#include <limits>
#include <random>
#include <vector>

#include "edgeattn_kernels.h"

namespace siblings {

// Memory that ends with its last element, one byte or one float behind an allocation's start.
template <class T>
struct Odd {
  std::vector<T> all;

  explicit Odd(int64_t count) : all(static_cast<size_t>(count + 1)) { all.shrink_to_fit(); }
  T* data() { return all.data() + 1; }
};

struct Random {
  std::mt19937_64& bits;

  int64_t draw(int64_t lowest, int64_t highest) {
    return std::uniform_int_distribution<int64_t>(lowest, highest)(bits);
  }
  bool chance(int percent) { return draw(0, 99) < percent; }
  float scale() { return std::exp2(static_cast<float>(draw(-20, 3))); }
  int32_t level() { return static_cast<int32_t>(draw(0, 255)); }
  void fill(Odd<uint8_t>* to) {
    for (uint8_t& byte : to->all) byte = static_cast<uint8_t>(draw(0, 255));
  }
  void fill(Odd<float>* to) {
    for (float& x : to->all) x = static_cast<float>(draw(-9000, 9000)) / 1000;
    if (chance(20)) to->all.back() = std::numeric_limits<float>::quiet_NaN();
    if (chance(20)) to->all.back() = std::numeric_limits<float>::max();
  }
};

// Call `compute` for a fresh result with every instruction set; all must say and write the same.
template <class Compute>
bool agree(const char* const* sets, int count, int64_t bytes, Compute compute) {
  std::vector<uint8_t> first;
  int32_t said = EDGEATTN_OK;
  for (int i = 0; i < count; ++i) {
    if (edgeattn_choose_instruction_set(sets[i]) != EDGEATTN_OK) continue;
    Odd<uint8_t> y(bytes);
    const int32_t status = compute(y.data());
    if (first.empty()) {
      first = y.all;
      said = status;
    } else if (first != y.all || said != status) {
      std::printf("%s differs from portable\n", sets[i]);
      return false;
    }
  }
  return true;
}

inline bool tables_agree(Random random, const char* const* sets, int count) {
  Odd<uint8_t> table(256);
  const int32_t zero_point = random.level();
  const int32_t status =
      edgeattn_make_table(static_cast<int32_t>(random.draw(-1, 3)), random.scale(), random.level(),
                          random.chance(10) ? 0.0F : random.scale(), zero_point, table.data());
  if (status != EDGEATTN_OK) random.fill(&table);
  Odd<uint8_t> x(random.draw(0, random.chance(10) ? 5000 : 200));
  random.fill(&x);
  const int64_t length = static_cast<int64_t>(x.all.size()) - 1;
  return agree(sets, count, length, [&](uint8_t* y) {
    return edgeattn_look_up(table.data(), x.data(), length, y);
  });
}

inline bool norms_agree(Random random, const char* const* sets, int count) {
  edgeattn_layer_norm call{};
  call.size = sizeof call;
  call.rows = random.draw(0, 9);
  call.width = random.draw(0, random.chance(10) ? 3000 : 100);
  const int64_t length = call.rows * call.width;
  Odd<uint8_t> bytes(length);
  Odd<float> floats(length), gamma(call.width), beta(call.width);
  random.fill(&bytes);
  random.fill(&floats);
  random.fill(&gamma);
  random.fill(&beta);
  const bool whole = random.chance(50);
  call.x_type = whole ? EDGEATTN_UINT8 : EDGEATTN_FLOAT32;
  call.x = whole ? static_cast<void*>(bytes.data()) : floats.data();
  call.x_zero_point = random.level();
  call.x_scale = random.scale();
  call.epsilon = random.chance(10) ? 0.0F : random.scale();
  call.gamma = random.chance(50) ? gamma.data() : nullptr;
  call.beta = random.chance(50) ? beta.data() : nullptr;
  call.y_scale = random.chance(5) ? -1.0F : random.scale();
  call.y_zero_point = random.chance(5) ? 256 : random.level();
  if (random.chance(10)) {  // refused, or there is nothing to read
    call.rows = random.chance(50) ? -1 : std::numeric_limits<int64_t>::max();
    call.x = nullptr;
  }
  if (random.chance(5)) call.size = static_cast<size_t>(random.draw(0, 300));
  const int32_t parts = static_cast<int32_t>(random.draw(0, 5));
  return agree(sets, count, length, [&](uint8_t* y) {
    call.y = y;
    call.part_count = parts;
    int32_t status = EDGEATTN_OK;
    for (call.part = 0; call.part < (parts ? parts : 1); ++call.part) {
      const int32_t of_part = edgeattn_normalise(&call);
      if (of_part != EDGEATTN_OK) status = of_part;
    }
    return status;
  });
}

inline bool agree(std::mt19937_64& bits, const char* const* sets, int count) {
  const Random random{bits};
  return tables_agree(random, sets, count) && norms_agree(random, sets, count);
}

}  // namespace siblings

#endif
