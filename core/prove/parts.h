/* parts.h: what the files of this floor share: world.c below, score.c, cell.c, tokenizer.c, product.c on it,
 * prove.c above. */
#ifndef HEED_PROVE_PARTS_H
#define HEED_PROVE_PARTS_H

#include "base/arena.h"
#include "prove/prove.h"
#include "prove/gradcheck.h"

struct check {
    struct heed_instance in;
    int fd; /* lines to the parent */
};

/* --- world.c --- */

/* A line to the parent: '>' and a property that is tried, '+' or '-' and a reason, '=' at the end. */
void heed_check_tell(struct check *c, char mark, const char *text);
typedef int check_fn(struct check *c, struct heed_err *err);
/* Tells the parent what is tried, tries it, and says how it ended. */
void heed_check_try(struct check *c, const char *property, check_fn *fn);

#define CHECK_LAYERS 2
/* A fresh setting for one property: arenas, parameters, tape with guard zones, the plugin in one
 * place of a model or in two. */
struct check_world {
    struct heed_arena model, step;
    struct heed_params params;
    struct heed_tape tape;
    const struct heed_plugin *plugin;
    struct heed_layer layer[CHECK_LAYERS];
    int n_layers;
};
/* places: layer and widths of each; the rest is set here. Parameters have values that depend on
 * their names, none is zero. */
int heed_check_world_open(struct check_world *w, struct check *c, const struct heed_setup *places,
                          int n, struct heed_err *err) HEED_MUST_USE;
void heed_check_world_close(struct check_world *w);
/* Guard zones whole, tape not sour. */
int heed_check_world_end(struct check_world *w, struct heed_err *err) HEED_MUST_USE;

/* What layer `at` of the world, the first or second of the two places, gives for numbers that depend
 * on `layer` alone: n results, malloc'ed. */
typedef int heed_check_layer_fn(struct check_world *w, int at, int layer, float **out, int64_t *n,
                                struct heed_err *err);
/* What a layer keeps must be its own: beside another one it gives the bytes that it gives alone. */
int heed_check_layers(struct check *c, const struct heed_setup *places, heed_check_layer_fn *run,
                      struct heed_err *err) HEED_MUST_USE;

/* n numbers N(0,1), malloc'ed: a function of seed. */
float *heed_check_numbers(int64_t n, uint64_t seed);
int heed_check_finite(const char *what, const float *x, int64_t n,
                      struct heed_err *err) HEED_MUST_USE;
/* Equal bytes, or "scores: number 3 is 0.5, was 0.25: WHY". */
int heed_check_equal(const char *what, const float *now, const float *before, int64_t n,
                     const char *why, struct heed_err *err) HEED_MUST_USE;
int heed_check_shape(const char *what, const struct heed_tensor *x, int rank, const int64_t *dims,
                     struct heed_err *err) HEED_MUST_USE;

/* --- one file for each kind --- */
void heed_check_score(struct check *c);
void heed_check_cell(struct check *c);
void heed_check_tokenizer(struct check *c);
void heed_check_product(struct check *c);
void heed_check_reduce(struct check *c);

#endif
