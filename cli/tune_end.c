/* tune_end.c: the winner's model, and what is said of a search. */
#include <errno.h>
#include <float.h>
#include <string.h>
#include "cli/names.h"
#include "cli/table.h"
#include "cli/tune.h"
#include "train/unit.h"

/* --- the model --- */

static int copy(const char *from, const char *to, struct heed_err *err)
{
    struct heed_input in;
    struct heed_commit c;
    char block[1 << 16];
    ssize_t n = 0;
    if (heed_input_open(&in, from, err))
        return -1;
    int status = heed_commit_open(&c, to, err);
    while (status == 0 && (n = heed_input_read(&in, block, sizeof block, err)) > 0)
        if (heed_output_write(&c.out, block, (size_t)n, err)) {
            heed_commit_abort(&c);
            status = -1;
        }
    if (status == 0 && n < 0) {
        heed_commit_abort(&c);
        status = -1;
    }
    heed_input_close(&in);
    return status ? -1 : heed_commit_finish(&c, err);
}

int tune_crown(struct search *s, struct heed_tune *t, struct heed_err *err)
{
    struct heed_str model = {0};
    if (!heed_halving_winner(t, &t->winner, &t->winner_turn)) {
        const char *why = t->n && t->pieces[t->n - 1].message ? t->pieces[t->n - 1].message : "";
        return heed_fail(err, "no trial could be trained; the last one: %.300s", why);
    }
    tune_model(s, t->winner, t->winner_turn, &model);
    int status = copy(model.data, s->path.data, err);
    t->done = status == 0;
    heed_str_release(&model);
    return status;
}

/* --- words --- */

/* By the name that the winner's model, or a trial's, has for it. */
static void metric_name(const char *path, char name[40])
{
    struct heed_doc doc;
    struct heed_err ignored;
    heed_doc_init(&doc);
    const char *metric =
        heed_doc_load(&doc, path, &ignored) ? NULL : heed_doc_meta(&doc, "measured.metric");
    snprintf(name, 40, "%s", metric ? metric : "metric");
    heed_doc_release(&doc);
}

static double value_of(const struct heed_piece *p, const char *metric)
{
    bool smaller = !strcmp(metric, "loss") || !strcmp(metric, "token-error");
    return smaller ? -p->value : p->value;
}

/* Lines become words. */
static void add_options(const char *options, struct heed_str *out)
{
    if (!*options)
        heed_str_add_text(out, "(the defaults)");
    for (const char *at = options; *at; at += strcspn(at, "\n") + 1)
        heed_str_printf(out, "%s%.*s", at == options ? "" : " ", (int)strcspn(at, "\n"), at);
}

void tune_tell(const struct search *s)
{
    const struct heed_piece *p = &s->piece;
    struct heed_str line = {0}, model = {0};
    char metric[40];
    tune_model(s, p->trial, p->turn, &model);
    heed_str_printf(&line, "trial %lld", (long long)p->trial);
    if (p->turn)
        heed_str_printf(&line, " from seed %lld", (long long)(s->self->train.train.seed + p->turn));
    if (p->status == HEED_PIECE_FAILED)
        heed_str_printf(&line, ": left out: %.200s", p->message);
    else {
        metric_name(model.data, metric);
        heed_str_printf(&line,
                        ", %lld updates: dev %s %.4g, loss %.4f, %.3g s:", (long long)p->updates,
                        metric, value_of(p, metric), p->loss, p->seconds);
        heed_str_add_char(&line, ' ');
        add_options(s->options.data, &line);
    }
    heed_note_whole(line.data);
    heed_str_release(&line);
    heed_str_release(&model);
}

/* --- the table --- */

enum { TRIAL, SEED, UPDATES, VALUE, LOSS, SECONDS, OPTIONS, REMARK, COLUMNS };

static void add_row(const struct search *s, const struct heed_piece *p, const char *metric,
                    double seconds, struct table *t)
{
    const char *names[COLUMNS] = {"trial", "seed",    "updates", metric,
                                  "loss",  "seconds", "options", "remark"};
    enum heed_value_type types[COLUMNS] = {HEED_VALUE_INT,  HEED_VALUE_INT,  HEED_VALUE_INT,
                                           HEED_VALUE_REAL, HEED_VALUE_REAL, HEED_VALUE_REAL,
                                           HEED_VALUE_TEXT, HEED_VALUE_TEXT};
    char text[COLUMNS][40];
    struct heed_str options = {0};
    struct heed_err ignored;
    bool failed = p->status == HEED_PIECE_FAILED,
         won = p->trial == s->tune.winner && p->turn == s->tune.winner_turn;
    add_options(p->options, &options);
    snprintf(text[TRIAL], 40, "%lld", (long long)p->trial);
    snprintf(text[SEED], 40, "%lld", (long long)(s->self->train.train.seed + p->turn));
    snprintf(text[UPDATES], 40, "%lld", (long long)p->updates);
    heed_format_f64(text[VALUE], 40, value_of(p, metric));
    heed_format_f64(text[LOSS], 40, p->loss);
    snprintf(text[SECONDS], 40, "%.1f", seconds);
    const char *remark = failed ? p->message : won ? "best" : NULL;
    const char *values[COLUMNS] = {text[TRIAL], text[SEED],    text[UPDATES], text[VALUE],
                                   text[LOSS],  text[SECONDS], options.data,  remark ? remark : ""};
    if (failed || !(p->loss < DBL_MAX))
        types[VALUE] = types[LOSS] = HEED_VALUE_NULL;
    if (!remark)
        types[REMARK] = HEED_VALUE_NULL;
    (void)table_add(t, &(struct heed_row){COLUMNS, names, values, types}, &ignored);
    heed_str_release(&options);
}

