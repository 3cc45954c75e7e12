# Metrics: how near a text is to its references.

noinst_LIBRARIES += core/libheed_metrics.a
core_libheed_metrics_a_SOURCES = \
	core/metrics/choice.c \
	core/metrics/edits.c \
	core/metrics/figures.c \
	core/metrics/grams.c \
	core/metrics/metrics.c core/metrics/metrics.h \
	core/metrics/symbols.c
