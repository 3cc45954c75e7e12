/* given.c: what an input is, and who reads it; see given.h. */
#include <string.h>

#include "stream/given.h"
#include "stream/stream.h"

/* Peek's titles (cli/peek.c), of which the first stands at the very beginning. */
static bool is_peek(const char *bytes, size_t n)
{
    static const char *const titles[] = {"stream of ", "frame ", "file, format ",
                                         "safetensors document "};
    for (size_t i = 0; i < HEED_COUNT(titles); i++)
        if (n >= strlen(titles[i]) && !memcmp(bytes, titles[i], strlen(titles[i])))
            return true;
    return false;
}

static int find_form(const struct heed_given *g, struct heed_input *in, enum heed_given_form *form,
                     struct heed_err *err)
{
    const void *bytes;
    ssize_t n = heed_input_peek(in, &bytes, 64, err);
    const char *p = bytes;
    if (n < 0)
        return -1;
    *form = g->form;
    if (*form != HEED_GIVEN_AUTO)
        return 0;
    if (n >= 6 && !memcmp(p, "\x93NUMPY", 6))
        *form = HEED_GIVEN_NPY;
    else if (is_peek(p, (size_t)n))
        *form = HEED_GIVEN_PEEK;
    else {
        ssize_t at = 0;
        while (at < n && strchr(" \t\r\n\xef\xbb\xbf", p[at]) && p[at])
            at++;
        *form = at < n && (p[at] == '{' || p[at] == '[') ? HEED_GIVEN_JSON : HEED_GIVEN_TABLE;
    }
    return 0;
}

int heed_given_read(const struct heed_given *g, struct heed_input *in, struct heed_doc *d,
                    struct heed_err *err)
{
    enum heed_given_form form;
    if (find_form(g, in, &form, err) < 0)
        return -1;
    if (!g->name && (form == HEED_GIVEN_TABLE || form == HEED_GIVEN_NPY))
        return heed_usage(err, "%s: which tensor is this? give NAME=%s", in->name,
                          strcmp(in->name, "<stdin>") ? in->name : "-");
    if (form == HEED_GIVEN_NPY)
        return heed_given_npy(g, in, in->name, d, err);
    if (form != HEED_GIVEN_PEEK && heed_input_want_text(in, err) < 0)
        return -1;
    if (g->name && form == HEED_GIVEN_PEEK)
        return heed_usage(err, "%s: what peek prints has names of its own; leave %s= away",
                          in->name, g->name);
    struct heed_scan s;
    heed_scan_init(&s, in, in->name, err);
    int status = form == HEED_GIVEN_TABLE  ? heed_given_table(g, &s, d, err)
                 : form == HEED_GIVEN_JSON ? heed_given_json(g, &s, d, err)
                                           : heed_given_peek(g, &s, err);
    heed_scan_release(&s);
    return status;
}
