// The fused core as ONNX Runtime's custom operators, registered by RegisterCustomOps:
//
//     edgeattn::QLinearAttention         uint8 q, k, v -> uint8
//     edgeattn::QLinearAttentionToFloat  uint8 q, k, v -> float
//
// Inputs: q, q_scale, q_zero_point, the same of k and v, of y where it is uint8, and optionally a
// bias [batch or 1, heads or 1, queries or 1, keys]. Tokens have their heads side by side,
// [batch, tokens, heads * head_width]. Attributes: num_heads; scale, which multiplies the scores;
// and optionally planes, 1 or 2, as in edgeattn_kernels.h. A model that uses them defines both as
// functions too and runs without this library.
#include <pthread.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "../include/edgeattn_kernels.h"
#include "onnxruntime_siblings.hpp"
#include "onnxruntime_values.hpp"

namespace edgeattn {
namespace onnxruntime {
namespace {

constexpr size_t kOperands = 9;                // q, k and v, each with its scale and zero-point
constexpr size_t kBias[2] = {kOperands, kOperands + 2};  // its place, without and with y's levels
constexpr int64_t kWorthSharing = 1 << 21;     // multiplications; below, waking threads costs more
constexpr uint32_t kLonely = 4;      // so many runs in which no other thread came to help ...
constexpr uint32_t kAskAgain = 256;  // ... and heads are shared in one run of so many only

struct Named : Operator {
  const char* text;
  bool to_integers;
};

struct Kernel {
  Engine engine;
  int64_t heads;
  float scale;
  int32_t planes;
  bool to_integers;

  // Nothing in the interface tells how many threads the engine has. With one, splitting a call by
  // heads gains nothing and costs up to a third (128 tokens), so it is found out.
  std::atomic<uint32_t> runs{0}, lonely{0};

