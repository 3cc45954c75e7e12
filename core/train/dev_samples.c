/* dev_samples.c: outputs of a few dev pairs, the same ones at each measuring, go into the store: how a
 * line changes while the model learns. Long lines are cut, so that a measuring adds some kilobytes at most. */
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "train/dev.h"

#define TEXT_MAX 400 /* bytes of a line */

static int64_t number_of_samples(const struct heed_trainer *t)
{
    return HEED_MIN(t->options->dev_samples, t->n_measured);
}

static int64_t place(const struct heed_trainer *t, int64_t sample)
{
    return sample * t->n_measured / number_of_samples(t);
}

/* By the pair's place among all dev pairs, so that another --dev-lines does not mix lines up. */
static int64_t number(const struct heed_trainer *t, int64_t sample)
{
    return place(t, sample) * (int64_t)t->dev->n / t->n_measured + 1;
}

static const char *shorten(struct heed_str *out, const char *text, size_t n)
{
    size_t at = 0;
    int32_t c;
    heed_str_clear(out);
    while (at < n && at < TEXT_MAX)
        at += (size_t)HEED_MAX(1, heed_utf8_next(text + at, n - at, &c));
    heed_utf8_repair(out, text, at);
    if (at < n)
        heed_str_add_text(out, "...");
    return out->data ? out->data : "";
}

/* A text with its tags in front (tags.h), as it is to be read. */
static const char *tags_apart(struct heed_str *text)
{
    for (size_t i = 0; i < text->len; i++)
        if (text->data[i] == '\n')
            text->data[i] = ' ';
    return text->data ? text->data : "";
}

void heed_trainer_record_lines(const struct heed_trainer *t)
{
    struct heed_str source = {0}, reference = {0};
    for (int64_t i = 0; t->run && i < number_of_samples(t); i++) {
        const struct heed_pair *p = &t->sample.pairs[place(t, i)];
        shorten(&source, p->src, p->src_len);
        heed_run_line(t->run, number(t, i), tags_apart(&source),
                      shorten(&reference, p->tgt, p->tgt_len));
    }
    heed_str_release(&source);
    heed_str_release(&reference);
}

void heed_trainer_record_outputs(const struct heed_trainer *t, char *const *text)
{
    struct heed_str output = {0};
    for (int64_t i = 0; i < number_of_samples(t); i++)
        heed_run_output(t->run, number(t, i), t->step,
                        shorten(&output, text[place(t, i)], strlen(text[place(t, i)])));
    heed_str_release(&output);
}
