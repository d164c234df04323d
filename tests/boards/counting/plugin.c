/* A QEMU plugin that counts the guest's arm64 instructions, all and by kind.
 *
 *     qemu-aarch64 -plugin plugin.so,out=counts.txt ...
 *
 * The guest calls syscall(0x7e57, k); each such call writes one line with what ran since the one
 * before. Debian ships no qemu-plugin.h, so the functions used are declared here (API version 1,
 * QEMU 6.0 to 8.x: docs/devel/tcg-plugins.rst).
 *
 * Encodings: Arm Architecture Reference Manual for A-profile, C4.1.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PUBLIC __attribute__((visibility("default")))
#define MARK 0x7e57 /* no system call of Linux has this number */

typedef uint64_t plugin_id;
struct block;
struct instruction;

PUBLIC int qemu_plugin_version = 1;

extern void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct block *));
extern size_t qemu_plugin_tb_n_insns(const struct block *);
extern struct instruction *qemu_plugin_tb_get_insn(const struct block *, size_t);
extern const void *qemu_plugin_insn_data(const struct instruction *);
extern void qemu_plugin_register_vcpu_tb_exec_inline(struct block *, int add, void *, uint64_t);
extern void qemu_plugin_register_vcpu_syscall_cb(
    plugin_id, void (*)(plugin_id, unsigned, int64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                        uint64_t, uint64_t, uint64_t, uint64_t));

struct kind {
    const char *name;
    uint64_t count;
    uint64_t written;
};

enum { TOTAL, DOT, MATRIX, WIDENING, FLOAT, KINDS };
static struct kind kinds[KINDS] = {
    {"total", 0, 0}, {"dot", 0, 0}, {"matrix", 0, 0}, {"widening", 0, 0}, {"float", 0, 0}};
static FILE *out;

static int kind_of(uint32_t word)
{
    if ((word & 0x9fe0fc00) == 0x0e809400 || (word & 0x9fc0f400) == 0x0f80e000)
        return DOT; /* SDOT, UDOT: by vector, by element */
    if ((word & 0xdfe0fc00) == 0x4e80a400 || (word & 0xffe0fc00) == 0x4e80ac00)
        return MATRIX; /* SMMLA, UMMLA, USMMLA */
    if ((word & 0x9f20fc00) == 0x0e208000 || (word & 0x9f20fc00) == 0x0e20c000)
        return WIDENING; /* SMLAL, UMLAL, SMULL, UMULL by vector */
    if ((word & 0xbfa0fc00) == 0x0e20cc00 || (word & 0xbf80f400) == 0x0f801000)
        return FLOAT; /* FMLA: by vector, by element */
    return TOTAL;
}

static void translated(plugin_id id, struct block *block)
{
    uint64_t found[KINDS] = {0};
    size_t length = qemu_plugin_tb_n_insns(block);
    (void)id;
    for (size_t i = 0; i < length; i++) {
        uint32_t word;
        memcpy(&word, qemu_plugin_insn_data(qemu_plugin_tb_get_insn(block, i)), sizeof word);
        int kind = kind_of(word);
        if (kind != TOTAL)
            found[kind]++;
    }
    found[TOTAL] = length;
    for (int kind = 0; kind < KINDS; kind++)
        if (found[kind])
            qemu_plugin_register_vcpu_tb_exec_inline(block, 0, &kinds[kind].count, found[kind]);
}

static void called(plugin_id id, unsigned cpu, int64_t number, uint64_t mark, uint64_t b,
                   uint64_t c, uint64_t d, uint64_t e, uint64_t f, uint64_t g, uint64_t h)
{
    (void)id, (void)cpu, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h;
    if (number != MARK)
        return;
    fprintf(out, "%" PRIu64, mark);
    for (int kind = 0; kind < KINDS; kind++) {
        fprintf(out, " %s=%" PRIu64, kinds[kind].name, kinds[kind].count - kinds[kind].written);
        kinds[kind].written = kinds[kind].count;
    }
    fputc('\n', out);
    fflush(out);
}

PUBLIC int qemu_plugin_install(plugin_id id, const void *info, int count, char **arguments)
{
    (void)info;
    for (int i = 0; i < count; i++)
        if (!strncmp(arguments[i], "out=", 4))
            out = fopen(arguments[i] + 4, "w");
    if (!out)
        return 1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_vcpu_syscall_cb(id, called);
    return 0;
}
