/* stream.c: reading a stream; see stream.h for the protocol.
 *
 *   heed_reader_open    heed_reader_next …    heed_reader_close
 *
 * The reader believes nothing that is not whole: a stream that stops without its end frame is an
 * error at every later stage, so that a pipeline never ends with 0 after a stage died, also without
 * `pipefail`. Documents without `heed` are foreign, written by somebody with a safetensors library:
 * then the tensors' names tell the type, and end of file is the end. */
#include "stream/stream.h"

#include <string.h>
#include <unistd.h>

static const char *frame_kind(const struct heed_doc *d)
{
    const char *kind = heed_doc_meta(d, "frame");
    return kind ? kind : "";
}

static bool is_wanted(const char *type, const char *want)
{
    size_t n = strlen(type);
    for (const char *p = want; p; p = strchr(p, '|') ? strchr(p, '|') + 1 : NULL)
        if (strncmp(p, type, n) == 0 && (p[n] == '|' || p[n] == '\0'))
            return true;
    return false;
}

/* "ids|batch" as "ids or batch". */
static void wanted_words(const char *want, char *dst, size_t cap)
{
    size_t n = 0;
    for (const char *p = want; *p && n + 5 < cap; p++) {
        if (*p == '|')
            n += (size_t)snprintf(dst + n, cap - n, " or ");
        else
            dst[n++] = *p;
    }
    dst[n] = '\0';
}

static int check_type(const struct heed_reader *r, const char *want, struct heed_err *err)
{
    char words[128];
    if (!want || is_wanted(r->type, want))
        return 0;
    wanted_words(want, words, sizeof(words));
    if (r->foreign)
        return heed_fail(err, "is a document of %s without stream frame, want %s", r->type, words);
    return heed_fail(err, "is a stream of %s (producer %s), want %s", r->type, r->producer, words);
}

/* --- the end --- */

/* A stage that fails before it knows what to send (no model, no input) sends an end frame alone. */
static bool is_refusal(const struct heed_doc *d)
{
    const char *status = heed_doc_meta(d, "status");
    return !d->foreign && strcmp(frame_kind(d), "end") == 0 && status &&
           strcmp(status, "error") == 0;
}

/* What the end frame of a failure says; producer is asked where it names no origin. */
static int fail_reported(const struct heed_doc *end, const char *producer, struct heed_err *err)
{
    const char *message = heed_doc_meta(end, "message"), *origin = heed_doc_meta(end, "origin");
    return heed_fail(err, "%s reports: %s", origin ? origin : producer,
                     message ? message : "a failure without a reason");
}

/* --- opening --- */

static void copy_text(char *dst, size_t cap, const char *text)
{
    heed_escape(dst, cap, text, strlen(text));
}

/* The first document is no stream frame: a foreign one, or a model given where any is welcome. */
static int start_plain(struct heed_reader *r, const char *want, struct heed_err *err)
{
    struct heed_doc first = r->head;
    r->head = r->pending;
    r->pending = first;
    r->have_foreign = true;
    r->foreign = r->pending.foreign;
    r->file = !r->foreign;
    if (r->file && want && *frame_kind(&r->pending))
        return heed_fail(err, "begins with a frame of kind '%s', want a stream frame",
                         frame_kind(&r->pending));
    if (r->file && want)
        return heed_fail(err, "is a model or another single document, not a stream");
    const char *type = r->foreign ? heed_schema_infer(&r->pending) : NULL;
    if (!type && want)
        return heed_fail(err, "is a document whose tensors tell no stream type");
    copy_text(r->type, sizeof(r->type), type ? type : "");
    return check_type(r, want, err);
}

static int take_head(struct heed_reader *r, const char *want, struct heed_err *err)
{
    const char *type = heed_doc_meta(&r->head, "type");
    const char *producer = heed_doc_meta(&r->head, "producer");
    if (!type || !producer)
        return heed_fail(err, "stream frame without metadata %s", type ? "producer" : "type");
    copy_text(r->type, sizeof(r->type), type);
    copy_text(r->producer, sizeof(r->producer), producer);
    r->n_parts = 1;
    return check_type(r, want, err);
}