/* Of a trial's turn: the highest rung it came to; seconds: of all. */
static const struct heed_piece *highest(const struct heed_tune *t, int64_t trial, int64_t turn,
                                        double *seconds)
{
    const struct heed_piece *best = NULL;
    *seconds = 0;
    for (size_t i = 0; i < t->n; i++) {
        const struct heed_piece *p = &t->pieces[i];
        if (p->trial != trial || p->turn != turn || p->status < HEED_PIECE_DONE)
            continue;
        *seconds += p->seconds;
        if (!best || p->rung > best->rung)
            best = p;
    }
    return best;
}

static int by_rank(const void *a, const void *b)
{
    const struct heed_piece *x = *(const struct heed_piece *const *)a,
                            *y = *(const struct heed_piece *const *)b;
    bool x_failed = x->status == HEED_PIECE_FAILED, y_failed = y->status == HEED_PIECE_FAILED;
    if (x_failed != y_failed)
        return x_failed - y_failed;
    if (x->rung != y->rung)
        return x->rung > y->rung ? -1 : 1;
    if (heed_halving_better(x, y) != heed_halving_better(y, x))
        return heed_halving_better(x, y) ? -1 : 1;
    return x->trial != y->trial ? (x->trial > y->trial) - (x->trial < y->trial)
                                : (x->turn > y->turn) - (x->turn < y->turn);
}

static void print_table(const struct search *s, const char *metric)
{
    const struct heed_tune *t = &s->tune;
    struct table table = {.width = 0};
    const struct heed_piece **rows = heed_xcalloc(t->n + 1, sizeof *rows);
    size_t n = 0;
    double seconds;
    for (int64_t trial = 0; trial < t->drawn; trial++)
        for (int64_t turn = 0; turn <= t->repeats; turn++) {
            const struct heed_piece *p = highest(t, trial, turn, &seconds);
            if (p)
                rows[n++] = p;
        }
    qsort(rows, n, sizeof *rows, by_rank);
    for (size_t i = 0; i < n; i++) {
        highest(t, rows[i]->trial, rows[i]->turn, &seconds);
        add_row(s, rows[i], metric, seconds, &table);
    }
    table_print(&table, s->self->json ? TABLE_JSON : TABLE_TEXT);
    table_release(&table);
    free(rows);
}

/* The same bytes by train alone; two commands where the last rung got another length than was planned. */
static void tell_command(const struct search *s, const struct heed_piece *best)
{
    const struct heed_tune *t = &s->tune;
    int64_t rungs = heed_halving_rungs(t);
    bool replanned = t->last && t->last != t->steps && rungs > 1 && !t->winner_turn;
    struct heed_str line = {0}, words = {0};
    /* Searches of before knew updates alone. */
    struct heed_unit unit = {(double)(best->every ? best->every : t->first), (double)t->first};
    int64_t length = heed_unit_updates(&unit, t->last ? t->last : t->steps);
    heed_str_printf(&words, " --seed=%lld",
                    (long long)(s->self->train.train.seed + t->winner_turn));
    tune_planned(t, best->every, &words);
    for (size_t i = 0; i < s->fixed.n; i++)
        heed_str_printf(&words, " %s", s->fixed.items[i]);
    if (*best->options) {
        heed_str_add_char(&words, ' ');
        add_options(best->options, &words);
    }
    heed_str_printf(&words, " -o %s", s->self->train.output);
    for (size_t i = 0; i < heed_cli.n_operands; i++)
        heed_str_printf(&words, " %s", heed_cli.operands[i]);
    heed_str_printf(&line, "the same model: %strain --steps=%lld", heed_call,
                    (long long)(replanned ? heed_unit_updates(&unit, t->steps) : length));
    if (replanned)
        heed_str_printf(&line, " --stop=%lld%s && %strain --resume --steps=%lld",
                        (long long)heed_unit_updates(&unit, heed_halving_until(t, rungs - 2)),
                        words.data, heed_call, (long long)length);
    if (best->updates < length)
        heed_str_printf(&line, " --stop=%lld", (long long)best->updates);
    heed_str_add_text(&line, words.data);
    heed_note_whole(line.data);
    heed_str_release(&words);
    heed_str_release(&line);
}

void tune_report(const struct search *s)
{
    const struct heed_tune *t = &s->tune;
    double seconds;
    char metric[40];
    const struct heed_piece *best = highest(t, t->winner, t->winner_turn, &seconds);
    metric_name(s->path.data, metric);
    print_table(s, metric);
    if (!best)
        return;
    heed_note("%s: trial %lld, dev %s %.4g; next: %spredict -m %s", s->self->train.output,
              (long long)t->winner, metric, value_of(best, metric), heed_call,
              s->self->train.output);
    tell_command(s, best);
}
