// Keys and values, rearranged once per head for the micro-kernel in multiply.hpp.
//
// Both are the right side of a product [rows, depth] x [depth, lanes]: for the scores the depth is
// the head width and the lanes are keys, for the output the depth is the keys and the lanes are
// channels. One register holds Isa::lanes columns times 4 bytes of depth (a *group*: four int8, or
// two int16 where there is no dot product; on Arm also 8 or 16 int8, in as many registers). A panel is a few registers wide and all groups deep,
// stored group by group, so that the micro-kernel reads it from front to back.
//
// Everything below has internal linkage: each instruction set compiles its own copy.
#ifndef EDGEATTN_PANELS_HPP
#define EDGEATTN_PANELS_HPP

#include <cstddef>
#include <cstdint>

#include "../include/edgeattn_kernels.h"

namespace edgeattn {
namespace {

constexpr int kFlip = 0x80;  // x ^ 0x80 turns uint8 into int8 of x - 128, and back

constexpr int64_t rounded_up(int64_t x, int64_t to) { return (x + to - 1) / to * to; }
constexpr int smaller(int a, int b) { return a < b ? a : b; }
constexpr int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// What a missing row reads: bytes that become 0 after the flip.
struct ZeroRow {
  alignas(64) uint8_t bytes[EDGEATTN_LARGEST_WIDTH];
  explicit ZeroRow(int flip) {
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(flip);
  }
};

template <class Isa>
struct Panels {
  static constexpr int kGroup = Isa::group * int{sizeof(typename Isa::Element)};  // bytes
  static constexpr int kBytes = Isa::lanes * kGroup;                              // of one register

  uint8_t* data;
  int vectors;  // registers side by side
  int groups;   // registers in depth
  int count;    // panels
  int narrow;   // registers in a narrow panel; the first `wide` panels hold one more
  int wide;

  // As few panels as `widest` allows, as equal as possible: narrow panels waste the pipeline.
  Panels(int64_t lanes, int64_t depth, int widest)
      : data(nullptr),
        vectors(static_cast<int>(rounded_up(lanes, Isa::lanes) / Isa::lanes)),
        groups(static_cast<int>(rounded_up(depth, Isa::group) / Isa::group)),
        count((vectors + widest - 1) / widest),
        narrow(vectors / count),
        wide(vectors % count) {}

  int64_t bytes() const { return int64_t{vectors} * groups * kBytes; }
  int first(int panel) const { return panel * narrow + smaller(panel, wide); }
  int columns(int panel) const { return narrow + (panel < wide ? 1 : 0); }
  uint8_t* panel(int p) const {
    return data + static_cast<size_t>(first(p)) * static_cast<size_t>(groups) * kBytes;
  }

  // Where lane `lane` of group 0 lies, and how far it is from group to group.
  uint8_t* lane(int lane, size_t* stride) const {
    const int vector = lane / Isa::lanes;
    const int boundary = wide * (narrow + 1);
    const int p = vector < boundary ? vector / (narrow + 1) : wide + (vector - boundary) / narrow;
    *stride = static_cast<size_t>(columns(p)) * kBytes;
    return panel(p) + (vector - first(p)) * kBytes + (lane % Isa::lanes) * kGroup;
  }
};

// rows[i] = row first + i of the head, or the zero row behind the last one.
inline void take_rows(const uint8_t* data, int64_t row_stride, int64_t first, int64_t rows,
                      const ZeroRow& zero, int wanted, const uint8_t** out) {
  for (int i = 0; i < wanted; ++i) {
    out[i] = first + i < rows ? data + (first + i) * row_stride : zero.bytes;
  }
}

// Keys: Isa::key_block keys (a multiple of 4 that divides the lanes) times 16 bytes of packed depth
// at a time.
template <class Isa>
void pack_keys(const uint8_t* data, int64_t row_stride, int64_t rows, int width, int flip,
               const Panels<Isa>& panels) {
  const ZeroRow zero(flip);
  constexpr int block = 4 * Isa::group;
  for (int key = 0; key < panels.vectors * Isa::lanes; key += Isa::key_block) {
    const uint8_t* some[Isa::key_block];
    take_rows(data, row_stride, key, rows, zero, Isa::key_block, some);
    size_t stride;
    uint8_t* to = panels.lane(key, &stride);
    for (int d = 0; d < width; d += block, to += 4 * stride) {
      Isa::pack_key_block(some, d, smaller(width - d, block), flip, to, stride);
    }
  }
}

// Values: one group of keys times Isa::value_block channels (a multiple of the lanes) at a time.
// Whole: all registers of the block are filled, so their count is known and no array is in memory.
template <class Isa, bool Whole>
void pack_value_blocks(const uint8_t* data, int64_t row_stride, int64_t rows, int channel,
                       int valid, int flip, const ZeroRow& zero, const Panels<Isa>& panels) {
  constexpr int most = Isa::value_block / Isa::lanes;
  const int vectors = Whole ? most : (valid + Isa::lanes - 1) / Isa::lanes;
  uint8_t* to[most] = {};
  size_t stride[most] = {};
#pragma GCC unroll 4
  for (int i = 0; i < most; ++i) {
    if (i < vectors) to[i] = panels.lane(channel + i * Isa::lanes, &stride[i]);
  }
  const uint8_t* some[Isa::group];
#pragma GCC unroll 16
  for (int i = 0; i < Isa::group; ++i) some[i] = data + i * row_stride;
  const int64_t complete = rows / Isa::group;
  for (int g = 0; g < panels.groups; ++g) {
    if (g == complete) {
      take_rows(data, row_stride, int64_t{g} * Isa::group, rows, zero, Isa::group, some);
    }
    Isa::pack_value_block(some, channel, Whole ? Isa::value_block : valid, flip, to);
#pragma GCC unroll 16
    for (int i = 0; i < Isa::group; ++i) some[i] += Isa::group * row_stride;
#pragma GCC unroll 4
    for (int i = 0; i < most; ++i) to[i] += stride[i];
  }
}

template <class Isa>
void pack_values(const uint8_t* data, int64_t row_stride, int64_t rows, int width, int flip,
                 const Panels<Isa>& panels) {
  const ZeroRow zero(flip);
  constexpr int block = Isa::value_block;
  int channel = 0;
  for (; channel + block <= width; channel += block) {
    pack_value_blocks<Isa, true>(data, row_stride, rows, channel, block, flip, zero, panels);
  }
  if (channel < width) {
    pack_value_blocks<Isa, false>(data, row_stride, rows, channel, width - channel, flip, zero,
                                  panels);
  }
}

}  // namespace
}  // namespace edgeattn

#endif
