/* beside.c: see beside.h. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/exe.h"
#include "cli/beside.h"

char *beside_find(const char *program)
{
    struct heed_str path = {0};
    const char *dir = secure_getenv("HEED_EXEC_PATH");
    char *own = dir && *dir ? NULL : heed_exe_dir();
    heed_str_printf(&path, "%s/%s", own ? own : dir && *dir ? dir : HEED_EXEC_DIR, program);
    free(own);
    return path.data;
}

int beside_become(const char *program, char **argv, struct heed_err *err)
{
    argv[0] = beside_find(program);
    heed_cli_undo();
    execv(argv[0], argv);
    return heed_fail_errno(err, errno, "cannot run %s", argv[0]);
}
