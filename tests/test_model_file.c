/* test_model_file.c: the model's file: what is written comes back; every
 * truncation and every flipped bit is found; documents that are whole but not
 * what a model must be are refused by name. */
#include <math.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/model_make.h"

/* --- documents of a small model --- */

static struct heed_model model;
static struct heed_doc doc;

static struct heed_doc *fresh_of(const struct heed_model *m)
{
    heed_doc_release(&doc);
    heed_doc_init(&doc);
    heed_doc_set_meta(&doc, "heed", HEED_FORMAT);
    heed_model_to_doc(m, &doc);
    return &doc;
}

static struct heed_doc *fresh(void)
{
    return fresh_of(&model);
}

static int load(const struct heed_doc *d)
{
    struct heed_model m;
    if (heed_model_from_doc(&m, d, NULL, &err))
        return -1;
    heed_model_release(&m);
    return 0;
}

static void drop(struct heed_doc *d, const char *name)
{
    struct heed_array *a = heed_doc_find(d, name);
    if (!a)
        BUG("no tensor %s", name);
    free(a->name);
    free(a->owned);
    *a = d->arrays[--d->n_arrays];
}

static void unset(struct heed_doc *d, const char *key)
{
    for (size_t i = 0; i < d->n_meta; i++)
        if (!strcmp(d->meta[i].key, key)) {
            free(d->meta[i].key);
            free(d->meta[i].value);
            d->meta[i] = d->meta[--d->n_meta];
            return;
        }
    BUG("no metadata %s", key);
}

static char *written(struct heed_doc *d, size_t *n)
{
    struct heed_output out;
    int fd = memfd_create("model", MFD_CLOEXEC);
    heed_output_fd(&out, dup(fd), "memory");
    if (heed_doc_write_file(d, &out, &err) || heed_output_close(&out, &err))
        BUG("%s", err.text);
    *n = (size_t)lseek(fd, 0, SEEK_END);
    char *bytes = heed_xmalloc(*n);
    if (pread(fd, bytes, *n, 0) != (ssize_t)*n)
        BUG("memory cannot be read");
    close(fd);
    return bytes;
}

/* As small as a model can be, since it is read some ten thousand times. */
static char *write_small(size_t *n)
{
    struct heed_model m;
    if (make_model(&m, "hidden=2,embed=1,decoder=plain,cell=rnn,bidirectional=off", 1))
        BUG("%s", err.text);
    char *bytes = written(fresh_of(&m), n);
    heed_model_release(&m);
    return bytes;
}

/* A copy whose end is the end of its memory, so that a sanitizer sees a byte too many. */
static int parse(const char *bytes, size_t n)
{
    struct heed_doc d;
    char *own = heed_xmalloc(n + 1);
    memcpy(own, bytes, n);
    heed_doc_init(&d);
    int status = heed_doc_parse(&d, own, n, &err) || load(&d) ? -1 : 0;
    heed_doc_release(&d);
    free(own);
    return status;
}

/* --- there and back --- */

static void test_round_trip(void)
{
    struct heed_model m;
    struct heed_doc d;
    size_t n, again;
    char *bytes = written(fresh(), &n);
    heed_doc_init(&d);
    TAP_DONE(heed_doc_parse(&d, bytes, n, &err), &err);
    TAP_DONE(heed_model_from_doc(&m, &d, NULL, &err), &err);
    heed_doc_release(&d);
    TAP_I64(m.limits.max_tgt, 8);
    TAP_NEAR(m.limits.ratio, 2, 0);
    heed_doc_init(&d);
    heed_doc_set_meta(&d, "heed", HEED_FORMAT);
    heed_model_to_doc(&m, &d);
    char *second = written(&d, &again);
    heed_doc_release(&d);
    heed_model_release(&m);
    TAP_I64(again, n);
    TAP_MEM(second, bytes, n);
    free(second);
    free(bytes);
}

/* --- damage --- */

static void test_every_truncation(void)
{
    size_t n;
    char *bytes = write_small(&n);
    size_t missed = 0;
    for (size_t i = 0; i < n; i++)
        missed += parse(bytes, i) == 0;
    int whole = parse(bytes, n);
    free(bytes);
    tap_diag("%zu bytes", n);
    TAP_I64(whole, 0);
    TAP_I64(missed, 0);
}

