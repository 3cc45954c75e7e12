/* corpus.c: pairs of cleaned lines from TSV files, folders and parallel files.
 *
 *   heed_corpus_init -> heed_corpus_read… -> (heed_corpus_split) -> heed_corpus_lines, _encode
 *
 * Both texts of a pair lie NUL-terminated behind one another in the corpus's own arena, so pairs
 * can be moved to the dev corpus by copying the text alone. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include "data/corpus.h"

/* Address space, not memory: pages are committed as text arrives. */
#define TEXT_RESERVE ((size_t)1 << 36)
#define DEPTH_MAX    64

void heed_corpus_init(struct heed_corpus *c)
{
    *c = (struct heed_corpus){0};
    heed_sha256_init(&c->hash);
    heed_arena_init(&c->text, "corpus", TEXT_RESERVE);
    struct heed_sha256 h = c->hash;
    heed_sha256_hex(&h, c->sha256);
}

void heed_corpus_release(struct heed_corpus *c)
{
    free(c->pairs);
    heed_arena_free(&c->text);
    heed_str_release(&c->tagged);
    *c = (struct heed_corpus){0};
}

void heed_corpus_add(struct heed_corpus *c, const char *src, size_t src_len, const char *tgt,
                     size_t tgt_len)
{
    char *text = heed_new(&c->text, char, src_len + tgt_len + 2);
    memcpy(text, src, src_len);
    text[src_len] = '\0';
    memcpy(text + src_len + 1, tgt, tgt_len);
    text[src_len + 1 + tgt_len] = '\0';
    heed_grow(&c->pairs, c->n, &c->cap, sizeof(*c->pairs));
    c->pairs[c->n++] = (struct heed_pair){.src = text,
                                          .tgt = text + src_len + 1,
                                          .src_len = (uint32_t)src_len,
                                          .tgt_len = (uint32_t)tgt_len};
    heed_sha256_add(&c->hash, text, src_len);
    heed_sha256_add(&c->hash, "\t", 1);
    heed_sha256_add(&c->hash, text + src_len + 1, tgt_len);
    heed_sha256_add(&c->hash, "\n", 1);
}

void heed_corpus_sum(struct heed_corpus *c)
{
    struct heed_sha256 h = c->hash;
    heed_sha256_hex(&h, c->sha256);
}

void heed_corpus_take_counts(struct heed_corpus *c, const struct heed_corpus *more)
{
    c->n_lines += more->n_lines;
    c->n_empty += more->n_empty;
    c->n_blank += more->n_blank;
    c->n_bad += more->n_bad;
    c->n_wide += more->n_wide;
    c->n_repaired += more->n_repaired;
    c->n_crlf += more->n_crlf;
}

void heed_corpus_repeat(struct heed_corpus *c, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        heed_grow(&c->pairs, c->n, &c->cap, sizeof(*c->pairs));
        c->pairs[c->n++] = c->pairs[i];
    }
}

static int add_unless_empty(struct heed_corpus *c, const struct heed_corpus_options *o,
                            int64_t number, size_t group, const char *src, size_t src_len,
                            const char *tgt, size_t tgt_len, struct heed_err *err)
{
    size_t tags = heed_tags_size(src, src_len);
    bool no_src = heed_text_blank(src + tags, src_len - tags),
         no_tgt = heed_text_blank(tgt, tgt_len), empty = no_src || no_tgt;
    c->n_blank += no_src && no_tgt;
    c->n_lines++;
    c->n_empty += empty;
    if (empty && !o->keep_empty)
        return 0;
    heed_corpus_add(c, src, src_len, tgt, tgt_len);
    c->pairs[c->n - 1].line = (uint32_t)HEED_MIN(number, (int64_t)UINT32_MAX);
    c->pairs[c->n - 1].corpus = o->corpus;
    c->pairs[c->n - 1].group = (uint32_t)group;
    return o->most && c->n >= o->most ? o->full(o->ctx, err) : 0;
}

static void report_text(struct heed_corpus *c, const struct heed_text *t)
{
    c->n_repaired += t->n_repaired;
    c->n_crlf += t->n_crlf;
}

/* --- TSV --- */

/* Puts the line's tags in front of its source. */
static int tag(struct heed_corpus *c, const struct heed_corpus_options *o, const char *line,
               size_t n, struct heed_columns_pair *p, struct heed_err *err)
{
    return o->tagging ? heed_tagging_pair(o->tagging, line, n, p, &c->tagged, err) : 0;
}

