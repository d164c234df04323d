// Which instruction set this CPU and its operating system offer.
#include <cstdlib>
#include <cstring>

#include "instruction_set.hpp"

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#endif

namespace edgeattn {
namespace {

bool always() { return true; }

#if defined(__x86_64__) || defined(__i386__)

struct Leaf {
  unsigned a = 0, b = 0, c = 0, d = 0;
};

Leaf leaf(unsigned number, unsigned part) {
  Leaf found;
  if (!__get_cpuid_count(number, part, &found.a, &found.b, &found.c, &found.d)) return Leaf{};
  return found;
}

bool bit(unsigned word, int place) { return (word >> place) & 1u; }

// The register states that the operating system saves: bits 1, 2 for AVX, also 5 to 7 for AVX-512.
bool saves(unsigned states) {
  if (!bit(leaf(1, 0).c, 27)) return false;  // OSXSAVE
  unsigned low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (low & states) == states;
}

[[maybe_unused]] bool has_avx2() { return saves(0x6) && bit(leaf(7, 0).b, 5); }

[[maybe_unused]] bool has_avx_vnni() { return has_avx2() && leaf(7, 0).a >= 1 && bit(leaf(7, 1).a, 4); }

[[maybe_unused]] bool has_avx512_vnni() {
  const Leaf seven = leaf(7, 0);  // F, DQ, BW, VL and VNNI
  return saves(0xe6) && bit(seven.b, 16) && bit(seven.b, 17) && bit(seven.b, 30) &&
         bit(seven.b, 31) && bit(seven.c, 11);
}

[[maybe_unused]] bool has_avx512_vbmi() { return has_avx512_vnni() && bit(leaf(7, 0).c, 1); }

#elif defined(__aarch64__) && defined(__linux__)

// The numbers are the kernel's HWCAP_ASIMDDP and HWCAP2_I8MM, which old headers lack.
[[maybe_unused]] bool has_dot() { return getauxval(AT_HWCAP) & (1ul << 20); }

[[maybe_unused]] bool has_i8mm() { return has_dot() && (getauxval(AT_HWCAP2) & (1ul << 13)); }

#endif

// Best first; the last one always fits. The build says which ones its compiler could make.
constexpr InstructionSet kInstructionSets[] = {
#ifdef EDGEATTN_HAS_AVX512_VBMI
    {"avx512-vbmi", has_avx512_vbmi, attend_avx512_vbmi, look_up_avx512_vbmi,
     normalise_avx512_vnni},
#endif
#ifdef EDGEATTN_HAS_AVX512_VNNI
    {"avx512-vnni", has_avx512_vnni, attend_avx512_vnni, look_up_avx2, normalise_avx512_vnni},
#endif
#ifdef EDGEATTN_HAS_AVX_VNNI
    {"avx-vnni", has_avx_vnni, attend_avx_vnni, look_up_avx2, normalise_avx2},
#endif
#ifdef EDGEATTN_HAS_AVX2
    {"avx2", has_avx2, attend_avx2, look_up_avx2, normalise_avx2},
#endif
#ifdef EDGEATTN_HAS_NEON_I8MM
    {"neon-i8mm", has_i8mm, attend_neon_i8mm, look_up_neon, normalise_portable},
#endif
#ifdef EDGEATTN_HAS_NEON_DOT
    {"neon-dot", has_dot, attend_neon_dot, look_up_neon, normalise_portable},
#endif
#ifdef EDGEATTN_HAS_NEON
    {"neon", always, attend_neon, look_up_neon, normalise_portable},
#endif
    {"portable", always, attend_portable, look_up_portable, normalise_portable},
};

constexpr size_t kCount = sizeof kInstructionSets / sizeof *kInstructionSets;

edgeattn_status refuse(const edgeattn_attention&, int64_t, int64_t) {
  return EDGEATTN_BAD_ENVIRONMENT;
}

// What computes nothing, and has no name, where EDGEATTN_KERNELS asks for what is not there: a
// measurement of another instruction set than the one asked for would be believed.
constexpr InstructionSet refusing() {
  InstructionSet set = kInstructionSets[kCount - 1];
  set.name = nullptr;
  set.attend = refuse;
  return set;
}

constexpr InstructionSet kRefusing = refusing();

const InstructionSet* named(const char* name) {
  for (const InstructionSet& set : kInstructionSets) {
    if (std::strcmp(set.name, name) == 0 && set.supported()) return &set;
  }
  return nullptr;
}

// Asked once per process: in a virtual machine each cpuid costs a trip to the hypervisor.
const InstructionSet* best() {
  const char* wish = std::getenv("EDGEATTN_KERNELS");
  // "off" speaks to programs that ask before they load this library.
  if (wish && *wish && std::strcmp(wish, "off") != 0) {
    const InstructionSet* wished = named(wish);
    return wished ? wished : &kRefusing;
  }
  const InstructionSet* set = kInstructionSets;
  while (!set->supported()) ++set;
  return set;
}

const InstructionSet* chosen = nullptr;

}  // namespace

const InstructionSet& instruction_set() {
  // Two threads that come here at once find the same answer, so the race is harmless.
  const InstructionSet* set = __atomic_load_n(&chosen, __ATOMIC_RELAXED);
  if (!set) {
    set = best();
    __atomic_store_n(&chosen, set, __ATOMIC_RELAXED);
  }
  return *set;
}

}  // namespace edgeattn

extern "C" const char* edgeattn_instruction_set(void) { return edgeattn::instruction_set().name; }

extern "C" const char* edgeattn_offered_instruction_set(int32_t place) {
  for (const edgeattn::InstructionSet& set : edgeattn::kInstructionSets) {
    if (set.supported() && place-- == 0) return set.name;
  }
  return nullptr;
}

extern "C" int32_t edgeattn_choose_instruction_set(const char* name) {
  const edgeattn::InstructionSet* set = name ? edgeattn::named(name) : nullptr;
  if (!set) return EDGEATTN_BAD_OPTION;
  __atomic_store_n(&edgeattn::chosen, set, __ATOMIC_RELAXED);
  return EDGEATTN_OK;
}
