// The driver, for any instruction set: pack a head, then tile by tile of query rows
// scores -> row maximum -> exponentials -> weighted sum -> division.
//
// What an instruction set has to bring stands at the head of head.hpp.
//
// Everything has internal linkage: each instruction set compiles its own copy.
#ifndef EDGEATTN_TILES_HPP
#define EDGEATTN_TILES_HPP

#include "results.hpp"

namespace edgeattn {
namespace {

// Not inlined, here and in results.hpp: among what a whole tile needs, sums would not stay in
// registers.
template <class Isa>
template <int R, int C>
__attribute__((noinline)) void Head<Isa>::score_panel(const Element* const (&left)[R], int panel, Int32 (&maximum)[R]) {
  const Panels<Isa>& keys = scratch_.keys;
  const int64_t first = int64_t{keys.first(panel)} * Isa::lanes;
  const bool starts = starts_ || first + C * Isa::lanes > call_.keys;
  Int32 sum[R][C];
  multiply<Isa, ScoreDot, R, C>(left, keys.panel(panel), keys.groups,
                                starts ? scratch_.key_start + first : nullptr, sum);
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
  multiply<Isa, ValueDot, R, C>(left, values.panel(panel), groups,
                                Isa::weight_offset ? scratch_.value_start + first : nullptr, sum);
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

// From scores to weights, and their sums.
template <class Isa>
template <int R>
void Head<Isa>::weigh(int64_t run, const int32_t (&largest)[R], int32_t (&total)[R]) {
  const int64_t score_stride = scratch_.score_stride, weight_stride = scratch_.weight_stride;
  const int32_t* scores = scratch_.scores;
  Element* weights = scratch_.weights;
  if (call_.planes == 2) {
    Element* low = weights + Isa::rows * weight_stride;
    for (int r = 0; r < R; ++r) {
      total[r] = Isa::fine_exponentials(scores + r * score_stride, run, largest[r], exponential_,
                                        weights + r * weight_stride, low + r * weight_stride);
    }
  } else if constexpr (kTakesRows<Isa>) {
    Isa::template exponentials_of<R>(scores, score_stride, run, largest, exponential_, weights,
                                     weight_stride, total);
  } else {
#pragma GCC unroll 1  // eight copies of all that would crowd the instruction cache
    for (int r = 0; r < R; ++r) {
      total[r] = Isa::exponentials(scores + r * score_stride, run, largest[r], exponential_,
                                   weights + r * weight_stride);
    }
  }
  for (int r = 0; r < R; ++r) total[r] = largest[r] < kNothingSeen ? 0 : total[r];
}

template <class Isa>
template <int R>
void Head<Isa>::attend_rows(int64_t row) {
  const Element* left[R];
  take_queries<R>(row, left);
  Int32 maximum[R];
  for (int r = 0; r < R; ++r) maximum[r] = Isa::repeat_int32(kMasked);
  const int scored = score<R>(left, visible(row + R - 1), maximum);
  int32_t largest[R], total[R];  // a total of 0: all keys are masked
  if constexpr (kTakesRows<Isa>) {
    Isa::template largest_of<R>(maximum, largest);
  } else {
    for (int r = 0; r < R; ++r) largest[r] = Isa::largest(maximum[r]);
  }
  // The correction of a weight offset counts all keys, so all of them need their weight.
  const int64_t weighed = Isa::weight_offset ? call_.keys : smaller(int64_t{scored}, call_.keys);
  const int64_t run = rounded_up(weighed, kRun);
  for (int r = 0; r < R; ++r) {
    int32_t* scores = scratch_.scores + r * scratch_.score_stride;
    // Whole runs are read; what lies behind the last panel scored must weigh nothing.
    for (int64_t j = scored; j < run; ++j) scores[j] = kMasked;
    if (call_.bias || call_.causal) largest[r] = amend(row + r, scores, scored);
  }
  weigh<R>(run, largest, total);

  const int groups = static_cast<int>(rounded_up(weighed, Isa::group)) / Isa::group;
  if constexpr (kFinishes<Isa> && R == Isa::rows) {  // the last rows of a head are not worth its code
    if (call_.planes == 1) return finish_values<R>(row, groups, total);
  }
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
  constexpr int half = smaller(4, Isa::rows);
  int64_t row = first;
  for (; row + Isa::rows <= last; row += Isa::rows) attend_rows<Isa::rows>(row);
  // The rows left over: a tile that ends with the last of them, and repeats some before, takes less
  // time than tiles of two or three.
  const int64_t count = last - first;
  if (last - row > half && count >= Isa::rows) return attend_rows<Isa::rows>(last - Isa::rows);
  if (last - row >= half) attend_rows<half>(row), row += half;
  if (last - row > 1 && count >= half) return attend_rows<half>(last - half);
  for (; row < last; ++row) attend_rows<1>(row);
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
