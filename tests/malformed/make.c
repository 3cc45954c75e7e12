/* make.c: writes the malformed document or stream of this name to standard output.
 *
 *     make NAME > file        make --list
 *
 * cases.tsv beside it holds the message each must bring. Raw documents are a header as given and
 * data behind it; documents and streams of ours are written by heed and then spoiled, where needed
 * with the header's text exchanged (and padded again) but its checksums left as they were. */
#include <stdio.h>
#include <string.h>

#include "tests/stream_make.h"

static struct heed_err err;

/* --- raw documents --- */

static void put_u64(struct heed_str *out, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        heed_str_add_char(out, (char)(v >> (8 * i)));
}

static void raw(struct heed_str *out, const char *header, size_t n, size_t n_data)
{
    put_u64(out, n);
    heed_str_add(out, header, n);
    for (size_t i = 0; i < n_data; i++)
        heed_str_add_char(out, 'd');
}

static void raw_text(struct heed_str *out, const char *header, size_t n_data)
{
    raw(out, header, strlen(header), n_data);
}

/* One tensor: dtype, shape and offsets as they shall stand there. */
static void raw_tensor(struct heed_str *out, const char *dtype, const char *shape,
                       const char *offsets, size_t n_data)
{
    struct heed_str h = {0};
    heed_str_printf(&h, "{\"a\":{\"dtype\":%s,\"shape\":%s,\"data_offsets\":%s}}", dtype, shape,
                    offsets);
    raw(out, h.data, h.len, n_data);
    heed_str_release(&h);
}

#define V(name, bytes)                                                                             \
    {                                                                                              \
        name, bytes, sizeof(bytes) - 1                                                             \
    }
static const struct {
    const char *name;
    const char *bytes;
    size_t n;
} verbatim[] = {
    V("empty", ""),
    V("short", "\x38\0\0"),
    V("short-text", "hi\n"),
    V("text", "The cat sat on the mat.\n"),
    V("text-utf8", "\xc3\xa9t\xc3\xa9 chaud, hiver froid\n"),
    V("gzip", "\x1f\x8b\x08\0\0\0\0\0\0\x03\x4b\x4c"),
    V("xz", "\xfd\x37zXZ\0\0\x04\xe6\xd6\xb4\x46"),
    V("zstd", "\x28\xb5\x2f\xfd\x04\x58\x19\0\0"),
    V("bzip2", "BZh91AY&SY\x1c"),
    V("zip", "PK\x03\x04\x14\0\0\0\x08\0"),
    V("elf", "\x7f\x45LF\x02\x01\x01\0\0\0"),
    V("png", "\x89PNG\r\n\x1a\n\0\0"),
    V("sqlite", "SQLite format 3"),
    V("gguf", "GGUF\x03\0\0\0\x01\0"),
    V("npy", "\x93NUMPY\x01\0v\0"),
    V("length-0", "\0\0\0\0\0\0\0\0{}"),
    V("length-1", "\1\0\0\0\0\0\0\0{}"),
    V("length-over", "\1\0\x10\0\0\0\0\0{}"),
    V("length-2-63", "\0\0\0\0\0\0\0\x80{}"),
    V("length-2-64", "\xff\xff\xff\xff\xff\xff\xff\xff{}"),
    V("length-swapped", "\0\0\0\0\0\0\0\x02{}"),
    V("header-cut", "\x40\0\0\0\0\0\0\0{\"a\":"),
};

