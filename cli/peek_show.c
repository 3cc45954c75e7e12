/* peek_show.c: a document as text and as JSON. */
#include <math.h>
#include <string.h>

#include "cli/peek.h"

/* --- values --- */

static void add_shape(struct heed_str *out, const struct heed_array *a)
{
    heed_str_add_char(out, '[');
    for (int k = 0; k < a->rank; k++)
        heed_str_printf(out, "%s%lld", k ? "," : "", (long long)a->dims[k]);
    heed_str_add_char(out, ']');
}

/* --- text --- */

static void show_array(struct peek *p, const struct heed_array *a, int width)
{
    struct heed_str shape = {0};
    struct heed_array_stats s = heed_array_stats(a);
    char min[40], max[40], mean[40];
    add_shape(&shape, a);
    heed_str_printf(&p->text, "  %-*s %-4s %-14s", width, a->name, a->dtype_text, shape.data);
    heed_str_release(&shape);
    if (s.n) {
        snprintf(mean, sizeof(mean), "%.6g", s.mean);
        /* What came from floats is shown as floats are. */
        if (a->dtype == HEED_F32) {
            heed_format_f32(min, sizeof(min), (float)s.min);
            heed_format_f32(max, sizeof(max), (float)s.max);
        } else {
            heed_format_f64(min, sizeof(min), s.min);
            heed_format_f64(max, sizeof(max), s.max);
        }
        heed_str_printf(&p->text, " min %s max %s mean %s", min, max, mean);
    }
    if (s.n_bad)
        heed_str_printf(&p->text, " not finite %lld", (long long)s.n_bad);
    heed_str_add_char(&p->text, '\n');
}

static int64_t rows_shown(const struct peek *p, const struct heed_array *a)
{
    int64_t n = a->rank ? a->dims[0] : 1;
    return p->rows && p->rows < n ? p->rows : n;
}

/* A line for each run of the last dimension, its place in front: "    [0,2] 1 5 8". */
static void show_values(struct peek *p, const struct heed_array *a)
{
    int64_t n = heed_array_count(a), rows = a->rank ? a->dims[0] : 1;
    int64_t width = a->rank > 1 ? a->dims[a->rank - 1] : 1;
    if (a->dtype == HEED_OTHER || n == 0)
        return;
    for (int64_t i = 0; i < n / rows * rows_shown(p, a); i += width) {
        int64_t rest = i / width, place[HEED_DOC_RANK_MAX] = {0};
        int outer = HEED_MAX(a->rank - (a->rank > 1), 0);
        for (int k = outer - 1; k >= 0; k--) {
            place[k] = rest % a->dims[k];
            rest /= a->dims[k];
        }
        heed_str_add_text(&p->text, "    [");
        for (int k = 0; k < outer; k++)
            heed_str_printf(&p->text, "%s%lld", k ? "," : "", (long long)place[k]);
        heed_str_add_char(&p->text, ']');
        for (int64_t k = 0; k < width; k++) {
            heed_str_add_char(&p->text, ' ');
            heed_array_text(&p->text, a, i + k);
        }
        heed_str_add_char(&p->text, '\n');
    }
}

static void add_word(struct heed_str *out, const struct heed_array *vocab, int64_t id)
{
    char word[256];
    size_t n = 0;
    const char *at = heed_vocab_piece(vocab, id, &n);
    heed_str_add_char(out, ' ');
    if (at)
        heed_str_add(out, word, heed_escape(word, sizeof(word), at, n));
    else
        heed_str_printf(out, "#%lld", (long long)id);
}

static bool is_shaped(const struct heed_array *a, enum heed_dtype dtype, int rank)
{
    return a && a->dtype == dtype && a->rank == rank;
}

/* A stream may be of a type that nobody checks: what is not made as ids and lengths are has no
 * words. */
static void show_words(struct peek *p, const struct heed_doc *d, const char *name)
{
    char key[64];
    const struct heed_array *vocab = p->words_of ? heed_doc_vocab(p->words_of, name) : NULL;
    const struct heed_array *ids = heed_doc_find(d, name);
    snprintf(key, sizeof(key), "%s_len", name);
    const struct heed_array *len = heed_doc_find(d, key), *line = heed_doc_find(d, "line");
    if (!vocab || !ids || ids->rank < 2 || !is_shaped(ids, HEED_I32, ids->rank) ||
        !is_shaped(len, HEED_I32, ids->rank - 1) ||
        memcmp(len->dims, ids->dims, sizeof(*len->dims) * (size_t)len->rank) != 0 || !len->dims[0])
        return;
    if (line && (!is_shaped(line, HEED_I64, 1) || line->dims[0] != len->dims[0]))
        line = NULL;
    int64_t width = ids->dims[ids->rank - 1], per_row = heed_array_count(len) / len->dims[0];
    for (int64_t i = 0; i < per_row * rows_shown(p, ids); i++) {
        heed_str_printf(
            &p->text, "    %s %lld:", name,
            (long long)(line ? ((const int64_t *)line->data)[i / per_row] : i / per_row));
        int64_t n = HEED_MIN(width, ((const int32_t *)len->data)[i]);
        for (int64_t k = 0; k < n; k++)
            add_word(&p->text, vocab, ((const int32_t *)ids->data)[i * width + k]);
        heed_str_add_char(&p->text, '\n');
    }
}

