/* given_peek.c: what `peek --values` prints, back into documents.
 *
 *     stream of attention from attend, format 0.1     a title, at the left: a document begins
 *       window=2                                      metadata
 *       query    F32  [1,2,3]        min …            a tensor, and its values:
 *         [0,0] 1 2 3                                 places, which are not looked at, and numbers
 *         src 0: the cat                              words (peek --words), which are not looked at
 *     end: 1 frame
 *
 * Numbers stand in order, so a place says nothing that the shape does not. Who writes such text by
 * hand may leave the words behind the shape and the numbers in [] empty. */
#include <string.h>

#include "stream/given.h"

#define META_MAX 4096

struct peeked {
    const struct heed_given *g;
    struct heed_scan *s;
    struct heed_doc d;
    bool open;     /* a document has begun */
    char type[32]; /* of the stream whose head it is; "" for a frame */
    /* the tensor whose values come */
    struct heed_numbers x;
    char name[HEED_NAME_MAX + 1];
    int rank;
    int64_t dims[HEED_DOC_RANK_MAX], count;
    struct heed_err *err;
};

static void pass_line(struct heed_scan *s)
{
    for (int c = heed_scan_look(s); c >= 0 && c != '\n'; c = heed_scan_look(s))
        heed_scan_take(s);
}

static int end_tensor(struct peeked *p)
{
    if (!p->name[0])
        return 0;
    if (p->x.n != p->count)
        return heed_scan_fail(p->s,
                              "tensor %s: %lld values before this, its shape has %lld; peek "
                              "--values --rows 0 prints all",
                              p->name, (long long)p->x.n, (long long)p->count);
    heed_numbers_give(&p->x, &p->d, p->name, p->rank, p->dims);
    p->name[0] = '\0';
    return 0;
}

static int end_document(struct peeked *p)
{
    if (!p->open)
        return 0;
    if (end_tensor(p) < 0)
        return -1;
    int status = p->g->document(p->g->ctx, p->type[0] ? p->type : NULL, &p->d, p->err);
    heed_doc_clear(&p->d);
    p->open = false;
    return status;
}

/* "stream of TYPE from …", "frame 3", "file, …": the word behind "stream of". */
static int title(struct peeked *p)
{
    char word[32];
    if (end_document(p) < 0)
        return -1;
    heed_scan_word(p->s, "", word, sizeof(word));
    if (strcmp(word, "end:") == 0)
        return 0;
    p->open = true;
    p->type[0] = '\0';
    if (strcmp(word, "stream") == 0) {
        heed_scan_blanks(p->s, " ");
        heed_scan_word(p->s, "", word, sizeof(word));
        heed_scan_blanks(p->s, " ");
        heed_scan_word(p->s, "", p->type, sizeof(p->type));
        if (strcmp(word, "of") != 0 || !p->type[0])
            return heed_scan_fail(p->s, "want 'stream of TYPE'");
    } else if (strcmp(word, "frame") && strcmp(word, "file,") && strcmp(word, "safetensors")) {
        return heed_scan_fail(p->s, "'%.40s' begins no document; want 'stream of TYPE' or 'frame'",
                              word);
    }
    return 0;
}

/* [2,3], behind the dtype. */
static int shape(struct peeked *p)
{
    struct heed_numbers dims = {.dtype = HEED_I64};
    int c = heed_scan_take(p->s), status = c == '[' ? 0 : heed_scan_fail(p->s, "want '['");
    while (status == 0 && heed_scan_look(p->s) != ']') {
        status = heed_scan_number(p->s, ",]", &dims, "");
        if (status == 0 && dims.n > HEED_DOC_RANK_MAX)
            status = heed_scan_fail(p->s, "more than %d dimensions", HEED_DOC_RANK_MAX);
        if (status == 0 && heed_scan_look(p->s) == ',')
            heed_scan_take(p->s);
        else if (status == 0 && heed_scan_look(p->s) != ']')
            status = heed_scan_fail(p->s, "want ',' or ']'");
    }
    p->rank = (int)dims.n;
    if (status == 0 && dims.n)
        memcpy(p->dims, dims.bytes.data, dims.bytes.len);
    heed_str_release(&dims.bytes);
    p->count = status == 0 ? heed_given_count(p->rank, p->dims) : 0;
    return p->count < 0 ? heed_scan_fail(p->s, "a shape of more than 1 GiB") : status;
}

