#include "exponential.hpp"

namespace edgeattn {
namespace {

// One plane reaches down to where a weight rounds to zero: just beyond log(2 * 254).
constexpr double kReachOfOnePlane = 6.25;
// Two planes step by log(2) / 256, so that the coarse entries are powers of two and lose nothing.
constexpr double kReachOfTwoPlanes = 4095 * 0.693147180559945309417 / 256;
constexpr int32_t kLargest = 32767;
// A masked key lies at least 2^28 steps below (head.hpp); in steps of this that is out of reach.
// Steps this small tell nothing apart: 2^20 of them, a large score, change a weight by 6 %.
constexpr double kSmallestScale = 1.0 / (1 << 24);

// exp(-x) for x >= 0 by its series, in plain IEEE arithmetic: the same bits on every machine, which
// no library's exp promises. Larger x are reduced by squaring: exp(-x) = exp(-x/2)^2.
double exponential_of_minus(double x) {
  if (x > 700) return 0;  // the squares below would reach denormal numbers
  if (x > 1) {
    const double half = exponential_of_minus(x / 2);
    return half * half;
  }
  double sum = 1, before = 0, term = 1;
  for (int i = 1; sum != before; ++i) {  // until a term changes nothing
    term = term * -x / i;
    before = sum;
    sum += term;
  }
  return sum;
}

int16_t rounded(double x) { return static_cast<int16_t>(x + 0.5); }

// entries[i] = top * ratio^i; returns ratio^16.
double fill(double top, double ratio, int16_t* entries) {
  double power = 1;
  for (int i = 0; i < 16; ++i, power *= ratio) {
    const double x = top * power;
    entries[i] = x >= kLargest ? static_cast<int16_t>(kLargest) : rounded(x);
  }
  return power;
}

// The smallest shift with which `levels` are told apart well: multiplier >= levels.
void choose_step(double score_scale, double reach, int levels, Exponential* e) {
  const double wanted = reach / (levels - 1);
  double multiplier = score_scale / wanted * 32768;
  e->shift = 0;
  while (multiplier < levels && e->shift < 30) {
    multiplier *= 2;
    ++e->shift;
  }
  const double bounded = multiplier < kLargest ? multiplier : kLargest;
  e->multiplier = bounded < 1 ? 1 : static_cast<int32_t>(bounded);
}

}  // namespace

void make_exponential(float score_scale, int planes, Exponential* e) {
  const double passed = static_cast<double>(score_scale);
  const double scale = passed < kSmallestScale ? kSmallestScale : passed;
  if (planes == 1) {
    choose_step(scale, kReachOfOnePlane, 256, e);
  } else {
    choose_step(scale, kReachOfTwoPlanes, 4096, e);
  }
  const double step = scale * 32768 / e->multiplier * static_cast<double>(1u << e->shift);
  const double ratio = exponential_of_minus(step);
  if (planes == 1) {
    fill(32768, fill(254, ratio, e->fine), e->coarse);
    for (int i = 0; i < 16; ++i) e->middle[i] = 0;
    for (int i = 0; i < 16; ++i) {
      for (int j = 0; j < 16; ++j) {
        e->table[16 * i + j] = static_cast<uint8_t>((e->coarse[i] * e->fine[j] + 16384) >> 15);
      }
    }
  } else {
    fill(32768, fill(32768, fill(32639, ratio, e->fine), e->middle), e->coarse);
    e->coarse[15] = 0;  // would be 1; a masked key weighs nothing
    for (int i = 0; i < 256; ++i) e->table[i] = 0;
  }
}

}  // namespace edgeattn
