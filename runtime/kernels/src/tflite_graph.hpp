// A subgraph as TensorFlow Lite shows it to a delegate, with who makes and who reads each tensor.
#ifndef EDGEATTN_TFLITE_GRAPH_HPP
#define EDGEATTN_TFLITE_GRAPH_HPP

#include <cstdlib>

#include "tflite.hpp"

namespace edgeattn {
namespace tflite {

struct Step {  // one operator
  int32_t place;
  int32_t code;
  const Node* node;

  int32_t input(int32_t i) const { return i < node->inputs->size ? node->inputs->data[i] : -1; }
  int32_t output() const { return node->outputs->size > 0 ? node->outputs->data[0] : -1; }
  template <class Options>
  const Options& options() const {
    return *static_cast<const Options*>(node->options);
  }
};

class Graph {
 public:
  explicit Graph(Context* context) : context_(context) {}
  ~Graph() { std::free(memory_); }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  // False where the engine answers no or memory is out.
  bool read() {
    IntArray* plan = nullptr;
    if (context_->execution_plan(context_, &plan) != kOk) return false;
    tensors_ = context_->tensor_count;
    count_ = plan->size;
    const size_t length = static_cast<size_t>(count_) + 2 * tensors_;
    memory_ = static_cast<int32_t*>(std::malloc((length + 1) * sizeof(int32_t)));
    if (!memory_) return false;
    plan_ = memory_;
    maker_ = plan_ + count_;
    reader_ = maker_ + tensors_;
    for (int32_t i = 0; i < count_; ++i) plan_[i] = plan->data[i];
    for (size_t i = 0; i < 2 * tensors_; ++i) maker_[i] = kNone;
    for (int32_t i = 0; i < count_; ++i) {
      Step step;
      if (!at(plan_[i], &step)) return false;
      note(*step.node, plan_[i]);
    }
    return true;
  }

  int32_t size() const { return count_; }
  int32_t place(int32_t i) const { return plan_[i]; }
  Context* context() const { return context_; }
  const Tensor& tensor(int32_t index) const { return context_->tensors[index]; }
  bool known(int32_t index) const {
    return index >= 0 && static_cast<size_t>(index) < tensors_;
  }

  // The operator at a place of the plan; its node may move when nodes are replaced.
  bool at(int32_t place, Step* step) const {
    Node* node = nullptr;
    Registration* registration = nullptr;
    if (context_->node(context_, place, &node, &registration) != kOk) return false;
    *step = {place, registration->builtin_code, node};
    return node && node->inputs && node->outputs;
  }
  bool maker(int32_t tensor, Step* step) const {
    return known(tensor) && maker_[tensor] >= 0 && at(maker_[tensor], step) && single(*step);
  }
  // Its reader, where there is only one.
  bool reader(int32_t tensor, Step* step) const {
    return known(tensor) && reader_[tensor] >= 0 && at(reader_[tensor], step) && single(*step);
  }

 private:
  enum : int32_t { kNone = -1, kSeveral = -2 };

  void note(const Node& node, int32_t place) {
    for (int32_t i = 0; i < node.outputs->size; ++i) {
      if (known(node.outputs->data[i])) maker_[node.outputs->data[i]] = place;
    }
    for (int32_t i = 0; i < node.inputs->size; ++i) {
      const int32_t tensor = node.inputs->data[i];
      if (known(tensor)) reader_[tensor] = reader_[tensor] == kNone ? place : kSeveral;
    }
  }

  // One result, all tensors there, none whose size is found as the model runs.
  bool single(const Step& step) const {
    if (step.node->outputs->size != 1 || !fixed(step.output())) return false;
    for (int32_t i = 0; i < step.node->inputs->size; ++i) {
      if (!fixed(step.input(i))) return false;
    }
    return true;
  }
  bool fixed(int32_t index) const {
    return known(index) && tensor(index).allocation != kDynamic && !tensor(index).is_variable &&
           !tensor(index).sparsity;  // numbers of a sparse one lie elsewhere
  }

  Context* context_;
  int32_t *memory_ = nullptr, *plan_ = nullptr, *maker_ = nullptr, *reader_ = nullptr;
  size_t tensors_ = 0;
  int32_t count_ = 0;
};

}  // namespace tflite
}  // namespace edgeattn

#endif