static int start(struct heed_reader *r, const char *want, struct heed_err *err)
{
    if (r->in.fd >= 0 && isatty(r->in.fd))
        return heed_usage(err, "is a terminal; a tensor stream is not read from one");
    if (heed_sniff(&r->in, want, err) < 0)
        return -1;
    /* Without a wish the input may be a model, which may be larger than any frame. */
    r->max_data = want ? HEED_FRAME_MAX : HEED_FILE_MAX;
    int got = heed_doc_read(&r->head, &r->in, r->max_data, err);
    if (got == 0)
        return heed_fail(err, "is empty, want a tensor stream");
    if (got < 0)
        return -1;
    if (!r->head.foreign && strcmp(frame_kind(&r->head), "stream") == 0)
        return take_head(r, want, err);
    if (is_refusal(&r->head))
        return fail_reported(&r->head, "producer", err);
    return start_plain(r, want, err);
}

int heed_reader_start(struct heed_reader *r, const struct heed_input *in, const char *want,
                      struct heed_err *err)
{
    *r = (struct heed_reader){.in = *in};
    if (start(r, want, err) == 0)
        return 0;
    heed_err_prefix(err, "%s: ", r->in.name);
    heed_reader_close(r);
    return -1;
}

int heed_reader_open(struct heed_reader *r, const char *path, const char *want,
                     struct heed_err *err)
{
    struct heed_input in;
    *r = (struct heed_reader){.in.fd = -1};
    if (heed_input_open(&in, path, err) < 0)
        return -1;
    return heed_reader_start(r, &in, want, err);
}

static int window_of(const struct heed_doc *head, int64_t *window, struct heed_err *err)
{
    *window = 0;
    if (!heed_doc_meta(head, "window"))
        return 0;
    if (heed_doc_meta_i64(head, "window", window, err) < 0)
        return -1;
    if (*window < 0 || *window > HEED_WINDOW_MAX)
        return heed_fail(err, "metadata window: %lld not in 0..%lld", (long long)*window,
                         (long long)HEED_WINDOW_MAX);
    return 0;
}

int heed_reader_window(const struct heed_reader *r, int64_t *window, struct heed_err *err)
{
    *window = HEED_WINDOW_MAX;
    if (r->foreign) /* it promises nothing */
        return 0;
    return window_of(&r->head, window, err) < 0 ? heed_err_prefix(err, "%s: ", r->in.name) : 0;
}

void heed_reader_close(struct heed_reader *r)
{
    heed_input_close(&r->in);
    heed_doc_release(&r->head);
    heed_doc_release(&r->pending);
}

/* --- frames --- */

static int take_end(struct heed_reader *r, const struct heed_doc *doc, struct heed_err *err)
{
    const char *status = heed_doc_meta(doc, "status");
    int64_t frames;
    if (is_refusal(doc))
        return fail_reported(doc, r->producer, err);
    if (!status || strcmp(status, "ok") != 0)
        return heed_fail(err, "end frame: status is '%s', want ok or error", status ? status : "");
    if (heed_doc_meta_i64(doc, "frames", &frames, err) < 0)
        return heed_err_prefix(err, "end frame: ");
    if (frames != r->seq)
        return heed_fail(err, "end frame counts %lld frames, %lld came", (long long)frames,
                         (long long)r->seq);
    r->ended = true;
    return 0;
}

/* Another stream behind the end of one (`cat a b`) must be of the same type and provenance; for the
 * rest, such as how far its lines were displaced, it has a head of its own. */
