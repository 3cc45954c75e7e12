/* wave.c: sound files; the only file that sees libsndfile. See wave.h.
 *
 * A regular file is read where it lies. libsndfile seeks, so what comes on a pipe is first taken into
 * memory. Why a file could not be opened libsndfile keeps in one place for the whole process: opening
 * and asking are under a lock. */
#include "sound/wave.h"

#include <math.h>
#include <pthread.h>
#include <sndfile.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Nothing of ours is allocated under it. */
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

void heed_wave_release(struct heed_wave *w)
{
    free(w->samples);
    *w = (struct heed_wave){0};
}

/* --- samples --- */

int heed_wave_room(struct heed_wave *w, int64_t more, struct heed_err *err)
{
    if (more > HEED_WAVE_MAX - w->n)
        return heed_fail(err, "more than %lld samples", HEED_WAVE_MAX);
    size_t want = (size_t)(w->n + more);
    if (want > w->cap) {
        w->cap = HEED_MAX(want, w->cap + w->cap / 2);
        w->samples = heed_xrealloc(w->samples, w->cap, sizeof(*w->samples));
    }
    return 0;
}

int heed_wave_mix(struct heed_wave *w, const float *values, int64_t n, int64_t channels,
                  struct heed_err *err)
{
    if (heed_wave_room(w, n, err) < 0)
        return -1;
    for (int64_t i = 0; i < n; i++, values += channels) {
        float sum = 0;
        for (int64_t c = 0; c < channels; c++)
            sum += values[c];
        if (!isfinite(sum))
            return heed_fail(err, "sample %lld is not finite", (long long)w->n);
        w->samples[w->n++] = sum / (float)channels;
    }
    return 0;
}

/* --- libsndfile --- */

/* A file in memory, for libsndfile to seek in. */
struct bytes {
    const char *data;
    sf_count_t n, at;
};

static sf_count_t bytes_size(void *ctx)
{
    return ((struct bytes *)ctx)->n;
}

static sf_count_t bytes_seek(sf_count_t offset, int whence, void *ctx)
{
    struct bytes *b = ctx;
    sf_count_t to = offset + (whence == SEEK_CUR ? b->at : whence == SEEK_END ? b->n : 0);
    b->at = HEED_MIN(HEED_MAX(to, 0), b->n);
    return b->at;
}

static sf_count_t bytes_read(void *to, sf_count_t n, void *ctx)
{
    struct bytes *b = ctx;
    n = HEED_MIN(n, b->n - b->at);
    memcpy(to, b->data + b->at, (size_t)n);
    b->at += n;
    return n;
}

static sf_count_t bytes_write(const void *from, sf_count_t n, void *ctx)
{
    (void)from, (void)n, (void)ctx;
    return 0;
}

static sf_count_t bytes_tell(void *ctx)
{
    return ((struct bytes *)ctx)->at;
}

/* fd, or where that is below 0, b. */
static SNDFILE *open_sound(int fd, struct bytes *b, SF_INFO *info, struct heed_err *err)
{
    SF_VIRTUAL_IO io = {bytes_size, bytes_seek, bytes_read, bytes_write, bytes_tell};
    char why[200] = "";
    *info = (SF_INFO){0};
    pthread_mutex_lock(&opening);
    SNDFILE *f = fd >= 0 ? sf_open_fd(fd, SFM_READ, info, SF_FALSE)
                         : sf_open_virtual(&io, SFM_READ, info, b);
    if (!f)
        snprintf(why, sizeof(why), "%s", sf_strerror(NULL));
    pthread_mutex_unlock(&opening);
    if (f)
        return f;
    size_t n = strlen(why);
    if (n && why[n - 1] == '.')
        why[n - 1] = '\0';
    heed_fail(err, "no sound that can be read: %s", why);
    return NULL;
}

static int check_info(const SF_INFO *info, struct heed_err *err)
{
    if (info->channels < 1)
        return heed_fail(err, "no channels");
    if (info->samplerate < HEED_WAVE_RATE_MIN || info->samplerate > HEED_WAVE_RATE_MAX)
        return heed_fail(err, "%d samples a second, not in [%d, %d]", info->samplerate,
                         HEED_WAVE_RATE_MIN, HEED_WAVE_RATE_MAX);
    return 0;
}

