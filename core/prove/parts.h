/* parts.h: what prove.c, score.c, cell.c and tokenizer.c share. */
#ifndef HEED_PROVE_PARTS_H
#define HEED_PROVE_PARTS_H

#include "base/arena.h"
#include "prove/prove.h"
#include "prove/gradcheck.h"

struct check {
    struct heed_instance in;
    int fd; /* lines to the parent */
};

typedef int check_fn(struct check *c, struct heed_err *err);
/* Tells the parent what is tried, tries it, and says how it ended. */
void heed_check_try(struct check *c, const char *property, check_fn *fn);

void heed_check_score(struct check *c);
void heed_check_cell(struct check *c);
void heed_check_tokenizer(struct check *c);

/* A fresh setting for one property: arenas, parameters, tape with guard zones, the plugin's own
 * data set up. */
struct check_world {
    struct heed_arena model, step;
    struct heed_params params;
    struct heed_tape tape;
    void *self; /* a copy of the instance's, before setup */
    const struct heed_plugin *plugin;
};
int heed_check_world_open(struct check_world *w, struct check *c, int64_t query_width,
                          int64_t key_width, int64_t hidden, struct heed_err *err) HEED_MUST_USE;
void heed_check_world_close(struct check_world *w);
/* Guard zones whole, tape not sour. */
int heed_check_world_end(struct check_world *w, struct heed_err *err) HEED_MUST_USE;

/* n numbers N(0,1), malloc'ed: a function of seed. */
float *heed_check_numbers(int64_t n, uint64_t seed);
int heed_check_finite(const char *what, const float *x, int64_t n,
                      struct heed_err *err) HEED_MUST_USE;
/* Equal bytes, or "scores: number 3 is 0.5, was 0.25: WHY". */
int heed_check_equal(const char *what, const float *now, const float *before, int64_t n,
                     const char *why, struct heed_err *err) HEED_MUST_USE;
int heed_check_shape(const char *what, const struct heed_tensor *x, int rank, const int64_t *dims,
                     struct heed_err *err) HEED_MUST_USE;

#endif
