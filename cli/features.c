/* features.c: recordings to a stream of features.
 *
 * Recordings are taken a window at a time: workers make the features of its recordings, each of its own,
 * then the window is sorted by length and sent. What is normalised over a speaker is read twice, since no
 * frame of his can leave before the last one is known; nothing is kept but sums. */
#include <string.h>

#include "base/workers.h"
#include "cli/features.h"
#include "cli/rows.h"
#include "tensor/lane.h"

static int load(void *ctx, struct heed_wave *wave, const char *path, struct heed_err *err)
{
    const struct features *w = ctx;
    struct heed_input in;
    if (heed_input_open(&in, path, err) < 0)
        return -1;
    int status = heed_wave_read_raw(wave, &in, (enum heed_raw)w->raw, w->raw_channels,
                                    w->raw_rate ? w->raw_rate : w->sound.rate, err);
    heed_input_close(&in);
    return status;
}

/* --- a window --- */

/* One that cannot be read is a failure, or an empty one and counted. */
static int take_failure(struct features *w, struct heed_recording *r, struct heed_err *err)
{
    heed_frames_release(&r->frames);
    if (!w->measuring && w->n_failed++ == 0)
        w->first_failure = r->err;
    if (w->keep_going)
        return 0;
    *err = r->err;
    return w->listed
               ? heed_err_prefix(err, "%s: line %lld: ", w->list.in.name, (long long)r->line + 1)
               : -1;
}

static int hear_window(struct features *w, struct heed_err *err)
{
    const struct heed_hearing how = {.bands = w->measuring,
                                     .speakers = w->measuring ? NULL : w->moments,
                                     .load = w->raw < 0 ? NULL : load,
                                     .ctx = w};
    heed_ears_hear(w->ears, w->now, (int)w->n, &how);
    for (int64_t i = 0; i < w->n; i++) {
        struct heed_recording *r = &w->now[i];
        if (r->failed && take_failure(w, r, err) < 0)
            return -1;
        if (w->measuring && !r->failed)
            heed_moments_add(&w->moments[r->speaker], &r->frames);
        w->n_frames += w->measuring ? 0 : r->frames.n;
        w->seconds += w->measuring ? 0 : r->seconds;
    }
    return w->measuring ? 0 : send_window(w, err);
}

static void forget_window(struct features *w)
{
    for (int64_t i = 0; i < w->n; i++) {
        heed_frames_release(&w->now[i].frames);
        free(w->now[i].path);
    }
    w->n = 0;
}

static int all_windows(struct features *w, struct heed_err *err)
{
    int got = 1, status = 0;
    while (status == 0 && got > 0) {
        while (w->n < w->window && (got = list_next(w, &w->now[w->n], err)) > 0)
            w->n++;
        status = got < 0 ? -1 : hear_window(w, err);
        forget_window(w);
    }
    return status;
}

static void open_moments(struct features *w)
{
    w->moments = heed_xcalloc(w->speakers.n + 1, sizeof *w->moments);
    for (size_t i = 0; i < w->speakers.n; i++)
        heed_moments_init(&w->moments[i], w->sound.bands);
}

static int feed(void *ctx, struct heed_err *err)
{
    struct features *w = ctx;
    if (w->twice) {
        w->measuring = true;
        if (list_gather(w, err) < 0)
            return -1;
        open_moments(w);
        if (all_windows(w, err) < 0)
            return -1;
        w->measuring = false;
        list_rewind(w);
    }
    return all_windows(w, err);
}

/* --- the command --- */

static int head(void *ctx, struct heed_doc *doc, struct heed_err *err)
{
    struct features *w = ctx;
    (void)err;
    heed_doc_set_options(doc, "features.", heed_sound_rows, &w->sound);
    if (w->window > 1)
        heed_doc_set_meta_i64(doc, "window", w->window);
    return 0;
}

static void tell(void *ctx)
{
    const struct features *w = ctx;
    heed_note("%lld recording%s, %.1f s, %lld frames, %.0f times as fast as they sound",
              (long long)w->n_given, w->n_given == 1 ? "" : "s", w->seconds, (long long)w->n_frames,
              w->seconds / stage_seconds());
}

static int open_ears(struct features *w, struct heed_err *err)
{
    w->ears = heed_ears_new(&w->sound, (int)(w->jobs ? w->jobs : heed_cores()), err);
    int64_t empty = w->ears ? heed_ears_empty(w->ears) : -1;
    if (empty >= 0)
        heed_warn("band %lld of %lld lies between two points of the spectrum and is silent always; "
                  "take fewer bands, or a larger --fft",
                  (long long)empty + 1, (long long)w->sound.bands);
    return w->ears ? 0 : -1;
}

static void close_ears(struct features *w)
{
    heed_ears_free(w->ears);
    for (size_t i = 0; w->moments && i < w->speakers.n; i++)
        heed_moments_release(&w->moments[i]);
    free(w->moments);
}

