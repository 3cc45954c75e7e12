# Tokenizers. The SentencePiece library is C++: a shim keeps it behind C functions.
plugin_LTLIBRARIES += plugins/tokenizer_word.la plugins/tokenizer_char.la plugins/tokenizer_space.la \
	plugins/tokenizer_sentencepiece.la
HEED_TOKENIZER_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -no-undefined \
	-export-symbols-regex '_LTX_heed_plugin$$'
plugins_tokenizer_word_la_SOURCES = plugins/tokenizer_word/tokenizer_word.c
plugins_tokenizer_word_la_LDFLAGS = $(HEED_TOKENIZER_LDFLAGS)
plugins_tokenizer_char_la_SOURCES = plugins/tokenizer_char/tokenizer_char.c
plugins_tokenizer_char_la_LDFLAGS = $(HEED_TOKENIZER_LDFLAGS)
plugins_tokenizer_space_la_SOURCES = plugins/tokenizer_space/tokenizer_space.c
plugins_tokenizer_space_la_LDFLAGS = $(HEED_TOKENIZER_LDFLAGS)
plugins_tokenizer_sentencepiece_la_SOURCES = \
	plugins/tokenizer_sentencepiece/tokenizer_sentencepiece.c \
	plugins/tokenizer_sentencepiece/shim.cc plugins/tokenizer_sentencepiece/shim.h
plugins_tokenizer_sentencepiece_la_CPPFLAGS = $(AM_CPPFLAGS) $(SENTENCEPIECE_CFLAGS)
plugins_tokenizer_sentencepiece_la_LDFLAGS = $(HEED_TOKENIZER_LDFLAGS)
plugins_tokenizer_sentencepiece_la_LIBADD = $(SENTENCEPIECE_LIBS)

# Scores and cells: one folder, one source file each. score_skeleton is the template, built by `make check`.
HEED_PLUGIN_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -no-undefined \
	-export-symbols-regex '_LTX_heed_plugin$$'
plugin_LTLIBRARIES += plugins/score_dot.la plugins/score_mlp.la plugins/score_general.la \
	plugins/cell_gru.la plugins/cell_lstm.la plugins/cell_rnn.la
plugins_score_dot_la_SOURCES = plugins/score_dot/score_dot.c
plugins_score_dot_la_LDFLAGS = $(HEED_PLUGIN_LDFLAGS)
plugins_score_dot_la_LIBADD = -lm
plugins_score_mlp_la_SOURCES = plugins/score_mlp/score_mlp.c
plugins_score_mlp_la_LDFLAGS = $(HEED_PLUGIN_LDFLAGS)
plugins_score_general_la_SOURCES = plugins/score_general/score_general.c
plugins_score_general_la_LDFLAGS = $(HEED_PLUGIN_LDFLAGS)
plugins_cell_gru_la_SOURCES = plugins/cell_gru/cell_gru.c
plugins_cell_gru_la_LDFLAGS = $(HEED_PLUGIN_LDFLAGS)
plugins_cell_lstm_la_SOURCES = plugins/cell_lstm/cell_lstm.c
plugins_cell_lstm_la_LDFLAGS = $(HEED_PLUGIN_LDFLAGS)
plugins_cell_rnn_la_SOURCES = plugins/cell_rnn/cell_rnn.c
plugins_cell_rnn_la_LDFLAGS = $(HEED_PLUGIN_LDFLAGS)

check_LTLIBRARIES += plugins/score_skeleton.la
plugins_score_skeleton_la_SOURCES = plugins/skeleton/score_skeleton.c
plugins_score_skeleton_la_LDFLAGS = $(HEED_PLUGIN_LDFLAGS) -rpath $(plugindir)
plugins_score_skeleton_la_LIBADD = -lm
