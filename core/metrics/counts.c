/* counts.c: what is counted of a line: n-grams in common, edits, lengths.
 *
 * Words become numbers, the same for a line and its references. BLEU: clipped n-gram matches against the
 * union of the references, closest reference length. chrF, and chrF++ by itself: of the references the
 * one with the best F. Errors: the reference that needs the fewest edits. All are sacreBLEU 2's
 * definitions where it has the figure; tests/interop compares them with that package. */
#include <math.h>
#include <string.h>
#include "base/utf8.h"
#include "metrics/numbers.h"

/* --- counts of one line --- */

static int64_t grams_of(size_t n, size_t order)
{
    return n < order ? 0 : (int64_t)(n - order + 1);
}

static void sort_all(struct heed_tokenized *t, size_t longest)
{
    for (size_t i = 0; i < t->n; i++)
        heed_grams_sort(&t->grams[i], longest);
}

static void count_bleu(struct heed_counts *c, struct heed_tokenized *t)
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
    sort_all(t, HEED_BLEU_N);
    for (size_t n = 1; n <= HEED_BLEU_N; n++) {
        c->bleu_total[n - 1] = grams_of(hyp->n, n);
        c->bleu_match[n - 1] = heed_grams_match(hyp, refs, t->n - 1, n);
    }
}

static void count_edits(const struct heed_tokenized *t, int64_t *edits, int64_t *tokens)
{
    *edits = -1;
    for (size_t i = 1; i < t->n; i++) {
        int64_t here = heed_edits(&t->grams[0], &t->grams[i]);
        if (*edits < 0 || here < *edits) {
            *edits = here;
            *tokens = (int64_t)t->grams[i].n;
        }
    }
}

/* sacreBLEU prepares references twice, which shows where they are normalized: "dog's's" becomes three words,
 * not two. */
static void add_ter_words(const struct heed_ter_options *o, const char *text, bool is_ref,
                          struct heed_str *out)
{
    struct heed_str once = {0};
    if (!is_ref || !o->normalized) {
        heed_metric_ter_tokenize(o, text, out);
        return;
    }
    heed_metric_ter_tokenize(o, text, &once);
    heed_metric_ter_tokenize(o, once.data, out);
    heed_str_release(&once);
}

static void count_ter(struct heed_counts *c, const struct heed_metric_options *how, const char *hyp,
                      const char *const *refs, size_t n_refs)
{
    struct heed_tokenized t;
    int64_t length = 0;
    heed_tokenized_init(&t, n_refs);
    for (size_t i = 0; i < t.n; i++)
        add_ter_words(&how->ter, i ? refs[i - 1] : hyp, i > 0, &t.text[i]);
    heed_tokenized_number(&t);
    c->ter_edits = -1;
    for (size_t i = 1; i < t.n; i++) {
        int64_t edits = heed_edits_shifted(&t.grams[0], &t.grams[i]);
        if (c->ter_edits < 0 || edits < c->ter_edits)
            c->ter_edits = edits;
        length += (int64_t)t.grams[i].n;
    }
    c->ter_length = llround((double)length * (HEED_TER_UNIT / (double)n_refs));
    heed_tokenized_release(&t);
}

/* --- chrF --- */

/* A line as characters, white space left out, and as words with a sign at their end, else at their
 * beginning, set apart, as Popović's program has it. */
struct chrf_line {
    struct heed_grams chars, words;
};

static bool is_sign(char c)
{
    return c && strchr("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", c);
}

static size_t point_bytes(const char *s, size_t n)
{
    int32_t p;
    return (size_t)HEED_MAX(1, heed_utf8_next(s, n, &p));
}

static void add_chrf_word(struct heed_word_numbers *w, const char *word, size_t n,
                          struct heed_grams *g)
{
    size_t first = n;
    if (point_bytes(word, n) < n && is_sign(word[n - 1]))
        first = n - 1;
    else if (n > 1 && is_sign(word[0]))
        first = 1;
    heed_grams_add(g, heed_word_number(w, word, first));
    if (first < n)
        heed_grams_add(g, heed_word_number(w, word + first, n - first));
}

static void chrf_line_make(struct chrf_line *x, const struct heed_metric_options *how,
                           const struct heed_str *words, struct heed_word_numbers *w)
{
    *x = (struct chrf_line){0};
    for (size_t i = 0, end; i < words->len; i = end + 1) {
        end = i + strcspn(words->data + i, " ");
        if (w)
            add_chrf_word(w, words->data + i, end - i, &x->words);
        for (size_t at = i; at < end;) {
            int32_t point;
            at += (size_t)HEED_MAX(1, heed_utf8_next(words->data + at, end - at, &point));
            heed_grams_add(&x->chars, point);
        }
    }
    heed_grams_sort(&x->chars, (size_t)how->chrf_chars);
    heed_grams_sort(&x->words, (size_t)how->chrf_words);
}

