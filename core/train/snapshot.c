/* snapshot.c: see snapshot.h. Which files there are follows from the step alone, so that a run that was killed, and
 * goes on, ends with the same ones. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "train/snapshot.h"

static char *path_of(const struct heed_trainer *t, int64_t step)
{
    struct heed_str path = {0};
    size_t n = strlen(t->model_path);
    if (n > 5 && strcmp(t->model_path + n - 5, ".heed") == 0)
        n -= 5;
    heed_str_printf(&path, "%.*s-%lld.heed", (int)n, t->model_path, (long long)step);
    return path.data;
}

static int drop(const struct heed_trainer *t, int64_t step, struct heed_err *err)
{
    char *path = path_of(t, step);
    int status =
        unlink(path) && errno != ENOENT ? heed_fail_errno(err, errno, "cannot remove %s", path) : 0;
    free(path);
    return status;
}

int heed_snapshot(struct heed_trainer *t, struct heed_err *err)
{
    int64_t n = t->options->snapshots, every = t->options->checkpoint_every;
    if (!n || t->step % every != 0)
        return 0;
    char *path = path_of(t, t->step);
    int status = heed_model_save(t->model, path, NULL, err);
    free(path);
    if (status || t->step <= n * every)
        return status;
    return drop(t, t->step - n * every, err);
}
