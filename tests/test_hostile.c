/* test_hostile.c: models, SentencePiece blobs, checkpoints and frames that are changed at random and have
 * right checksums: each is refused with a line, or used to its end; what a sanitizer, BUG() or a hang says is
 * the failure. The same seed makes the same documents.
 *
 *   HEED_MUTATIONS=N      of each kind (60); HEED_SEED=N: others */
#include <fcntl.h>
#include <unistd.h>

#include "base/utf8.h"
#include "cli/peek.h"
#include "search/translator.h"
#include "tests/model_make.h"
#include "tests/mutate.h"
#include "train/checkpoint.h"
#include "train/train.h"

static char dir[] = "/tmp/heed-hostile.XXXXXX";
static int64_t mutations = 60;

static const char *const lines[] = {"a b c d", "The house is old.",
                                    "",        "  5\xc2\xbd m\xc2\xb2 e\xcc\x81 ",
                                    "i",       "<unk> <0x41> \xe2\x96\x81 \xf0\x9f\x9a\x80"};

/* --- documents --- */

static char *written(struct heed_doc *d, size_t *n)
{
    struct heed_output out;
    char *bytes = NULL;
    char path[64];
    snprintf(path, sizeof(path), "%s/doc", dir);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    heed_output_fd(&out, dup(fd), "memory");
    int status = heed_doc_write_file(d, &out, &err);
    if (heed_output_close(&out, &err) == 0 && status == 0) {
        *n = (size_t)lseek(fd, 0, SEEK_END);
        bytes = heed_xmalloc(*n + 1);
        if (pread(fd, bytes, *n, 0) != (ssize_t)*n)
            BUG("memory cannot be read");
    }
    close(fd);
    return bytes;
}

/* The document as its reader has it: 0, or -1 where it could not be written or was refused. */
static int read_again(struct heed_doc *d, struct heed_doc *again, char **bytes)
{
    size_t n;
    heed_doc_init(again);
    *bytes = written(d, &n);
    return *bytes ? heed_doc_parse(again, *bytes, n, &err) : -1;
}

static int64_t n_used, n_refused; /* both must come about, or the changes are none */

/* A refusal says something, on one line. */
static void check_refusal(void)
{
    n_refused++;
    if (!err.text[0] || strchr(err.text, '\n'))
        TAP_FAIL("message '%s'", err.text);
}

static void check_counts(const char *what)
{
    tap_diag("%s: %lld used, %lld refused", what, (long long)n_used, (long long)n_refused);
    TAP_OK(n_used > 0 && n_refused > 0);
    n_used = n_refused = 0;
}

/* --- models --- */

static int keep(void *ctx, const struct heed_translation *t, struct heed_err *e)
{
    (void)e;
    if (t->text->len && !heed_utf8_valid(t->text->data, t->text->len))
        BUG("text that is no UTF-8");
    *(int64_t *)ctx += 1;
    return 0;
}

static void translate(struct heed_model *m)
{
    struct heed_engine engine;
    struct heed_translator t;
    int64_t n = 0;
    heed_engine_init(&engine, m, 1);
    heed_translator_init(&t, &engine, &(struct heed_translator_options){0}, keep, &n);
    int status = 0;
    for (size_t i = 0; i < HEED_COUNT(lines) && status == 0; i++)
        status = heed_translator_add(&t, (int64_t)i, lines[i], strlen(lines[i]), &err);
    if (status == 0)
        status = heed_translator_flush(&t, &err);
    if (status)
        check_refusal();
    else
        TAP_I64(n, HEED_COUNT(lines));
    heed_translator_release(&t);
    heed_engine_release(&engine);
}

static void use_model(struct heed_doc *d)
{
    struct heed_doc again;
    struct heed_model m;
    char *bytes;
    if (read_again(d, &again, &bytes) || heed_model_from_doc(&m, &again, NULL, &err)) {
        check_refusal();
    } else {
        n_used++;
        m.limits.max_tgt =
            HEED_MIN(m.limits.max_tgt, 50); /* any number is allowed, and takes its time */
        translate(&m);
        heed_model_release(&m);
    }
    heed_doc_release(&again);
    free(bytes);
}

