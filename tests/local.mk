# Tests speak TAP. A C test is a check program tests/test_NAME; a shell test is tests/NN-name.sh, which
# finds built programs and plugins through tests/lib.sh. Add to TESTS and append a block of your own.

LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)
TEST_EXTENSIONS = .sh
SH_LOG_COMPILER = sh
AM_TESTS_ENVIRONMENT = \
	srcdir='$(abs_srcdir)' builddir='$(abs_builddir)' CC='$(CC)' HEED_ARCHIVES='$(noinst_LIBRARIES)' \
	HEED_LINK_FLAGS='$(HEED_LDFLAGS)' HEED_LINK_LIBS='$(SQLITE_LIBS) $(JANSSON_LIBS) $(UNPACK_LIBS) $(UTF8PROC_LIBS) $(LTDL_LIBS) $(SOUND_LIBS) -lm'; \
	export srcdir builddir CC HEED_ARCHIVES HEED_LINK_FLAGS HEED_LINK_LIBS; unset HEED_PLUGIN_PATH HEED_EXEC_PATH;
if SANITIZE
# Refusals of the allocator are tested, so they must reach us.
AM_TESTS_ENVIRONMENT += ASAN_OPTIONS=allocator_may_return_null=1:$${ASAN_OPTIONS-}; \
	TSAN_OPTIONS=allocator_may_return_null=1:$${TSAN_OPTIONS-}; \
	UBSAN_OPTIONS=print_stacktrace=1:$${UBSAN_OPTIONS-}; export ASAN_OPTIONS TSAN_OPTIONS UBSAN_OPTIONS;
endif
noinst_HEADERS += tests/child.h tests/tap.h
EXTRA_DIST += tests/lib.sh tests/house.sh

# What a C test of the lower floors links.
HEED_BASE_LIBS = core/libheed_base.a $(UTF8PROC_LIBS) -lm

check_PROGRAMS += tests/test_names
tests_test_names_LDADD = cli/libheed_cli.a $(HEED_BASE_LIBS)
check_PROGRAMS += tests/test_base tests/test_arena tests/test_memory tests/test_option tests/test_utf8
tests_test_base_LDADD = $(HEED_BASE_LIBS)
tests_test_arena_LDADD = $(HEED_BASE_LIBS)
tests_test_memory_LDADD = $(HEED_BASE_LIBS) -lpthread
tests_test_option_LDADD = $(HEED_BASE_LIBS)
tests_test_utf8_LDADD = $(HEED_BASE_LIBS)

TESTS += $(check_PROGRAMS)

# The house itself, and the harness of the commands.
noinst_PROGRAMS += tests/tool
tests_tool_LDADD = cli/libheed_cli.a core/libheed_stream.a $(HEED_BASE_LIBS)
HEED_HOUSE_TESTS = tests/rows.sh tests/cli.sh
TESTS += $(HEED_HOUSE_TESTS)
EXTRA_DIST += $(HEED_HOUSE_TESTS)

# What looks at sources, pages and what is linked, and so finds the same under sanitizers.
HEED_SOURCE_TESTS = tests/layers.sh tests/linker.sh tests/ldd.sh tests/man.sh
if !SANITIZE
TESTS += $(HEED_SOURCE_TESTS)
endif
EXTRA_DIST += $(HEED_SOURCE_TESTS)

# A C test:      check_PROGRAMS += tests/test_NAME
#                tests_test_NAME_LDADD = core/libheed_stream.a $(HEED_BASE_LIBS)
# A shell test:  TESTS += tests/NN-name.sh
#                EXTRA_DIST += tests/NN-name.sh

# Data floor.
HEED_DATA_LIBS = $(HEED_PRELOAD) core/libheed_data.a core/libheed_metrics.a core/libheed_plugin.a core/libheed_stream.a $(JANSSON_LIBS) $(UNPACK_LIBS) \
	$(LTDL_LIBS) $(HEED_BASE_LIBS)
check_PROGRAMS += tests/test_vocab tests/test_sentences tests/test_batch tests/test_windows tests/test_shares tests/test_corpus tests/test_health tests/test_final tests/test_text \
	tests/test_sentencepiece tests/test_cuts
