/* stage.c: see stage.h. */
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/stage.h"
#include "store/store.h"

static double start;

__attribute__((constructor)) static void note_start(void)
{
    start = heed_seconds();
}

double stage_seconds(void)
{
    return heed_seconds() - start;
}

bool stage_passes(const struct heed_array *a)
{
    static bool told;
    if (a->dtype != HEED_OTHER)
        return true;
    if (!told)
        heed_warn("tensor %s: %s is not passed on", a->name, a->dtype_text);
    told = true;
    return false;
}

void stage_record(const struct heed_reader *r, const struct heed_writer *w,
                  const struct heed_input *text)
{
    if (heed_cli.no_store)
        return;
    const struct heed_stage_info info = {
        .program = heed_cli.program,
        .argc = heed_cli.argc,
        .argv = heed_cli.argv,
        .frames_in = r ? r->n_frames : 0,
        .frames_out = w ? w->seq : 0,
        .bytes_in = (int64_t)(text ? text->offset
                              : r  ? r->in.offset
                                   : 0),
        .bytes_out = (int64_t)(heed_cli.out.written + heed_cli.out.used),
        .wall_s = stage_seconds(),
    };
    heed_store_stage(heed_cli.store, &info);
}
