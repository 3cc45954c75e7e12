/* tune_plan.c: what is searched over, and for how long. The clock is asked here and once more for the last rung
 * (train/halving.h); what it said is kept in the store and never asked for again. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>
#include "cli/tune.h"

/* What train's measurements leave open: sizes and regularisation, which hang on the data. Values beside the
 * defaults. What is given on the command line is fixed. */
static const char *const usual[] = {
    "hidden=192,384,512",
    "layers=2",
    "cell=lstm",
    "score=dot,general",
    "dropout=0.1:0.4",
    "lr=0.002:0.008:log",
    "label-smoothing=0,0.05",
    "dropout-words=0.05,0.1",
};
/* Tried before what is drawn of these (docs/training.md): less arithmetic, what learns less by heart, more weights. */
static const char *const first[] = {
    "score=dot",
    "dropout=0.4",
    "hidden=384 dropout=0.3",
    "layers=2 cell=lstm dropout=0.2",
};
/* Of recurrent nets. */
static const char *const recurrent[] = {"cell", "score"};

/* Of the trainings, but not theirs to be searched over; the first ones tune says itself. */
static const char *const own[] = {"output", "force", "resume", "time", "steps",          "seed",
                                  "name",   "tag",   "stop",   "tune", "progress-every", NULL};
static const char *const banned[] = {
    "output",        "force",      "resume",         "time",     "steps",     "seed",    "name",
    "tag",           "stop",       "progress-every", "jobs",     "dev-lines", "size",    "metric",
    "metric-tokens", "split-seed", "src-eos",        "vocab",    "tune",      "columns", "skip-bad",
    "max-len",       "max-ratio",  "truncate",       "steps-of", "preset",    "like",    "product",
    "features",      "source",     "tensorboard",    NULL};
static const char *const refused[] = {
    "epochs",          "plan",      "init",     "eval-every", "reduce",
    "keep-checkpoint", "snapshots", "patience", "stop",       "steps-of"};

static bool is_among(const char *const *names, const char *name)
{
    while (*names && strcmp(*names, name))
        names++;
    return *names;
}

/* --- options --- */

static int check_options(const struct search *s, struct heed_err *err)
{
    const struct tune *self = s->self;
    const struct heed_list *dev = &self->train.pairs.dev;
    const char *output = self->train.output;
    for (size_t i = 0; i < HEED_COUNT(refused); i++)
        if (heed_option_given(refused[i]))
            return heed_usage(err, "--%s: tune has no use for it", refused[i]);
    if (!output || !*output || !strcmp(output, "-"))
        return heed_usage(err, "where to? give -o MODEL.heed");
    if (dev->n == 1 && !strcmp(dev->items[0], "none"))
        return heed_usage(err, "--dev none: models are compared on dev pairs");
    if (!heed_cli.n_operands && !self->train.pairs.src_files.n)
        return heed_usage(err, "each training reads the pairs: name their file");
    for (size_t i = 0; i < heed_cli.n_operands; i++)
        if (!strcmp(heed_cli.operands[i], "-"))
            return heed_usage(err, "each training reads the pairs: name their file");
    if (heed_cli.no_store)
        return heed_usage(err, "--no-store: the store is where a search stands");
    if (self->halving == 1)
        return heed_usage(err, "--halving 1 would train all trials to the end: 2 or more");
    if (heed_option_given("time") + heed_option_given("steps") != 1)
        return heed_usage(err,
                          "how long? give --time for all of it, or --steps of a whole training");
    return 0;
}

static void add_fixed(struct search *s, struct heed_str *text)
{
    heed_grow(&s->fixed.items, s->fixed.n, &s->fixed.cap, sizeof(*s->fixed.items));
    s->fixed.items[s->fixed.n++] = heed_option_keep(text->data, text->len);
    heed_str_release(text);
}

/* The options of all trainings, as their rows write them. */
static void collect_fixed(struct search *s)
{
    for (const struct heed_option *row = train_rows; row->name; row++) {
        const struct heed_list *list = (const void *)((const char *)&s->self->train + row->offset);
        if (!heed_option_given(row->name) || is_among(own, row->name))
            continue;
        for (size_t i = 0; row->type == HEED_LIST && i < list->n; i++) {
            struct heed_str text = {0};
            heed_str_printf(&text, "--%s=%s", row->name, list->items[i]);
            add_fixed(s, &text);
        }
        if (row->type != HEED_LIST) {
            struct heed_str text = {0};
            heed_str_printf(&text, "--%s=", row->name);
            heed_option_text(row, &s->self->train, &text);
            add_fixed(s, &text);
        }
    }
}

