/* model_make.h: small models and batches for the tests of the model floor. Plugins are those of the
 * build tree, and tests/plugins. */
#ifndef HEED_TESTS_MODEL_MAKE_H
#define HEED_TESTS_MODEL_MAKE_H

#include "base/rng.h"
#include "data/batch.h"
#include "train/options.h"
#include "search/engine.h"
#include "tests/tap.h"

static struct heed_err err;

#define MAKE_WORDS 9 /* and the four specials */

static inline void make_plugin_path(void)
{
    char path[8300];
    const char *build = getenv("builddir") ? getenv("builddir") : ".";
    snprintf(path, sizeof(path), "%s/plugins/.libs:%s/tests/plugins/.libs", build, build);
    setenv("HEED_PLUGIN_PATH", path, 0);
    if (heed_vec_select("auto", &err))
        abort();
}

static inline const char *make_line(void *ctx, size_t *len)
{
    static const char text[] = "a b c d e f g h i";
    *len = sizeof(text) - 1;
    return (*(int *)ctx)++ ? NULL : text;
}

static inline void make_rewind(void *ctx)
{
    *(int *)ctx = 0;
}

static inline int make_sides(struct heed_sides *sides)
{
    int at = 0;
    struct heed_lines lines = {make_line, make_rewind, &at};
    memset(sides, 0, sizeof(*sides));
    return heed_side_train(&sides->src, "space", &lines, 0, 1, &err) ||
                   heed_side_train(&sides->tgt, "space", &lines, 0, 1, &err)
               ? -1
               : 0;
}

/* A model of the configuration `spec` ("decoder=plain,cell=lstm"); every weight is moved a little,
 * so that none is zero. */
static inline int make_model(struct heed_model *m, const char *spec, uint64_t seed)
{
    struct heed_shape shape = {0};
    struct heed_sides sides;
    struct heed_rng rng;
    heed_options_default(heed_shape_rows, &shape);
    if (heed_options_spec(heed_shape_rows, &shape, "model", spec, &err) || make_sides(&sides) ||
        heed_model_create(m, &shape, &sides, seed, &err))
        return -1;
    m->limits = (struct heed_limits){.max_src = 6, .max_tgt = 8, .ratio = 2};
    heed_rng_seed(&rng, seed, 77);
    for (size_t i = 0; i < m->net.params.n; i++) {
        struct heed_tensor *x = &m->net.params.items[i]->value;
        for (int64_t j = 0; j < heed_elements(x); j++)
            x->data[j] += 0.6f * (float)(heed_rng_u64(&rng) >> 40) / (float)(1 << 24) - 0.3f;
    }
    m->net.params.version++;
    return 0;
}

/* Rows of several lengths, not sorted, one of source length 0;
 * ids behind the lengths are not pad. */
enum { MAKE_B = 6, MAKE_S = 5, MAKE_T = 6 };
static const int32_t make_src[MAKE_B * MAKE_S] = {4,       5,  6, 9, 9, /**/ 7,  9, 9, 9, 9,
                                                  /**/ 8,  7,  6, 5, 4, 9,       9, 9, 9, 9,
                                                  /**/ 10, 11, 9, 9, 9, /**/ 12, 3, 4, 5, 9};
static const int32_t make_src_len[MAKE_B] = {3, 1, 5, 0, 2, 4};
static const int32_t make_tgt[MAKE_B * MAKE_T] = {5,      6, 2, 9,  9,  9, /**/ 4, 2, 9, 9, 9, 9,
                                                  /**/ 7, 8, 9, 10, 11, 2, 4,      2, 9, 9, 9, 9,
                                                  /**/ 3, 4, 5, 12, 2,  9, /**/ 6, 7, 2, 9, 9, 9};
static const int32_t make_tgt_len[MAKE_B] = {3, 2, 6, 2, 5, 3};
static const int64_t make_lines[MAKE_B] = {0, 1, 2, 3, 4, 5};
static const struct heed_batch make_batch = {
    MAKE_B, MAKE_S, MAKE_T, make_src, make_src_len, make_tgt, make_tgt_len, make_lines, 0, 0, NULL};

/* Rows for the same ids, of a source of numbers: its stack times src-width is MAKE_NUMBERS. */
enum { MAKE_NUMBERS = 6 };
static inline const float *make_table(void)
{
    static float table[(MAKE_WORDS + HEED_SPECIALS) * MAKE_NUMBERS];
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        table[i] = (float)(i * 7 % 11) / 5 - 1;
    return table;
}

static inline void make_options(struct heed_train_options *o, const char *spec)
{
    heed_options_default(heed_train_rows, o);
    if (spec && heed_options_spec(heed_train_rows, o, "train", spec, &err))
        BUG("%s", err.text);
}

#endif
