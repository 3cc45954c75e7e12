/* tune.c: pairs -> the best model that a search over train's options finds in the time given.
 *
 *     look for a piece of work <------------------+
 *       | none: the winner's model, the table     |
 *       v                                         |
 *     take it (a transaction) -> train -> what came of it (a transaction)
 *
 * All that the search knows stands in the store and in the trials' checkpoints, never in this process: who is
 * killed goes on by the same command line, and others join in by it. */
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "cli/beside.h"
#include "cli/tune.h"

#define REST_NS 200000000 /* between looks, while others work on what is left */

/* --- what is done in a transaction --- */

static int look(void *search, struct heed_tune *t, struct heed_err *err)
{
    struct search *s = search;
    const struct train *train = &s->self->train;
    struct stat st;
    bool there = stat(s->path.data, &st) == 0;
    if (t->trials && (!t->done || there)) /* killed at its very end: it is told again */
        return 0;
    if (t->done)
        return heed_fail(err, "%s is gone, and its search is done; --force begins it anew",
                         train->output);
    if (train->resume)
        return heed_fail(err, "nothing to resume: the store knows no search for %s", train->output);
    if (!train->force && there)
        return heed_fail(err, "%s exists; --force replaces it", train->output);
    return 0;
}

static const char *options_of(void *search, int64_t trial)
{
    return heed_space_trial(&((struct search *)search)->space, trial);
}

static int take(void *search, struct heed_tune *t, struct heed_err *err)
{
    struct search *s = search;
    (void)err;
    s->next = SEARCH_OVER;
    if (t->done)
        return 0;
    heed_halving_grow(t, &(struct heed_draws){options_of, s});
    struct heed_piece *p = heed_halving_free(t);
    if (!p) {
        s->next = heed_halving_over(t) ? SEARCH_OVER : SEARCH_WAITS;
        return 0;
    }
    bool last = p->rung == heed_halving_rungs(t) - 1;
    if (t->start > 0 && !t->last && last)
        heed_halving_settle(t, s->self->train.train.time - t->spent);
    s->limit = last ? heed_halving_share(t, s->self->train.train.time) : 0;
    p->status = HEED_PIECE_TAKEN;
    p->mine = true;
    s->piece = *p;
    s->piece.message = NULL;
    heed_str_clear(&s->options);
    heed_str_add_text(&s->options, p->options);
    s->piece.options = s->options.data;
    s->next = SEARCH_WORKS;
    return 0;
}

static struct heed_piece *taken(const struct search *s, struct heed_tune *t)
{
    for (size_t i = 0; i < t->n; i++) {
        struct heed_piece *p = &t->pieces[i];
        if (p->mine && p->trial == s->piece.trial && p->turn == s->piece.turn &&
            p->rung == s->piece.rung)
            return p;
    }
    return NULL;
}

static int give_back(void *search, struct heed_tune *t, struct heed_err *err)
{
    struct heed_piece *p = taken(search, t);
    (void)err;
    if (p) {
        p->status = HEED_PIECE_OPEN;
        p->mine = false;
    }
    return 0;
}

static int finish(void *search, struct heed_tune *t, struct heed_err *err)
{
    const struct search *s = search;
    struct heed_piece *p = taken(s, t);
    (void)err;
    if (!p)
        return 0;
    char *options = p->options;
    *p = s->piece;
    p->options = options;
    p->message = s->piece.message ? heed_xstrdup(s->piece.message) : NULL;
    p->mine = p->lapsed = false;
    t->spent += p->seconds;
    return 0;
}

static int crown(void *search, struct heed_tune *t, struct heed_err *err)
{
    return t->done ? 0 : tune_crown(search, t, err);
}

/* --- the work --- */

/* One of the draws may be none that trains, or too large. The defaults, and what was trained before, have no
 * such excuse: then it is the data, the disk, the machine. */
static bool may_fail(const struct search *s)
{
    return s->piece.turn > 0 || (s->piece.rung == 0 && (s->piece.trial > 0 || s->self->train.size));
}

/* 1: interrupted. */
static int work(struct search *s, struct heed_err *err)
{
    struct heed_err ignored;
    int status = tune_work(s, err);
    bool failed = s->piece.status == HEED_PIECE_FAILED;
    if (status == 0 && failed && !may_fail(s))
        status = heed_fail(err, "trial %lld: %.400s", (long long)s->piece.trial, s->piece.message);
    if (status) {
        free(s->piece.message);
        return tune_do(s, give_back, status < 0 ? &ignored : err) < 0 ? -1 : status;
    }
    status = tune_do(s, finish, err);
    if (status == 0)
        tune_tell(s);
    free(s->piece.message);
    return status;
}

static int search(struct search *s, struct heed_err *err)
{
    int status = 0;
    while (status == 0 && !heed_cli.interrupted) {
        if (tune_do(s, take, err))
            return -1;
        if (s->next == SEARCH_OVER)
            return tune_do(s, crown, err);
        if (s->next == SEARCH_WAITS)
            nanosleep(&(struct timespec){.tv_nsec = REST_NS}, NULL);
        else
            status = work(s, err);
    }
    return status;
}

