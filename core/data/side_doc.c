/* side_doc.c: both sides of a model as parts of a document, and back: vocabularies, what tokenizers learnt,
 * their specs. */
#include <string.h>
#include "base/utf8.h"
#include "data/text.h"

static void side_to_doc(const struct heed_side *s, const char *which, struct heed_doc *doc)
{
    char name[32];
    struct heed_str vocab = {0};
    snprintf(name, sizeof(name), "vocab.%s", which);
    heed_vocab_blob(&s->vocab, &vocab);
    heed_doc_add_copy(doc, name, HEED_U8, 1, &(int64_t){(int64_t)vocab.len}, vocab.data);
    heed_str_release(&vocab);
    snprintf(name, sizeof(name), "tokenizer.%s", which);
    heed_doc_set_meta(doc, name, s->tokenizer.spec);
    if (s->blob_size)
        heed_doc_add_copy(doc, name, HEED_U8, 1, &(int64_t){(int64_t)s->blob_size}, s->blob);
    snprintf(name, sizeof(name), "tokenizer.%s.revision", which);
    heed_doc_set_meta_i64(doc, name, s->tokenizer.plugin->revision);
}

void heed_sides_to_doc(const struct heed_sides *s, int which, struct heed_doc *doc)
{
    /* A joint target is the source once more: it is written once. */
    if ((which & 1) || s->joint)
        side_to_doc(&s->src, "src", doc);
    if ((which & 2) && !s->joint)
        side_to_doc(&s->tgt, "tgt", doc);
    if ((which & 1) && s->src.tags)
        heed_doc_set_meta_i64(doc, "tags", s->src.tags);
    heed_doc_set_meta(doc, "unicode", heed_utf8_unicode_version());
    heed_doc_set_meta(doc, "joint", s->joint ? "on" : "off");
    heed_doc_set_meta(doc, "src-eos", s->src_eos ? "on" : "off");
}

/* Another revision may cut text in other places than the one the model learnt from. */
static int check_revision(struct heed_side *s, const char *which, const struct heed_doc *doc,
                          struct heed_err *err)
{
    char name[32];
    int64_t revision;
    snprintf(name, sizeof(name), "tokenizer.%s.revision", which);
    if (!heed_doc_meta(doc, name))
        return 0;
    int status = heed_doc_meta_i64(doc, name, &revision, err);
    if (status == 0 && revision != s->tokenizer.plugin->revision)
        status = heed_fail(
            err, "plugin %s: revision %lld made this vocabulary, revision %u is here",
            s->tokenizer.plugin->name, (long long)revision, s->tokenizer.plugin->revision);
    if (status < 0)
        heed_side_release(s);
    return status;
}

static int side_from_doc(struct heed_side *s, const char *which, const struct heed_doc *doc,
                         struct heed_err *err)
{
    char name[32];
    snprintf(name, sizeof(name), "vocab.%s", which);
    const struct heed_array *vocab = heed_doc_want(doc, name, HEED_U8, 1, err);
    if (!vocab)
        return -1;
    snprintf(name, sizeof(name), "tokenizer.%s", which);
    const char *spec = heed_doc_meta(doc, name);
    if (!spec)
        return heed_fail(err, "metadata %s: absent", name);
    const struct heed_array *blob = NULL;
    if (heed_doc_find(doc, name) && !(blob = heed_doc_want(doc, name, HEED_U8, 1, err)))
        return -1;
    if (heed_side_open(s, spec, blob ? blob->data : NULL, blob ? blob->size : 0, vocab->data,
                       vocab->size, err) < 0)
        return heed_err_prefix(err, "%s: ", name);
    return check_revision(s, which, doc, err);
}

static int switch_meta(const struct heed_doc *doc, const char *key, bool *out, struct heed_err *err)
{
    const char *value = heed_doc_meta(doc, key);
    if (value && strcmp(value, "on") && strcmp(value, "off"))
        return heed_fail(err, "metadata %s: '%s', want on or off", key, value);
    *out = value && !strcmp(value, "on");
    return 0;
}

static int tags_from_doc(const struct heed_doc *doc, int32_t *out, struct heed_err *err)
{
    int64_t n = 0;
    if (heed_doc_meta(doc, "tags") && heed_doc_meta_i64(doc, "tags", &n, err))
        return -1;
    if (n < 0 || n > HEED_TAGS_MAX)
        return heed_fail(err, "metadata tags: %lld not in 0..%d", (long long)n, HEED_TAGS_MAX);
    *out = (int32_t)n;
    return 0;
}

bool heed_sides_in_doc(const struct heed_doc *doc)
{
    const char *joint = heed_doc_meta(doc, "joint");
    return heed_doc_find(doc, "vocab.src") &&
           (heed_doc_find(doc, "vocab.tgt") || (joint && strcmp(joint, "on") == 0));
}

int heed_sides_want_words(const struct heed_doc *doc, struct heed_err *err)
{
    const char *source = heed_doc_meta(doc, "source");
    return source && strcmp(source, "features") == 0
               ? heed_fail(err, "its sources are features of sound, no words")
               : 0;
}

int heed_sides_from_doc(struct heed_sides *s, int which, const struct heed_doc *doc,
                        struct heed_err *err)
{
    *s = (struct heed_sides){0};
    if (switch_meta(doc, "joint", &s->joint, err) < 0 ||
        switch_meta(doc, "src-eos", &s->src_eos, err) < 0)
        return -1;
    if ((which & 1) && side_from_doc(&s->src, "src", doc, err) < 0)
        return -1;
    if ((which & 1) && tags_from_doc(doc, &s->src.tags, err) < 0) {
        heed_sides_release(s);
        return -1;
    }
    if ((which & 2) && side_from_doc(&s->tgt, s->joint ? "src" : "tgt", doc, err) < 0) {
        heed_sides_release(s);
        return -1;
    }
    return 0;
}