static const struct {
    const char *name, *header;
    size_t n_data;
} headers[] = {
    {"leading-blank", " {}", 0},
    {"bom", "\xef\xbb\xbf{}", 0},
    {"no-object", "[]", 0},
    {"two-objects", "{}{}", 0},
    {"padding-tab", "{}\t", 0},
    {"unclosed", "{\"a\":{}", 0},
    {"unclosed-string", "{\"a}", 0},
    {"closed-twice", "{}}", 0},
    {"not-utf8", "{\"\xff\":{}}", 0},
    {"nul-escape", "{\"a\\u0000b\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0},
    {"lone-surrogate", "{\"\\ud800\":{}}", 0},
    {"duplicate-tensor",
     "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
     "\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}",
     2},
    {"duplicate-escaped",
     "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
     "\"\\u0061\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}",
     2},
    {"duplicate-metadata", "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}", 0},
    {"second-metadata", "{\"__metadata__\":{},\"__metadata__\":{}}", 0},
    {"metadata-null", "{\"__metadata__\":null}", 0},
    {"metadata-number", "{\"__metadata__\":{\"k\":1}}", 0},
    {"metadata-nested", "{\"__metadata__\":{\"k\":{\"l\":{}}}}", 0},
    {"tensor-list", "{\"a\":[\"U8\",[1],[0,1]]}", 1},
    {"field-missing", "{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", 1},
    {"field-unknown",
     "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"strides\":[1]}}", 1},
    {"name-empty", "{\"\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1},
    {"name-slash", "{\"a/b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1},
    {"name-dots", "{\"..\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1},
    {"name-newline", "{\"a\\nb\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1},
    {"name-escape", "{\"\\u001b[31m\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1},
    {"hole",
     "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},"
     "\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[2,3]}}",
     3},
    {"hole-first", "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[1,2]}}", 2},
    {"overlap",
     "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
     "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[1,3]}}",
     3},
    {"same-range",
     "{\"a\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]},"
     "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[0,2]}}",
     2},
    {"crc-without-heed", "{\"__metadata__\":{\"crc\":\"00000000\"}}", 0},
    {"version-0", "{\"__metadata__\":{\"heed\":\"0.0\"}}", 0},
    {"version-newer", "{\"__metadata__\":{\"heed\":\"1.0\"}}", 0},
    {"version-word", "{\"__metadata__\":{\"heed\":\"new\"}}", 0},
    {"unaligned-header", "{\"__metadata__\":{\"heed\":\"0.1\"}}", 0},
};

static const struct {
    const char *name, *dtype, *shape, *offsets;
    size_t n_data;
} tensors[] = {
    {"dtype-unknown", "\"F33\"", "[1]", "[0,4]", 4},
    {"dtype-case", "\"f32\"", "[1]", "[0,4]", 4},
    {"dtype-number", "32", "[1]", "[0,4]", 4},
    {"rank-9", "\"U8\"", "[1,1,1,1,1,1,1,1,1]", "[0,1]", 1},
    {"rank-33", "\"U8\"", "[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]",
     "[0,1]", 1},
    {"shape-number", "\"U8\"", "1", "[0,1]", 1},
    {"dim-negative", "\"U8\"", "[-1]", "[0,1]", 1},
    {"dim-large", "\"U8\"", "[2147483648]", "[0,1]", 1},
    {"shape-wraps", "\"U8\"", "[2147483647,2147483647,2147483647]", "[0,1]", 1},
    {"shape-wraps-zero", "\"U8\"", "[2147483647,2147483647,2147483647,0]", "[0,0]", 0},
    {"bytes-wrap", "\"I64\"", "[2147483647,2147483647,2]", "[0,8]", 8},
    {"bits-uneven", "\"F4\"", "[3]", "[0,2]", 2},
    {"size-mismatch", "\"F32\"", "[2,3]", "[0,20]", 20},
    {"offsets-three", "\"U8\"", "[1]", "[0,1,2]", 1},
    {"offsets-reversed", "\"U8\"", "[1]", "[1,0]", 1},
    {"offset-beyond", "\"U8\"", "[10]", "[0,10]", 4},
    {"offset-huge", "\"U8\"", "[1]", "[9007199254740993,9007199254740994]", 1},
    {"claim-60-gib", "\"U8\"", "[30,2147483647]", "[0,64424509410]", 60},
    {"claim-1-tib", "\"U8\"", "[512,2147483647]", "[0,1099511627264]", 60},
    {"number-exponent", "\"U8\"", "[1e3]", "[0,1000]", 1000},
    {"number-real", "\"U8\"", "[1.0]", "[0,1]", 1},
    {"number-nan", "\"U8\"", "[NaN]", "[0,1]", 1},
    {"number-plus", "\"U8\"", "[+1]", "[0,1]", 1},
    {"number-zero", "\"U8\"", "[01]", "[0,1]", 1},
    {"number-hex", "\"U8\"", "[0x10]", "[0,16]", 16},
    {"number-long", "\"U8\"", "[123456789012345678901234567890]", "[0,1]", 1},
    {"number-string", "\"U8\"", "[\"1\"]", "[0,1]", 1},
};

/* --- documents of ours --- */

static void add_bytes(struct heed_str *out, char *bytes, size_t n)
{
    heed_str_add(out, bytes, n);
    free(bytes);
}

static void add_made(struct heed_str *out, struct made *m)
{
    size_t n;
    char *bytes = make_end(m, &n);
    add_bytes(out, bytes, n);
}

static void model(struct heed_str *out)
{
    size_t n;
    char *bytes = make_model_bytes(&n);
    add_bytes(out, bytes, n);
}

/* Exchanges text in the header, which keeps its length modulo 64 and its checksums. */
static void exchange(struct heed_str *s, const char *from, const char *to)
{
    struct heed_str fresh = {0};
    size_t n = (unsigned char)s->data[0] | (size_t)(unsigned char)s->data[1] << 8;
    char *at = memmem(s->data + 8, n, from, strlen(from));
    if (!at)
        BUG("no %s in the header", from);
    size_t end = 8 + n;
    while (s->data[end - 1] == ' ')
        end--;
    heed_str_add(&fresh, s->data, (size_t)(at - s->data));
    heed_str_add_text(&fresh, to);
    at += strlen(from);
    heed_str_add(&fresh, at, end - (size_t)(at - s->data));
    while (fresh.len % 64)
        heed_str_add_char(&fresh, ' ');
    uint64_t length = fresh.len - 8;
    for (int i = 0; i < 8; i++)
        fresh.data[i] = (char)(length >> (8 * i));
    heed_str_add(&fresh, s->data + 8 + n, s->len - 8 - n);
    heed_str_release(s);
    *s = fresh;
}

static const struct {
    const char *name, *from, *to;
} models[] = {
    {"model-renamed", "\"enc.bias\":", "\"enc.bios\":"},
    {"model-name-capital", "\"enc.bias\":", "\"Enc.bias\":"},
    {"model-shape", "[2,3]", "[3,2]"},
    {"model-metadata", "\"256\"", "\"257\""},
    {"model-no-heed", "\"heed\"", "\"hood\""},
    {"model-no-crc", "\"crc\"", "\"cry\""},
    {"model-crc-capital", "\"crc.enc.bias\":\"", "\"crc.enc.bias\":\"A"},
    {"model-crc-lost", "\"crc.enc.bias\"", "\"crc.bias\""},
    {"model-escape-capital", "\\u001b", "\\u001B"},
    {"model-fingerprint", "\"fingerprint\":\"", "\"fingerprint\":\"0"},
    {"model-newer", "\"heed\":\"0.1\"", "\"heed\":\"2.7\""},
};

/* --- streams --- */

struct stream_case {
    const char *name;
    void (*spoil)(struct heed_doc *d, struct heed_writer *w, int frame);
};

static int32_t src[6], src_len[2];
static int64_t line[2];
static const int64_t dims[] = {2, 3};

static void fresh_ids(struct heed_doc *d)
{
    static const int32_t ids[] = {5, 6, 2, 7, 2, 0};
    memcpy(src, ids, sizeof(src));
    src_len[0] = 3;
    src_len[1] = 2;
    line[0] = 0;
    line[1] = 1;
    heed_doc_clear(d);
    heed_doc_add(d, "src", HEED_I32, 2, dims, src);
    heed_doc_add(d, "src_len", HEED_I32, 1, dims, src_len);
    heed_doc_add(d, "line", HEED_I64, 1, dims, line);
}

static void negative(struct heed_doc *d, struct heed_writer *w, int frame)
{
    (void)d, (void)w;
    src[1] = frame == 1 ? -1 : src[1];
}

static void pad_inside(struct heed_doc *d, struct heed_writer *w, int frame)
{
    (void)d, (void)w;
    src[0] = frame == 1 ? 0 : src[0];
}

static void behind(struct heed_doc *d, struct heed_writer *w, int frame)
{
    (void)d, (void)w;
    src[5] = frame == 1 ? 9 : src[5];
}

static void too_long(struct heed_doc *d, struct heed_writer *w, int frame)
{
    (void)d, (void)w;
    src_len[1] = frame == 1 ? 4 : src_len[1];
}

static void no_tensors(struct heed_doc *d, struct heed_writer *w, int frame)
{
    (void)w;
    if (frame == 1)
        heed_doc_clear(d);
}

static void no_len(struct heed_doc *d, struct heed_writer *w, int frame)
{
    (void)w;
    if (frame == 1)
        d->arrays[1].name[0] = 'x';
}

static void float_ids(struct heed_doc *d, struct heed_writer *w, int frame)
{
    (void)w;
    if (frame != 1)
        return;
    d->arrays[0].dtype = HEED_F32;
    memcpy(d->arrays[0].dtype_text, "F32", 4);
}

static void flat_ids(struct heed_doc *d, struct heed_writer *w, int frame)
{
    (void)w;
    d->arrays[0].rank = frame == 1 ? 1 : 2;
    d->arrays[0].size = frame == 1 ? 8 : d->arrays[0].size;
}

static void scalar(struct heed_doc *d, struct heed_writer *w, int frame)
{
    (void)w;
    if (frame == 1)
        heed_doc_add(d, "temperature", HEED_I32, 0, NULL, src);
}

static void other_b(struct heed_doc *d, struct heed_writer *w, int frame)
{
    (void)w;
    if (frame == 1)
        heed_doc_add(d, "extra", HEED_I32, 1, dims + 1, src);
}

static void zero_b(struct heed_doc *d, struct heed_writer *w, int frame)
{
    (void)w;
    for (size_t i = 0; i < d->n_arrays && frame == 1; i++)
        d->arrays[i].dims[0] = d->arrays[i].size = 0;
}

static void bad_mask(struct heed_doc *d, struct heed_writer *w, int frame)
{
    static const uint8_t mask[] = {1, 1, 1, 1, 1, 2};
    (void)w;
    if (frame == 1)
        heed_doc_add(d, "src_mask", HEED_U8, 2, dims, mask);
}

static void many(struct heed_doc *d, struct heed_writer *w, int frame)
{
    (void)w;
    for (int i = 0; i < 4100 && frame == 1; i++) {
        char name[20];
        snprintf(name, sizeof(name), "t%d", i);
        heed_doc_add(d, name, HEED_I32, 1, dims, src);
    }
}

static void skipped(struct heed_doc *d, struct heed_writer *w, int frame)
{
    (void)d;
    w->seq += frame == 1;
}

static void repeated(struct heed_doc *d, struct heed_writer *w, int frame)
{
    (void)d;
    w->seq -= frame == 1;
}

static void count(struct heed_doc *d, struct heed_writer *w, int frame)
{
    (void)d;
    w->seq += frame == 2;
}

static const struct stream_case streams[] = {
    {"stream-id-negative", negative},  {"stream-pad-inside", pad_inside},
    {"stream-id-behind", behind},      {"stream-len", too_long},
    {"stream-no-tensors", no_tensors}, {"stream-no-len", no_len},
    {"stream-dtype", float_ids},       {"stream-rank", flat_ids},
    {"stream-scalar", scalar},         {"stream-b-differs", other_b},
    {"stream-b-zero", zero_b},         {"stream-mask", bad_mask},
    {"stream-many-tensors", many},     {"stream-seq-skips", skipped},
    {"stream-seq-repeats", repeated},  {"stream-count", count},
};

/* Two frames; the case may spoil frame 1, or the writer before the end (frame 2). */
static void stream(struct heed_str *out, const struct stream_case *c, const char *reason, bool end)
{
    struct made m;
    struct heed_writer w;
    struct heed_doc d;
    heed_doc_init(&d);
    make_begin(&m);
    int bad = heed_writer_begin(&w, &m.out, "ids", "tokenize", &d, &err);
    for (int i = 0; i < 2; i++) {
        fresh_ids(&d);
        if (c)
            c->spoil(&d, &w, i);
        bad |= heed_writer_frame(&w, &d, &err);
    }
    if (c)
        c->spoil(&d, &w, 2);
    if (end)
        bad |= heed_writer_end(&w, reason, &err);
    if (bad)
        BUG("%s", err.text);
    heed_doc_release(&d);
    add_made(out, &m);
}

/* --- what fits no table --- */

static void deep(struct heed_str *out)
{
    struct heed_str h = {0};
    heed_str_add_text(&h, "{\"a\":");
    for (int i = 0; i < 100000; i++)
        heed_str_add_char(&h, '[');
    for (int i = 0; i < 100000; i++)
        heed_str_add_char(&h, ']');
    heed_str_add_char(&h, '}');
    raw(out, h.data, h.len, 0);
    heed_str_release(&h);
}

static void many_tensors(struct heed_str *out)
{
    struct heed_str h = {0};
    heed_str_add_char(&h, '{');
    for (int i = 0; i < 4097; i++)
        heed_str_printf(&h, "%s\"t%d\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}",
                        i ? "," : "", i);
    heed_str_add_char(&h, '}');
    raw(out, h.data, h.len, 0);
    heed_str_release(&h);
}

static void many_metadata(struct heed_str *out)
{
    struct heed_str h = {0};
    heed_str_add_text(&h, "{\"__metadata__\":{");
    for (int i = 0; i < 40000; i++)
        heed_str_printf(&h, "%s\"%d\":\"\"", i ? "," : "", i);
    heed_str_add_text(&h, "}}");
    raw(out, h.data, h.len, 0);
    heed_str_release(&h);
}

static void long_name(struct heed_str *out)
{
    struct heed_str h = {0};
    heed_str_add_text(&h, "{\"");
    for (int i = 0; i < 128; i++)
        heed_str_add_char(&h, 'n');
    heed_str_add_text(&h, "\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]}}");
    raw(out, h.data, h.len, 1);
    heed_str_release(&h);
}

static void padding_nul(struct heed_str *out)
{
    raw(out, "{}\0\0", 4, 0);
}

/* Bytes before floats: no hole, but the floats lie crooked. Offsets are not under the checksum. */
static void model_misaligned(struct heed_str *out)
{
    model(out);
    exchange(out, "[36,55]", "[0,19]");
    exchange(out, "[12,36]", "[31,55]");
    exchange(out, "[0,12]", "[19,31]");
}

static void model_trailing(struct heed_str *out)
{
    model(out);
    heed_str_add_text(out, "x");
}

static void model_twice(struct heed_str *out)
{
    model(out);
    model(out);
}

static void model_data(struct heed_str *out)
{
    model(out);
    out->data[out->len - 1] ^= 1;
}

static void model_cut(struct heed_str *out)
{
    model(out);
    out->len -= 7;
}

static void stream_cut(struct heed_str *out)
{
    stream(out, NULL, NULL, false);
}

static void stream_abort(struct heed_str *out)
{
    stream(out, NULL, "<stdin>: line 7: no tab between source and target", true);
}

/* The end frame of a stage that failed before it began. */
static void stream_refused(struct heed_str *out)
{
    struct made m;
    make_begin(&m);
    heed_writer_refuse(&m.out, "tokenize", "cannot open m.heed: No such file or directory");
    add_made(out, &m);
}

static void stream_trailing(struct heed_str *out)
{
    stream(out, NULL, NULL, true);
    heed_str_add_text(out, "garbage");
}

static void stream_model(struct heed_str *out)
{
    stream(out, NULL, NULL, true);
    model(out);
}

static void stream_headless(struct heed_str *out)
{
    struct heed_str whole = {0};
    stream(&whole, NULL, NULL, true);
    size_t n = (unsigned char)whole.data[0] | (size_t)(unsigned char)whole.data[1] << 8;
    heed_str_add(out, whole.data + 8 + n, whole.len - 8 - n);
    heed_str_release(&whole);
}

static void stream_data(struct heed_str *out)
{
    struct heed_str whole = {0};
    stream(&whole, NULL, NULL, false);
    heed_str_add(out, whole.data, whole.len);
    out->data[out->len - 1] ^= 0x40;
    heed_str_release(&whole);
}

static const struct {
    const char *name;
    void (*make)(struct heed_str *out);
} others[] = {
    {"deep", deep},
    {"many-tensors", many_tensors},
    {"many-metadata", many_metadata},
    {"name-long", long_name},
    {"padding-nul", padding_nul},
    {"model-misaligned", model_misaligned},
    {"model-trailing", model_trailing},
    {"model-twice", model_twice},
    {"model-data", model_data},
    {"model-cut", model_cut},
    {"stream-no-end", stream_cut},
    {"stream-abort", stream_abort},
    {"stream-refused", stream_refused},
    {"stream-trailing", stream_trailing},
    {"stream-then-model", stream_model},
    {"stream-no-head", stream_headless},
    {"stream-data", stream_data},
};

static bool build(struct heed_str *out, const char *name)
{
    for (size_t i = 0; i < HEED_COUNT(verbatim); i++)
        if (strcmp(name, verbatim[i].name) == 0)
            return heed_str_add(out, verbatim[i].bytes, verbatim[i].n), true;
    for (size_t i = 0; i < HEED_COUNT(headers); i++)
        if (strcmp(name, headers[i].name) == 0)
            return raw_text(out, headers[i].header, headers[i].n_data), true;
    for (size_t i = 0; i < HEED_COUNT(tensors); i++)
        if (strcmp(name, tensors[i].name) == 0)
            return raw_tensor(out, tensors[i].dtype, tensors[i].shape, tensors[i].offsets,
                              tensors[i].n_data),
                   true;
    for (size_t i = 0; i < HEED_COUNT(models); i++)
        if (strcmp(name, models[i].name) == 0) {
            model(out);
            exchange(out, models[i].from, models[i].to);
            return true;
        }
    for (size_t i = 0; i < HEED_COUNT(streams); i++)
        if (strcmp(name, streams[i].name) == 0)
            return stream(out, &streams[i], NULL, true), true;
    for (size_t i = 0; i < HEED_COUNT(others); i++)
        if (strcmp(name, others[i].name) == 0)
            return others[i].make(out), true;
    if (strcmp(name, "good-model") == 0)
        return model(out), true;
    if (strcmp(name, "good-stream") == 0)
        return stream(out, NULL, NULL, true), true;
    return false;
}

#define LIST(table)                                                                                \
    for (size_t i = 0; i < HEED_COUNT(table); i++)                                                 \
    puts((table)[i].name)

int main(int argc, char **argv)
{
    struct heed_str out = {0};
    if (argc == 2 && strcmp(argv[1], "--list") == 0) {
        LIST(verbatim);
        LIST(headers);
        LIST(tensors);
        LIST(models);
        LIST(streams);
        LIST(others);
        return 0;
    }
    if (argc != 2 || !build(&out, argv[1])) {
        fprintf(stderr, "usage: make NAME | --list\n");
        return 2;
    }
    size_t put = out.len ? fwrite(out.data, 1, out.len, stdout) : 0;
    bool ok = put == out.len && fflush(stdout) == 0;
    heed_str_release(&out);
    return ok ? 0 : 1;
}
