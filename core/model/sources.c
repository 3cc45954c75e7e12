/* sources.c: see sources.h. Numbers are features of sound. */
#include "model/sources.h"

#include "base/workers.h"
#include "data/sounds.h"

/* What is gone on from hears as it did. */
static int check_same(const struct heed_sound_options *stored,
                      const struct heed_sound_options *given, const char *from_name,
                      struct heed_err *err)
{
    const struct heed_option *row = heed_options_differing(heed_sound_rows, stored, given);
    struct heed_str is = {0}, want = {0};
    if (!row)
        return 0;
    heed_option_text(row, given, &is);
    heed_option_text(row, stored, &want);
    heed_usage(err, "--features %s=%s: that of %s is %s", row->name, is.data, from_name, want.data);
    heed_str_release(&is);
    heed_str_release(&want);
    return -1;
}

int heed_model_sources_open(struct heed_model_sources *x, const struct heed_shape *shape,
                            const char *how, const struct heed_doc *from, const char *from_name,
                            struct heed_err *err)
{
    struct heed_sound_options stored;
    if (shape->source == HEED_SOURCE_WORDS)
        return how ? heed_usage(err, "--features is of --source features") : 0;
    heed_options_default(heed_sound_rows, &stored);
    if (from_name && heed_doc_get_options(from, "features.", heed_sound_rows, &stored, err))
        return heed_err_prefix(err, "%s: ", from_name);
    x->how = stored;
    if (heed_options_spec(heed_sound_rows, &x->how, "option --features", how, err) ||
        (from_name && check_same(&stored, &x->how, from_name, err)))
        return -1;
    return heed_sounds_open(&x->made, &x->how, shape->stack, heed_cores(), err);
}

void heed_model_sources_shape(const struct heed_model_sources *x, struct heed_shape *shape)
{
    if (x->made.read)
        shape->src_width = x->made.table.frame;
}

void heed_model_sources_keep(const struct heed_model_sources *x, struct heed_model *m)
{
    m->sound = x->how;
}
