/* plugin.h: the public interface of plugins: attention scores, RNN cells, tokenizers, products.
 *
 * A plugin is one shared object NAME.so exporting one const struct, NAME_LTX_heed_plugin, made by
 * HEED_PLUGIN(). It has no undefined heed symbol: everything it calls stands in struct heed_host,
 * whose address the loader stores into the plugin's own `heed` pointer before anything else.
 * A plugin holds only its own arithmetic. Core owns every state, the time loop, mask, softmax,
 * dropout and the weighted sum; a plugin reaches matrix products through heed->linear().
 *
 * Two halves: what happens once per sequence, and what happens at each step. Call structs begin with
 * their size and grow at their end.
 *
 *     static const struct heed_host *heed;
 *     …
 *     HEED_PLUGIN(score_mine, struct heed_score) = {
 *         .head = HEED_HEAD(score_mine, HEED_KIND_SCORE, struct heed_score, 1, "what it is", rows,
 *                           sizeof(struct mine)),
 *         .setup = setup,
 *         .score = score,
 *     };
 *
 *     pkg-config --cflags --libs heed | xargs cc score_mine.c -o score_mine.so
 *
 * The headers are C99 and C++. In C++ the members stand in order and without names:
 *
 *     HEED_PLUGIN(score_mine, heed_score) = {HEED_HEAD(…), 0, setup, nullptr, score, nullptr};
 */
#ifndef HEED_PUBLIC_PLUGIN_H
#define HEED_PUBLIC_PLUGIN_H

#include "heed/err.h"
#include "heed/option.h"
#include "heed/tensor.h"
#include "heed/text.h"
#include "heed/vec.h"

#define HEED_PLUGIN_MAGIC 0x64656568u /* "heed" */
#define HEED_PLUGIN_ABI   2           /* 0.x: must match exactly */

/* Kinds grow at the end; a heed refuses those that it does not know. */
enum heed_plugin_kind {
    HEED_KIND_SCORE = 1,
    HEED_KIND_CELL,
    HEED_KIND_TOKENIZER,
    HEED_KIND_PRODUCT,
    HEED_KIND_REDUCE = 5 /* reduce.h */
};

struct heed_params;
struct heed_setup;

/* Functions of the host; size first, grows only at its end. Operations return a tensor of the tape,
 * with its gradient where one is wanted; shapes that do not fit turn the tape sour, and core says why.
 * The first dimensions of a tensor are rows N, the last is its width. */
struct heed_host {
    uint32_t size;
    const struct heed_vec *vec; /* NULL for tokenizers in a program without tensors */
    /* Sets the message; returns -1. */
    int (*fail)(struct heed_err *err, const char *fmt, ...) HEED_PRINTF(2, 3);
    /* A parameter of the plugin's own, named PREFIX.name in the
     * model file; call it only in setup(). */
    struct heed_tensor *(*param)(struct heed_setup *s, const char *name, int rank,
                                 const int64_t *dims, enum heed_init init, double scale,
                                 uint32_t flags);

    /* An operation of the plugin's own on n_in inputs; outs gets n_out tensors (NULL: not wanted).
     * aux (aux_size bytes) is copied. Returns outs[0]. */
    struct heed_tensor *(*apply)(struct heed_tape *t, const struct heed_op *op, int n_in,
                                 struct heed_tensor *const *in, int n_out,
                                 struct heed_tensor **outs, const void *aux, size_t aux_size);
    /* Gradient of x, to be added to; NULL where none is wanted. */
    float *(*grad)(struct heed_tape *t, const struct heed_tensor *x);
    void *(*alloc)(struct heed_tape *t, size_t size); /* until the tape is reset; not cleared */
    bool (*training)(const struct heed_tape *t);