tests_test_vocab_LDADD = $(HEED_DATA_LIBS)
tests_test_sentences_LDADD = $(HEED_DATA_LIBS)
tests_test_batch_LDADD = $(HEED_DATA_LIBS)
tests_test_windows_LDADD = $(HEED_DATA_LIBS)
tests_test_shares_LDADD = $(HEED_DATA_LIBS)
tests_test_corpus_LDADD = $(HEED_DATA_LIBS)
tests_test_health_LDADD = $(HEED_DATA_LIBS)
tests_test_final_LDADD = $(HEED_DATA_LIBS)
tests_test_text_LDADD = $(HEED_DATA_LIBS)
tests_test_sentencepiece_LDADD = $(HEED_DATA_LIBS)
tests_test_cuts_LDADD = $(HEED_DATA_LIBS)
HEED_DATA_TESTS = tests/30-tokenize.sh tests/31-batch.sh tests/32-vocab.sh
TESTS += $(HEED_DATA_TESTS)
EXTRA_DIST += $(HEED_DATA_TESTS) tests/malformed/text.tsv

# Tape, operations, parameters.
noinst_HEADERS += tests/tape_make.h
check_PROGRAMS += tests/test_tape tests/test_ops tests/test_param
tests_test_tape_LDADD = $(HEED_TENSOR_LIBS) $(HEED_BASE_LIBS)
tests_test_ops_LDADD = core/libheed_prove.a $(HEED_TENSOR_LIBS) $(HEED_BASE_LIBS)
tests_test_param_LDADD = $(HEED_TENSOR_LIBS) $(HEED_BASE_LIBS)

# The store.
check_PROGRAMS += tests/test_store
tests_test_store_CPPFLAGS = $(AM_CPPFLAGS) $(SQLITE_CFLAGS)
tests_test_store_LDADD = core/libheed_store.a core/libheed_stream.a $(SQLITE_LIBS) $(JANSSON_LIBS) $(UNPACK_LIBS) \
	$(HEED_BASE_LIBS)

# Vector kernels and products.
check_PROGRAMS += tests/test_vec tests/test_gemm tests/test_product tests/test_bf16 tests/test_int8
tests_test_vec_LDADD = $(HEED_TENSOR_LIBS) $(HEED_BASE_LIBS)
tests_test_gemm_LDADD = $(HEED_TENSOR_LIBS) $(HEED_BASE_LIBS) -lpthread
tests_test_product_LDADD = $(HEED_TENSOR_LIBS) $(HEED_BASE_LIBS)
tests_test_bf16_LDADD = $(HEED_TENSOR_LIBS) $(HEED_BASE_LIBS)
tests_test_int8_LDADD = $(HEED_TENSOR_LIBS) $(HEED_BASE_LIBS)

# Plugins and their loader.
HEED_PLUGIN_LIBS = core/libheed_prove.a core/libheed_plugin.a $(HEED_TENSOR_LIBS) $(LTDL_LIBS) $(HEED_BASE_LIBS)
check_PROGRAMS += tests/test_plugin
tests_test_plugin_LDADD = $(HEED_PRELOAD) $(HEED_PLUGIN_LIBS) -lpthread

# Stream floor: documents, streams, descriptors; malformed inputs with the messages they must bring.
HEED_STREAM_LIBS = core/libheed_stream.a $(JANSSON_LIBS) $(UNPACK_LIBS) $(HEED_BASE_LIBS)
noinst_HEADERS += tests/stream_make.h tests/text_make.h
check_PROGRAMS += tests/test_stream tests/test_stream_io tests/test_stream_schema tests/test_doc_options
tests_test_stream_LDADD = $(HEED_STREAM_LIBS)
tests_test_stream_io_LDADD = $(HEED_STREAM_LIBS)
tests_test_stream_schema_LDADD = $(HEED_STREAM_LIBS)
tests_test_doc_options_LDADD = $(HEED_STREAM_LIBS)
noinst_PROGRAMS += tests/malformed/make
tests_malformed_make_LDADD = $(HEED_STREAM_LIBS)
TESTS += tests/20-stream.sh
EXTRA_DIST += tests/20-stream.sh tests/malformed/cases.tsv tests/interop/run tests/interop/torch_model.py tests/interop/torch_transformer.py tests/interop/ways.py tests/interop/check_events.py \
	tests/fuzz/run tests/fuzz/fuzz_doc.c tests/fuzz/fuzz_stream.c

# A minute of libFuzzer over the readers; says so and succeeds where clang is missing. Seeds and findings
# are in the folder fuzz.
fuzz:
	$(srcdir)/tests/fuzz/run fuzz
.PHONY: fuzz

# Sound.
HEED_SOUND_LIBS = core/libheed_sound.a core/libheed_stream.a $(JANSSON_LIBS) $(UNPACK_LIBS) $(HEED_BASE_LIBS) $(SOUND_LIBS)
check_PROGRAMS += tests/test_mel tests/test_wave
tests_test_mel_LDADD = $(HEED_SOUND_LIBS)
tests_test_wave_LDADD = $(HEED_SOUND_LIBS)
TESTS += tests/93-speakers.sh tests/95-features.sh tests/96-speech.sh
EXTRA_DIST += tests/93-speakers.sh tests/95-features.sh tests/96-speech.sh tests/sound/chirp.flac tests/sound/chirp.ogg tests/interop/check_features.py

