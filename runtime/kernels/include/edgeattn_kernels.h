/* Fused attention on 8-bit queries, keys and values: the C interface of libedgeattn_kernels.
 *
 *     out = softmax(score_scale * (q - zq) (k - zk)' + bias) * v_scale * (v - zv)
 *
 * Scores are int32, exponentials come from a table as unnormalised 8-bit weights, weights times
 * values is int32 again, and one division per query row ends it. No queries x keys matrix is made.
 *
 * Every function returns or takes plain C data and throws nothing. The struct only ever grows at
 * its end and starts with its size: a field that an older caller does not know counts as zero.
 */
#ifndef EDGEATTN_KERNELS_H
#define EDGEATTN_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define EDGEATTN_EXPORT __declspec(dllexport)
#else
#define EDGEATTN_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Grows when a field's meaning changes; a caller refuses a library of another number. */
#define EDGEATTN_KERNELS_ABI 1

/* 254 * 128 * 65536 < 2^31: no sum over keys can overflow int32 (see src/exponential.hpp). */
#define EDGEATTN_LARGEST_KEYS 65536
#define EDGEATTN_LARGEST_WIDTH 256

typedef enum {
  EDGEATTN_OK = 0,
  EDGEATTN_BAD_STRUCT = 1,     /* size is not one that this library knows */
  EDGEATTN_NULL_POINTER = 2,   /* q, k, v, out or a scale is missing */
  EDGEATTN_BAD_LENGTH = 3,     /* a count is negative, or rows do not fit into memory */
  EDGEATTN_TOO_MANY_KEYS = 4,  /* more than EDGEATTN_LARGEST_KEYS */
  EDGEATTN_BAD_WIDTH = 5,      /* width or value_width is not in 1..EDGEATTN_LARGEST_WIDTH */
  EDGEATTN_BAD_HEADS = 6,      /* heads is no multiple of kv_heads */
  EDGEATTN_BAD_STRIDE = 7,     /* negative, beyond the address space, or rows of out overlap */
  EDGEATTN_BAD_SCALE = 8,      /* not finite, not positive, or a count that is not 1 or the heads */
  EDGEATTN_BAD_ZERO_POINT = 9, /* outside its type */
  EDGEATTN_BAD_TYPE = 10,      /* no edgeattn_type, or float32 where only 8 bits fit */
  EDGEATTN_BAD_OPTION = 11,    /* planes is not 1 or 2, threads or part out of range */
  EDGEATTN_OUT_OF_MEMORY = 12,
  EDGEATTN_BAD_ENVIRONMENT = 13 /* EDGEATTN_KERNELS names what does not exist or the CPU lacks */
} edgeattn_status;

typedef enum { EDGEATTN_INT8 = 0, EDGEATTN_UINT8 = 1, EDGEATTN_FLOAT32 = 2 } edgeattn_type;

/* An 8-bit tensor [batch, heads, rows, width]; the innermost dimension is contiguous. */
typedef struct {
  const void* data;
  int64_t batch_stride, head_stride, row_stride; /* in elements, >= 0; 0 repeats */
  int32_t type;                                  /* EDGEATTN_INT8 or EDGEATTN_UINT8 */
  int32_t zero_point;
} edgeattn_tensor;

typedef struct {
  size_t size; /* sizeof(edgeattn_attention) of the caller */

  int64_t batch, heads, queries, keys;
  int64_t kv_heads;    /* heads of k and v; head h reads h / (heads / kv_heads) */
  int64_t width;       /* of q and k, per head */
  int64_t value_width; /* of v and out, per head */

  edgeattn_tensor q, k, v;

  /* q_scale * k_scale / sqrt(width): one, or one per head. Below 2^-24, counted as 2^-24. */
  const float* score_scales;
  int64_t score_scale_count;
  const float* v_scales; /* one, or one per head (of heads, not of kv_heads) */
  int64_t v_scale_count;

  void* out; /* [batch, heads, queries, value_width]; overlaps neither q, k nor v */
  int64_t out_batch_stride, out_head_stride, out_row_stride;
  int32_t out_type; /* any edgeattn_type */
  int32_t out_zero_point;
  float out_scale; /* read for 8-bit out only; rounds half to even and saturates */

  /* A key takes part where key_mask[batch * key_mask_stride + key] is not 0. NULL: all do. */
  const uint8_t* key_mask;
  int64_t key_mask_stride;

  /* Added to the real scores, in steps of score_scale (so up to half of one wrong); what lies
   * below -2^26 steps, minus infinity and NaN mask the key. NULL: none. Strides may be 0. */
  const float* bias;
  int64_t bias_batch_stride, bias_head_stride, bias_row_stride, bias_key_stride;

  int32_t causal;        /* not 0: query i sees the keys j <= i + causal_offset */
  int32_t planes;        /* 1: 8-bit weights; 2: 15-bit weights, for long rows with sharp peaks */
  int64_t causal_offset; /* usually 0, or keys - queries behind a cache of earlier keys */

  /* Work for several threads: either the library's own (threads > 1, part_count 0 or 1), or the
   * caller's pool, each of whose workers passes another part of part_count. */
  int32_t threads; /* 0 counts as 1 */
  int32_t part, part_count;
} edgeattn_attention;

