/* order.h: puts lines that arrive out of order back into input order: decode, detokenize and
 * predict end in it.
 *
 * Lines are numbered 0, 1, 2, …; a line that is the next one goes out at once, others wait. A
 * number that comes twice is an error; so is one that never comes, named at the end, or as soon as
 * it cannot come any more: where no line is displaced by more than `window`, one may come that far
 * too early while another comes as much too late, and so 2 window ahead of it. */
#ifndef HEED_ORDER_H
#define HEED_ORDER_H

#include "stream/hash.h"
#include "stream/io.h"

struct heed_order {
    struct heed_output *out; /* borrowed */
    int64_t next, window;    /* window 0: lines come in order */
    struct heed_waiting {
        int64_t line;
        char *text;
        size_t len;
    } * heap; /* by line, smallest first */
    size_t n, cap;
    struct heed_sha256 *digest; /* of all that went out; NULL: nobody asks */
    int64_t n_out;
};
void heed_order_init(struct heed_order *o, struct heed_output *out, int64_t window);
void heed_order_release(struct heed_order *o);
/* text without its LF. */
int heed_order_put(struct heed_order *o, int64_t line, const char *text, size_t n,
                   struct heed_err *err) HEED_MUST_USE;
/* The end of one input: nothing may wait. Numbering starts again at 0. */
int heed_order_end(struct heed_order *o, struct heed_err *err) HEED_MUST_USE;

#endif
