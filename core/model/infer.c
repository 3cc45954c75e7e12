/* infer.c: the engine: encoder and text. Decoding: search.c. */
#include <string.h>

#include "model/infer.h"

#define STEP_RESERVE (64ull << 30) /* address space only */

void heed_engine_init(struct heed_engine *e, struct heed_model *m)
{
    memset(e, 0, sizeof *e);
    e->model = m;
    heed_arena_init(&e->step, "step", STEP_RESERVE);
    heed_arena_init(&e->batch, "batch", STEP_RESERVE);
    heed_tape_init(&e->tape, &e->step, &m->params);
    e->tape.training = false;
}

void heed_engine_release(struct heed_engine *e)
{
    heed_tape_release(&e->tape);
    heed_arena_free(&e->step);
    heed_arena_free(&e->batch);
}

/* Final states by k and layer, [B,H] each, to [B,K,L,H]. */
static float *pack_states(struct heed_engine *e, const struct heed_memory *memory,
                          struct heed_encoded *out)
{
    float *state = heed_new(&e->batch, float, out->B * out->K * out->L * out->H);
    for (int64_t b = 0; b < out->B; b++)
        for (int64_t k = 0; k < out->K; k++)
            for (int64_t l = 0; l < out->L; l++)
                memcpy(state + ((b * out->K + k) * out->L + l) * out->H,
                       memory->final[k][l]->data + b * out->H, sizeof(float) * (size_t)out->H);
    return state;
}

static int encode_rows(struct heed_engine *e, int64_t B, int64_t S, const int32_t *src,
                       const int32_t *len, struct heed_encoded *out, struct heed_err *err)
{
    struct heed_memory memory;
    heed_encode(e->model, &e->tape, (int32_t)B, S, src, len, NULL, NULL, NULL, &memory);
    if (heed_tape_failed(&e->tape, err))
        return -1;
    size_t size = sizeof(float) * (size_t)(B * memory.S * out->D);
    out->S = memory.S;
    out->memory = memcpy(heed_arena_alloc(&e->batch, size), memory.rows->data, size);
    out->state = pack_states(e, &memory, out);
    return 0;
}

int heed_engine_encode(struct heed_engine *e, int64_t B, int64_t S, const int32_t *src,
                       const int32_t *len, struct heed_encoded *out, struct heed_err *err)
{
    const struct heed_model *m = e->model;
    bool any = false;

    heed_tape_reset(&e->tape);
    heed_arena_reset(&e->batch);
    *out = (struct heed_encoded){.B = B, .D = m->memory_width};
    out->K = m->encoder[0][0].cell->n_states;
    out->L = m->config.layers * m->directions;
    out->H = m->config.encoder_hidden;
    out->len = memcpy(heed_new(&e->batch, int32_t, B), len, sizeof *len * (size_t)B);
    for (int64_t b = 0; b < B; b++)
        any |= len[b] > 0;
    if (any)
        return encode_rows(e, B, S, src, len, out, err);
    out->memory = heed_new0(&e->batch, float, 1);
    out->state = heed_new0(&e->batch, float, B * out->K * out->L * out->H);
    return 0;
}

int heed_engine_keys(struct heed_engine *e, struct heed_encoded *x, struct heed_err *err)
{
    if (!e->model->score || x->keys)
        return 0;
    if (!e->model->score->keys || x->S == 0) {
        x->keys = x->memory;
        x->key_width = x->D;
        return 0;
    }
    heed_tape_reset(&e->tape);
    struct heed_tensor *memory =
        heed_tensor_wrap(&e->tape, 2, (int64_t[]){x->B * x->S, x->D}, (float *)x->memory, false);
    struct heed_tensor *keys = heed_attention_keys(e->model, &e->tape, memory);
    if (heed_tape_failed(&e->tape, err))
        return -1;
    size_t size = sizeof(float) * (size_t)heed_elements(keys);
    x->key_width = heed_width(keys);
    x->keys = memcpy(heed_arena_alloc(&e->batch, size), keys->data, size);
    return 0;
}

void heed_hypotheses_release(struct heed_hypotheses *h)
{
    free(h->tgt);
    free(h->tgt_len);
    free(h->align);
    free(h->log_prob);
    free(h->token_log_prob);
    free(h->weights);
    free(h->queries);
    free(h->finish);
    memset(h, 0, sizeof *h);
}

int heed_hypothesis_text(const struct heed_model *m, const struct heed_hypotheses *h, int64_t b,
                         const struct heed_source_text *src, struct heed_str *out,
                         struct heed_err *err)
{
    const int32_t *ids = h->tgt + b * h->T;
    size_t n = (size_t)h->tgt_len[b];
    const char **unknown = src ? heed_xcalloc(n + 1, sizeof *unknown) : NULL;
    for (size_t i = 0; unknown && i < n; i++) {
        int32_t s = h->align[b * h->T + (int64_t)i];
        if (ids[i] == HEED_UNK && s >= 0 && s < src->n && src->end[s] > src->begin[s])
            unknown[i] =
                heed_xstrndup(src->text + src->begin[s], (size_t)(src->end[s] - src->begin[s]));
    }
    int status = heed_side_decode(&m->sides.tgt, ids, n, unknown, out, err);
    for (size_t i = 0; unknown && i < n; i++)
        free((char *)unknown[i]);
    free(unknown);
    return status;
}
