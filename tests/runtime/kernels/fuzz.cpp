// Draw calls and compute them with every instruction set of this CPU, under the sanitizers.
//
// Each tensor ends where its last row ends, at an odd address, so that AddressSanitizer sees a read
// of one byte too many. All instruction sets must agree bit for bit. Some calls have one field set
// to nonsense; whatever the library answers, it may not touch what it should not.
//
//     fuzz SEED CALLS
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "edgeattn_kernels.h"
#include "fuzz_siblings.hpp"

namespace {

const char* const kSets[] = {"portable", "avx2", "avx-vnni", "avx512-vnni", "avx512-vbmi",
                             "neon",     "neon-dot", "neon-i8mm"};

std::mt19937_64 random_bits;

int64_t draw(int64_t lowest, int64_t highest) {
  return std::uniform_int_distribution<int64_t>(lowest, highest)(random_bits);
}
bool chance(int percent) { return draw(0, 99) < percent; }

// A tensor [batch, heads, rows, width] that may lie heads first or rows first, with gaps.
struct Memory {
  std::vector<uint8_t> bytes;
  edgeattn_tensor tensor{};

  Memory(int64_t batch, int64_t heads, int64_t rows, int64_t width) {
    const int64_t gap = chance(30) ? draw(0, 9) : 0;
    const bool heads_first = chance(50);
    tensor.row_stride = heads_first ? width + gap : heads * (width + gap);
    tensor.head_stride = heads_first ? rows * (width + gap) : width + gap;
    tensor.batch_stride = batch > 1 && chance(10) ? 0 : heads * rows * (width + gap);
    const int64_t last = (batch - 1) * tensor.batch_stride + (heads - 1) * tensor.head_stride +
                         (rows - 1) * tensor.row_stride + width;
    bytes.resize(static_cast<size_t>(1 + (rows > 0 ? last : 0)));
    bytes.shrink_to_fit();
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(chance(20) ? 0x80 : draw(0, 255));
    tensor.data = bytes.data() + 1;
    tensor.type = static_cast<int32_t>(draw(0, 1));
    tensor.zero_point = static_cast<int32_t>(draw(0, 255)) - (tensor.type == EDGEATTN_INT8 ? 128 : 0);
  }
};

float some_scale() { return std::exp2(static_cast<float>(draw(-30, 3))); }

struct Drawn {
  edgeattn_attention call{};
  std::vector<Memory> tensors;
  std::vector<float> score_scales, v_scales, bias;
  std::vector<uint8_t> mask;
  size_t out_bytes = 0;

