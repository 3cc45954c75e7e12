/* searching.c: see searching.h. */
#include <math.h>

#include "cli/searching.h"
#include "stream/doc.h"

bool searching_tells(const struct searching *s)
{
    return s->scores || s->n_best > 1;
}

static int check(const struct searching *s, const struct heed_net *net, struct heed_err *err)
{
    bool sampling = heed_option_given("temperature") || heed_option_given("top-k") ||
                    heed_option_given("top-p") || heed_option_given("seed");
    if (s->coverage_penalty > 0 && !heed_net_attends(net))
        return heed_usage(err, "option --coverage-penalty: this model pays no attention");
    if (s->max_len && s->min_len > s->max_len)
        return heed_usage(err, "option --min-len: %lld is more than --max-len %lld",
                          (long long)s->min_len, (long long)s->max_len);
    if (sampling && !s->sample)
        return heed_usage(err, "--temperature, --top-k, --top-p and --seed are of --sample");
    if (s->wishes.force.path && (s->n_best > 1 || s->sample || s->wishes.prefix.path ||
                                 s->wishes.terms.path || s->wishes.forbidden.path))
        return heed_usage(err, "what --force follows leaves nothing to choose: give it without "
                               "--n-best, --sample, --prefix, --terms and --forbid");
    if (s->sample && s->wishes.terms.path)
        return heed_usage(err, "--terms are searched for, not drawn: give them without --sample");
    return 0;
}

int searching_start(struct searching *s, const struct heed_model *m, struct heed_search_options *o,
                    struct heed_err *err)
{
    if (s->confidence && m->confidence.of == HEED_CONFIDENCE_NONE)
        return heed_fail(err, "--confidence: this model has none yet; calibrate -m MODEL -o OUTPUT "
                              "PAIRS makes one that has");
    s->sure = &m->confidence;
    if (check(s, &m->net, err) || wishes_read(&s->wishes, &m->sides.tgt, err))
        return -1;
    if (s->wishes.terms.path && !heed_option_given("beam"))
        s->beam = 10;
    o->beam = (int32_t)(s->sample ? s->n_best : HEED_MAX(s->beam, s->n_best));
    o->n_best = (int32_t)s->n_best;
    o->rank = (struct heed_rank){.length = s->length_penalty, .coverage = s->coverage_penalty};
    o->lengths = (struct heed_lengths){.least = s->min_len,
                                       .most = s->max_len,
                                       .least_ratio = s->min_ratio,
                                       .most_ratio = s->max_ratio};
    if (s->sample)
        o->sample = (struct heed_sampling){.temperature = s->temperature,
                                           .top_k = s->top_k,
                                           .top_p = s->top_p,
                                           .seed = (uint64_t)s->seed};
    o->forbidden = s->wishes.forbidden.phrases;
    o->n_forbidden = (int64_t)s->wishes.forbidden.n;
    o->loops = s->loops == LOOPS_ALLOW;
    o->log_probs |= searching_tells(s) || s->confidence || s->wishes.force.path;
    return 0;
}

/* JSON has no infinity. */
static void add_number(struct heed_str *out, double x)
{
    if (isfinite(x))
        heed_str_printf(out, "%.6f", x);
    else
        heed_str_add_text(out, "null");
}

static void add_tokens(const struct heed_found *f, const struct heed_vocab *v, struct heed_str *out)
{
    const int32_t *ids = heed_found_ids(f);
    const float *log_probs = heed_found_log_probs(f);
    for (int64_t i = 0; i < f->n_tokens; i++) {
        heed_str_add_text(out, i ? ",[" : "[");
        heed_json_string(out, v->pieces[ids[i]]);
        heed_str_add_text(out, ",");
        add_number(out, (double)log_probs[i]);
        heed_str_add_text(out, "]");
    }
}

/* An empty line, and one that comes back as it is, is certain; a broken one is nothing. */
static double sure(const struct searching *s, const struct heed_found *f)
{
    struct heed_confidence_row row;
    if (f->n_tokens == 0)
        return f->log_prob < 0 ? 0 : 1;
    heed_confidence_look(&row, (double)f->log_prob, heed_found_log_probs(f), f->n_tokens);
    return heed_confidence(s->sure, &row);
}

void searching_confidence(const struct searching *s, const struct heed_found *f,
                          struct heed_str *out)
{
    heed_str_printf(out, "%.4f\t", sure(s, f));
}

static void json_row(const struct searching *s, int64_t line, int64_t rank,
                     const struct heed_found *f, const struct heed_vocab *v, struct heed_str *out)
{
    heed_str_printf(out, "{\"line\":%lld,\"rank\":%lld,\"score\":", (long long)line + 1,
                    (long long)rank);
    add_number(out, (double)f->score);
    heed_str_add_text(out, ",\"log_prob\":");
    add_number(out, (double)f->log_prob);
    heed_str_add_text(out, ",\"confidence\":");
    add_number(out, exp((double)f->log_prob / (double)HEED_MAX(f->n_tokens, 1)));
    if (s->confidence)
        heed_str_printf(out, ",\"calibrated\":%.4f", sure(s, f));
    heed_str_add_text(out, ",\"text\":");
    heed_json_string(out, f->text.data ? f->text.data : "");
    heed_str_add_text(out, ",\"tokens\":[");
    add_tokens(f, v, out);
    heed_str_add_text(out, "]}");
}

void searching_row(const struct searching *s, int64_t line, int64_t rank,
                   const struct heed_found *f, const struct heed_vocab *v, struct heed_str *out)
{
    if (s->json) {
        json_row(s, line, rank, f, v, out);
        return;
    }
    heed_str_printf(out, "%lld\t%lld\t%.6f\t", (long long)line + 1, (long long)rank,
                    (double)f->score);
    if (s->confidence)
        searching_confidence(s, f, out);
    heed_str_add(out, f->text.data, f->text.len);
}
