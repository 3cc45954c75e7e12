# Plugins see the public headers and nothing else. To add one: a folder, and a line in plugins/list.
# (-rpath: makes them modules, no convenience libraries. They are found by their folder, wherever that is.)
HEED_PLUGIN_CPPFLAGS = -I$(srcdir)/include
HEED_PLUGIN_LDFLAGS = $(AM_LDFLAGS) -module -avoid-version -no-undefined -rpath /heed \
	-export-symbols-regex '_LTX_heed_plugin$$'
include plugins/rules.mk
EXTRA_DIST += plugins/list plugins/rules.awk
noinst_LTLIBRARIES += $(HEED_PLUGINS)

# Without shared libraries there is nothing to install.
install-plugins: $(HEED_PLUGINS)
	for p in $(HEED_PLUGINS); do p=$${p##*/}; p=plugins/.libs/$${p%.la}.so; test -f $$p || continue; \
	    $(MKDIR_P) '$(DESTDIR)$(plugindir)' && $(INSTALL_PROGRAM) $$p '$(DESTDIR)$(plugindir)' || exit 1; done
uninstall-plugins:
	for p in $(HEED_PLUGINS); do p=$${p##*/}; rm -f '$(DESTDIR)$(plugindir)'/"$${p%.la}.so" || exit 1; done
	-rmdir '$(DESTDIR)$(plugindir)' 2> /dev/null
.PHONY: install-plugins uninstall-plugins
install-exec-local: install-plugins
uninstall-local: uninstall-plugins

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

# Ranks, where there is MPI; nothing is linked with it but this plugin, which needs to be a shared object.
if MPI
HEED_PLUGINS += plugins/reduce_mpi.la
plugins_reduce_mpi_la_SOURCES = plugins/reduce_mpi/reduce_mpi.c
plugins_reduce_mpi_la_CPPFLAGS = $(HEED_PLUGIN_CPPFLAGS) $(MPI_CFLAGS)
plugins_reduce_mpi_la_LDFLAGS = $(HEED_PLUGIN_LDFLAGS)
plugins_reduce_mpi_la_LIBADD = $(MPI_LIBS)
endif

# Opens its library by itself, and needs none to be built.
plugins_product_openblas_la_CPPFLAGS += -D_GNU_SOURCE
plugins_product_openblas_la_LIBADD += -ldl -lpthread
if PRELOAD
HEED_PRELOAD += -ldl -lpthread
endif

# The template, built by `make check`, installed as an example.
nobase_dist_doc_DATA += plugins/skeleton/score_skeleton.c
check_LTLIBRARIES += plugins/score_skeleton.la
plugins_score_skeleton_la_SOURCES = plugins/skeleton/score_skeleton.c
plugins_score_skeleton_la_CPPFLAGS = $(HEED_PLUGIN_CPPFLAGS)
plugins_score_skeleton_la_LDFLAGS = $(HEED_PLUGIN_LDFLAGS)
plugins_score_skeleton_la_LIBADD = -lm
