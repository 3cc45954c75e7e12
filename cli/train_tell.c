/* train_tell.c: what train says: data and model, progress, the end. */
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/names.h"
#include "cli/train.h"
#include "data/final.h"
#include "tensor/vec.h"
#include "train/budget.h"
#include "train/dev.h"
#include "train/step.h"

/* What of one side its tokenizer cannot give back, and why it was chosen. */
static void tell_tokenizer(const struct heed_pairs *p, int which, const struct heed_side *side)
{
    static const char *const names[] = {"source", "target"};
    const struct heed_altered *a = &p->altered[which];
    if (p->why[which].len)
        heed_note("tokenizer of the %s: %s, since %s", names[which], side->tokenizer.words,
                  p->why[which].data);
    if (!a->n_altered)
        return;
    heed_note("%lld of %lld %s lines do not come back from their tokenizer, such as",
              (long long)a->n_altered, (long long)a->n, names[which]);
    for (size_t i = 0; i < a->n_shown; i++)
        heed_note("  %.200s -> %.200s", a->before[i].data, a->after[i].data);
}

static void tell_left_out(const struct heed_pairs *p)
{
    const struct heed_filter_report *r = &p->report;
    struct heed_str text = {0};
    if (heed_filter_dropped_many(r)) {
        heed_filter_dropped_text(&p->filter, r, &text);
        heed_warn("%s", text.data);
    } else if (r->n_too_long || r->n_ratio || r->n_empty || r->n_bad) {
        heed_filter_text(r, &text);
        heed_note("%s%s%lld bad lines", text.len ? text.data : "left out: ", text.len ? ", " : "",
                  (long long)r->n_bad);
    }
    heed_str_release(&text);
}

static void tell_copied(const struct heed_job *j, bool on)
{
    const struct heed_copied *c = &j->copied;
    double all = (double)HEED_MAX(1, c->n_tokens);
    if (c->n_tokens)
        heed_note(
            "copied %.1f %%: %.1f %% of target tokens stand in their source, %.1f %% in another; "
            "copying %s",
            100 * heed_copied_share(c), 100 * (double)c->n_own / all,
            100 * (double)c->n_other / all, on ? "on" : "off");
    else if (j->uncounted)
        heed_note(
            "copying off: the stream does not say what is copied; --copy on where it is much");
}

static void tell_shares(const struct heed_job *j)
{
    const struct heed_shares *s = &j->data.shares;
    for (size_t i = 0; i < s->n; i++)
        heed_note("%s: %.3g %% of an epoch, each of its %lld pairs %.3g times",
                  heed_pairs_corpus(j->pairs, i), 100 * s->weight[i], (long long)s->n_pairs[i],
                  (double)s->n_drawn[i] / (double)s->n_pairs[i]);
}

