// The driver, for any instruction set: pack a head, then tile by tile of query rows
// scores -> row maximum -> exponentials -> weighted sum -> division.
//
// An instruction set is a struct of traits, `Isa`:
//
//   lanes                     int32 per register, a multiple of 4
//   group                     elements of depth side by side: 4 bytes, or what `multiply` takes
//   Element                   what a left side stores, queries and weights: int8 or int16
//   rows                      query rows of a tile: 8, 4, 2 or 1
//   key_columns, value_columns     registers of a panel, 1 to 4: rows * columns sums, and the
//                             columns, and one row's 4 bytes have to fit into the registers
//   key_flip                  0x80: keys are packed as key + 128, which adds a constant per row
//   weight_offset             weights are stored as weight - offset (0, or 127 to fit into int8)
//   Int32, Packed, Left       registers: sums, part of a panel, 4 bytes of a left row in each lane
//   load, store, zero, maximum, largest     on Int32; largest: over its lanes
//   load_packed, repeat, repeat_int32   a register of a panel; 4 bytes, an int32 into every lane
//   score_dot, value_dot      sum + left * packed, over the group
//   key_block, value_block, pack_key_block, pack_value_block        see panels.hpp
//   multiply; score and add_values          optional, in place of those here and in multiply.hpp
//   exponentials, fine_exponentials         a run of scores to weights (minus the offset), and
//                             the sum of the weights (without it); see exponential.hpp
//
// Everything has internal linkage: each instruction set compiles its own copy.
#ifndef EDGEATTN_TILES_HPP
#define EDGEATTN_TILES_HPP

#include "exponential.hpp"
#include "finish.hpp"
#include "instruction_set.hpp"
#include "multiply.hpp"
#include "scratch.hpp"

namespace edgeattn {
namespace {

// A score lies within 2^25, a bias within 2^26 or at kMasked; so the sums fit into int32, and a
// masked key is more than 2^28 below every other one.
constexpr int32_t kMasked = -(1 << 29);
constexpr int32_t kNothingSeen = -(1 << 28);  // a row's maximum below it: all its keys are masked
constexpr float kLargestBias = 1 << 26;

// Whether an instruction set brings `score` and `add_values` of its own, which keep more in its
// registers.
template <class Isa, class = void>
constexpr bool kScores = false;
template <class Isa>
constexpr bool kScores<Isa, decltype(void(&Isa::template score<1>))> = true;

template <class Isa>
class Head {
  using Element = typename Isa::Element;
  using Int32 = typename Isa::Int32;

 public:
  explicit Head(const edgeattn_attention& call)
      : call_(call),
        scratch_(call),
        flip_q_(call.q.type == EDGEATTN_UINT8 ? kFlip : 0),
        copies_queries_(Isa::group != 4 || call.width % 4 != 0 || flip_q_ != 0) {}

  bool allocated() const { return scratch_.allocated(); }
  __attribute__((noinline)) void pack(int64_t batch, int64_t head);
  void attend(int64_t first, int64_t last);  // query rows

 private:
  template <int R>
  __attribute__((noinline)) void attend_rows(int64_t row);
  template <int R>
  void take_queries(int64_t row, const Element* (&left)[R]);
  template <int R, int C>
  void score_panel(const Element* const (&left)[R], int panel, Int32 (&maximum)[R]);
  template <int R>
  int score(const Element* const (&left)[R], int64_t visible, Int32 (&maximum)[R]);
  template <int R, int C>
  void value_panel(const Element* const (&left)[R], int panel, int groups, int32_t* sums);
  template <int R>
  void add_values(int plane, int groups);
  int32_t amend(int64_t row, int32_t* scores, int64_t scored);
  void start_keys();

  // How many keys a query row sees: all, or causally min(row + offset + 1, keys).
  int64_t visible(int64_t row) const {
    if (!call_.causal || call_.causal_offset >= call_.keys) return call_.keys;
    if (call_.causal_offset < -row) return 0;
    return smaller(row + call_.causal_offset + 1, call_.keys);
  }

