/* snapshot.c: see snapshot.h. Which files there are follows from the step alone, so that a run that was killed, and
 * goes on, ends with the same ones. */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "train/checkpoint.h"
#include "train/snapshot.h"

static char *path_of(const struct heed_trainer *t, int64_t step)
{
    struct heed_str path = {0};
    heed_str_printf(&path, "%.*s-%lld.heed", (int)heed_model_stem(t->model_path), t->model_path,
                    (long long)step);
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

/* Is it NAME-STEP.heed? */
static bool is_one(const char *file, const char *name, size_t n)
{
    const char *step = file + n + 1;
    size_t digits = strncmp(file, name, n) == 0 && file[n] == '-' ? strspn(step, "0123456789") : 0;
    return digits && strcmp(step + digits, ".heed") == 0;
}

int heed_snapshots_check(const char *model_path, struct heed_err *err)
{
    struct heed_str folder = {0};
    const char *slash = strrchr(model_path, '/'), *name = slash ? slash + 1 : model_path;
    size_t n = heed_model_stem(model_path) - (size_t)(name - model_path);
    heed_str_add(&folder, slash ? model_path : "./", slash ? (size_t)(name - model_path) : 2);
    DIR *dir = opendir(folder.data);
    int status = 0;
    for (struct dirent *e; dir && status == 0 && (e = readdir(dir));)
        if (is_one(e->d_name, name, n))
            status = heed_fail(err,
                               "%s%s exists, and --snapshots may write there; --force "
                               "replaces it",
                               slash ? folder.data : "", e->d_name);
    if (dir)
        closedir(dir);
    heed_str_release(&folder);
    return status;
}
