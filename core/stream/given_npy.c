/* given_npy.c: NumPy's arrays (.npy, format 1.0 to 3.0), little-endian, row by row.
 *
 *     \x93NUMPY MAJOR MINOR, length of the header (2 bytes, from 2.0 on 4), the header: a line
 *     {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }, the numbers
 *
 * The header is a Python dictionary; of these three fields, in any order, and nothing else. */
#include <string.h>

#include "stream/given.h"
#include "stream/stream.h"

#define HEADER_MAX 65536
#define BLOCK      8192 /* numbers at once */

static const struct {
    char descr[6];
    enum heed_dtype dtype; /* what they become where nothing else is asked for */
    int size;
    bool real;
} kinds[] = {{"<f4", HEED_F32, 4, true},  {"<f8", HEED_F32, 8, true}, {"<i4", HEED_I32, 4, false},
             {"<i8", HEED_I64, 8, false}, {"|u1", HEED_U8, 1, false}, {"|i1", HEED_I8, 1, false},
             {"|b1", HEED_U8, 1, false}};

struct npy {
    const char *name; /* of the input */
    int kind, rank;
    int64_t dims[HEED_DOC_RANK_MAX];
    bool seen[3];
    struct heed_err *err;
};

/* --- the header --- */

static void blanks(const char **at)
{
    *at += strspn(*at, " \t\n");
}

static bool token(const char **at, const char *text)
{
    blanks(at);
    size_t n = strlen(text);
    if (strncmp(*at, text, n) != 0)
        return false;
    *at += n;
    return true;
}

static int take_descr(struct npy *x, const char **at)
{
    char descr[16];
    blanks(at);
    char quote = **at;
    size_t n = quote == '\'' || quote == '"' ? strcspn(*at + 1, "'\"") : sizeof(descr);
    if (n >= sizeof(descr) || (*at)[n + 1] != quote)
        return heed_fail(x->err, "%s: is an array of records or the like, not of numbers", x->name);
    memcpy(descr, *at + 1, n);
    descr[n] = '\0';
    *at += n + 2;
    for (size_t i = 0; i < HEED_COUNT(kinds); i++)
        if (strcmp(descr, kinds[i].descr) == 0) {
            x->kind = (int)i;
            return 0;
        }
    return heed_fail(
        x->err,
        "%s: numbers of type '%s' are not taken; <f4, <f8, <i4, <i8, |u1, |i1, |b1 are "
        "(x.astype('f4'))",
        x->name, descr);
}

static int take_order(struct npy *x, const char **at)
{
    if (token(at, "False"))
        return 0;
    if (token(at, "True"))
        return heed_fail(x->err, "%s: is stored column by column; save np.ascontiguousarray(x)",
                         x->name);
    return heed_fail(x->err, "%s: fortran_order is neither True nor False", x->name);
}

static int take_shape(struct npy *x, const char **at)
{
    bool ok = token(at, "(");
    while (ok && !token(at, ")")) {
        char *end;
        blanks(at);
        ok = **at >= '0' && **at <= '9' && x->rank < HEED_DOC_RANK_MAX;
        if (ok) {
            x->dims[x->rank++] = strtoll(*at, &end, 10); /* too large is LLONG_MAX, and refused */
            *at = end;
            ok = token(at, ",") || (blanks(at), **at == ')');
        }
    }
    if (!ok || heed_given_count(x->rank, x->dims) < 0)
        return heed_fail(x->err, "%s: has no shape of at most %d dimensions and 1 GiB", x->name,
                         HEED_DOC_RANK_MAX);
    return 0;
}

static int take_fields(struct npy *x, const char *at)
{
    static const struct {
        const char *key;
        int (*take)(struct npy *x, const char **at);
    } fields[] = {{"descr", take_descr}, {"fortran_order", take_order}, {"shape", take_shape}};
    bool ok = token(&at, "{");
    while (ok && !token(&at, "}")) {
        size_t k = 0, n = 0;
        blanks(&at);
        for (k = 0; k < HEED_COUNT(fields); k++) {
            n = strlen(fields[k].key);
            if ((*at == '\'' || *at == '"') && !strncmp(at + 1, fields[k].key, n) &&
                at[n + 1] == *at)
                break;
        }
        ok = k < HEED_COUNT(fields) && !x->seen[k];
        if (ok) {
            at += n + 2;
            x->seen[k] = true;
            ok = token(&at, ":");
            if (ok && fields[k].take(x, &at) < 0)
                return -1;
            ok = ok && (token(&at, ",") || (blanks(&at), *at == '}'));
        }
    }
    if (!ok || !x->seen[0] || !x->seen[1] || !x->seen[2])
        return heed_fail(x->err, "%s: its header is not that of a NumPy array", x->name);
    return 0;
}

