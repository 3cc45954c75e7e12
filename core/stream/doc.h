/* doc.h: a complete safetensors document in memory: the one format of frames, models, checkpoints.
 *
 * Layout: u64 little-endian N; N bytes of strict JSON, padded with blanks so that 8+N is a multiple
 * of 64; data. The rules are the format's own (README of safetensors) made strict: no duplicate name or
 * metadata key, no unknown field, no hole, no overlap, no trailing byte, integers only, rank <= 8,
 * header <= 1 MiB. A claimed size never causes an allocation before its bytes arrive.
 *
 * A document whose metadata has `heed` (the format's version, "0.1") must carry checksums: metadata
 * `crc` = CRC32C (8 hex digits) over the sorted list of (metadata, name, dtype, shape, crc of each
 * tensor), and `crc.NAME` for every tensor. A document without `heed` is foreign: neither
 * checksums nor alignment are asked. */
#ifndef HEED_DOC_H
#define HEED_DOC_H

#include "stream/io.h"

#define HEED_FORMAT         "0.1"
#define HEED_HEADER_MAX     (1u << 20)
#define HEED_DOC_RANK_MAX   8
#define HEED_FRAME_MAX      (1ull << 30) /* default bound of a frame's data; files: 1 << 36 */

enum heed_dtype { HEED_F32 = 1, HEED_I32, HEED_I64, HEED_U8, HEED_OTHER /* known to the format, not to us */ };
size_t heed_dtype_size(enum heed_dtype t);
const char *heed_dtype_name(enum heed_dtype t); /* "F32" */

struct heed_array {
    char *name; /* owned by the document */
    enum heed_dtype dtype;
    char dtype_text[16];
    int rank;
    int64_t dims[HEED_DOC_RANK_MAX];
    const void *data; /* read: into the document's buffer; written: borrowed until the write */
    size_t size;      /* bytes */
    void *owned;      /* freed with the document when not NULL */
};

struct heed_meta {
    char *key, *value;
};

struct heed_doc {
    struct heed_meta *meta;
    size_t n_meta, cap_meta;
    struct heed_array *arrays;
    size_t n_arrays, cap_arrays;
    void *buffer; /* data as read, 64-byte aligned */
    size_t buffer_cap, data_size, header_size;
    bool foreign;
    char fingerprint[65]; /* SHA-256 over the same list as crc; set by read and write; hex */
};

void heed_doc_init(struct heed_doc *d);
void heed_doc_clear(struct heed_doc *d);   /* keeps the buffer for the next frame */
void heed_doc_release(struct heed_doc *d);

const char *heed_doc_meta(const struct heed_doc *d, const char *key); /* NULL when absent */
void heed_doc_set_meta(struct heed_doc *d, const char *key, const char *value); /* replaces */
void heed_doc_set_meta_i64(struct heed_doc *d, const char *key, int64_t value);
/* Strict; "metadata KEY: 'abc' is no integer", absent is an error too. */
int heed_doc_meta_i64(const struct heed_doc *d, const char *key, int64_t *out, struct heed_err *err);

struct heed_array *heed_doc_find(const struct heed_doc *d, const char *name); /* NULL when absent */
/* Adds a tensor whose data are borrowed until written. dims may be NULL for rank 0. */
struct heed_array *heed_doc_add(struct heed_doc *d, const char *name, enum heed_dtype dtype, int rank,
                                const int64_t *dims, const void *data);
/* The same with the data copied into the document. */
struct heed_array *heed_doc_add_copy(struct heed_doc *d, const char *name, enum heed_dtype dtype,
                                     int rank, const int64_t *dims, const void *data);
/* As find, but demands dtype and rank: "tensor src: dtype F32, want I32"; NULL and err otherwise. */
struct heed_array *heed_doc_want(const struct heed_doc *d, const char *name, enum heed_dtype dtype,
                                 int rank, struct heed_err *err);

/* Reads one document. 1: read; 0: clean end before its first byte; -1. Text, compressed files and other
 * known kinds on the input are named from the first bytes ("standard input is text, not a tensor
 * stream; put `tokenize` in front"). */
int heed_doc_read(struct heed_doc *d, struct heed_input *in, uint64_t max_data, struct heed_err *err);
/* Parses a document that lies whole in memory (fuzzing, tests); borrows bytes. */
int heed_doc_parse(struct heed_doc *d, const void *bytes, size_t n, struct heed_err *err);
/* Writes one document: computes checksums unless foreign, sorts tensors by element size descending,
 * then name, pads. */
int heed_doc_write(struct heed_doc *d, struct heed_output *out, struct heed_err *err) HEED_MUST_USE;

/* Whole files: one document and nothing behind it. */
int heed_doc_load(struct heed_doc *d, const char *path, struct heed_err *err) HEED_MUST_USE;
int heed_doc_save(struct heed_doc *d, const char *path, struct heed_err *err) HEED_MUST_USE; /* commit */

#endif
