// One head of one batch at a time: what its keys, values and query rows become, and what an
// instruction set has to bring.
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
//   largest_of, exponentials_of             optional, the same for all rows of a tile
//   multiply; score and add_values          optional, in place of those here and in multiply.hpp
//   copy_query                optional: a row of bytes, flipped, with zeros up to whole lines
//   put_floats, put_levels                  optional: finish a register of sums, see results.hpp
//   exponentials, fine_exponentials         a run of scores to weights (minus the offset), and
//                             the sum of the weights (without it); see exponential.hpp
//
// Everything has internal linkage: each instruction set compiles its own copy.
#ifndef EDGEATTN_HEAD_HPP
#define EDGEATTN_HEAD_HPP

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

// Whether it brings `largest_of` and `exponentials_of`, which take a whole tile's rows at once.
template <class Isa, class = void>
constexpr bool kTakesRows = false;
template <class Isa>
constexpr bool kTakesRows<Isa, decltype(void(&Isa::template exponentials_of<1>))> = true;

// Whether it brings `put_floats` and `put_levels`, so that sums are finished in registers.
template <class Isa, class = void>
constexpr bool kFinishes = false;
template <class Isa>
constexpr bool kFinishes<Isa, decltype(void(&Isa::put_levels))> = true;

template <int R>
struct Ends;  // see results.hpp

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
  template <int R, int C>
  void finish_panel(const Element* const (&left)[R], int panel, int groups, const Ends<R>& ends);
  template <int R>
  void finish_values(int64_t row, int groups, const int32_t (&total)[R]);
  template <int R>
  void weigh(int64_t run, const int32_t (&largest)[R], int32_t (&total)[R]);
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
  bool starts_ = true;  // whether a key_start of a key that exists differs from zero
  int64_t batch_ = -1, head_ = -1, packed_head_ = -1;
  float score_scale_ = 0, v_scale_ = 0;
};

// Every key's score starts here: at what the zero point of q takes away, or masked.
template <class Isa>
void Head<Isa>::start_keys() {
  const int64_t padded = int64_t{scratch_.keys.vectors} * Isa::lanes;
  int32_t* start = scratch_.key_start;
  const int zero_point = call_.q.zero_point - flip_q_;
  starts_ = zero_point != 0 || call_.key_mask != nullptr;
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
    left[r] = to;
    const int64_t width = call_.width;  // bytes may alias members, which would be read every time
    const int flip = flip_q_;
    if constexpr (kCopies<Isa>) {
      Isa::copy_query(from, width, flip, to);
    } else {
      for (int64_t d = 0; d < width; ++d) {
        to[d] = static_cast<Element>(static_cast<int8_t>(from[d] ^ flip));
      }
      for (int64_t d = width; d < scratch_.query_stride; ++d) to[d] = 0;
    }
  }
}

}  // namespace
}  // namespace edgeattn

#endif