/* --- the space --- */

static int add_range(struct search *s, const char *text, struct heed_err *err)
{
    if (heed_space_add(&s->space, text, false, err))
        return -1;
    const char *name = s->space.items[s->space.n - 1].row->name;
    return heed_option_given(name) ? heed_usage(err, "--%s is given, and has a range", name) : 0;
}

static int add_line(struct search *s, struct heed_str *line, int64_t number, struct heed_err *err)
{
    line->len = strcspn(line->data, "#");
    while (line->len && strchr(" \t\r", line->data[line->len - 1]))
        line->len--;
    line->data[line->len] = '\0';
    const char *text = line->data + strspn(line->data, " \t");
    if (!*text || add_range(s, text, err) == 0)
        return 0;
    return heed_err_prefix(err, "%s:%lld: ", s->self->spec, (long long)number);
}

static int read_spec(struct search *s, struct heed_err *err)
{
    struct heed_input in;
    struct heed_str line = {0};
    int got = 1;
    if (heed_input_open(&in, s->self->spec, err))
        return -1;
    for (int64_t number = 1; got > 0; number++) {
        heed_str_clear(&line);
        got = heed_input_line(&in, &line, 1 << 16, err);
        if (got > 0 && add_line(s, &line, number, err))
            got = -1;
    }
    heed_str_release(&line);
    heed_input_close(&in);
    return got;
}

static bool is_left_out(const char *range)
{
    const char *name = heed_option_keep(range, strcspn(range, "="));
    if (heed_option_given(name))
        return true;
    if (!heed_option_given("net"))
        return false;
    for (size_t i = 0; i < HEED_COUNT(recurrent); i++)
        if (!strcmp(recurrent[i], name))
            return true;
    return false;
}

/* "a=1 b=2" as a trial, of what the command line leaves open. */
static void add_first(struct search *s, const char *words)
{
    struct heed_str text = {0};
    heed_str_add_text(&text, "");
    for (size_t n; *words; words += n + (words[n] == ' ')) {
        n = strcspn(words, " ");
        const char *word = heed_option_keep(words, n);
        if (!is_left_out(word))
            heed_str_printf(&text, "--%s\n", word);
    }
    heed_grow(&s->firsts.items, s->firsts.n + 1, &s->firsts.cap, sizeof(*s->firsts.items));
    if (text.len)
        s->firsts.items[s->firsts.n++] = heed_option_keep(text.data, text.len);
    s->firsts.items[s->firsts.n] = NULL;
    heed_str_release(&text);
}

static int read_space(struct search *s, struct heed_err *err)
{
    const struct tune *self = s->self;
    s->space.rows = train_rows;
    s->space.scratch = &s->scratch;
    s->space.banned = banned;
    s->space.seed = (uint64_t)self->train.train.seed;
    if (self->spec && read_spec(s, err))
        return -1;
    for (size_t i = 0; i < self->ranges.n; i++)
        if (add_range(s, self->ranges.items[i], err))
            return -1;
    bool asked = self->spec || self->ranges.n;
    for (size_t i = 0; i < HEED_COUNT(usual) && !asked; i++)
        if (!is_left_out(usual[i]) && heed_space_add(&s->space, usual[i], true, err))
            return -1;
    for (size_t i = 0; i < HEED_COUNT(first) && !asked; i++)
        add_first(s, first[i]);
    s->space.firsts = (const char *const *)s->firsts.items;
    return s->space.n
               ? 0
               : heed_usage(err, "nothing to search over: all that tune would vary is given");
}

/* --- where, and what all of it is --- */

static int find_places(struct search *s, struct heed_err *err)
{
    const char *output = s->self->train.output, *slash = strrchr(output, '/');
    char *folder = slash ? heed_xstrndup(output, (size_t)(slash - output) + 1) : heed_xstrdup(".");
    char *whole = realpath(folder, NULL);
    int status = 0;
    if (!whole)
        status = heed_fail_errno(err, errno, "cannot write %s", output);
    else
        heed_str_printf(&s->path, "%s/%s", whole, slash ? slash + 1 : output);
    heed_str_printf(&s->folder, "%s.tune", output);
    free(folder);
    free(whole);
    return status;
}

/* Workers change no bit. */
static bool counts(const char *option)
{
    return strncmp(option, "--jobs=", 7) != 0;
}

