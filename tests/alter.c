/* alter.c: a stream or file with something changed in it, and its checksums made anew: what a faulty
 * stage of somebody else's could send, or another version of heed have written.
 *
 *   alter [CHANGE]... < stream > stream      each change applies to every frame
 *   alter file [CHANGE]... < file > file     a model, a checkpoint
 *
 *   meta KEY VALUE       metadata of the stream frame; VALUE '': without it
 *   drop NAME            without the tensor
 *   add NAME             with a tensor I32 [B,2] that counts from 0
 *   set NAME AT VALUE    the element at this place, counted through the whole tensor
 *   fill NAME VALUE      every element
 *   pad NAME LEN VALUE   every element of F32 [B,S,D] behind the lengths in tensor LEN
 *   widen NAME           the last dimension is one larger, with zeros
 *   shorten NAME         the last dimension is one smaller */
#include <string.h>

#include "stream/stream.h"

static struct heed_err err;

static void check(int status)
{
    if (status >= 0)
        return;
    dprintf(2, "alter: %s\n", err.text);
    exit(99);
}

static struct heed_array *want(struct heed_doc *d, const char *name)
{
    struct heed_array *a = heed_doc_find(d, name);
    if (a)
        return a;
    dprintf(2, "alter: no tensor %s\n", name);
    exit(99);
}

/* The tensor's data as memory of its own, which may be written to. */
static void *own(struct heed_array *a, size_t size)
{
    void *data = heed_xcalloc(size + 1, 1);
    if (a->size)
        memcpy(data, a->data, HEED_MIN(size, a->size));
    free(a->owned);
    a->data = a->owned = data;
    a->size = size;
    return data;
}

static void put(struct heed_array *a, void *data, int64_t at, const char *value)
{
    double v = strtod(value, NULL);
    switch (a->dtype) {
    case HEED_F32:
        ((float *)data)[at] = (float)v;
        break;
    case HEED_I32:
        ((int32_t *)data)[at] = (int32_t)v;
        break;
    case HEED_I64:
        ((int64_t *)data)[at] = (int64_t)v;
        break;
    default:
        ((unsigned char *)data)[at] = (unsigned char)v;
    }
}

static int64_t count(const struct heed_array *a)
{
    int64_t n = 1;
    for (int i = 0; i < a->rank; i++)
        n *= a->dims[i];
    return n;
}

static void fill(struct heed_array *a, const char *value)
{
    void *data = own(a, a->size);
    for (int64_t i = 0, n = count(a); i < n; i++)
        put(a, data, i, value);
}

static void pad(struct heed_doc *d, struct heed_array *a, const char *len_name, const char *value)
{
    const int32_t *len = want(d, len_name)->data;
    void *data = own(a, a->size);
    for (int64_t b = 0; b < a->dims[0]; b++)
        for (int64_t i = len[b] * a->dims[2]; i < a->dims[1] * a->dims[2]; i++)
            put(a, data, b * a->dims[1] * a->dims[2] + i, value);
}

static void resize(struct heed_array *a, int64_t by)
{
    size_t old = (size_t)a->dims[a->rank - 1] * heed_dtype_size(a->dtype);
    size_t rows = (size_t)(count(a) / a->dims[a->rank - 1]);
    a->dims[a->rank - 1] += by;
    size_t row = (size_t)a->dims[a->rank - 1] * heed_dtype_size(a->dtype);
    char *data = heed_xcalloc(rows * row + 1, 1);
    for (size_t r = 0; r < rows; r++)
        memcpy(data + r * row, (const char *)a->data + r * old, HEED_MIN(row, old));
    free(a->owned);
    a->data = a->owned = data;
    a->size = rows * row;
}

static void add(struct heed_doc *d, const char *name)
{
    int64_t dims[2] = {d->arrays[0].dims[0], 2};
    int32_t *n = heed_xcalloc((size_t)dims[0] * 2, sizeof(*n));
    for (int32_t i = 0; i < dims[0] * 2; i++)
        n[i] = i;
    heed_doc_add_copy(d, name, HEED_I32, 2, dims, n);
    free(n);
}

