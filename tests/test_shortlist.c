/* test_shortlist.c: which words may follow: what is learnt of pairs, what a file holds, and logits of these words alone,
 * which are those of all words to the bit. */
#include <math.h>
#include <string.h>

#include "data/shortlist.h"
#include "tests/model_make.h"

#define MAKE_ALL (MAKE_WORDS + HEED_SPECIALS)

/* --- learning --- */

/* Source word 4 + i and target word 8 + i always come together, in pairs of three that no other word separates but the
 * others of the line. */
static void add_pairs(struct heed_dataset *d, int64_t n)
{
    struct heed_rng rng;
    heed_dataset_init(d);
    heed_rng_seed(&rng, 5, 1);
    for (int64_t i = 0; i < n; i++) {
        int32_t src[3], tgt[3];
        for (int k = 0; k < 3; k++) {
            src[k] = 4 + (int32_t)(heed_rng_uniform(&rng) * 5);
            tgt[2 - k] = src[k] + 4;
        }
        heed_dataset_add(d, src, 3, tgt, 3, i);
        heed_dataset_add_eos(d, false);
    }
}

static bool lists(const struct heed_shortlist *l, int32_t e, int32_t f)
{
    for (int32_t i = l->begin[e]; i < l->begin[e + 1]; i++)
        if (l->words[i] == f)
            return true;
    return false;
}

static void test_learn(void)
{
    const struct heed_shortlist_options o = {.best = 1, .frequent = 0, .rounds = 20};
    struct heed_shortlist_report report, first;
    struct heed_shortlist l;
    struct heed_dataset d;
    add_pairs(&d, 300);
    heed_shortlist_learn(&l, &d, MAKE_ALL, MAKE_ALL, &o, &report);
    for (int32_t e = 4; e < 9; e++)
        TAP_OK(lists(&l, e, e + 4) && l.begin[e + 1] - l.begin[e] == 1);
    TAP_I64(l.begin[4], 0);
    TAP_I64(l.begin[MAKE_ALL] - l.begin[9], 0);
    TAP_I64(l.n_always, HEED_SPECIALS);
    TAP_NEAR(report.outside, 0, 0);
    heed_shortlist_release(&l);
    heed_shortlist_learn(&l, &d, MAKE_ALL, MAKE_ALL,
                         &(struct heed_shortlist_options){.frequent = 3, .rounds = 1}, &first);
    TAP_OK(report.nats < first.nats - 0.3);
    TAP_I64(l.n_always, HEED_SPECIALS + 3);
    TAP_OK(first.outside > 0.1 && first.outside < 0.4);
    heed_shortlist_release(&l);
    heed_dataset_release(&d);
}

static void test_add(void)
{
    int32_t begin[] = {0, 0, 2, 3}, words[] = {5, 7, 7}, always[] = {0, 2}, out[9];
    const struct heed_shortlist l = {
        .n_src = 3, .n_tgt = 9, .begin = begin, .words = words, .always = always, .n_always = 2};
    uint8_t seen[9] = {0};
    TAP_I64(heed_shortlist_add(&l, (const int32_t[]){2, 1, 0, 2}, 4, seen, out), 4);
    TAP_MEM(out, ((const int32_t[]){0, 2, 7, 5}), 16);
    TAP_I64(heed_shortlist_add(&l, (const int32_t[]){1, 7, -1}, 3, seen, out), 0);
}

/* --- files --- */

static int read_list(const struct heed_doc *d)
{
    struct heed_shortlist l;
    if (heed_shortlist_from_doc(&l, 3, 9, d, &err))
        return -1;
    heed_shortlist_release(&l);
    return 0;
}

