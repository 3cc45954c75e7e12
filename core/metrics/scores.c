/* scores.c: scores of counts, of one line or summed over many. */
#include <math.h>
#include "metrics/metrics.h"

/* --- BLEU --- */

void heed_bleu_parts(const struct heed_counts *c, const struct heed_metric_options *how,
                     double precision[HEED_BLEU_N], double *brevity)
{
    double halvings = 1;
    bool any = c->bleu_match[0] || c->bleu_match[1] || c->bleu_match[2] || c->bleu_match[3];
    *brevity = 1;
    if (c->hyp_tokens < c->ref_tokens)
        *brevity = c->hyp_tokens ? exp(1 - (double)c->ref_tokens / (double)c->hyp_tokens) : 0;
    for (size_t n = 0; n < HEED_BLEU_N; n++) {
        double match = (double)c->bleu_match[n], total = (double)c->bleu_total[n];
        if (how->smooth == HEED_SMOOTH_ADD_K && n) {
            match += how->smooth_value;
            total += how->smooth_value;
        }
        precision[n] = 0; /* also where there is no n-gram of this order in the whole text */
        if (!any || total == 0)
            continue;
        if (match == 0 && how->smooth == HEED_SMOOTH_EXP)
            match = 1 / (halvings *= 2);
        else if (match == 0 && how->smooth == HEED_SMOOTH_FLOOR)
            match = how->smooth_value;
        precision[n] = 100 * match / total;
    }
}

static double bleu(const struct heed_counts *c, const struct heed_metric_options *how)
{
    double precision[HEED_BLEU_N], brevity, sum = 0;
    heed_bleu_parts(c, how, precision, &brevity);
    for (size_t n = 0; n < HEED_BLEU_N; n++) {
        if (precision[n] == 0)
            return 0;
        sum += log(precision[n]);
    }
    return brevity * exp(sum / HEED_BLEU_N);
}

/* --- the others --- */

/* Means of precision and recall over the orders that both texts have. */
double heed_chrf_f(const struct heed_chrf_counts *c, size_t orders, int beta)
{
    double precision = 0, recall = 0, weight = (double)beta * beta;
    int seen = 0;
    for (size_t n = 0; n < orders; n++) {
        if (!c->hyp[n] || !c->ref[n])
            continue;
        precision += (double)c->match[n] / (double)c->hyp[n];
        recall += (double)c->match[n] / (double)c->ref[n];
        seen++;
    }
    if (!seen || precision + recall == 0)
        return 0;
    precision /= seen;
    recall /= seen;
    return 100 * (1 + weight) * precision * recall / (weight * precision + recall);
}

/* Nothing to be right about: what is there is all wrong. */
static double error_rate(int64_t edits, double length)
{
    return length > 0 ? 100 * (double)edits / length : edits ? 100 : 0;
}

double heed_metric_score(enum heed_figure_kind kind, const struct heed_counts *c,
                         const struct heed_metric_options *how)
{
    size_t chars = (size_t)how->chrf_chars, words = (size_t)how->chrf_words;
    switch (kind) {
    case HEED_BLEU:
        return bleu(c, how);
    case HEED_CHRF:
        return heed_chrf_f(&c->chrf, chars, how->beta);
    case HEED_CHRF_PLUS:
        return heed_chrf_f(&c->chrf_plus, chars + words, how->beta);
    case HEED_TER:
        return error_rate(c->ter_edits, (double)c->ter_length / HEED_TER_UNIT);
    case HEED_EXACT:
        return c->lines ? 100 * (double)c->exact / (double)c->lines : 0;
    case HEED_TOKEN_ERROR:
        return error_rate(c->edits, (double)c->edit_tokens);
    case HEED_WORD_ERROR:
        return error_rate(c->word_edits, (double)c->word_tokens);
    case HEED_BLEU_D2L:
        break;
    }
    BUG("figure %d is no function of a sum", (int)kind);
}