static int cut_short(const struct npy *x, ssize_t got)
{
    return got < 0 ? -1 : heed_fail(x->err, "%s: ends too early", x->name);
}

static int read_header(struct npy *x, struct heed_input *in)
{
    unsigned char begin[12];
    ssize_t got = heed_input_read(in, begin, 10, x->err);
    if (got < 10)
        return cut_short(x, got);
    if (begin[6] < 1 || begin[6] > 3 || begin[7])
        return heed_fail(x->err, "%s: version %d.%d of the format is unknown", x->name, begin[6],
                         begin[7]);
    size_t n = begin[8] | (size_t)begin[9] << 8;
    if (begin[6] > 1) {
        got = heed_input_read(in, begin + 10, 2, x->err);
        if (got < 2)
            return cut_short(x, got);
        n |= (size_t)begin[10] << 16 | (size_t)begin[11] << 24;
    }
    if (n > HEADER_MAX)
        return heed_fail(x->err, "%s: a header of %zu bytes", x->name, n);
    char *header = heed_xcalloc(n + 1, 1);
    got = heed_input_read(in, header, n, x->err);
    int status = got < (ssize_t)n ? cut_short(x, got) : take_fields(x, header);
    free(header);
    return status;
}

/* --- the numbers --- */

static uint64_t little(const unsigned char *p, int n)
{
    uint64_t v = 0;
    for (int i = n - 1; i >= 0; i--)
        v = v << 8 | p[i];
    return v;
}

static const char *add(struct heed_numbers *to, const unsigned char *p, int kind)
{
    uint64_t bits = little(p, kinds[kind].size);
    uint32_t low = (uint32_t)bits;
    double wide;
    float narrow;
    if (kinds[kind].dtype == HEED_I8)
        return heed_numbers_whole(to, (int8_t)low);
    if (!kinds[kind].real && kinds[kind].size == 4)
        return heed_numbers_whole(to, (int32_t)low);
    if (!kinds[kind].real)
        return heed_numbers_whole(to, (int64_t)bits);
    if (kinds[kind].size == 8) {
        memcpy(&wide, &bits, sizeof(wide));
        return heed_numbers_real(to, wide);
    }
    memcpy(&narrow, &low, sizeof(narrow));
    return heed_numbers_real(to, (double)narrow);
}

static int read_numbers(struct npy *x, struct heed_input *in, struct heed_numbers *to,
                        int64_t count)
{
    unsigned char block[BLOCK * 8];
    int size = kinds[x->kind].size;
    while (to->n < count) {
        int64_t n = HEED_MIN(count - to->n, BLOCK), first = to->n;
        ssize_t got = heed_input_read(in, block, (size_t)(n * size), x->err);
        if (got < n * size)
            return cut_short(x, got);
        for (int64_t i = 0; i < n; i++) {
            const char *fault = add(to, block + i * size, x->kind);
            if (fault)
                return heed_fail(x->err, "%s: value %lld %s", x->name, (long long)(first + i),
                                 fault);
        }
    }
    ssize_t more = heed_input_read(in, block, 1, x->err);
    return more <= 0 ? (int)more
                     : heed_fail(x->err, "%s: holds bytes behind the last number", x->name);
}

int heed_given_npy(const struct heed_given *g, struct heed_input *in, const char *name,
                   struct heed_doc *d, struct heed_err *err)
{
    struct npy x = {.name = name, .err = err};
    if (read_header(&x, in) < 0)
        return -1;
    enum heed_dtype meant = heed_schema_dtype(g->name);
    struct heed_numbers to = {.dtype = g->dtype ? g->dtype : meant ? meant : kinds[x.kind].dtype};
    int status = read_numbers(&x, in, &to, heed_given_count(x.rank, x.dims));
    if (status == 0)
        heed_numbers_give(&to, d, g->name, x.rank, x.dims);
    heed_str_release(&to.bytes);
    return status;
}