static void mutate_models(const struct heed_model *m, void (*mutate)(struct heed_doc *d))
{
    struct heed_doc good, d;
    heed_doc_init(&good);
    heed_doc_set_meta(&good, "heed", HEED_FORMAT);
    heed_model_to_doc(m, &good);
    for (int64_t i = 0; i < mutations && !tap_bad; i++) {
        mutate_copy(&good, &d);
        mutate(&d);
        use_model(&d);
        heed_doc_release(&d);
    }
    heed_doc_release(&good);
}

static void test_models(void)
{
    static const char *const shapes[] = {"hidden=4,embed=3", "hidden=4,decoder=plain,cell=lstm",
                                         "hidden=4,score=mlp,layers=2",
                                         "net=transformer,hidden=4,heads=2,layers=2",
                                         "net=rnn-transformer,hidden=4,positions=learnt,layers=1"};
    for (size_t i = 0; i < HEED_COUNT(shapes); i++) {
        struct heed_model m;
        TAP_DONE(make_model(&m, shapes[i], i), &err);
        mutate_models(&m, mutate_doc);
        heed_model_release(&m);
    }
    check_counts("models");
}

/* Weights of 8 bits are looked at where a model is run, which is in its file. */
static void use_file(struct heed_doc *d)
{
    struct heed_model m;
    char path[64];
    size_t n;
    char *bytes = written(d, &n);
    snprintf(path, sizeof(path), "%s/doc", dir);
    if (!bytes || heed_model_load(&m, path, NULL, &err)) {
        check_refusal();
    } else {
        n_used++;
        m.limits.max_tgt = HEED_MIN(m.limits.max_tgt, 50);
        translate(&m);
        heed_model_release(&m);
    }
    free(bytes);
}

static struct heed_shortlist *list_of(const struct heed_model *m)
{
    static struct heed_shortlist list;
    struct heed_shortlist_report report;
    struct heed_dataset pairs;
    heed_dataset_init(&pairs);
    for (int32_t i = 4; i < 12; i++)
        heed_dataset_add(&pairs, (const int32_t[]){i, 12}, 2, (const int32_t[]){12, i, 5}, 3, i);
    heed_shortlist_learn(&list, &pairs, m->sides.src.vocab.n, m->sides.tgt.vocab.n,
                         &(struct heed_shortlist_options){.best = 2, .frequent = 1, .rounds = 2},
                         &report);
    heed_dataset_release(&pairs);
    return &list;
}

static void test_quantized(void)
{
    struct heed_model m;
    struct heed_doc good, d;
    TAP_DONE(make_model(&m, "hidden=18,embed=16,tied=off", 4), &err);
    TAP_I64(heed_model_quantize(&m), 9);
    TAP_DONE(heed_model_list(&m, list_of(&m), &err), &err);
    heed_doc_init(&good);
    heed_doc_set_meta(&good, "heed", HEED_FORMAT);
    heed_model_to_doc(&m, &good);
    for (int64_t i = 0; i < 3 * mutations && !tap_bad; i++) {
        mutate_copy(&good, &d);
        mutate_doc(&d);
        use_file(&d);
        heed_doc_release(&d);
    }
    heed_doc_release(&good);
    heed_model_release(&m);
    check_counts("models of 8 bits");
}

/* --- SentencePiece --- */

static const char *next_line(void *ctx, size_t *n)
{
    size_t *at = ctx;
    if (*at == HEED_COUNT(lines))
        return NULL;
    *n = strlen(lines[*at]);
    return lines[(*at)++];
}

static void rewind_lines(void *ctx)
{
    *(size_t *)ctx = 0;
}

static int make_subword_model(struct heed_model *m, const char *spec)
{
    size_t at = 0;
    struct heed_lines text = {next_line, rewind_lines, &at};
    struct heed_sides sides = {0};
    struct heed_shape shape = {0};
    heed_options_default(heed_shape_rows, &shape);
    if (heed_options_spec(heed_shape_rows, &shape, "model", "hidden=4,embed=2", &err) ||
        heed_side_train(&sides.src, spec, &text, 290, 1, &err) ||
        heed_side_train(&sides.tgt, spec, &text, 290, 1, &err) ||
        heed_model_create(m, &shape, &sides, 3, &err))
        return -1;
    m->limits = (struct heed_limits){.max_src = 6, .max_tgt = 8, .ratio = 2};
    return 0;
}

