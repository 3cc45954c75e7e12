# Training: the update, the loop around it, measuring, checkpoints.

noinst_LIBRARIES += core/libheed_train.a
core_libheed_train_a_SOURCES = \
	core/train/checkpoint.c \
	core/train/dev.c \
	core/train/job.c core/train/job.h \
	core/train/schedule.c \
	core/train/step.c \
	core/train/train.c core/train/train.h
