// An external delegate of TensorFlow Lite: it claims the attention cores of a standard model.
//
//     load_delegate("libedgeattn_kernels.so")
//
// Every core becomes one operator that calls edgeattn_attend; the engine gives the rest to whom it
// gives it without us. A model in which no core is exactly understood stays as it is.
#include <cstring>

#include "tflite_core.hpp"

namespace edgeattn {
namespace tflite {
namespace {

constexpr const char* kName = "EdgeAttnDelegate";
constexpr int64_t kWorthSharing = 1 << 21;  // multiplications; below, starting threads costs more
void* const kInitFailed = reinterpret_cast<void*>(-1);

struct Plugin : Delegate {
  const Core* claimed;  // while the engine makes a kernel of it
  int32_t cores;        // kernels that there are
};

struct Kernel {
  Plugin* plugin;
  Core core;
  size_t bytes[5];  // of q, k, v, out and bias
};

void sizes(const Context* context, const Core& core, size_t* bytes) {
  const int32_t tensors[5] = {core.q, core.k, core.v, core.out, core.bias};
  for (int i = 0; i < 5; ++i) {
    bytes[i] = tensors[i] < 0 ? 0 : context->tensors[tensors[i]].bytes;
  }
}

void* init(Context* context, const char* params, size_t) {
  const auto* given = reinterpret_cast<const DelegateParams*>(params);
  auto* kernel = static_cast<Kernel*>(std::malloc(sizeof(Kernel)));
  if (!kernel) return kInitFailed;
  kernel->plugin = static_cast<Plugin*>(given->delegate);
  kernel->core = *kernel->plugin->claimed;
  sizes(context, kernel->core, kernel->bytes);
  ++kernel->plugin->cores;
  return kernel;
}

void release(Context*, void* made) {
  if (made == kInitFailed) return;
  auto* kernel = static_cast<Kernel*>(made);
  --kernel->plugin->cores;
  std::free(kernel);
}

Status prepare(Context* context, Node* node) {
  const auto* kernel = static_cast<const Kernel*>(node->user_data);
  size_t bytes[5];
  sizes(context, kernel->core, bytes);
  if (std::memcmp(bytes, kernel->bytes, sizeof bytes) != 0) {
    context->report_error(context, "edgeattn-kernels: sizes changed behind the delegate");
    return kError;
  }
  return kOk;
}

int32_t threads_for(const Context* context, const edgeattn_attention& call) {
  const int64_t rows = call.batch * call.heads * call.queries;
  const int64_t work = rows * call.keys * (call.width + call.value_width);
  const int32_t threads = context->recommended_threads;
  return threads > 1 && threads <= 256 && work >= kWorthSharing ? threads : 1;
}

Status invoke(Context* context, Node* node) {
  const Core& core = static_cast<const Kernel*>(node->user_data)->core;
  const Tensor* tensors = context->tensors;
  edgeattn_attention call = core.call;
  call.q.data = static_cast<const int8_t*>(tensors[core.q].data) + core.q_offset;
  call.k.data = static_cast<const int8_t*>(tensors[core.k].data) + core.k_offset;
  call.v.data = static_cast<const int8_t*>(tensors[core.v].data) + core.v_offset;
  call.bias = core.bias < 0 ? nullptr : static_cast<const float*>(tensors[core.bias].data);
  call.out = tensors[core.out].data;
  call.score_scales = &core.score_scale;
  call.v_scales = &core.v_scale;
  call.threads = threads_for(context, call);
  const int32_t status = edgeattn_attend(&call);
  if (status == EDGEATTN_OK) return kOk;
  context->report_error(context, "edgeattn-kernels: %s", edgeattn_status_text(status));
  return kError;
}

Registration registration() {
  Registration found{};
  found.init = init;
  found.free = release;
  found.prepare = prepare;
  found.invoke = invoke;
  found.builtin_code = kDelegate;
  found.custom_name = kName;
  found.version = 1;
  return found;
}

// Whether a core would become one kernel that writes nothing but `out`: no operator outside reads
// what it keeps to itself, and no part of it has to run before something that the rest waits for.
bool is_one(Context* context, const Core& core, const IntArray* nodes) {
  DelegateParams* parts = nullptr;
  int32_t count = 0;
  if (context->preview(context, nodes, &parts, &count) != kOk || count != 1) return false;
  return parts->nodes->size == core.count && parts->outputs->size == 1 &&
         parts->outputs->data[0] == core.out;
}

Status claim(Context* context, Plugin* plugin, const Core& core, bool* claimed) {
  alignas(IntArray) int32_t list[1 + kMostNodes];
  list[0] = core.count;
  std::memcpy(list + 1, core.nodes, static_cast<size_t>(core.count) * sizeof(int32_t));
  const auto* nodes = reinterpret_cast<const IntArray*>(list);
  *claimed = is_one(context, core, nodes);
  if (!*claimed) return kOk;
  plugin->claimed = &core;
  const Status status = context->replace(context, registration(), nodes, plugin);
  plugin->claimed = nullptr;
  return status;
}

// The engine calls this again, on the graph as it was, when an input got another size.
// Every core by itself: two at once might be cut into one kernel, or one of them in two.
Status claim_all(Context* context, Delegate* delegate) {
  auto* plugin = static_cast<Plugin*>(delegate);
  Graph graph(context);
  if (!graph.read()) return kError;
  for (int32_t i = 0; i < graph.size(); ++i) {
    Step step;
    if (!graph.at(graph.place(i), &step)) return kError;
    bool claimed = false;
    for (int narrow = 0; narrow < 2 && !claimed; ++narrow) {
      Core core;
      if (!find(graph, step, narrow == 1, &core)) continue;
      const Status status = claim(context, plugin, core, &claimed);
      if (status != kOk) return status;
    }
  }
  return kOk;
}

}  // namespace
}  // namespace tflite
}  // namespace edgeattn

using edgeattn::tflite::Delegate;
using edgeattn::tflite::Plugin;

extern "C" {

// Takes no options.
EDGEATTN_EXPORT Delegate* tflite_plugin_create_delegate(char**, char**, size_t options,
                                                        void (*report_error)(const char*)) {
  if (options > 0) {
    if (report_error) report_error("edgeattn-kernels: the delegate takes no options");
    return nullptr;
  }
  auto* plugin = static_cast<Plugin*>(std::calloc(1, sizeof(Plugin)));
  if (plugin) plugin->prepare = edgeattn::tflite::claim_all;
  return plugin;
}

EDGEATTN_EXPORT void tflite_plugin_destroy_delegate(Delegate* delegate) {
  std::free(static_cast<Plugin*>(delegate));
}

// How many attention cores a delegate computes.
EDGEATTN_EXPORT int32_t edgeattn_tflite_cores(const Delegate* delegate) {
  return static_cast<const Plugin*>(delegate)->cores;
}

}  // extern "C"
