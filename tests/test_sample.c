/* test_sample.c: intervals and p-values against what can be counted or is known in closed form. */
#include <string.h>
#include "base/rng.h"
#include "metrics/figures.h"
#include "tests/tap.h"

static const struct heed_metric_options how = HEED_METRIC_DEFAULTS;
static const enum heed_figure_kind exact[] = {HEED_EXACT};

/* n lines, of which those are right whose number `is_right` likes. */
static struct heed_sample sample_of(size_t n, bool (*is_right)(size_t))
{
    struct heed_sample s;
    heed_sample_init(&s, &how, n);
    for (size_t i = 0; i < n; i++) {
        struct heed_counts c = {.lines = 1, .exact = is_right(i)};
        heed_sample_set(&s, i, &c);
    }
    return s;
}

static bool every_fourth(size_t i)
{
    return i % 4 == 0;
}

static bool every_third(size_t i)
{
    return i % 3 == 0;
}

static bool one_in_five_more(size_t i)
{
    return every_fourth(i) || i % 5 == 1;
}

/* 400 lines, each right with probability 1/4: the interval of the
 * mean is near 25 +- 1.96 sqrt(p q / n). */
static void test_interval(void)
{
    struct heed_sample s = sample_of(400, every_fourth);
    double scores[1000], again[1000], lo, hi;
    heed_sample_draw(&s, exact, 1, 1000, 12345, scores);
    heed_sample_draw(&s, exact, 1, 1000, 12345, again);
    TAP_OK(!memcmp(scores, again, sizeof(scores)));
    heed_sample_draw(&s, exact, 1, 1000, 12346, again);
    TAP_OK(memcmp(scores, again, sizeof(scores)));
    heed_sample_interval(scores, 1000, &lo, &hi);
    TAP_NEAR(lo, 25 - 4.24, 0.8);
    TAP_NEAR(hi, 25 + 4.24, 0.8);
    heed_sample_release(&s);
}

/* Twelve lines, all 4096 ways to exchange them. */
static double exchange_counted(size_t n, bool (*a)(size_t), bool (*b)(size_t))
{
    int difference = 0, as_far = 0;
    for (size_t i = 0; i < n; i++)
        difference += b(i) - a(i);
    for (size_t way = 0; way < (size_t)1 << n; way++) {
        int d = 0;
        for (size_t i = 0; i < n; i++)
            d += way >> i & 1 ? a(i) - b(i) : b(i) - a(i);
        as_far += abs(d) >= abs(difference);
    }
    return as_far / (double)((size_t)1 << n);
}

static void test_exchange(void)
{
    static double apart[40000], again[40000];
    struct heed_sample a = sample_of(12, every_fourth), b = sample_of(12, one_in_five_more);
    double want = exchange_counted(12, every_fourth, one_in_five_more);
    heed_sample_exchange(&a, &b, exact, 1, 40000, 1, apart);
    heed_sample_exchange(&a, &b, exact, 1, 40000, 1, again);
    TAP_OK(!memcmp(apart, again, sizeof(apart)));
    TAP_OK(want > 0.1 && want < 0.9);
    TAP_NEAR(heed_exchange_p(apart, 40000, -100 * 2 / 12.0), want, 0.01);
    heed_sample_exchange(&a, &a, exact, 1, 40000, 1, apart);
    TAP_NEAR(heed_exchange_p(apart, 40000, 0), 1, 0);
    heed_sample_release(&a);
    heed_sample_release(&b);
}

/* 900 lines, of which 300 and 225 are right: draws of the difference are near normal, with the variance that
 * lines have which only one of both has right. */
