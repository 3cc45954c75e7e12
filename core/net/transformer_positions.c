/* transformer_positions.c: where a token stands.
 *
 * sinusoidal: added to the embedding, which is scaled by sqrt(d) (Vaswani et al. 2017, 3.4, 3.5); learnt: a
 * row of a table in its place (Gehring et al. 2017). rotary: nothing is added, queries and keys are turned by
 * angles that grow with the position, so that scores see differences (Su et al. 2021). Rows of the first
 * positions are kept; of those behind they are computed, by the same lines. */
#include <math.h>
#include <string.h>

#include "net/transformer.h"

#define TABLE 512 /* positions */

/* --- rows of a position --- */

static int64_t row_width(const struct tf_half *half)
{
    return half->positions == HEED_ROTARY ? half->width / half->heads / 2 * 3 : half->width;
}

static double angle_of(int64_t position, int64_t pair, int64_t width)
{
    return (double)position / pow(10000, (double)(2 * pair) / (double)width);
}

static void make_row(const struct tf_half *half, int64_t position, float *row)
{
    int64_t head = half->width / half->heads, n = head / 2;
    if (half->positions == HEED_ROTARY) {
        for (int64_t i = 0; i < n; i++) {
            double angle = angle_of(position, i, head);
            row[i] = (float)cos(angle);
            row[n + i] = (float)sin(angle);
            row[2 * n + i] = -row[n + i];
        }
        return;
    }
    for (int64_t i = 0; i < half->width; i++) {
        double angle = angle_of(position, i / 2, half->width);
        row[i] = (float)(i % 2 ? cos(angle) : sin(angle));
    }
}

float *heed_tf_table(const struct tf_half *half)
{
    int64_t width = row_width(half);
    if (half->positions == HEED_LEARNT)
        return NULL;
    float *table = heed_xmalloc(sizeof *table * (size_t)(TABLE * width + 1));
    for (int64_t i = 0; i < TABLE; i++)
        make_row(half, i, table + i * width);
    return table;
}

/* Of each token: [N,width], a constant. */
static struct heed_tensor *rows_of(const struct tf_run *r)
{
    int64_t width = row_width(r->half);
    float *rows = heed_tape_alloc(r->t, sizeof *rows * (size_t)(r->N * width + 1));
    for (int64_t i = 0; i < r->N; i++) {
        if (r->time[i] >= TABLE)
            make_row(r->half, r->time[i], rows + i * width);
        else
            memcpy(rows + i * width, r->half->table + r->time[i] * width,
                   sizeof *rows * (size_t)width);
    }
    return heed_tensor_wrap(r->t, 2, (int64_t[]){r->N, width}, rows, false);
}

/* --- what they do --- */

static struct heed_tensor *learnt(const struct tf_run *r)
{
    int32_t *index = heed_tape_alloc(r->t, sizeof *index * (size_t)(r->N + 1));
    for (int64_t i = 0; i < r->N; i++)
        index[i] = HEED_MIN(r->time[i], HEED_POSITIONS_LEARNT - 1);
    return heed_gather(r->t, r->half->position, index, r->N);
}

struct heed_tensor *heed_tf_embed(const struct tf_run *r, struct heed_tensor *table,
                                  const int32_t *ids, uint32_t site)
{
    struct heed_tensor *x = heed_embed(r->t, table, ids, r->N);
    return heed_tf_place(r, heed_scale(r->t, x, sqrtf((float)r->half->width), 0), site);
}

struct heed_tensor *heed_tf_place(const struct tf_run *r, struct heed_tensor *x, uint32_t site)
{
    if (r->half->positions != HEED_ROTARY)
        x = heed_add(r->t, x, r->half->position ? learnt(r) : rows_of(r));
    return r->drop ? heed_dropout(r->t, x, r->drop->embed, site, r->row,
                                  heed_drop_time(r->drop, r->time))
                   : x;
}

struct heed_tensor *heed_tf_turn(const struct tf_run *r, struct heed_tensor *x)
{
    int32_t G = r->half->heads;
    int64_t head = r->half->width / G;
    x = heed_reshape(r->t, x, 2, (int64_t[]){r->N * 3 * G, head});
    return r->half->positions == HEED_ROTARY ? heed_rotate(r->t, x, rows_of(r), 3 * G, 2 * G) : x;
}
