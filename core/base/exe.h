/* exe.h: where the running program lies. What belongs to it (plugins, the other commands) is looked for
 * from there, so that a build tree works as it is, and an installation where it was moved to. */
#ifndef HEED_EXE_H
#define HEED_EXE_H

/* The folder of the running program, links resolved; malloc'ed. NULL where it cannot be told: no /proc,
 * a program that was deleted, or one with more rights than its caller, whose place the caller may have chosen. */
char *heed_exe_dir(void);

/* From `dir`, what lies at `there` for a program installed in `at` (both absolute, as configured): with at
 * /usr/lib/x/bin and there /usr/lib/y, /opt/lib/y for /opt/lib/x/bin. malloc'ed; NULL where dir does not end
 * as `at` does. */
char *heed_exe_beside(const char *dir, const char *at, const char *there);

#endif
