/* given_json.c: tensors as JSON: a nested list, an object of named ones, what `peek --json --values`
 * prints.
 *
 *     [[1,2],[3,4]]                          the tensor that the caller has named
 *     {"query": [[1,2]], "valid_len": [2]}   tensors by their names, a document
 *     {"kind": …, "metadata": {…}, "tensors": [{"name": …, "dtype": …, "shape": …, "values": […]}]}
 *
 * Lists of numbers may be longer than memory holds as a tree, and their mistakes have a place, so
 * they are read as they come. null is a number that JSON has no word for: NaN. */
#include <string.h>

#include "stream/given.h"

#define BLANKS   " \t\r\n"
#define STRING   1024 /* bytes of a key, of a string that is kept */
#define KEYS_MAX 4096

struct json {
    const struct heed_given *g;
    struct heed_scan *s;
    struct heed_doc *d;
    int64_t n_keys;
    struct heed_err *err;
};

static int want(struct json *j, char c)
{
    heed_scan_blanks(j->s, BLANKS);
    if (heed_scan_look(j->s) != c)
        return heed_scan_fail(j->s, "want '%c'", c);
    heed_scan_take(j->s);
    return 0;
}

/* Behind an item of a list or object: 1 with a comma, 0 at its end. */
static int more(struct json *j, char end)
{
    heed_scan_blanks(j->s, BLANKS);
    int c = heed_scan_look(j->s);
    if (c != ',' && c != end)
        return heed_scan_fail(j->s, "want ',' or '%c'", end);
    heed_scan_take(j->s);
    return c == ',';
}

/* A list or object that may be empty: 1 when it is. */
static int begin(struct json *j, char open, char close)
{
    if (want(j, open) < 0)
        return -1;
    heed_scan_blanks(j->s, BLANKS);
    if (heed_scan_look(j->s) != close)
        return 0;
    heed_scan_take(j->s);
    return 1;
}

/* --- strings --- */

static int escape(struct json *j, struct heed_str *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    int c = heed_scan_take(j->s);
    const char *at = c > 0 ? strchr(from, c) : NULL;
    if (at) {
        heed_str_add_char(out, to[at - from]);
        return 0;
    }
    unsigned code = 0;
    for (int i = 0; c == 'u' && i < 4; i++) {
        int digit = heed_scan_take(j->s);
        const char *hex = digit > 0 ? strchr("0123456789abcdef", digit | 0x20) : NULL;
        if (!hex)
            c = 0;
        else
            code = code << 4 | (unsigned)(hex - "0123456789abcdef");
    }
    if (c != 'u' || !code || code > 0x7f)
        return heed_scan_fail(j->s, "an escape that is none, or of a character outside ASCII");
    heed_str_add_char(out, (char)code);
    return 0;
}

static int string(struct json *j, struct heed_str *out)
{
    heed_str_clear(out);
    if (want(j, '"') < 0)
        return -1;
    for (;;) {
        int c = heed_scan_take(j->s);
        if (c == '"') {
            heed_str_add(out, "", 0);
            return 0;
        }
        if (c < 0x20)
            return heed_scan_fail(j->s, "a string without its end");
        if (c == '\\' ? escape(j, out) < 0 : (heed_str_add_char(out, (char)c), 0))
            return -1;
        if (out->len > STRING)
            return heed_scan_fail(j->s, "a string of more than %d bytes", STRING);
    }
}

/* "key": */
static int key(struct json *j, struct heed_str *out)
{
    if (++j->n_keys > KEYS_MAX)
        return heed_scan_fail(j->s, "more than %d keys", KEYS_MAX);
    return string(j, out) < 0 || want(j, ':') < 0 ? -1 : 0;
}

/* --- lists of numbers --- */

struct list {
    struct heed_numbers x;
    int rank;                        /* 0 until the first number */
    int64_t dims[HEED_DOC_RANK_MAX]; /* of the first list of each depth; -1: not yet known */
};

static int number(struct json *j, struct list *l)
{
    char word[8];
    int64_t line = j->s->line, column = j->s->column;
    if (heed_scan_look(j->s) != 'n')
        return heed_scan_number(j->s, ",]}[{:\"", &l->x, "");
    heed_scan_word(j->s, ",]}[{:\"", word, sizeof(word));
    const char *fault = !strcmp(word, "null") || !strcmp(word, "nan")
                            ? heed_numbers_text(&l->x, "nan")
                            : "is no number";
    if (!fault)
        return 0;
    j->s->line = line;
    j->s->column = column;
    return heed_scan_fail(j->s, "'%s' %s", word, fault);
}

static int items(struct json *j, struct list *l, int depth);

