/* peek_export.c: a tensor as CSV and as NumPy's .npy: what `tensors` reads, and others do.
 *
 * CSV: a line for each run of the last dimension; where an outer dimension goes on, an empty line
 * for each that is complete. Frames follow one another as rows of one batch do. */
#include <string.h>

#include "cli/peek.h"

static void add_csv(struct peek *p, const struct heed_array *a)
{
    int64_t width = a->rank > 1 ? a->dims[a->rank - 1] : 1, n = heed_array_count(a);
    for (int64_t i = 0; i < n; i += width) {
        int64_t block = width;
        for (int k = a->rank - 2; k > 0 && (i || p->n_exported); k--) {
            block *= a->dims[k];
            if (i % block == 0)
                heed_str_add_char(&p->text, '\n');
        }
        for (int64_t k = 0; k < width; k++) {
            if (k)
                heed_str_add_char(&p->text, ',');
            heed_array_text(&p->text, a, i + k);
        }
        heed_str_add_char(&p->text, '\n');
    }
}

/* Version 1.0; the header ends so that the numbers begin at a multiple of 64. */
static void add_npy(struct peek *p, const struct heed_array *a)
{
    static const char *const kinds[] = {[HEED_F32] = "<f4",
                                        [HEED_I32] = "<i4",
                                        [HEED_I64] = "<i8",
                                        [HEED_U8] = "|u1",
                                        [HEED_I8] = "|i1"};
    struct heed_str h = {0};
    heed_str_printf(&h, "{'descr': '%s', 'fortran_order': False, 'shape': (", kinds[a->dtype]);
    for (int k = 0; k < a->rank; k++)
        heed_str_printf(&h, "%lld,%s", (long long)a->dims[k], k + 1 < a->rank ? " " : "");
    heed_str_add_text(&h, "), }");
    while ((10 + h.len + 1) % 64)
        heed_str_add_char(&h, ' ');
    heed_str_add_char(&h, '\n');
    const char length[] = {(char)(h.len & 0xff), (char)(h.len >> 8)};
    heed_str_add(&p->text, "\x93NUMPY\x01\x00", 8);
    heed_str_add(&p->text, length, 2);
    heed_str_add(&p->text, h.data, h.len);
    heed_str_release(&h);
    p->raw = a;
}

int peek_export(struct peek *p, const struct heed_doc *d, struct heed_err *err)
{
    const struct heed_array *a = p->tensor          ? heed_doc_find(d, p->tensor)
                                 : d->n_arrays == 1 ? &d->arrays[0]
                                                    : NULL;
    if (!a && !p->tensor)
        return heed_usage(err, "%zu tensors; choose one: --tensor NAME", d->n_arrays);
    if (a && a->dtype == HEED_OTHER)
        return heed_fail(err, "tensor %s: %s is not written", a->name, a->dtype_text);
    if (a && p->npy)
        add_npy(p, a);
    else if (a)
        add_csv(p, a);
    p->n_exported += a != NULL;
    return 0;
}
