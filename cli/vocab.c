/* vocab.c: vocabularies and tokenizers in the store: learn, list, show, export, import, remove.
 *
 * A verb is a function; questions to the store are SQL. How vocabularies are learnt, written and
 * read stands in core/data. */
#include <string.h>
#include "cli/rows.h"
#include "cli/table.h"
#include "cli/verb.h"
#include "data/corpus.h"
#include "data/line.h"

/* The order is that of the words of --side; the number tells which sides of pairs. */
enum vocab_side { VOCAB_TEXT, VOCAB_SRC, VOCAB_TGT, VOCAB_JOINT, VOCAB_UNSET = -1 };

struct vocab_options {
    enum vocab_side side;
    const char *tokenizer, *output, *columns, *tag;
    int64_t size, min_count, max_line, column;
    bool force, skip_bad, csv, json;
    struct heed_list plugin_dirs;
};

/* --- learning --- */

/* Plain lines go into a corpus as sources without targets. */
static int read_lines(struct heed_corpus *c, const char *path, const struct vocab_options *o,
                      struct heed_err *err)
{
    struct heed_text t;
    if (heed_text_open(&t, path, HEED_CLEAN_STRICT, o->max_line, err) < 0)
        return -1;
    t.column = o->column;
    int got;
    while ((got = heed_text_next(&t, err)) > 0)
        if (!heed_text_blank(t.line.data, t.line.len))
            heed_corpus_add(c, t.line.data, t.line.len, "", 0);
    c->n_repaired += t.n_repaired;
    heed_text_close(&t);
    return got;
}

/* Which lines of the pairs: 1, 2, 3; 0 for plain text. */
static int which_side(const struct vocab_options *o, const char *const *files, size_t n_files)
{
    if (o->side != VOCAB_UNSET)
        return o->side;
    if (o->column || o->columns)
        return o->column ? VOCAB_TEXT : VOCAB_JOINT;
    size_t n = n_files ? strlen(files[0]) : 0;
    return n > 4 && !strcmp(files[0] + n - 4, ".tsv") ? VOCAB_JOINT : VOCAB_TEXT;
}

static int check_columns(const struct vocab_options *o, int which, struct heed_err *err)
{
    if (which && o->column)
        return heed_usage(err, "--column is of lines of one text (--side text); of pairs it is "
                               "--columns S,T");
    if (!which && o->columns)
        return heed_usage(err, "--columns is of pairs (--side joint, src, tgt); of one text it is "
                               "--column N");
    return 0;
}

static int read_all(struct heed_corpus *c, const struct vocab_options *o, int which,
                    const char *const *files, size_t n_files, struct heed_err *err)
{
    static const char *const input[] = {"-"};
    struct heed_corpus_options pairs = {.skip_bad = o->skip_bad, .max_line = o->max_line};
    if (heed_columns_parse(o->columns, "columns", &pairs.columns, err) ||
        check_columns(o, which, err))
        return -1;
    for (size_t i = 0; i < (n_files ? n_files : 1); i++) {
        const char *path = n_files ? files[i] : input[0];
        int status = which ? heed_corpus_read(c, path, &pairs, err) : read_lines(c, path, o, err);
        if (status < 0)
            return -1;
    }
    if (c->n_repaired)
        heed_warn("%lld invalid bytes replaced by U+FFFD", (long long)c->n_repaired);
    if (c->n_bad)
        heed_warn("%lld lines that are not SOURCE<TAB>TARGET left out", (long long)c->n_bad);
    if (c->n == 0)
        return heed_fail(err, "%s: no text to learn from", n_files ? files[0] : "<stdin>");
    return 0;
}

