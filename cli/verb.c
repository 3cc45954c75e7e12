/* verb.c: see verb.h. */
#include <string.h>
#include "cli/names.h"
#include "cli/verb.h"

/* name: NULL when none was given. */
static int fail_unknown(const struct verb *verbs, const char *name, struct heed_err *err)
{
    struct heed_str known = {0}, words = {0};
    for (const struct verb *v = verbs; v->name; v++) {
        heed_str_printf(&words, "%s%s", v == verbs ? "" : "|", v->name);
        heed_str_printf(&known, "%s%s", v == verbs ? "" : ", ", v->name);
        if (!name && *v->operands)
            heed_str_printf(&known, " %s", v->operands);
    }
    const char *near = name ? heed_word_nearest(words.data, name) : NULL;
    if (name)
        heed_usage(err, "'%s' is none of %s%s%s%s", name, known.data, near ? "; did you mean " : "",
                   near ? near : "", near ? "?" : "");
    else
        heed_usage(err, "want %s", known.data);
    heed_str_release(&known);
    heed_str_release(&words);
    return -1;
}

static int check(const struct verb *v, const struct verb_call *c, struct heed_err *err)
{
    const char *program = heed_cli.program;
    int word = (int)strcspn(v->operands, " ");
    if (c->n > v->max)
        return heed_usage(err, "%s %s: unexpected operand '%s'", program, v->name, c->args[v->max]);
    if (c->n < v->min)
        return heed_usage(err, "%s %s: which? give a %.*s; want: %s%s %s %s", program, v->name,
                          word, v->operands, heed_call, program, v->name, v->operands);
    if (c->n && !*c->args[0])
        return heed_usage(err, "%s %s: the %.*s is empty", program, v->name, word, v->operands);
    return 0;
}

static int open_store(const struct verb *v, struct heed_store **store,
                      int (*reader)(struct heed_store **store, struct heed_err *err),
                      struct heed_err *err)
{
    if (v->store == VERB_ALONE)
        return 0;
    if (v->store == VERB_READS && reader)
        return reader(store, err);
    return heed_store_open(store, heed_cli.store, v->store == VERB_READS, err);
}

int verb_run(const struct verb *verbs, const char *fallback, void *self,
             int (*reader)(struct heed_store **store, struct heed_err *err), struct heed_err *err)
{
    bool named = heed_cli.n_operands > 0;
    const char *name = named ? heed_cli.operands[0] : fallback;
    struct verb_call c = {self, NULL, heed_cli.operands + named, heed_cli.n_operands - named};
    const struct verb *v = verbs;
    while (name && v->name && strcmp(v->name, name))
        v++;
    if (!name || !v->name)
        return fail_unknown(verbs, name, err);
    if (check(v, &c, err) < 0 || open_store(v, &c.store, reader, err) < 0)
        return -1;
    int status = v->run(&c, err);
    heed_store_close(c.store);
    return status;
}