    /* [N,I]·w[I,O] + b[O] (b may be NULL) -> [N,O] */
    struct heed_tensor *(*linear)(struct heed_tape *t, struct heed_tensor *x, struct heed_tensor *w,
                                  struct heed_tensor *b);
    /* Element-wise, equal shapes. scale: alpha·a + beta. */
    struct heed_tensor *(*add)(struct heed_tape *t, struct heed_tensor *a, struct heed_tensor *b);
    struct heed_tensor *(*sub)(struct heed_tape *t, struct heed_tensor *a, struct heed_tensor *b);
    struct heed_tensor *(*mul)(struct heed_tape *t, struct heed_tensor *a, struct heed_tensor *b);
    struct heed_tensor *(*scale)(struct heed_tape *t, struct heed_tensor *a, float alpha,
                                 float beta);
    struct heed_tensor *(*tanh)(struct heed_tape *t, struct heed_tensor *a);
    struct heed_tensor *(*sigmoid)(struct heed_tape *t, struct heed_tensor *a);
    struct heed_tensor *(*exp)(struct heed_tape *t, struct heed_tensor *a);
    struct heed_tensor *(*relu)(struct heed_tape *t, struct heed_tensor *a);
    /* n tensors of N rows side by side; columns [from, from+n) of x, copied; x with other
     * dimensions, the same numbers. */
    struct heed_tensor *(*concat)(struct heed_tape *t, int n, struct heed_tensor *const *x);
    struct heed_tensor *(*columns)(struct heed_tape *t, struct heed_tensor *x, int64_t from,
                                   int64_t n);
    struct heed_tensor *(*reshape)(struct heed_tape *t, struct heed_tensor *x, int rank,
                                   const int64_t *dims);
    /* q [B,G,Q,d], k [B,G,S,d] -> [B,G,Q,S]: scale·(q·k), and sum_i v[i]·tanh(q[i] + k[i]).
     * Entries beyond the lengths [B] are 0 and cost nothing; q_len may be NULL. */
    struct heed_tensor *(*dot_scores)(struct heed_tape *t, struct heed_tensor *q,
                                      struct heed_tensor *k, float scale, const int32_t *q_len,
                                      const int32_t *k_len);
    struct heed_tensor *(*tanh_scores)(struct heed_tape *t, struct heed_tensor *q,
                                       struct heed_tensor *k, struct heed_tensor *v,
                                       const int32_t *q_len, const int32_t *k_len);
    /* Softmax over the keys that the mask lets be seen; zero elsewhere. */
    struct heed_tensor *(*masked_softmax)(struct heed_tape *t, struct heed_tensor *scores,
                                          const struct heed_mask *mask);

    /* Text, for tokenizers. utf8_next: one code point at s[0..n), n > 0; returns its bytes (1 to 4),
     * or 0 when they are not valid UTF-8. lower: puts the lower case of valid UTF-8. */
    int (*utf8_next)(const char *s, size_t n, int32_t *code_point);
    enum heed_char_class (*char_class)(int32_t code_point);
    void (*lower)(const char *s, size_t n, void (*put)(void *ctx, const char *s, size_t n),
                  void *ctx);

    /* a·exp(g); g: one number, such as a parameter that begins at zero. */
    struct heed_tensor *(*gain)(struct heed_tape *t, struct heed_tensor *a, struct heed_tensor *g);
};

/* The head every plugin begins with. */
struct heed_plugin {
    uint32_t magic, abi, size; /* of the whole descriptor (struct heed_score, …), first for ever */
    uint32_t kind;             /* enum heed_plugin_kind */
    /* Of struct heed_host and struct heed_vec as the plugin was built with them: a heed whose
     * tables are shorter refuses it. */
    uint32_t host_size, vec_size;
    uint32_t revision;                 /* raised when its arithmetic changes */
    uint32_t self_size;                /* private data, zeroed, options applied before setup */
    const char *name;                  /* "score_dot": equals the file's name without .so */
    const char *summary;               /* one line */
    const struct heed_option *options; /* rows with offsets into self, or NULL */
    const struct heed_host **host;     /* where the loader stores the table */
};

/* What setup() learns of the place in the model where the plugin works. Each place has private data
 * of its own. Widths that do not fit: return heed->fail(err, …). */
struct heed_setup {
    uint32_t size;
    int32_t layer;              /* of the encoder, of the decoder: from 0 */
    struct heed_params *params; /* for heed->param */
    const char *prefix;         /* of its parameters' names */
    int64_t query_width;        /* score: width dq of a query, of one head */
    int64_t key_width;          /* score: width D of a row that keys() gets, of one head */
    int64_t input_width;        /* cell: width I of its input */
    int64_t hidden;             /* cell: H */
    int32_t heads;              /* score: G, 1 and more */
};

