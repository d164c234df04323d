// Functions of one number on 8 bits: 256 entries say it all.
//
//     table[x] = round(f((x - x_zero_point) * x_scale) / y_scale) + y_zero_point
//
// in double, half to even, saturating; entries are what every instruction set then looks up.
#ifndef EDGEATTN_TABLE_HPP
#define EDGEATTN_TABLE_HPP

#include "../include/edgeattn_kernels.h"

namespace edgeattn {

constexpr int kEntries = 256;

// y[i] = table[x[i]]; y may be x, but not overlap it otherwise.
using LookUp = void (*)(const uint8_t* table, const uint8_t* x, int64_t count, uint8_t* y);

void look_up_portable(const uint8_t* table, const uint8_t* x, int64_t count, uint8_t* y);
void look_up_avx2(const uint8_t* table, const uint8_t* x, int64_t count, uint8_t* y);
void look_up_avx512_vbmi(const uint8_t* table, const uint8_t* x, int64_t count, uint8_t* y);
void look_up_neon(const uint8_t* table, const uint8_t* x, int64_t count, uint8_t* y);

}  // namespace edgeattn

#endif
