# Training: the update, the loop around it, measuring, checkpoints.

noinst_LIBRARIES += core/libheed_train.a
core_libheed_train_a_SOURCES = \
	core/train/budget.c core/train/budget.h \
	core/train/checkpoint.c core/train/checkpoint.h \
	core/train/dev.c core/train/dev.h core/train/dev_pairs.c core/train/dev_samples.c \
	core/train/fed.c core/train/fed.h core/train/follow.c core/train/follow.h \
	core/train/halving.c core/train/halving.h \
	core/train/job.c core/train/job.h \
	core/train/options.c core/train/options.h \
	core/train/plan.c core/train/plan.h \
	core/train/risk.c core/train/risk.h \
	core/train/schedule.c core/train/schedule.h \
	core/train/share.c core/train/share.h \
	core/train/snapshot.c core/train/snapshot.h \
	core/train/space.c core/train/space.h \
	core/train/step.c core/train/step.h \
	core/train/teacher.c core/train/teacher.h \
	core/train/timetable.c core/train/timetable.h \
	core/train/train.c core/train/train.h core/train/trainer.h \
	core/train/unit.c core/train/unit.h
