/* teacher.c: see teacher.h. */
#include <string.h>

#include "train/teacher.h"

int heed_teacher_open(struct heed_teacher *t, const char *path, struct heed_sides *sides,
                      struct heed_err *err)
{
    struct heed_doc doc;
    if (heed_model_load(&t->model, path, NULL, err))
        return -1;
    if (heed_model_wants_words(&t->model, "a teacher", err))
        return heed_err_prefix(err, "%s: ", path);
    heed_net_list(&t->model.net, NULL); /* it is asked for every word */
    if (!sides)
        return 0;
    heed_doc_init(&doc);
    int status =
        heed_doc_load(&doc, path, err) || heed_sides_from_doc(sides, 3, &doc, err) ? -1 : 0;
    heed_doc_release(&doc);
    return status;
}

void heed_teacher_close(struct heed_teacher *t)
{
    for (int i = 0; i < t->n; i++)
        heed_lane_release(&t->lanes[i]);
    free(t->lanes);
    heed_model_release(&t->model);
    memset(t, 0, sizeof *t);
}

static int check_side(const char *which, const struct heed_side *teacher,
                      const struct heed_side *learner, struct heed_err *err)
{
    if (strcmp(teacher->fingerprint, learner->fingerprint) == 0)
        return 0;
    return heed_usage(
        err,
        "option --teacher: its %s vocabulary or tokenizer is another one (%.12s, here "
        "%.12s): a teacher speaks of the learner's own words",
        which, teacher->fingerprint, learner->fingerprint);
}

int heed_teacher_check(const struct heed_teacher *t, const struct heed_model *learner,
                       struct heed_err *err)
{
    const struct heed_sides *a = &t->model.sides, *b = &learner->sides;
    if (check_side("source", &a->src, &b->src, err) || check_side("target", &a->tgt, &b->tgt, err))
        return -1;
    if (a->src_eos != b->src_eos)
        return heed_usage(err, "option --teacher: it has --src-eos %s", a->src_eos ? "on" : "off");
    return 0;
}

void heed_teacher_lanes(struct heed_teacher *t, int n)
{
    t->n = n;
    t->lanes = heed_xcalloc((size_t)n, sizeof *t->lanes);
    for (int i = 0; i < n; i++)
        heed_lane_init(&t->lanes[i], &t->model.net.params);
}

const float *heed_teacher_says(struct heed_teacher *t, int lane, const struct heed_lesson *lesson,
                               struct heed_err *err)
{
    struct heed_tape *tape = &t->lanes[lane].tape;
    struct heed_memory memory;
    struct heed_packing p;
    heed_tape_reset(tape);
    tape->training = false;
    heed_net_encode(&t->model.net, tape, &lesson->source, NULL, &memory);
    heed_packing_make(&p, tape->arena, lesson->source.B, lesson->tgt_len);
    struct heed_target tgt = {.packing = &p, .ids = lesson->tgt, .T = lesson->T};
    const struct heed_tensor *said = heed_net_forced(&t->model.net, tape, &memory, &tgt);
    if (!heed_tape_failed(tape, err))
        return said->data;
    heed_err_prefix(err, "the teacher: ");
    return NULL;
}