/* --- score --- */
struct heed_keys_call {
    uint32_t size;
    struct heed_tape *tape;
    struct heed_tensor *memory; /* [N,D]: rows of all sources and heads, position-wise, in any
                                   layout */
};
struct heed_score_call {
    uint32_t size;
    struct heed_tape *tape;
    struct heed_tensor *query; /* [B,G,Q,dq] */
    struct heed_tensor *keys;  /* [B,G,S,dk]: what keys() made, or the memory */
    const int32_t *q_len;      /* [B] or NULL: all of Q */
    const int32_t *k_len;      /* [B] */
    /* [B,Q], never NULL: each query's position in the target, from 0. The queries of a row may be
     * the steps of one target, one step of a decoder, or hypotheses that are all at one step. */
    const int32_t *q_position;
    /* Weights so far, [B,G,Q,S], when HEED_SCORE_WANTS_WEIGHTS; else NULL. --check gives them;
     * models do not yet and refuse such a score. */
    struct heed_tensor *previous, *summed;
};
struct heed_normalise_call {
    uint32_t size;
    struct heed_tape *tape;
    struct heed_tensor *scores; /* [B,G,Q,S] */
    const struct heed_mask *mask;
};
#define HEED_SCORE_WANTS_WEIGHTS 1u
#define HEED_SCORE_UNSCALED      2u /* scores without parameters grow with the width on purpose */
struct heed_score {
    struct heed_plugin head;
    uint32_t flags;
    int (*setup)(void *self, struct heed_setup *s, struct heed_err *err);
    /* Once per source: [N,D] -> [N,dk], position-wise. NULL: the memory itself is the keys. */
    struct heed_tensor *(*keys)(const void *self, const struct heed_keys_call *call);
    /* At each step, or for all steps at once: [B,G,Q,S]. Must depend on the query. */
    struct heed_tensor *(*score)(const void *self, const struct heed_score_call *call);
    /* NULL: core's masked softmax. Otherwise scores -> weights [B,G,Q,S], zero outside the mask. */
    struct heed_tensor *(*normalise)(const void *self, const struct heed_normalise_call *call);
};

/* --- cell --- */
#define HEED_STATES_MAX 4
struct heed_cell_call {
    uint32_t size;
    struct heed_tape *tape;
    struct heed_tensor *x_gates; /* [N,X·H]: input times weights plus the input bias */
    /* [N,Y·H]: state 0 times recurrent weights plus the recurrent bias; NULL when Y is 0 */
    struct heed_tensor *h_gates;
    struct heed_tensor *previous[HEED_STATES_MAX]; /* K states [N,H] */
    struct heed_tensor *next[HEED_STATES_MAX];     /* set by step(): K states [N,H] */
    struct heed_tensor *output;                    /* set by step(): [N,H]; may be one of next */
};
struct heed_cell {
    struct heed_plugin head;
    int32_t n_input_gates; /* X: blocks of H in x_gates (GRU 3, LSTM 4) */
    int32_t n_state_gates; /* Y: blocks of H in h_gates; 0: no recurrent product */
    int32_t n_states;      /* K, 1..HEED_STATES_MAX; state 0 feeds the recurrent product */
    /* enum heed_init of the input bias [X·H]: HEED_INIT_ZERO, HEED_INIT_FORGET. */
    uint32_t input_bias_init;
    /* Extra parameters; may be NULL. */
    int (*setup)(void *self, struct heed_setup *s, struct heed_err *err);
    void (*step)(const void *self, struct heed_cell_call *call);
};

/* --- tokenizer ---
 * Text is cleaned before: valid UTF-8, one line. A row `normalise` whose value is not "none" says that
 * text is to be changed: core then brings it to NFC first. */
