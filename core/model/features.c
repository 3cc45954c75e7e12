/* features.c: sources that are features: frames of a stream as rows of a table, which ids number. */
#include <string.h>

#include "model/model.h"
#include "stream/schema.h"

int heed_model_wants_words(const struct heed_model *m, const char *what, struct heed_err *err)
{
    if (!heed_net_reads_numbers(&m->net))
        return 0;
    return heed_usage(err, "%s is of words: sources of this model are features of sound", what);
}

int heed_model_check_stream(const struct heed_model *m, const char *type,
                            const struct heed_doc *head, struct heed_err *err)
{
    if (strcmp(type, "features") != 0)
        return 0;
    if (!heed_net_reads_numbers(&m->net))
        return heed_fail(err, "features are no source of this model, which reads words");
    bool told = heed_doc_meta(head, "features.bands") != NULL;
    for (const struct heed_option *row = heed_sound_rows; row->name; row++) {
        char key[HEED_OPTION_KEY];
        struct heed_str want = {0};
        snprintf(key, sizeof key, "features.%s", row->name);
        const char *is = heed_doc_meta(head, key);
        if (!is && told && row->flags & HEED_OPTION_IMPLIED)
            is = row->absent;
        heed_option_text(row, &m->sound, &want);
        bool same = !is || strcmp(is, want.data) == 0;
        if (!same)
            heed_fail(err,
                      "features were made with --%s %s, the model wants %s: features -m MODEL "
                      "makes them",
                      row->name, is, want.data);
        heed_str_release(&want);
        if (!same)
            return -1;
    }
    return 0;
}

static int from_features(const struct heed_model *m, const struct heed_doc *frame,
                         struct heed_arena *arena, struct heed_batch *out, struct heed_err *err)
{
    const struct heed_array *x = heed_doc_want(frame, "features", HEED_F32, 3, err);
    const struct heed_array *len =
        x ? heed_doc_want(frame, "features_len", HEED_I32, 1, err) : NULL;
    int64_t stack = m->net.shape.stack, F = m->net.shape.src_width;
    if (!len)
        return -1;
    if (x->dims[2] != F)
        return heed_fail(err, "tensor features is %lld wide, the model wants %lld",
                         (long long)x->dims[2], (long long)F);
    int64_t B = x->dims[0], S = (x->dims[1] + stack - 1) / stack, width = stack * F;
    const float *from = x->data;
    if (B * S > INT32_MAX)
        return heed_fail(err, "a frame of more than %d steps", INT32_MAX);
    float *rows = heed_new(arena, float, B *S *width + 1);
    int32_t *ids = heed_new(arena, int32_t, B * S + 1), *steps = heed_new(arena, int32_t, B + 1);
    for (int64_t b = 0; b < B; b++) {
        int32_t n = ((const int32_t *)len->data)[b];
        float *to = rows + b * S * width;
        memset(to, 0, sizeof *to * (size_t)(S * width));
        if (n)
            memcpy(to, from + b * x->dims[1] * F, sizeof *to * (size_t)(n * F));
        steps[b] = (int32_t)((n + stack - 1) / stack);
        for (int64_t s = 0; s < S; s++)
            ids[b * S + s] = (int32_t)(b * S + s);
    }
    *out = (struct heed_batch){
        .B = B, .S = S, .src = ids, .src_len = steps, .index = -1, .table = rows};
    return 0;
}

int heed_model_source(const struct heed_model *m, const struct heed_doc *frame,
                      struct heed_arena *arena, struct heed_batch *out, struct heed_err *err)
{
    if (heed_doc_find(frame, "features"))
        return from_features(m, frame, arena, out, err);
    return heed_schema_check_ids(frame, "src", m->sides.src.vocab.n, err) ||
                   heed_batch_from_doc(frame, out, err)
               ? -1
               : 0;
}
