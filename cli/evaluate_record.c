/* evaluate_record.c: what the store remembers of an evaluation: a run for each text, with its figures, the
 * model that wrote it, and how sure its difference from the first text is. */
#include <math.h>
#include <string.h>
#include "cli/evaluate.h"
#include "cli/model_file.h"

/* --- the model that made the text --- */

/* The one given; else the one that is known to have written this text, by the file which its
 * training made, or by the one it was read from where that is still the same. */
static bool find_model(struct heed_store *s, const struct text *x, const struct evaluate *o,
                       struct heed_model_file *m, struct heed_str *path)
{
    struct heed_err ignored;
    char fingerprint[65];
    if (o->model) {
        if (model_file_look(m, o->model))
            return true;
        heed_warn("%s: cannot be read; the evaluation is not linked to it", o->model);
        return false;
    }
    if (heed_store_made_by(s, x->sha256, fingerprint, path, &ignored) <= 0)
        return false;
    bool found = heed_store_model_file(s, fingerprint, m, &ignored) > 0;
    m->path = path->len ? path->data : NULL;
    return found ||
           (path->len && model_file_look(m, path->data) && !strcmp(m->fingerprint, fingerprint));
}

/* Figures on no model are found by nobody who compares models. */
static void link_model(struct heed_store *s, const struct text *x, const struct evaluate *o,
                       bool several)
{
    struct heed_model_file m = {0};
    struct heed_str path = {0};
    if (find_model(s, x, o, &m, &path)) {
        heed_run_model(x->run, "in", "model", &m);
        if (!o->model)
            heed_note("recorded for the model that wrote %s: %s", several ? x->name : "this text",
                      m.path ? m.path : m.sha256);
    } else if (!o->model) {
        heed_note("no model is known to have written %s%s", several ? x->name : "this text",
                  several ? "" : "; -m MODEL records the figures for it");
    }
    heed_str_release(&path);
}

static void record_files(struct heed_run *run, const struct task *t, const struct text *x,
                         const struct evaluate *o)
{
    heed_run_artifact(run, "in", "hypotheses", "hypotheses", x->name, x->sha256, -1);
    const char *refs = o->refs_tsv ? o->refs_tsv : o->refs.items[0];
    heed_run_artifact(run, "in", "references", "references", refs, t->refs_sha256, -1);
}

/* The figure that lists show of this evaluation. */
static void record_figure(struct heed_run *run, const struct evaluate *o)
{
    static const struct heed_option rows[] = {
        HEED_ROW_STRING(struct evaluate, figure_name, "figure", NULL, "", ""),
        {0},
    };
    heed_run_params(run, rows, o);
}

/* against: the run of the first text; NULL: this is that. */
static void record_figures(struct heed_run *run, const struct task *t, const struct text *x,
                           const struct evaluate *o, const char *against)
{
    struct heed_figure details[HEED_DETAILS];
    char test[60];
    evaluate_test(o, test);
    for (size_t i = 0; i < x->scores.n; i++) {
        const struct heed_figure *f = &x->scores.figures[i];
        heed_run_evaluation(run, &(struct heed_evaluation){
                                     .name = f->name,
                                     .value = f->value,
                                     .lo = f->lo,
                                     .hi = f->hi,
                                     .signature = f->signature,
                                     .data_sha256 = t->refs_sha256,
                                     .p = against ? x->differences[i].p : NAN,
                                     .against = against,
                                     .test = against ? test : NULL,
                                 });
    }
    heed_figure_details(&x->scores, details);
    for (size_t i = 0; i < HEED_DETAILS; i++)
        heed_run_metric(run, "test", details[i].name, 0, details[i].value);
}

/* Several texts are called by their files, lest their runs have one name. */
static const char *name_of(const struct task *t, const struct text *x, const struct evaluate *o)
{
    const char *slash = strrchr(x->name, '/');
    return o->name || t->n_texts == 1 ? o->name : slash ? slash + 1 : x->name;
}

/* A store that cannot be opened is a warning; then nothing is recorded. */
void evaluate_record_begin(struct task *t, const struct evaluate *o)
{
    struct heed_err err;
    if (heed_cli.no_store)
        return;
    if (heed_store_open(&t->store, heed_cli.store, false, &err) < 0) {
        heed_loss("%s; this evaluation is not recorded", err.text);
        return;
    }
    for (size_t k = 0; k < t->n_texts; k++)
        t->texts[k].run =
            heed_run_start(t->store, &(struct heed_run_info){.kind = "evaluate",
                                                             .name = name_of(t, &t->texts[k], o),
                                                             .tag = o->tag,
                                                             .argc = heed_cli.argc,
                                                             .argv = heed_cli.argv,
                                                             .seed = o->seed});
}

void evaluate_record_end(struct task *t, struct evaluate *o, const struct heed_option *rows)
{
    char first[33];
    if (!t->store)
        return;
    o->figure_name = heed_figure_name(o->figure);
    snprintf(first, sizeof(first), "%s", heed_run_id(t->texts[0].run));
    for (size_t k = 0; k < t->n_texts; k++) {
        struct text *x = &t->texts[k];
        heed_run_params(x->run, rows, o);
        record_figure(x->run, o);
        record_files(x->run, t, x, o);
        link_model(t->store, x, o, t->n_texts > 1);
        record_figures(x->run, t, x, o, k ? first : NULL);
        heed_run_finish(x->run, "done", 0, NULL);
    }
    heed_store_close(t->store);
}