  Drawn() {
    call.size = sizeof call;
    call.batch = draw(1, 2);
    call.kv_heads = draw(1, 2);
    call.heads = call.kv_heads * draw(1, 2);
    call.queries = draw(1, chance(10) ? 300 : 20);
    call.keys = chance(2) ? 0 : draw(1, chance(20) ? 700 : 100);
    call.width = draw(1, chance(10) ? 256 : 70);
    call.value_width = chance(50) ? call.width : draw(1, 100);
    tensors.reserve(3);
    tensors.emplace_back(call.batch, call.heads, call.queries, call.width);
    tensors.emplace_back(call.batch, call.kv_heads, call.keys, call.width);
    tensors.emplace_back(call.batch, call.kv_heads, call.keys, call.value_width);
    call.q = tensors[0].tensor;
    call.k = tensors[1].tensor;
    call.v = tensors[2].tensor;
    score_scales.resize(static_cast<size_t>(chance(50) ? call.heads : 1));
    v_scales.resize(static_cast<size_t>(chance(50) ? call.heads : 1));
    for (float& scale : score_scales) scale = some_scale();
    for (float& scale : v_scales) scale = some_scale();
    call.score_scales = score_scales.data();
    call.score_scale_count = static_cast<int64_t>(score_scales.size());
    call.v_scales = v_scales.data();
    call.v_scale_count = static_cast<int64_t>(v_scales.size());
    call.out_type = static_cast<int32_t>(draw(0, 2));
    call.out_scale = some_scale();
    call.out_zero_point = static_cast<int32_t>(draw(0, 127));
    const int64_t row = call.value_width + draw(0, 3);
    const bool heads_first = chance(50);
    call.out_row_stride = heads_first ? row : row * call.heads;
    call.out_head_stride = heads_first ? row * call.queries : row;
    call.out_batch_stride = row * call.queries * call.heads;
    const int64_t last = (call.batch * call.heads * call.queries - 1) * row;
    out_bytes = static_cast<size_t>(last + call.value_width) * (call.out_type == 2 ? 4 : 1);
    call.planes = static_cast<int32_t>(draw(1, 2));
    call.threads = static_cast<int32_t>(draw(0, 3));
    call.causal = chance(30);
    call.causal_offset = chance(10) ? std::numeric_limits<int64_t>::min() * chance(50)
                                    : draw(-call.queries, call.keys);
    if (chance(10)) call.causal_offset = std::numeric_limits<int64_t>::max();
    if (chance(30)) {
      call.key_mask_stride = chance(50) ? call.keys : 0;
      mask.resize(static_cast<size_t>(call.keys + (call.batch - 1) * call.key_mask_stride));
      for (uint8_t& byte : mask) byte = chance(70);
      call.key_mask = mask.data();
    }
    if (chance(30)) {
      const int64_t length[] = {call.batch, call.heads, call.queries, call.keys};
      int64_t* const stride[] = {&call.bias_batch_stride, &call.bias_head_stride,
                                 &call.bias_row_stride, &call.bias_key_stride};
      int64_t count = 1;
      for (int axis = 3; axis >= 0; --axis) {
        const bool repeats = chance(40);
        *stride[axis] = repeats ? 0 : count;
        if (!repeats) count *= length[axis];
      }
      bias.resize(static_cast<size_t>(count));
      for (float& x : bias) x = static_cast<float>(draw(-900, 900)) / 100;
      if (chance(30) && !bias.empty()) bias[0] = std::numeric_limits<float>::quiet_NaN();
      if (chance(30) && !bias.empty()) bias.back() = -std::numeric_limits<float>::infinity();
      call.bias = bias.data();
    }
  }
};

// Put a number where it does not belong. Pointers stay: no library can check those.
void spoil(edgeattn_attention* call) {
  const int64_t wild[] = {-1, 0, 257, 65537, std::numeric_limits<int64_t>::max(),
                          std::numeric_limits<int64_t>::min(), int64_t{1} << 40};
  const int64_t value = wild[draw(0, 6)];
  switch (draw(0, 14)) {
    case 0: call->batch = value < 0 ? value : -1; break;
    case 1: call->heads = 3 * call->kv_heads + 1; call->kv_heads = value; break;
    case 2: call->queries = value < 0 ? value : -1; break;
    case 3: call->keys = value < 0 ? value : 65537; break;
    case 4: call->width = value > 0 ? 257 : value; break;
    case 5: call->value_width = value > 0 ? 257 : value; break;
    case 6: call->q.row_stride = value < 0 ? value : std::numeric_limits<int64_t>::max(); break;
    case 7: call->out_row_stride = -1; break;
    case 8: call->planes = static_cast<int32_t>(value); break;
    case 9: call->out_type = 7; break;
    case 10: call->v.zero_point = 256; break;
    case 11: call->score_scale_count = 5; break;
    case 12: call->part = 3; break;
    case 13: call->bias_row_stride = call->key_mask_stride = value < 0 ? value : -1; break;
    default: call->size = static_cast<size_t>(value); break;
  }
}

bool agree(const Drawn& drawn, int* computed) {
  std::vector<uint8_t> first;
  for (const char* set : kSets) {
    if (edgeattn_choose_instruction_set(set) != EDGEATTN_OK) continue;
    edgeattn_attention call = drawn.call;
    std::vector<uint8_t> out(drawn.out_bytes, 0xa5);
    call.out = out.data();
    int32_t status = EDGEATTN_OK;
    const bool in_parts = chance(30);  // as the workers of a caller's pool
    call.part_count = in_parts ? static_cast<int32_t>(draw(2, 9)) : 0;
    for (call.part = 0; call.part < (in_parts ? call.part_count : 1); ++call.part) {
      const int32_t of_part = edgeattn_attend(&call);
      if (of_part != EDGEATTN_OK) status = of_part;
    }
    // Quotients of extreme scales are refused; that is an answer, too.
    if (status != EDGEATTN_OK && status != EDGEATTN_BAD_SCALE) {
      std::printf("%s: %s\n", set, edgeattn_status_text(status));
      return false;
    }
    if (first.empty()) first = out;
    if (first != out) {
      std::printf("%s differs from portable\n", set);
      return false;
    }
    *computed += status == EDGEATTN_OK;
  }
  return true;
}

}  // namespace

int main(int count, char** words) {
  if (count != 3) return 2;
  random_bits.seed(static_cast<uint64_t>(std::atoll(words[1])));
  const int calls = std::atoi(words[2]);
  const char* named = edgeattn_instruction_set();  // before all of them have their turn
  const std::string best = named ? named : "refused";
  int computed = 0, refused = 0;
  for (int i = 0; i < calls; ++i) {
    Drawn drawn;
    if (chance(20)) {
      std::vector<uint8_t> out(drawn.out_bytes);
      drawn.call.out = out.data();
      spoil(&drawn.call);
      refused += edgeattn_attend(&drawn.call) != EDGEATTN_OK;
    } else if (!agree(drawn, &computed)) {
      std::printf("call %d: %lld queries, %lld keys, width %lld\n", i,
                  static_cast<long long>(drawn.call.queries),
                  static_cast<long long>(drawn.call.keys),
                  static_cast<long long>(drawn.call.width));
      return 1;
    }
    if (!siblings::agree(random_bits, kSets, sizeof kSets / sizeof *kSets)) {
      std::printf("call %d, beside attention\n", i);
      return 1;
    }
  }
  std::printf("computed %d refused %d best %s\n", computed, refused, best.c_str());
  return 0;
}
