/* timetable.h: to what length a run was planned, each change of that, and the updates after which it was measured
 * on dev. Where steps or epochs say how long, it is one number. Under --time the clock decides as the
 * run goes, and this is all that it decided: so the same bytes can be made again (--plan).
 *
 *     1200,m60,m120,1180@130      planned to 1200 updates; measured after 60 and after 120; from 130 on
 *                                 planned to 1180
 *
 * It is measured at the end in any case. */
#ifndef HEED_TIMETABLE_H
#define HEED_TIMETABLE_H

#include "base/err.h"
#include "base/str.h"

struct heed_entry {
    int64_t step, total; /* total 0: measured behind this step; else the length from here on */
};
struct heed_timetable {
    int64_t first;              /* length planned at the beginning; 0: not known */
    struct heed_entry *entries; /* by step */
    size_t n, cap;
};
void heed_timetable_release(struct heed_timetable *t);
/* Forgets all entries. */
void heed_timetable_begin(struct heed_timetable *t, int64_t first);
/* step: not before the last entry's. total 0: it is measured. */
void heed_timetable_add(struct heed_timetable *t, int64_t step, int64_t total);
/* The length as it is planned when so many steps are done. */
int64_t heed_timetable_total(const struct heed_timetable *t, int64_t step);
bool heed_timetable_measures(const struct heed_timetable *t, int64_t step);
void heed_timetable_text(const struct heed_timetable *t, struct heed_str *out);
/* Fails, without an owner's name in the message, where text is none. */
int heed_timetable_parse(struct heed_timetable *t, const char *text,
                         struct heed_err *err) HEED_MUST_USE;

#endif