/* As the model's training made them. */
static int take_options(struct features *w, struct heed_err *err)
{
    struct heed_doc doc;
    if (!w->model)
        return 0;
    for (const struct heed_option *row = heed_sound_rows; row->name; row++)
        if (heed_option_given(row->name))
            return heed_usage(err, "--%s: with -m features are made as the model's", row->name);
    heed_doc_init(&doc);
    int status = heed_doc_load(&doc, w->model, err);
    const char *source = status ? NULL : heed_doc_meta(&doc, "source");
    if (status == 0 && (!source || strcmp(source, "features") != 0))
        status = heed_fail(err, "%s: no model that reads features", w->model);
    else if (status == 0 &&
             heed_doc_get_options(&doc, "features.", heed_sound_rows, &w->sound, err))
        status = heed_err_prefix(err, "%s: ", w->model);
    heed_doc_release(&doc);
    return status;
}

static int check(const struct features *w, struct heed_err *err)
{
    if (w->raw < 0 && (heed_option_given("raw-rate") || heed_option_given("raw-channels")))
        return heed_usage(err, "--raw-rate and --raw-channels are of --raw");
    if (w->speaker_column == 1)
        return heed_usage(err, "option --speaker-column: the first column is the file");
    if (w->model && heed_option_given("speaker-column") && w->sound.over != HEED_OVER_SPEAKER)
        return heed_usage(err, "--speaker-column: the model's features are normalised over each "
                               "recording by itself");
    return 0;
}

static int run(void *opaque, struct heed_err *err)
{
    struct features *w = opaque;
    w->stage =
        (struct stage){.writes = "features", .ctx = w, .head = head, .feed = feed, .tell = tell};
    if (!w->model && heed_option_given("speaker-column"))
        w->sound.over = HEED_OVER_SPEAKER;
    if (take_options(w, err) || check(w, err) || heed_sound_sizes(&w->sound, &w->sizes, err) ||
        list_open(w, err))
        return -1;
    if (heed_cli.unbuffered)
        w->window = 1;
    w->now = heed_xcalloc((size_t)w->window, sizeof(*w->now));
    int status = open_ears(w, err) || stage_run(&w->stage, err) ? -1 : 0;
    if (w->n_failed && w->keep_going)
        heed_warn("%lld recordings could not be read and are empty, the first: %s",
                  (long long)w->n_failed, w->first_failure.text);
    close_ears(w);
    list_close(w);
    free(w->now);
    return status;
}

static const struct heed_option options[] = {
    HEED_ROW_STRING(struct features, model, "model", NULL, "MODEL",
                    "make them as this model wants them", .letter = 'm'),
    HEED_SOUND_ROWS(struct features, sound),
    HEED_ROW_INT(struct features, speaker_column, "speaker-column", "3", 1, 100000, "N",
                 "normalise over all recordings of a speaker, whom this column of the list names, "
                 "as --normalise-over speaker does"),
    HEED_ROW_CHOICE(struct features, raw, "raw", NULL, HEED_RAW_WORDS,
                    "samples without a header come, of 16 bits or float, little-endian"),
    HEED_ROW_COUNT(struct features, raw_rate, "raw-rate", "0", 0, HEED_SOUND_RATE_MAX, "HZ",
                   "raw samples a second; 0: as many as --rate"),
    HEED_ROW_INT(struct features, raw_channels, "raw-channels", "1", 1, 1024, "N",
                 "channels of raw samples, which take turns"),
    HEED_ROW_INT(struct features, rows, "rows", "32", 1, 65536, "N",
                 "recordings in a batch at most"),
    HEED_ROW_COUNT(struct features, frames, "frames", "50000", 0, 1e9, "N",
                   "frames in a batch at most, padding counted; 0: no bound"),
    HEED_ROW_COUNT(struct features, window, "window", "128", 1, 1e6, "N",
                   "recordings that are sorted together by length; none moves further"),
    HEED_ROW_SWITCH(struct features, keep_going, "keep-going", NULL,
                    "a recording that cannot be read is an empty one and counted, in place of a "
                    "failure"),
    JOBS_ROW(struct features, jobs),
    {0},
};

const struct heed_command heed_command = {
    .name = "features",
    .summary = "sound to a stream of log-mel features",
    .usage = "[FILE...]",
    .about =
        "Reads sound files (WAV, FLAC, Ogg and others, of any rate, several channels mixed down) "
        "and "
        "writes for each a row of frames: the logarithm of the energy in mel bands every 10 ms. "
        "Without a FILE standard input is a sound file, or a list: lines PATH<TAB>TRANSCRIPT, of "
        "which the path counts here. Recordings of like length share a batch; decode puts the "
        "lines "
        "back in order.\n\n"
        "Frames are as librosa.feature.melspectrogram makes them by default, and power_to_db "
        "without top_db, with --rate 22050 --frame-length 92.88 --frame-shift 23.22 --bands 128 "
        "--log db --normalise none; and as torchaudio.transforms.MelSpectrogram by default, "
        "logarithm taken, with --frame-shift 12.5 --fft 400 --bands 128 --mel htk --mel-norm peak "
        "--edges reflect --normalise none.",
    .examples = "features hello.wav | peek\n"
                "features -m spoken.heed a.wav | encode -m spoken.heed | decode -m spoken.heed\n"
                "features --deltas 2 < spoken.tsv > spoken.features\n"
                "features --raw s16 --raw-rate 8000 < samples | peek",
    .see_also = "peek, plot, tokenize, encode",
    .options = options,
    .most_used = "model rate bands normalise speaker-column raw",
    .self_size = sizeof(struct features),
    .max_operands = -1,
    .refuse = heed_refuse,
    .run = run,
};