/* Which group the line's source is of, where that is asked for. */
static int find_group(const struct heed_corpus_options *o, const char *line, size_t n,
                      size_t *group, struct heed_err *err)
{
    return o->groups ? heed_columns_speaker(line, n, o->group, o->groups, group, err) : 0;
}

static int add_line(struct heed_corpus *c, const struct heed_text *t,
                    const struct heed_corpus_options *o, struct heed_err *err)
{
    const char *line = t->line.data;
    size_t n = t->line.len, group = 0;
    struct heed_columns_pair p;
    /* An empty line (as at the end of many files) is no pair, not even to measure on. */
    if (n == 0) {
        c->n_lines++;
        c->n_empty++;
        c->n_blank++;
        return 0;
    }
    bool cut = heed_columns_cut(&o->columns, line, n, &p);
    if (cut && tag(c, o, line, n, &p, err) == 0 && find_group(o, line, n, &group, err) == 0)
        return add_unless_empty(c, o, t->number, group, p.src, p.n_src, p.tgt, p.n_tgt, err);
    if (!o->skip_bad) {
        if (!cut)
            heed_columns_refuse(&o->columns, line, n, c->n_lines == 0, err);
        return heed_err_prefix(err, "%s: line %lld: ", t->in.name, (long long)t->number);
    }
    c->n_lines++;
    c->n_bad++;
    c->n_wide += heed_columns_wide(line, n);
    return 0;
}

/* The digest stays that of the list, wherever it lies. */
static void locate(struct heed_corpus *c, size_t from, const char *list, size_t number)
{
    for (size_t i = from; i < c->n; i++) {
        struct heed_pair *p = &c->pairs[i];
        char *path = heed_table_path(list, p->src, p->src_len);
        p->src_len = (uint32_t)strlen(path);
        p->src = memcpy(heed_new(&c->text, char, p->src_len + 1), path, p->src_len + 1);
        p->list = (uint16_t)HEED_MIN(number, (size_t)UINT16_MAX);
        free(path);
    }
}

int heed_corpus_next(struct heed_corpus *c, struct heed_text *t,
                     const struct heed_corpus_options *o, struct heed_err *err)
{
    int status = heed_text_next(t, err);
    return status > 0 && add_line(c, t, o, err) < 0 ? -1 : status;
}

static int read_file(struct heed_corpus *c, const char *path, const struct heed_corpus_options *o,
                     struct heed_err *err)
{
    struct heed_text t;
    size_t from = c->n;
    if (heed_text_open(&t, path, HEED_CLEAN_STRICT, o->max_line, err) < 0)
        return -1;
    int status = 1;
    while (status > 0)
        status = heed_corpus_next(c, &t, o, err);
    if (o->lists)
        locate(c, from, path, heed_names_number(o->lists, t.in.name, strlen(t.in.name)));
    report_text(c, &t);
    heed_text_close(&t);
    return status;
}

/* --- folders --- */

/* Folders on the way down, so that a link back up is seen. */
struct way {
    const struct way *up;
    dev_t dev;
    ino_t ino;
    int depth;
};

static bool on_the_way(const struct way *way, const struct stat *st)
{
    for (; way; way = way->up)
        if (way->dev == st->st_dev && way->ino == st->st_ino)
            return true;
    return false;
}

static int visible(const struct dirent *e)
{
    return e->d_name[0] != '.';
}

/* scandir's alphasort follows the locale; this follows the bytes. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static bool ends_in(const char *path, const char *end)
{
    size_t n = strlen(path), n_end = strlen(end);
    return n >= n_end && strcmp(path + n - n_end, end) == 0;
}

/* *.tsv, or such a file compressed; what lies beside it unpacked would be read twice. */
static bool names_pairs(const char *path)
{
    static const char *const packed[] = {".tsv.gz", ".tsv.xz", ".tsv.zst"};
    struct stat st;
    for (size_t i = 0; i < HEED_COUNT(packed); i++) {
        if (!ends_in(path, packed[i]))
            continue;
        char *plain = heed_xstrndup(path, strlen(path) - strlen(packed[i]) + strlen(".tsv"));
        bool alone = stat(plain, &st) < 0;
        free(plain);
        return alone;
    }
    return ends_in(path, ".tsv");
}

static int read_folder(struct heed_corpus *c, const char *path, const struct way *up,
                       const struct heed_corpus_options *o, struct heed_err *err);