void train_tell_data(const struct heed_job *j)
{
    const struct heed_pairs *p = &j->data;
    const struct heed_model *m = &j->model;
    const struct heed_filter_report r = p->report;
    char unknown[64];
    struct heed_pairs_size all = heed_pairs_size(p);
    if (all.n)
        heed_note("%zu pairs, %zu + %zu tokens; dev %zu pairs%s", all.n, all.n_src, all.n_tgt,
                  p->dev.n, p->dev.n && !heed_option_given("dev") ? " set aside" : "");
    if (p->live.corpus)
        heed_note("these are the first window of one pass; tokenizers are learnt and pairs "
                  "examined by it");
    if (p->windows.n)
        heed_note("their ids take %.0f MB in %s; %s and pairs examined by the first %zu",
                  1e-6 * (double)p->windows.spool.size, p->windows.spool.dir,
                  p->counted ? "words are counted in all, pieces learnt" : "tokenizers are learnt",
                  p->dataset.n);
    if (p->n_lost)
        heed_note("so many different words that counts of rare ones may lack up to %lld",
                  (long long)p->n_lost);
    if (p->corpus.table)
        heed_note("%.3g hours of sources: %lld steps of %lld numbers, %.0f MB",
                  p->corpus.table->seconds / 3600, (long long)p->corpus.table->n,
                  (long long)p->corpus.table->width, 1e-6 * heed_table_bytes(p->corpus.table));
    tell_shares(j);
    tell_left_out(p);
    if (p->corpus.n_repaired)
        heed_warn("%lld invalid UTF-8 sequences replaced by U+FFFD",
                  (long long)p->corpus.n_repaired);
    if (p->corpus.n_crlf)
        heed_warn("%lld lines end in CR LF; the CR is dropped", (long long)p->corpus.n_crlf);
    if (p->stream.n_uncounted)
        snprintf(unknown, sizeof unknown, "unknown counted in the first epoch");
    else
        snprintf(unknown, sizeof unknown, "unknown %.2f %% + %.2f %%",
                 100.0 * (double)r.n_src_unknown / (double)HEED_MAX(1, r.n_src_tokens),
                 100.0 * (double)r.n_tgt_unknown / (double)HEED_MAX(1, r.n_tgt_tokens));
    tell_tokenizer(p, 0, &m->sides.src);
    tell_tokenizer(p, 1, &m->sides.tgt);
    heed_note("vocabulary %d + %d (%s, %s)%s; %s", m->sides.src.vocab.n, m->sides.tgt.vocab.n,
              m->sides.src.tokenizer.words, m->sides.tgt.tokenizer.words,
              m->sides.joint ? " joint" : "", unknown);
    if (p->vary_final > 0)
        heed_note(
            "final punctuation is left off %.3g %% of the pairs that have it, which are %.3g %%",
            100 * p->vary_final, 100 * heed_final_share(&p->dataset));
    tell_copied(j, heed_net_copies(&m->net));
    struct heed_str net = {0};
    heed_net_describe(&m->net, &net);
    heed_note("model %s: %lld parameters", net.data, (long long)heed_params_count(&m->net.params));
    heed_str_release(&net);
}

static void format_time(char *text, size_t size, double s)
{
    long n = s > 0 ? (long)s : 0;
    if (n >= 3600)
        snprintf(text, size, "%ldh%02ldm", n / 3600, n / 60 % 60);
    else
        snprintf(text, size, "%ldm%02lds", n / 60, n % 60);
}

/* What a training does in floating point, as a share of the peak: a rough guess, before there is a measurement. */
#define USUAL_SHARE 0.5

/* The peak is that of float32, which products in bf16 may pass. */
static const char *fp32(const struct heed_trainer *t)
{
    return t->model->net.params.bf16 ? "fp32 " : "";
}

/* Of all ranks, whose machines are taken to be like this one. */
static int cores_of(const struct heed_trainer *t)
{
    return HEED_MIN(t->lanes.n, heed_cores()) * (t->ranks ? t->ranks->n : 1);
}

/* What docs/scale.md reckons with: a number in the gradient leaves each rank twice, but for its own part. */
static void tell_exchange(const struct heed_trainer *t)
{
    const struct heed_ranks *r = t->ranks;
    const struct heed_params *params = &t->model->net.params;
    double n = (double)HEED_MAX(1, t->looped_steps), dense = 0, all = 0;
    if (!r || r->n == 1)
        return;
    for (size_t i = 0; i < params->n; i++)
        *(params->items[i]->flags & HEED_PARAM_SPARSE ? &all : &dense) +=
            4e-6 * (double)heed_elements(&params->items[i]->value);
    double sent = 1e-6 * (double)r->n_bytes / n, twice = 2.0 * (r->n - 1) / r->n;
    heed_note("%d ranks: an update takes %.4g s, of it %.4g s in exchanges; each sends %.4g MB: of "
              "dense numbers %.4g MB, of rows %.3g of %.4g MB",
              r->n, t->looped / n, r->seconds / n, sent, dense, HEED_MAX(0, sent / twice - dense),
              all);
}

/* Bytes of weights, two moments, the average, and a slab's dense gradients times the slabs; a sparse one has the
 * rows of a batch. */
