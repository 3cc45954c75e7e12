/* evaluate_read.c: hypotheses and references from their files, one item for each thing to score.
 *
 *   line i of the hypotheses + line i of every --ref, or of --refs-tsv  ->  item i
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
    if (l->n == t->hyps.n)
        return 0;
    return heed_fail(err, "%s: %zu line%s, but %zu hypothes%s", path, l->n, l->n == 1 ? "" : "s",
                     t->hyps.n, t->hyps.n == 1 ? "is" : "es");
}

/* --- references --- */

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
            heed_scored_add(&t->items[i], l->at[i]);
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
            heed_scored_add(&t->items[i], at);
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
    t->n_items =
        heed_scored_group(t->items, t->n_items, (const char *const *)t->source.at, &t->n_differing);
    return 0;
}

/* --- all of it --- */

static void hash_refs(struct task *t)
{
    struct heed_sha256 hash;
    heed_sha256_init(&hash);
    for (size_t i = 0; i < t->n_items; i++) {
        for (size_t r = 0; r < t->items[i].n_refs; r++)
            heed_sha256_add(&hash, t->items[i].refs[r], strlen(t->items[i].refs[r]) + 1);
        heed_sha256_add(&hash, "\n", 1);
    }
    heed_sha256_hex(&hash, t->refs_sha256);
}

int task_read(struct task *t, const struct evaluate *o, struct heed_err *err)
{
    const char *path = heed_cli.n_operands ? heed_cli.operands[0] : NULL;
    *t = (struct task){0};
    if (read_lines(t, &t->hyps, path, o->column, t->hyps_sha256, err) < 0)
        return -1;
    if (!t->hyps.n)
        return heed_fail(err, "%s: no hypotheses", path ? path : "<stdin>");
    t->items = heed_xcalloc(t->hyps.n, sizeof(*t->items));
    t->n_items = t->hyps.n;
    for (size_t i = 0; i < t->n_items; i++)
        t->items[i].hyp = t->hyps.at[i];
    if ((o->refs_tsv ? read_refs_tsv(t, o->refs_tsv, err) : read_ref_files(t, o, err)) < 0)
        return -1;
    if (o->group && read_source(t, o, err) < 0)
        return -1;
    hash_refs(t);
    return 0;
}

void task_release(struct task *t)
{
    for (size_t i = 0; i < t->n_items; i++)
        free(t->items[i].refs);
    free(t->items);
    for (size_t f = 0; f < t->n_files; f++)
        lines_release(&t->files[f]);
    free(t->files);
    lines_release(&t->hyps);
    lines_release(&t->source);
}
