/* listing.c: see listing.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "net/listing.h"
#include "tensor/chosen.h"

/* A source that is there, or was. */
struct listed {
    float *ids;     /* [S] as they stand in the slot; NULL: a place that is free */
    int32_t *words; /* [n] that may follow it */
    int32_t n;
    bool used, masked; /* masked: its mask is of the columns that are there */
};
struct heed_listing {
    struct heed_chosen columns;
    bool laid_out;
    int32_t *words, n;         /* [n] that the columns are of, K; room for all */
    int32_t *at;               /* [V] place among them, -1: none */
    int32_t *wanted, n_wanted; /* [V] by how many sources; by any */
    uint8_t *seen;             /* [V] zeros, between calls */
    int32_t *one;              /* [V] words of a source */
    struct listed *sources;    /* [room] */
    float *masks;              /* [room, K]: 0 or -inf */
    int32_t room;
    int64_t size;   /* floats of masks */
    int32_t *place; /* [n_places] among sources, of each source of the state */
    int32_t n_places, cap_places;
};

void heed_net_list(struct heed_net *net, const struct heed_shortlist *list)
{
    if (net->copying && list)
        BUG("a list of words for a net that copies");
    if (list && !net->list)
        net->listed = heed_net_slot(net, "listed", HEED_SLOT_SOURCE);
    else if (!list && net->list)
        free((char *)net->slots[--net->n_slots].name);
    net->list = list;
}

struct heed_tensor *heed_net_source(const struct heed_net *net, struct heed_tape *t,
                                    const struct heed_source *src, int64_t S)
{
    if (!net->list)
        return NULL;
    struct heed_tensor *x = heed_tensor_zero(t, 2, (int64_t[]){src->B * S, 1});
    for (int32_t b = 0; b < src->B; b++)
        for (int32_t s = 0; s < src->len[b]; s++)
            x->data[b * S + s] = (float)src->ids[b * src->S + s];
    return x;
}

/* Sources that are not told make a slot without width. */
void heed_listing_begin(const struct heed_net *net, struct heed_tape *t,
                        const struct heed_memory *memory, struct heed_state *s)
{
    struct heed_tensor *none = heed_tensor_zero(t, 2, (int64_t[]){memory->B * s->S, 0});
    heed_state_put(s, net->listed, memory->source ? memory->source : none);
    s->listing = heed_new0(s->arena, struct heed_listing, 1);
}

bool heed_listing_follows(const struct heed_net *net, const struct heed_state *s)
{
    return heed_state_width(s, net->listed) > 0;
}

const int32_t *heed_state_words(const struct heed_state *s)
{
    return s->listing && s->listing->laid_out ? s->listing->words : NULL;
}

/* --- sources --- */

static void make_room(const struct heed_net *net, const struct heed_state *s,
                      struct heed_listing *l)
{
    int32_t V = net->tgt_words;
    heed_chosen_init(&l->columns, (struct heed_params *)&net->params, s->arena,
                     net->out_w ? net->out_w : net->tgt_embed, !net->out_w, net->out_b);
    l->words = heed_new(s->arena, int32_t, V);
    l->one = heed_new(s->arena, int32_t, V);
    l->at = heed_new(s->arena, int32_t, V);
    l->wanted = heed_new0(s->arena, int32_t, V);
    l->seen = heed_new0(s->arena, uint8_t, V);
    for (int32_t i = 0; i < V; i++)
        l->at[i] = -1;
    l->laid_out = true;
}

static bool is_source(const struct heed_state *s, const struct listed *x, const float *ids)
{
    return x->ids && memcmp(x->ids, ids, sizeof *ids * (size_t)s->S) == 0;
}

static int32_t find(const struct heed_state *s, const struct heed_listing *l, const float *ids)
{
    for (int32_t i = 0; i < l->room; i++)
        if (is_source(s, &l->sources[i], ids))
            return i;
    return -1;
}

static int32_t free_place(const struct heed_state *s, struct heed_listing *l)
{
    int32_t i = 0, room = HEED_MAX(2 * l->room, s->n_sources);
    while (i < l->room && l->sources[i].ids)
        i++;
    if (i < l->room)
        return i;
    struct listed *more = heed_new0(s->arena, struct listed, room);
    for (int32_t k = 0; k < l->room; k++) {
        more[k] = l->sources[k];
        more[k].masked = false;
    }
    l->sources = more;
    l->room = room;
    return i;
}