/* One item at this depth: a list, or a number where numbers stand. */
static int item(struct json *j, struct list *l, int depth)
{
    heed_scan_blanks(j->s, BLANKS);
    bool is_list = heed_scan_look(j->s) == '[';
    if (is_list && depth == l->rank)
        return heed_scan_fail(j->s, "a list where a number stood before");
    if (is_list && depth == HEED_DOC_RANK_MAX)
        return heed_scan_fail(j->s, "lists deeper than %d", HEED_DOC_RANK_MAX);
    if (is_list)
        return items(j, l, depth);
    if (l->rank && depth != l->rank)
        return heed_scan_fail(j->s, "a number where a list stood before");
    l->rank = depth;
    return number(j, l);
}

/* depth: of the list that begins here, from 0. */
static int items(struct json *j, struct list *l, int depth)
{
    int64_t n = 0;
    int again = begin(j, '[', ']');
    if (again < 0)
        return -1;
    for (again = !again; again > 0; n++) {
        if (item(j, l, depth + 1) < 0)
            return -1;
        again = more(j, ']');
    }
    if (again < 0)
        return -1;
    if (n == 0)
        return heed_scan_fail(j->s, "an empty list");
    if (l->dims[depth] >= 0 && l->dims[depth] != n)
        return heed_scan_fail(j->s, "a list of %lld, those before have %lld", (long long)n,
                              (long long)l->dims[depth]);
    l->dims[depth] = n;
    return 0;
}

static struct list new_list(enum heed_dtype dtype)
{
    struct list l = {.x = {.dtype = dtype}};
    for (int k = 0; k < HEED_DOC_RANK_MAX; k++)
        l.dims[k] = -1;
    return l;
}

/* A list, or a single number, which is a list of one. */
static int tensor(struct json *j, const char *name)
{
    struct list l = new_list(heed_given_dtype(j->g, name));
    heed_scan_blanks(j->s, BLANKS);
    bool is_list = heed_scan_look(j->s) == '[';
    int status = is_list ? items(j, &l, 0) : number(j, &l);
    if (!is_list) {
        l.rank = 1;
        l.dims[0] = 1;
    }
    const char *fault = heed_given_fault(j->d, name);
    if (status == 0 && fault)
        status = heed_scan_fail(j->s, "tensor '%.80s' %s", name, fault);
    if (status == 0)
        heed_numbers_give(&l.x, j->d, name, l.rank, l.dims);
    heed_str_release(&l.x.bytes);
    return status;
}

/* --- what peek prints --- */

/* A string, number or list of numbers that is of no use here. */
static int skip(struct json *j)
{
    struct heed_str text = {0};
    struct list l = new_list(HEED_F32);
    heed_scan_blanks(j->s, BLANKS);
    int c = heed_scan_look(j->s);
    int status = c == '"' ? string(j, &text) : c == '[' ? items(j, &l, 0) : number(j, &l);
    heed_str_release(&text);
    heed_str_release(&l.x.bytes);
    return status;
}

struct told { /* of a tensor */
    struct heed_str name, dtype;
    struct list shape, values;
    bool shaped;
};

static int told_field(struct json *j, struct told *t, const char *field)
{
    if (strcmp(field, "name") == 0)
        return string(j, &t->name);
    if (strcmp(field, "dtype") == 0)
        return string(j, &t->dtype);
    bool shape = strcmp(field, "shape") == 0, values = strcmp(field, "values") == 0;
    if (!shape && !values)
        return skip(j);
    struct list *l = shape ? &t->shape : &t->values;
    enum heed_dtype dtype = shape ? HEED_I64 : heed_dtype_named(t->dtype.data ? t->dtype.data : "");
    t->shaped |= shape;
    heed_str_release(&l->x.bytes);
    *l = new_list(dtype);
    if (!dtype)
        return heed_scan_fail(j->s,
                              "values without a dtype before them that is F32, I32, I64, U8 or I8");
    heed_scan_blanks(j->s, BLANKS);
    int empty = begin(j, '[', ']');
    while (empty == 0) {
        if (item(j, l, 1) < 0)
            return -1;
        int again = more(j, ']');
        if (again <= 0)
            return again;
    }
    return HEED_MIN(empty, 0);
}

