/* test_stream_schema.c: what a frame of each type must be. Each case takes a good frame, spoils one
 * thing, and expects the message that names it. */
#include "tests/stream_make.h"
#include "tests/tap.h"

static struct heed_err err;

/* --- good frames, in memory that a case may spoil --- */

static int32_t src[6], src_len[2], tgt[8], tgt_len[4], memory_len[2], valid_len[6];
static int64_t line[2];
static uint8_t src_mask[6];
static float memory[12], query[12], key[12], value[8], score[4];

static void add(struct heed_doc *d, const char *name, enum heed_dtype t, const void *data, int rank,
                int64_t a, int64_t b, int64_t c)
{
    const int64_t dims[] = {a, b, c};
    heed_doc_add(d, name, t, rank, dims, data);
}

static void fill(void)
{
    static const int32_t good_src[] = {5, 6, 2, 7, 2, 0}, good_tgt[] = {4, 2, 5, 2, 2, 0, 0, 0};
    memcpy(src, good_src, sizeof(src));
    memcpy(tgt, good_tgt, sizeof(tgt));
    for (int i = 0; i < 2; i++) {
        src_len[i] = memory_len[i] = 3 - i;
        line[i] = i;
    }
    static const int32_t good_len[] = {2, 2, 1, 0};
    memcpy(tgt_len, good_len, sizeof(tgt_len));
    for (int i = 0; i < 6; i++) {
        src_mask[i] = src[i] != 0;
        valid_len[i] = 2;
    }
    for (int i = 0; i < 12; i++)
        memory[i] = query[i] = key[i] = (float)i;
    for (int i = 0; i < 8; i++)
        value[i] = 1;
    for (int i = 0; i < 4; i++)
        score[i] = -1;
}

static void good_ids(struct heed_doc *d)
{
    add(d, "src", HEED_I32, src, 2, 2, 3, 0);
    add(d, "src_len", HEED_I32, src_len, 1, 2, 0, 0);
    add(d, "line", HEED_I64, line, 1, 2, 0, 0);
}

static void good_batch(struct heed_doc *d)
{
    good_ids(d);
    add(d, "src_mask", HEED_U8, src_mask, 2, 2, 3, 0);
}

static void good_memory(struct heed_doc *d)
{
    add(d, "memory", HEED_F32, memory, 3, 2, 3, 2);
    add(d, "memory_len", HEED_I32, memory_len, 1, 2, 0, 0);
    add(d, "line", HEED_I64, line, 1, 2, 0, 0);
}

static void good_attention(struct heed_doc *d)
{
    add(d, "query", HEED_F32, query, 3, 2, 3, 2);
    add(d, "key", HEED_F32, key, 3, 2, 2, 3); /* another width than the query: an additive score */
    add(d, "value", HEED_F32, value, 3, 2, 2, 2);
    add(d, "valid_len", HEED_I32, valid_len, 1, 2, 0, 0);
}

static void good_hypotheses(struct heed_doc *d)
{
    add(d, "tgt", HEED_I32, tgt, 3, 2, 2, 2);
    add(d, "tgt_len", HEED_I32, tgt_len, 2, 2, 2, 0);
    add(d, "score", HEED_F32, score, 2, 2, 2, 0);
    add(d, "line", HEED_I64, line, 1, 2, 0, 0);
}

static void good_features(struct heed_doc *d)
{
    add(d, "features", HEED_F32, memory, 3, 2, 3, 2);
    add(d, "features_len", HEED_I32, memory_len, 1, 2, 0, 0);
    add(d, "line", HEED_I64, line, 1, 2, 0, 0);
}

static const struct {
    const char *type;
    void (*make)(struct heed_doc *d);
} frames[] = {
    {"ids", good_ids},       {"features", good_features},   {"batch", good_batch},
    {"memory", good_memory}, {"attention", good_attention}, {"hypotheses", good_hypotheses}};

