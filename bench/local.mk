# Speed of the vector kernels and products: bench/kernels [--product=PLUGIN] [SET…] prints one TSV row a figure.
EXTRA_PROGRAMS += bench/dtw bench/kernels bench/latency
bench_kernels_LDADD = $(HEED_PRELOAD) core/libheed_plugin.a $(HEED_TENSOR_LIBS) $(LTDL_LIBS) $(HEED_BASE_LIBS)
bench_latency_LDADD = $(HEED_BASE_LIBS)
bench_dtw_LDADD = core/libheed_data.a core/libheed_sound.a core/libheed_stream.a $(JANSSON_LIBS) $(UNPACK_LIBS) $(HEED_BASE_LIBS) $(SOUND_LIBS)
CLEANFILES += bench/dtw$(EXEEXT) bench/kernels$(EXEEXT) bench/latency$(EXEEXT)

# make bench: speed, every figure of bench/kernels and bench/engine.sh, half an hour and more; bench-quick: kernels and one training, in
# about a minute. The others take long or want data ($HEED_DATA): bench-d2l, bench-distil, bench-engine, bench-found, bench-grid, bench-lossless, bench-nets, bench-tatoeba,
# bench-resume, bench-scores, bench-search, bench-stores, bench-stream, bench-transformer, bench-tune, bench-budget, bench-weights.
HEED_BENCHES = bench/budget.sh bench/d2l.sh bench/distil.sh bench/engine.sh bench/found.sh bench/grid.sh bench/lossless.sh bench/nets.sh bench/resume.sh bench/scores.sh bench/search.sh bench/stores.sh bench/stream.sh bench/tatoeba.sh bench/train.sh bench/transformer.sh bench/tune.sh bench/weights.sh
EXTRA_DIST += bench/course.py bench/transformer_peer.py bench/lib.sh bench/peer.sh bench/scale.awk bench/sets.sh $(HEED_BENCHES)
HEED_BENCH = srcdir='$(abs_srcdir)' builddir='$(abs_builddir)' $(SHELL)

.PHONY: bench bench-quick bench-budget bench-d2l bench-distil bench-engine bench-found bench-grid bench-lossless bench-nets bench-resume bench-scores bench-search bench-stores bench-stream bench-tatoeba bench-transformer bench-tune bench-weights
bench-quick: all bench/kernels$(EXEEXT)
	@bench/kernels
	@$(HEED_BENCH) '$(srcdir)/bench/train.sh'

bench: bench-quick bench-engine

bench-budget bench-d2l bench-distil bench-engine bench-found bench-grid bench-lossless bench-nets bench-resume bench-scores bench-search bench-stores bench-stream bench-tatoeba bench-transformer bench-tune bench-weights: all
	@$(HEED_BENCH) "$(srcdir)/bench/`echo $@ | sed 's/bench-//'`.sh"

bench-search: bench/latency$(EXEEXT)

clean-local:
	rm -rf bench/*.out demo
