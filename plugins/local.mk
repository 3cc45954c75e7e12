# Plugins see the public headers and nothing else. To add one: a folder, and a line in plugins/list.
HEED_PLUGIN_CPPFLAGS = -I$(srcdir)/include
HEED_PLUGIN_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -no-undefined \
	-export-symbols-regex '_LTX_heed_plugin$$'
include plugins/rules.mk
EXTRA_DIST += plugins/list plugins/rules.awk

# Without shared libraries the plugins are linked into every program that loads any; the loader looks for them in
# libtool's table. A new list makes new rules before make reads on.
$(srcdir)/plugins/rules.mk: $(srcdir)/plugins/list $(srcdir)/plugins/rules.awk
	$(AM_V_GEN)cd $(srcdir)/plugins && $(AWK) -f rules.awk list > rules.tmp && mv rules.tmp rules.mk

# The SentencePiece library is C++: a shim keeps it behind C functions, and it brings its language's library.
plugins_tokenizer_sentencepiece_la_SOURCES += plugins/tokenizer_sentencepiece/shim.cc \
	plugins/tokenizer_sentencepiece/shim.h plugins/tokenizer_sentencepiece/blob.c \
	plugins/tokenizer_sentencepiece/rules.cc plugins/tokenizer_sentencepiece/blob.h
plugins_tokenizer_sentencepiece_la_CPPFLAGS += $(SENTENCEPIECE_CFLAGS)
plugins_tokenizer_sentencepiece_la_LIBADD += $(SENTENCEPIECE_LIBS)
if PRELOAD
HEED_PRELOAD += -lstdc++
endif

# The template, built by `make check`.
check_LTLIBRARIES += plugins/score_skeleton.la
plugins_score_skeleton_la_SOURCES = plugins/skeleton/score_skeleton.c
plugins_score_skeleton_la_CPPFLAGS = $(HEED_PLUGIN_CPPFLAGS)
plugins_score_skeleton_la_LDFLAGS = $(HEED_PLUGIN_LDFLAGS) -rpath $(plugindir)
plugins_score_skeleton_la_LIBADD = -lm
