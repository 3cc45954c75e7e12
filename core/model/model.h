/* model.h: what one file holds: a net, the words of both its sides, and how long its texts are.
 *
 * The file (file.c): metadata kind=model, the shape's rows, plugin.PART as NAME/ABI/REVISION, limits, what
 * it was measured by, of a net that reads features how they are made (features.NAME);
 * tensors: every parameter by its name, vocabularies and tokenizers. No run, time, host, path or
 * thread count: equal training, equal bytes. A checkpoint is the same with more in it. */
#ifndef HEED_MODEL_H
#define HEED_MODEL_H

#include "data/text.h"
#include "model/confidence.h"
#include "model/seen.h"
#include "net/net.h"
#include "sound/rows.h"

struct heed_limits {          /* learnt from the training data: how an output may be */
    int64_t max_src, max_tgt; /* tokens, without eos */
    double ratio;             /* largest tgt/src */
    int64_t repeats; /* of a block in targets, see data/repeats.h; 0: nothing out of the way */
};

/* What chose it: option words such as "bleu", "13a"; "none", "auto" without dev pairs; empty: it is
 * older than that. */
struct heed_measured {
    char metric[16], tokens[16];
};

struct heed_model {
    struct heed_net net;
    struct heed_sides sides;
    struct heed_limits limits;
    struct heed_seen seen;
    struct heed_shortlist shortlist;   /* of a model that is run; n_src 0: none */
    struct heed_confidence confidence; /* of a model that is run */
    struct heed_measured measured;
    struct heed_sound_options sound; /* how features were made, of a net that reads them */
    char fingerprint[65];            /* of the file it came from; empty for a new model */
    struct heed_map file;            /* where weights of a loaded model lie */
};

/* A new model, filled from the seed; plugins may be named by paths. Takes over `sides` (moved: the
 * caller's is zeroed, also on failure). */
int heed_model_create(struct heed_model *m, const struct heed_shape *shape,
                      struct heed_sides *sides, uint64_t seed, struct heed_err *err) HEED_MUST_USE;
/* From a file, to be run: weights stay where they lie in it (map.h), only to be read. Which plugins: the model
 * decides; places (may be NULL) only say where those outside the tree lie. */
int heed_model_load(struct heed_model *m, const char *path, const struct heed_places *places,
                    struct heed_err *err) HEED_MUST_USE;
/* The same, to be trained: weights are copied. */
int heed_model_from_doc(struct heed_model *m, const struct heed_doc *doc,
                        const struct heed_places *places, struct heed_err *err) HEED_MUST_USE;
/* Adds shape, sides and weights to doc (weights borrowed: write before the next update). */
void heed_model_to_doc(const struct heed_model *m, struct heed_doc *doc);
/* fingerprint (may be NULL) gets the new file's. */
int heed_model_save(const struct heed_model *m, const char *path, char fingerprint[65],
                    struct heed_err *err) HEED_MUST_USE;
void heed_model_release(struct heed_model *m);
/* Copies the values of same-named, same-shaped parameters of doc into the net; every one must be
 * there. And what training has shown. */
int heed_model_weights(struct heed_model *m, const struct heed_doc *doc,
                       struct heed_err *err) HEED_MUST_USE;

/* Core's matrices and embeddings become whole numbers of 8 bits (tensor/int8.h), in the model's own memory; what is
 * small, and what plugins look at, stays. From then on the model is run, and not trained. Returns how many
 * tensors. */
int heed_model_quantize(struct heed_model *m);
/* The mean of models that are alike but in their weights: shape, vocabularies. What training showed any of them, and
 * the longest lengths, are the mean's; its confidence is none's. */
struct heed_model_mean {
    double **sums; /* of each parameter's values; NULL before the first model */
    size_t n_params;
    int64_t n;
};
/* Adds a model; m, the first one, is what the others must be like. */
int heed_model_mean_add(struct heed_model_mean *mean, struct heed_model *m,
                        const struct heed_model *other, struct heed_err *err) HEED_MUST_USE;
/* m becomes the mean. */
void heed_model_mean_take(const struct heed_model_mean *mean, struct heed_model *m);
void heed_model_mean_release(struct heed_model_mean *mean);

/* Fails for a model that copies. */
int heed_model_may_list(const struct heed_model *m, struct heed_err *err) HEED_MUST_USE;
/* Its list of words is this one, taken over, and what it searches from now on follows it. Fails for a model
 * that copies. */
int heed_model_list(struct heed_model *m, struct heed_shortlist *list,
                    struct heed_err *err) HEED_MUST_USE;
/* A frame of a stream as sources of the model: ids, or features, which become ids that number rows of out->table, in the
 * arena. Fails where the width is another. features.c */
int heed_model_source(const struct heed_model *m, const struct heed_doc *frame,
                      struct heed_arena *arena, struct heed_batch *out,
                      struct heed_err *err) HEED_MUST_USE;
/* Were features, as the head of their stream tells, made as the model's? One that tells nothing is believed, and so are
 * streams of other types. */
int heed_model_check_stream(const struct heed_model *m, const char *type,
                            const struct heed_doc *head, struct heed_err *err) HEED_MUST_USE;
/* How many numbers of a frame stand beside one another as on a scale, of a net that reads such: what is behind them is made
 * of them. */
static inline int64_t heed_model_bands(const struct heed_model *m)
{
    return m->sound.bands;
}
/* Fails, as a mistake of usage, for a model whose sources are features. what: "tokenize". */
int heed_model_wants_words(const struct heed_model *m, const char *what,
                           struct heed_err *err) HEED_MUST_USE;
/* Weights as they take room in its file: bytes of tensors of parameters. */
int64_t heed_model_weight_bytes(const struct heed_model *m);

/* How many target tokens may follow a source of so many, without eos. */
int64_t heed_length_limit(const struct heed_model *m, int64_t src_len);

#endif