static int check(const char *type, void (*spoil)(struct heed_doc *d))
{
    struct heed_doc d;
    heed_doc_init(&d);
    fill();
    for (size_t i = 0; i < HEED_COUNT(frames); i++)
        if (strcmp(frames[i].type, type) == 0)
            frames[i].make(&d);
    if (spoil)
        spoil(&d);
    err.text[0] = '\0';
    int got = heed_schema_check(type, &d, &err);
    heed_doc_release(&d);
    return got;
}

static void test_good(void)
{
    for (size_t i = 0; i < HEED_COUNT(frames); i++)
        TAP_DONE(check(frames[i].type, NULL), &err);
}

/* Renaming makes a tensor missing and an unknown one appear, which must be no fault of its own. */
static void rename_array(struct heed_doc *d, const char *name)
{
    struct heed_array *a = heed_doc_find(d, name);
    a->name[0] = 'x';
}

static void no_src(struct heed_doc *d)
{
    rename_array(d, "src");
}
static void no_src_len(struct heed_doc *d)
{
    rename_array(d, "src_len");
}
static void no_line(struct heed_doc *d)
{
    rename_array(d, "line");
}
static void no_mask(struct heed_doc *d)
{
    rename_array(d, "src_mask");
}
static void no_memory(struct heed_doc *d)
{
    rename_array(d, "memory");
}
static void no_memory_len(struct heed_doc *d)
{
    rename_array(d, "memory_len");
}
static void no_features(struct heed_doc *d)
{
    rename_array(d, "features");
}
static void no_features_len(struct heed_doc *d)
{
    rename_array(d, "features_len");
}
static void no_key(struct heed_doc *d)
{
    rename_array(d, "key");
}
static void no_tgt_len(struct heed_doc *d)
{
    rename_array(d, "tgt_len");
}

static void test_missing(void)
{
    TAP_FAILS(check("ids", no_src), &err, "tensor src is missing");
    TAP_FAILS(check("ids", no_src_len), &err, "tensor src_len is missing");
    TAP_FAILS(check("ids", no_line), &err, "tensor line is missing");
    TAP_FAILS(check("batch", no_mask), &err, "tensor src_mask is missing");
    TAP_FAILS(check("memory", no_memory), &err, "tensor memory is missing");
    TAP_FAILS(check("memory", no_memory_len), &err,
              "tensor memory is there without tensor memory_len");
    TAP_FAILS(check("features", no_features), &err, "tensor features is missing");
    TAP_FAILS(check("features", no_features_len), &err, "tensor features_len is missing");
    TAP_FAILS(check("features", no_line), &err, "tensor line is missing");
    TAP_FAILS(check("attention", no_key), &err, "tensor key is missing");
    TAP_FAILS(check("hypotheses", no_tgt_len), &err, "tensor tgt_len is missing");
}

static void wrong_dtype(struct heed_doc *d)
{
    struct heed_array *a = heed_doc_find(d, "src");
    a->dtype = HEED_F32;
    memcpy(a->dtype_text, "F32", 4);
}
static void wrong_rank(struct heed_doc *d)
{
    heed_doc_find(d, "src")->rank = 1;
}
static void rank_0(struct heed_doc *d)
{
    add(d, "other", HEED_I32, src, 0, 0, 0, 0);
}
static void wrong_b(struct heed_doc *d)
{
    heed_doc_find(d, "line")->dims[0] = 1;
}
static void other_b(struct heed_doc *d)
{
    add(d, "other", HEED_I32, src, 2, 3, 2, 0);
}
static void zero_b(struct heed_doc *d)
{
    for (size_t i = 0; i < d->n_arrays; i++) {
        d->arrays[i].dims[0] = 0;
        d->arrays[i].size = 0;
    }
}
static void zero_s(struct heed_doc *d)
{
    heed_doc_find(d, "src")->dims[1] = 0;
    heed_doc_find(d, "src")->size = 0;
    src_len[0] = src_len[1] = 0;
}
static void zero_d(struct heed_doc *d)
{
    heed_doc_find(d, "memory")->dims[2] = 0;
    heed_doc_find(d, "memory")->size = 0;
}
static void zero_f(struct heed_doc *d)
{
    heed_doc_find(d, "features")->dims[2] = 0;
    heed_doc_find(d, "features")->size = 0;
}
static void wrong_s(struct heed_doc *d)
{
    heed_doc_find(d, "src_mask")->dims[1] = 2;
}
static void numbered(struct heed_doc *d)
{
    add(d, "memory.0", HEED_F32, memory, 2, 2, 3, 0);
}

