/* sides.c: see sides.h. */
#include <string.h>
#include "cli/sides.h"
#include "store/store.h"

static int from_model(struct heed_sides *s, const char *path, int which, char fingerprint[65],
                      struct heed_err *err)
{
    struct heed_doc doc;
    heed_doc_init(&doc);
    int status = heed_doc_load(&doc, path, err);
    if (status == 0 && (((which & 1) && heed_sides_want_words(&doc, err)) ||
                        heed_sides_from_doc(s, which, &doc, err)))
        status = heed_err_prefix(err, "%s: ", path);
    if (status == 0)
        memcpy(fingerprint, doc.fingerprint, sizeof(doc.fingerprint));
    heed_doc_release(&doc);
    return status;
}

static int from_store(struct heed_sides *s, const struct sides_options *o, int which,
                      struct heed_err *err)
{
    const char *src = o->src_vocab ? o->src_vocab : o->vocab;
    const char *tgt = o->tgt_vocab ? o->tgt_vocab : o->vocab;
    struct heed_store *store;
    if (((which & 1) && !src) || ((which & 2) && !tgt))
        return heed_usage(err, "which %s vocabulary? give --vocab or --%s-vocab",
                          (which & 1) && !src ? "source" : "target",
                          (which & 1) && !src ? "src" : "tgt");
    if (heed_store_open(&store, heed_cli.store, true, err) < 0)
        return -1;
    int status = 0;
    s->joint = src && tgt && !strcmp(src, tgt);
    if (which & 1)
        status = heed_side_load(&s->src, store, src, err);
    if (status == 0 && (which & 2))
        status = heed_side_load(&s->tgt, store, tgt, err);
    heed_store_close(store);
    if (status < 0)
        heed_sides_release(s);
    return status;
}

int sides_open(struct heed_sides *s, const struct sides_options *o, int which,
               const struct heed_doc *stream, char model[65], struct heed_err *err)
{
    bool stored = o->vocab || o->src_vocab || o->tgt_vocab;
    *s = (struct heed_sides){0};
    model[0] = '\0';
    for (size_t i = 0; i < o->plugin_dirs.n; i++)
        heed_plugin_dir_add(o->plugin_dirs.items[i]);
    if (o->model && stored)
        return heed_usage(err, "-m MODEL brings its own vocabularies: leave --vocab out");
    if (o->model)
        return from_model(s, o->model, which, model, err);
    if (stored)
        return from_store(s, o, which, err);
    if (stream && heed_doc_meta(stream, "tokenizer.src"))
        return heed_sides_from_doc(s, which, stream, err);
    return heed_usage(err, "which vocabulary? give -m MODEL, or --vocab NAME from the store");
}
