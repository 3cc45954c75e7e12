/* doctor.h: parts of the command `doctor` that stand in files of their own. */
#ifndef HEED_CLI_DOCTOR_H
#define HEED_CLI_DOCTOR_H

#include "cli/cli.h"
#include "cli/sides.h"
#include "data/health.h"

struct doctor {
    struct heed_pairs_options pairs;
    struct heed_list test;
    struct sides_options sides;
    double allow_leaks;
    bool json;
};

/* Data to measure on. */
struct doctor_set {
    const char *name;
    const struct heed_corpus *corpus;
    struct heed_leaks leaks;          /* into the training pairs */
    struct heed_finding in_dev;       /* test pairs that are dev pairs; of 0: not looked at */
    struct heed_filter_report report; /* by the tokenizers of the training pairs */
};
/* What was found. */
struct doctor_findings {
    const struct doctor *options;
    const struct heed_pairs *pairs;
    const struct heed_side *target;
    struct heed_health train;
    struct doctor_set sets[2]; /* dev, test */
};
/* Prints the table; appends to `refused` what is beyond its limit, with commas between. */
void doctor_print(const struct doctor_findings *f, struct heed_str *refused);

#endif