static void show_metadata(struct peek *p, const struct heed_doc *d)
{
    static const char *const told[] = {"heed", "frame", "seq", "type", "producer"};
    for (size_t i = 0; i < d->n_meta; i++) {
        bool known = false;
        for (size_t k = 0; k < HEED_COUNT(told); k++)
            known |= !d->foreign && strcmp(d->meta[i].key, told[k]) == 0;
        if (known)
            continue;
        char key[256], value[1024];
        heed_escape(key, sizeof(key), d->meta[i].key, strlen(d->meta[i].key));
        heed_escape(value, sizeof(value), d->meta[i].value, strlen(d->meta[i].value));
        heed_str_printf(&p->text, "  %s=%s\n", key, value);
    }
}

void peek_show(struct peek *p, const char *title, const char *kind, const struct heed_doc *d)
{
    heed_str_printf(&p->text, "%s\n", title);
    show_metadata(p, d);
    int width = 8;
    for (size_t i = 0; i < d->n_arrays; i++)
        width = HEED_MAX(width, (int)strlen(d->arrays[i].name));
    for (size_t i = 0; i < d->n_arrays; i++) {
        const struct heed_array *a = &d->arrays[i];
        if (p->tensor && strcmp(p->tensor, a->name) != 0)
            continue;
        show_array(p, a, width);
        if (p->values)
            show_values(p, a);
    }
    if (p->words && strcmp(kind, "data") == 0) {
        show_words(p, d, "src");
        show_words(p, d, "tgt");
    }
}

/* --- JSON --- */

static void add_number(struct heed_str *out, const char *key, double v)
{
    char text[40];
    heed_format_f64(text, sizeof(text), v);
    heed_str_printf(out, ",\"%s\":%s", key, text);
}

static void add_values(struct heed_str *out, const struct heed_array *a, int64_t n)
{
    heed_str_add_text(out, ",\"values\":[");
    for (int64_t i = 0; i < n; i++) {
        if (i)
            heed_str_add_char(out, ',');
        if (isfinite(heed_array_value(a, i)))
            heed_array_text(out, a, i);
        else
            heed_str_add_text(out, "null"); /* JSON has no other word for it */
    }
    heed_str_add_char(out, ']');
}

static void add_array(struct peek *p, const struct heed_array *a)
{
    struct heed_array_stats s = heed_array_stats(a);
    heed_str_add_text(&p->text, "{\"name\":");
    heed_json_string(&p->text, a->name);
    heed_str_printf(&p->text, ",\"dtype\":\"%s\",\"shape\":", a->dtype_text);
    add_shape(&p->text, a);
    if (s.n) {
        add_number(&p->text, "min", s.min);
        add_number(&p->text, "max", s.max);
        add_number(&p->text, "mean", s.mean);
    }
    heed_str_printf(&p->text, ",\"not_finite\":%lld", (long long)s.n_bad);
    if (p->values && a->dtype != HEED_OTHER && a->rank && a->dims[0])
        add_values(&p->text, a, heed_array_count(a) / a->dims[0] * rows_shown(p, a));
    heed_str_add_char(&p->text, '}');
}

void peek_show_json(struct peek *p, const char *kind, const struct heed_doc *d)
{
    heed_str_printf(&p->text, "{\"kind\":\"%s\",\"metadata\":{", kind);
    for (size_t i = 0; i < d->n_meta; i++) {
        if (i)
            heed_str_add_char(&p->text, ',');
        heed_json_string(&p->text, d->meta[i].key);
        heed_str_add_char(&p->text, ':');
        heed_json_string(&p->text, d->meta[i].value);
    }
    heed_str_add_char(&p->text, '}');
    if (d->fingerprint[0])
        heed_str_printf(&p->text, ",\"fingerprint\":\"%s\"", d->fingerprint);
    heed_str_add_text(&p->text, ",\"tensors\":[");
    bool any = false;
    for (size_t i = 0; i < d->n_arrays; i++) {
        if (p->tensor && strcmp(p->tensor, d->arrays[i].name) != 0)
            continue;
        if (any)
            heed_str_add_char(&p->text, ',');
        any = true;
        add_array(p, &d->arrays[i]);
    }
    heed_str_add_text(&p->text, "]}\n");
}