/* How many arguments the change takes. */
static int arity(const char *change)
{
    static const struct {
        const char *name;
        int n;
    } all[] = {{"meta", 2}, {"drop", 1}, {"add", 1},   {"set", 3},
               {"fill", 2}, {"pad", 3},  {"widen", 1}, {"shorten", 1}};
    for (size_t i = 0; i < HEED_COUNT(all); i++)
        if (!strcmp(change, all[i].name))
            return all[i].n;
    dprintf(2, "alter: no change '%s'\n", change);
    exit(99);
}

static void drop(struct heed_doc *d, struct heed_array *a)
{
    size_t i = (size_t)(a - d->arrays);
    free(a->owned);
    free(a->name);
    memmove(a, a + 1, (d->n_arrays - i - 1) * sizeof(*a));
    d->n_arrays--;
}

static void change_frame(struct heed_doc *d, char **arg)
{
    if (!strcmp(arg[0], "meta"))
        return;
    if (!strcmp(arg[0], "add")) {
        add(d, arg[1]);
        return;
    }
    struct heed_array *a = want(d, arg[1]);
    if (!strcmp(arg[0], "drop"))
        drop(d, a);
    else if (!strcmp(arg[0], "set"))
        put(a, own(a, a->size), strtoll(arg[2], NULL, 10), arg[3]);
    else if (!strcmp(arg[0], "pad"))
        pad(d, a, arg[2], arg[3]);
    else if (!strcmp(arg[0], "fill"))
        fill(a, arg[2]);
    else
        resize(a, arg[0][0] == 'w' ? 1 : -1);
}

static bool is_changed(char **change, int n, const char *key)
{
    for (int i = 0; i < n; i += arity(change[i]) + 1)
        if (!strcmp(change[i], "meta") && !strcmp(change[i + 1], key))
            return true;
    return false;
}

static void copy_head(const struct heed_doc *from, struct heed_doc *to, char **change, int n)
{
    for (size_t i = 0; i < from->n_meta; i++)
        if (strncmp(from->meta[i].key, "crc", 3) && !is_changed(change, n, from->meta[i].key))
            heed_doc_set_meta(to, from->meta[i].key, from->meta[i].value);
    for (size_t i = 0; i < from->n_arrays; i++) {
        const struct heed_array *a = &from->arrays[i];
        heed_doc_add(to, a->name, a->dtype, a->rank, a->dims, a->data);
    }
    for (int i = 0; i < n; i += arity(change[i]) + 1)
        if (!strcmp(change[i], "meta") && *change[i + 2])
            heed_doc_set_meta(to, change[i + 1], change[i + 2]);
}

static void alter_file(struct heed_output *out, char **change, int n)
{
    struct heed_input in;
    struct heed_doc from, to;
    heed_doc_init(&from);
    heed_doc_init(&to);
    check(heed_input_open(&in, NULL, &err));
    check(heed_doc_read(&from, &in, HEED_FILE_MAX, &err));
    copy_head(&from, &to, change, n);
    for (int i = 0; i < n; i += arity(change[i]) + 1)
        change_frame(&to, change + i);
    check(heed_doc_write_file(&to, out, &err));
    heed_doc_release(&to);
    heed_doc_release(&from);
    heed_input_close(&in);
}

static void alter_stream(struct heed_output *out, char **change, int n)
{
    struct heed_reader r;
    struct heed_writer w;
    struct heed_doc head, d;
    int got;
    check(heed_reader_open(&r, "-", "ids|batch|memory|attention|hypotheses", &err));
    heed_doc_init(&head);
    heed_doc_init(&d);
    copy_head(&r.head, &head, change, n);
    check(heed_writer_begin(&w, out, r.type, r.producer, &head, &err));
    while ((got = heed_reader_next(&r, &d, &err)) > 0) {
        for (int i = 0; i < n; i += arity(change[i]) + 1)
            change_frame(&d, change + i);
        check(heed_writer_frame(&w, &d, &err));
    }
    check(got);
    check(heed_writer_end(&w, NULL, &err));
    heed_doc_release(&d);
    heed_doc_release(&head);
    heed_reader_close(&r);
}

int main(int argc, char **argv)
{
    struct heed_output out;
    bool file = argc > 1 && strcmp(argv[1], "file") == 0;
    heed_output_fd(&out, 1, "<stdout>");
    if (file)
        alter_file(&out, argv + 2, argc - 2);
    else
        alter_stream(&out, argv + 1, argc - 1);
    check(heed_output_close(&out, &err));
    return 0;
}