/* Where a file knows its length, less is a file cut short. */
static int read_all(struct heed_wave *w, SNDFILE *f, const SF_INFO *info, struct heed_err *err)
{
    int64_t channels = info->channels, step = HEED_MAX(65536 / channels, 1);
    float *values = heed_xmalloc((size_t)(step * channels) * sizeof(*values));
    sf_count_t got;
    int status = 0;
    while (status == 0 && (got = sf_readf_float(f, values, step)) > 0)
        status = heed_wave_mix(w, values, got, channels, err);
    free(values);
    if (status == 0 && sf_error(f) != SF_ERR_NO_ERROR)
        return heed_fail(err, "sample %lld: %s", (long long)w->n, sf_strerror(f));
    if (status == 0 && info->seekable && info->frames < HEED_WAVE_MAX && w->n < info->frames)
        return heed_fail(err, "ends after %lld of %lld samples", (long long)w->n,
                         (long long)info->frames);
    return status;
}

static int read_sound(struct heed_wave *w, int fd, struct bytes *b, struct heed_err *err)
{
    SF_INFO info;
    SNDFILE *f = open_sound(fd, b, &info, err);
    if (!f)
        return -1;
    w->n = 0;
    w->rate = info.samplerate;
    int status = check_info(&info, err) || read_all(w, f, &info, err) ? -1 : 0;
    sf_close(f);
    return status;
}

/* --- files and pipes --- */

/* More than any recording of so many samples; a pipe may have no end. */
#define BYTES_MAX (8 * HEED_WAVE_MAX)

static int take_bytes(struct heed_input *in, struct heed_str *all, struct heed_err *err)
{
    char *piece = heed_xmalloc(1 << 16);
    ssize_t got;
    while ((got = heed_input_get(in, piece, 1 << 16, err)) > 0 && all->len < (size_t)BYTES_MAX)
        heed_str_add(all, piece, (size_t)got);
    free(piece);
    return got < 0 ? -1 : got > 0 ? heed_fail(err, "more than %lld bytes", BYTES_MAX) : 0;
}

static int refuse_empty(struct heed_err *err)
{
    return heed_fail(err, "no sound that can be read: it is empty");
}

int heed_wave_read(struct heed_wave *w, struct heed_input *in, struct heed_err *err)
{
    struct heed_str all = {0};
    int status = take_bytes(in, &all, err);
    if (status == 0) {
        struct bytes b = {all.data, (sf_count_t)all.len, 0};
        status = all.len ? read_sound(w, -1, &b, err) : refuse_empty(err);
    }
    heed_str_release(&all);
    return status ? heed_err_prefix(err, "%s: ", in->name) : 0;
}

int heed_wave_load(struct heed_wave *w, const char *path, struct heed_err *err)
{
    struct heed_input in;
    struct stat st;
    if (heed_input_open(&in, path, err) < 0)
        return -1;
    int status;
    if (in.fd != STDIN_FILENO && lseek(in.fd, 0, SEEK_CUR) == 0) {
        bool empty = fstat(in.fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0;
        status = empty ? refuse_empty(err) : read_sound(w, in.fd, NULL, err);
        if (status)
            heed_err_prefix(err, "%s: ", in.name);
    } else {
        status = heed_wave_read(w, &in, err);
    }
    heed_input_close(&in);
    return status;
}

/* A list may begin with a path that begins so; behind it text goes on as text. */
int heed_wave_sniff(struct heed_input *in, struct heed_err *err)
{
    static const char *const kinds[] = {"RIFF", "RIFX", "RF64", "fLaC", "OggS",
                                        "FORM", ".snd", "caff", "ID3"};
    const void *bytes;
    ssize_t n = heed_input_peek(in, &bytes, 12, err);
    if (n < 0)
        return -1;
    const char *p = bytes;
    bool text = !memchr(p, 0, (size_t)n) && (n < 12 || memcmp(p + 8, "WAVE", 4));
    for (size_t i = 0; i < HEED_COUNT(kinds) && !text; i++)
        if ((size_t)n > strlen(kinds[i]) && !memcmp(p, kinds[i], strlen(kinds[i])))
            return 1;
    return 0;
}