/* What learns its pieces does not count them: of the text learnt from, cut anew. */
static int count_pieces(struct heed_side *s, const struct heed_lines *lines, struct heed_err *err)
{
    struct heed_line line = {0};
    const char *text;
    size_t n;
    int status = 0;
    lines->rewind(lines->ctx);
    while (status == 0 && (text = lines->next(lines->ctx, &n))) {
        status = heed_line_take(&line, s, text, n, false, err);
        for (size_t i = 0; i < line.tokens.n && status == 0; i++)
            s->vocab.counts[line.tokens.ids[i]]++;
    }
    heed_line_release(&line);
    return status;
}

static int learn(const struct vocab_options *o, const char *const *files, size_t n_files,
                 struct heed_side *out, struct heed_err *err)
{
    struct heed_corpus c;
    struct heed_corpus_lines ctx;
    struct heed_lines lines;
    int which = which_side(o, files, n_files);
    heed_corpus_init(&c);
    int status = read_all(&c, o, which, files, n_files, err);
    if (status == 0) {
        which = which ? which : 1;
        struct heed_str why = {0};
        const char *spec = o->tokenizer ? o->tokenizer : heed_tokenizer_guess(&c, which, &why);
        if (why.len)
            heed_note("tokenizer: %s, since %s", spec, why.data);
        heed_str_release(&why);
        heed_corpus_lines(&ctx, &c, which, &lines);
        status = heed_side_train(out, spec, &lines, o->size, o->min_count, err);
        if (status == 0 && out->blob && (status = count_pieces(out, &lines, err)) < 0)
            heed_side_release(out);
    }
    heed_corpus_release(&c);
    return status;
}

/* --- kept in the store --- */

/* Of what sentencepiece learnt elsewhere nothing is known. */
static bool is_counted(const struct heed_vocab *v)
{
    for (int32_t id = 0; id < v->n; id++)
        if (v->counts[id])
            return true;
    return false;
}

static int save(const struct vocab_options *o, const char *name, const struct heed_side *s,
                struct heed_err *err)
{
    struct heed_store *store;
    struct heed_str vocab = {0};
    struct heed_err unknown;
    if (heed_store_open(&store, heed_cli.store, false, err) < 0)
        return -1;
    /* Replacing what is not there is no failure. */
    if (o->force && heed_store_vocab_delete(store, name, &unknown) < 0)
        unknown.status = HEED_OK;
    heed_vocab_blob(&s->vocab, &vocab);
    int status =
        heed_store_vocab_save(store, name, s->tokenizer.spec, s->blob, s->blob_size, vocab.data,
                              vocab.len, is_counted(&s->vocab) ? s->vocab.counts : NULL, err);
    heed_store_close(store);
    heed_str_release(&vocab);
    if (status == 0)
        heed_note("%s: %d pieces of %s", name, s->vocab.n - HEED_SPECIALS, s->tokenizer.words);
    return status;
}

/* Those that lines of it may have in front, of the first place. */
static int add_tags(const struct vocab_options *o, struct heed_side *s, struct heed_err *err)
{
    for (const char *at = o->tag; at && *at;) {
        size_t n = strcspn(at, ",");
        if (heed_side_take_tag(s, 0, at, n, err) < 0)
            return -1;
        at += n + (at[n] == ',');
    }
    return 0;
}

static int do_train(const struct verb_call *c, struct heed_err *err)
{
    struct heed_side side;
    if (learn(c->self, c->args + 1, c->n - 1, &side, err) < 0)
        return -1;
    int status = add_tags(c->self, &side, err) || save(c->self, c->args[0], &side, err) ? -1 : 0;
    heed_side_release(&side);
    return status;
}

static int do_import(const struct verb_call *c, struct heed_err *err)
{
    const struct vocab_options *o = c->self;
    struct heed_side side;
    if (heed_side_read(c->args[1], o->tokenizer, &side, err) < 0)
        return -1;
    int status = save(o, c->args[0], &side, err);
    heed_side_release(&side);
    return status;
}

/* --- questions --- */

static enum table_format format_of(const struct verb_call *c)
{
    const struct vocab_options *o = c->self;
    return o->json ? TABLE_JSON : o->csv ? TABLE_CSV : TABLE_TEXT;
}

