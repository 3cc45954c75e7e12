/* beside.h: another of our commands, run by this one. */
#ifndef HEED_CLI_BESIDE_H
#define HEED_CLI_BESIDE_H

#include "cli/cli.h"

/* Where it lies: $HEED_EXEC_PATH, else beside this program, else where they are installed; malloc'ed. */
char *beside_find(const char *program);
/* Becomes it, with these arguments (argv[0] is filled in; NULL behind the last). Comes back where it cannot, with -1. */
int beside_become(const char *program, char **argv, struct heed_err *err) HEED_MUST_USE;

#endif
