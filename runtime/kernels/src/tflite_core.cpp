// The pattern:
//
//     int8 q, k, v -> [RESHAPE, TRANSPOSE, SLICE]* -> DEQUANTIZE -> [the same, MUL by a number]*
//     BATCH_MATMUL(q, k) -> [MUL by a number] -> [ADD bias] -> SOFTMAX -> BATCH_MATMUL(_, v)
//     -> [RESHAPE, TRANSPOSE]* -> [QUANTIZE to int8] -> [the same]*
//
// What lies between is float in the model, so a call that keeps scores in int32 means the same.
#include "tflite_core.hpp"

#include <cstring>

#include "check.hpp"
#include "tflite_way.hpp"

namespace edgeattn {
namespace tflite {
namespace {

bool add(const Step& step, Core* core) {
  for (int32_t i = 0; i < core->count; ++i) {
    if (core->nodes[i] == step.place) return true;
  }
  if (core->count == kMostNodes) return false;
  core->nodes[core->count++] = step.place;
  return true;
}

bool add(const Way& way, Core* core) {
  bool fits = true;
  for (int i = 0; i < way.count; ++i) fits = fits && add(way.steps[i], core);
  return fits;
}

// From the SOFTMAX up to the first product, over a bias and a factor.
bool scores(const Graph& graph, const Step& softmax, Core* core, Step* product, float* factor) {
  const Tensor& size = graph.tensor(softmax.input(0));
  int32_t tensor = softmax.input(0);
  core->bias = -1;
  *factor = 1.0F;
  if (!graph.maker(tensor, product) || !is_float(graph, tensor)) return false;
  if (product->code == kAdd && product->options<ActivationOptions>().activation == 0) {
    const Step sum = *product;
    for (int32_t place = 0; place < 2; ++place) {
      const int32_t other = sum.input(1 - place);
      tensor = sum.input(place);
      core->bias = other;
      const bool made = other >= 0 && graph.maker(tensor, product) && is_float(graph, other) &&
                        same_size(graph.tensor(tensor), size);
      int32_t scaled;
      if (made && (product->code == kBatchMatMul || scales(graph, *product, &scaled, factor))) {
        break;
      }
      if (place == 1) return false;
    }
    if (!add(sum, core)) return false;
  }
  if (scales(graph, *product, &tensor, factor)) {
    if (!add(*product, core) || !graph.maker(tensor, product)) return false;
  }
  return product->code == kBatchMatMul && same_size(graph.tensor(product->output()), size);
}

edgeattn_tensor operand(const Graph& graph, const Way& way) {
  const Tensor& tensor = graph.tensor(way.outside);
  const int64_t* stride = way.view.stride;
  return {nullptr, stride[0], stride[1], stride[2], EDGEATTN_INT8, tensor.zero_point};
}

// A dimension of 1 repeats: its stride is 0.
bool fill_bias(const Graph& graph, Core* core) {
  View view;
  edgeattn_attention* call = &core->call;
  if (!whole(graph.tensor(core->bias), &view)) return false;
  if (!to_four_axes(&view)) return false;
  const int64_t wanted[4] = {call->batch, call->heads, call->queries, call->keys};
  for (int axis = 0; axis < 4; ++axis) {
    if (view.size[axis] == 1) view.stride[axis] = 0;
    if (view.size[axis] != 1 && view.size[axis] != wanted[axis]) return false;
  }
  call->bias_batch_stride = view.stride[0];
  call->bias_head_stride = view.stride[1];
  call->bias_row_stride = view.stride[2];
  call->bias_key_stride = view.stride[3];
  return true;
}

bool fill_call(const Graph& graph, const Way& q, const Way& k, const Way& v, const Way& out,
               Core* core) {
  edgeattn_attention* call = &core->call;
  const int64_t *rows = q.view.size, *keys = k.view.size, *values = v.view.size;
  const int64_t wanted[4] = {rows[0], rows[1], rows[2], values[3]};
  for (int axis = 0; axis < 4; ++axis) {
    if (out.view.size[axis] != wanted[axis]) return false;
  }
  for (int axis = 0; axis < 3; ++axis) {
    if (keys[axis] != values[axis]) return false;
  }
  if (keys[0] != rows[0] || (keys[1] != rows[1] && keys[1] != 1) || keys[3] != rows[3]) {
    return false;
  }
  call->size = sizeof *call;
  call->batch = rows[0];
  call->heads = rows[1];
  call->queries = rows[2];
  call->width = rows[3];
  call->kv_heads = keys[1];
  call->keys = keys[2];
  call->value_width = values[3];
  call->q = operand(graph, q);
  call->k = operand(graph, k);
  call->v = operand(graph, v);
  call->score_scale_count = call->v_scale_count = 1;
  call->out_batch_stride = out.view.stride[0];
  call->out_head_stride = out.view.stride[1];
  call->out_row_stride = out.view.stride[2];
  const Tensor& result = graph.tensor(out.outside);
  call->out_type = result.type == kInt8 ? EDGEATTN_INT8 : EDGEATTN_FLOAT32;
  call->out_scale = result.scale;
  call->out_zero_point = result.type == kInt8 ? result.zero_point : 0;
  return core->bias < 0 || fill_bias(graph, core);
}

// How finely to weigh: a file that wants 15 bits says so in the name of the softmax's result, which
// means nothing to any other engine.
int32_t planes_of(const Tensor& weights) {
  return weights.name && std::strstr(weights.name, kTwoPlanes) ? 2 : 1;
}

// Ask what edgeattn_attend will ask, with pointers that nobody follows.
bool is_callable(const Core& core) {
  edgeattn_attention call = core.call, copy;
  char anything = 0;
  call.score_scales = &core.score_scale;
  call.v_scales = &core.v_scale;
  call.q.data = call.k.data = call.v.data = call.out = &anything;
  return check(&call, &copy) == EDGEATTN_OK;
}

}  // namespace

bool find(const Graph& graph, const Step& softmax, bool narrow, Core* core) {
  *core = Core{};
  Step first, last;
  float factor;
  const int32_t weights = softmax.output();
  if (softmax.code != kSoftmax || softmax.options<SoftmaxOptions>().beta != 1.0F) return false;
  if (!is_float(graph, weights) || !graph.reader(weights, &last)) return false;
  if (!scores(graph, softmax, core, &first, &factor)) return false;
  const auto& over_keys = first.options<BatchMatMulOptions>();
  const auto& over_values = last.options<BatchMatMulOptions>();
  if (last.code != kBatchMatMul || last.input(0) != weights || over_values.adj_x) return false;
  Way q, k, v, out;
  if (!climb(graph, first.input(0), over_keys.adj_x, narrow, &q) ||
      !climb(graph, first.input(1), !over_keys.adj_y, narrow, &k) ||
      !climb(graph, last.input(1), over_values.adj_y, narrow, &v) ||
      !descend(graph, last.output(), narrow, &out) || !is_float(graph, last.output())) {
    return false;
  }
  core->q = q.outside;
  core->k = k.outside;
  core->v = v.outside;
  core->out = out.outside;
  core->q_offset = q.view.offset;
  core->k_offset = k.view.offset;
  core->v_offset = v.view.offset;
  core->score_scale = graph.tensor(q.outside).scale * q.factor * graph.tensor(k.outside).scale *
                      k.factor * factor;
  core->v_scale = graph.tensor(v.outside).scale * v.factor;
  core->call.planes = planes_of(graph.tensor(weights));
  return add(softmax, core) && add(first, core) && add(last, core) && add(q, core) &&
         add(k, core) && add(v, core) && add(out, core) &&
         fill_call(graph, q, k, v, out, core) && is_callable(*core);
}

}  // namespace tflite
}  // namespace edgeattn
