/* metrics.c: counts of a line, scores of sums, the bootstrap.
 *
 * BLEU: clipped n-gram matches against the union of the references, closest reference length,
 * exponential smoothing. chrF: for each line the reference with the best F counts, white space left
 * out. Both are sacreBLEU 2's definitions; tests/interop compares them with that package. */
#include <math.h>
#include <string.h>
#include "base/rng.h"
#include "base/utf8.h"
#include "metrics/metrics.h"

/* --- words to symbols --- */

/* The words met in one line and its references; a word's number is its symbol. */
struct words {
    const char **at;
    size_t *len;
    size_t n, cap, cap_len;
    uint32_t *slots; /* number + 1, 0: free */
    size_t n_slots;
};

static uint64_t hash_word(const char *word, size_t n)
{
    uint64_t h = n;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)word[i]) * 0x100000001b3u;
    return heed_mix64(h);
}

static int32_t word_id(struct words *w, const char *word, size_t n)
{
    size_t slot = hash_word(word, n) & (w->n_slots - 1);
    for (; w->slots[slot]; slot = (slot + 1) & (w->n_slots - 1)) {
        uint32_t id = w->slots[slot] - 1;
        if (w->len[id] == n && !memcmp(w->at[id], word, n))
            return (int32_t)id;
    }
    heed_grow(&w->at, w->n, &w->cap, sizeof(*w->at));
    heed_grow(&w->len, w->n, &w->cap_len, sizeof(*w->len));
    w->at[w->n] = word;
    w->len[w->n] = n;
    w->slots[slot] = (uint32_t)++w->n;
    return (int32_t)w->n - 1;
}

static void words_init(struct words *w, size_t bytes)
{
    *w = (struct words){.n_slots = 16};
    while (w->n_slots < bytes + 16) /* at most one word for two bytes */
        w->n_slots *= 2;
    w->slots = heed_xcalloc(w->n_slots, sizeof(*w->slots));
}

static void words_release(struct words *w)
{
    free(w->at);
    free(w->len);
    free(w->slots);
}

static void add_words(struct words *w, const char *tokens, struct heed_grams *g)
{
    while (*tokens) {
        size_t n = strcspn(tokens, " ");
        heed_grams_add(g, word_id(w, tokens, n));
        tokens += n + (tokens[n] == ' ');
    }
}

/* A line and its references as tokens: [0] the hypothesis, [1..] the references. */
struct tokenized {
    struct heed_str *text;
    struct heed_grams *grams;
    size_t n;
};

static void tokenize_all(struct tokenized *t, enum heed_metric_tokens how, bool lower,
                         const char *hyp, const char *const *refs, size_t n_refs)
{
    struct words words;
    size_t bytes = 0;
    t->n = n_refs + 1;
    t->text = heed_xcalloc(t->n, sizeof(*t->text));
    t->grams = heed_xcalloc(t->n, sizeof(*t->grams));
    for (size_t i = 0; i < t->n; i++) {
        heed_metric_tokenize(how, lower, i ? refs[i - 1] : hyp, &t->text[i]);
        bytes += t->text[i].len;
    }
    words_init(&words, bytes);
    for (size_t i = 0; i < t->n; i++) {
        add_words(&words, t->text[i].data, &t->grams[i]);
        heed_grams_sort(&t->grams[i]);
    }
    words_release(&words);
}

static void tokenized_release(struct tokenized *t)
{
    for (size_t i = 0; i < t->n; i++) {
        heed_str_release(&t->text[i]);
        heed_grams_release(&t->grams[i]);
    }
    free(t->text);
    free(t->grams);
}

/* --- counts of one line --- */

static int64_t grams_of(size_t n, size_t order)
{
    return n < order ? 0 : (int64_t)(n - order + 1);
}

static void count_bleu(struct heed_counts *c, const struct tokenized *t)
{
    const struct heed_grams *hyp = &t->grams[0], *refs = &t->grams[1];
    int64_t length = (int64_t)hyp->n, closest = -1;
    for (size_t i = 0; i + 1 < t->n; i++) {
        int64_t n = (int64_t)refs[i].n, gap = llabs(n - length), best = llabs(closest - length);
        if (closest < 0 || gap < best || (gap == best && n < closest))
            closest = n;
    }
    c->hyp_tokens = length;
    c->ref_tokens = closest;
    for (size_t n = 1; n <= HEED_BLEU_N; n++) {
        c->bleu_total[n - 1] = grams_of(hyp->n, n);
        c->bleu_match[n - 1] = heed_grams_match(hyp, refs, t->n - 1, n);
    }
}

