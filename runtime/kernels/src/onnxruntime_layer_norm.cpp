// LayerNorm into 8 bits as ONNX Runtime's custom operators:
//
//     edgeattn::QLinearLayerNormalization     uint8 x, x_scale, x_zero_point -> uint8
//     edgeattn::LayerNormalizationToIntegers  float x -> uint8
//
// Further inputs: y_scale, y_zero_point, gamma and beta [width]. The last dimension is normalised.
// Attribute: epsilon.
#include "onnxruntime_siblings.hpp"

namespace edgeattn {
namespace onnxruntime {
namespace {

constexpr int64_t kPart = 1 << 16;  // numbers; below, waking a thread takes longer than the work

struct Named : Operator {
  const char* text;
  bool from_integers;

  size_t levels() const { return from_integers ? 3 : 1; }  // the place of y's
};

const Named& named(const Operator* op) { return *static_cast<const Named*>(op); }

struct Kernel {
  Engine engine;
  const Named* op;
  float epsilon;
};

Status* create(const Operator* self, Table table, const KernelInfo* info, void** made) {
  Kernel kernel{Engine(table), &named(self), 0};
  if (Status* failed = kernel.engine.attribute(info, "epsilon", &kernel.epsilon)) return failed;
  return keep(kernel, made);
}

Status* read_affine(const Engine& engine, const KernelContext* context, size_t place,
                    int64_t width, const float** found) {
  Tensor tensor;
  if (Status* failed = read(engine, context, place, &tensor)) return failed;
  if (tensor.rank != 1 || tensor.size[0] != width)
    return engine.error(kInvalidArgument, "gamma and beta are not [width]");
  *found = static_cast<const float*>(tensor.data);
  return nullptr;
}

// The converter folds both into the Linears behind: mostly they are all ones and all zeros.
const float* unless_all(float number, const float* found, int64_t width) {
  for (int64_t i = 0; i < width; ++i) {
    if (found[i] != number) return found;
  }
  return nullptr;
}

void normalise_part(void* argument, size_t part) {
  edgeattn_layer_norm call = *static_cast<const edgeattn_layer_norm*>(argument);
  call.part = static_cast<int32_t>(part);
  edgeattn_normalise(&call);
}

Status* normalise(const Engine& engine, const KernelContext* context, edgeattn_layer_norm* call) {
  int64_t parts = (call->rows * call->width + kPart - 1) / kPart;
  if (parts > call->rows) parts = call->rows;
  if (parts <= 1 || parts > INT32_MAX) return refusal(engine, edgeattn_normalise(call));
  edgeattn_layer_norm nothing = *call;
  nothing.rows = 0;
  if (Status* failed = refusal(engine, edgeattn_normalise(&nothing))) return failed;
  call->part_count = static_cast<int32_t>(parts);
  return engine.parallel(context, normalise_part, static_cast<size_t>(parts), call);
}

Status* compute(void* made, KernelContext* context) {
  const Kernel& kernel = *static_cast<const Kernel*>(made);
  const Engine& engine = kernel.engine;
  const size_t place = kernel.op->levels();
  Whole x;
  if (Status* failed = read_whole(engine, context, &x)) return failed;
  if (x.rank == 0) return engine.error(kInvalidArgument, "a single number has no last dimension");
  edgeattn_layer_norm call{};
  call.size = sizeof call;
  call.width = x.size[x.rank - 1];
  call.rows = call.width ? x.count() / call.width : 0;
  call.x = x.data;
  call.x_type = EDGEATTN_FLOAT32;
  call.epsilon = kernel.epsilon;
  Levels levels;
  if (kernel.op->from_integers) {
    if (Status* failed = read_levels(engine, context, 1, &levels)) return failed;
    call.x_type = EDGEATTN_UINT8;
    call.x_scale = levels.scale;
    call.x_zero_point = levels.zero_point;
  }
  if (Status* failed = read_levels(engine, context, place, &levels)) return failed;
  call.y_scale = levels.scale;
  call.y_zero_point = levels.zero_point;
  if (Status* failed = read_affine(engine, context, place + 2, call.width, &call.gamma))
    return failed;
  if (Status* failed = read_affine(engine, context, place + 3, call.width, &call.beta))
    return failed;
  call.gamma = unless_all(1, call.gamma, call.width);
  call.beta = unless_all(0, call.beta, call.width);
  if (Status* failed = write_like(engine, context, x, &call.y)) return failed;
  return normalise(engine, context, &call);
}

ElementType input_type(const Operator* self, size_t place) {
  const Named& op = named(self);
  if (place == 0) return op.from_integers ? kUint8 : kFloat32;
  if (place == op.levels() + 1 || (op.from_integers && place == 2)) return kUint8;
  return kFloat32;
}

constexpr Named make(const char* text, bool from_integers) {
  Named op{};
  answer_alike(&op);
  op.text = text;
  op.from_integers = from_integers;
  op.name = [](const Operator* self) { return named(self).text; };
  op.input_type = input_type;
  op.input_count = [](const Operator* self) { return named(self).levels() + 4; };
  op.input_characteristic = [](const Operator*, size_t) { return kRequired; };
  op.create_v2 = create;
  op.compute_v2 = compute;
  return op;
}

}  // namespace

Status* add_layer_norms(const Engine& engine, Domain* domain) {
  static constexpr Named kOperators[] = {make("QLinearLayerNormalization", true),
                                         make("LayerNormalizationToIntegers", false)};
  for (const Named& op : kOperators) {
    if (Status* failed = engine.add(domain, &op)) return failed;
  }
  return nullptr;
}

}  // namespace onnxruntime
}  // namespace edgeattn
