// A decoded photo -> the pixels that a model looks at, the same to the last bit as in Python.
//
// Resized until it just covers the wanted size, bilinear with antialiasing, and what sticks out cut
// off evenly. The arithmetic is Pillow's (libImaging/Resample.c): weights in fixed point of 22
// bits, along rows first, rounded to 8 bits between the two passes.

#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "edgeattn/engine.hpp"

namespace edgeattn {

/// Pixels, RGB interleaved, rows from the top, upright (apply EXIF rotation first).
struct Photo {
  int height = 0;
  int width = 0;
  std::vector<std::uint8_t> rgb;  // height * width * 3
};

namespace detail {

constexpr int kBits = 32 - 8 - 2;

/// For every output position: where its inputs begin, and their weights.
struct Weights {
  int most = 0;
  std::vector<int> first, count;
  std::vector<std::int32_t> weight;  // [out][most]
};

inline Weights weights_of(int in, int out) {
  const double scale = static_cast<double>(in) / out;
  const double spread = std::max(scale, 1.0);
  Weights found;
  found.most = static_cast<int>(std::ceil(spread)) * 2 + 1;
  found.weight.assign(static_cast<std::size_t>(out) * static_cast<std::size_t>(found.most), 0);
  std::vector<double> real(static_cast<std::size_t>(found.most));
  for (int x = 0; x < out; ++x) {
    const double centre = (x + 0.5) * scale;
    const int first = std::max(static_cast<int>(centre - spread + 0.5), 0);
    const int count = std::min(static_cast<int>(centre + spread + 0.5), in) - first;
    double sum = 0;
    for (int i = 0; i < count; ++i) {
      const double distance = std::abs((i + first - centre + 0.5) * (1.0 / spread));
      real[static_cast<std::size_t>(i)] = distance < 1.0 ? 1.0 - distance : 0.0;
      sum += real[static_cast<std::size_t>(i)];
    }
    for (int i = 0; i < count; ++i) {
      double share = real[static_cast<std::size_t>(i)];
      if (sum != 0) share /= sum;
      found.weight[static_cast<std::size_t>(x * found.most + i)] =
          static_cast<std::int32_t>(0.5 + share * (1 << kBits));
    }
    found.first.push_back(first);
    found.count.push_back(count);
  }
  return found;
}

/// Resample `lines` lines of `in` pixels; neighbours in a line are `step` apart, lines `stride`.
inline void resample(const std::uint8_t* from, std::uint8_t* to, int lines, int out,
                     const Weights& weights, std::ptrdiff_t in_stride, std::ptrdiff_t in_step,
                     std::ptrdiff_t out_stride, std::ptrdiff_t out_step) {
  for (int line = 0; line < lines; ++line) {
    for (int x = 0; x < out; ++x) {
      const auto* weight = weights.weight.data() + static_cast<std::ptrdiff_t>(x) * weights.most;
      const auto place = static_cast<std::size_t>(x);
      const std::uint8_t* pixel = from + line * in_stride + weights.first[place] * in_step;
      std::int32_t sum[3] = {1 << (kBits - 1), 1 << (kBits - 1), 1 << (kBits - 1)};
      for (int i = 0; i < weights.count[place]; ++i, pixel += in_step) {
        for (int c = 0; c < 3; ++c) sum[c] += pixel[c] * weight[i];
      }
      std::uint8_t* target = to + line * out_stride + x * out_step;
      for (int c = 0; c < 3; ++c) {
        target[c] = static_cast<std::uint8_t>(std::clamp(sum[c] >> kBits, 0, 255));
      }
    }
  }
}

}  // namespace detail

inline Photo resized(const Photo& photo, int height, int width) {
  Photo wide = photo;
  if (width != photo.width) {
    wide = Photo{photo.height, width, {}};
    wide.rgb.resize(static_cast<std::size_t>(photo.height) * static_cast<std::size_t>(width) * 3);
    detail::resample(photo.rgb.data(), wide.rgb.data(), photo.height, width,
                     detail::weights_of(photo.width, width), std::ptrdiff_t{3} * photo.width, 3,
                     std::ptrdiff_t{3} * width, 3);
  }
  if (height == photo.height) return wide;
  Photo done{height, width, {}};
  done.rgb.resize(static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * 3);
  detail::resample(wide.rgb.data(), done.rgb.data(), width, height,
                   detail::weights_of(photo.height, height), 3, std::ptrdiff_t{3} * width, 3,
                   std::ptrdiff_t{3} * width);
  return done;
}

/// Resize until the photo covers height x width, then keep the middle.
inline Photo covering(const Photo& photo, int height, int width) {
  if (photo.height < 1 || photo.width < 1 ||
      photo.rgb.size() != static_cast<std::size_t>(photo.height) *
                              static_cast<std::size_t>(photo.width) * 3) {
    throw Error("a photo of " + std::to_string(photo.height) + " x " +
                std::to_string(photo.width) + " pixels needs height * width * 3 bytes, not " +
                std::to_string(photo.rgb.size()));
  }
  const double scale = std::max(static_cast<double>(height) / photo.height,
                                static_cast<double>(width) / photo.width);
  // Halves go to the even number, as in Python's round().
  const int high = std::max(height, static_cast<int>(std::nearbyint(photo.height * scale)));
  const int wide = std::max(width, static_cast<int>(std::nearbyint(photo.width * scale)));
  const Photo large = resized(photo, high, wide);
  if (high == height && wide == width) return large;
  const int left = (wide - width) / 2, top = (high - height) / 2;
  Photo middle{height, width, {}};
  for (int row = 0; row < height; ++row) {
    const auto begin =
        large.rgb.begin() + (static_cast<std::ptrdiff_t>(row + top) * wide + left) * 3;
    middle.rgb.insert(middle.rgb.end(), begin, begin + std::ptrdiff_t{3} * width);
  }
  return middle;
}

}  // namespace edgeattn
