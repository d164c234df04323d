// Logits -> the likeliest classes.

#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>
#include <vector>

namespace edgeattn {

/// A class, the model's number for it, and its share of the softmax, 0 to 1.
struct Prediction {
  std::size_t index;
  std::string label;
  float share;
};

/// Return the `most` likeliest classes, the best first; of equals the lower number.
inline std::vector<Prediction> likeliest(const std::vector<float>& logits,
                                         const std::vector<std::string>& labels, std::size_t most) {
  std::vector<std::size_t> order(logits.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return logits[a] > logits[b]; });
  double sum = 0;
  for (const float logit : logits) sum += std::exp(double{logit} - logits[order.front()]);
  std::vector<Prediction> found;
  for (std::size_t i = 0; i < std::min(most, order.size()); ++i) {
    const double share = std::exp(double{logits[order[i]]} - logits[order.front()]) / sum;
    const std::string label =
        order[i] < labels.size() ? labels[order[i]] : "class " + std::to_string(order[i]);
    found.push_back({order[i], label, static_cast<float>(share)});
  }
  return found;
}

}  // namespace edgeattn
