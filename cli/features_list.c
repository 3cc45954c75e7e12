/* features_list.c: which recordings there are: the operands, standard input as one, or the lines of a
 * list there, PATH<TAB>TRANSCRIPT and more. */
#include <string.h>
#include "cli/features.h"
#include "data/columns.h"

/* What is on standard input: a list, or a sound file, which its first bytes tell. */
static int look(struct features *w, struct heed_err *err)
{
    struct heed_input in;
    if (heed_input_open(&in, NULL, err))
        return -1;
    int sound = heed_wave_sniff(&in, err);
    heed_input_unread(&in);
    heed_input_close(&in);
    w->listed = sound == 0;
    return sound < 0 ? -1 : 0;
}

int list_open(struct features *w, struct heed_err *err)
{
    if (!heed_cli.n_operands && w->raw < 0 && look(w, err))
        return -1;
    if (heed_option_given("speaker-column") && !w->listed)
        return heed_usage(err, "--speaker-column is of a list on standard input");
    /* Files that are named are one speaker's, and one file has only itself. */
    w->twice = w->sound.over == HEED_OVER_SPEAKER && (w->listed || heed_cli.n_operands > 1);
    for (size_t i = 0; i < heed_cli.n_operands && w->twice; i++)
        if (!strcmp(heed_cli.operands[i], "-"))
            return heed_usage(err, "what is normalised over a speaker is read twice, and standard "
                                   "input once: give files");
    if (w->twice && !w->listed)
        heed_names_number(&w->speakers, "", 0);
    return w->listed ? heed_text_open(&w->list, NULL, HEED_CLEAN_LENIENT, 0, err) : 0;
}

void list_close(struct features *w)
{
    if (w->listed)
        heed_text_close(&w->list);
    heed_names_release(&w->speakers);
    for (size_t i = 0; i < w->n_all; i++)
        free(w->all[i].path);
    free(w->all);
}

/* --- lines --- */

static int read_line(struct features *w, struct heed_recording *r, struct heed_err *err)
{
    const char *line = w->list.line.data;
    size_t n = strcspn(line, "\t");
    r->path = heed_xstrndup(line, n);
    if (n == 0)
        return heed_fail(err, "no file in its first column");
    if (!strcmp(r->path, "-"))
        return heed_fail(err, "a list names files, and standard input has the list");
    if (w->sound.over != HEED_OVER_SPEAKER)
        return 0;
    if (heed_columns_speaker(line, w->list.line.len, w->speaker_column, &w->speakers, &n, err))
        return -1;
    r->speaker = (int32_t)n;
    return 0;
}

static int next_line(struct features *w, struct heed_recording *r, struct heed_err *err)
{
    int got = heed_text_next(&w->list, err);
    if (got > 0)
        r->failed = read_line(w, r, &r->err) < 0;
    return got;
}

int list_next(struct features *w, struct heed_recording *r, struct heed_err *err)
{
    size_t at = (size_t)w->n_given, n = HEED_MAX(heed_cli.n_operands, 1);
    int got = 1;
    *r = (struct heed_recording){.line = w->n_given};
    if (w->all) {
        if (at == w->n_all)
            return 0;
        *r = w->all[at];
        r->path = heed_xstrdup(r->path);
    } else if (w->listed) {
        got = next_line(w, r, err);
    } else if (at < n) {
        r->path = heed_xstrdup(heed_cli.n_operands ? heed_cli.operands[at] : "-");
    } else {
        got = 0;
    }
    w->n_given += got > 0;
    return got;
}

int list_gather(struct features *w, struct heed_err *err)
{
    struct heed_recording *all = NULL, r;
    int got;
    while ((got = list_next(w, &r, err)) > 0) {
        heed_grow(&all, w->n_all, &w->cap_all, sizeof(*all));
        all[w->n_all++] = r;
    }
    w->all = all;
    list_rewind(w);
    return got;
}

void list_rewind(struct features *w)
{
    w->n_given = 0;
}
