/* attend.c: the filter of attention, in three uses.
 *
 *   memory -> memory          the score's once-per-sequence half: adds `keys`
 *                             (encode | attend | decode)
 *   attention -> attention    any queries, keys, values and lengths, any score and mask:
 *                             weights and context
 *   the same with -m          replay of what `decode --attention` saved: the very weights
 *                             the decoder used
 *
 * Without a model a score that has weights gets seeded ones, and the command says so, or those of a
 * file. Scores may be given in place of queries and keys. */
#include <string.h>

#include "cli/attend.h"

/* --- memory -> memory --- */

static int add_keys(void *ctx, struct heed_doc *frame, struct heed_err *err)
{
    struct attend *self = ctx;
    struct heed_encoded x;
    struct heed_doc out;
    if (heed_encoded_from_doc(&x, &self->infer.model.net, frame, err))
        return -1;
    self->infer.n_lines += x.B;
    heed_arena_reset(&self->infer.engine.batch);
    x.keys = NULL;
    if (heed_engine_keys(&self->infer.engine, &x, err))
        return -1;
    heed_doc_init(&out);
    if (x.keys) /* plain has none: its memory goes on as it is */
        heed_doc_add(&out, "keys", HEED_F32, 3, (int64_t[]){x.B, x.S, x.key_width}, x.keys);
    return stage_send(&self->stage, frame, &out, err);
}

/* --- the command --- */

static int check_mask(struct attend *self, struct heed_err *err)
{
    char *words = heed_xstrdup(self->mask), *rest = words, *word;
    int status = 0;
    while (status == 0 && (word = strsep(&rest, ","))) {
        if (strcmp(word, "causal") == 0)
            self->causal = true;
        else if (strcmp(word, "len") != 0)
            status = heed_usage(err, "option --mask: '%s' is no mask; there are len, causal", word);
    }
    free(words);
    return status;
}

static bool on_memory(const struct attend *self)
{
    return strcmp(self->stage.reader.type, "memory") == 0;
}

static int attend_frame(void *ctx, struct heed_doc *frame, struct heed_err *err)
{
    return on_memory(ctx) ? add_keys(ctx, frame, err) : attend_call(ctx, frame, err);
}

static int open_model(struct attend *self, struct heed_err *err)
{
    const struct heed_net *net = &self->infer.model.net;
    if (!heed_net_attends(net) && !on_memory(self))
        return heed_fail(err, "%s: this model pays no attention", self->infer.options.model);
    if (!net->score && !on_memory(self))
        return heed_fail(err, "%s: this model attends in several places; there is no one score",
                         self->infer.options.model);
    self->score = net->score;
    self->tape = &self->infer.engine.lanes.lanes[0].tape;
    return infer_check_stream(&self->infer, &self->stage.reader, err);
}

static int opened(void *ctx, struct heed_err *err)
{
    struct attend *self = ctx;
    self->stage.writes = on_memory(self) ? "memory" : "attention";
    if (self->infer.options.model)
        return open_model(self, err);
    return on_memory(self)
               ? heed_usage(err, "keys of a memory stream need the model: give -m MODEL")
               : 0;
}

static int head(void *ctx, struct heed_doc *doc, struct heed_err *err)
{
    struct attend *self = ctx;
    (void)err;
    if (self->infer.options.model)
        infer_head(&self->infer, doc);
    return 0;
}

static void tell(void *ctx)
{
    struct attend *self = ctx;
    double s = stage_seconds();
    if (on_memory(self))
        heed_note("keys of %lld lines, %.3f s, %.0f lines/s", (long long)self->infer.n_lines, s,
                  (double)self->infer.n_lines / s);
    if (self->n_queries)
        heed_note("%lld queries: mean entropy %.4f nats, mean largest weight %.4f",
                  (long long)self->n_queries, self->entropy / (double)self->n_queries,
                  self->largest / (double)self->n_queries);
}

