// The manifest's steps from a decoded sample to the input, the same to the last bit as NumPy's.

#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "edgeattn/engine.hpp"

namespace edgeattn {

/// Numbers in rows: [batch, ...].
struct Array {
  std::vector<std::size_t> shape;
  std::vector<float> values;
};

/// uint8 -> float32, every whole number as it is.
inline Array cast(std::vector<std::size_t> shape, const std::vector<std::uint8_t>& from) {
  return {std::move(shape), {from.begin(), from.end()}};
}

/// x * factor.
inline Array scale(Array x, float factor) {
  for (float& value : x.values) value *= factor;
  return x;
}

/// (x - mean) / std, one of each per place along `axis`, or one for all.
inline Array normalize(Array x, const std::vector<float>& mean, const std::vector<float>& std,
                       std::size_t axis) {
  std::size_t inner = 1;
  for (std::size_t i = axis + 1; i < x.shape.size(); ++i) inner *= x.shape[i];
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    const std::size_t channel = mean.size() == 1 ? 0 : i / inner % x.shape[axis];
    const float centred = x.values[i] - mean[channel];
    x.values[i] = centred / std[channel];
  }
  return x;
}

/// x with its axes in another order, batch included.
inline Array transpose(const Array& x, const std::vector<std::size_t>& axes) {
  const std::size_t rank = axes.size();
  std::vector<std::size_t> strides(rank, 1), steps(rank), at(rank, 0);
  for (std::size_t i = rank - 1; i-- > 0;) strides[i] = strides[i + 1] * x.shape[i + 1];
  Array done;
  for (std::size_t i = 0; i < rank; ++i) {
    done.shape.push_back(x.shape[axes[i]]);
    steps[i] = strides[axes[i]];
  }
  done.values.reserve(x.values.size());
  for (std::size_t n = 0; n < x.values.size(); ++n) {
    std::size_t place = 0;
    for (std::size_t i = 0; i < rank; ++i) place += at[i] * steps[i];
    done.values.push_back(x.values[place]);
    for (std::size_t i = rank; i-- > 0;) {
      if (++at[i] < done.shape[i]) break;
      at[i] = 0;
    }
  }
  return done;
}

}  // namespace edgeattn
