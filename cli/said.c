/* said.c: see said.h. */
#include <math.h>

#include "cli/said.h"

static const struct {
    const char *word;
    const char *one, *many; /* NULL: told elsewhere */
} notes[HEED_NOTES] = {
    [HEED_NOTE_LIMIT] = {"limit", "reached the length limit and is cut",
                         "reached the length limit and are cut"},
    [HEED_NOTE_LOOP] = {"loop", "went round in a loop, which was stopped",
                        "went round in a loop, which was stopped"},
    [HEED_NOTE_LONG] = {"long", "is longer than anything trained on",
                        "are longer than anything trained on"},
    [HEED_NOTE_WEAK] = {"weak", "has an unknown word that pays little attention to the source",
                        "have an unknown word that pays little attention to the source"},
    [HEED_NOTE_CUT] = {"cut", NULL, NULL},
    [HEED_NOTE_BACK] = {"back", "says nothing to the model and comes back as it is",
                        "say nothing to the model and come back as they are"},
    [HEED_NOTE_SPLIT] = {"split", "was translated sentence by sentence",
                         "were translated sentence by sentence"},
    [HEED_NOTE_UNKNOWN] = {"unknown", "is for more than half unknown to the model",
                           "are for more than half unknown to the model"},
    [HEED_NOTE_BROKEN] = {"broken", NULL, NULL},
};

void said_line(struct said *s, int64_t number, unsigned mask)
{
    s->n_lines++;
    s->n_ok += mask == 0;
    for (int i = 0; i < HEED_NOTES; i++) {
        if (!(mask & 1u << i))
            continue;
        if (s->n[i]++ == 0 || number + 1 < s->first[i])
            s->first[i] = number + 1;
    }
}

void said_why(struct said *s, const char *why)
{
    if (!s->why[0])
        snprintf(s->why, sizeof s->why, "%s", why);
}

void said_forced(struct said *s, double log_prob, int64_t n_tokens)
{
    s->log_prob += log_prob;
    s->n_forced += n_tokens;
}

static double perplexity(const struct said *s)
{
    return exp(-s->log_prob / (double)HEED_MAX(s->n_forced, 1));
}

void said_marks(unsigned mask, struct heed_str *out)
{
    size_t before = out->len;
    for (int i = 0; i < HEED_NOTES; i++)
        if (mask & 1u << i)
            heed_str_printf(out, "%s%s", out->len > before ? "," : "", notes[i].word);
    if (out->len == before)
        heed_str_add_text(out, "ok");
}

void broken_tell(int64_t n, int64_t first, const char *why)
{
    if (n == 1)
        heed_warn("line %lld could not be worked on and is empty: %s", (long long)first, why);
    else if (n > 1)
        heed_warn("%lld lines could not be worked on and are empty, the first is line %lld: %s",
                  (long long)n, (long long)first, why);
}

static void tell_all(const struct said *s)
{
    struct heed_str text = {0};
    heed_str_printf(&text, "%lld lines: %lld ok", (long long)s->n_lines, (long long)s->n_ok);
    for (int i = 0; i < HEED_NOTES; i++) {
        heed_str_printf(&text, ", %lld %s", (long long)s->n[i], notes[i].word);
        if (s->n[i])
            heed_str_printf(&text, " (first line %lld)", (long long)s->first[i]);
    }
    heed_note("%s", text.data);
    heed_str_release(&text);
}

void said_tell(const struct said *s)
{
    for (int i = 0; i < HEED_NOTES; i++) {
        long long n = s->n[i], first = s->first[i];
        if (n == 1 && notes[i].one)
            heed_note("1 line %s: line %lld", notes[i].one, first);
        else if (n > 1 && notes[i].many)
            heed_note("%lld lines %s, the first is line %lld", n, notes[i].many, first);
    }
    broken_tell(s->n[HEED_NOTE_BROKEN], s->first[HEED_NOTE_BROKEN], s->why);
    if (s->n_forced)
        heed_told("perplexity %.4f a token: log probability %.4f, %lld tokens of %lld lines",
                  perplexity(s), s->log_prob, (long long)s->n_forced, (long long)s->n_lines);
    if (heed_cli.stats)
        tell_all(s);
}

void said_json(const struct said *s, int64_t n_tokens)
{
    struct heed_str text = {0};
    heed_str_printf(&text, "{\"lines\":%lld,\"tokens\":%lld,\"ok\":%lld", (long long)s->n_lines,
                    (long long)n_tokens, (long long)s->n_ok);
    for (int i = 0; i < HEED_NOTES; i++)
        heed_str_printf(&text, ",\"%s\":{\"lines\":%lld,\"first\":%lld}", notes[i].word,
                        (long long)s->n[i], (long long)s->first[i]);
    if (s->n_forced && isfinite(s->log_prob))
        heed_str_printf(&text, ",\"log_prob\":%.6f,\"forced\":%lld,\"perplexity\":%.6f",
                        s->log_prob, (long long)s->n_forced, perplexity(s));
    else if (s->n_forced) /* JSON has no infinity */
        heed_str_printf(&text, ",\"log_prob\":null,\"forced\":%lld,\"perplexity\":null",
                        (long long)s->n_forced);
    fprintf(stderr, "%s}\n", text.data);
    heed_str_release(&text);
}