static void count_edits(struct heed_counts *c, const struct tokenized *t)
{
    c->edits = -1;
    for (size_t i = 1; i < t->n; i++) {
        const struct heed_grams *ref = &t->grams[i];
        int64_t edits = heed_edits(&t->grams[0], ref);
        if (c->edits < 0 || edits < c->edits) {
            c->edits = edits;
            c->edit_tokens = (int64_t)ref->n;
        }
    }
}

static void characters(const char *text, bool lower, struct heed_grams *g)
{
    struct heed_str words = {0};
    heed_metric_tokenize(HEED_METRIC_NONE, lower, text, &words);
    for (size_t i = 0; i < words.len;) {
        int32_t point;
        int n = heed_utf8_next(words.data + i, words.len - i, &point);
        i += (size_t)HEED_MAX(n, 1);
        if (point != ' ')
            heed_grams_add(g, point);
    }
    heed_grams_sort(g);
    heed_str_release(&words);
}

static void count_chrf(struct heed_counts *c, bool lower, const char *hyp, const char *const *refs,
                       size_t n_refs)
{
    struct heed_grams h = {0}, r;
    double best = -1;
    characters(hyp, lower, &h);
    for (size_t i = 0; i < n_refs; i++) {
        struct heed_counts here = {0};
        r = (struct heed_grams){0};
        characters(refs[i], lower, &r);
        for (size_t n = 1; n <= HEED_CHRF_N; n++) {
            here.chrf_ref[n - 1] = grams_of(r.n, n);
            here.chrf_hyp[n - 1] = here.chrf_ref[n - 1] ? grams_of(h.n, n) : 0;
            here.chrf_match[n - 1] = heed_grams_match(&h, &r, 1, n);
        }
        heed_grams_release(&r);
        double f = heed_chrf_score(&here);
        if (f > best) {
            best = f;
            memcpy(c->chrf_hyp, here.chrf_hyp, sizeof(c->chrf_hyp));
            memcpy(c->chrf_ref, here.chrf_ref, sizeof(c->chrf_ref));
            memcpy(c->chrf_match, here.chrf_match, sizeof(c->chrf_match));
        }
    }
    heed_grams_release(&h);
}

/* Right is what reads the same: blanks do not count, nor do
 * typographic ones on the course's tokens. */
static bool equals_any(enum heed_metric_tokens how, bool lower, const char *hyp,
                       const char *const *refs, size_t n_refs)
{
    struct heed_str a = {0}, b = {0};
    enum heed_metric_tokens words = how == HEED_METRIC_COURSE ? how : HEED_METRIC_NONE;
    bool equal = false;
    heed_metric_tokenize(words, lower, hyp, &a);
    for (size_t i = 0; i < n_refs && !equal; i++) {
        heed_str_clear(&b);
        heed_metric_tokenize(words, lower, refs[i], &b);
        equal = !strcmp(a.data, b.data);
    }
    heed_str_release(&a);
    heed_str_release(&b);
    return equal;
}

void heed_counts_line(struct heed_counts *c, enum heed_metric_tokens how, bool lower,
                      const char *hyp, const char *const *refs, size_t n_refs)
{
    struct tokenized t;
    *c = (struct heed_counts){.lines = 1};
    tokenize_all(&t, how, lower, hyp, refs, n_refs);
    count_bleu(c, &t);
    count_edits(c, &t);
    tokenized_release(&t);
    count_chrf(c, lower, hyp, refs, n_refs);
    c->exact = equals_any(how, lower, hyp, refs, n_refs);
}

void heed_counts_add(struct heed_counts *sum, const struct heed_counts *c)
{
    int64_t *to = (int64_t *)sum;
    const int64_t *from = (const int64_t *)c;
    for (size_t i = 0; i < sizeof(*c) / sizeof(*from); i++)
        to[i] += from[i];
}

/* --- scores --- */