static void chrf_line_release(struct chrf_line *x)
{
    heed_grams_release(&x->chars);
    heed_grams_release(&x->words);
}

/* A reference without n-grams of an order says nothing about it. */
static void count_orders(struct heed_chrf_counts *c, size_t at, const struct heed_grams *hyp,
                         const struct heed_grams *ref, size_t longest)
{
    for (size_t n = 1; n <= longest; n++, at++) {
        c->ref[at] = grams_of(ref->n, n);
        c->hyp[at] = c->ref[at] ? grams_of(hyp->n, n) : 0;
        c->match[at] = c->hyp[at] ? heed_grams_match(hyp, ref, 1, n) : 0;
    }
}

static void keep_better(struct heed_chrf_counts *best, double *best_f,
                        const struct heed_chrf_counts *here, size_t orders, int beta)
{
    double f = heed_chrf_f(here, orders, beta);
    if (f <= *best_f)
        return;
    *best_f = f;
    memset(best, 0, sizeof(*best));
    memcpy(best->hyp, here->hyp, orders * sizeof(*best->hyp));
    memcpy(best->ref, here->ref, orders * sizeof(*best->ref));
    memcpy(best->match, here->match, orders * sizeof(*best->match));
}

/* t: the line and its references as words between blanks. */
static void count_chrf(struct heed_counts *c, const struct heed_metric_options *how,
                       const struct heed_tokenized *t)
{
    size_t chars = (size_t)how->chrf_chars, words = how->all ? (size_t)how->chrf_words : 0;
    struct chrf_line hyp, ref;
    struct heed_word_numbers w;
    double best = -1, best_plus = -1;
    heed_word_numbers_init(&w, 2 * heed_tokenized_bytes(t)); /* one with its sign is two */
    chrf_line_make(&hyp, how, &t->text[0], words ? &w : NULL);
    for (size_t i = 1; i < t->n; i++) {
        struct heed_chrf_counts here = {0};
        chrf_line_make(&ref, how, &t->text[i], words ? &w : NULL);
        count_orders(&here, 0, &hyp.chars, &ref.chars, chars);
        count_orders(&here, chars, &hyp.words, &ref.words, words);
        keep_better(&c->chrf, &best, &here, chars, how->beta);
        if (words)
            keep_better(&c->chrf_plus, &best_plus, &here, chars + words, how->beta);
        chrf_line_release(&ref);
    }
    chrf_line_release(&hyp);
    heed_word_numbers_release(&w);
}

/* --- all of it --- */

/* Right is what reads the same: blanks do not count, nor do typographic ones on the course's
 * tokens. */
static bool equals_any(const struct heed_tokenized *t)
{
    for (size_t i = 1; i < t->n; i++)
        if (!strcmp(t->text[0].data, t->text[i].data))
            return true;
    return false;
}

void heed_counts_line(struct heed_counts *c, const struct heed_metric_options *how, const char *hyp,
                      const char *const *refs, size_t n_refs)
{
    struct heed_tokenized tokens, words;
    *c = (struct heed_counts){.lines = 1};
    heed_tokenized_make(&tokens, how->tokens, how->lower, hyp, refs, n_refs);
    heed_tokenized_make(&words, HEED_METRIC_NONE, how->lower, hyp, refs, n_refs);
    c->exact = equals_any(how->tokens == HEED_METRIC_COURSE ? &tokens : &words);
    count_edits(&tokens, &c->edits, &c->edit_tokens);
    count_bleu(c, &tokens);
    count_chrf(c, how, &words);
    if (how->all) {
        c->word_edits = c->edits;
        c->word_tokens = c->edit_tokens;
        if (how->tokens != HEED_METRIC_NONE)
            count_edits(&words, &c->word_edits, &c->word_tokens);
        count_ter(c, how, hyp, refs, n_refs);
    }
    heed_tokenized_release(&tokens);
    heed_tokenized_release(&words);
}

void heed_counts_add(struct heed_counts *sum, const struct heed_counts *c)
{
    int64_t *to = (int64_t *)sum;
    const int64_t *from = (const int64_t *)c;
    for (size_t i = 0; i < sizeof(*c) / sizeof(*from); i++)
        to[i] += from[i];
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
    struct heed_tokenized t;
    double best = 0;
    heed_tokenized_make(&t, how, lower, hyp, refs, n_refs);
    sort_all(&t, (size_t)k);
    for (size_t i = 1; i < t.n; i++)
        best = fmax(best, d2l_one(&t.grams[0], &t.grams[i], k));
    heed_tokenized_release(&t);
    return best;
}
