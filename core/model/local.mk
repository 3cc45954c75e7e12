# Models: encoder, attention, decoder, training, inference, metrics.

noinst_LIBRARIES += core/libheed_model.a
core_libheed_model_a_SOURCES = \
	core/model/attention.c \
	core/model/checkpoint.c \
	core/model/config.c core/model/config.h \
	core/model/decoder.c \
	core/model/dev.c \
	core/model/encoder.c \
	core/model/infer.c core/model/infer.h \
	core/model/metrics.c core/model/metrics.h \
	core/model/metrics_grams.c \
	core/model/metrics_text.c \
	core/model/model.c core/model/model.h \
	core/model/model_file.c \
	core/model/packing.c core/model/packing.h \
	core/model/rnn.c core/model/rnn.h \
	core/model/schedule.c \
	core/model/search.c \
	core/model/sites.h \
	core/model/step.c \
	core/model/train.c core/model/train.h \
	core/model/work.c