static int end(struct search *s, struct heed_err *err)
{
    struct heed_store *store;
    if (heed_store_open(&store, heed_cli.store, false, err))
        return -1;
    int status = heed_store_run_end(store, s->tune.uuid, "done", err);
    heed_store_close(store);
    if (status)
        return -1;
    tune_report(s);
    if (!s->self->keep)
        tune_purge(s);
    return 0;
}

static int all(struct search *s, struct heed_err *err)
{
    if (tune_read(s, err) || tune_do(s, look, err))
        return -1;
    s->looked = true;
    s->program = beside_find("train");
    heed_cli_catch_signals();
    int status = s->tune.trials ? 0 : tune_begin(s, err);
    if (status == 0)
        status = search(s, err);
    if (status == 0 && !heed_cli.interrupted)
        return end(s, err);
    if (status >= 0)
        heed_note("interrupted; the same command line goes on");
    return HEED_MIN(status, 0);
}

/* Others may work on: the one who ends the search says so in the end. */
static void leave(struct search *s, const char *status)
{
    struct heed_store *store;
    struct heed_err ignored;
    if (!s->tune.uuid[0] || s->tune.done ||
        heed_store_open(&store, heed_cli.store, false, &ignored))
        return;
    if (heed_store_run_end(store, s->tune.uuid, status, &ignored))
        heed_warn("%s", ignored.text);
    heed_store_close(store);
}

static int run(void *self, struct heed_err *err)
{
    struct search s = {.self = self};
    int status = all(&s, err);
    if (status || heed_cli.interrupted)
        leave(&s, status ? "failed" : "interrupted");
    heed_tune_release(&s.tune);
    heed_space_release(&s.space);
    heed_str_release(&s.path);
    heed_str_release(&s.folder);
    heed_str_release(&s.what);
    heed_str_release(&s.options);
    free(s.fixed.items);
    free(s.firsts.items);
    free(s.program);
    return status;
}

static const struct heed_option rows[] = {
    HEED_ROW_LIST(struct tune, ranges, "range", "OPTION=VALUES",
                  "search over this option: hidden=128,256 or dropout=0.1:0.4 or "
                  "lr=0.001:0.01:log; without any: over what suits most data"),
    HEED_ROW_STRING(struct tune, spec, "spec", NULL, "FILE", "ranges in lines of a file"),
    HEED_ROW_INT(struct tune, trials, "trials", "0", 0, 10000, "N",
                 "trials to begin with; 0: 8, or as many as --time allows"),
    HEED_ROW_INT(struct tune, halving, "halving", "0", 0, 100, "N",
                 "one trial of so many is trained on, for as many times the steps; 0: 4, or 2 "
                 "under --time"),
    HEED_ROW_INT(struct tune, repeats, "repeats", "-1", -1, 100, "N",
                 "further seeds from which the two finalists are trained; -1: 2 where --time is "
                 "enough for long trainings, else none"),
    HEED_ROW_SWITCH(struct tune, keep, "keep", "off",
                    "leave the models and checkpoints of all trials, in MODEL.tune"),
    HEED_ROW_SWITCH(struct tune, json, "json", NULL, "the table as JSON objects, numbers whole"),
    {0},
};

const struct heed_command heed_command = {
    .name = "tune",
    .summary = "pairs to the best model that a search over options finds",
    .usage = "--time TIME -o MODEL [FILE|FOLDER]...",
    .about =
        "Trains many models for a short while, the best of them on for longer, and the best of "
        "those to the end, which is then in MODEL: successive halving. A trial is a set of "
        "values for options of train; the first one is the defaults. Options of train that are "
        "given hold for all trials and are not searched over. Trials are compared by the best "
        "figure on dev pairs so far, under --time after the same arithmetic, so that a net twice "
        "as dear has had half of the updates, else after the same number of updates.\n\n"
        "--time is for all of it. It is turned into updates of the defaults once, by timing them, "
        "and once more for the length of the last training, and says on how many dev pairs trials "
        "are measured; what was decided is kept. --steps, the updates of a whole training, is the "
        "other way to say how long: then no clock decides anything. --size "
        "leaves out models that are larger, and others are drawn for them.\n\n"
        "The search stands in the store and in the folder MODEL.tune. After an interruption or a "
        "crash the same command line goes on, to the same winner in the same bytes; "
        "given in several terminals, or on machines that share folder and store, it is "
        "worked on by all of them, with the same outcome. Each trial is a run in the store, "
        "tagged with the search.\n\n"
        "At the end a table of all trials is printed, and the train command that makes the same "
        "model again is told. The options of train mean what they mean there, but that --steps is "
        "the length of a training that is taken to its end, --time that of the search, and "
        "--resume only refuses to begin one; --epochs, --init, --plan, "
        "--patience, --eval-every, --snapshots, --keep-checkpoint, --stop and --reduce are not "
        "taken.",
    .examples =
        "tune --time 30m -o best.heed pairs.tsv\n"
        "tune --time 2h --size 5M --range hidden=128:512 --range cell=gru,lstm -o best.heed "
        "pairs.tsv\n"
        "tune --steps 4000 --trials 16 --dev dev.tsv -o best.heed train.tsv\n"
        "runs list --kind tune",
    .see_also = "train, runs, plot, doctor",
    .options = rows,
    .also = train_rows,
    .also_title = "Options of each training",
    .most_used = "output time steps size range jobs",
    .self_size = sizeof(struct tune),
    .max_operands = -1,
    .run = run,
};