/* Without a model: parameters and a lane for a score alone. */
static int run_alone(struct attend *self, struct heed_err *err)
{
    for (size_t i = 0; i < self->infer.options.plugin_dirs.n; i++)
        heed_plugin_dir_add(self->infer.options.plugin_dirs.items[i]);
    heed_arena_init(&self->arena, "model", 8ull << 30);
    heed_params_init(&self->params, &self->arena);
    heed_lane_init(&self->own_lane, &self->params);
    self->tape = &self->own_lane.tape;
    self->tape->strict = true;
    int status = stage_run(&self->stage, err);
    if (status == 0 && self->save && !self->score)
        status =
            heed_fail(err, "no queries came that need a score, so %s is not written", self->save);
    heed_layer_close(&self->own_score);
    heed_instance_close(&self->instance);
    heed_lane_release(&self->own_lane);
    heed_params_release(&self->params);
    heed_arena_free(&self->arena);
    return status;
}

static int run(void *opaque, struct heed_err *err)
{
    struct attend *self = opaque;
    if (check_mask(self, err))
        return -1;
    if (self->infer.options.model && (self->save || self->load))
        return heed_usage(err, "--save-score and --load-score are for a score without a model; "
                               "peek shows the model's weights");
    self->stage = (struct stage){.reads = "memory|attention",
                                 .ctx = self,
                                 .opened = opened,
                                 .head = head,
                                 .item = attend_frame,
                                 .tell = tell};
    self->infer.options.jobs = 1;
    return self->infer.options.model ? infer_run(&self->infer, &self->stage, err)
                                     : run_alone(self, err);
}

static const struct heed_option rows[] = {
    HEED_ROW_STRING(struct attend, infer.options.model, "model", NULL, "MODEL",
                    "take score and weights from this model", .letter = 'm'),
    HEED_ROW_STRING(struct attend, infer.options.places.path[HEED_PART_SCORE], "score", NULL,
                    "PLUGIN",
                    "score without a model (dot when not given); with one, where its plugin lies"),
    HEED_ROW_STRING(struct attend, infer.options.places.path[HEED_PART_CELL], "cell", NULL, "PATH",
                    "where the model's cell plugin lies, when outside the plugin folder"),
    HEED_ROW_LIST(struct attend, infer.options.plugin_dirs, "plugin-dir", "DIR",
                  "search plugins here first"),
    HEED_ROW_STRING(struct attend, mask, "mask", "len", "LIST",
                    "len: keys within valid_len, which holds in any case; causal: and none after "
                    "the query's own position"),
    HEED_ROW_INT(struct attend, window, "window", "0", 0, 1e6, "N",
                 "only keys within N of the query's position; 0: all"),
    HEED_ROW_INT(struct attend, seed, "seed", "1", 0, 9e15, "N",
                 "of a score's weights when there is no model", .letter = 's'),
    HEED_ROW_STRING(struct attend, save, "save-score", NULL, "FILE",
                    "write the weights of a score without a model; peek shows them"),
    HEED_ROW_STRING(struct attend, load, "load-score", NULL, "FILE",
                    "weights of a score without a model, as --save-score or tensors -o wrote them"),
    {0},
};

const struct heed_command heed_command = {
    .name = "attend",
    .summary = "attention as a filter: keys of a memory, or weights and context of any queries",
    .usage = "[-m MODEL] [--score PLUGIN] [FILE]",
    .about =
        "Between encode and decode it does the score's once-per-sequence half and adds keys "
        "to the memory. On a stream of type attention (tensors query, key, value, valid_len) "
        "it computes weights and context with any score and mask. Tensor scores in place of query "
        "and key is softmax with a mask, and minus infinity in it a key that is not seen; with "
        "four dimensions, [B,G,Q,...], all tensors have heads.\n\n"
        "With -m and a stream of decode --attention it replays the decoder's attention to the "
        "very same weights.",
    .examples =
        "tokenize -m m.heed < en.txt | encode -m m.heed | attend -m m.heed | decode -m m.heed\n"
        "attend --score mlp:hidden=64 --mask len,causal < qkv.safetensors | peek --values\n"
        "tensors 'scores=[[1,2,3]]' 'valid_len=[2]' | attend | peek --values   # masked softmax",
    .see_also = "tensors, encode, decode, plugins, peek",
    .options = rows,
    .most_used = "model score mask window",
    .self_size = sizeof(struct attend),
    .max_operands = 1,
    .refuse = heed_refuse,
    .start = heed_start_kernels,
    .run = run,
};
