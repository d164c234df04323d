#include "table.hpp"

#include <cmath>

#include "instruction_set.hpp"

namespace edgeattn {
namespace {

double gelu(double x) { return 0.5 * x * (1.0 + std::erf(x * 0.70710678118654752440)); }

double hardswish(double x) {
  const double gate = x + 3.0;
  return x * (gate < 0.0 ? 0.0 : gate > 6.0 ? 6.0 : gate) / 6.0;
}

double silu(double x) { return x / (1.0 + std::exp(-x)); }

using Function = double (*)(double);

Function function_of(int32_t number) {
  switch (number) {
    case EDGEATTN_GELU: return gelu;
    case EDGEATTN_HARDSWISH: return hardswish;
    case EDGEATTN_SILU: return silu;
    default: return nullptr;
  }
}

bool is_scale(float scale) { return std::isnormal(scale) && scale > 0; }

bool is_level(int32_t zero_point) { return zero_point >= 0 && zero_point < kEntries; }

}  // namespace

void look_up_portable(const uint8_t* table, const uint8_t* x, int64_t count, uint8_t* y) {
  for (int64_t i = 0; i < count; ++i) y[i] = table[x[i]];
}

}  // namespace edgeattn

extern "C" int32_t edgeattn_make_table(int32_t function, float x_scale, int32_t x_zero_point,
                                       float y_scale, int32_t y_zero_point, uint8_t* table) {
  using namespace edgeattn;
  const Function f = function_of(function);
  if (!f) return EDGEATTN_BAD_OPTION;
  if (!table) return EDGEATTN_NULL_POINTER;
  if (!is_scale(x_scale) || !is_scale(y_scale)) return EDGEATTN_BAD_SCALE;
  if (!is_level(x_zero_point) || !is_level(y_zero_point)) return EDGEATTN_BAD_ZERO_POINT;
  for (int x = 0; x < kEntries; ++x) {
    const double real = static_cast<double>(x - x_zero_point) * static_cast<double>(x_scale);
    double level = std::nearbyint(f(real) / static_cast<double>(y_scale)) + y_zero_point;
    level = level < 0.0 ? 0.0 : level > 255.0 ? 255.0 : level;
    table[x] = static_cast<uint8_t>(level);
  }
  return EDGEATTN_OK;
}

extern "C" int32_t edgeattn_look_up(const uint8_t* table, const uint8_t* x, int64_t count,
                                    uint8_t* y) {
  if (count < 0) return EDGEATTN_BAD_LENGTH;
  if (count == 0) return EDGEATTN_OK;
  if (!table || !x || !y) return EDGEATTN_NULL_POINTER;
  edgeattn::instruction_set().look_up(table, x, count, y);
  return EDGEATTN_OK;
}
