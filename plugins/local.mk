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