void heed_bleu_parts(const struct heed_counts *c, double precision[HEED_BLEU_N], double *brevity)
{
    double halvings = 1;
    bool any = c->bleu_match[0] || c->bleu_match[1] || c->bleu_match[2] || c->bleu_match[3];
    *brevity = 1;
    if (c->hyp_tokens < c->ref_tokens)
        *brevity = c->hyp_tokens ? exp(1 - (double)c->ref_tokens / (double)c->hyp_tokens) : 0;
    for (size_t n = 0; n < HEED_BLEU_N; n++) {
        precision[n] = 0; /* also where there is no n-gram of this order in the whole text */
        if (!any || !c->bleu_total[n])
            continue;
        double match = (double)c->bleu_match[n];
        if (!c->bleu_match[n])
            match = 1 / (halvings *= 2);
        precision[n] = 100 * match / (double)c->bleu_total[n];
    }
}

double heed_bleu_score(const struct heed_counts *c)
{
    double precision[HEED_BLEU_N], brevity, sum = 0;
    heed_bleu_parts(c, precision, &brevity);
    for (size_t n = 0; n < HEED_BLEU_N; n++) {
        if (precision[n] == 0)
            return 0;
        sum += log(precision[n]);
    }
    return brevity * exp(sum / HEED_BLEU_N);
}

double heed_chrf_score(const struct heed_counts *c)
{
    const double beta2 = 4;
    double precision = 0, recall = 0;
    int orders = 0;
    for (size_t n = 0; n < HEED_CHRF_N; n++) {
        if (!c->chrf_hyp[n] || !c->chrf_ref[n])
            continue;
        precision += (double)c->chrf_match[n] / (double)c->chrf_hyp[n];
        recall += (double)c->chrf_match[n] / (double)c->chrf_ref[n];
        orders++;
    }
    if (!orders || precision + recall == 0)
        return 0;
    precision /= orders;
    recall /= orders;
    return 100 * (1 + beta2) * precision * recall / (beta2 * precision + recall);
}

double heed_exact_score(const struct heed_counts *c)
{
    return c->lines ? 100 * (double)c->exact / (double)c->lines : 0;
}

double heed_token_error_score(const struct heed_counts *c)
{
    if (!c->edit_tokens)
        return c->edits ? 100 : 0;
    return 100 * (double)c->edits / (double)c->edit_tokens;
}

/* --- the course's BLEU(k) --- */

static double d2l_one(const struct heed_grams *hyp, const struct heed_grams *ref, int k)
{
    if (!hyp->n)
        return 0;
    double score = exp(fmin(0, 1 - (double)ref->n / (double)hyp->n));
    for (int n = 1; n <= k && (size_t)n <= hyp->n; n++) {
        double match = (double)heed_grams_match(hyp, ref, 1, (size_t)n);
        score *= pow(match / (double)grams_of(hyp->n, (size_t)n), pow(0.5, n));
    }
    return score;
}

double heed_bleu_d2l(enum heed_metric_tokens how, bool lower, const char *hyp,
                     const char *const *refs, size_t n_refs, int k)
{
    struct tokenized t;
    double best = 0;
    tokenize_all(&t, how, lower, hyp, refs, n_refs);
    for (size_t i = 1; i < t.n; i++)
        best = fmax(best, d2l_one(&t.grams[0], &t.grams[i], k));
    tokenized_release(&t);
    return best;
}

/* --- bootstrap --- */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void heed_bootstrap(const struct heed_counts *lines, size_t n,
                    double (*const *scores)(const struct heed_counts *), size_t n_scores,
                    int resamples, uint64_t seed, double *lo, double *hi)
{
    size_t rounds = (size_t)resamples;
    double *drawn = heed_xcalloc(n_scores * rounds, sizeof(*drawn));
    struct heed_rng rng;
    heed_rng_seed(&rng, seed, 0);
    for (size_t round = 0; round < rounds; round++) {
        struct heed_counts sum = {0};
        for (size_t i = 0; i < n; i++)
            heed_counts_add(&sum, &lines[heed_rng_below(&rng, n)]);
        for (size_t s = 0; s < n_scores; s++)
            drawn[s * rounds + round] = scores[s](&sum);
    }
    for (size_t s = 0; s < n_scores; s++) {
        double *of = drawn + s * rounds;
        qsort(of, rounds, sizeof(*of), compare_doubles);
        lo[s] = of[(size_t)(0.025 * (double)(rounds - 1) + 0.5)];
        hi[s] = of[(size_t)(0.975 * (double)(rounds - 1) + 0.5)];
    }
    free(drawn);
}
