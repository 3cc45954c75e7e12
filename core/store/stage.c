/* stage.c: runs nobody is inside of: `runs start` opens one, every command of a pipeline
 * under $HEED_RUN adds the row of its process, `runs finish` closes it. */
#include <sys/resource.h>
#include <unistd.h>
#include "store/db.h"

static int apply_alone(struct heed_store *s, const char *id, struct heed_record *rec,
                       struct heed_err *err)
{
    char known[33];
    int result = heed_db_begin(s, err);
    if (!result) {
        if ((rec->kind == HEED_RECORD_RUN || heed_store_find_run(s, id, known, err) == 0) &&
            heed_record_apply(s, id, rec, err) == 0)
            result = heed_db_commit(s, err);
        else
            result = -1;
        heed_db_rollback(s);
    }
    heed_record_release(rec);
    return result;
}

void heed_store_stage(const char *store_path, const struct heed_stage_info *info)
{
    const char *id = getenv("HEED_RUN");
    struct heed_store *s;
    struct heed_err err = {0};
    struct heed_str argv = {0};
    struct rusage usage;
    struct heed_record rec = {.kind = HEED_RECORD_STAGE};
    if (!id || !*id)
        return;
    heed_json_argv(info->argc, info->argv, &argv);
    heed_self_cpu(&usage);
    heed_record_text(&rec, "program", info->program);
    heed_record_text(&rec, "argv", argv.data);
    heed_record_int(&rec, "pid", getpid());
    heed_record_real(&rec, "wall_s", info->wall_s);
    heed_record_real(&rec, "user_s",
                     (double)usage.ru_utime.tv_sec + 1e-6 * (double)usage.ru_utime.tv_usec);
    heed_record_real(&rec, "sys_s",
                     (double)usage.ru_stime.tv_sec + 1e-6 * (double)usage.ru_stime.tv_usec);
    heed_record_int(&rec, "max_rss_kb", usage.ru_maxrss);
    heed_record_int(&rec, "frames_in", info->frames_in);
    heed_record_int(&rec, "frames_out", info->frames_out);
    heed_record_int(&rec, "bytes_in", info->bytes_in);
    heed_record_int(&rec, "bytes_out", info->bytes_out);
    heed_record_stamp(&rec);
    heed_str_release(&argv);
    if (heed_store_open(&s, store_path, false, &err) < 0) {
        heed_record_release(&rec);
        heed_loss("%s", err.text);
        return;
    }
    if (apply_alone(s, id, &rec, &err) < 0)
        heed_loss("%s", err.text);
    heed_store_close(s);
}

int heed_store_run_begin(struct heed_store *s, const char *kind, const char *name, const char *tag,
                         char id[33], struct heed_err *err)
{
    struct heed_run_info info = {.kind = kind, .name = name, .tag = tag};
    struct heed_record rec = {.kind = HEED_RECORD_RUN};
    heed_run_new_id(id);
    heed_record_run(&rec, &info, false);
    return apply_alone(s, id, &rec, err);
}

int heed_store_run_end(struct heed_store *s, const char *id, const char *status,
                       struct heed_err *err)
{
    struct heed_record rec = {.kind = HEED_RECORD_FINISH};
    heed_record_text(&rec, "status", status);
    heed_record_stamp(&rec);
    return apply_alone(s, id, &rec, err);
}