static void describe(struct search *s)
{
    const struct tune *self = s->self;
    struct heed_str *what = &s->what;
    heed_str_printf(what, "time %.17g steps %lld trials %lld halving %lld repeats %lld seed %lld\n",
                    self->train.train.time, (long long)self->train.train.steps,
                    (long long)self->trials, (long long)self->halving, (long long)self->repeats,
                    (long long)self->train.train.seed);
    for (size_t i = 0; i < s->space.n; i++) {
        heed_space_text(&s->space.items[i], what);
        heed_str_add_text(what, s->space.items[i].shy ? " or the default\n" : "\n");
    }
    for (size_t i = 0; i < s->fixed.n; i++)
        if (counts(s->fixed.items[i]))
            heed_str_printf(what, "%s\n", s->fixed.items[i]);
    for (size_t i = 0; i < heed_cli.n_operands; i++)
        heed_str_printf(what, "%s\n", heed_cli.operands[i]);
}

int tune_read(struct search *s, struct heed_err *err)
{
    if (check_options(s, err) || read_space(s, err) || find_places(s, err))
        return -1;
    collect_fixed(s);
    describe(s);
    return 0;
}

/* --- the beginning --- */

void tune_purge(const struct search *s)
{
    DIR *dir = opendir(s->folder.data);
    struct dirent *e;
    while (dir && (e = readdir(dir)))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            (void)unlinkat(dirfd(dir), e->d_name, 0);
    if (dir)
        closedir(dir);
    rmdir(s->folder.data);
}

/* Its files first: another search may have left some. */
static int begin(void *search, struct heed_tune *t, struct heed_err *err)
{
    struct search *s = search;
    (void)err;
    if (t->trials) /* another process was faster */
        return 0;
    tune_purge(s);
    t->trials = s->plan.trials;
    t->halving = s->plan.halving;
    t->repeats = s->plan.repeats;
    t->first = s->plan.first;
    t->steps = s->plan.steps;
    t->dev_lines = s->plan.dev_lines;
    t->often = s->plan.often;
    t->gflop = s->plan.gflop;
    t->start = s->plan.start;
    t->spent = s->plan.spent;
    t->winner = -1;
    t->last = t->drawn = t->winner_turn = 0;
    t->done = false;
    return 0;
}

/* 1: interrupted. */
static int time_updates(struct search *s, struct heed_timing *timing, struct heed_err *err)
{
    *timing = (struct heed_timing){0};
    int status = tune_probe(s, s->self->train.train.time, timing, &s->plan.spent, err);
    timing->update = HEED_MAX(timing->update, 1e-5);
    timing->start = HEED_MAX(timing->start, 1e-3);
    s->plan.gflop = timing->gflop;
    if (!heed_option_given("long") && !heed_space_find(&s->space, "long"))
        s->plan.often = timing->often;
    return status;
}

static void tell_plan(const struct heed_tune *t)
{
    char lines[60] = "";
    if (t->dev_lines)
        snprintf(lines, sizeof lines, ", measured on %lld dev pairs", (long long)t->dev_lines);
    heed_note("%lld trials, one of %lld trained on, from %lld to %lld updates%s%s%s",
              (long long)t->trials, (long long)t->halving, (long long)t->first, (long long)t->steps,
              t->gflop > 0 ? " of the defaults or the same arithmetic" : "", lines,
              t->repeats ? ", the two best from other seeds too" : "");
}

int tune_begin(struct search *s, struct heed_err *err)
{
    const struct tune *self = s->self;
    struct heed_tune *plan = &s->plan;
    struct heed_timing timing;
    *plan = (struct heed_tune){
        .trials = self->trials, .halving = self->halving, .repeats = self->repeats};
    if (self->train.train.steps) {
        plan->trials = plan->trials ? plan->trials : HEED_TRIALS;
        plan->halving = plan->halving ? plan->halving : HEED_HALVING;
        plan->repeats = HEED_MAX(plan->repeats, 0);
        if (heed_halving_lengths(plan, self->train.train.steps, err))
            return -1;
    } else {
        heed_note("timing some updates of the defaults");
        int status = time_updates(s, &timing, err);
        if (status)
            return status;
        if (heed_halving_plan(plan, HEED_MAX(self->train.train.time - plan->spent, 0), &timing,
                              err))
            return heed_err_prefix(err, "--time: ");
    }
    if (tune_do(s, begin, err))
        return -1;
    tell_plan(&s->tune);
    return 0;
}
