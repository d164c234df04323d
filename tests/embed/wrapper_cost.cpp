// What the C++ kit of gesture-hybrid adds to its engine: median of logits() over the bare run().
//
//   wrapper_cost MODEL_FOLDER FILE.onnx FILE.tflite    interleaved, one thread

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "gesture_hybrid/gesture_hybrid.hpp"

namespace model = gesture_hybrid;

namespace {

template <class Work>
double microseconds(Work&& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
  return took.count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

void measure(const char* name, model::GestureHybrid& wrapped, edgeattn::Engine& bare) {
  const std::vector<float> input(model::inputs().front().count(), 0.5F);
  bare.write(0, input.data());
  std::vector<double> with, without, more;
  for (int round = 0; round < 3000; ++round) {
    with.push_back(microseconds([&] { wrapped.logits(input); }));
    without.push_back(microseconds([&] { bare.run(); }));
    more.push_back(with.back() - without.back());
  }
  std::printf("%s: bare %.1f us, wrapped %.1f us, median difference %+.2f %%\n", name,
              median(without), median(with), 100 * median(more) / median(without));
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) return 2;
  const std::string folder = words[1];
  model::GestureHybrid first(folder, model::Runs::onnxruntime);
  edgeattn::OnnxRuntime ort(folder + "/" + words[2], model::inputs(), model::outputs());
  measure("onnxruntime", first, ort);
  model::GestureHybrid second(folder, model::Runs::litert);
  edgeattn::LiteRt litert(folder + "/" + words[3], model::inputs(), model::outputs());
  measure("litert", second, litert);
}
