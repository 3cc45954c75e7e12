# Search: a trained model at work, batch by batch.

noinst_LIBRARIES += core/libheed_search.a
core_libheed_search_a_SOURCES = \
	core/search/beam.c \
	core/search/book.c \
	core/search/broken.c core/search/broken.h \
	core/search/choice.c \
	core/search/decode.c \
	core/search/encoded.c \
	core/search/engine.c core/search/engine.h \
	core/search/ensemble.c \
	core/search/found.c core/search/found.h \
	core/search/hypotheses.c core/search/hypotheses.h \
	core/search/lane_search.h \
	core/search/live.h \
	core/search/loop.c core/search/loop.h \
	core/search/mixture.c \
	core/search/rank.c core/search/rank.h \
	core/search/sample.c \
	core/search/scorer.c core/search/scorer.h \
	core/search/search.c \
	core/search/terms.c \
	core/search/translate.c \
	core/search/translator.c core/search/translator.h core/search/translator_lines.c core/search/translator_parts.h