struct heed_tokenizer {
    struct heed_plugin head;
    /* Learns from text: *blob (malloc'ed, the caller frees) is what open() needs later, e.g. a
     * SentencePiece model. NULL: nothing to learn; core counts pieces and makes the vocabulary.
     * size: pieces wanted, never 0. */
    int (*train)(const void *self, const struct heed_lines *lines, int64_t size, char **blob,
                 size_t *blob_size, struct heed_err *err);
    /* Makes an instance from options in self and the blob (NULL when train
     * is NULL). *state is the plugin's own. */
    int (*open)(const void *self, const char *blob, size_t blob_size, void **state,
                struct heed_err *err);
    void (*close)(void *state);
    /* After train: the learnt pieces in the plugin's order (no pad, bos,
     * eos, unk). NULL when train is NULL. */
    int (*pieces)(void *state, void (*piece)(void *ctx, const char *s, size_t n), void *ctx,
                  struct heed_err *err);
    /* Text (valid UTF-8, no LF) to pieces, in order. */
    int (*split)(void *state, const char *text, size_t n,
                 void (*piece)(void *ctx, const char *s, size_t n, size_t begin, size_t end),
                 void *ctx, struct heed_err *err);
    /* Pieces to text: appended through put(). The inverse of split wherever split loses nothing:
     * training says for how many lines it is not. */
    int (*join)(void *state, const char *const *pieces, const size_t *lens, size_t n,
                void (*put)(void *ctx, const char *s, size_t n), void *ctx, struct heed_err *err);
    /* Occurrences that a piece counted by core needs to be kept where nobody says how many; 0 is 1. */
    int64_t min_count;
    /* The mark with which a piece begins that is joined to the one in front; NULL: this one is not. The
     * mark alone is a piece too, and joins what follows it: with it core writes a joined piece that the
     * vocabulary lacks, so that an unknown piece is known to be joined. piece NULL: the mark that there
     * may be. May be NULL: there is none. */
    const char *(*joiner)(void *state, const char *piece, size_t n);
};

/* --- product ---
 * Matrix products of a training by somebody else: forward, and gradients of inputs and of weights. A
 * model says nothing of who computed it, its bits depend on him; running a model never asks him.
 * Matrices are of float, row after row; a leading dimension is the step from a row to the next, in
 * floats, and what lies between a row's end and the next row belongs to others. */
struct heed_gemm_call {
    uint32_t size;
    bool a_transposed, b_transposed;
    int64_t m, n, k; /* each above 0 and below 2^31, as are the leading dimensions */
    const float *a;  /* [m,k]; transposed: [k,m], of which the transpose is meant */
    int64_t lda;     /* at least k; transposed: m */
    const float *b;  /* [k,n]; transposed: [n,k] */
    int64_t ldb;     /* at least n; transposed: k */
    float *c;        /* [m,n]: what stands there is added to */
    int64_t ldc;     /* at least n */
};
struct heed_gemm {
    struct heed_plugin head;
    /* Makes ready, from options in self. *state is the plugin's own, shared by all threads. Called
     * while the process has one thread, which is the only time at which an environment may be
     * changed: what is changed is put back. On failure nothing is to be closed. */
    int (*open)(const void *self, void **state, struct heed_err *err);
    void (*close)(void *state);
    /* What computes, and everything its bits depend on: "OpenBLAS 0.3.21 pthread, core Zen". At most
     * 100 bytes of printable ASCII, the state's own. It stands in --version, records and
     * checkpoints. */
    const char *(*text)(const void *state);
    /* C += op(A) op(B). Called by several threads at once, on different C: each call keeps to its
     * own thread. Equal calls give equal bytes. It cannot fail. */
    void (*multiply)(void *state, const struct heed_gemm_call *call);
};

#ifdef __cplusplus
#define HEED_PLUGIN_LINKAGE_ extern "C"
#else
#define HEED_PLUGIN_LINKAGE_ extern
#endif
#define HEED_PLUGIN(plugin_name, type)                                                             \
    HEED_PLUGIN_LINKAGE_ HEED_EXPORT const type plugin_name##_LTX_heed_plugin;                     \
    const type plugin_name##_LTX_heed_plugin
/* The members of struct heed_plugin, in order. */
#define HEED_HEAD(plugin_name, plugin_kind, type, rev, text, rows, self_type_size)                 \
    {                                                                                              \
        HEED_PLUGIN_MAGIC, HEED_PLUGIN_ABI, sizeof(type), plugin_kind, sizeof(struct heed_host),   \
            sizeof(struct heed_vec), rev, self_type_size, #plugin_name, text, rows, &heed          \
    }

#endif