/* "NAME DTYPE [SHAPE] …" */
static int tensor(struct peeked *p, const char *name)
{
    char word[16];
    const char *fault = heed_given_fault(&p->d, name);
    if (fault)
        return heed_scan_fail(p->s, "tensor '%.80s' %s", name, fault);
    heed_scan_blanks(p->s, " ");
    heed_scan_word(p->s, "", word, sizeof(word));
    p->x = (struct heed_numbers){.dtype = heed_dtype_named(word)};
    if (!p->x.dtype)
        return heed_scan_fail(p->s, "tensor '%.80s': '%s' is none of F32, I32, I64, U8, I8", name,
                              word);
    heed_scan_blanks(p->s, " ");
    if (shape(p) < 0)
        return -1;
    memcpy(p->name, name, strlen(name) + 1); /* no longer than a name may be */
    return 0;
}

/* "KEY=VALUE" or a tensor. */
static int entry(struct peeked *p)
{
    char name[256];
    struct heed_str value = {0};
    if (end_tensor(p) < 0)
        return -1;
    if (heed_scan_word(p->s, "=", name, sizeof(name)) >= sizeof(name))
        return heed_scan_fail(p->s, "a name of more than 255 bytes");
    if (heed_scan_look(p->s) != '=')
        return tensor(p, name);
    heed_scan_take(p->s);
    for (int c = heed_scan_look(p->s); c > 0 && c != '\n' && value.len < 1024;
         c = heed_scan_look(p->s))
        heed_str_add_char(&value, (char)heed_scan_take(p->s));
    heed_str_add(&value, "", 0);
    if (p->d.n_meta < META_MAX)
        heed_doc_set_meta(&p->d, name, value.data);
    heed_str_release(&value);
    return p->d.n_meta < META_MAX ? 0 : heed_scan_fail(p->s, "more than %d metadata", META_MAX);
}

/* "[0,2] 1 5 8" */
static int values(struct peeked *p)
{
    if (heed_scan_look(p->s) != '[')
        return 0;
    if (!p->name[0])
        return heed_scan_fail(p->s, "values without a tensor before them");
    for (int c = heed_scan_look(p->s); c >= 0 && c != ']' && c != '\n'; c = heed_scan_look(p->s))
        heed_scan_take(p->s);
    if (heed_scan_take(p->s) != ']')
        return heed_scan_fail(p->s, "a place without its ']'");
    heed_scan_blanks(p->s, " \t\r");
    for (int c = heed_scan_look(p->s); c >= 0 && c != '\n'; c = heed_scan_look(p->s)) {
        if (p->x.n == p->count)
            return heed_scan_fail(p->s, "tensor %s: more values than its shape has, %lld", p->name,
                                  (long long)p->count);
        if (heed_scan_number(p->s, "", &p->x, "") < 0)
            return -1;
        heed_scan_blanks(p->s, " \t\r");
    }
    return 0;
}

static int line(struct peeked *p)
{
    int64_t indent = p->s->column;
    heed_scan_blanks(p->s, " ");
    indent = p->s->column - indent;
    int c = heed_scan_look(p->s);
    if (c == '\n' || c == '\r' || c < 0)
        return 0;
    if (indent == 0)
        return title(p);
    if (!p->open)
        return heed_scan_fail(p->s, "no document has begun; want 'stream of TYPE' or 'frame'");
    return indent < 4 ? entry(p) : values(p);
}

int heed_given_peek(const struct heed_given *g, struct heed_scan *s, struct heed_err *err)
{
    struct peeked p = {.g = g, .s = s, .err = err};
    int status = 0;
    heed_doc_init(&p.d);
    while (status == 0 && heed_scan_look(s) >= 0) {
        status = line(&p);
        if (status == 0) {
            pass_line(s);
            heed_scan_take(s);
        }
    }
    if (status == 0)
        status = s->failed ? -1 : end_document(&p);
    heed_str_release(&p.x.bytes);
    heed_doc_release(&p.d);
    return status;
}