# Scores.
check_PROGRAMS += tests/test_metrics tests/test_scores tests/test_sample
tests_test_metrics_LDADD = core/libheed_metrics.a $(HEED_BASE_LIBS)
tests_test_scores_LDADD = core/libheed_metrics.a $(HEED_BASE_LIBS)
tests_test_sample_LDADD = core/libheed_metrics.a $(HEED_BASE_LIBS)
TESTS += tests/plugins.sh tests/headers.sh
EXTRA_DIST += tests/plugins.sh tests/headers.sh tests/plugins/score_cpp.cc tests/faulty_plugins/cell.c tests/faulty_plugins/score.c \
	tests/faulty_plugins/tokenizer.c tests/faulty_plugins/product.c
TESTS += tests/33-store.sh tests/38-dev-outputs.sh tests/37-tensorboard.sh tests/58-best.sh tests/59-runs.sh
noinst_PROGRAMS += tests/read_events
EXTRA_DIST += tests/33-store.sh tests/38-dev-outputs.sh tests/37-tensorboard.sh tests/58-best.sh tests/59-runs.sh
check_PROGRAMS += tests/test_plugin_file
tests_test_plugin_file_LDADD = core/libheed_plugin.a $(LTDL_LIBS) $(HEED_BASE_LIBS)

# Models: the whole chain of floors. cell_gain is a cell with a parameter of its own, for their tests.
check_LTLIBRARIES += tests/plugins/cell_gain.la
tests_plugins_cell_gain_la_SOURCES = tests/plugins/cell_gain.c
tests_plugins_cell_gain_la_CPPFLAGS = $(HEED_PLUGIN_CPPFLAGS)
tests_plugins_cell_gain_la_LDFLAGS = $(HEED_PLUGIN_LDFLAGS)
check_LTLIBRARIES += tests/plugins/tokenizer_asked.la
tests_plugins_tokenizer_asked_la_SOURCES = tests/plugins/tokenizer_asked.c
tests_plugins_tokenizer_asked_la_CPPFLAGS = $(HEED_PLUGIN_CPPFLAGS)
tests_plugins_tokenizer_asked_la_LDFLAGS = $(HEED_PLUGIN_LDFLAGS)
if PRELOAD
HEED_TEST_PRELOAD = -dlpreopen tests/plugins/cell_gain.la
endif
HEED_MODEL_LIBS = $(HEED_PRELOAD) $(HEED_TEST_PRELOAD) core/libheed_train.a core/libheed_search.a core/libheed_model.a core/libheed_net.a core/libheed_prove.a \
	core/libheed_data.a core/libheed_store.a core/libheed_plugin.a core/libheed_metrics.a $(HEED_TENSOR_LIBS) core/libheed_sound.a \
	core/libheed_stream.a $(JANSSON_LIBS) $(UNPACK_LIBS) $(SQLITE_LIBS) $(LTDL_LIBS) $(HEED_BASE_LIBS)
noinst_HEADERS += tests/model_make.h tests/toy_net.h
check_PROGRAMS += tests/test_packing tests/test_model tests/test_loop tests/test_state tests/test_search tests/test_ensemble tests/test_model_file \
	tests/test_shortlist tests/test_risk tests/test_train tests/test_attention
tests_test_packing_LDADD = core/libheed_net.a $(HEED_BASE_LIBS)
tests_test_model_LDADD = $(HEED_MODEL_LIBS)
tests_test_loop_LDADD = $(HEED_MODEL_LIBS)
tests_test_state_LDADD = $(HEED_MODEL_LIBS)
tests_test_attention_LDADD = $(HEED_MODEL_LIBS)
tests_test_search_LDADD = $(HEED_MODEL_LIBS)
tests_test_ensemble_LDADD = $(HEED_MODEL_LIBS)
tests_test_risk_LDADD = $(HEED_MODEL_LIBS)
tests_test_train_LDADD = $(HEED_MODEL_LIBS)
tests_test_model_file_LDADD = $(HEED_MODEL_LIBS)
tests_test_shortlist_LDADD = $(HEED_MODEL_LIBS)
# What strangers may send, changed at random; for longer in .ci/run.
noinst_HEADERS += tests/mutate.h
check_PROGRAMS += tests/test_hostile
tests_test_hostile_SOURCES = tests/test_hostile.c cli/peek_show.c
tests_test_hostile_LDADD = $(HEED_MODEL_LIBS)
TESTS += tests/34-evaluate.sh
EXTRA_DIST += tests/34-evaluate.sh tests/interop/check_sacrebleu.py tests/interop/score_cases.py
HEED_PLOT_TESTS = tests/35-plot.sh tests/76-pharaoh.sh tests/85-page.sh tests/86-browser.sh
TESTS += $(HEED_PLOT_TESTS)
EXTRA_DIST += $(HEED_PLOT_TESTS)

