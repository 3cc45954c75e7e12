/* test_stream.c: documents and streams: round trip, every truncation,
 * every flipped bit, the protocol's rules. */
#include "tests/stream_make.h"
#include "tests/tap.h"
#include "stream/hash.h"

#include <time.h>

static struct heed_err err;

/* --- round trip --- */

static void test_round_trip(void)
{
    struct heed_doc a, b;
    struct made m;
    size_t n;
    heed_doc_init(&a);
    heed_doc_init(&b);
    make_model(&a);
    make_begin(&m);
    TAP_DONE(heed_doc_write_file(&a, &m.out, &err), &err);
    char *bytes = make_end(&m, &n);
    TAP_I64(((unsigned char)bytes[0] | (unsigned char)bytes[1] << 8) % 64, 56);
    TAP_DONE(heed_doc_parse(&b, bytes, n, &err), &err);
    TAP_I64(b.n_arrays, 3);
    TAP_I64(b.n_meta, 4);
    TAP_STR(heed_doc_meta(&b, "heed"), HEED_FORMAT);
    TAP_STR(heed_doc_meta(&b, "note"), heed_doc_meta(&a, "note"));
    TAP_STR(b.fingerprint, a.fingerprint);
    TAP_I64(strlen(b.fingerprint), 64);
    for (size_t i = 0; i < a.n_arrays; i++) {
        struct heed_array *x = heed_doc_find(&b, a.arrays[i].name);
        TAP_OK(x && x->size == a.arrays[i].size && x->rank == a.arrays[i].rank);
        TAP_MEM(x->data, a.arrays[i].data, x->size);
    }
    heed_doc_release(&a);
    heed_doc_release(&b);
    free(bytes);
}

static void test_equal_bytes(void)
{
    struct heed_doc a;
    size_t n[2];
    char *bytes[2];
    heed_doc_init(&a);
    for (int i = 0; i < 2; i++) {
        struct made m;
        make_model(&a);
        make_begin(&m);
        TAP_DONE(heed_doc_write_file(&a, &m.out, &err), &err);
        bytes[i] = make_end(&m, &n[i]);
    }
    /* And once more from what was read. */
    struct heed_doc b;
    struct made m;
    heed_doc_init(&b);
    TAP_DONE(heed_doc_parse(&b, bytes[0], n[0], &err), &err);
    make_begin(&m);
    TAP_DONE(heed_doc_write_file(&b, &m.out, &err), &err);
    size_t n_again;
    char *again = make_end(&m, &n_again);
    TAP_OK(n[0] == n[1] && n_again == n[0]);
    TAP_MEM(bytes[1], bytes[0], n[0]);
    TAP_MEM(again, bytes[0], n[0]);
    heed_doc_release(&a);
    heed_doc_release(&b);
    free(bytes[0]);
    free(bytes[1]);
    free(again);
}

static void test_list_layout(void)
{
    /* The list of doc.h written out by hand: whoever writes a reader elsewhere starts here. */
    static const char list[] = "heed\0"
                               "0.1\0"
                               "\0"
                               "a\0I32\0"
                               "2\0";
    static const int32_t v[] = {1, 2};
    static const int64_t dims[] = {2};
    struct heed_doc d;
    struct heed_str want = {0};
    char crc[16], fingerprint[65];
    heed_doc_init(&d);
    heed_doc_set_meta(&d, "heed", "0.1");
    heed_doc_set_meta(&d, "crc.a", "ignored");
    heed_doc_add(&d, "a", HEED_I32, 1, dims, v);
    d.arrays[0].crc = heed_crc32c(0, v, sizeof(v));
    heed_str_add(&want, list, sizeof(list) - 1);
    snprintf(crc, sizeof(crc), "%08x", heed_crc32c(0, v, sizeof(v)));
    heed_str_add(&want, crc, 9);
    TAP_I64(heed_doc_list_crc(&d, fingerprint), heed_crc32c(0, want.data, want.len));
    struct heed_sha256 h;
    char hex[65];
    heed_sha256_init(&h);
    heed_sha256_add(&h, want.data, want.len);
    heed_sha256_hex(&h, hex);
    TAP_STR(fingerprint, hex);
    heed_str_release(&want);
    heed_doc_release(&d);
}

/* --- every truncation, every bit --- */

