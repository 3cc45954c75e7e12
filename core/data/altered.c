/* altered.c: see altered.h. */
#include <string.h>
#include "data/altered.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static size_t skip(const char *s, size_t n, size_t i)
{
    while (i < n && is_blank(s[i]))
        i++;
    return i;
}

/* The same but for runs of blanks. */
static bool same(const char *a, size_t n_a, const char *b, size_t n_b)
{
    size_t i = skip(a, n_a, 0), k = skip(b, n_b, 0);
    while (i < n_a && k < n_b) {
        if (is_blank(a[i]) != is_blank(b[k]) || (!is_blank(a[i]) && a[i] != b[k]))
            return skip(a, n_a, i) == n_a && skip(b, n_b, k) == n_b;
        bool blank = is_blank(a[i]);
        i = blank ? skip(a, n_a, i) : i + 1;
        k = blank ? skip(b, n_b, k) : k + 1;
    }
    return skip(a, n_a, i) == n_a && skip(b, n_b, k) == n_b;
}

int heed_altered_count(struct heed_altered *a, const struct heed_side *side, const char *text,
                       size_t n, const struct heed_tokens *tokens, struct heed_err *err)
{
    struct heed_str back = {0};
    bool whole = tokens->n_unknown == 0 && tokens->n_cut == 0; /* the ids are all there is of it */
    a->n++;
    if (heed_text_blank(text, n))
        return 0;
    heed_str_add(&back, "", 0);
    int status = whole ? heed_side_decode(side, tokens->ids, tokens->n, NULL, &back, err)
                       : heed_side_again(side, text, n, &back, err);
    if (status == 0 && !same(text, n, back.data, back.len)) {
        a->n_altered++;
        if (a->n_shown < HEED_ALTERED_SHOWN) {
            heed_str_add(&a->before[a->n_shown], text, n);
            heed_str_add(&a->after[a->n_shown++], back.data, back.len);
        }
    }
    heed_str_release(&back);
    return status;
}

void heed_altered_release(struct heed_altered *a)
{
    for (size_t i = 0; i < a->n_shown; i++) {
        heed_str_release(&a->before[i]);
        heed_str_release(&a->after[i]);
    }
    *a = (struct heed_altered){0};
}

int heed_altered_check(const struct heed_altered *a, double share, const char *which,
                       const char *option, struct heed_err *err)
{
    double altered = (double)a->n_altered / (double)HEED_MAX(1, a->n);
    if (altered <= share)
        return 0;
    return heed_fail(err,
                     "%.3g %% of the %s lines do not come back from their tokenizer, and no model "
                     "could write them; another tokenizer keeps them, or %s to go on",
                     100 * altered, which, option);
}
