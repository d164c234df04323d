// The memory of one thread: one head's panels and one tile of rows, in one allocation.
//
// Everything has internal linkage: each instruction set compiles its own copy.
#ifndef EDGEATTN_SCRATCH_HPP
#define EDGEATTN_SCRATCH_HPP

#include <cstdlib>

#include "panels.hpp"

namespace edgeattn {
namespace {

// Exponentials are made in runs of so many keys, keys packed in multiples of so many.
#ifdef __aarch64__
constexpr int64_t kRun = 16;
template <class Isa>
constexpr int64_t kKeyUnit = Isa::lanes * Isa::key_columns;  // whole panels, see arm_panels.hpp
#else
constexpr int64_t kRun = 64;
template <class Isa>
constexpr int64_t kKeyUnit = Isa::lanes;
#endif

constexpr size_t kLine = 64;

// Whether an instruction set brings `copy_query`, for queries that cannot be read where they are.
template <class Isa, class = void>
constexpr bool kCopies = false;
template <class Isa>
constexpr bool kCopies<Isa, decltype(void(&Isa::copy_query))> = true;

template <class Isa>
struct Scratch {
  using Element = typename Isa::Element;

  Panels<Isa> keys, values;
  int64_t score_stride, weight_stride, query_stride, sum_stride;
  int32_t* key_start;    // [keys.vectors * lanes]: masks and the zero point of q
  int32_t* value_start;  // [sum_stride]: what corrects weight_offset
  int32_t* scores;       // [rows, score_stride]
  Element* weights;      // [planes, rows, weight_stride]
  Element* queries;      // [rows, query_stride]
  int32_t* sums;         // [planes, rows, sum_stride]

  explicit Scratch(const edgeattn_attention& call)
      : keys(rounded_up(call.keys, kKeyUnit<Isa>), call.width, Isa::key_columns),
        values(call.value_width, call.keys, Isa::value_columns),
        score_stride(rounded_up(call.keys, kRun) + 16),
        weight_stride(rounded_up(call.keys, kRun) + 64 / int64_t{sizeof(Element)}),
        query_stride(rounded_up(int64_t{keys.groups} * Isa::group, kCopies<Isa> ? int64_t{kLine} : 1)),
        sum_stride(int64_t{values.vectors} * Isa::lanes) {
    // The strides hold one cache line more than they need: rows a whole number of pages apart
    // would share few sets of the cache.
    const size_t bytes = lay_out(nullptr, call.planes);
    memory_ = static_cast<uint8_t*>(std::malloc(bytes + kLine));
    const size_t beyond = reinterpret_cast<uintptr_t>(memory_) % kLine;
    if (memory_) lay_out(memory_ + (kLine - beyond), call.planes);
  }
  ~Scratch() { std::free(memory_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  bool allocated() const { return memory_ != nullptr; }

 private:

  template <class T>
  static T* take(uint8_t* base, size_t* used, int64_t count) {
    T* taken = reinterpret_cast<T*>(base + *used);
    *used += (static_cast<size_t>(count) * sizeof(T) + kLine - 1) / kLine * kLine;
    return taken;
  }

  // Place every array behind `base` and return how many bytes that takes.
  size_t lay_out(uint8_t* base, int64_t planes) {
    size_t used = 0;
    keys.data = take<uint8_t>(base, &used, keys.bytes());
    values.data = take<uint8_t>(base, &used, values.bytes());
    key_start = take<int32_t>(base, &used, int64_t{keys.vectors} * Isa::lanes);
    value_start = take<int32_t>(base, &used, sum_stride);
    scores = take<int32_t>(base, &used, Isa::rows * score_stride);
    weights = take<Element>(base, &used, planes * Isa::rows * weight_stride);
    queries = take<Element>(base, &used, Isa::rows * query_stride);
    sums = take<int32_t>(base, &used, planes * Isa::rows * sum_stride);
    return used;
  }

  uint8_t* memory_;
};

}  // namespace
}  // namespace edgeattn

#endif
