/* run_facts.c: what is said of a run that has no step: its options, its plugins, scores of a text. */
#include <string.h>
#include "store/db.h"

static void add_param(struct heed_run *r, const char *key, const char *value, bool is_default)
{
    struct heed_record *rec = heed_run_next_record(r, HEED_RECORD_PARAM);
    heed_record_text(rec, "key", key);
    heed_record_text(rec, "value", value);
    heed_record_int(rec, "is_default", is_default);
    heed_run_add_record(r);
}

/* Does the value read as the row's default does ("16M" is 16777216)? */
static bool is_default(const struct heed_option *row, const char *value)
{
    union {
        int64_t i;
        double r;
        bool b;
        const char *text;
        struct heed_list list;
    } field = {.list = {0}};
    struct heed_option alone[2] = {*row, {.name = NULL}};
    struct heed_str text = {0};
    alone[0].offset = 0;
    heed_options_default(alone, &field);
    heed_option_text(alone, &field, &text);
    bool same = !strcmp(value, text.data ? text.data : "");
    if (row->type == HEED_LIST)
        free(field.list.items);
    heed_str_release(&text);
    return same;
}

void heed_run_params(struct heed_run *r, const struct heed_option *rows, const void *self)
{
    struct heed_str text = {0};
    for (const struct heed_option *row = rows; row && row->name; row++) {
        heed_str_clear(&text);
        heed_option_text(row, self, &text);
        const char *value = text.data ? text.data : "";
        add_param(r, row->name, value, is_default(row, value));
    }
    heed_str_release(&text);
}

void heed_run_component(struct heed_run *r, const char *slot, const char *plugin, int revision,
                        int abi)
{
    struct heed_record *rec = heed_run_next_record(r, HEED_RECORD_COMPONENT);
    size_t kind = strcspn(slot, ".");
    /* score_mlp in the slot score is mlp: the word one types. */
    if (!strncmp(plugin, slot, kind) && plugin[kind] == '_')
        plugin += kind + 1;
    heed_record_text(rec, "slot", slot);
    heed_record_text(rec, "plugin", plugin);
    heed_record_int(rec, "revision", revision);
    heed_record_int(rec, "abi", abi);
    heed_run_add_record(r);
}

void heed_run_evaluation(struct heed_run *r, const struct heed_evaluation *e)
{
    struct heed_record *rec = heed_run_next_record(r, HEED_RECORD_EVALUATION);
    heed_record_text(rec, "name", e->name);
    heed_record_real(rec, "value", e->value);
    heed_record_real(rec, "lo", e->lo);
    heed_record_real(rec, "hi", e->hi);
    heed_record_text(rec, "signature", e->signature ? e->signature : "");
    heed_record_text(rec, "data_sha256", e->data_sha256 ? e->data_sha256 : "");
    heed_record_real(rec, "p", e->p);
    heed_record_text(rec, "against", e->against);
    heed_record_text(rec, "test", e->test);
    heed_record_stamp(rec);
    heed_run_add_record(r);
}