static void test_shapes(void)
{
    TAP_FAILS(check("ids", wrong_dtype), &err, "tensor src: dtype F32, want I32");
    TAP_FAILS(check("ids", wrong_rank), &err, "tensor src: rank 1, want 2");
    TAP_FAILS(check("ids", rank_0), &err, "tensor other: rank 0");
    TAP_FAILS(check("ids", wrong_b), &err,
              "tensor line: dimension B is 1, but 2 in tensor src_len");
    TAP_FAILS(check("ids", other_b), &err, "tensor other: dimension B is 3, but 2 in tensor line");
    TAP_FAILS(check("ids", zero_b), &err, "tensor src: dimension B is zero");
    TAP_DONE(check("ids", zero_s), &err);
    TAP_FAILS(check("memory", zero_d), &err, "tensor memory: dimension D is zero");
    TAP_FAILS(check("features", zero_f), &err, "tensor features: dimension F is zero");
    TAP_FAILS(check("batch", wrong_s), &err,
              "tensor src_mask: dimension S is 2, but 3 in tensor src");
    TAP_FAILS(check("memory", numbered), &err, "tensor memory.0: F32 of rank 2, want F32 [B,S,D]");
}

static void negative_id(struct heed_doc *d)
{
    (void)d;
    src[1] = -1;
}
static void pad_inside(struct heed_doc *d)
{
    (void)d;
    src[1] = 0;
}
static void id_behind(struct heed_doc *d)
{
    (void)d;
    src[5] = 4;
}
static void long_len(struct heed_doc *d)
{
    (void)d;
    src_len[1] = 4;
}
static void negative_len(struct heed_doc *d)
{
    (void)d;
    src_len[0] = -2147483647 - 1;
}
static void long_memory(struct heed_doc *d)
{
    (void)d;
    memory_len[0] = 4;
}
static void mask_2(struct heed_doc *d)
{
    (void)d;
    src_mask[0] = 2;
}
static void mask_wrong(struct heed_doc *d)
{
    (void)d;
    src_mask[5] = 1;
}
static void negative_line(struct heed_doc *d)
{
    (void)d;
    line[1] = -5;
}
static void long_tgt(struct heed_doc *d)
{
    (void)d;
    tgt_len[3] = 3;
}
static void tgt_behind(struct heed_doc *d)
{
    (void)d;
    tgt[7] = 9;
}
static void valid_wrong(struct heed_doc *d)
{
    (void)d;
    valid_len[1] = 3;
}

static void test_values(void)
{
    TAP_FAILS(check("ids", negative_id), &err, "tensor src: id -1 is negative (row 0, column 1)");
    TAP_FAILS(check("ids", pad_inside), &err, "tensor src: row 0 column 1 is pad inside length 3");
    TAP_FAILS(check("ids", id_behind), &err, "tensor src: row 1 holds id 4 behind its length 2");
    TAP_FAILS(check("ids", long_len), &err, "tensor src_len: row 1: length 4 not in 0..3");
    TAP_FAILS(check("ids", negative_len), &err, "tensor src_len: row 0: length -2147483648 not in");
    TAP_FAILS(check("memory", long_memory), &err, "tensor memory_len: row 0: length 4 not in 0..3");
    TAP_FAILS(check("features", long_memory), &err,
              "tensor features_len: row 0: length 4 not in 0..3");
    TAP_FAILS(check("batch", mask_2), &err, "tensor src_mask: row 0 column 0 is 2, want 0 or 1");
    TAP_FAILS(check("batch", mask_wrong), &err,
              "tensor src_mask: row 1 column 2 is 1, but length is 2");
    TAP_FAILS(check("ids", negative_line), &err, "tensor line: row 1 is -5");
    TAP_FAILS(check("hypotheses", long_tgt), &err, "tensor tgt_len: row 3: length 3 not in 0..2");
    TAP_FAILS(check("hypotheses", tgt_behind), &err, "tensor tgt: row 3 holds id 9 behind");
    TAP_FAILS(check("attention", valid_wrong), &err, "tensor valid_len: row 1: length 3 not in");
}

