/* stream_make.h: small streams and documents for tests, made in memory.
 *
 * make_begin(); heed_writer_* with &made.out …; make_end() gives the bytes, to be freed. */
#ifndef HEED_STREAM_MAKE_H
#define HEED_STREAM_MAKE_H

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "stream/stream.h"

struct made {
    struct heed_output out;
    int fd;
};

static inline void make_begin(struct made *m)
{
    m->fd = memfd_create("made", MFD_CLOEXEC);
    if (m->fd < 0)
        abort();
    heed_output_fd(&m->out, dup(m->fd), "made");
}

static inline char *make_end(struct made *m, size_t *n)
{
    struct heed_err err;
    if (heed_output_close(&m->out, &err) < 0)
        abort();
    *n = (size_t)lseek(m->fd, 0, SEEK_END);
    char *bytes = malloc(*n ? *n : 1);
    if (!bytes || pread(m->fd, bytes, *n, 0) != (ssize_t)*n)
        abort();
    close(m->fd);
    return bytes;
}

/* A frame of ids: two rows, the second of them shorter. */
static inline void make_ids(struct heed_doc *d)
{
    static const int32_t src[] = {5, 6, 2, 7, 2, 0}, len[] = {3, 2};
    static const int64_t line[] = {0, 1}, dims[] = {2, 3};
    heed_doc_clear(d);
    heed_doc_add(d, "src", HEED_I32, 2, dims, src);
    heed_doc_add(d, "src_len", HEED_I32, 1, dims, len);
    heed_doc_add(d, "line", HEED_I64, 1, dims, line);
}

/* A whole stream of ids with n frames. */
static inline char *make_stream(int n, size_t *size)
{
    struct made m;
    struct heed_writer w;
    struct heed_doc d;
    struct heed_err err;
    heed_doc_init(&d);
    make_begin(&m);
    heed_doc_set_meta(&d, "model", "0123abcd");
    if (heed_writer_begin(&w, &m.out, "ids", "tokenize", &d, &err) < 0)
        abort();
    for (int i = 0; i < n; i++) {
        make_ids(&d);
        if (heed_writer_frame(&w, &d, &err) < 0)
            abort();
    }
    if (heed_writer_end(&w, NULL, &err) < 0)
        abort();
    heed_doc_release(&d);
    return make_end(&m, size);
}

/* Something like a model: a few tensors, metadata with text that needs escapes. */
static inline void make_model(struct heed_doc *d)
{
    static const float w[] = {1.5f, -2.25f, 0.125f, 3e-5f, -7.0f, 0.0f};
    static const int64_t dims[] = {2, 3}, n[] = {19};
    heed_doc_clear(d);
    heed_doc_add(d, "enc.weight", HEED_F32, 2, dims, w);
    heed_doc_add(d, "enc.bias", HEED_F32, 1, dims + 1, w + 3);
    heed_doc_add(d, "vocab.src", HEED_U8, 1, n, "<pad>\n<bos>\n<eos>\na");
    heed_doc_set_meta(d, "score", "dot");
    heed_doc_set_meta(d, "note", "line\nand \"quote\" \\ \x1b \xc3\xa9 end");
    heed_doc_set_meta(d, "hidden", "256");
}

static inline char *make_model_bytes(size_t *n)
{
    struct heed_doc d;
    struct heed_err err;
    struct made m;
    heed_doc_init(&d);
    make_model(&d);
    make_begin(&m);
    if (heed_doc_write_file(&d, &m.out, &err) < 0)
        abort();
    heed_doc_release(&d);
    return make_end(&m, n);
}

/* All of a stream in memory: 0 at its clean end, else -1 and the message; *n counts data frames. */
static inline int read_stream(const void *bytes, size_t size, const char *want, int64_t *n,
                              struct heed_err *err)
{
    struct heed_input in;
    struct heed_reader r;
    struct heed_doc d;
    int got;
    *n = 0;
    heed_input_memory(&in, bytes, size, "<mem>");
    if (heed_reader_start(&r, &in, want, err) < 0)
        return -1;
    heed_doc_init(&d);
    while ((got = heed_reader_next(&r, &d, err)) > 0)
        ++*n;
    heed_doc_release(&d);
    heed_reader_close(&r);
    return got;
}

#endif
