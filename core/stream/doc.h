/* doc.h: a complete safetensors document in memory: the one format of frames, models, checkpoints.
 *
 * Layout: u64 little-endian N; N bytes of strict JSON, padded with blanks so that 8+N is a multiple
 * of 64; data. The rules are the format's own (README of safetensors) made strict: no duplicate
 * name or metadata key, no unknown field, no hole, no overlap, no trailing byte, integers only,
 * rank <= 8, header <= 1 MiB. A claimed size never causes an allocation before its bytes arrive.
 *
 * A document whose metadata has `heed` (the format's version, "0.1") must carry checksums: metadata
 * `crc` = CRC32C (8 hex digits) over the list below, and `crc.NAME` for every tensor. One with any
 * `crc` but no `heed` is damaged; one with neither is foreign: neither checksums nor alignment are
 * asked. `fingerprint` (files) is SHA-256 over the same list. The list, in bytes:
 *
 *     KEY 0 VALUE 0                 metadata sorted by key, without crc, crc.*, fingerprint
 *     0
 *     NAME 0 DTYPE 0 2,3 0 CRC 0    tensors sorted by name; a scalar's shape is empty
 *
 * crc, crc.* and fingerprint are checked and taken out of the metadata by a read and made anew by a
 * write, so nobody else sees them. Messages do not name the input: the caller knows the place. */
#ifndef HEED_DOC_H
#define HEED_DOC_H

#include "base/map.h"
#include "base/option.h"
#include "stream/io.h"

#define HEED_FORMAT       "0.1"
#define HEED_HEADER_MAX   (1u << 20)
#define HEED_DOC_RANK_MAX 8
#define HEED_NAME_MAX     127          /* bytes of a tensor's name */
#define HEED_OPTION_KEY   96           /* bytes of an option's metadata key */
#define HEED_FRAME_MAX    (1ull << 30) /* bytes of a frame's data */
#define HEED_FILE_MAX     (1ull << 36) /* bytes of a file's data */
#define HEED_FRAME_ARRAYS 64           /* tensors where at most HEED_FRAME_MAX is allowed */
#define HEED_FILE_ARRAYS  4096

enum heed_dtype {
    HEED_F32 = 1,
    HEED_I32,
    HEED_I64,
    HEED_U8,
    HEED_I8,
    HEED_OTHER /* known to the format, not to us */
};
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
    uint32_t crc;     /* of the data, set by read and write */
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
    struct heed_map map; /* of a file that was loaded: data lie in it, only to be read */
    bool foreign;
    char fingerprint[65]; /* hex; set by load and save, and by a read where the metadata has it */
    struct heed_str scratch; /* header bytes */
};

void heed_doc_init(struct heed_doc *d);
void heed_doc_clear(struct heed_doc *d); /* keeps the buffer for the next frame */
void heed_doc_release(struct heed_doc *d);

const char *heed_doc_meta(const struct heed_doc *d, const char *key); /* NULL when absent */
void heed_doc_set_meta(struct heed_doc *d, const char *key, const char *value); /* replaces */
void heed_doc_set_meta_i64(struct heed_doc *d, const char *key, int64_t value);
/* Strict; "metadata KEY: 'abc' is no integer", absent is an error too. */
int heed_doc_meta_i64(const struct heed_doc *d, const char *key, int64_t *out,
                      struct heed_err *err);

/* Option rows as metadata: the key is PREFIX and the row's name, the value its text; none
 * where it is implied (HEED_OPTION_IMPLIED). */
void heed_doc_set_options(struct heed_doc *d, const char *prefix, const struct heed_option *rows,
                          const void *self);
/* What the document says of a row: its value, or what files older than the row mean by it; NULL
 * and err where it must say it and does not. Borrowed from the document or the row. */
const char *heed_doc_option(const struct heed_doc *d, const char *prefix,
                            const struct heed_option *row, struct heed_err *err);
/* Sets every row of self so; values out of range are errors. Strings are borrowed as above. */
int heed_doc_get_options(const struct heed_doc *d, const char *prefix,
                         const struct heed_option *rows, void *self,
                         struct heed_err *err) HEED_MUST_USE;

struct heed_array *heed_doc_find(const struct heed_doc *d, const char *name); /* NULL when absent */
/* Adds a tensor whose data are borrowed until written. dims may be NULL for rank 0. */
struct heed_array *heed_doc_add(struct heed_doc *d, const char *name, enum heed_dtype dtype,
                                int rank, const int64_t *dims, const void *data);