static void test_every_bit(void)
{
    size_t n;
    char *bytes = write_small(&n);
    size_t missed = 0;
    for (size_t i = 0; i < n; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] ^= (char)(1 << bit);
            missed += parse(bytes, n) == 0;
            bytes[i] ^= (char)(1 << bit);
        }
    free(bytes);
    TAP_I64(missed, 0);
}

/* --- whole, but not a model --- */

static void test_parameters(void)
{
    drop(fresh(), "readout.bias");
    TAP_FAILS(load(&doc), &err, "tensor readout.bias");
    heed_doc_add(fresh(), "readout.more", HEED_F32, 1, (int64_t[]){1}, &(float){1});
    TAP_FAILS(load(&doc), &err, "tensor readout.more does not belong to this model");
    heed_doc_find(fresh(), "readout.bias")->name[8] = 'B';
    TAP_FAILS(load(&doc), &err, "tensor readout.bias");
    heed_doc_find(fresh(), "readout.bias")->dtype = HEED_I32;
    TAP_FAILS(load(&doc), &err, "tensor readout.bias");
}

static void test_shapes(void)
{
    struct heed_array *a = heed_doc_find(fresh(), "readout.weight");
    int64_t swapped = a->dims[0];
    a->dims[0] = a->dims[1];
    a->dims[1] = swapped;
    TAP_FAILS(load(&doc), &err,
              "tensor readout.weight: dimension 0 is 4, the configuration wants 8");
    heed_doc_set_meta(fresh(), "readout", "5");
    TAP_FAILS(load(&doc), &err, "tied on needs readout and embed of one width");
    heed_doc_set_meta(fresh(), "hidden", "8");
    TAP_FAILS(load(&doc), &err, "the configuration wants");
    heed_doc_set_meta(fresh(), "layers", "2");
    TAP_FAILS(load(&doc), &err, "tensor decoder.1.input.weight");
    heed_doc_set_meta(fresh(), "bidirectional", "off");
    TAP_FAILS(load(&doc), &err, "the configuration wants");
    heed_doc_set_meta(fresh(), "decoder", "bahdanau");
    TAP_FAILS(load(&doc), &err, "decoder.feed.weight");
    heed_doc_set_meta(fresh(), "cell", "lstm");
    TAP_FAILS(load(&doc), &err, "plugin.cell cell_gru/2/1 (name/ABI/revision), here is cell_lstm");
}

/* Sizes are believed only where tensors of that size are there. */
static void test_monstrous(void)
{
    heed_doc_set_meta(fresh(), "hidden", "16384");
    heed_doc_set_meta(&doc, "encoder-hidden", "16384");
    heed_doc_set_meta(&doc, "layers", "16");
    TAP_FAILS(load(&doc), &err, "the configuration wants");
}

/* The same of a net whose layers' tensors have other names; heads and widths that are none of its. */
static void test_monstrous_transformer(void)
{
    static const char *const cases[][3] = {
        {"hidden", "16384", "the configuration wants"},
        {"ffn", "65536", "the configuration wants ffn 65536"},
        {"layers", "16", "tensor encoder.15.ffn.input.weight"},
        {"decoder-layers", "16", "tensor decoder.15.ffn.input.weight"},
        {"heads", "3", "hidden 8 is not divided by 3 heads"},
        {"heads", "65", "heads"},
        {"norm", "none", "norm"},
        {"norm-place", "post", "norm.gain does not belong"},
        {"positions", "learnt", "encoder.position.weight"},
        {"activation", "swiglu", "the configuration wants"},
        {"net", "rnn", "bridge copy needs an encoder"},
        {"net", "rnn-transformer", "encoder.0.forward.input.weight"},
        {"net", "former", "no net called 'former'"},
    };
    struct heed_model m;
    TAP_DONE(make_model(&m, "net=transformer,hidden=8,heads=2,layers=1", 3), &err);
    for (size_t i = 0; i < HEED_COUNT(cases) && !tap_bad; i++) {
        fresh_of(&m);
        if (!strcmp(cases[i][0], "hidden")) {
            heed_doc_set_meta(&doc, "embed", cases[i][1]);
            heed_doc_set_meta(&doc, "readout", cases[i][1]);
        }
        heed_doc_set_meta(&doc, cases[i][0], cases[i][1]);
        TAP_FAILS(load(&doc), &err, cases[i][2]);
    }
    heed_model_release(&m);
}

