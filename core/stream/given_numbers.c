/* given_numbers.c: numbers as they come, in the dtype that is wanted; see given.h. */
#include <math.h>
#include <string.h>

#include "stream/given.h"
#include "stream/stream.h"

static const char *put(struct heed_numbers *x, const void *value)
{
    size_t size = heed_dtype_size(x->dtype);
    if (x->bytes.len + size > HEED_FRAME_MAX)
        return "makes more than 1 GiB of numbers";
    heed_str_add(&x->bytes, value, size);
    x->n++;
    return NULL;
}

const char *heed_numbers_whole(struct heed_numbers *x, int64_t v)
{
    int32_t narrow = (int32_t)v;
    uint8_t byte = (uint8_t)v;
    int8_t signed_byte = (int8_t)v;
    float real = (float)v;
    switch (x->dtype) {
    case HEED_F32:
        return put(x, &real);
    case HEED_I32:
        return narrow == v ? put(x, &narrow) : "does not fit I32";
    case HEED_U8:
        return byte == v ? put(x, &byte) : "does not fit U8";
    case HEED_I8:
        return signed_byte == v ? put(x, &signed_byte) : "does not fit I8";
    case HEED_I64:
        return put(x, &v);
    case HEED_OTHER:
        break;
    }
    BUG("numbers of no dtype");
}

const char *heed_numbers_real(struct heed_numbers *x, double v)
{
    if (x->dtype == HEED_F32) {
        float narrow = (float)v;
        return isinf(narrow) && isfinite(v) ? "does not fit F32" : put(x, &narrow);
    }
    if (!isfinite(v) || v != floor(v))
        return "is no whole number";
    if (fabs(v) >= 9223372036854775808.0)
        return "does not fit I64";
    return heed_numbers_whole(x, (int64_t)v);
}

/* Words of programs for what is no number; they have no digits. */
static bool special(const char *text, double *v)
{
    static const struct {
        const char *word;
        double value;
    } words[] = {{"nan", NAN}, {"inf", INFINITY}, {"infinity", INFINITY}};
    bool minus = *text == '-';
    char lower[16];
    size_t n = 0;
    for (text += minus; *text && n + 1 < sizeof(lower); text++)
        lower[n++] = (char)(*text >= 'A' && *text <= 'Z' ? *text + 32 : *text);
    lower[n] = '\0';
    for (size_t i = 0; i < HEED_COUNT(words); i++)
        if (strcmp(lower, words[i].word) == 0) {
            *v = minus ? -words[i].value : words[i].value;
            return true;
        }
    return false;
}

const char *heed_numbers_text(struct heed_numbers *x, const char *text)
{
    int64_t whole;
    double v;
    text += *text == '+' && text[1] != '-';
    if (special(text, &v))
        return heed_numbers_real(x, v);
    if (x->dtype != HEED_F32 && heed_parse_i64(text, &whole))
        return heed_numbers_whole(x, whole);
    if (!heed_parse_f64(text, &v))
        return "is no number";
    if (x->dtype != HEED_F32)
        return heed_numbers_real(x, v);
    float nearest = strtof(text, NULL); /* once rounded, not twice */
    return isinf(nearest) ? "does not fit F32" : put(x, &nearest);
}

int heed_scan_number(struct heed_scan *s, const char *stops, struct heed_numbers *x,
                     const char *hint)
{
    char word[128];
    int64_t line = s->line, column = s->column;
    size_t n = heed_scan_word(s, stops, word, sizeof(word));
    const char *fault = n == 0              ? "a number is missing"
                        : n >= sizeof(word) ? "is no number"
                                            : heed_numbers_text(x, word);
    if (!fault && !s->failed)
        return 0;
    s->line = line;
    s->column = column;
    if (n == 0)
        return heed_scan_fail(s, "%s", fault);
    return heed_scan_fail(s, "'%.40s%s' %s%s", word, n > 40 ? "…" : "", fault, hint);
}

const char *heed_given_fault(const struct heed_doc *d, const char *name)
{
    const char *fault = heed_name_fault(name, false);
    if (fault)
        return fault;
    if (heed_doc_find(d, name))
        return "is there twice";
    return d->n_arrays < HEED_FILE_ARRAYS ? NULL : "is one of more than 4096";
}

int64_t heed_given_count(int rank, const int64_t *dims)
{
    int64_t count = 1, steps = 1; /* steps: zeros left out, which hide what overflows */
    for (int k = 0; k < rank; k++) {
        if (dims[k] < 0 || dims[k] > INT32_MAX ||
            heed_mul_overflows(steps, HEED_MAX(dims[k], 1), &steps) ||
            steps > (int64_t)HEED_FRAME_MAX)
            return -1;
        count *= dims[k];
    }
    return count;
}

struct heed_array *heed_numbers_give(struct heed_numbers *x, struct heed_doc *d, const char *name,
                                     int rank, const int64_t *dims)
{
    struct heed_array *a = heed_doc_add(d, name, x->dtype, rank, dims, NULL);
    heed_str_add(&x->bytes, "", 0); /* no numbers have an address too */
    a->owned = x->bytes.data;
    a->data = a->owned;
    *x = (struct heed_numbers){.dtype = x->dtype};
    return a;
}

enum heed_dtype heed_dtype_named(const char *word)
{
    for (enum heed_dtype t = HEED_F32; t < HEED_OTHER; t++)
        if (strcmp(word, heed_dtype_name(t)) == 0)
            return t;
    return 0;
}

enum heed_dtype heed_given_dtype(const struct heed_given *g, const char *name)
{
    enum heed_dtype meant = heed_schema_dtype(name);
    return g->dtype ? g->dtype : meant ? meant : HEED_F32;
}