  bool may_share() {
    const uint32_t run = runs.fetch_add(1, std::memory_order_relaxed);
    return lonely.load(std::memory_order_relaxed) < kLonely || run % kAskAgain == 0;
  }
  void shared(bool helped) {
    if (helped) lonely.store(0, std::memory_order_relaxed);
    else lonely.fetch_add(1, std::memory_order_relaxed);
  }
};

const Named& named(const Operator* op) { return *static_cast<const Named*>(op); }

Status* create(const Operator* op, Table table, const KernelInfo* info, void** made) {
  const Engine engine(table);
  int64_t heads = 0;
  float scale = 0.0F;
  if (Status* failed = engine.attribute(info, "num_heads", &heads)) return failed;
  if (Status* failed = engine.attribute(info, "scale", &scale)) return failed;
  if (heads < 1) return engine.error(kInvalidArgument, "num_heads is below 1");
  const int64_t planes = engine.attribute_or(info, "planes", 1);
  if (planes != 1 && planes != 2)
    return engine.error(kInvalidArgument, "planes is neither 1 nor 2");
  void* memory = std::malloc(sizeof(Kernel));
  if (!memory) return engine.error(kFail, "no memory for an attention kernel");
  *made = new (memory) Kernel{engine, heads, scale, static_cast<int32_t>(planes),
                             named(op).to_integers};
  return nullptr;
}

void destroy(void* kernel) { std::free(kernel); }  // a Kernel has nothing to destroy

edgeattn_tensor side_by_side(const Tensor& tensor, int64_t width, uint8_t zero_point) {
  const int64_t row = tensor.size[2];
  return {tensor.data, tensor.size[1] * row, width, row, EDGEATTN_UINT8, zero_point};
}

// A dimension of 1 repeats: its stride is 0.
Status* add_bias(const Engine& engine, const Tensor& bias, edgeattn_attention* call) {
  const int64_t wanted[4] = {call->batch, call->heads, call->queries, call->keys};
  int64_t stride = 1, strides[4];
  for (int axis = 3; axis >= 0; --axis) {
    const int64_t length = bias.size[axis];
    if (bias.rank != 4 || (length != 1 && length != wanted[axis]))
      return engine.error(kInvalidArgument,
                          "the bias does not broadcast to [batch, heads, queries, keys]");
    strides[axis] = length == 1 ? 0 : stride;
    stride *= length;
  }
  call->bias = static_cast<const float*>(bias.data);
  call->bias_batch_stride = strides[0];
  call->bias_head_stride = strides[1];
  call->bias_row_stride = strides[2];
  call->bias_key_stride = strides[3];
  return nullptr;
}

struct Shared {
  const edgeattn_attention* call;
  int32_t parts;
  pthread_t caller;
  std::atomic<int32_t> status;
  std::atomic<bool> helped;
};

void attend_part(void* argument, size_t part) {
  Shared* shared = static_cast<Shared*>(argument);
  edgeattn_attention call = *shared->call;
  call.part = static_cast<int32_t>(part);
  call.part_count = shared->parts;
  const int32_t status = edgeattn_attend(&call);
  if (status != EDGEATTN_OK) shared->status.store(status);
  if (!pthread_equal(pthread_self(), shared->caller)) shared->helped.store(true);
}

// Give every head to the engine's own threads, where there is enough to do and somebody helps.
Status* attend(Kernel& kernel, const KernelContext* context, const edgeattn_attention& call) {
  const int64_t parts = call.batch * call.heads;
  const double work = static_cast<double>(parts * call.queries) *
                      static_cast<double>(call.keys * (call.width + call.value_width));
  int32_t status = EDGEATTN_OK;
  if (parts > 1 && parts <= INT32_MAX && work >= kWorthSharing && kernel.may_share()) {
    Shared shared{&call, static_cast<int32_t>(parts), pthread_self(), {EDGEATTN_OK}, {false}};
    Status* failed =
        kernel.engine.parallel(context, attend_part, static_cast<size_t>(parts), &shared);
    if (failed) return failed;
    kernel.shared(shared.helped.load());
    status = shared.status.load();
  } else {
    status = edgeattn_attend(&call);
  }
  return status == EDGEATTN_OK
             ? nullptr
             : kernel.engine.error(kInvalidArgument, edgeattn_status_text(status));
}

Status* compute(void* made, KernelContext* context) {
  Kernel& kernel = *static_cast<Kernel*>(made);
  const Engine& engine = kernel.engine;
  Tensor part[3];
  Levels levels[3];
  for (size_t i = 0; i < 3; ++i) {
    if (Status* failed = read(engine, context, 3 * i, &part[i])) return failed;
    if (part[i].rank != 3 || part[i].size[2] < kernel.heads || part[i].size[2] % kernel.heads)
      return engine.error(kInvalidArgument,
                          "q, k and v are not [batch, tokens, num_heads * head_width]");
    if (Status* failed = read_levels(engine, context, 3 * i + 1, &levels[i])) return failed;
  }
  const Tensor &q = part[0], &k = part[1], &v = part[2];
  if (q.size[0] != k.size[0] || k.size[0] != v.size[0] || k.size[1] != v.size[1] ||
      q.size[2] != k.size[2])
    return engine.error(kInvalidArgument, "q, k and v disagree about batch, keys or width");
  const float score_scale = levels[0].scale * levels[1].scale * kernel.scale;

  edgeattn_attention call{};
  call.size = sizeof call;
  call.batch = q.size[0];
  call.heads = call.kv_heads = kernel.heads;
  call.queries = q.size[1];
  call.keys = k.size[1];
  call.width = q.size[2] / kernel.heads;
  call.value_width = v.size[2] / kernel.heads;
  call.q = side_by_side(q, call.width, levels[0].zero_point);
  call.k = side_by_side(k, call.width, levels[1].zero_point);
  call.v = side_by_side(v, call.value_width, levels[2].zero_point);
  call.score_scales = &score_scale;
  call.v_scales = &levels[2].scale;
  call.score_scale_count = call.v_scale_count = 1;
  call.planes = kernel.planes;

  Tensor bias;
  if (Status* failed = read(engine, context, kBias[kernel.to_integers], &bias)) return failed;
  if (bias.data) {
    if (Status* failed = add_bias(engine, bias, &call)) return failed;
  }
  call.out_type = EDGEATTN_FLOAT32;
  if (kernel.to_integers) {
    Levels y;
    if (Status* failed = read_levels(engine, context, kOperands, &y)) return failed;
    call.out_type = EDGEATTN_UINT8;
    call.out_scale = y.scale;
    call.out_zero_point = y.zero_point;
  }
  Value* result = nullptr;
  const int64_t size[3] = {call.batch, call.queries, v.size[2]};
  if (Status* failed = engine.output(context, size, 3, &result)) return failed;
  if (Status* failed = engine.data(result, &call.out)) return failed;
  call.out_row_stride = v.size[2];
  call.out_head_stride = call.value_width;
  call.out_batch_stride = call.queries * v.size[2];
  return attend(kernel, context, call);
}

ElementType input_type(const Operator* op, size_t place) {
  if (place == kBias[named(op).to_integers]) return kFloat32;
  if (place == kOperands) return kFloat32;  // y_scale
  if (place == kOperands + 1) return kUint8;
  return place % 3 == 1 ? kFloat32 : kUint8;
}

constexpr Named make(const char* text, bool to_integers) {
  Named op{};
  op.version = kVersion;
  op.text = text;
  op.to_integers = to_integers;
  op.name = [](const Operator* self) { return named(self).text; };
  op.provider = [](const Operator*) -> const char* { return "CPUExecutionProvider"; };
  op.input_type = input_type;
  op.input_count = [](const Operator* self) { return kBias[named(self).to_integers] + 1; };
  op.output_type = [](const Operator* self, size_t) {
    return named(self).to_integers ? kUint8 : kFloat32;
  };
  op.output_count = [](const Operator*) -> size_t { return 1; };
  op.input_characteristic = [](const Operator* self, size_t place) {
    return place == kBias[named(self).to_integers] ? kOptional : kRequired;
  };
  op.output_characteristic = [](const Operator*, size_t) { return kRequired; };
  op.input_memory = [](const Operator*, size_t) -> int32_t { return 0; };  // wherever it lies
  op.variadic_input_least = op.variadic_output_least = [](const Operator*) { return 1; };
  op.variadic_input_alike = op.variadic_output_alike = [](const Operator*) { return 1; };
  op.create_v2 = create;
  op.compute_v2 = compute;
  op.destroy = destroy;
  op.first_version = [](const Operator*) { return 1; };
  op.last_version = [](const Operator*) { return INT32_MAX; };
  return op;
}

}  // namespace

// ONNX Runtime's entry. The domain lives as long as the process: sessions may outlive any owner
// that this library could name, and there is one for all of them.
extern "C" EDGEATTN_EXPORT Status* RegisterCustomOps(SessionOptions* options, const Base* base) {
  static constexpr Named kOperators[] = {make("QLinearAttention", true),
                                         make("QLinearAttentionToFloat", false)};
  const Table table = base->table(kVersion);
  if (!table) {
    const Table oldest = base->table(1);
    return oldest ? Engine(oldest).error(kFail, "edgeattn-kernels needs ONNX Runtime 1.17 or newer")
                  : nullptr;
  }
  const Engine engine(table);
  static std::atomic<Domain*> known{nullptr};
  Domain* domain = known.load();
  if (!domain) {
    if (Status* failed = engine.create_domain("edgeattn", &domain)) return failed;
    for (const Named& op : kOperators) {
      if (Status* failed = engine.add(domain, &op)) return failed;
    }
    if (Status* failed = add_tables(engine, domain)) return failed;
    if (Status* failed = add_layer_norms(engine, domain)) return failed;
    known.store(domain);
  }
  return engine.add(options, domain);
}

}  // namespace onnxruntime
}  // namespace edgeattn