static void test_configuration(void)
{
    static const char *const cases[][3] = {
        {"layers", "-1", "layers"},
        {"layers", "17", "layers"},
        {"layers", "1e1", "layers"},
        {"layers", "", "layers"},
        {"hidden", "99999999999999999999", "hidden"},
        {"bidirectional", "maybe", "bidirectional"},
        {"decoder", "transformer", "decoder"},
        {"bridge", "copy", "bridge copy needs an encoder that reads one way"},
        {"tied", "yes", "tied"},
        {"pad-source", "-5", "pad-source"},
        {"limit.max-src", "many", "limit.max-src"},
        {"limit.max-tgt", "", "limit.max-tgt"},
        {"limit.max-tgt", "-3", "limit.max-tgt"},
        {"limit.ratio", "nan", "limit.ratio"},
        {"limit.ratio", "-1", "limit.ratio"},
        {"limit.repeats", "256", "limit.repeats"},
        {"limit.repeats", "-1", "limit.repeats"},
        {"limit.repeats", "x", "limit.repeats"},
        {"kind", "vocabulary", "not a heed model"},
        {"src-eos", "2", "src-eos"},
        {"joint", "", "joint"},
    };
    for (size_t i = 0; i < HEED_COUNT(cases); i++) {
        heed_doc_set_meta(fresh(), cases[i][0], cases[i][1]);
        TAP_FAILS(load(&doc), &err, cases[i][2]);
    }
    heed_doc_set_meta(fresh(), "rotary", "on"); /* an option of a newer heed */
    TAP_DONE(load(&doc), &err);
    unset(fresh(), "pad-source"); /* says what its absence means */
    TAP_DONE(load(&doc), &err);
    static const char *const wanted[] = {"layers",        "hidden",      "score",
                                         "limit.max-src", "limit.ratio", "kind",
                                         "tokenizer.tgt", "plugin.cell", "plugin.score"};
    for (size_t i = 0; i < HEED_COUNT(wanted); i++) {
        unset(fresh(), wanted[i]);
        TAP_FAILS(load(&doc), &err, wanted[i]);
    }
}

/* What training showed: counted, kept, and refused where it does not fit. */
static void set_seen(int64_t n, const char *lines)
{
    static const uint8_t ids[64] = {0, 0, 0, 0, 1, 1};
    heed_doc_add_copy(fresh(), "vocab.seen", HEED_U8, 1, &n, ids);
    heed_doc_set_meta(&doc, "seen.lines", lines);
    heed_doc_set_meta(&doc, "seen.several", "3");
    heed_doc_set_meta(&doc, "seen.wordless", "1");
}

static void test_seen(void)
{
    struct heed_model m;
    struct heed_doc again;
    const int64_t n = MAKE_WORDS + HEED_SPECIALS;
    set_seen(n, "20");
    TAP_DONE(heed_model_from_doc(&m, &doc, NULL, &err), &err);
    bool several = heed_seen_several(&m.seen), wordless = heed_seen_wordless(&m.seen);
    int bad = heed_seen_count(&m.seen, &m.sides, &make_batch, &err);
    heed_doc_init(&again);
    heed_model_to_doc(&m, &again);
    const char *lines = heed_doc_meta(&again, "seen.lines");
    const uint8_t *ids = heed_doc_find(&again, "vocab.seen")->data;
    bool counted = lines && strcmp(lines, "26") == 0 && ids[4] && ids[12] && ids[3] && !ids[2];
    heed_doc_release(&again);
    heed_model_release(&m);
    TAP_OK(bad == 0 && several && wordless && counted);
    set_seen(n - 1, "20");
    TAP_FAILS(load(&doc), &err, "tensor vocab.seen");
    set_seen(n, "-20");
    TAP_FAILS(load(&doc), &err, "metadata seen.lines");
    set_seen(n, "9223372036854775807"); /* one more line would be too many */
    TAP_FAILS(load(&doc), &err, "metadata seen.lines");
    set_seen(n, "many");
    TAP_FAILS(load(&doc), &err, "seen.lines");
}

