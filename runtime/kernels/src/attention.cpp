// The entry: check, choose the instruction set, split the rows over threads.
#include <pthread.h>

#include "check.hpp"
#include "instruction_set.hpp"

#ifndef EDGEATTN_KERNELS_VERSION
#error "the build passes the version"
#endif

namespace edgeattn {
namespace {

constexpr int kMostThreads = 256;  // as check.cpp allows

struct Share {
  const edgeattn_attention* call;
  Attend attend;
  int64_t first, last;  // blocks of rows
  edgeattn_status status;
  pthread_t thread;
  bool started;
};

void* work(void* argument) {
  Share* share = static_cast<Share*>(argument);
  share->status = share->attend(*share->call, share->first, share->last);
  return nullptr;
}

// Part `part` of `count` of all blocks: contiguous, so that few heads are packed twice. In two
// steps, because blocks * part could overflow where blocks alone does not.
void take_part(int64_t blocks, int64_t part, int64_t count, int64_t* first, int64_t* last) {
  const int64_t each = blocks / count, rest = blocks % count;
  *first = each * part + (part < rest ? part : rest);
  *last = *first + each + (part < rest ? 1 : 0);
}

// One share per thread, the first of them on this one. A thread that cannot start loses nothing:
// its share is computed here.
edgeattn_status attend_on_threads(const edgeattn_attention& call, Attend attend, int64_t blocks,
                                  int threads) {
  static_assert(sizeof(Share) * kMostThreads < 32768, "the shares live on the stack");
  Share shares[kMostThreads];
  for (int i = 0; i < threads; ++i) {
    shares[i] = Share{&call, attend, 0, 0, EDGEATTN_OK, {}, false};
    take_part(blocks, i, threads, &shares[i].first, &shares[i].last);
    if (i) shares[i].started = !pthread_create(&shares[i].thread, nullptr, work, &shares[i]);
  }
  edgeattn_status status = EDGEATTN_OK;
  for (int i = 0; i < threads; ++i) {
    if (shares[i].started) {
      pthread_join(shares[i].thread, nullptr);
    } else {
      work(&shares[i]);
    }
    if (shares[i].status != EDGEATTN_OK) status = shares[i].status;
  }
  return status;
}

edgeattn_status attend(const edgeattn_attention* passed) {
  edgeattn_attention call;
  const edgeattn_status status = check(passed, &call);
  if (status != EDGEATTN_OK) return status;
  const int64_t per_head = (call.queries + kBlockRows - 1) / kBlockRows;
  const int64_t blocks = call.batch * call.heads * per_head;
  if (blocks == 0) return EDGEATTN_OK;
  const Attend attend_blocks = instruction_set().attend;
  if (call.part_count > 1) {
    int64_t first, last;
    take_part(blocks, call.part, call.part_count, &first, &last);
    return first == last ? EDGEATTN_OK : attend_blocks(call, first, last);
  }
  int64_t threads = call.threads > 1 ? call.threads : 1;
  if (threads > blocks) threads = blocks;
  if (threads == 1) return attend_blocks(call, 0, blocks);
  return attend_on_threads(call, attend_blocks, blocks, static_cast<int>(threads));
}

}  // namespace
}  // namespace edgeattn

extern "C" int32_t edgeattn_attend(const edgeattn_attention* attention) {
  return edgeattn::attend(attention);
}

extern "C" int32_t edgeattn_kernels_abi(void) { return EDGEATTN_KERNELS_ABI; }

extern "C" const char* edgeattn_kernels_version(void) { return EDGEATTN_KERNELS_VERSION; }

extern "C" const char* edgeattn_status_text(int32_t status) {
  switch (status) {
    case EDGEATTN_OK: return "computed";
    case EDGEATTN_BAD_STRUCT: return "the struct has a size of another version of this library";
    case EDGEATTN_NULL_POINTER: return "q, k, v, out or a list of scales is missing";
    case EDGEATTN_BAD_LENGTH: return "batch, heads, queries or keys is negative or too large";
    case EDGEATTN_TOO_MANY_KEYS: return "more than 65536 keys, so sums could overflow";
    case EDGEATTN_BAD_WIDTH: return "width or value_width is not in 1..256";
    case EDGEATTN_BAD_HEADS: return "heads is not a multiple of kv_heads";
    case EDGEATTN_BAD_STRIDE:
      return "a stride is negative, leaves the address space, or lets rows of out overlap";
    case EDGEATTN_BAD_SCALE:
      return "a scale is not a positive normal float, or there is neither one nor one per head";
    case EDGEATTN_BAD_ZERO_POINT: return "a zero point lies outside its type";
    case EDGEATTN_BAD_TYPE: return "q, k and v are int8 or uint8, out is one of them or float32";
    case EDGEATTN_BAD_OPTION: return "planes, threads, part or an instruction set is not offered";
    case EDGEATTN_OUT_OF_MEMORY: return "no memory for the packed keys and values";
    case EDGEATTN_BAD_ENVIRONMENT:
      return "EDGEATTN_KERNELS names an instruction set that does not exist or that this CPU lacks; "
             "there are portable, avx2, avx-vnni, avx512-vnni, avx512-vbmi, neon, neon-dot and "
             "neon-i8mm";
    default: return "an unknown status";
  }
}