static double bytes_held(const struct heed_trainer *t, const struct heed_params *params)
{
    double all = (double)heed_params_count(params), dense = 0;
    for (size_t i = 0; i < params->n; i++)
        if (!(params->items[i]->flags & HEED_PARAM_SPARSE))
            dense += (double)heed_elements(&params->items[i]->value);
    return sizeof(float) * ((t->average ? 4 : 3) * all + params->n_slabs * dense);
}

void train_tell_plan(const struct heed_job *j)
{
    const struct heed_trainer *t = &j->trainer;
    const struct heed_params *params = &j->model.net.params;
    double flops = t->update_flops, left = (double)(t->total_steps - t->step);
    struct heed_str line = {0};
    char time[32];
    struct heed_pace pace = heed_trainer_pace(t);
    heed_note("batches of at most %lld pairs, rate %.3g, dropout %.3g, label smoothing %.3g",
              (long long)j->rows, heed_schedule_peak(&pace, &t->table), heed_trainer_dropout(t),
              t->options->label_smoothing);
    heed_str_printf(&line, "%d worker%s; weights, gradients and moments %.3g MB", t->lanes.n,
                    t->lanes.n == 1 ? "" : "s", 1e-6 * bytes_held(t, params));
    if (flops > 0) {
        double peak = 1e9 * heed_vec_peak_gflops() * cores_of(t);
        heed_str_printf(&line, "; an update about %.3g GFLOP", flops * 1e-9);
        if (!t->timed && t->total_steps) {
            format_time(time, sizeof time, left * flops / (peak * USUAL_SHARE));
            heed_str_printf(&line, ", all %.0f of them about %s", left, time);
        }
    }
    heed_note("%s", line.data);
    heed_str_release(&line);
}

static double seconds_left(const struct heed_trainer *t)
{
    if (t->timed)
        return heed_budget_left(t);
    double done = (double)t->n_tokens / (double)HEED_MAX(1, t->step);
    double updates = t->speed > 0 ? (double)(t->total_steps - t->step) * done / t->speed : 0;
    return updates + (double)heed_budget_measurings(t) * t->budget.measuring;
}

static void progress_text(const struct heed_trainer *t, struct heed_str *out)
{
    char left[32], dev[80] = "";
    if (t->has_best)
        heed_trainer_metric_text(t, t->dev_metric, dev);
    double loss = t->report_loss.n_tokens ? t->report_loss.plain / (double)t->report_loss.n_tokens
                                          : t->last_nats;
    heed_str_printf(out, "step %lld of %s%lld, loss %.3f%s%s", (long long)t->step,
                    t->timed ? "about " : "", (long long)t->total_steps, loss, *dev ? ", " : "",
                    dev);
    if (t->speed <= 0) /* in the first second */
        return;
    format_time(left, sizeof left, seconds_left(t));
    double gflops = t->flop_speed * 1e-9;
    heed_str_printf(out, ", %.0f tokens/s, %.3g GFLOP/s (%.0f %% of %speak), %s left", t->speed,
                    gflops, 100 * gflops / (heed_vec_peak_gflops() * cores_of(t)), fp32(t), left);
}

void train_tell_doing(const char *what)
{
    heed_cli_doing(what);
    bool typed = !heed_cli.n_operands && isatty(STDIN_FILENO);
    if (what && !typed)
        heed_progress("%s ...", what);
}

/* On a terminal one line that is redrawn; elsewhere a line now and then, with the time of day; and one
 * whenever it is asked for. */
void train_tell_progress(void *train, const struct heed_trainer *t)
{
    static double shown, told;
    const struct train *self = train;
    double now = heed_seconds(), every = self->progress_every;
    bool asked = heed_cli.asked, draws = heed_cli.err_is_tty && now - shown >= 0.2;
    told = told > 0 ? told : now;
    bool tells = !heed_cli.err_is_tty && every > 0 && now - told >= every;
    if (!asked && !draws && !tells)
        return;
    struct heed_str text = {0};
    char clock[16];
    progress_text(t, &text);
    heed_cli_clock(clock);
    if (asked)
        heed_told("%s  %s", clock, text.data);
    else if (tells)
        heed_note("%s  %s", clock, text.data);
    if (draws)
        heed_progress("%s", text.data);
    heed_str_release(&text);
    heed_cli.asked = 0;
    shown = draws ? now : shown;
    told = tells ? now : told;
}

