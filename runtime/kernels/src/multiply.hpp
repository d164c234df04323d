// The micro-kernel: rows of 8-bit (or 16-bit) numbers times a panel, into int32 registers.
//
// Everything has internal linkage: each instruction set compiles its own copy.
#ifndef EDGEATTN_MULTIPLY_HPP
#define EDGEATTN_MULTIPLY_HPP

#include "panels.hpp"

namespace edgeattn {
namespace {

// Which side is unsigned differs: queries times packed keys, weights times packed values.
struct ScoreDot {
  template <class Isa>
  static inline typename Isa::Int32 of(typename Isa::Int32 sum, typename Isa::Left left,
                                       typename Isa::Packed packed) {
    return Isa::score_dot(sum, left, packed);
  }
};

struct ValueDot {
  template <class Isa>
  static inline typename Isa::Int32 of(typename Isa::Int32 sum, typename Isa::Left left,
                                       typename Isa::Packed packed) {
    return Isa::value_dot(sum, left, packed);
  }
};

// Whether an instruction set brings a `multiply` of its own, for products of another shape.
template <class Isa, class = void>
constexpr bool kMultiplies = false;
template <class Isa>
constexpr bool kMultiplies<Isa, decltype(void(&Isa::template multiply<ScoreDot, 1, 1>))> = true;

// sum[r][c] = start[c] + left row r times column c of a panel; without a start, from zero: sixteen or
// more copies of a loaded register are not free, zeros are.
template <class Isa, class Dot, int R, int C>
inline void multiply(const typename Isa::Element* const (&left)[R], const uint8_t* panel,
                     int groups, const int32_t* start, typename Isa::Int32 (&sum)[R][C]) {
  if constexpr (kMultiplies<Isa>) {
    return Isa::template multiply<Dot, R, C>(left, panel, groups, start, sum);
  }
#pragma GCC unroll 16
  for (int c = 0; c < C; ++c) {
    const typename Isa::Int32 first = start ? Isa::load(start + c * Isa::lanes) : Isa::zero();
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) sum[r][c] = first;
  }
  ptrdiff_t g = 0;
  do {  // at least one group: a loop that may not run makes GCC keep every sum twice
    typename Isa::Packed packed[C];
#pragma GCC unroll 16
    for (int c = 0; c < C; ++c) packed[c] = Isa::load_packed(panel + c * Panels<Isa>::kBytes);
    panel += C * Panels<Isa>::kBytes;
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const typename Isa::Left repeated = Isa::repeat(left[r] + g * Isa::group);
#pragma GCC unroll 16
      for (int c = 0; c < C; ++c) {
        sum[r][c] = Dot::template of<Isa>(sum[r][c], repeated, packed[c]);
      }
    }
  } while (++g < groups);
}

// out[lane] = the same number times every element of the lane's column, summed.
template <class Isa, class Dot>
void multiply_constant(int number, const Panels<Isa>& panels, int32_t* out) {
  typename Isa::Element same[Isa::group];
  for (int i = 0; i < Isa::group; ++i) same[i] = static_cast<typename Isa::Element>(number);
  const typename Isa::Left repeated = Isa::repeat(same);
  for (int p = 0; p < panels.count; ++p) {
    for (int c = 0; c < panels.columns(p); ++c, out += Isa::lanes) {
      typename Isa::Int32 sum = Isa::zero();
      const uint8_t* from = panels.panel(p) + c * Panels<Isa>::kBytes;
      for (int g = 0; g < panels.groups; ++g, from += panels.columns(p) * Panels<Isa>::kBytes) {
        sum = Dot::template of<Isa>(sum, repeated, Isa::load_packed(from));
      }
      Isa::store(out, sum);
    }
  }
}

}  // namespace
}  // namespace edgeattn

#endif
