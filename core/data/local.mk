# Data: text, vocabularies, pairs, batches.

noinst_LIBRARIES += core/libheed_data.a
core_libheed_data_a_SOURCES = \
	core/data/aside.c core/data/aside.h \
	core/data/altered.c core/data/altered.h \
	core/data/batch.c core/data/batch.h \
	core/data/batch_source.c core/data/batch_source.h \
	core/data/batcher.c \
	core/data/beyond.c core/data/beyond.h \
	core/data/columns.c core/data/columns.h \
	core/data/corpus.c core/data/corpus.h \
	core/data/copied.c core/data/copied.h \
	core/data/cuts.c core/data/cuts.h core/data/cuts_scores.c \
	core/data/dictionary.c core/data/dictionary.h \
	core/data/health.c core/data/health.h \
	core/data/encode.c \
	core/data/filter.c core/data/filter.h \
	core/data/final.c core/data/final.h \
	core/data/guess.c \
	core/data/keys.c core/data/keys.h \
	core/data/learn.c \
	core/data/lexicon.c core/data/shortlist.c core/data/shortlist.h \
	core/data/live.c core/data/live.h \
	core/data/pair_numbers.c core/data/pair_numbers.h \
	core/data/pair_stream.c core/data/pair_stream.h \
	core/data/pairs.c core/data/pairs.h core/data/pairs_source.c \
	core/data/line.c core/data/line.h \
	core/data/numbers.h \
	core/data/recount.c core/data/recount.h \
	core/data/repeats.c core/data/repeats.h \
	core/data/regroup.c core/data/regroup.h \
	core/data/sentences.c core/data/sentences.h \
	core/data/side.c core/data/side.h core/data/side_doc.c core/data/side_tags.c core/data/side_text.c \
	core/data/sounds.c core/data/sounds.h \
	core/data/shares.c core/data/shares.h \
	core/data/split.c \
	core/data/stored.c \
	core/data/table.c core/data/table.h \
	core/data/tags.c core/data/tags.h \
	core/data/text.c core/data/text.h \
	core/data/tongue.c core/data/tongue.h \
	core/data/vocab.c core/data/vocab.h \
	core/data/vocab_file.c \
	core/data/windows.c core/data/windows.h \
	core/data/worth.c core/data/worth.h
