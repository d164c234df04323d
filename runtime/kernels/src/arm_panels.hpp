// The loops over panels: one call for all panels of one width, so that pointers and row maxima stay
// in registers.
//
// Everything has internal linkage: each instruction set compiles its own copy.
#ifndef EDGEATTN_ARM_PANELS_HPP
#define EDGEATTN_ARM_PANELS_HPP

#include <arm_neon.h>

#include "multiply.hpp"

namespace edgeattn {
namespace {

// Isa: the instruction set itself. R: rows.
template <class Isa, int R>
struct ArmPanels {
  using Element = typename Isa::Element;
  using Rows = const Element* const (&)[R];
  static constexpr int lanes = Isa::lanes;

  const Panels<Isa>& panels;
  const int groups;
  const int32_t* const start;  // of the first panel's sums
  int32_t* const sums;         // [R, stride]
  const int64_t stride;

  // The panels [first, last), all of C columns, kMost at most. The maximum is updated where it is
  // not null.
  template <class Dot, int C, int kMost>
  void multiply_all(Rows left, int first, int last, int32x4_t* maximum) const {
    int32x4_t largest[R];
    const Element* row[R];
    int32_t* to[R];
    const int offset = panels.first(first) * lanes;
#pragma GCC unroll 4
    for (int r = 0; r < R; ++r) {
      largest[r] = maximum ? maximum[r] : vdupq_n_s32(0);
      row[r] = left[r];
      to[r] = sums + r * stride + offset;
    }
    const int32_t* from = start + offset;
    const uint8_t* panel = panels.panel(first);
    const int depth = groups;
    const size_t rest = static_cast<size_t>(panels.groups - depth) * C * Panels<Isa>::kBytes;
    for (int p = first; p < last; ++p, panel += rest) {
      if constexpr (R == 4 && C == kMost) {
        Isa::whole_panel(Dot{}, row, panel, depth, from, to, largest);
      } else {
        int32x4_t sum[R][C];
        multiply<Isa, Dot, R, C>(row, panel, depth, from, sum);
#pragma GCC unroll 4
        for (int r = 0; r < R; ++r) {
#pragma GCC unroll 4
          for (int c = 0; c < C; ++c) {
            vst1q_s32(to[r] + c * lanes, sum[r][c]);
            if (maximum) largest[r] = vmaxq_s32(largest[r], sum[r][c]);
          }
          to[r] += C * lanes;
        }
        from += C * lanes;
        panel += static_cast<size_t>(depth) * C * Panels<Isa>::kBytes;
      }
    }
#pragma GCC unroll 4
    for (int r = 0; r < R && maximum; ++r) maximum[r] = largest[r];
  }

  template <class Dot, int kMost>
  void of_columns(int columns, Rows left, int first, int last, int32x4_t* maximum) const {
    if (first >= last) return;
    switch (columns) {
      case 1: return multiply_all<Dot, 1, kMost>(left, first, last, maximum);
      case 2: return multiply_all<Dot, smaller(2, kMost), kMost>(left, first, last, maximum);
      case 3: return multiply_all<Dot, smaller(3, kMost), kMost>(left, first, last, maximum);
      default: return multiply_all<Dot, smaller(4, kMost), kMost>(left, first, last, maximum);
    }
  }

  // The first `last` panels, wide ones before narrow ones.
  template <class Dot, int kMost>
  void run(Rows left, int last, int32x4_t* maximum) const {
    const int wide = smaller(panels.wide, last);
    of_columns<Dot, kMost>(panels.narrow + 1, left, 0, wide, maximum);
    of_columns<Dot, kMost>(panels.narrow, left, wide, last, maximum);
  }
};

}  // namespace
}  // namespace edgeattn

#endif
