/* order.c: see order.h. A binary heap of waiting lines. */
#include <string.h>

#include "cli/order.h"

void heed_order_init(struct heed_order *o, struct heed_output *out, int64_t window)
{
    *o = (struct heed_order){.out = out, .window = window};
}

void heed_order_release(struct heed_order *o)
{
    for (size_t i = 0; i < o->n; i++)
        free(o->heap[i].text);
    free(o->heap);
    *o = (struct heed_order){.out = o->out, .digest = o->digest, .n_out = o->n_out};
}

static void swap(struct heed_order *o, size_t a, size_t b)
{
    struct heed_waiting w = o->heap[a];
    o->heap[a] = o->heap[b];
    o->heap[b] = w;
}

static void push(struct heed_order *o, int64_t line, const char *text, size_t n)
{
    heed_grow(&o->heap, o->n, &o->cap, sizeof *o->heap);
    o->heap[o->n] = (struct heed_waiting){line, heed_xstrndup(text, n), n};
    for (size_t i = o->n++; i && o->heap[i].line < o->heap[(i - 1) / 2].line; i = (i - 1) / 2)
        swap(o, i, (i - 1) / 2);
}

static struct heed_waiting pop(struct heed_order *o)
{
    struct heed_waiting top = o->heap[0];
    o->heap[0] = o->heap[--o->n];
    for (size_t i = 0;;) {
        size_t least = i;
        for (size_t child = 2 * i + 1; child <= 2 * i + 2 && child < o->n; child++)
            if (o->heap[child].line < o->heap[least].line)
                least = child;
        if (least == i)
            return top;
        swap(o, i, least);
        i = least;
    }
}

static int emit(struct heed_order *o, const char *text, size_t n, struct heed_err *err)
{
    o->next++;
    o->n_out++;
    if (o->digest) {
        heed_sha256_add(o->digest, text, n);
        heed_sha256_add(o->digest, "\n", 1);
    }
    return heed_output_write(o->out, text, n, err) || heed_output_write(o->out, "\n", 1, err) ? -1
                                                                                              : 0;
}

int heed_order_put(struct heed_order *o, int64_t line, const char *text, size_t n,
                   struct heed_err *err)
{
    if (line < o->next)
        return heed_fail(err, "line %lld comes twice", (long long)line);
    if (line != o->next) {
        push(o, line, text, n);
        if (line - o->next < 2 * o->window)
            return 0;
        return heed_fail(
            err,
            "line %lld is missing: line %lld came before it, which a window of %lld does not allow",
            (long long)o->next, (long long)line, (long long)o->window);
    }
    if (emit(o, text, n, err))
        return -1;
    while (o->n && o->heap[0].line <= o->next) {
        struct heed_waiting w = pop(o);
        int status = w.line < o->next ? heed_fail(err, "line %lld comes twice", (long long)w.line)
                                      : emit(o, w.text, w.len, err);
        free(w.text);
        if (status)
            return -1;
    }
    return 0;
}

int heed_order_end(struct heed_order *o, struct heed_err *err)
{
    if (o->n)
        return heed_fail(err, "line %lld is missing", (long long)o->next);
    o->next = 0;
    return 0;
}