static int told_done(struct json *j, struct told *t)
{
    int64_t dims[HEED_DOC_RANK_MAX] = {0};
    const char *name = t->name.data ? t->name.data : "";
    enum heed_dtype dtype = heed_dtype_named(t->dtype.data ? t->dtype.data : "");
    const char *fault = heed_given_fault(j->d, name);
    if (t->shaped && t->shape.x.n <= HEED_DOC_RANK_MAX && t->shape.x.n)
        memcpy(dims, t->shape.x.bytes.data, 8 * (size_t)t->shape.x.n);
    else if (!t->shaped || t->shape.x.n)
        fault = "has no shape";
    int64_t count = heed_given_count((int)HEED_MIN(t->shape.x.n, HEED_DOC_RANK_MAX), dims);
    if (fault || count < 0 || !dtype)
        return heed_scan_fail(j->s, "tensor '%.80s' %s", name,
                              fault       ? fault
                              : count < 0 ? "has a shape of more than 1 GiB"
                                          : "has no dtype of ours");
    if (t->values.x.n != count)
        return heed_scan_fail(j->s,
                              "tensor '%.80s': %lld values, its shape has %lld; peek --json "
                              "--values --rows 0 prints all",
                              name, (long long)t->values.x.n, (long long)count);
    t->values.x.dtype = dtype;
    heed_numbers_give(&t->values.x, j->d, name, (int)t->shape.x.n, dims);
    return 0;
}

/* {"name": …}, in the list of tensors. */
static int told_tensor(struct json *j)
{
    struct told t = {0};
    struct heed_str field = {0};
    int again = begin(j, '{', '}') < 0 ? -1 : 1;
    while (again > 0)
        again = key(j, &field) < 0 || told_field(j, &t, field.data) < 0 ? -1 : more(j, '}');
    int status = again < 0 ? -1 : told_done(j, &t);
    heed_str_release(&field);
    heed_str_release(&t.name);
    heed_str_release(&t.dtype);
    heed_str_release(&t.shape.x.bytes);
    heed_str_release(&t.values.x.bytes);
    return status;
}

static int told_tensors(struct json *j)
{
    int empty = begin(j, '[', ']'), again = empty < 0 ? -1 : !empty;
    while (again > 0)
        again = told_tensor(j) < 0 ? -1 : more(j, ']');
    return again;
}

static int metadata(struct json *j)
{
    struct heed_str name = {0}, value = {0};
    int empty = begin(j, '{', '}'), again = empty < 0 ? -1 : !empty;
    while (again > 0) {
        again = key(j, &name) < 0 || string(j, &value) < 0 ? -1 : 0;
        if (again == 0) {
            heed_doc_set_meta(j->d, name.data, value.data);
            again = more(j, '}');
        }
    }
    heed_str_release(&name);
    heed_str_release(&value);
    return again;
}

/* --- documents --- */

static int field(struct json *j, const char *name, bool told)
{
    if (told && strcmp(name, "metadata") == 0)
        return metadata(j);
    if (told && strcmp(name, "tensors") == 0)
        return told_tensors(j);
    return told ? skip(j) : tensor(j, name);
}

/* An object, whose first key says which kind it is: peek's begins with its kind. */
static int object(struct json *j)
{
    struct heed_str name = {0}, kind = {0};
    bool told = false;
    int empty = begin(j, '{', '}'), again = empty < 0 ? -1 : !empty;
    for (bool first = true; again > 0; first = false) {
        again = key(j, &name);
        if (again == 0 && first && strcmp(name.data, "kind") == 0) {
            told = true;
            again = string(j, &kind);
        } else if (again == 0) {
            again = field(j, name.data, told);
        }
        if (again == 0)
            again = more(j, '}');
    }
    const char *type =
        told && again == 0 && strcmp(kind.data, "stream") == 0 ? heed_doc_meta(j->d, "type") : NULL;
    char copy[32];
    snprintf(copy, sizeof(copy), "%s", type ? type : "");
    if (again == 0)
        again = j->g->document(j->g->ctx, type ? copy : NULL, j->d, j->err);
    heed_doc_clear(j->d);
    heed_str_release(&name);
    heed_str_release(&kind);
    return again;
}

int heed_given_json(const struct heed_given *g, struct heed_scan *s, struct heed_doc *d,
                    struct heed_err *err)
{
    struct json j = {.g = g, .s = s, .d = d, .err = err};
    heed_scan_blanks(s, BLANKS);
    if (g->name) {
        int status = tensor(&j, g->name);
        heed_scan_blanks(s, BLANKS);
        if (status == 0 && heed_scan_look(s) >= 0)
            status = heed_scan_fail(s, "something behind the end of the list");
        return status < 0 || s->failed ? -1 : 0;
    }
    int status = 0;
    while (status == 0 && heed_scan_look(s) >= 0) {
        if (heed_scan_look(s) != '{')
            return heed_scan_fail(s, "want '{'; a list has no name: give NAME=%s",
                                  strcmp(s->name, "<stdin>") ? s->name : "-");
        j.n_keys = 0;
        status = object(&j);
        heed_scan_blanks(s, BLANKS);
    }
    return status < 0 || s->failed ? -1 : 0;
}
