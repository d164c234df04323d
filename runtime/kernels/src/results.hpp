// Weighted sums of one plane that are finished in the registers they were summed in.
//
// An instruction set brings, for a register of sums and where it goes,
//
//   put_floats(sum, factor, shift, valid, to)          sum * factor + shift, as floats
//   put_levels(sum, factor, shift, rescale, valid, to)  the same in 8 bits; see Rescale
//
// of which the first `valid` lanes are written.
//
// Everything has internal linkage: each instruction set compiles its own copy.
#ifndef EDGEATTN_RESULTS_HPP
#define EDGEATTN_RESULTS_HPP

#include "head.hpp"

namespace edgeattn {
namespace {

// Where the rows of a tile end, and how.
template <int R>
struct Ends {
  Rescale rescale;
  float factor[R], shift[R];
  uint8_t* out[R];
};

template <class Isa>
template <int R, int C>
__attribute__((noinline)) void Head<Isa>::finish_panel(const Element* const (&left)[R], int panel,
                                                       int groups, const Ends<R>& ends) {
  const Panels<Isa>& values = scratch_.values;
  const int first = values.first(panel) * Isa::lanes;
  Int32 sum[R][C];
  multiply<Isa, ValueDot, R, C>(left, values.panel(panel), groups,
                                Isa::weight_offset ? scratch_.value_start + first : nullptr, sum);
#pragma GCC unroll 16
  for (int c = 0; c < C; ++c) {
    const int channel = first + c * Isa::lanes;
    const int valid = smaller(static_cast<int>(call_.value_width) - channel, Isa::lanes);
    if (ends.rescale.real) {
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) {
        Isa::put_floats(sum[r][c], ends.factor[r], ends.shift[r], valid, ends.out[r] + 4 * channel);
      }
    } else {
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) {
        Isa::put_levels(sum[r][c], ends.factor[r], ends.shift[r], ends.rescale, valid,
                        ends.out[r] + channel);
      }
    }
  }
}

template <class Isa>
template <int R>
void Head<Isa>::finish_values(int64_t row, int groups, const int32_t (&total)[R]) {
  const Element* left[R];
  Ends<R> ends{Rescale(call_, v_scale_), {}, {}, {}};
  const size_t bytes = ends.rescale.real ? 4 : 1;
  for (int r = 0; r < R; ++r) {
    left[r] = scratch_.weights + r * scratch_.weight_stride;
    ends.factor[r] = ends.rescale.factor(total[r]);
    ends.shift[r] = ends.rescale.shift(total[r]);
    const size_t offset = out_offset(call_, batch_, head_, row + r);
    ends.out[r] = static_cast<uint8_t*>(call_.out) + offset * bytes;
  }
  for (int p = 0; p < scratch_.values.count; ++p) {
    switch (scratch_.values.columns(p)) {
      case 1: finish_panel<R, 1>(left, p, groups, ends); break;
      case 2: finish_panel<R, smaller(2, Isa::value_columns)>(left, p, groups, ends); break;
      case 3: finish_panel<R, smaller(3, Isa::value_columns)>(left, p, groups, ends); break;
      default: finish_panel<R, smaller(4, Isa::value_columns)>(left, p, groups, ends); break;
    }
  }
}

}  // namespace
}  // namespace edgeattn

#endif