static void test_file(void)
{
    int32_t begin[] = {0, 0, 2, 3}, words[] = {5, 7, 7}, always[] = {0, 2};
    struct heed_shortlist again, l = {.n_src = 3,
                                      .n_tgt = 9,
                                      .begin = begin,
                                      .words = words,
                                      .always = always,
                                      .n_always = 2,
                                      .mean = 4};
    struct heed_doc d;
    heed_doc_init(&d);
    TAP_DONE(heed_shortlist_from_doc(&again, 3, 9, &d, &err), &err);
    TAP_I64(again.n_src, 0);
    heed_shortlist_to_doc(&l, &d);
    TAP_DONE(heed_shortlist_from_doc(&again, 3, 9, &d, &err), &err);
    TAP_MEM(again.begin, begin, sizeof begin);
    TAP_MEM(again.words, words, sizeof words);
    TAP_I64(again.mean, 4);
    heed_shortlist_release(&again);
    TAP_FAILS(heed_shortlist_from_doc(&again, 4, 9, &d, &err), &err, "is not of 4 source words");
    TAP_FAILS(heed_shortlist_from_doc(&again, 3, 7, &d, &err), &err, "ids below 7");
    begin[1] = 3;
    TAP_FAILS(read_list(&d), &err, "descends at 1");
    begin[1] = -1;
    TAP_FAILS(read_list(&d), &err, "descends at 0");
    begin[1] = 0;
    words[1] = 5;
    TAP_FAILS(read_list(&d), &err, "not ascending");
    words[1] = 7;
    always[0] = -1;
    TAP_FAILS(read_list(&d), &err, "vocab.shortlist.always");
    always[0] = 0;
    heed_doc_set_meta(&d, "shortlist.mean", "10");
    TAP_FAILS(read_list(&d), &err, "shortlist.mean: 10 words of 9");
    heed_doc_set_meta(&d, "shortlist.mean", "4");
    heed_doc_find(&d, "vocab.shortlist.words")->dims[0] = 2;
    TAP_FAILS(read_list(&d), &err, "of 3 source words and 2 target words");
    heed_doc_release(&d);
}

/* --- logits --- */

/* Of ids 4 to 8, which the list knows. */
enum { SOURCES = 4, LENGTH = 3 };
static const int32_t ids[SOURCES * LENGTH] = {4, 5, 6, 7, 7, 7, 5, 8, 4, 8, 6, 6};
static const int32_t lens[SOURCES] = {3, 1, 2, 2};

struct world {
    struct heed_lane lane;
    struct heed_state state;
    struct heed_trace trace;
};

static void begin(struct world *w, struct heed_model *m)
{
    struct heed_memory memory;
    const struct heed_source src = {.B = SOURCES, .S = LENGTH, .ids = ids, .len = lens};
    heed_lane_init(&w->lane, &m->net.params);
    heed_net_encode(&m->net, &w->lane.tape, &src, NULL, &memory);
    memory.source = heed_net_source(&m->net, &w->lane.tape, &src, memory.S);
    heed_state_init(&w->state, m->net.slots, m->net.n_slots, &w->lane.batch, SOURCES, memory.S,
                    memory.len);
    heed_net_begin(&m->net, &w->lane.tape, &memory, &w->state);
    heed_state_keep(&w->state);
}

static struct heed_tensor *step(struct world *w, struct heed_model *m)
{
    static const int32_t fed[SOURCES] = {5, 9, 7, 12};
    heed_tape_reset(&w->lane.tape);
    struct heed_tensor *readout = heed_net_step(&m->net, &w->lane.tape, &w->state, fed, &w->trace);
    return heed_net_logits(&m->net, &w->lane.tape, &w->state, readout, &w->trace);
}

static bool may_follow(const struct heed_shortlist *l, int32_t source, int32_t word)
{
    bool may = word == HEED_EOS;
    for (int32_t i = 0; i < lens[source]; i++)
        may = may || lists(l, ids[source * LENGTH + i], word);
    return may;
}

/* Numbers of words that may follow and are not those of all words, numbers of others that are not -inf, words that
 * lack. */
static int64_t differ(const struct heed_shortlist *l, const int32_t *words,
                      const struct heed_tensor *listed, const struct heed_tensor *all,
                      const int32_t *source)
{
    int64_t wrong = 0, K = heed_width(listed);
    for (int64_t i = 0; i < heed_rows(listed); i++) {
        int lacking = 0;
        for (int32_t v = 0; v < MAKE_ALL; v++)
            lacking += may_follow(l, source[i], v);
        for (int64_t k = 0; k < K; k++) {
            const float *one = &listed->data[i * K + k],
                        *other = &all->data[i * MAKE_ALL + words[k]];
            bool may = may_follow(l, source[i], words[k]);
            wrong += may ? memcmp(one, other, sizeof *one) != 0 : !(isinf(*one) && *one < 0);
            wrong += k && words[k] <= words[k - 1];
            lacking -= may;
        }
        wrong += lacking != 0;
    }
    return wrong;
}

