/* lines.c: lines of text and their tokens. */
#include "cli/lines.h"

int line_take(struct line *l, const struct heed_side *side, const char *text, size_t n,
              int64_t *n_cut, struct heed_err *err)
{
    heed_str_clear(&l->text);
    heed_str_add(&l->text, text, n);
    if (heed_side_encode(side, l->text.data, n, &l->tokens, err) < 0)
        return -1;
    *n_cut += l->tokens.n_cut > 0;
    return 0;
}

void line_release(struct line *l)
{
    heed_str_release(&l->text);
    heed_tokens_release(&l->tokens);
}
