/* mixture.c: what several nets say of the next token, as one: see scorer.h. */
#include <math.h>
#include <string.h>

#include "search/scorer.h"
#include "tensor/vec.h"

void heed_log_probs(float *logits, int64_t K, bool listed, float *scratch)
{
    int64_t n = 0;
    if (!listed) {
        heed_vec()->log_softmax((size_t)K, logits, logits);
        return;
    }
    for (int64_t i = 0; i < K; i++)
        if (logits[i] > -INFINITY)
            scratch[n++] = logits[i];
    heed_vec()->log_softmax((size_t)n, scratch, scratch);
    for (int64_t i = 0, j = 0; i < K; i++)
        if (logits[i] > -INFINITY)
            logits[i] = scratch[j++];
}

/* --- words --- */

/* a and b, both ascending, as one; what both have once. */
static int32_t join(const int32_t *a, int32_t n_a, const int32_t *b, int64_t n_b, int32_t *to)
{
    int32_t n = 0, i = 0, k = 0;
    while (i < n_a || k < n_b) {
        int32_t next = k == n_b || (i < n_a && a[i] < b[k]) ? a[i] : b[k];
        i += i < n_a && a[i] == next;
        k += k < n_b && b[k] == next;
        to[n++] = next;
    }
    return n;
}

/* Those that any part has: one without a list has all. */
static void choose_words(struct heed_scorer *s)
{
    int32_t n = 0;
    s->words = NULL;
    s->K = s->parts[0].net->tgt_words;
    for (int j = 0; j < s->n; j++)
        if (!s->parts[j].words)
            return;
    for (int j = 0; j < s->n; j++) {
        memcpy(s->at, s->all, sizeof *s->all * (size_t)n);
        n = join(s->at, n, s->parts[j].words, s->parts[j].K, s->all);
    }
    s->words = s->all;
    s->K = n;
}

/* Where each of the part's words is among those. */
static const int32_t *places(const struct heed_scorer *s, const struct heed_scorer_part *p)
{
    if (!s->words)
        return p->words;
    for (int64_t i = 0, k = 0; k < p->K; k++) {
        while (s->words[i] != p->words[k])
            i++;
        s->at[k] = (int32_t)i;
    }
    return s->at;
}

/* --- numbers --- */

/* Row i of the part comes to row i of the mixture, out [K]. */
static void add_row(const struct heed_scorer *s, const struct heed_scorer_part *p,
                    const int32_t *place, int64_t i, float *out)
{
    const struct heed_vec *v = heed_vec();
    float *row = p->logits + i * p->K, *spread = s->scratch;
    heed_log_probs(row, p->K, p->words != NULL, s->scratch);
    v->scale((size_t)p->K, 1, p->log_weight, row, row);
    if (!place) {
        heed_kernels()->log_add((size_t)s->K, row, out);
        return;
    }
    v->fill((size_t)s->K, -INFINITY, spread);
    for (int64_t k = 0; k < p->K; k++)
        spread[place[k]] = row[k];
    heed_kernels()->log_add((size_t)s->K, spread, out);
}

static void mix_attention(struct heed_scorer *s, int32_t n)
{
    const struct heed_vec *v = heed_vec();
    struct heed_tensor *mean = s->trace.weights;
    if (!mean)
        return;
    size_t size = (size_t)n * (size_t)heed_width(mean);
    v->scale(size, s->parts[0].share, 0, mean->data, mean->data);
    for (int j = 1; j < s->n; j++)
        if (s->parts[j].share > 0)
            v->axpy(size, s->parts[j].share, s->parts[j].trace.weights->data, mean->data);
}

float *heed_scorer_mix(struct heed_scorer *s, int32_t n)
{
    choose_words(s);
    float *out = heed_new(&s->parts[0].lane->step, float, n * s->K + 1);
    heed_vec()->fill((size_t)(n * s->K), -INFINITY, out);
    for (int j = 0; j < s->n; j++) {
        const int32_t *place = places(s, &s->parts[j]);
        for (int32_t i = 0; i < n; i++)
            add_row(s, &s->parts[j], place, i, out + i * s->K);
    }
    mix_attention(s, n);
    return out;
}