  const edgeattn_attention& call_;
  Scratch<Isa> scratch_;
  Exponential exponential_;
  const int flip_q_;
  const bool copies_queries_;
  int64_t batch_ = -1, head_ = -1, packed_head_ = -1;
  float score_scale_ = 0, v_scale_ = 0;
};

// Every key's score starts here: at what the zero point of q takes away, or masked.
template <class Isa>
void Head<Isa>::start_keys() {
  const int64_t padded = int64_t{scratch_.keys.vectors} * Isa::lanes;
  int32_t* start = scratch_.key_start;
  const int zero_point = call_.q.zero_point - flip_q_;
  if (zero_point) {
    multiply_constant<Isa, ScoreDot>(zero_point, scratch_.keys, start);
  }
  for (int64_t j = 0; j < padded; ++j) start[j] = zero_point ? -start[j] : 0;
  for (int64_t j = call_.keys; j < padded; ++j) start[j] = kMasked;
  if (!call_.key_mask) return;
  const uint8_t* mask = call_.key_mask + batch_ * call_.key_mask_stride;
  for (int64_t j = 0; j < call_.keys; ++j) start[j] = mask[j] ? start[j] : kMasked;
}

template <class Isa>
void Head<Isa>::pack(int64_t batch, int64_t head) {
  const int64_t kv_head = head / (call_.heads / call_.kv_heads);
  const float score_scale = call_.score_scales[call_.score_scale_count > 1 ? head : 0];
  if (score_scale != score_scale_) make_exponential(score_scale, call_.planes, &exponential_);
  score_scale_ = score_scale;
  v_scale_ = call_.v_scales[call_.v_scale_count > 1 ? head : 0];
  const bool packed = batch == batch_ && kv_head == packed_head_;
  batch_ = batch;
  head_ = head;
  packed_head_ = kv_head;
  if (packed) return;
  const auto rows = [&](const edgeattn_tensor& t) {
    return static_cast<const uint8_t*>(t.data) + batch * t.batch_stride + kv_head * t.head_stride;
  };
  const int flip_k = call_.k.type == EDGEATTN_UINT8 ? kFlip : 0;
  const int flip_v = call_.v.type == EDGEATTN_UINT8 ? kFlip : 0;
  pack_keys(rows(call_.k), call_.k.row_stride, call_.keys, static_cast<int>(call_.width),
            flip_k ^ Isa::key_flip, scratch_.keys);
  pack_values(rows(call_.v), call_.v.row_stride, call_.keys, static_cast<int>(call_.value_width),
              flip_v, scratch_.values);
  start_keys();
  if (Isa::weight_offset) {
    multiply_constant<Isa, ValueDot>(Isa::weight_offset, scratch_.values, scratch_.value_start);
  } else {
    for (int64_t c = 0; c < scratch_.sum_stride; ++c) scratch_.value_start[c] = 0;
  }
}

template <class Isa>
template <int R>
void Head<Isa>::take_queries(int64_t row, const Element* (&left)[R]) {
  const uint8_t* from = static_cast<const uint8_t*>(call_.q.data) + batch_ * call_.q.batch_stride +
                        head_ * call_.q.head_stride + row * call_.q.row_stride;
  for (int r = 0; r < R; ++r, from += call_.q.row_stride) {
    if (!copies_queries_) {
      left[r] = reinterpret_cast<const Element*>(from);
      continue;
    }
    Element* to = scratch_.queries + r * scratch_.query_stride;
    const int64_t width = call_.width;  // bytes may alias members, which would be read every time
    const int flip = flip_q_;
    for (int64_t d = 0; d < width; ++d) {
      to[d] = static_cast<Element>(static_cast<int8_t>(from[d] ^ flip));
    }
    for (int64_t d = width; d < scratch_.query_stride; ++d) to[d] = 0;
    left[r] = to;
  }
}

template <class Isa>
template <int R, int C>
void Head<Isa>::score_panel(const Element* const (&left)[R], int panel, Int32 (&maximum)[R]) {
  const Panels<Isa>& keys = scratch_.keys;
  const int64_t first = int64_t{keys.first(panel)} * Isa::lanes;
  Int32 sum[R][C];
  multiply<Isa, ScoreDot, R, C>(left, keys.panel(panel), keys.groups, scratch_.key_start + first,
                                sum);
  int32_t* scores = scratch_.scores + first;
  const int64_t stride = scratch_.score_stride;
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
    Int32 largest = maximum[r];
#pragma GCC unroll 16
    for (int c = 0; c < C; ++c) {
      Isa::store(scores + r * stride + c * Isa::lanes, sum[r][c]);
      largest = Isa::maximum(largest, sum[r][c]);
    }
    maximum[r] = largest;
  }
}

// Score the panels that hold visible keys and return how many keys those are.
template <class Isa>
template <int R>
int Head<Isa>::score(const Element* const (&left)[R], int64_t visible, Int32 (&maximum)[R]) {
  const Panels<Isa>& keys = scratch_.keys;
  if constexpr (kScores<Isa>) {
    return Isa::template score<R>(left, keys, visible, scratch_.key_start, scratch_.scores,
                                  scratch_.score_stride, maximum);
  }
  int p = 0;
  for (; p < keys.count && int64_t{keys.first(p)} * Isa::lanes < visible; ++p) {
    switch (keys.columns(p)) {
      case 1: score_panel<R, 1>(left, p, maximum); break;
      case 2: score_panel<R, smaller(2, Isa::key_columns)>(left, p, maximum); break;
      case 3: score_panel<R, smaller(3, Isa::key_columns)>(left, p, maximum); break;
      default: score_panel<R, smaller(4, Isa::key_columns)>(left, p, maximum); break;
    }
  }
  return keys.first(p) * Isa::lanes;
}

// What is rare, row by row: add the bias, hide what the causal mask hides, find the maximum anew.
template <class Isa>
int32_t Head<Isa>::amend(int64_t row, int32_t* scores, int64_t scored) {
  const int64_t seen = visible(row);
  int32_t largest = kMasked;
  if (call_.bias) {
    const float* bias = call_.bias + batch_ * call_.bias_batch_stride +
                        head_ * call_.bias_head_stride + row * call_.bias_row_stride;
    add_bias(bias, call_.bias_key_stride, 1 / score_scale_, kLargestBias, kMasked, seen, scores);
  }
  for (int64_t j = seen; j < scored; ++j) scores[j] = kMasked;
  for (int64_t j = 0; j < seen; ++j) largest = scores[j] > largest ? scores[j] : largest;
  return largest;
}

template <class Isa>
template <int R, int C>
void Head<Isa>::value_panel(const Element* const (&left)[R], int panel, int groups,
                            int32_t* sums) {
  const Panels<Isa>& values = scratch_.values;
  const int64_t first = int64_t{values.first(panel)} * Isa::lanes;
  Int32 sum[R][C];
  multiply<Isa, ValueDot, R, C>(left, values.panel(panel), groups, scratch_.value_start + first,
                                sum);
  sums += first;
  const int64_t stride = scratch_.sum_stride;
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) {
#pragma GCC unroll 16
    for (int c = 0; c < C; ++c) {
      Isa::store(sums + r * stride + c * Isa::lanes, sum[r][c]);
    }
  }
}

