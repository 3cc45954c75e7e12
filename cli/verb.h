/* verb.h: commands whose first operand says what to do with the store. */
#ifndef HEED_CLI_VERB_H
#define HEED_CLI_VERB_H

#include "cli/cli.h"
#include "store/store.h"

struct verb_call {
    void *self;
    struct heed_store *store; /* NULL for VERB_ALONE */
    const char *const *args;  /* the other operands */
    size_t n;
};
struct verb {
    const char *name, *operands; /* "NAME [FILE]...": the first word names what must be there */
    size_t min, max;
    enum verb_store { VERB_READS, VERB_WRITES, VERB_ALONE } store; /* how it is opened */
    int (*run)(const struct verb_call *c, struct heed_err *err);
};
/* Runs the verb that the first operand names, of a list that ends in {0}. fallback: the one without
 * an operand, or NULL. reader: opens the store for verbs that read; NULL: for nothing else. */
int verb_run(const struct verb *verbs, const char *fallback, void *self,
             int (*reader)(struct heed_store **store, struct heed_err *err),
             struct heed_err *err) HEED_MUST_USE;

#endif