static void set_vocab(const char *text)
{
    drop(fresh(), "vocab.src");
    heed_doc_add_copy(&doc, "vocab.src", HEED_U8, 1, (int64_t[]){(int64_t)strlen(text)}, text);
}

#define SPECIALS "<pad>\n<bos>\n<eos>\n<unk>\n"

static void test_vocabulary(void)
{
    set_vocab(SPECIALS "a\nb\n");
    TAP_FAILS(load(&doc), &err, "tensor src.embed.weight has 13 rows, its vocabulary 6 pieces");
    set_vocab("<bos>\n<pad>\n<eos>\n<unk>\na\n");
    TAP_FAILS(load(&doc), &err, "vocabulary line 1: '<bos>', want <pad>");
    set_vocab("<pad>\n<bos>\n<eos>\n");
    TAP_FAILS(load(&doc), &err, "vocabulary: 3 lines, want at least the four");
    set_vocab("");
    TAP_FAILS(load(&doc), &err, "vocabulary: 0 lines");
    set_vocab(SPECIALS "a\nb\na\n");
    TAP_FAILS(load(&doc), &err, "vocabulary line 7: 'a' stands already on line 5");
    set_vocab(SPECIALS "a\n\n");
    TAP_FAILS(load(&doc), &err, "vocabulary line 6: ");
    set_vocab(SPECIALS "a\xff\n");
    TAP_FAILS(load(&doc), &err, "vocabulary line 5: ");
    set_vocab(SPECIALS "a");
    TAP_FAILS(load(&doc), &err, "vocabulary line 5: no line feed at its end");
    char text[2000] = SPECIALS;
    memset(text + strlen(text), 'x', 1025);
    text[strlen(text)] = '\n'; /* the rest of text is zeros */
    set_vocab(text);
    TAP_FAILS(load(&doc), &err, "vocabulary line 5: ");
    drop(fresh(), "vocab.tgt");
    TAP_FAILS(load(&doc), &err, "tensor vocab.tgt");
}

static void test_not_finite(void)
{
    static const float bad[] = {NAN, INFINITY, -INFINITY};
    for (size_t i = 0; i < HEED_COUNT(bad); i++) {
        float *x = &model.net.out_b->data[3], kept = *x;
        *x = bad[i];
        int status = load(fresh());
        *x = kept;
        TAP_I64(status, -1);
        TAP_OK(strstr(err.text, "tensor out.bias holds values that are not finite"));
    }
    TAP_DONE(load(fresh()), &err);
}

static void test_plugins(void)
{
    heed_doc_set_meta(fresh(), "score", "absent");
    TAP_FAILS(load(&doc), &err, "plugin score_absent.so not found");
    heed_doc_set_meta(fresh(), "score", "../score_mlp");
    TAP_FAILS(load(&doc), &err, "a model may name plugins only");
    heed_doc_set_meta(fresh(), "cell", "/tmp/cell.so");
    TAP_FAILS(load(&doc), &err, "a model may name plugins only");
    heed_doc_set_meta(fresh(), "score", "MLP");
    TAP_FAILS(load(&doc), &err, "MLP");
    heed_doc_set_meta(fresh(), "score", "mlp:width=3");
    TAP_FAILS(load(&doc), &err, "width");
    static const char *const others[] = {
        "score_mlp/2/9", "score_dot/2/1", "score_ml/2/1", "score_mlp", "", "/2/1"};
    for (size_t i = 0; i < HEED_COUNT(others); i++) {
        char want[80];
        snprintf(want, sizeof(want), "made with plugin.score %s (name/ABI/revision), here is",
                 others[i]);
        heed_doc_set_meta(fresh(), "plugin.score", others[i]);
        TAP_FAILS(load(&doc), &err, want);
    }
    /* Another ABI is another way to talk, the same arithmetic. */
    heed_doc_set_meta(fresh(), "plugin.score", "score_mlp/1/1");
    TAP_DONE(load(&doc), &err);
    heed_doc_set_meta(fresh(), "tokenizer.src", "./evil.so");
    TAP_FAILS(load(&doc), &err, "tokenizer.src");
    heed_doc_set_meta(fresh(), "tokenizer.src.revision", "77");
    TAP_FAILS(load(&doc), &err, "revision 77 made this vocabulary");
}