/* Sources leave, in another order, and one of them is left with two rows. */
static void follow(struct heed_model *listed, struct heed_model *all)
{
    static const struct {
        int32_t n, from[SOURCES], source[SOURCES];
    } moves[] = {{4, {0, 1, 2, 3}, {0, 1, 2, 3}},
                 {3, {0, 1, 3}, {0, 1, 3}},
                 {3, {2, 0, 1}, {3, 0, 1}},
                 {3, {2, 2, 1}, {1, 1, 0}},
                 {1, {0}, {1}}};
    struct world a, b;
    begin(&a, listed);
    begin(&b, all);
    for (size_t i = 0; i < HEED_COUNT(moves); i++) {
        heed_state_select(&a.state, moves[i].from, moves[i].n);
        heed_state_select(&b.state, moves[i].from, moves[i].n);
        struct heed_tensor *x = step(&a, listed), *y = step(&b, all);
        TAP_OK(!heed_tape_failed(&a.lane.tape, &err) && !heed_tape_failed(&b.lane.tape, &err));
        TAP_OK(heed_state_words(&a.state) && !heed_state_words(&b.state));
        TAP_I64(differ(&listed->shortlist, heed_state_words(&a.state), x, y, moves[i].source), 0);
        if (i == 0)
            TAP_I64(heed_width(x), 1 + 5);
        if (i == 4) /* two of the six are wanted still: columns are laid out anew */
            TAP_I64(heed_width(x), 1 + 1);
        heed_state_keep(&a.state);
        heed_state_keep(&b.state);
    }
    heed_lane_release(&a.lane);
    heed_lane_release(&b.lane);
}

/* Source word e may become 4 + e. */
static struct heed_shortlist small_list(void)
{
    struct heed_shortlist l = {.n_src = MAKE_ALL, .n_tgt = MAKE_ALL, .n_always = 1, .mean = 3};
    l.begin = heed_xcalloc(MAKE_ALL + 1, sizeof *l.begin);
    l.words = heed_xcalloc(MAKE_ALL, sizeof *l.words);
    l.always = heed_xcalloc(1, sizeof *l.always);
    l.always[0] = HEED_EOS;
    for (int32_t e = 0; e < MAKE_ALL; e++) {
        l.begin[e + 1] = l.begin[e] + (e >= 4 && e < 9);
        if (e >= 4 && e < 9)
            l.words[l.begin[e]] = e + 4;
    }
    return l;
}

static void check_logits(const char *shape, bool quantized)
{
    struct heed_model listed, all;
    struct heed_shortlist l = small_list();
    TAP_DONE(make_model(&listed, shape, 6), &err);
    TAP_DONE(make_model(&all, shape, 6), &err);
    if (quantized)
        TAP_OK(heed_model_quantize(&listed) > 5 && heed_model_quantize(&all) > 5);
    TAP_DONE(heed_model_list(&listed, &l, &err), &err);
    follow(&listed, &all);
    heed_model_release(&listed);
    heed_model_release(&all);
}

static void test_logits(void)
{
    check_logits("hidden=20,embed=16,tied=off", false);
    check_logits("hidden=18,embed=18,tied=on,decoder=luong-feed", false);
    check_logits("hidden=20,embed=16,tied=off", true);
    check_logits("hidden=18,embed=18,tied=on", true);
}

static void test_copying(void)
{
    struct heed_model m;
    struct heed_shortlist l = small_list();
    TAP_DONE(make_model(&m, "hidden=4,copy=on", 6), &err);
    TAP_FAILS(heed_model_list(&m, &l, &err), &err, "has no shortlist");
    heed_model_release(&m);
}

int main(void)
{
    make_plugin_path();
    TAP_RUN(test_learn);
    TAP_RUN(test_add);
    TAP_RUN(test_file);
    TAP_RUN(test_logits);
    TAP_RUN(test_copying);
    return tap_end();
}
