#include "check.hpp"

#include <cmath>
#include <cstring>

namespace edgeattn {
namespace {

constexpr int64_t kLargestOffset = INT64_MAX / 8;  // bytes of float32 behind a pointer, with room
constexpr int32_t kMostThreads = 256;
// What the first version ended with; whoever passes less passes something else.
constexpr size_t kSmallestSize = offsetof(edgeattn_attention, part_count) + sizeof(int32_t);

// Whether (count - 1) * stride elements stay inside the address space; adds them to `offset`.
bool reaches(int64_t count, int64_t stride, int64_t* offset) {
  if (stride < 0) return false;
  if (count <= 1) return true;
  int64_t last;
  return !__builtin_mul_overflow(count - 1, stride, &last) &&
         !__builtin_add_overflow(*offset, last, offset) && *offset <= kLargestOffset;
}

bool strides_fit(int64_t batch, int64_t heads, int64_t rows, int64_t width, int64_t by_batch,
                 int64_t by_head, int64_t by_row) {
  int64_t offset = width;
  return reaches(batch, by_batch, &offset) && reaches(heads, by_head, &offset) &&
         reaches(rows, by_row, &offset);
}

bool tensor_fits(const edgeattn_tensor& t, int64_t batch, int64_t heads, int64_t rows,
                 int64_t width) {
  return strides_fit(batch, heads, rows, width, t.batch_stride, t.head_stride, t.row_stride);
}

bool is_8_bit(int32_t type) { return type == EDGEATTN_INT8 || type == EDGEATTN_UINT8; }

bool zero_point_fits(int32_t type, int32_t zero_point) {
  const int32_t lowest = type == EDGEATTN_UINT8 ? 0 : -128;
  return zero_point >= lowest && zero_point <= lowest + 255;
}

edgeattn_status check_scales(const float* scales, int64_t count, int64_t heads) {
  if (count != 1 && count != heads) return EDGEATTN_BAD_SCALE;
  for (int64_t i = 0; i < count; ++i) {
    if (!std::isnormal(scales[i]) || scales[i] < 0) return EDGEATTN_BAD_SCALE;
  }
  return EDGEATTN_OK;
}

// Real values become out in these units; a quotient beyond float's range serves nobody.
edgeattn_status check_out_scale(const edgeattn_attention& call) {
  if (call.out_type == EDGEATTN_FLOAT32) return EDGEATTN_OK;
  if (!std::isnormal(call.out_scale) || call.out_scale < 0) return EDGEATTN_BAD_SCALE;
  for (int64_t i = 0; i < call.v_scale_count; ++i) {
    if (!std::isnormal(call.v_scales[i] / call.out_scale)) return EDGEATTN_BAD_SCALE;
  }
  return EDGEATTN_OK;
}

edgeattn_status check_lengths(const edgeattn_attention& call) {
  if (call.batch < 0 || call.heads < 0 || call.queries < 0 || call.keys < 0) {
    return EDGEATTN_BAD_LENGTH;
  }
  int64_t rows;
  if (__builtin_mul_overflow(call.batch, call.heads, &rows) ||
      __builtin_mul_overflow(rows, call.queries, &rows) || rows > kLargestOffset) {
    return EDGEATTN_BAD_LENGTH;
  }
  if (call.keys > EDGEATTN_LARGEST_KEYS) return EDGEATTN_TOO_MANY_KEYS;
  if (call.width < 1 || call.width > EDGEATTN_LARGEST_WIDTH || call.value_width < 1 ||
      call.value_width > EDGEATTN_LARGEST_WIDTH) {
    return EDGEATTN_BAD_WIDTH;
  }
  if (call.kv_heads < 0 || (call.heads > 0 && call.kv_heads == 0)) return EDGEATTN_BAD_HEADS;
  if (call.heads > 0 && call.heads % call.kv_heads != 0) return EDGEATTN_BAD_HEADS;
  return EDGEATTN_OK;
}

bool has_no_rows(const edgeattn_attention& call) {
  return call.batch == 0 || call.heads == 0 || call.queries == 0;
}

// Whether no two rows of out share a place: from the smallest stride to the largest, each steps over
// all that lies below it. Strides have been found to fit.
bool rows_are_apart(const edgeattn_attention& call) {
  int64_t count[3] = {call.batch, call.heads, call.queries};
  const int64_t stride[3] = {call.out_batch_stride, call.out_head_stride, call.out_row_stride};
  int64_t taken = call.value_width;
  for (int round = 0; round < 3; ++round) {
    int next = -1;
    for (int i = 0; i < 3; ++i) {
      if (count[i] > 1 && (next < 0 || stride[i] < stride[next])) next = i;
    }
    if (next < 0) return true;
    if (stride[next] < taken) return false;
    taken += (count[next] - 1) * stride[next];
    count[next] = 1;
  }
  return true;
}

edgeattn_status check_strides(const edgeattn_attention& call) {
  const bool fit =
      tensor_fits(call.q, call.batch, call.heads, call.queries, call.width) &&
      tensor_fits(call.k, call.batch, call.kv_heads, call.keys, call.width) &&
      tensor_fits(call.v, call.batch, call.kv_heads, call.keys, call.value_width) &&
      strides_fit(call.batch, call.heads, call.queries, call.value_width, call.out_batch_stride,
                  call.out_head_stride, call.out_row_stride);
  if (!fit) return EDGEATTN_BAD_STRIDE;
  if (has_no_rows(call)) return EDGEATTN_OK;
  if (!rows_are_apart(call)) return EDGEATTN_BAD_STRIDE;
  int64_t offset = call.keys;
  if (call.key_mask && !reaches(call.batch, call.key_mask_stride, &offset)) {
    return EDGEATTN_BAD_STRIDE;
  }
  offset = 0;
  if (call.bias && !(strides_fit(call.batch, call.heads, call.queries, 0, call.bias_batch_stride,
                                 call.bias_head_stride, call.bias_row_stride) &&
                     reaches(call.keys, call.bias_key_stride, &offset))) {
    return EDGEATTN_BAD_STRIDE;
  }
  return EDGEATTN_OK;
}

edgeattn_status check_types(const edgeattn_attention& call) {
  if (!is_8_bit(call.q.type) || !is_8_bit(call.k.type) || !is_8_bit(call.v.type) ||
      !(is_8_bit(call.out_type) || call.out_type == EDGEATTN_FLOAT32)) {
    return EDGEATTN_BAD_TYPE;
  }
  const bool fit =
      zero_point_fits(call.q.type, call.q.zero_point) &&
      zero_point_fits(call.k.type, call.k.zero_point) &&
      zero_point_fits(call.v.type, call.v.zero_point) &&
      (call.out_type == EDGEATTN_FLOAT32 || zero_point_fits(call.out_type, call.out_zero_point));
  return fit ? EDGEATTN_OK : EDGEATTN_BAD_ZERO_POINT;
}

edgeattn_status check_options(const edgeattn_attention& call) {
  const bool fit = (call.planes == 1 || call.planes == 2) && call.threads >= 0 &&
                   call.threads <= kMostThreads && call.part_count >= 0 && call.part >= 0 &&
                   call.part < (call.part_count ? call.part_count : 1);
  return fit ? EDGEATTN_OK : EDGEATTN_BAD_OPTION;
}

bool something_missing(const edgeattn_attention& call) {
  if (has_no_rows(call)) return false;
  return !call.q.data || !call.out || (call.keys && !(call.k.data && call.v.data));
}

}  // namespace

edgeattn_status check(const edgeattn_attention* passed, edgeattn_attention* call) {
  if (!passed) return EDGEATTN_NULL_POINTER;
  if (passed->size < kSmallestSize || passed->size > sizeof(*call)) return EDGEATTN_BAD_STRUCT;
  std::memset(call, 0, sizeof(*call));
  std::memcpy(call, passed, passed->size);
  edgeattn_status status = check_lengths(*call);
  if (status == EDGEATTN_OK) status = check_types(*call);
  if (status == EDGEATTN_OK) status = check_strides(*call);
  if (status == EDGEATTN_OK) status = check_options(*call);
  if (status != EDGEATTN_OK) return status;
  if (!call->score_scales || !call->v_scales || something_missing(*call)) {
    return EDGEATTN_NULL_POINTER;
  }
  status = check_scales(call->score_scales, call->score_scale_count, call->heads);
  if (status == EDGEATTN_OK) {
    status = check_scales(call->v_scales, call->v_scale_count, call->heads);
  }
  if (status == EDGEATTN_OK) status = check_out_scale(*call);
  return status;
}

}  // namespace edgeattn
