// The entry of a LayerNorm, and the copy of it that every CPU runs (on ARM that is NEON already).
#include "layer_norm.hpp"

#include <cmath>

#include "instruction_set.hpp"

namespace edgeattn {
namespace {

constexpr size_t kSmallestSize = offsetof(edgeattn_layer_norm, part_count) + sizeof(int32_t);

bool is_normal(float number) { return std::isnormal(number) && number > 0; }

bool is_level(int32_t zero_point) { return zero_point >= 0 && zero_point <= 255; }

edgeattn_status check(const edgeattn_layer_norm* passed, edgeattn_layer_norm* call) {
  if (!passed) return EDGEATTN_NULL_POINTER;
  if (passed->size < kSmallestSize || passed->size > sizeof(*call)) return EDGEATTN_BAD_STRUCT;
  std::memset(call, 0, sizeof(*call));
  std::memcpy(call, passed, passed->size);
  int64_t elements;
  if (call->rows < 0 || call->width < 0 ||
      __builtin_mul_overflow(call->rows, call->width, &elements) || elements > INT64_MAX / 8) {
    return EDGEATTN_BAD_LENGTH;
  }
  const bool whole = call->x_type == EDGEATTN_UINT8;
  if (!whole && call->x_type != EDGEATTN_FLOAT32) return EDGEATTN_BAD_TYPE;
  if (call->part_count < 0 || call->part < 0 ||
      call->part >= (call->part_count ? call->part_count : 1)) {
    return EDGEATTN_BAD_OPTION;
  }
  if (elements && !(call->x && call->y)) return EDGEATTN_NULL_POINTER;
  // The steepest a row can be made must be a number.
  if (!is_normal(call->y_scale) || !is_normal(call->epsilon) ||
      !is_normal(1 / std::sqrt(call->epsilon) * (1 / call->y_scale)) ||
      (whole && !is_normal(call->x_scale))) {
    return EDGEATTN_BAD_SCALE;
  }
  if (!is_level(call->y_zero_point) || (whole && !is_level(call->x_zero_point))) {
    return EDGEATTN_BAD_ZERO_POINT;
  }
  return EDGEATTN_OK;
}

}  // namespace

void normalise_portable(const edgeattn_layer_norm& call, int64_t first, int64_t last) {
  normalise_rows(call, first, last);
}

}  // namespace edgeattn

extern "C" int32_t edgeattn_normalise(const edgeattn_layer_norm* passed) {
  using namespace edgeattn;
  edgeattn_layer_norm call;
  const edgeattn_status status = check(passed, &call);
  if (status != EDGEATTN_OK || call.width == 0) return status;
  const int64_t parts = call.part_count > 1 ? call.part_count : 1;
  const int64_t each = call.rows / parts, rest = call.rows % parts;
  const int64_t part = call.part_count > 1 ? call.part : 0;
  const int64_t first = each * part + (part < rest ? part : rest);
  instruction_set().normalise(call, first, first + each + (part < rest ? 1 : 0));
  return EDGEATTN_OK;
}