/* --- weights of 8 bits --- */

static char file[] = "/tmp/heed-model.XXXXXX";

/* As run, which is where they may be. */
static int run_file(struct heed_doc *d)
{
    struct heed_model m;
    if (heed_doc_save(d, file, &err) || heed_model_load(&m, file, NULL, &err))
        return -1;
    heed_model_release(&m);
    return 0;
}

static void test_quantized(void)
{
    struct heed_model whole, m;
    char one[65], two[65];
    int fd = mkstemp(file);
    TAP_OK(fd >= 0 && close(fd) == 0);
    TAP_DONE(make_model(&whole, "hidden=18,embed=16,tied=off", 2), &err);
    int64_t before = heed_model_weight_bytes(&whole);
    TAP_I64(heed_model_quantize(&whole),
            9); /* embeddings, gates, readout, output; mlp's own are floats */
    TAP_OK(heed_model_weight_bytes(&whole) < before / 2);
    TAP_I64(heed_model_quantize(&whole), 0);
    TAP_DONE(heed_model_save(&whole, file, one, &err), &err);
    TAP_DONE(heed_model_load(&m, file, NULL, &err), &err);
    TAP_DONE(heed_model_save(&m, file, two, &err), &err);
    TAP_STR(one, two);
    heed_model_release(&m);

    TAP_DONE(run_file(fresh_of(&whole)), &err);
    TAP_FAILS(load(fresh_of(&whole)), &err, "are run, not trained");
    drop(fresh_of(&whole), "out.weight.scale");
    TAP_FAILS(run_file(&doc), &err, "tensor out.weight.scale is missing");
    heed_doc_add(fresh(), "readout.weight.scale", HEED_F32, 1, (int64_t[]){1}, &(float){1});
    TAP_FAILS(run_file(&doc), &err, "tensor readout.weight.scale does not belong to this model");
    heed_doc_find(fresh_of(&whole), "out.weight.scale")->dims[0]--;
    heed_doc_find(&doc, "out.weight.scale")->size -= sizeof(float);
    TAP_FAILS(run_file(&doc), &err, "tensor out.weight.scale is 12 long, want 13");
    heed_doc_find(fresh_of(&whole), "out.weight.scale")->data =
        (const float[13]){1, 1, 1, 1, 1, 1, 1, 1, NAN};
    TAP_FAILS(run_file(&doc), &err, "tensor out.weight.scale holds values that are not finite");
    drop(fresh_of(&whole), "readout.bias");
    heed_doc_add(&doc, "readout.bias", HEED_I8, 1, (int64_t[]){18}, "123456789012345678");
    TAP_FAILS(run_file(&doc), &err, "tensor readout.bias: dtype I8, want F32");
    unlink(file);
    heed_model_release(&whole);
}

int main(void)
{
    make_plugin_path();
    if (make_model(&model, "hidden=4", 1))
        BUG("%s", err.text);
    TAP_RUN(test_round_trip);
    TAP_RUN(test_every_truncation); /* M02 */
    TAP_RUN(test_every_bit);        /* M02 */
    TAP_RUN(test_parameters);       /* M04 */
    TAP_RUN(test_shapes);           /* M05 */
    TAP_RUN(test_monstrous);
    TAP_RUN(test_monstrous_transformer);
    TAP_RUN(test_configuration); /* M06 */
    TAP_RUN(test_seen);
    TAP_RUN(test_vocabulary); /* M07 M08 */
    TAP_RUN(test_not_finite); /* M09 */
    TAP_RUN(test_plugins);    /* M10 */
    TAP_RUN(test_quantized);
    heed_doc_release(&doc);
    heed_model_release(&model);
    return tap_end();
}