static int print_rows(const struct verb_call *c, const char *sql, struct table *t,
                      struct heed_err *err)
{
    int status =
        heed_store_query(c->store, sql, c->args, strstr(sql, "?1") ? 1 : 0, table_add, t, err);
    if (status == 0)
        table_print(t, format_of(c));
    table_release(t);
    return status;
}

static int do_list(const struct verb_call *c, struct heed_err *err)
{
    static const char *const drop[] = {"sha256", NULL};
    struct table t = {.width = heed_out_width(), .drop = drop};
    return print_rows(c,
                      "SELECT name, n_tokens - 4 AS pieces, spec AS tokenizer,"
                      " created_at AS created, sha256 FROM vocabulary ORDER BY name",
                      &t, err);
}

static int do_show(const struct verb_call *c, struct heed_err *err)
{
    struct heed_side side;
    if (heed_side_load(&side, c->store, c->args[0], err) < 0)
        return -1;
    if (format_of(c) == TABLE_TEXT)
        heed_out("name          %s\ntokenizer     %s\npieces        %d\nlearnt bytes  %zu\n"
                 "fingerprint   %s\n\n",
                 c->args[0], side.tokenizer.words, side.vocab.n - HEED_SPECIALS, side.blob_size,
                 side.fingerprint);
    heed_side_release(&side);
    struct table t = {.title = NULL};
    return print_rows(c,
                      "SELECT id, piece, count FROM token JOIN vocabulary USING(vocabulary_id)"
                      " WHERE name = ?1 ORDER BY count DESC, id LIMIT 20",
                      &t, err);
}

/* Counts stand beside the vocabulary, for people. */
static int put_count(void *ctx, const struct heed_row *row, struct heed_err *err)
{
    struct heed_vocab *v = ctx;
    int64_t id, count;
    (void)err;
    if (row->n == 2 && heed_parse_i64(row->values[0], &id) && id >= 0 && id < v->n &&
        heed_parse_i64(row->values[1], &count))
        v->counts[id] = count;
    return 0;
}

static int export_text(const struct verb_call *c, struct heed_vocab *v, struct heed_err *err)
{
    struct heed_str text = {0};
    if (heed_store_query(c->store,
                         "SELECT id, count FROM token JOIN vocabulary USING(vocabulary_id)"
                         " WHERE name = ?1 AND count IS NOT NULL",
                         c->args, 1, put_count, v, err) < 0)
        return -1;
    heed_vocab_text(v, &text);
    int status = heed_output_write(&heed_cli.out, text.data, text.len, err);
    heed_str_release(&text);
    return status;
}

static int export_document(const struct heed_sides *sides, const char *path, struct heed_err *err)
{
    struct heed_doc doc;
    heed_doc_init(&doc);
    heed_doc_set_meta(&doc, "heed", HEED_FORMAT);
    heed_doc_set_meta(&doc, "kind", "vocabulary");
    heed_sides_to_doc(sides, 1, &doc);
    int status = heed_doc_save(&doc, path, err);
    heed_doc_release(&doc);
    return status;
}

static int do_export(const struct verb_call *c, struct heed_err *err)
{
    const struct vocab_options *o = c->self;
    struct heed_sides sides = {0};
    if (heed_side_load(&sides.src, c->store, c->args[0], err) < 0)
        return -1;
    int status =
        o->output ? export_document(&sides, o->output, err) : export_text(c, &sides.src.vocab, err);
    heed_sides_release(&sides);
    return status;
}

static int do_delete(const struct verb_call *c, struct heed_err *err)
{
    return heed_store_vocab_delete(c->store, c->args[0], err);
}

/* --- the command --- */

