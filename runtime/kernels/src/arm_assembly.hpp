// What the micro-kernels in assembly share. Compilers keep 16 sums in registers, but not next to
// everything else: they spill, or copy sums around the loop, in every version differently.
//
// A micro-kernel takes four rows times one panel of Isa::key_columns columns, and moves its pointers
// behind what it read and wrote:
//   r0 to r3, panel, groups    what is multiplied, and a count down to 0
//   start                      what the sums start with
//   t0 to t3                   where the rows' sums go
//   m0 to m3                   (scores only) the rows' maxima, in v12 to v15
// It uses v0 to v11 and v16 to v31.
#ifndef EDGEATTN_ARM_ASSEMBLY_HPP
#define EDGEATTN_ARM_ASSEMBLY_HPP

#define ARM_CLOBBERS                                                                           \
  "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v16", "v17",      \
      "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26", "v27", "v28", "v29",      \
      "v30", "v31", "cc", "memory"

#define ARM_OPERANDS                                                                           \
  [r0] "+r"(r0), [r1] "+r"(r1), [r2] "+r"(r2), [r3] "+r"(r3), [panel] "+r"(panel),             \
      [groups] "+r"(groups), [t0] "+r"(to[0]), [t1] "+r"(to[1]), [t2] "+r"(to[2]),             \
      [t3] "+r"(to[3]), [start] "+r"(start)

#define ARM_ROWS const auto *r0 = left[0], *r1 = left[1], *r2 = left[2], *r3 = left[3]

#define ARM_PANEL(text)                                                                        \
  ARM_ROWS;                                                                                    \
  __asm__ volatile(text                                                                        \
                   : ARM_OPERANDS, [m0] "+w"(largest[0]), [m1] "+w"(largest[1]),               \
                     [m2] "+w"(largest[2]), [m3] "+w"(largest[3])                              \
                   :                                                                           \
                   : ARM_CLOBBERS)

#define ARM_PANEL_OF_VALUES(text) \
  ARM_ROWS;                       \
  __asm__ volatile(text : ARM_OPERANDS : : ARM_CLOBBERS)

#define ARM_LOAD_ROWS        \
  "ldr q0, [%[r0]], #16\n"   \
  "ldr q1, [%[r1]], #16\n"   \
  "ldr q2, [%[r2]], #16\n"   \
  "ldr q3, [%[r3]], #16\n"

#define ARM_LOOP                        \
  "subs %[groups], %[groups], #1\n"     \
  "b.ne 1b\n"

// The sums of a row, four registers from v`a` to v`d`.
#define ARM_STORE(row, a, d) "st1 {v" #a ".4s-v" #d ".4s}, [%[t" #row "]], #64\n"
#define ARM_COMPARE_ONE(row, a) "smax %[m" #row "].4s, %[m" #row "].4s, v" #a ".4s\n"
#define ARM_COMPARE(row, a, b, c, d)              \
  ARM_COMPARE_ONE(row, a) ARM_COMPARE_ONE(row, b) \
  ARM_COMPARE_ONE(row, c) ARM_COMPARE_ONE(row, d)

#endif