template <class Isa>
template <int R>
void Head<Isa>::add_values(int plane, int groups) {
  const Element* left[R];
  for (int r = 0; r < R; ++r) {
    left[r] = scratch_.weights + (plane * Isa::rows + r) * scratch_.weight_stride;
  }
  int32_t* sums = scratch_.sums + plane * Isa::rows * scratch_.sum_stride;
  if constexpr (kScores<Isa>) {
    return Isa::template add_values<R>(left, scratch_.values, groups, scratch_.value_start, sums,
                                       scratch_.sum_stride);
  }
  for (int p = 0; p < scratch_.values.count; ++p) {
    switch (scratch_.values.columns(p)) {
      case 1: value_panel<R, 1>(left, p, groups, sums); break;
      case 2: value_panel<R, smaller(2, Isa::value_columns)>(left, p, groups, sums); break;
      case 3: value_panel<R, smaller(3, Isa::value_columns)>(left, p, groups, sums); break;
      default: value_panel<R, smaller(4, Isa::value_columns)>(left, p, groups, sums); break;
    }
  }
}

template <class Isa>
template <int R>
void Head<Isa>::attend_rows(int64_t row) {
  const Element* left[R];
  take_queries<R>(row, left);
  Int32 maximum[R];
  for (int r = 0; r < R; ++r) maximum[r] = Isa::repeat_int32(kMasked);
  const int scored = score<R>(left, visible(row + R - 1), maximum);
  int32_t largest[R];
  for (int r = 0; r < R; ++r) largest[r] = Isa::largest(maximum[r]);
  // The correction of a weight offset counts all keys, so all of them need their weight.
  const int64_t weighed = Isa::weight_offset ? call_.keys : smaller(int64_t{scored}, call_.keys);
  const int64_t run = rounded_up(weighed, kRun);

  int32_t total[R];  // 0: all keys are masked
#pragma GCC unroll 1  // eight copies of all that would crowd the instruction cache
  for (int r = 0; r < R; ++r) {
    int32_t* scores = scratch_.scores + r * scratch_.score_stride;
    Element* weights = scratch_.weights + r * scratch_.weight_stride;
    // Whole runs are read; what lies behind the last panel scored must weigh nothing.
    for (int64_t j = scored; j < run; ++j) scores[j] = kMasked;
    if (call_.bias || call_.causal) largest[r] = amend(row + r, scores, scored);
    if (largest[r] < kNothingSeen) {
      total[r] = 0;
    } else if (call_.planes == 1) {
      total[r] = Isa::exponentials(scores, run, largest[r], exponential_, weights);
    } else {
      Element* low = weights + Isa::rows * scratch_.weight_stride;
      total[r] = Isa::fine_exponentials(scores, run, largest[r], exponential_, weights, low);
    }
  }

  const int groups = static_cast<int>(rounded_up(weighed, Isa::group)) / Isa::group;
  for (int plane = 0; plane < call_.planes; ++plane) add_values<R>(plane, groups);
#pragma GCC unroll 1
  for (int r = 0; r < R; ++r) {
    const int32_t* high = scratch_.sums + r * scratch_.sum_stride;
    const int32_t* low = call_.planes == 2 ? high + Isa::rows * scratch_.sum_stride : nullptr;
    finish_row(call_, batch_, head_, row + r, high, low, total[r], v_scale_);
  }
}