static int read_entry(struct heed_corpus *c, const char *path, const struct way *up,
                      const struct heed_corpus_options *o, struct heed_err *err)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return heed_fail_errno(err, errno, "cannot read %s", path);
    if (S_ISDIR(st.st_mode)) {
        struct way here = {up, st.st_dev, st.st_ino, up ? up->depth + 1 : 0};
        if (on_the_way(up, &st))
            return 0;
        if (here.depth > DEPTH_MAX)
            return heed_fail(err, "%s: folders nested more than %d deep", path, DEPTH_MAX);
        return read_folder(c, path, &here, o, err);
    }
    /* Inside a folder only pairs are ours; a file named by the user always is. */
    if (up && (!S_ISREG(st.st_mode) || !names_pairs(path)))
        return 0;
    return read_file(c, path, o, err);
}

static int read_folder(struct heed_corpus *c, const char *path, const struct way *up,
                       const struct heed_corpus_options *o, struct heed_err *err)
{
    struct dirent **entries;
    int n = scandir(path, &entries, visible, by_bytes), status = 0;
    if (n < 0)
        return heed_fail_errno(err, errno, "cannot read folder %s", path);
    for (int i = 0; i < n; i++) {
        struct heed_str inner = {0};
        heed_str_printf(&inner, "%s%s%s", path, path[strlen(path) - 1] == '/' ? "" : "/",
                        entries[i]->d_name);
        if (status == 0)
            status = read_entry(c, inner.data, up, o, err);
        heed_str_release(&inner);
        free(entries[i]);
    }
    free(entries);
    return status;
}

int heed_corpus_read(struct heed_corpus *c, const char *path, const struct heed_corpus_options *o,
                     struct heed_err *err)
{
    int status = strcmp(path, "-") ? read_entry(c, path, NULL, o, err) : read_file(c, path, o, err);
    heed_corpus_sum(c);
    return status;
}

/* --- parallel files --- */

/* The longer file is read to its end, so that the message can tell both counts. */
static int refuse_counts(struct heed_text *a, struct heed_text *b, struct heed_err *err)
{
    int status = 1;
    while (status > 0)
        status = heed_text_next(a, err);
    if (status == 0)
        do
            status = heed_text_next(b, err);
        while (status > 0);
    if (status < 0)
        return -1;
    return heed_fail(err, "%s has %lld lines, %s has %lld", a->in.name, (long long)a->number,
                     b->in.name, (long long)b->number);
}

static int read_both(struct heed_corpus *c, struct heed_text *a, struct heed_text *b,
                     const struct heed_corpus_options *o, struct heed_err *err)
{
    for (;;) {
        int more_a = heed_text_next(a, err);
        int more_b = more_a < 0 ? -1 : heed_text_next(b, err);
        if (more_b < 0)
            return -1;
        if (more_a != more_b)
            return refuse_counts(a, b, err);
        if (!more_a)
            return 0;
        if (add_unless_empty(c, o, a->number, 0, a->line.data, a->line.len, b->line.data,
                             b->line.len, err))
            return -1;
    }
}

int heed_corpus_read_parallel(struct heed_corpus *c, const char *src_path, const char *tgt_path,
                              const struct heed_corpus_options *o, struct heed_err *err)
{
    struct heed_text a, b;
    if (heed_text_open(&a, src_path, HEED_CLEAN_STRICT, o->max_line, err) < 0)
        return -1;
    if (heed_text_open(&b, tgt_path, HEED_CLEAN_STRICT, o->max_line, err) < 0) {
        heed_text_close(&a);
        return -1;
    }
    int status = read_both(c, &a, &b, o, err);
    report_text(c, &a);
    report_text(c, &b);
    heed_text_close(&a);
    heed_text_close(&b);
    heed_corpus_sum(c);
    return status;
}

/* --- lines --- */

static const char *next_line(void *ctx, size_t *len)
{
    struct heed_corpus_lines *l = ctx;
    size_t pair = l->which == 3 ? l->at / 2 : l->at;
    if (pair >= l->c->n)
        return NULL;
    const struct heed_pair *p = &l->c->pairs[pair];
    bool tgt = l->which == 2 || (l->which == 3 && l->at % 2);
    l->at++;
    if (!tgt)
        return heed_pair_source(p, len);
    *len = p->tgt_len;
    return p->tgt;
}

static void rewind_lines(void *ctx)
{
    ((struct heed_corpus_lines *)ctx)->at = 0;
}

void heed_corpus_lines(struct heed_corpus_lines *ctx, const struct heed_corpus *c, int which,
                       struct heed_lines *out)
{
    *ctx = (struct heed_corpus_lines){c, which, 0};
    *out = (struct heed_lines){next_line, rewind_lines, ctx};
}
