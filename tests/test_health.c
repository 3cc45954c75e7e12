/* test_health.c: what is found wrong with pairs: counts and floors against those by hand, languages told apart. */
#include "data/health.h"
#include "data/tongue.h"
#include "tests/text_make.h"

static void add(struct heed_corpus *c, const char *src, const char *tgt)
{
    heed_corpus_add(c, src, strlen(src), tgt, strlen(tgt));
    c->pairs[c->n - 1].line = (uint32_t)c->n;
}

/* a has x, x, y; b has x; c has z, z. */
static void make(struct heed_corpus *c)
{
    heed_corpus_init(c);
    add(c, "a", "x");
    add(c, "b", "x");
    add(c, "a", "y");
    add(c, "c", "z");
    add(c, "a", "x");
    add(c, "c", "z");
}

static const double of_a = 0.6365141682948128; /* -(2 ln 2/3 + ln 1/3) / 3 */

static void test_keys(void)
{
    struct heed_corpus c;
    struct heed_keys keys = {0};
    struct heed_keys_report r;
    make(&c);
    heed_keys_corpus(&keys, &c);
    heed_keys_look(&keys, &r);
    TAP_I64(r.n, 6);
    TAP_I64(r.n_again, 2);
    TAP_I64(r.first_again, 5);
    TAP_I64(r.n_sources, 3);
    TAP_I64(r.n_several, 1);
    TAP_I64(r.n_pairs_several, 3);
    TAP_I64(r.of_several, 1);
    TAP_NEAR(r.nats, 3 * of_a, 1e-12);
    heed_keys_release(&keys);
    heed_keys_look(&keys, &r);
    TAP_I64(r.n_sources, 0);
    heed_corpus_release(&c);
}

static void add_ids(struct heed_dataset *d, const int32_t *src, size_t n_src, const int32_t *tgt,
                    size_t n_tgt)
{
    heed_dataset_add(d, src, n_src, tgt, n_tgt, (int64_t)d->n);
    heed_dataset_add_eos(d, true);
}

/* Two targets of one source, five and five tokens with eos: ln 2 a pair. Where the last of source and target is
 * left off a quarter of the time, the rest is the same: 3/4 ln 2 of 4 3/4 and 4 3/4 tokens. */
static void test_floor(void)
{
    const int32_t src[] = {4, 5}, one[] = {6, 7, 8, 9}, other[] = {6, 7, 8, 10};
    uint8_t final[] = {1, 1};
    struct heed_dataset d;
    struct heed_floor f;
    heed_dataset_init(&d);
    add_ids(&d, src, 2, one, 4);
    add_ids(&d, src, 2, other, 4);
    heed_floor_find(&d, 0, &f);
    TAP_NEAR(f.a_pair, log(2), 1e-12);
    TAP_NEAR(f.a_token, log(2) / 5, 1e-12);
    heed_floor_find(&d, 0.25, &f); /* no pair ends so */
    TAP_NEAR(f.a_token, log(2) / 5, 1e-12);
    d.src_final = d.tgt_final = final;
    heed_floor_find(&d, 0.25, &f);
    TAP_NEAR(f.a_pair, 0.75 * log(2), 1e-7);
    TAP_NEAR(f.a_token, 0.75 * log(2) / 4.75, 1e-7);
    d.src_final = d.tgt_final = NULL;
    heed_dataset_release(&d);
    heed_dataset_init(&d);
    heed_floor_find(&d, 0, &f);
    TAP_NEAR(f.a_token, 0, 0);
    heed_dataset_release(&d);
}

static void test_leaks(void)
{
    struct heed_corpus train, dev;
    struct heed_leaks leaks;
    make(&train);
    heed_corpus_init(&dev);
    add(&dev, "d", "x");
    add(&dev, "a", "z"); /* its source alone */
    add(&dev, "b", "x");
    add(&dev, "a", "y");
    heed_health_leaks(&train, &dev, &leaks);
    TAP_I64(leaks.pairs.n, 2);
    TAP_I64(leaks.pairs.of, 4);
    TAP_I64(leaks.pairs.line, 3);
    TAP_I64(leaks.sources.n, 3);
    TAP_I64(leaks.sources.line, 2);
    heed_corpus_release(&dev);
    heed_corpus_init(&dev);
    heed_health_leaks(&train, &dev, &leaks);
    TAP_I64(leaks.sources.n, 0);
    heed_corpus_release(&dev);
    heed_corpus_release(&train);
}