# Tensors from text, and attention over them.
TESTS += tests/64-tensors.sh tests/65-attend.sh tests/66-course.sh
EXTRA_DIST += tests/64-tensors.sh tests/65-attend.sh tests/66-course.sh
TESTS += tests/36-lossless.sh
EXTRA_DIST += tests/36-lossless.sh

# Pairs in a spool.
TESTS += tests/94-windows.sh
EXTRA_DIST += tests/94-windows.sh
TESTS += tests/51-corpora.sh
EXTRA_DIST += tests/51-corpora.sh
TESTS += tests/73-subwords.sh
EXTRA_DIST += tests/73-subwords.sh
TESTS += tests/55-tags.sh
EXTRA_DIST += tests/55-tags.sh

# Text compressed.
TESTS += tests/62-packed.sh
EXTRA_DIST += tests/62-packed.sh

# Products by a plugin.
TESTS += tests/72-product.sh
EXTRA_DIST += tests/72-product.sh

# Completion; options of earlier trainings.
TESTS += tests/63-completion.sh tests/67-like.sh tests/68-workers.sh tests/69-ranks.sh tests/75-slices.sh tests/74-precision.sh tests/77-mapped.sh tests/83-quantize.sh tests/84-shortlist.sh tests/89-doctor.sh tests/90-average.sh tests/91-optimizer.sh tests/92-teacher.sh tests/39-risk.sh
EXTRA_DIST += tests/63-completion.sh tests/67-like.sh tests/68-workers.sh tests/69-ranks.sh tests/75-slices.sh tests/74-precision.sh tests/77-mapped.sh tests/83-quantize.sh tests/84-shortlist.sh tests/89-doctor.sh tests/90-average.sh tests/91-optimizer.sh tests/92-teacher.sh tests/39-risk.sh

# Search.
HEED_SEARCH_TESTS = tests/78-search.sh tests/79-ensemble.sh tests/80-dictionary.sh tests/81-broken.sh tests/82-calibrate.sh
TESTS += $(HEED_SEARCH_TESTS)
EXTRA_DIST += $(HEED_SEARCH_TESTS)

# Kinds of nets beside the recurrent one.
TESTS += tests/88-transformer.sh
EXTRA_DIST += tests/88-transformer.sh

# Searches over options. HEED_KILLS=20 kills more often.
check_PROGRAMS += tests/test_tune
tests_test_tune_LDADD = $(HEED_MODEL_LIBS)
TESTS += tests/98-tune.sh
EXTRA_DIST += tests/98-tune.sh
TESTS += tests/99-defaults.sh
EXTRA_DIST += tests/99-defaults.sh

# Training and inference through the commands.
HEED_MODEL_TESTS = tests/40-train.sh tests/41-resume.sh tests/42-pipeline.sh tests/43-train-stream.sh \
	tests/44-bad-model.sh tests/45-foreign-stage.sh tests/46-address-space.sh tests/47-old-model.sh tests/48-said.sh \
	tests/49-one-path.sh tests/50-text.sh tests/52-columns.sh tests/53-copying.sh tests/54-faults.sh tests/56-killed.sh tests/57-printed.sh \
	tests/60-hour.sh tests/61-budget.sh
TESTS += $(HEED_MODEL_TESTS) tests/70-install.sh tests/71-bootstrap.sh
EXTRA_DIST += $(HEED_MODEL_TESTS) tests/70-install.sh tests/71-bootstrap.sh tests/fault.c tests/printed.awk tests/toy.awk tests/old/da68ba2.heed tests/old/da68ba2.src tests/old/da68ba2.tgt \
	tests/old/da68ba2.ckpt.heed tests/old/da68ba2.tsv
noinst_PROGRAMS += tests/make_attention tests/alter tests/random_lines
noinst_PROGRAMS += tests/make_sound
tests_make_sound_LDADD = -lm
tests_make_attention_LDADD = $(HEED_STREAM_LIBS)
tests_alter_LDADD = $(HEED_STREAM_LIBS)
tests_random_lines_LDADD = $(HEED_BASE_LIBS)