static void test_draws(void)
{
    static double base[4000], other[4000];
    struct heed_sample a = sample_of(900, every_fourth), b = sample_of(900, every_third);
    heed_sample_draw(&a, exact, 1, 4000, 7, base);
    heed_sample_draw(&b, exact, 1, 4000, 7, other);
    double difference = 100 * (300 - 225) / 900.0;
    double deviation =
        100 * sqrt((225 + 150 - 75 * 75 / 900.0) / 900 / 900); /* 225, 150: only one */
    double won = heed_draws_won(base, other, 4000, false);
    TAP_NEAR(won, 0.5 * erfc(-difference / deviation / sqrt(2)), 0.01);
    TAP_NEAR(heed_draws_won(base, other, 4000, true), 1 - won, 1e-3);
    /* As far above the mean as the mean is above nothing. */
    TAP_NEAR(heed_draws_p(base, other, 4000, difference),
             0.5 * erfc(difference / deviation / sqrt(2)), 0.005);
    TAP_NEAR(heed_draws_p(base, base, 4000, 0), 1, 0);
    heed_sample_release(&a);
    heed_sample_release(&b);
}

/* Draws and exchanges of all figures, against texts that are what they are said to be. */
static void test_texts(void)
{
    static const char *words[] = {"one", "two", "three", "four", "five", "six", "seven", "eight"};
    struct heed_str lines[64][3] = {{{0}}}; /* a reference, a bad text, a good one */
    struct heed_scored items[2][64] = {{{0}}};
    struct heed_scores x[2];
    struct heed_difference d[HEED_FIGURES_MAX];
    struct heed_figures_options o = {
        .how = HEED_METRIC_DEFAULTS, .resamples = 500, .seed = 3, .d2l = 2};
    struct heed_rng rng;
    heed_rng_seed(&rng, 4, 4);
    for (size_t i = 0; i < 64; i++) {
        for (size_t k = 0; k < 12; k++) {
            const char *word = words[heed_rng_below(&rng, 8)];
            heed_str_printf(&lines[i][0], "%s ", word);
            heed_str_printf(&lines[i][1], "%s ", heed_rng_below(&rng, 3) ? word : "x");
            heed_str_printf(&lines[i][2], "%s ", heed_rng_below(&rng, 10) ? word : "x");
        }
        for (size_t k = 0; k < 2; k++) {
            items[k][i].hyp = lines[i][k + 1].data;
            heed_scored_add(&items[k][i], lines[i][0].data);
        }
    }
    o.how.all = true;
    for (int k = 0; k < 2; k++)
        heed_scores_init(&x[k], items[k], 64, &o);
    TAP_I64(x[0].n, 8);
    TAP_STR(x[0].figures[2].name, "chrf++");
    for (int paired = 0; paired < 2; paired++) {
        heed_scores_compare(&x[0], &x[1], &(struct heed_comparison){(enum heed_paired)paired, 500},
                            d);
        for (size_t f = 0; f < x[0].n_summed; f++) {
            bool less = heed_figure_less_is_better(x[0].kinds[f]);
            TAP_OK(less ? d[f].value < 0 : d[f].value > 0);
            TAP_OK(d[f].p < 0.05);
            TAP_OK(paired == HEED_PAIRED_AR ? isnan(d[f].won) : d[f].won > 0.99);
            TAP_OK(x[0].figures[f].lo <= x[0].figures[f].value &&
                   x[0].figures[f].value <= x[0].figures[f].hi);
        }
        TAP_OK(isnan(d[x[0].n_summed].p) && d[x[0].n_summed].value > 0);
        heed_scores_compare(&x[0], &x[0], &(struct heed_comparison){(enum heed_paired)paired, 500},
                            d);
        for (size_t f = 0; f < x[0].n_summed; f++)
            TAP_OK(d[f].p == 1 && d[f].value == 0);
    }
    for (size_t i = 0; i < 64; i++) {
        for (size_t k = 0; k < 3; k++)
            heed_str_release(&lines[i][k]);
        free(items[0][i].refs);
        free(items[1][i].refs);
    }
    heed_scores_release(&x[0]);
    heed_scores_release(&x[1]);
}

int main(void)
{
    TAP_RUN(test_interval);
    TAP_RUN(test_exchange);
    TAP_RUN(test_draws);
    TAP_RUN(test_texts);
    return tap_end();
}