/* The same with the data copied into the document. */
struct heed_array *heed_doc_add_copy(struct heed_doc *d, const char *name, enum heed_dtype dtype,
                                     int rank, const int64_t *dims, const void *data);
/* As find, but demands dtype and rank: "tensor src: dtype F32,
 * want I32"; NULL and err otherwise. */
struct heed_array *heed_doc_want(const struct heed_doc *d, const char *name, enum heed_dtype dtype,
                                 int rank, struct heed_err *err);

/* Values by their place in the data; a dtype that is not ours has none. */
int64_t heed_array_count(const struct heed_array *a);
double heed_array_value(const struct heed_array *a, int64_t i);
void heed_array_text(struct heed_str *out, const struct heed_array *a, int64_t i); /* appended */
/* Smallest, largest, mean of the n finite values, and how many are not finite. */
struct heed_array_stats {
    double min, max, mean;
    int64_t n, n_bad;
};
struct heed_array_stats heed_array_stats(const struct heed_array *a);

/* Reads one document. 1: read; 0: clean end before its first byte; -1. Text, compressed files and
 * other known kinds on the input are named from the first bytes ("standard input is text, not a
 * tensor stream; put `tokenize` in front"). */
int heed_doc_read(struct heed_doc *d, struct heed_input *in, uint64_t max_data,
                  struct heed_err *err);
/* Parses a document that lies whole in memory (fuzzing, tests); borrows bytes. Returns 0 or -1. */
int heed_doc_parse(struct heed_doc *d, const void *bytes, size_t n, struct heed_err *err);
/* Writes one document: computes checksums unless foreign, pads. Tensors of whole lines of 64 bytes come
 * first, so that they lie as they are used; then by element size descending, then by name. */
int heed_doc_write(struct heed_doc *d, struct heed_output *out, struct heed_err *err) HEED_MUST_USE;

/* Whole files: one document and nothing behind it. Messages name the path. The data are the file's own
 * pages (map.h), which leave the process again once their checksums are found right. */
int heed_doc_load(struct heed_doc *d, const char *path, struct heed_err *err) HEED_MUST_USE;
/* Through heed_commit; adds the metadata `fingerprint`. */
int heed_doc_save(struct heed_doc *d, const char *path, struct heed_err *err) HEED_MUST_USE;
/* The same in two steps, for a caller that writes elsewhere than to a file of its own. */
int heed_doc_write_file(struct heed_doc *d, struct heed_output *out,
                        struct heed_err *err) HEED_MUST_USE;

/* Shared by reader and writer. */
/* Fuzzers must get past the checksums to reach what lies behind them. */
#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
#define HEED_CHECKSUMS_MATTER false
#else
#define HEED_CHECKSUMS_MATTER true
#endif
/* The n bytes of JSON: metadata and arrays, whose data fields hold their offsets until the data are
 * there; arrays' crc fields hold what the header claims. */
int heed_doc_parse_header(struct heed_doc *d, const char *h, size_t n, uint64_t max_data,
                          struct heed_err *err);
bool heed_doc_reserved(const char *key); /* crc, crc.*, fingerprint */
/* Metadata and arrays in the order of the list (arrays of n_meta, n_arrays pointers). */
void heed_doc_sort(const struct heed_doc *d, struct heed_meta **meta, struct heed_array **arrays);
/* CRC32C over the list from the arrays' crc fields; with fingerprint not NULL also its SHA-256. */
uint32_t heed_doc_list_crc(const struct heed_doc *d, char fingerprint[65]);
/* NULL when the name may stand in a document, otherwise what is wrong with it. */
const char *heed_name_fault(const char *name, bool foreign);
void heed_add_u64(struct heed_str *out, uint64_t v);           /* appends decimal digits */
void heed_crc_text(char text[9], uint32_t crc);                /* 8 hexadecimal digits */
void heed_json_string(struct heed_str *out, const char *text); /* appends "…" with quotes */

/* What lies on the input by its first bytes (sniff.c): fails with a message when it is surely no
 * document: text, compressed, another known kind. `want` ("ids|batch") lets the message say which
 * command to put in front; NULL: unknown. Consumes nothing. */
int heed_sniff(struct heed_input *in, const char *want, struct heed_err *err);

#endif
