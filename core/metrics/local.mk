# Metrics: how near a text is to its references.

noinst_LIBRARIES += core/libheed_metrics.a
core_libheed_metrics_a_SOURCES = \
	core/metrics/choice.c \
	core/metrics/counts.c \
	core/metrics/edits.c \
	core/metrics/figures.c core/metrics/figures.h \
	core/metrics/grams.c core/metrics/grams.h \
	core/metrics/metrics.h \
	core/metrics/numbers.c core/metrics/numbers.h \
	core/metrics/sample.c core/metrics/sample.h \
	core/metrics/scores.c \
	core/metrics/symbols.c core/metrics/symbols.h \
	core/metrics/symbols_words.c \
	core/metrics/ter.c \
	core/metrics/tokens.c
