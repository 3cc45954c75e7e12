/* evaluate_read.c: texts and references from their files, one item for each thing to score.
 *
 *   line i of a text + line i of every --ref, or of --refs-tsv  ->  item i of that text
 *   --group-by-source: lines of one source  ->  one item with the references of all of them */
#include <string.h>
#include "cli/evaluate.h"
#include "data/text.h"

/* --- lines --- */

/* Lines as they are scored. sha256, when not NULL, is that of the file as it should be: every line
 * with its LF. */
static int read_lines(struct task *t, struct lines *l, const char *path, int64_t column,
                      char *sha256, struct heed_err *err)
{
    struct heed_text in;
    struct heed_sha256 hash;
    int got;
    if (heed_text_open(&in, path, HEED_CLEAN_LENIENT, 0, err) < 0)
        return -1;
    in.column = column;
    heed_sha256_init(&hash);
    while ((got = heed_text_next(&in, err)) > 0) {
        heed_sha256_add(&hash, in.raw.data, in.raw.len);
        heed_sha256_add(&hash, "\n", 1);
        heed_grow(&l->at, l->n, &l->cap, sizeof(*l->at));
        l->at[l->n++] = heed_xstrndup(in.line.len ? in.line.data : "", in.line.len);
    }
    if (sha256)
        heed_sha256_hex(&hash, sha256);
    t->n_repaired += in.n_repaired;
    t->n_crlf += in.n_crlf;
    heed_text_close(&in);
    return got;
}

static void lines_release(struct lines *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->at[i]);
    free(l->at);
}

/* Whole lines must not look like columns. */
static int check_whole(const struct lines *l, const char *path, struct heed_err *err)
{
    for (size_t i = 0; i < l->n; i++)
        if (strchr(l->at[i], '\t'))
            return heed_fail(err, "%s: line %zu holds a tab; name the column with --ref-column",
                             path, i + 1);
    return 0;
}

static int check_count(const struct task *t, const char *path, const struct lines *l,
                       struct heed_err *err)
{
    size_t want = t->texts[0].lines.n;
    if (l->n == want)
        return 0;
    return heed_fail(err, "%s: %zu line%s, but %zu hypothes%s", path, l->n, l->n == 1 ? "" : "s",
                     want, want == 1 ? "is" : "es");
}

/* --- references --- */

static void add_reference(struct task *t, size_t line, const char *text)
{
    for (size_t k = 0; k < t->n_texts; k++)
        heed_scored_add(&t->texts[k].items[line], text);
}

static int read_ref_files(struct task *t, const struct evaluate *o, struct heed_err *err)
{
    t->files = heed_xcalloc(o->refs.n, sizeof(*t->files));
    t->n_files = o->refs.n;
    for (size_t f = 0; f < o->refs.n; f++) {
        const char *path = o->refs.items[f];
        struct lines *l = &t->files[f];
        if (read_lines(t, l, path, o->ref_column, NULL, err) < 0 ||
            check_count(t, path, l, err) < 0 || (!o->ref_column && check_whole(l, path, err) < 0))
            return -1;
        for (size_t i = 0; i < l->n; i++)
            add_reference(t, i, l->at[i]);
    }
    return 0;
}

/* SOURCE<TAB>REF<TAB>REF…: as many references as a line has. The columns are cut in place. */
static int read_refs_tsv(struct task *t, const char *path, struct heed_err *err)
{
    t->files = heed_xcalloc(1, sizeof(*t->files));
    t->n_files = 1;
    struct lines *l = &t->files[0];
    if (read_lines(t, l, path, 0, NULL, err) < 0 || check_count(t, path, l, err) < 0)
        return -1;
    for (size_t i = 0; i < l->n; i++) {
        char *at = strchr(l->at[i], '\t');
        if (!at)
            return heed_fail(err, "%s: line %zu: no tab, want SOURCE<TAB>REFERENCE...", path,
                             i + 1);
        while (at) {
            *at++ = '\0';
            add_reference(t, i, at);
            at = strchr(at, '\t');
        }
    }
    return 0;
}

static int read_source(struct task *t, const struct evaluate *o, struct heed_err *err)
{
    if (read_lines(t, &t->source, o->group, o->source_column, NULL, err) < 0 ||
        check_count(t, o->group, &t->source, err) < 0)
        return -1;
    size_t n = t->n_items;
    for (size_t k = 0; k < t->n_texts; k++)
        t->n_items = heed_scored_group(t->texts[k].items, n, (const char *const *)t->source.at,
                                       &t->texts[k].n_differing);
    return 0;
}

/* --- all of it --- */

static void hash_refs(struct task *t)
{
    struct heed_sha256 hash;
    heed_sha256_init(&hash);
    for (size_t i = 0; i < t->n_items; i++) {
        const struct heed_scored *item = &t->texts[0].items[i];
        for (size_t r = 0; r < item->n_refs; r++)
            heed_sha256_add(&hash, item->refs[r], strlen(item->refs[r]) + 1);
        heed_sha256_add(&hash, "\n", 1);
    }
    heed_sha256_hex(&hash, t->refs_sha256);
}

static int read_text(struct task *t, struct text *x, int64_t column, struct heed_err *err)
{
    const char *path = strcmp(x->name, "-") ? x->name : NULL;
    if (read_lines(t, &x->lines, path, column, x->sha256, err) < 0)
        return -1;
    if (!x->lines.n)
        return heed_fail(err, "%s: no hypotheses", path ? path : "<stdin>");
    if (check_count(t, x->name, &x->lines, err) < 0)
        return -1;
    x->items = heed_xcalloc(x->lines.n, sizeof(*x->items));
    for (size_t i = 0; i < x->lines.n; i++)
        x->items[i].hyp = x->lines.at[i];
    return 0;
}

int task_read(struct task *t, const struct evaluate *o, struct heed_err *err)
{
    *t = (struct task){.n_texts = HEED_MAX(heed_cli.n_operands, 1)};
    t->texts = heed_xcalloc(t->n_texts, sizeof(*t->texts));
    for (size_t k = 0; k < t->n_texts; k++) {
        t->texts[k].name = heed_cli.n_operands ? heed_cli.operands[k] : "-";
        if (read_text(t, &t->texts[k], o->column, err) < 0)
            return -1;
    }
    t->n_items = t->texts[0].lines.n;
    if ((o->refs_tsv ? read_refs_tsv(t, o->refs_tsv, err) : read_ref_files(t, o, err)) < 0)
        return -1;
    if (o->group && read_source(t, o, err) < 0)
        return -1;
    hash_refs(t);
    return 0;
}

void task_release(struct task *t)
{
    for (size_t k = 0; k < t->n_texts; k++) {
        struct text *x = &t->texts[k];
        for (size_t i = 0; x->items && i < t->n_items; i++)
            free(x->items[i].refs);
        free(x->items);
        lines_release(&x->lines);
        heed_scores_release(&x->scores);
    }
    free(t->texts);
    for (size_t f = 0; f < t->n_files; f++)
        lines_release(&t->files[f]);
    free(t->files);
    lines_release(&t->source);
}