static void mutate_learnt(struct heed_doc *d)
{
    struct heed_array *a = heed_doc_find(d, mutate_below(2) ? "tokenizer.src" : "tokenizer.tgt");
    struct heed_str blob = {0};
    mutate_blob(a->data, a->size, &blob);
    free(a->owned);
    a->data = a->owned = blob.data;
    a->dims[0] = (int64_t)blob.len;
    a->size = blob.len;
    if (mutate_below(8) == 0)
        mutate_doc(d);
}

static void test_sentencepiece(void)
{
    static const char *const specs[] = {"sentencepiece", "sentencepiece:type=unigram",
                                        "sentencepiece:normalise=nmt,symbols=old",
                                        "sentencepiece:type=unigram,normalise=nfkc"};
    for (size_t i = 0; i < HEED_COUNT(specs); i++) {
        struct heed_model m;
        TAP_DONE(make_subword_model(&m, specs[i]), &err);
        mutate_models(&m, mutate_learnt);
        heed_model_release(&m);
    }
    check_counts("models of subwords");
}

/* --- checkpoints --- */

struct job {
    struct heed_model m;
    struct heed_train_options o;
    struct heed_dataset data;
    struct heed_corpus dev;
    struct heed_dataset_source dataset_source;
    struct heed_batch_source source;
    struct heed_trainer t;
};

static volatile int stopped;
static char model_path[64], checkpoint_path[64];

static void stop_soon(void *ctx, const struct heed_trainer *t)
{
    (void)t;
    stopped = ++*(int *)ctx >= 4 ? 15 : 0;
}

static int job_open(struct job *j)
{
    memset(j, 0, sizeof(*j));
    stopped = 0;
    make_options(&j->o, "rows=4,tokens=0,steps=40,average=0.9,eval-every=3,checkpoint-every=2");
    heed_dataset_init(&j->data);
    for (int64_t i = 0; i < 12; i++) {
        const int32_t ids[] = {4 + (int32_t)i % MAKE_WORDS, 5, HEED_EOS};
        heed_dataset_add(&j->data, ids, 2, ids, 3, i);
    }
    heed_corpus_init(&j->dev);
    heed_corpus_add(&j->dev, "a b", 3, "b a", 3);
    if (make_model(&j->m, "hidden=4", 3))
        return -1;
    heed_dataset_source_init(&j->dataset_source, &j->data, j->o.rows ? j->o.rows : HEED_ROWS,
                             j->o.tokens, 0, (uint64_t)j->o.seed, &j->source);
    j->t = (struct heed_trainer){.model = &j->m,
                                 .options = &j->o,
                                 .source = &j->source,
                                 .model_path = model_path,
                                 .checkpoint_path = checkpoint_path,
                                 .dev = &j->dev,
                                 .interrupted = &stopped};
    memset(j->t.data_sha, '7', 64);
    return heed_trainer_init(&j->t, &err);
}

static void job_close(struct job *j)
{
    heed_trainer_release(&j->t);
    heed_model_release(&j->m);
    heed_dataset_source_release(&j->dataset_source);
    heed_dataset_release(&j->data);
    heed_corpus_release(&j->dev);
}

/* Goes on from it for a few updates. The model that lies there is one that loads, whatever happened. */
static void use_checkpoint(struct heed_doc *d)
{
    struct heed_doc again;
    struct heed_model m;
    struct job j;
    int updates = 0;
    char *bytes;
    TAP_DONE(job_open(&j), &err);
    j.t.progress = stop_soon;
    j.t.progress_ctx = &updates;
    if (read_again(d, &again, &bytes) || heed_model_weights(&j.m, &again, &err) ||
        heed_checkpoint_restore(&j.t, &again, &err) || heed_trainer_run(&j.t, &err))
        check_refusal();
    else
        n_used++;
    job_close(&j);
    heed_doc_release(&again);
    free(bytes);
    TAP_DONE(heed_model_load(&m, model_path, NULL, &err), &err);
    heed_model_release(&m);
}