static const struct verb verbs[] = {
    {"train", "NAME [FILE]...", 1, SIZE_MAX, VERB_ALONE, do_train},
    {"list", "", 0, 0, VERB_READS, do_list},
    {"show", "NAME", 1, 1, VERB_READS, do_show},
    {"export", "NAME", 1, 1, VERB_READS, do_export},
    {"import", "NAME FILE", 2, 2, VERB_ALONE, do_import},
    {"delete", "NAME", 1, 1, VERB_WRITES, do_delete},
    {0},
};

static int run(void *self, struct heed_err *err)
{
    const struct vocab_options *o = self;
    for (size_t i = 0; i < o->plugin_dirs.n; i++)
        heed_plugin_dir_add(o->plugin_dirs.items[i]);
    return verb_run(verbs, NULL, self, NULL, err);
}

static const struct heed_option options[] = {
    HEED_ROW_CHOICE(struct vocab_options, side, "side", NULL, "text|src|tgt|joint",
                    "what to learn from: whole lines, or one side or both of SOURCE<TAB>TARGET "
                    "lines; joint for files named *.tsv, else text"),
    HEED_ROW_STRING(struct vocab_options, tokenizer, "tokenizer", NULL, "PLUGIN",
                    "sentencepiece, word, char, space; without it chosen by looking at the lines"),
    HEED_ROW_COUNT(struct vocab_options, size, "size", NULL, 0, 16e6, "N",
                   "pieces, without the four specials; 0: at most 4000 for a tokenizer that learns "
                   "them, all for the others"),
    HEED_ROW_COUNT(
        struct vocab_options, min_count, "min-count", NULL, 0, 1e12, "N",
        "occurrences a piece needs, or the learnt pieces of 95 % of a text; 0: 2 for words, 10 for "
        "learnt pieces, else 1"),
    HEED_ROW_STRING(struct vocab_options, tag, "tag", NULL, "TAG,...",
                    "train: tags that lines may have in front: tokenize --tag"),
    COLUMN_ROW(struct vocab_options, column, "the text"),
    COLUMNS_ROW(struct vocab_options, columns),
    MAX_LINE_ROW(struct vocab_options, max_line),
    HEED_ROW_SWITCH(struct vocab_options, skip_bad, "skip-bad", NULL,
                    "count lines that are not SOURCE<TAB>TARGET in place of stopping"),
    HEED_ROW_STRING(struct vocab_options, output, "output", NULL, "FILE",
                    "export a document with all that was learnt, in place of text", .letter = 'o'),
    HEED_ROW_SWITCH(struct vocab_options, force, "force", NULL,
                    "replace a vocabulary of this name"),
    HEED_ROW_SWITCH(struct vocab_options, csv, "csv", NULL, "list, show: print CSV"),
    HEED_ROW_SWITCH(struct vocab_options, json, "json", NULL,
                    "list, show: print one JSON object a row"),
    HEED_ROW_LIST(struct vocab_options, plugin_dirs, "plugin-dir", "DIR",
                  "search plugins here first"),
    {0},
};

const struct heed_command heed_command = {
    .name = "vocab",
    .summary = "vocabularies and tokenizers in the store",
    .usage = "train NAME [FILE]... | list | show NAME | export NAME | import NAME FILE | delete "
             "NAME",
    .about = "train learns a tokenizer and its vocabulary from lines of text or of pairs and keeps "
             "them in the store under NAME, for tokenize --vocab and train --vocab.\n\n"
             "export writes lines ID<TAB>PIECE<TAB>COUNT, the count that of the text learnt from, "
             "in which \\t is a tab and \\\\ a backslash; with -o a document, which holds what "
             "sentencepiece learnt too. import "
             "takes either.",
    .examples = "vocab train enfr pairs.tsv              # one for both sides\n"
                "vocab train fr --side tgt --tokenizer word pairs.tsv\n"
                "vocab export enfr | sort -t'\t' -k3,3nr | head",
    .see_also = "tokenize, train, runs",
    .options = options,
    .verbs = "train list show export import delete",
    .most_used = "side tokenizer size output",
    .self_size = sizeof(struct vocab_options),
    .max_operands = -1,
    .run = run,
};
