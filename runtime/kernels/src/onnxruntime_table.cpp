// Functions of one number as ONNX Runtime's custom operators:
//
//     edgeattn::QLinearGelu, edgeattn::QLinearHardSwish, edgeattn::QLinearSilu    uint8 x -> uint8
//
// Inputs: x, x_scale, x_zero_point, y_scale, y_zero_point, as in QLinearSigmoid.
#include <atomic>
#include <cstring>

#include "onnxruntime_siblings.hpp"

namespace edgeattn {
namespace onnxruntime {
namespace {

constexpr int64_t kPart = 1 << 18;  // numbers; below, waking a thread takes longer than the work

struct Named : Operator {
  const char* text;
  int32_t function;
};

const Named& named(const Operator* op) { return *static_cast<const Named*>(op); }

struct Entries {
  uint8_t table[256];
  Levels x, y;

  bool are_for(const Levels& from, const Levels& to) const {
    return x.scale == from.scale && x.zero_point == from.zero_point && y.scale == to.scale &&
           y.zero_point == to.zero_point;
  }
  int32_t make(int32_t function, const Levels& from, const Levels& to) {
    x = from;
    y = to;
    return edgeattn_make_table(function, x.scale, x.zero_point, y.scale, y.zero_point, table);
  }
};

// Scales are constants, as good as always: the first run's entries serve all others. Whoever comes
// while they are being made, or with other scales, makes its own.
struct Kernel {
  Engine engine;
  int32_t function;
  std::atomic<int32_t> state;
  Entries entries;

  enum : int32_t { kNone, kInTheMaking, kMade };

  Kernel(const Engine& e, int32_t f) : engine(e), function(f), state(kNone), entries() {}
  Kernel(const Kernel& other) : Kernel(other.engine, other.function) {}

  int32_t find(const Levels& x, const Levels& y, Entries* own, const uint8_t** table) {
    int32_t seen = kNone;
    if (state.compare_exchange_strong(seen, kInTheMaking, std::memory_order_acquire)) {
      const int32_t status = entries.make(function, x, y);
      state.store(status == EDGEATTN_OK ? kMade : kNone, std::memory_order_release);
      if (status != EDGEATTN_OK) return status;
      seen = kMade;
    }
    if (seen == kMade && entries.are_for(x, y)) {
      *table = entries.table;
      return EDGEATTN_OK;
    }
    *table = own->table;
    return own->make(function, x, y);
  }
};

struct Shared {
  const uint8_t *table, *x;
  int64_t count;
  uint8_t* y;
};

void look_up_part(void* argument, size_t part) {
  const Shared& shared = *static_cast<const Shared*>(argument);
  const int64_t first = static_cast<int64_t>(part) * kPart;
  const int64_t count = shared.count - first < kPart ? shared.count - first : kPart;
  edgeattn_look_up(shared.table, shared.x + first, count, shared.y + first);
}

Status* compute(void* made, KernelContext* context) {
  Kernel& kernel = *static_cast<Kernel*>(made);
  const Engine& engine = kernel.engine;
  Whole x;
  Levels from, to;
  if (Status* failed = read_whole(engine, context, &x)) return failed;
  if (Status* failed = read_levels(engine, context, 1, &from)) return failed;
  if (Status* failed = read_levels(engine, context, 3, &to)) return failed;
  Entries own;
  Shared shared{nullptr, static_cast<const uint8_t*>(x.data), x.count(), nullptr};
  const int32_t status = kernel.find(from, to, &own, &shared.table);
  if (status != EDGEATTN_OK) return refusal(engine, status);
  if (Status* failed = write_like(engine, context, x, &shared.y)) return failed;
  if (shared.count <= kPart)
    return refusal(engine, edgeattn_look_up(shared.table, shared.x, shared.count, shared.y));
  const size_t parts = static_cast<size_t>((shared.count + kPart - 1) / kPart);
  return engine.parallel(context, look_up_part, parts, &shared);
}

constexpr Named make(const char* text, int32_t function) {
  Named op{};
  answer_alike(&op);
  op.text = text;
  op.function = function;
  op.name = [](const Operator* self) { return named(self).text; };
  op.input_type = [](const Operator*, size_t place) { return place % 2 ? kFloat32 : kUint8; };
  op.input_count = [](const Operator*) -> size_t { return 5; };
  op.input_characteristic = [](const Operator*, size_t) { return kRequired; };
  op.create_v2 = [](const Operator* self, Table table, const KernelInfo*, void** made) {
    return keep(Kernel(Engine(table), named(self).function), made);
  };
  op.compute_v2 = compute;
  return op;
}

}  // namespace

Status* add_tables(const Engine& engine, Domain* domain) {
  static constexpr Named kOperators[] = {make("QLinearGelu", EDGEATTN_GELU),
                                         make("QLinearHardSwish", EDGEATTN_HARDSWISH),
                                         make("QLinearSilu", EDGEATTN_SILU)};
  for (const Named& op : kOperators) {
    if (Status* failed = engine.add(domain, &op)) return failed;
  }
  return nullptr;
}

}  // namespace onnxruntime
}  // namespace edgeattn