/* Compute. A query row whose keys are all masked gives zeros (the zero point, in 8 bits). */
EDGEATTN_EXPORT int32_t edgeattn_attend(const edgeattn_attention* attention);

/* One sentence for an edgeattn_status. */
EDGEATTN_EXPORT const char* edgeattn_status_text(int32_t status);

EDGEATTN_EXPORT int32_t edgeattn_kernels_abi(void);

/* For example "0.1.0". */
EDGEATTN_EXPORT const char* edgeattn_kernels_version(void);

/* The instruction set that edgeattn_attend uses: the best one of this CPU, or the one that
 * EDGEATTN_KERNELS names: portable, avx2, avx-vnni, avx512-vnni, avx512-vbmi, neon, neon-dot,
 * neon-i8mm. Read once; empty and "off" count as unset. NULL where it names anything else, or one
 * that this CPU lacks: then edgeattn_attend returns EDGEATTN_BAD_ENVIRONMENT. */
EDGEATTN_EXPORT const char* edgeattn_instruction_set(void);

/* Those that this CPU has, best first: place 0, 1 and so on; NULL behind the last, "portable". */
EDGEATTN_EXPORT const char* edgeattn_offered_instruction_set(int32_t place);

/* Choose by name from now on, for tests and measurements; EDGEATTN_BAD_OPTION where the name is
 * unknown or the CPU lacks it. Not to be called while another thread computes. */
EDGEATTN_EXPORT int32_t edgeattn_choose_instruction_set(const char* name);

/* Functions of one number, between 8-bit tensors: a table of 256 entries. */
typedef enum { EDGEATTN_GELU = 0, EDGEATTN_HARDSWISH = 1, EDGEATTN_SILU = 2 } edgeattn_function;

/* table[x] = f((x - x_zero_point) * x_scale) in steps of y_scale, for uint8 x and y; rounds half
 * to even and saturates. GELU is the exact one, with erf. */
EDGEATTN_EXPORT int32_t edgeattn_make_table(int32_t function, float x_scale, int32_t x_zero_point,
                                            float y_scale, int32_t y_zero_point, uint8_t* table);

/* y[i] = table[x[i]]; y may be x, but not overlap it otherwise. */
EDGEATTN_EXPORT int32_t edgeattn_look_up(const uint8_t* table, const uint8_t* x, int64_t count,
                                         uint8_t* y);

/* LayerNorm of the last dimension into uint8, its statistics in float:
 *
 *     y = (x - mean) / sqrt(variance + epsilon) * gamma + beta, in steps of y_scale
 *
 * NaN gives the lowest step. The struct grows as edgeattn_attention does. */
typedef struct {
  size_t size; /* sizeof(edgeattn_layer_norm) of the caller */
  int64_t rows, width;
  const void* x;  /* [rows, width], contiguous */
  int32_t x_type; /* EDGEATTN_FLOAT32, or EDGEATTN_UINT8 with the levels that follow */
  int32_t x_zero_point;
  float x_scale;
  float epsilon;      /* positive */
  const float* gamma; /* [width], NULL: 1 */
  const float* beta;  /* [width], NULL: 0 */
  uint8_t* y;         /* [rows, width], contiguous; not x */
  float y_scale;
  int32_t y_zero_point;
  int32_t part, part_count; /* for the caller's pool, as above */
} edgeattn_layer_norm;

EDGEATTN_EXPORT int32_t edgeattn_normalise(const edgeattn_layer_norm* layer_norm);

#ifdef __cplusplus
}
#endif
#endif