static bool clean_message(void)
{
    size_t n = strlen(err.text);
    char again[4 * HEED_ERR_TEXT_MAX];
    return n > 0 && !strchr(err.text, '\n') && heed_escape(again, sizeof(again), err.text, n) == n;
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void check_stream_rejected(const char *bytes, size_t n, const char *what, size_t at)
{
    int64_t frames;
    double begin = seconds();
    /* A copy of exactly this size lets the sanitizer see a read beyond it. */
    char *copy = malloc(n ? n : 1);
    memcpy(copy, bytes, n);
    err.text[0] = '\0';
    int got = read_stream(copy, n, "ids", &frames, &err);
    free(copy);
    if (got >= 0)
        TAP_FAIL("%s %zu was not noticed", what, at);
    if (!clean_message())
        TAP_FAIL("%s %zu: message '%s'", what, at, err.text);
    if (seconds() - begin > 0.1)
        TAP_FAIL("%s %zu took more than 100 ms", what, at);
}

static void test_stream_truncated(void)
{
    size_t n;
    char *bytes = make_stream(2, &n);
    for (size_t k = 0; k < n && !tap_bad; k++)
        check_stream_rejected(bytes, k, "truncation to byte", k);
    free(bytes);
}

static void test_stream_flipped(void)
{
    size_t n;
    char *bytes = make_stream(2, &n);
    tap_diag("%zu bits", n * 8);
    for (size_t k = 0; k < n * 8 && !tap_bad; k++) {
        bytes[k / 8] ^= (char)(1 << (k % 8));
        check_stream_rejected(bytes, n, "flipped bit", k);
        bytes[k / 8] ^= (char)(1 << (k % 8));
    }
    free(bytes);
}

static void check_model_rejected(const char *bytes, size_t n, const char *what, size_t at)
{
    struct heed_doc d;
    char *copy = malloc(n ? n : 1);
    memcpy(copy, bytes, n);
    heed_doc_init(&d);
    err.text[0] = '\0';
    int got = heed_doc_parse(&d, copy, n, &err);
    heed_doc_release(&d);
    free(copy);
    if (got >= 0)
        TAP_FAIL("%s %zu was not noticed", what, at);
    if (!clean_message())
        TAP_FAIL("%s %zu: message '%s'", what, at, err.text);
}

static void test_model_truncated(void)
{
    size_t n;
    char *bytes = make_model_bytes(&n);
    for (size_t k = 0; k < n && !tap_bad; k++)
        check_model_rejected(bytes, k, "truncation to byte", k);
    free(bytes);
}

static void test_model_flipped(void)
{
    size_t n;
    char *bytes = make_model_bytes(&n);
    tap_diag("%zu bits", n * 8);
    for (size_t k = 0; k < n * 8 && !tap_bad; k++) {
        bytes[k / 8] ^= (char)(1 << (k % 8));
        check_model_rejected(bytes, n, "flipped bit", k);
        bytes[k / 8] ^= (char)(1 << (k % 8));
    }
    free(bytes);
}

/* --- the protocol --- */

static void test_protocol_whole(void)
{
    size_t n;
    int64_t frames;
    char *bytes = make_stream(3, &n);
    TAP_I64(read_stream(bytes, n, "batch|ids", &frames, &err), 0);
    TAP_I64(frames, 3);
    TAP_I64(read_stream(bytes, n, NULL, &frames, &err), 0);
    TAP_FAILS(read_stream(bytes, n, "memory", &frames, &err), &err,
              "<mem>: is a stream of ids (producer tokenize), want memory");
    TAP_FAILS(read_stream(bytes, n, "id|batches", &frames, &err), &err, "want id or batches");
    free(bytes);
}

static void test_protocol_cat(void)
{
    size_t n;
    int64_t frames;
    char *one = make_stream(2, &n), *two = malloc(2 * n + 3);
    memcpy(two, one, n);
    memcpy(two + n, one, n);
    memcpy(two + 2 * n, "abc", 3);
    TAP_I64(read_stream(two, 2 * n, "ids", &frames, &err), 0);
    TAP_I64(frames, 4);
    TAP_FAILS(read_stream(two, 2 * n + 3, "ids", &frames, &err), &err,
              "<mem>: behind the end frame: is text");
    TAP_FAILS(read_stream(two, 2 * n - 1, "ids", &frames, &err), &err, "truncated header");
    free(one);
    free(two);
}

static void test_protocol_cat_other(void)
{
    struct made m;
    struct heed_writer w;
    struct heed_doc d;
    size_t n;
    int64_t frames;
    heed_doc_init(&d);
    make_begin(&m);
    for (int i = 0; i < 2; i++) {
        heed_doc_set_meta(&d, "model", i ? "bbbb" : "aaaa");
        TAP_DONE(heed_writer_begin(&w, &m.out, "ids", "tokenize", &d, &err), &err);
        TAP_DONE(heed_writer_end(&w, NULL, &err), &err);
    }
    heed_doc_release(&d);
    char *bytes = make_end(&m, &n);
    TAP_FAILS(read_stream(bytes, n, "ids", &frames, &err), &err,
              "behind the end frame: a second stream with model bbbb behind one with aaaa");
    free(bytes);
}

/* A stage that fails: the reason goes on unchanged, however many stages follow. */
static void test_protocol_abort(void)
{
    size_t n = 0;
    char *bytes = NULL;
    static const char *const stages[] = {"tokenize", "batch-mask", "encode"};
    for (int i = 0; i < 3; i++) {
        struct made m;
        struct heed_writer w;
        struct heed_doc d;
        int64_t frames;
        heed_doc_init(&d);
        if (i)
            TAP_I64(read_stream(bytes, n, "ids", &frames, &err), -1);
        else
            heed_fail(&err, "<stdin>: line 7: no tab");
        make_begin(&m);
        TAP_I64(heed_writer_begin(&w, &m.out, "ids", stages[i], &d, &(struct heed_err){0}), 0);
        TAP_I64(heed_writer_end(&w, err.text, &(struct heed_err){0}), 0);
        heed_doc_release(&d);
        free(bytes);
        bytes = make_end(&m, &n);
    }
    int64_t frames;
    TAP_I64(read_stream(bytes, n, "ids", &frames, &err), -1);
    TAP_STR(err.text, "<mem>: tokenize reports: <stdin>: line 7: no tab");
    free(bytes);
}

/* A stage that fails before it begins: its end frame alone brings the reason, also behind a stream,
 * also to a reader of text; an output that was begun is left as it is. */
static void test_protocol_refusal(void)
{
    struct made m;
    struct heed_reader r;
    struct heed_input in;
    size_t n, n_first;
    int64_t frames;
    make_begin(&m);
    heed_writer_refuse(&m.out, "tokenize", "cannot open x.heed: no");
    char *bytes = make_end(&m, &n), *first = make_stream(1, &n_first);
    static const char *const wants[] = {"ids", "memory", NULL};
    for (size_t i = 0; i < HEED_COUNT(wants); i++) {
        heed_input_memory(&in, bytes, n, "<mem>");
        TAP_FAILS(heed_reader_start(&r, &in, wants[i], &err), &err,
                  "<mem>: tokenize reports: cannot open x.heed: no");
    }
    heed_input_memory(&in, bytes, n, "<mem>");
    TAP_FAILS(heed_input_want_text(&in, &err), &err,
              "<mem>: tokenize reports: cannot open x.heed: no");
    heed_input_close(&in);

    char *both = heed_xmalloc(n_first + n);
    memcpy(both, first, n_first);
    memcpy(both + n_first, bytes, n);
    TAP_FAILS(read_stream(both, n_first + n, "ids", &frames, &err), &err,
              "<mem>: behind the end frame: tokenize reports: cannot open x.heed: no");
    TAP_I64(frames, 1);
    free(both);
    free(first);
    free(bytes);

    make_begin(&m);
    TAP_I64(heed_output_write(&m.out, "x", 1, &err), 0);
    heed_writer_refuse(&m.out, "tokenize", "late");
    bytes = make_end(&m, &n);
    TAP_I64(n, 1);
    free(bytes);
}

static char *find(char *bytes, size_t n, const char *text)
{
    return memmem(bytes, n, text, strlen(text));
}

static void test_protocol_missing(void)
{
    size_t n;
    int64_t frames;
    char *bytes = make_stream(3, &n);
    /* The end frame is the last document: cut at its length field. */
    char *end = find(bytes, n, "\"frame\":\"end\"");
    TAP_OK(end != NULL);
    size_t cut = (size_t)(end - bytes);
    while (cut && memcmp(bytes + cut + 8, "{\"__meta", 8) != 0)
        cut--;
    TAP_FAILS(read_stream(bytes, cut, "ids", &frames, &err), &err,
              "<mem>: stream ended without its end frame after frame 3 (producer tokenize)");
    TAP_I64(frames, 3);
    free(bytes);
}

/* Frames one to n without the k-th. */
static void test_protocol_lost(void)
{
    struct made m;
    struct heed_writer w;
    struct heed_doc d;
    size_t n;
    int64_t frames;
    for (int kind = 0; kind < 3; kind++) {
        heed_doc_init(&d);
        make_begin(&m);
        TAP_DONE(heed_writer_begin(&w, &m.out, "ids", "tokenize", &d, &err), &err);
        for (int i = 0; i < 3; i++) {
            make_ids(&d);
            w.seq = i + (kind == 0 && i == 1) - (kind == 1 && i == 2);
            TAP_DONE(heed_writer_frame(&w, &d, &err), &err);
        }
        w.seq = kind == 2 ? 4 : 3;
        TAP_DONE(heed_writer_end(&w, NULL, &err), &err);
        char *bytes = make_end(&m, &n);
        static const char *const want[] = {"<mem>: frame 2: seq is 3, want 2",
                                           "<mem>: frame 3: seq is 2, want 3",
                                           "<mem>: end frame counts 4 frames, 3 came"};
        TAP_FAILS(read_stream(bytes, n, "ids", &frames, &err), &err, want[kind]);
        free(bytes);
        heed_doc_release(&d);
    }
}

/* What somebody writes with a safetensors library: no heed, no stream frame. */
static void test_foreign(void)
{
    struct heed_doc d;
    struct made m;
    size_t n;
    int64_t frames;
    heed_doc_init(&d);
    make_begin(&m);
    for (int i = 0; i < 2; i++) {
        static const float q[] = {1, 2, 3, 4};
        static const int64_t dims[] = {1, 2, 2};
        heed_doc_clear(&d);
        d.foreign = true;
        heed_doc_add(&d, "query", HEED_F32, 3, dims, q);
        heed_doc_add(&d, "key", HEED_F32, 3, dims, q);
        heed_doc_add(&d, "value", HEED_F32, 3, dims, q);
        TAP_DONE(heed_doc_write(&d, &m.out, &err), &err);
    }
    heed_doc_release(&d);
    char *bytes = make_end(&m, &n);
    TAP_I64(read_stream(bytes, n, "attention", &frames, &err), 0);
    TAP_I64(frames, 2);
    TAP_FAILS(read_stream(bytes, n, "ids", &frames, &err), &err, "of attention");
    TAP_I64(read_stream(bytes, n - 1, "attention", &frames, &err), -1);
    free(bytes);
}

static void test_foreign_lines(void)
{
    struct heed_doc d;
    struct made m;
    struct heed_input in;
    struct heed_reader r;
    size_t n;
    static const int32_t src[] = {4, 5, 6, 7}, len[] = {2, 2};
    static const int64_t dims[] = {2, 2};
    heed_doc_init(&d);
    make_begin(&m);
    for (int i = 0; i < 2; i++) {
        heed_doc_clear(&d);
        d.foreign = true;
        heed_doc_add(&d, "src", HEED_I32, 2, dims, src);
        heed_doc_add(&d, "src_len", HEED_I32, 1, dims, len);
        TAP_DONE(heed_doc_write(&d, &m.out, &err), &err);
    }
    char *bytes = make_end(&m, &n);
    heed_input_memory(&in, bytes, n, "<mem>");
    TAP_DONE(heed_reader_start(&r, &in, "ids|batch", &err), &err);
    TAP_STR(r.type, "ids");
    for (int i = 0; i < 2; i++) {
        if (heed_reader_next(&r, &d, &err) != 1)
            TAP_FAIL("%s", err.text);
        struct heed_array *line = heed_doc_want(&d, "line", HEED_I64, 1, &err);
        TAP_OK(line);
        TAP_I64(((const int64_t *)line->data)[1], 2 * i + 1);
    }
    TAP_I64(heed_reader_next(&r, &d, &err), 0);
    heed_doc_release(&d);
    heed_reader_close(&r);
    free(bytes);
}

/* --- limits: just below, at, just above --- */

static int parse_raw(const char *header, size_t n, uint64_t max_data)
{
    struct heed_input in;
    struct heed_doc d;
    struct heed_str s = {0};
    uint64_t length = n;
    heed_str_add(&s, &length, 8);
    heed_str_add(&s, header, n);
    heed_input_memory(&in, s.data, s.len, "<mem>");
    heed_doc_init(&d);
    int got = heed_doc_read(&d, &in, max_data, &err);
    heed_doc_release(&d);
    heed_str_release(&s);
    return got;
}

static int many_tensors(int n, int name_width, uint64_t max_data)
{
    struct heed_str s = {0};
    heed_str_add_char(&s, '{');
    for (int i = 0; i < n; i++)
        heed_str_printf(&s, "%s\"%0*d\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}",
                        i ? "," : "", name_width, i);
    heed_str_add_char(&s, '}');
    int got = parse_raw(s.data, s.len, max_data);
    heed_str_release(&s);
    return got;
}

static void test_limits(void)
{
    TAP_I64(many_tensors(64, 1, HEED_FRAME_MAX), 1);
    TAP_FAILS(many_tensors(65, 1, HEED_FRAME_MAX), &err, "header names more than 64 tensors");
    TAP_I64(many_tensors(4096, 1, HEED_FILE_MAX), 1);
    TAP_FAILS(many_tensors(4097, 1, HEED_FILE_MAX), &err, "header names more than 4096 tensors");
    TAP_I64(many_tensors(1, 127, HEED_FRAME_MAX), 1);
    TAP_FAILS(many_tensors(1, 128, HEED_FRAME_MAX), &err, "longer than 127 bytes");
    char *header = malloc(HEED_HEADER_MAX + 1);
    memset(header, ' ', HEED_HEADER_MAX + 1);
    memcpy(header, "{}", 2);
    TAP_I64(parse_raw(header, HEED_HEADER_MAX - 1, 1), 1);
    TAP_I64(parse_raw(header, HEED_HEADER_MAX, 1), 1);
    TAP_FAILS(parse_raw(header, HEED_HEADER_MAX + 1, 1), &err, "exceeds the limit of 1048576");
    free(header);
}

/* Frames without their stream, a model in place of one. */
static void test_no_stream(void)
{
    size_t n;
    int64_t frames;
    char *bytes = make_stream(1, &n);
    size_t head = 8 + ((unsigned char)bytes[0] | (size_t)(unsigned char)bytes[1] << 8);
    TAP_FAILS(read_stream(bytes + head, n - head, "ids", &frames, &err), &err,
              "<mem>: begins with a frame of kind 'data', want a stream frame");
    free(bytes);
    bytes = make_model_bytes(&n);
    TAP_FAILS(read_stream(bytes, n, "memory", &frames, &err), &err, "not a stream");
    TAP_I64(read_stream(bytes, n, NULL, &frames, &err), 0);
    free(bytes);
}

static void test_want_text(void)
{
    struct heed_input in;
    size_t n;
    char *bytes = make_stream(1, &n);
    heed_input_memory(&in, bytes, n, "<stdin>");
    TAP_FAILS(heed_input_want_text(&in, &err), &err,
              "<stdin>: is a stream of ids (producer tokenize), not text");
    heed_input_memory(&in, "\x1f\x8b\x08\0\0\0\0\0\2\3", 10, "<stdin>");
    TAP_FAILS(heed_input_want_text(&in, &err), &err,
              "<stdin>: is compressed by gzip, not text; put `gzip -dc` in front");
    heed_input_memory(&in, "a\n", 2, "<stdin>");
    TAP_I64(heed_input_want_text(&in, &err), 0);
    heed_input_memory(&in, "", 0, "<stdin>");
    TAP_I64(heed_input_want_text(&in, &err), 0);
    heed_input_memory(&in, "hello world, hello\n", 19, "<stdin>");
    TAP_I64(heed_input_want_text(&in, &err), 0);
    free(bytes);
}

int main(void)
{
    TAP_RUN(test_round_trip);
    TAP_RUN(test_equal_bytes);
    TAP_RUN(test_list_layout);
    TAP_RUN(test_stream_truncated); /* S38 */
    TAP_RUN(test_stream_flipped);   /* S15 S16 */
    TAP_RUN(test_model_truncated);  /* M02 */
    TAP_RUN(test_model_flipped);    /* M02 */
    TAP_RUN(test_protocol_whole);
    TAP_RUN(test_protocol_cat);       /* S42 */
    TAP_RUN(test_protocol_cat_other); /* S42 */
    TAP_RUN(test_protocol_abort);     /* S43 */
    TAP_RUN(test_protocol_refusal);   /* S43 */
    TAP_RUN(test_protocol_missing);   /* S39 */
    TAP_RUN(test_protocol_lost);      /* S59 */
    TAP_RUN(test_foreign);
    TAP_RUN(test_foreign_lines);
    TAP_RUN(test_limits); /* S12 S17 */
    TAP_RUN(test_no_stream);
    TAP_RUN(test_want_text);
    return tap_end();
}