static void tell_stats(const struct heed_trainer *t, int64_t n_tokens)
{
    double seconds = HEED_MAX(1e-6, t->looped);
    int cores = cores_of(t);
    struct rusage used;
    double gflops = t->flops / seconds / 1e9, peak = cores * heed_vec_peak_gflops();
    char whose[40];
    if (cores > 1)
        snprintf(whose, sizeof whose, "these %d cores' %speak", cores, fp32(t));
    else
        snprintf(whose, sizeof whose, "this core's %speak", fp32(t));
    heed_note("%.0f tokens/s, %.1f GFLOP/s on real tokens, %.0f %% of %s of %.0f",
              (double)n_tokens / seconds, gflops, 100 * gflops / peak, whose, peak);
    tell_exchange(t);
    if (getrusage(RUSAGE_SELF, &used) == 0)
        heed_note("memory %.0f MB at most", (double)used.ru_maxrss * 1024e-6);
}

static void tell_interrupted(const struct train *self, const struct heed_trainer *t)
{
    struct heed_str line = {0};
    const char *how = heed_cli.interrupted ? "interrupted" : "stopped";
    if (t->has_best)
        heed_note("%s at step %lld of %lld", how, (long long)t->step, (long long)t->total_steps);
    else
        heed_note("%s at step %lld of %lld; no model yet, but this takes the checkpoint: "
                  "%spredict -m %s",
                  how, (long long)t->step, (long long)t->total_steps, heed_call,
                  t->checkpoint_path);
    heed_str_printf(&line, "go on with: ");
    train_command(self, true, &line);
    heed_note_whole(line.data);
    heed_str_release(&line);
}

/* What the clock decided, for who wants the same bytes. Of a run that was gone on with the first command line
 * is not known here; one that was made longer has no plan from its beginning. */
static void tell_plan(const struct train *self, const struct heed_trainer *t)
{
    struct heed_str line = {0};
    if (!t->timed || t->table_step)
        return;
    heed_str_printf(&line, "the same bytes again: ");
    if (self->resume)
        heed_str_printf(&line, "the command that this run began with, and");
    else
        train_command(self, false, &line);
    if (t->dev_data.n && !t->options->dev_lines && t->n_measured < (int64_t)t->dev->n)
        heed_str_printf(&line, " --dev-lines %lld", (long long)t->n_measured);
    heed_str_printf(&line, " --plan ");
    heed_timetable_text(&t->table, &line);
    heed_note_whole(line.data);
    heed_str_release(&line);
}

static void tell_done(const struct train *self, const struct heed_trainer *t)
{
    char text[32], best[HEED_BEST_MAX];
    format_time(text, sizeof text, t->seconds);
    tell_plan(self, t);
    if (t->has_best) {
        heed_trainer_best_text(t, best);
        heed_note("%s: %s at step %lld of %lld, %s; next: %spredict -m %s", t->model_path, best,
                  (long long)t->best_step, (long long)t->step, text, heed_call, t->model_path);
    } else
        heed_note("%s: %lld steps, %s; next: %spredict -m %s", t->model_path, (long long)t->step,
                  text, heed_call, t->model_path);
}

void train_tell_end(const struct train *self, const struct heed_trainer *t, int64_t n_tokens)
{
    heed_progress_done();
    if (heed_cli.interrupted || heed_trainer_stops(t))
        tell_interrupted(self, t);
    else
        tell_done(self, t);
    if (t->n_skipped)
        heed_warn("%lld steps were skipped: no pair in the batch, or loss or gradient not finite",
                  (long long)t->n_skipped);
    if (heed_cli.stats || heed_cli.verbose)
        tell_stats(t, n_tokens);
}
