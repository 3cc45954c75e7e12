/* vocab_file.c: vocabularies as files that people read and change, and back.
 *
 * As text: one line "ID<TAB>PIECE<TAB>COUNT" for each id from 0, the specials first; in a piece \t
 * is a tab and \\ a backslash. What a tokenizer learnt (a SentencePiece model) needs a document. */
#include <string.h>
#include "data/text.h"

void heed_vocab_text(const struct heed_vocab *v, struct heed_str *out)
{
    for (int32_t id = 0; id < v->n; id++) {
        heed_str_printf(out, "%d\t", id);
        for (const char *s = v->pieces[id]; *s; s++) {
            if (*s == '\t' || *s == '\\')
                heed_str_add_char(out, '\\');
            heed_str_add_char(out, *s == '\t' ? 't' : *s);
        }
        heed_str_printf(out, "\t%lld\n", (long long)v->counts[id]);
    }
}

static int unescape(struct heed_str *out, const char *s, size_t n, struct heed_err *err)
{
    heed_str_clear(out);
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '\\' && i + 1 < n && (s[i + 1] == 't' || s[i + 1] == '\\'))
            heed_str_add_char(out, s[++i] == 't' ? '\t' : '\\');
        else if (s[i] == '\\')
            return heed_fail(err, "a backslash that is neither \\t nor \\\\");
        else
            heed_str_add_char(out, s[i]);
    }
    return 0;
}

/* One line. Blob lines are checked when all of them are together. */
static int take_line(char *line, size_t len, struct heed_str *piece, struct heed_str *blob,
                     int64_t want, int64_t *count, struct heed_err *err)
{
    char *tab = strchr(line, '\t'), *last = tab ? strchr(tab + 1, '\t') : NULL;
    int64_t id;
    if (strlen(line) != len || !last || strchr(last + 1, '\t'))
        return heed_fail(err, "want ID<TAB>PIECE<TAB>COUNT");
    *tab = *last = '\0';
    if (!heed_parse_i64(line, &id) || id != want)
        return heed_fail(err, "id '%s', want %lld", line, (long long)want);
    if (!heed_parse_i64(last + 1, count) || *count < 0)
        return heed_fail(err, "count '%s' is no number of times", last + 1);
    if (unescape(piece, tab + 1, (size_t)(last - tab - 1), err) < 0)
        return -1;
    heed_str_add(blob, piece->data, piece->len);
    heed_str_add_char(blob, '\n');
    return 0;
}

/* Read as all text is, but that nothing is repaired: another piece would be learnt. */
static int read_text(struct heed_text *t, struct heed_str *blob, int64_t **counts,
                     struct heed_err *err)
{
    struct heed_str piece = {0};
    size_t n = 0, cap = 0;
    int got;
    while ((got = heed_text_next(t, err)) > 0) {
        heed_grow(counts, n, &cap, sizeof(**counts));
        heed_str_add(&t->line, "", 0);
        int status = t->n_repaired ? heed_fail(err, "a piece that is not valid UTF-8")
                                   : take_line(t->line.data, t->line.len, &piece, blob, (int64_t)n,
                                               &(*counts)[n], err);
        if (status) {
            got = heed_err_prefix(err, "%s: line %zu: ", t->in.name, n + 1);
            break;
        }
        n++;
    }
    heed_str_release(&piece);
    return got;
}

/* The spec is of the command line: what it does not name is the default. */
static int open_as_said(struct heed_side *out, const char *spec, const struct heed_str *vocab,
                        struct heed_err *err)
{
    struct heed_instance in;
    if (heed_instance_open(&in, HEED_KIND_TOKENIZER, spec, true, NULL, err) < 0)
        return -1;
    int status =
        heed_side_open(out, in.spec, NULL, 0, vocab->data ? vocab->data : "", vocab->len, err);
    heed_instance_close(&in);
    return status;
}

static int open_text(struct heed_text *t, const char *spec, struct heed_side *out,
                     struct heed_err *err)
{
    struct heed_str blob = {0};
    int64_t *counts = NULL;
    int status = read_text(t, &blob, &counts, err);
    if (status == 0) {
        status = open_as_said(out, spec, &blob, err);
        if (status < 0)
            heed_err_prefix(err, "%s: ", t->in.name);
        else
            memcpy(out->vocab.counts, counts, sizeof(*counts) * (size_t)out->vocab.n);
    }
    heed_str_release(&blob);
    free(counts);
    return status;
}

int heed_side_read(const char *path, const char *spec, struct heed_side *out, struct heed_err *err)
{
    struct heed_text t;
    struct heed_doc doc;
    struct heed_sides sides;
    const void *bytes;
    if (heed_text_open(&t, path, HEED_CLEAN_STRICT, 1 << 16, err) < 0)
        return -1;
    ssize_t n = heed_input_peek(&t.in, &bytes, 9, err);
    bool document = n == 9 && ((const char *)bytes)[8] == '{';
    int status = n < 0 ? -1 : 0;
    if (status == 0 && !document && !spec)
        status =
            heed_usage(err, "%s is text: which tokenizer goes with it? give --tokenizer", path);
    else if (status == 0 && !document)
        status = open_text(&t, spec, out, err);
    heed_text_close(&t);
    if (status < 0 || !document)
        return status;
    heed_doc_init(&doc);
    status = heed_doc_load(&doc, path, err);
    if (status == 0 && heed_sides_from_doc(&sides, 1, &doc, err) < 0)
        status = heed_err_prefix(err, "%s: ", path);
    if (status == 0)
        *out = sides.src;
    heed_doc_release(&doc);
    return status;
}