static int take_next_head(struct heed_reader *r, struct heed_doc *doc, struct heed_err *err)
{
    static const char *const same[] = {"type", "model", "vocab.src", "vocab.tgt"};
    if (!r->ended)
        return heed_fail(err, "a stream frame inside a stream");
    for (size_t i = 0; i < HEED_COUNT(same); i++) {
        const char *a = heed_doc_meta(&r->head, same[i]), *b = heed_doc_meta(doc, same[i]);
        if ((a || b) && (!a || !b || strcmp(a, b) != 0))
            return heed_fail(err, "a second stream with %s %.12s behind one with %.12s", same[i],
                             b ? b : "(none)", a ? a : "(none)");
    }
    int64_t window;
    if (window_of(doc, &window, err) < 0)
        return -1;
    struct heed_doc before = r->head;
    r->head = *doc;
    *doc = before;
    const char *producer = heed_doc_meta(&r->head, "producer");
    copy_text(r->producer, sizeof(r->producer), producer ? producer : "?");
    r->ended = false;
    r->seq = 0;
    r->n_parts++;
    return 0;
}

static int check_widths(struct heed_reader *r, const struct heed_doc *doc, struct heed_err *err)
{
    static const char *const names[HEED_WIDTHS] = {"memory", "query", "key", "value"};
    int64_t now[HEED_WIDTHS];
    heed_schema_widths(doc, now);
    for (size_t i = 0; i < HEED_WIDTHS; i++) {
        if (r->widths[i] && now[i] && r->widths[i] != now[i])
            return heed_fail(err, "tensor %s: width %lld, in earlier frames %lld", names[i],
                             (long long)now[i], (long long)r->widths[i]);
        if (now[i])
            r->widths[i] = now[i];
    }
    return 0;
}

static int check_content(struct heed_reader *r, struct heed_doc *doc, struct heed_err *err)
{
    if (!*r->type)
        return 0;
    if (heed_schema_narrow(r->type, doc, err) < 0 || heed_schema_check(r->type, doc, err) < 0)
        return -1;
    return check_widths(r, doc, err);
}

static int in_frame(const struct heed_reader *r, struct heed_err *err)
{
    return heed_err_prefix(err, "frame %lld: ", (long long)r->n_frames + 1);
}

static int take_data(struct heed_reader *r, struct heed_doc *doc, struct heed_err *err)
{
    int64_t seq;
    if (r->ended)
        return heed_fail(err, "a data frame behind the end frame");
    if (heed_doc_meta_i64(doc, "seq", &seq, err) < 0)
        return in_frame(r, err);
    if (seq != r->seq + 1) {
        heed_fail(err, "seq is %lld, want %lld: frames are lost, doubled or mixed up",
                  (long long)seq, (long long)r->seq + 1);
        return in_frame(r, err);
    }
    if (check_content(r, doc, err) < 0)
        return in_frame(r, err);
    r->seq++;
    r->n_frames++;
    return 1;
}

/* The next document of a stream of ours: 1 data, 0 end of input, -1; 2 to go on. */
static int next_own(struct heed_reader *r, struct heed_doc *doc, struct heed_err *err)
{
    int got = heed_doc_read(doc, &r->in, r->max_data, err);
    if (got < 0)
        return r->ended ? -1 : in_frame(r, err);
    if (got == 0 && !r->ended)
        return heed_fail(err, "stream ended without its end frame after frame %lld (producer %s)",
                         (long long)r->seq, r->producer);
    if (got == 0)
        return 0;
    const char *kind = frame_kind(doc);
    if (doc->foreign)
        return heed_fail(err, "a document without heed inside a stream");
    if (strcmp(kind, "data") == 0)
        return take_data(r, doc, err);
    if (strcmp(kind, "end") == 0 && r->ended && !is_refusal(doc))
        return heed_fail(err, "a second end frame");
    if (strcmp(kind, "end") == 0)
        return take_end(r, doc, err) < 0 ? -1 : 2;
    if (strcmp(kind, "stream") == 0)
        return take_next_head(r, doc, err) < 0 ? -1 : 2;
    return heed_fail(err, "a frame of unknown kind '%s'", kind);
}

