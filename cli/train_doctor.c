/* train_doctor.c: what train says of the state of its pairs: the short form of the command doctor. */
#include "cli/names.h"
#include "cli/train.h"

#define MANY 0.01 /* of the pairs: from here on it is worth a line */
#define MOST 0.9

static double percent(int64_t n, int64_t of)
{
    return 100 * (double)n / (double)HEED_MAX(1, of);
}

static void tell_of(const struct heed_finding *f, const char *what)
{
    if ((double)f->n > MANY * (double)f->of)
        heed_note("%.3g %% of the %s, the first in line %lld (%sdoctor has more of it)",
                  percent(f->n, f->of), what, (long long)f->line, heed_call);
}

void train_tell_doctor(const struct heed_job *j)
{
    const struct heed_health *d = &j->health;
    const struct heed_leaks *dev = &d->dev;
    if (!j->data.dataset.n || j->data.corpus.table)
        return;
    if (d->pairs.n_again || d->pairs.n_several)
        heed_note(
            "%.3g %% of the pairs repeat one before them; %.3g %% of the sources have several "
            "targets: no training loss is below %.4g a token",
            percent(d->pairs.n_again, d->pairs.n), percent(d->pairs.n_several, d->pairs.n_sources),
            d->floor.a_token);
    if (dev->pairs.n)
        heed_warn(
            "%lld of %lld dev pairs are trained on too, the first in line %lld: what is measured "
            "on them is remembered",
            (long long)dev->pairs.n, (long long)dev->pairs.of, (long long)dev->pairs.line);
    if (dev->sources.n > dev->pairs.n)
        heed_note("the sources of %lld of %lld dev pairs are trained on with other targets",
                  (long long)(dev->sources.n - dev->pairs.n), (long long)dev->sources.of);
    if ((double)d->files.n > MOST * (double)d->files.of)
        heed_warn("sources are names of files, as in line %lld, and are trained on as text: with "
                  "--source features what is in the files is",
                  (long long)d->files.line);
    tell_of(&d->copied, "targets are their source");
    tell_of(&d->foreign[0], "sources look like the language of the targets, or another");
    tell_of(&d->foreign[1], "targets look like the language of the sources, or another");
}