/* Its words, of which some may have no column yet. */
static int32_t enter(const struct heed_net *net, const struct heed_state *s, struct heed_listing *l,
                     const float *ids, int32_t len, bool *lacking)
{
    int32_t place = free_place(s, l), own[64], n = 0;
    struct listed *x = &l->sources[place];
    for (int32_t i = 0; i < HEED_MAX(len, 1); i += 64) { /* without one: those that always may */
        int32_t many = HEED_MIN(64, len - i);
        for (int32_t k = 0; k < many; k++)
            own[k] = (int32_t)ids[i + k];
        n += heed_shortlist_add(net->list, own, many, l->seen, l->one + n);
    }
    x->ids = memcpy(heed_new(s->arena, float, s->S), ids, sizeof *ids * (size_t)s->S);
    x->words = memcpy(heed_new(s->arena, int32_t, n + 1), l->one, sizeof *l->one * (size_t)n);
    x->n = n;
    x->masked = false;
    for (int32_t k = 0; k < n; k++) {
        l->seen[x->words[k]] = 0;
        l->n_wanted += l->wanted[x->words[k]]++ == 0;
        *lacking = *lacking || l->at[x->words[k]] < 0;
    }
    return place;
}

static void leave(struct heed_listing *l, struct listed *x)
{
    for (int32_t k = 0; k < x->n; k++)
        l->n_wanted -= --l->wanted[x->words[k]] == 0;
    x->ids = NULL;
}

/* --- columns and masks --- */

static void lay_out(const struct heed_net *net, struct heed_listing *l)
{
    int32_t n = 0;
    for (int32_t i = 0; i < l->n; i++)
        l->at[l->words[i]] = -1;
    for (int32_t v = 0; v < net->tgt_words; v++)
        if (l->wanted[v]) {
            l->at[v] = n;
            l->words[n++] = v;
        }
    l->n = n;
    for (int32_t i = 0; i < l->room; i++)
        l->sources[i].masked = false;
    heed_chosen_take(&l->columns, l->words, n);
}

static void mask_all(const struct heed_state *s, struct heed_listing *l)
{
    int64_t size = (int64_t)l->room * l->n;
    if (size > l->size) {
        l->size = size + size / 2;
        l->masks = heed_new(s->arena, float, l->size);
        for (int32_t i = 0; i < l->room; i++)
            l->sources[i].masked = false;
    }
    for (int32_t i = 0; i < l->room; i++) {
        struct listed *x = &l->sources[i];
        float *mask = l->masks + (int64_t)i * l->n;
        if (!x->ids || x->masked)
            continue;
        for (int32_t k = 0; k < l->n; k++)
            mask[k] = -INFINITY;
        for (int32_t k = 0; k < x->n; k++)
            mask[l->at[x->words[k]]] = 0;
        x->masked = true;
    }
}

/* --- following the sources --- */

static bool unchanged(const struct heed_state *s, const struct heed_listing *l, const float *ids)
{
    bool same = l->n_places == s->n_sources;
    for (int32_t b = 0; b < s->n_sources && same; b++)
        same = is_source(s, &l->sources[l->place[b]], ids + b * s->S);
    return same;
}

/* Sources that are there keep their place; those that left make room. */
static void match(const struct heed_state *s, struct heed_listing *l, const float *ids)
{
    for (int32_t i = 0; i < l->room; i++)
        l->sources[i].used = false;
    for (int32_t b = 0; b < s->n_sources; b++) {
        l->place[b] = find(s, l, ids + b * s->S);
        if (l->place[b] >= 0)
            l->sources[l->place[b]].used = true;
    }
    for (int32_t i = 0; i < l->room; i++)
        if (l->sources[i].ids && !l->sources[i].used)
            leave(l, &l->sources[i]);
}

static void follow(const struct heed_net *net, const struct heed_state *s, struct heed_listing *l,
                   const float *ids)
{
    bool lacking = false;
    if (!l->laid_out)
        make_room(net, s, l);
    if (unchanged(s, l, ids))
        return;
    if (s->n_sources > l->cap_places) {
        l->cap_places = 2 * s->n_sources;
        l->place = heed_new(s->arena, int32_t, l->cap_places);
    }
    match(s, l, ids);
    for (int32_t b = 0; b < s->n_sources; b++) {
        if (l->place[b] < 0) /* the same one may have entered meanwhile */
            l->place[b] = find(s, l, ids + b * s->S);
        if (l->place[b] < 0)
            l->place[b] = enter(net, s, l, ids + b * s->S, s->len[b], &lacking);
    }
    if (lacking || 2 * l->n_wanted < l->n)
        lay_out(net, l);
    mask_all(s, l);
    l->n_places = s->n_sources;
}

struct heed_tensor *heed_listing_logits(const struct heed_net *net, struct heed_tape *t,
                                        const struct heed_state *s, struct heed_tensor *readout)
{
    struct heed_listing *l = s->listing;
    follow(net, s, l, heed_state_get(s, net->listed, t)->data);
    struct heed_tensor *logits = heed_tensor_new(t, 2, (int64_t[]){s->n, l->n});
    heed_chosen_product(&l->columns, t->arena, s->n, readout->data, logits->data);
    for (int32_t i = 0; i < s->n; i++) {
        float *row = logits->data + (int64_t)i * l->n;
        heed_vec()->add((size_t)l->n, row, l->masks + (int64_t)l->place[s->source[i]] * l->n, row);
    }
    return logits;
}