static void nan_valid(struct heed_doc *d)
{
    (void)d;
    memory[9] = NAN;
}
static void nan_masked(struct heed_doc *d)
{
    (void)d;
    memory[10] = memory[11] = NAN;
}
static void infinite(struct heed_doc *d)
{
    (void)d;
    query[2] = -INFINITY;
}
static void extremes(struct heed_doc *d)
{
    (void)d;
    query[0] = 1e-45f;
    query[1] = -0.0f;
    query[2] = 3.4028235e38f;
}
static void nan_key_masked(struct heed_doc *d)
{
    (void)d;
    valid_len[1] = 1;
    key[9] = NAN;
}
static void nan_key(struct heed_doc *d)
{
    (void)d;
    key[8] = NAN;
}

static void test_floats(void)
{
    TAP_FAILS(check("memory", nan_valid), &err, "tensor memory: value 9 is not a number");
    TAP_DONE(check("memory", nan_masked), &err);
    TAP_FAILS(check("features", nan_valid), &err, "tensor features: value 9 is not a number");
    TAP_DONE(check("features", nan_masked), &err);
    TAP_FAILS(check("attention", infinite), &err, "tensor query: value 2 is infinite");
    TAP_DONE(check("attention", extremes), &err);
    TAP_DONE(check("attention", nan_key_masked), &err);
    TAP_FAILS(check("attention", nan_key), &err, "tensor key: value 8 is not a number");
}

/* valid_len [B,Q]: what any query may see counts. */
static void per_query(struct heed_doc *d)
{
    struct heed_array *a = heed_doc_find(d, "valid_len");
    a->rank = 2;
    a->dims[1] = 3;
    a->size = 24;
    for (int i = 0; i < 6; i++)
        valid_len[i] = i == 4;
    key[3] = NAN; /* row 0 is seen by nobody */
    key[9] = NAN; /* of row 1 the first item is seen by query 1 */
}
static void per_query_seen(struct heed_doc *d)
{
    per_query(d);
    key[6] = NAN;
}

static void test_valid_len_per_query(void)
{
    TAP_DONE(check("attention", per_query), &err);
    TAP_FAILS(check("attention", per_query_seen), &err, "tensor key: value 6 is not a number");
}

/* Lengths and places that readers follow although the type of the frame can do without them. */
static void long_source(struct heed_doc *d)
{
    static const int32_t far[] = {1000, 1};
    add(d, "src", HEED_I32, src, 2, 2, 3, 0);
    add(d, "src_len", HEED_I32, far, 1, 2, 0, 0);
}
static void source_of_floats(struct heed_doc *d)
{
    add(d, "src", HEED_F32, memory, 2, 2, 3, 0);
    add(d, "src_len", HEED_I32, src_len, 1, 2, 0, 0);
}
static void long_target(struct heed_doc *d)
{
    static const int32_t far[] = {2, 3};
    add(d, "tgt", HEED_I32, tgt, 2, 2, 2, 0);
    add(d, "tgt_len", HEED_I32, far, 1, 2, 0, 0);
}
static void no_align(struct heed_doc *d)
{
    add(d, "align", HEED_I32, NULL, 3, 2, 0, 2);
}
static void nan_used(struct heed_doc *d)
{
    static float used[12];
    const int64_t dims[] = {2, 1, 3, 2};
    used[7] = NAN;
    heed_doc_add(d, "used", HEED_F32, 4, dims, used);
}
static void wide_keys(struct heed_doc *d)
{
    add(d, "keys", HEED_F32, key, 3, 2, 3, 2);
}
/* Empty in all but their number: they cost no byte. */
static void many_rows(struct heed_doc *d)
{
    heed_doc_clear(d);
    add(d, "query", HEED_F32, NULL, 3, 1 << 30, 0, 2);
    add(d, "key", HEED_F32, NULL, 3, 1 << 30, 0, 2);
    add(d, "value", HEED_F32, NULL, 3, 1 << 30, 0, 2);
}