static void test_checkpoints(void)
{
    struct heed_doc good, d;
    struct job j;
    int updates = 0;
    TAP_DONE(job_open(&j), &err);
    j.t.progress = stop_soon;
    j.t.progress_ctx = &updates;
    TAP_DONE(heed_trainer_run(&j.t, &err), &err);
    job_close(&j);
    heed_doc_init(&good);
    TAP_DONE(heed_doc_load(&good, checkpoint_path, &err), &err);
    for (int64_t i = 0; i < mutations && !tap_bad; i++) {
        mutate_copy(&good, &d);
        mutate_doc(&d);
        use_checkpoint(&d);
        heed_doc_release(&d);
    }
    heed_doc_release(&good);
    check_counts("checkpoints");
}

/* --- frames --- */

static struct heed_model frames_model;
static struct heed_engine frames_engine;
static struct heed_doc frames_head;

static void use_ids(const struct heed_doc *d)
{
    struct heed_batch b;
    struct heed_encoded x;
    if (heed_schema_check_ids(d, "src", frames_model.sides.src.vocab.n, &err) ||
        heed_batch_from_doc(d, &b, &err) ||
        heed_engine_encode(&frames_engine, b.B, b.S, b.src, b.src_len, &x, &err))
        check_refusal();
}

static void use_memory(const struct heed_doc *d)
{
    struct heed_encoded x;
    struct heed_hypotheses h = {0};
    struct heed_search_options o = {.log_probs = true, .weights = true, .queries = true};
    heed_arena_reset(&frames_engine.batch);
    if (heed_encoded_from_doc(&x, &frames_model.net, d, &err) ||
        heed_engine_keys(&frames_engine, &x, &err) ||
        heed_engine_decode(&frames_engine, &x, &o, &h, &err))
        check_refusal();
    heed_hypotheses_release(&h);
}

static void use_text(const struct heed_doc *d)
{
    struct heed_source_text src;
    size_t n;
    const struct heed_array *a = d->n_arrays ? &d->arrays[0] : NULL;
    for (int64_t b = 0; a && a->rank && b < a->dims[0]; b++)
        for (int64_t i = -1; heed_source_text_find(d, b, &src) && i < 70; i++) {
            const char *at = heed_source_token(&src, i, &n);
            if (at && memchr(at, 0, n) == at + n)
                BUG("behind its end");
        }
}

static void use_frame(const char *type, const struct heed_doc *d)
{
    n_used++;
    struct peek p = {.values = true, .words = true, .words_of = &frames_head};
    peek_show(&p, "frame", "data", d);
    heed_str_release(&p.text);
    use_text(d);
    if (!strcmp(type, "ids") || !strcmp(type, "batch"))
        use_ids(d);
    if (!strcmp(type, "memory"))
        use_memory(d);
}

/* As a stream of this type, or of one that nobody knows. */
static void read_frame(const char *type, struct heed_doc *d)
{
    struct heed_reader r;
    struct heed_doc head, frame;
    struct heed_output out;
    struct heed_input in;
    char path[64];
    snprintf(path, sizeof(path), "%s/stream", dir);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct heed_writer w;
    heed_output_fd(&out, dup(fd), "memory");
    heed_doc_init(&head);
    heed_doc_init(&frame);
    if (heed_writer_begin(&w, &out, type, "test", &head, &err) == 0 &&
        heed_writer_frame(&w, d, &err) == 0 && heed_writer_end(&w, NULL, &err) == 0 &&
        heed_output_flush(&out, &err) == 0) {
        lseek(fd, 0, SEEK_SET);
        heed_input_fd(&in, dup(fd), "stream");
        if (heed_reader_start(&r, &in, NULL, &err) == 0) {
            int got;
            while ((got = heed_reader_next(&r, &frame, &err)) > 0)
                use_frame(type, &frame);
            if (got < 0)
                check_refusal();
            heed_reader_close(&r);
        }
    }
    struct heed_err ignored;
    (void)!heed_output_close(&out, &ignored);
    heed_doc_release(&frame);
    heed_doc_release(&head);
    close(fd);
}

/* Good frames of all types, of the same lines. */
#define FRAMES 5
static const char *const frame_types[FRAMES] = {"ids", "batch", "memory", "hypotheses",
                                                "attention"};