/* Sentences of two languages by turns of their words. */
static void sentence(char out[200], int side, int i)
{
    static const char *const words[2][4][3] = {
        {{"the old man", "my little house", "this black bird"},
         {"looks at", "wants to have", "never saw"},
         {"the other side of", "what they know about", "nothing but"},
         {"the wide water", "those strange things", "her own brother"}},
        {{"le vieil homme", "ma petite maison", "cet oiseau noir"},
         {"regarde bien", "voudrait avoir", "n'a jamais vu"},
         {"de l'autre cote de", "ce qu'ils savent de", "rien d'autre que"},
         {"la grande rivière", "ces choses étranges", "son propre frère"}},
    };
    snprintf(out, 200, "%s %s %s %s", words[side][0][i % 3], words[side][1][i / 3 % 3],
             words[side][2][i / 9 % 3], words[side][3][i / 27 % 3]);
}

static void languages(struct heed_corpus *c, bool alike)
{
    char src[200], tgt[200];
    heed_corpus_init(c);
    for (int i = 0; i < 81; i++) {
        sentence(src, 0, i);
        sentence(tgt, !alike, i);
        add(c, src, tgt);
    }
    sentence(src, 0, 5);
    sentence(tgt, 1, 7);
    add(c, src, src); /* line 82: copied, target is English */
    add(c, tgt, tgt); /* line 83: copied, source is French */
    add(c, src, "\xd1\x81\xd1\x82\xd0\xb0\xd1\x80\xd0\xb8"); /* line 84: another script */
    add(c, "...", "...");                                    /* no letter: no copy */
}

static void test_languages(void)
{
    struct heed_pairs p = {.vary_final = 0};
    struct heed_health d;
    languages(&p.corpus, false);
    heed_corpus_init(&p.dev);
    heed_dataset_init(&p.dataset);
    heed_health_look(&p, &d);
    TAP_I64(d.copied.n, 2);
    TAP_I64(d.copied.of, 84);
    TAP_I64(d.copied.line, 82);
    TAP_I64(d.foreign[0].n, 1);
    TAP_I64(d.foreign[0].line, 83);
    TAP_I64(d.foreign[1].n, 2);
    TAP_I64(d.foreign[1].line, 82);
    heed_corpus_release(&p.corpus);
    languages(&p.corpus, true); /* of one language: only the script tells */
    heed_health_look(&p, &d);
    TAP_I64(d.foreign[0].n, 0);
    TAP_I64(d.foreign[1].n, 1);
    TAP_I64(d.foreign[1].line, 84);
    heed_corpus_release(&p.corpus);
    heed_corpus_release(&p.dev);
    heed_dataset_release(&p.dataset);
}

static void test_lengths(void)
{
    int32_t ids[200] = {0};
    int64_t lengths[HEED_HEALTH_LENGTHS];
    struct heed_dataset d;
    for (int i = 0; i < 200; i++)
        ids[i] = HEED_SPECIALS;
    heed_dataset_init(&d);
    for (size_t n = 101; n-- > 0;)
        add_ids(&d, ids, n, ids, n + 3);
    heed_health_lengths(&d, false, lengths);
    TAP_I64(lengths[0], 5);
    TAP_I64(lengths[1], 50);
    TAP_I64(lengths[4], 100);
    heed_health_lengths(&d, true, lengths);
    TAP_I64(lengths[2], 98);
    TAP_I64(lengths[3], 102);
    heed_dataset_release(&d);
    heed_dataset_init(&d);
    heed_health_lengths(&d, true, lengths);
    TAP_I64(lengths[4], 0);
    heed_dataset_release(&d);
}

int main(void)
{
    TAP_RUN(test_keys);
    TAP_RUN(test_floor);
    TAP_RUN(test_leaks);
    TAP_RUN(test_languages);
    TAP_RUN(test_lengths);
    return tap_end();
}