static void test_what_readers_follow(void)
{
    TAP_FAILS(check("attention", long_source), &err, "tensor src_len: row 0: length 1000 not in");
    TAP_FAILS(check("attention", source_of_floats), &err, "tensor src: dtype F32, want I32");
    TAP_FAILS(check("attention", long_target), &err, "tensor tgt_len: row 1: length 3 not in 0..2");
    TAP_FAILS(check("attention", nan_used), &err, "tensor used: value 7 is not a number");
    TAP_FAILS(check("attention", wide_keys), &err, "tensor key");
    TAP_FAILS(check("hypotheses", no_align), &err, "tensor align: dimension N is ");
    TAP_FAILS(check("attention", many_rows), &err, "at most 1048576 make a frame");
}

static void test_ids_below(void)
{
    struct heed_doc d;
    heed_doc_init(&d);
    fill();
    good_ids(&d);
    TAP_DONE(heed_schema_check_ids(&d, "src", 8, &err), &err);
    TAP_FAILS(heed_schema_check_ids(&d, "src", 7, &err), &err,
              "tensor src: id 7 not below 7 (row 1, column 0)");
    src[0] = 2147483647;
    TAP_FAILS(heed_schema_check_ids(&d, "src", 8, &err), &err, "id 2147483647 not below 8");
    TAP_FAILS(heed_schema_check_ids(&d, "tgt", 8, &err), &err, "tensor tgt is missing");
    heed_doc_release(&d);
}

/* Feature sizes may not change from frame to frame. */
static void test_widths(void)
{
    struct made m;
    struct heed_writer w;
    struct heed_doc d;
    size_t n;
    int64_t count;
    heed_doc_init(&d);
    fill();
    make_begin(&m);
    TAP_DONE(heed_writer_begin(&w, &m.out, "memory", "encode", &d, &err), &err);
    for (int i = 0; i < 2; i++) {
        heed_doc_clear(&d);
        add(&d, "memory", HEED_F32, memory, 3, 1, 3, 2 + i);
        add(&d, "memory_len", HEED_I32, memory_len, 1, 1, 0, 0);
        add(&d, "line", HEED_I64, line, 1, 1, 0, 0);
        TAP_DONE(heed_writer_frame(&w, &d, &err), &err);
    }
    TAP_DONE(heed_writer_end(&w, NULL, &err), &err);
    heed_doc_release(&d);
    char *bytes = make_end(&m, &n);
    TAP_FAILS(read_stream(bytes, n, "memory", &count, &err), &err,
              "<mem>: frame 2: tensor memory: width 3, in earlier frames 2");
    free(bytes);
}

int main(void)
{
    TAP_RUN(test_good);
    TAP_RUN(test_missing); /* S18 */
    TAP_RUN(test_shapes);  /* S23 S25 S26 S44 */
    TAP_RUN(test_values);  /* S47 S48 S50 S54 */
    TAP_RUN(test_floats);  /* S51 S52 */
    TAP_RUN(test_valid_len_per_query);
    TAP_RUN(test_what_readers_follow);
    TAP_RUN(test_ids_below); /* S47 */
    TAP_RUN(test_widths);    /* S46 */
    return tap_end();
}
