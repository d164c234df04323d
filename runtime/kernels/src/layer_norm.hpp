// LayerNorm of a row into 8 bits, its statistics in float:
//
//     y = round((x - mean) / sqrt(variance + epsilon) * gamma / y_scale + beta / y_scale) + zero
//
// Sums run in 16 lanes, whose halves are added to each other at the end, so that every instruction
// set writes the same bits. Plain loops; the compiler vectorises them with the flags of the file
// that includes this.
//
// Everything has internal linkage: each instruction set compiles its own copy.
#ifndef EDGEATTN_LAYER_NORM_HPP
#define EDGEATTN_LAYER_NORM_HPP

#include <cstring>

#include "normalise.hpp"

namespace edgeattn {
namespace {

constexpr int kLanes = 16;
constexpr int kBlock = 1024;  // so many numbers of a row at a time: a multiple of the lanes
constexpr int kRows = 4;      // so many rows at a time: a sum waits for itself, others need not

constexpr float kRounder = 12582912;  // 1.5 * 2^23: a sum with it is a whole number

#if defined(__AVX512F__)
constexpr int kRegister = 16;
#elif defined(__AVX__)
constexpr int kRegister = 8;
#else
constexpr int kRegister = 4;
#endif
constexpr int kRegisters = kLanes / kRegister;
typedef float Register __attribute__((vector_size(kRegister * sizeof(float))));

struct Sums {
  Register sums[kRegisters] = {};

  // Add (x - mean) ^ power of sixteen numbers.
  template <int power>
  void add(const float* x, float mean) {
#pragma GCC unroll 4
    for (int i = 0; i < kRegisters; ++i) {
      Register part;
      std::memcpy(&part, x + i * kRegister, sizeof part);
      part -= mean;
      sums[i] += power == 1 ? part : part * part;
    }
  }
  float total() const {
    float lanes[kLanes];
    std::memcpy(lanes, &sums, sizeof lanes);
#pragma GCC unroll 4
    for (int half = kLanes / 2; half; half /= 2) {
#pragma GCC unroll 8
      for (int lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
    }
    return lanes[0];
  }
};

// round(x) + zero_point, saturating; NaN counts as minus infinity. The bounds are whole, so they
// may come first; the whole number then stands in the lowest bits of a sum with kRounder.
inline uint8_t level_of(float x, float lowest, float highest, uint32_t zero_point) {
  x = x > lowest ? x : lowest;
  x = (x < highest ? x : highest) + kRounder;
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof bits);
  return static_cast<uint8_t>(bits + zero_point);
}

inline void write_levels(const edgeattn_layer_norm& call, const float* x, int64_t at, int count,
                         float mean, float factor, float inverse, uint8_t* y) {
  const uint32_t zero_point = static_cast<uint32_t>(call.y_zero_point);
  const float lowest = static_cast<float>(-call.y_zero_point), highest = lowest + 255;
  if (!call.gamma && !call.beta) {
    for (int i = 0; i < count; ++i) {
      y[i] = level_of((x[i] - mean) * factor, lowest, highest, zero_point);
    }
    return;
  }
  float scaled[kBlock];
  for (int i = 0; i < count; ++i) scaled[i] = (x[i] - mean) * factor;
  if (call.gamma) {
    for (int i = 0; i < count; ++i) scaled[i] *= call.gamma[at + i];
  }
  if (call.beta) {
    for (int i = 0; i < count; ++i) scaled[i] += call.beta[at + i] * inverse;
  }
  for (int i = 0; i < count; ++i) y[i] = level_of(scaled[i], lowest, highest, zero_point);
}

// Rows that are computed side by side.
struct Rows {
  explicit Rows(const edgeattn_layer_norm& wanted) : call(wanted) {}

  const edgeattn_layer_norm& call;
  int64_t row[kRows];
  const float* x[kRows];
  float mean[kRows];
  float scratch[kRows][kBlock];

  // Rows from `first` on; where there are too few, the last one several times.
  void choose(int64_t first, int64_t last) {
    for (int r = 0; r < kRows; ++r) row[r] = first + r < last ? first + r : last - 1;
  }
  // Let x point to `count` numbers of every row; bytes are converted.
  void read(int64_t at, int count) {
    for (int r = 0; r < kRows; ++r) {
      const int64_t from = row[r] * call.width + at;
      if (call.x_type == EDGEATTN_FLOAT32) {
        x[r] = static_cast<const float*>(call.x) + from;
        continue;
      }
      const uint8_t* bytes = static_cast<const uint8_t*>(call.x) + from;
      float* to = scratch[r];
      for (int i = 0; i < count; ++i) {
        to[i] = static_cast<float>(static_cast<int32_t>(bytes[i]) - call.x_zero_point) *
                call.x_scale;
      }
      x[r] = to;
    }
  }
  template <class Use>
  void blocks(bool again, Use use) {
    for (int64_t at = 0; at < call.width; at += kBlock) {
      const int count = call.width - at < kBlock ? static_cast<int>(call.width - at) : kBlock;
      if (!again || call.width > kBlock) read(at, count);
      use(at, count);
    }
  }
  // The mean of (x - mean) ^ power of every row.
  template <int power>
  void average(bool again, float (&found)[kRows]) {
    Sums sums[kRows];
    blocks(again, [&](int64_t, int count) {
      int i = 0;
      for (; i + kLanes <= count; i += kLanes) {
#pragma GCC unroll 4
        for (int r = 0; r < kRows; ++r) sums[r].template add<power>(x[r] + i, mean[r]);
      }
      for (int r = 0; i < count && r < kRows; ++r) {
        float rest[kLanes];
        for (float& lane : rest) lane = mean[r];
        std::memcpy(rest, x[r] + i, static_cast<size_t>(count - i) * sizeof(float));
        sums[r].template add<power>(rest, mean[r]);
      }
    });
    for (int r = 0; r < kRows; ++r) found[r] = sums[r].total() / static_cast<float>(call.width);
  }
  void normalise() {
    float variance[kRows], factor[kRows];
    const float inverse = 1 / call.y_scale;
    for (float& start : mean) start = 0;
    average<1>(false, mean);
    average<2>(true, variance);
    for (int r = 0; r < kRows; ++r) {
      factor[r] = 1 / __builtin_sqrtf(variance[r] + call.epsilon) * inverse;
    }
    blocks(true, [&](int64_t at, int count) {
      for (int r = 0; r < kRows; ++r) {
        uint8_t* y = call.y + row[r] * call.width + at;
        write_levels(call, x[r], at, count, mean[r], factor[r], inverse, y);
      }
    });
  }
};

inline void normalise_rows(const edgeattn_layer_norm& call, int64_t first, int64_t last) {
  Rows rows(call);
  for (int64_t row = first; row < last; row += kRows) {
    rows.choose(row, last);
    rows.normalise();
  }
}

}  // namespace
}  // namespace edgeattn

#endif
