/* risk.h: minimum risk training (Shen et al. 2016): --risk. A model that knows its pairs learns which of the outputs that
 * it would give are good ones by the dev metric, and not how to go on from words that it was given.
 *
 *     candidates of a source x: targets y that the model draws (search's sampler), each once, and the reference
 *     cost(y)   1 - BLEU (each order from 2 on smoothed by one), 1 - chrF, 0 or 1, or the share of tokens that are wrong
 *     Q(y)      p(y|x)^a / sum over the candidates of p^a           a: --risk-sharpness
 *     R(x)      sum of Q(y) cost(y)                                 what is at risk
 *     loss      (1-w) cross-entropy of the reference, a token's + w R, a source's        w: --risk
 *
 * With s = log p(y|x) it is dR/ds = a Q(y) (cost(y) - R): so a candidate is a target whose loss has the weight
 * a Q (R - cost), which is below zero where it is worse than is to be expected. A first pass without dropout finds s, of which the
 * weights are made; a second one learns. Sources are encoded once for all their candidates. What is drawn hangs on
 * seed, update and the row's place in the batch alone. */
#ifndef HEED_RISK_H
#define HEED_RISK_H

#include "train/trainer.h"

/* Of a row of a batch, the reference first; n 0: it is another rank's. */
struct heed_candidates {
    int32_t n;
    const int32_t **ids; /* [n], each with eos */
    int32_t *len;
    float *cost;
};
struct heed_risk {
    struct heed_engine engine;
    struct heed_metric_options how;
    enum heed_figure_kind kind;
    struct heed_candidates *rows; /* of the present batch, in the trainer's batch arena */
};

/* Nothing where the options ask for none. What goes with it is settled: the metric, and what else there is. */
int heed_risk_open(struct heed_trainer *t, struct heed_err *err) HEED_MUST_USE;
void heed_risk_close(struct heed_trainer *t);
/* Candidates of the rows of shards from to from + n of a batch, longest target first. */
int heed_risk_draw(struct heed_trainer *t, const struct heed_batch *b, int from, int n,
                   struct heed_err *err) HEED_MUST_USE;
/* What the loss of a batch is made of. */
struct heed_risk_call {
    const struct heed_dropout_rates *drop;
    double token, source; /* weights of a token's cross-entropy, of a source's risk */
};
/* Up to the gradient, in the tape's slab; source.row are places in the batch. The loss
 * [of zeros] is of the references, without dropout. */
int heed_risk_learn(struct heed_trainer *t, struct heed_lane *lane, const struct heed_lesson *x,
                    const struct heed_risk_call *call, struct heed_loss *loss) HEED_MUST_USE;

#endif