/* Whoever writes a file of sentences from Python need not number them. */
static void add_lines(struct heed_reader *r, struct heed_doc *doc)
{
    const struct heed_array *a = doc->n_arrays ? &doc->arrays[0] : NULL;
    if (!a || a->rank < 1 || a->dims[0] > (1 << 20))
        return;
    int64_t n = a->dims[0];
    if (!heed_doc_find(doc, "line")) {
        int64_t *line = heed_xcalloc((size_t)n + 1, sizeof(*line));
        for (int64_t i = 0; i < n; i++)
            line[i] = r->n_lines + i;
        heed_doc_add_copy(doc, "line", HEED_I64, 1, &n, line);
        free(line);
    }
    r->n_lines += n;
}

static int next_plain(struct heed_reader *r, struct heed_doc *doc, struct heed_err *err)
{
    int got = 1;
    if (r->have_foreign) {
        struct heed_doc empty = *doc;
        *doc = r->pending;
        r->pending = empty;
        r->have_foreign = false;
    } else {
        got = heed_doc_read(doc, &r->in, r->max_data, err);
    }
    if (got == 0)
        return 0;
    if (r->file && r->n_frames)
        return heed_fail(err, "holds bytes behind the end of its document");
    if (got < 0)
        return in_frame(r, err);
    if (doc->foreign != r->foreign)
        return heed_fail(err, "documents with and without heed are mixed");
    if (*r->type)
        add_lines(r, doc);
    if (check_content(r, doc, err) < 0)
        return in_frame(r, err);
    r->n_frames++;
    r->seq++;
    return 1;
}

int heed_reader_next(struct heed_reader *r, struct heed_doc *doc, struct heed_err *err)
{
    int got = 2;
    while (got == 2) {
        bool ended = r->ended;
        got = r->foreign || r->file ? next_plain(r, doc, err) : next_own(r, doc, err);
        if (got < 0)
            heed_err_prefix(err, ended ? "%s: behind the end frame: " : "%s: ", r->in.name);
    }
    return got;
}

bool heed_reader_parted(const struct heed_reader *r)
{
    return r->seq == 1 && r->n_parts > 1;
}

/* --- for readers of text --- */

static int fail_document(struct heed_input *in, struct heed_err *err)
{
    struct heed_doc doc;
    struct heed_err unread;
    const char *type = NULL, *producer = NULL;
    heed_doc_init(&doc);
    bool whole = heed_doc_read(&doc, in, HEED_FRAME_MAX, &unread) > 0;
    if (whole) {
        type = heed_doc_meta(&doc, "type");
        producer = heed_doc_meta(&doc, "producer");
    }
    if (whole && is_refusal(&doc))
        fail_reported(&doc, "producer", err);
    else if (type && producer)
        heed_fail(err, "is a stream of %s (producer %s), not text%s", type, producer,
                  strcmp(type, "hypotheses") == 0 ? "; put `detokenize` in front" : "");
    else
        heed_fail(err, "is a tensor document, not text");
    heed_doc_release(&doc);
    return heed_err_prefix(err, "%s: ", in->name);
}

int heed_input_want_text(struct heed_input *in, struct heed_err *err)
{
    const void *bytes;
    struct heed_err sniffed;
    ssize_t n = heed_input_look(in, &bytes, 1, err);
    if (n < 0)
        return heed_err_prefix(err, "%s: ", in->name);
    const unsigned char *p = (const unsigned char *)bytes;
    size_t have = in->end - in->start;
    if (have < 9 || p[3] || p[4] || p[5] || p[6] || p[7] || p[8] != '{') {
        /* Looking further could wait for a second line that never comes. */
        if (have >= 9 && heed_sniff(in, NULL, &sniffed) < 0 && !strstr(sniffed.text, "text,")) {
            char *cut = strstr(sniffed.text, ", not a tensor stream");
            const char *cure = cut ? cut + strlen(", not a tensor stream") : "";
            return heed_fail(err, "%s: %.*s, not text%s", in->name,
                             cut ? (int)(cut - sniffed.text) : 0, sniffed.text, cure);
        }
        return 0;
    }
    return fail_document(in, err);
}
