# Models: a net with its vocabularies, and the file they stand in.

noinst_LIBRARIES += core/libheed_model.a
core_libheed_model_a_SOURCES = \
	core/model/confidence.c core/model/confidence.h \
	core/model/features.c \
	core/model/file.c \
	core/model/lines.c core/model/lines.h \
	core/model/mean.c \
	core/model/model.c core/model/model.h \
	core/model/sources.c core/model/sources.h \
	core/model/quantize.c \
	core/model/seen.c core/model/seen.h