template <class Isa>
void Head<Isa>::attend(int64_t first, int64_t last) {
  int64_t row = first;
  for (; row + Isa::rows <= last; row += Isa::rows) attend_rows<Isa::rows>(row);
  if (row + 4 <= last) attend_rows<smaller(4, Isa::rows)>(row), row += smaller(4, Isa::rows);
  if (row + 2 <= last) attend_rows<smaller(2, Isa::rows)>(row), row += smaller(2, Isa::rows);
  if (row < last) attend_rows<1>(row);
}

template <class Isa>
edgeattn_status attend_blocks(const edgeattn_attention& call, int64_t first, int64_t last) {
  if (call.keys == 0) {
    fill_with_zeros(call, first, last);
    return EDGEATTN_OK;
  }
  Head<Isa> head(call);
  if (!head.allocated()) return EDGEATTN_OUT_OF_MEMORY;
  const int64_t per_head = (call.queries + kBlockRows - 1) / kBlockRows;
  while (first < last) {
    const int64_t which = first / per_head, start = first % per_head;
    const int64_t end = smaller(start + last - first, per_head);
    head.pack(which / call.heads, which % call.heads);
    head.attend(start * kBlockRows, smaller(end * kBlockRows, call.queries));
    first += end - start;
  }
  return EDGEATTN_OK;
}

}  // namespace
}  // namespace edgeattn

#endif