static int make_frames(struct heed_doc frames[FRAMES])
{
    struct heed_line taken[HEED_COUNT(lines)] = {0};
    struct heed_batch b;
    struct heed_encoded x;
    struct heed_hypotheses h = {0};
    struct heed_search_options o = {.log_probs = true, .weights = true, .queries = true};
    int64_t line[HEED_COUNT(lines)], n = HEED_COUNT(lines);
    struct heed_doc ids;
    heed_doc_init(&ids);
    for (int64_t i = 0; i < n; i++) {
        line[i] = i;
        if (heed_line_take(&taken[i], &frames_model.sides.src, lines[i], strlen(lines[i]), false,
                           &err))
            return -1;
    }
    heed_lines_ids_to_doc(taken, n, "src", "src_len", &ids);
    heed_lines_text_to_doc(taken, n, &ids);
    heed_doc_add(&ids, "line", HEED_I64, 1, &n, line);
    if (heed_batch_from_doc(&ids, &b, &err) ||
        heed_engine_encode(&frames_engine, b.B, b.S, b.src, b.src_len, &x, &err) ||
        heed_engine_keys(&frames_engine, &x, &err) ||
        heed_engine_decode(&frames_engine, &x, &o, &h, &err))
        return -1;
    for (int f = 0; f < FRAMES; f++) {
        struct heed_doc d;
        heed_doc_init(&d);
        for (size_t i = 0; i < ids.n_arrays; i++)
            heed_doc_add(&d, ids.arrays[i].name, ids.arrays[i].dtype, ids.arrays[i].rank,
                         ids.arrays[i].dims, ids.arrays[i].data);
        if (f == 1)
            heed_doc_clear(&d);
        if (f == 1)
            heed_batch_to_doc(&b, true, &d);
        if (f == 2)
            heed_encoded_to_doc(&x, &frames_model.net, &d);
        if (f == 3)
            heed_hypotheses_to_doc(&h, &d);
        if (f == 4)
            heed_attention_to_doc(&x, &h, &d);
        mutate_copy(&d, &frames[f]);
        heed_doc_release(&d);
    }
    heed_doc_release(&ids);
    heed_hypotheses_release(&h);
    for (int64_t i = 0; i < n; i++)
        heed_line_release(&taken[i]);
    return 0;
}

static void test_frames(void)
{
    struct heed_doc frames[FRAMES], d;
    TAP_DONE(make_model(&frames_model, "hidden=4,score=mlp", 9), &err);
    heed_engine_init(&frames_engine, &frames_model, 1);
    heed_doc_init(&frames_head);
    heed_sides_to_doc(&frames_model.sides, 3, &frames_head);
    TAP_DONE(make_frames(frames), &err);
    for (int64_t i = 0; i < mutations * FRAMES; i++) {
        int f = (int)(i % FRAMES);
        mutate_copy(&frames[f], &d);
        mutate_doc(&d);
        if (d.n_arrays)
            read_frame(mutate_below(20) ? frame_types[f] : "unheard", &d);
        heed_doc_release(&d);
    }
    for (int f = 0; f < FRAMES; f++)
        heed_doc_release(&frames[f]);
    heed_doc_release(&frames_head);
    heed_engine_release(&frames_engine);
    heed_model_release(&frames_model);
    check_counts("frames");
}

int main(void)
{
    const char *n = getenv("HEED_MUTATIONS"), *seed = getenv("HEED_SEED");
    char command[64];
    make_plugin_path();
    if (n)
        mutations = strtoll(n, NULL, 10);
    heed_rng_seed(&mutate_rng, seed ? strtoull(seed, NULL, 10) : 1, 8);
    if (!mkdtemp(dir))
        BUG("no folder");
    snprintf(model_path, sizeof(model_path), "%s/m.heed", dir);
    snprintf(checkpoint_path, sizeof(checkpoint_path), "%s/m.ckpt.heed", dir);
    TAP_RUN(test_models);
    TAP_RUN(test_quantized);
    TAP_RUN(test_sentencepiece);
    TAP_RUN(test_checkpoints);
    TAP_RUN(test_frames);
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    return system(command) || tap_end();
}
