# Speed of the vector kernels and products: bench/kernels [--product=PLUGIN] [SET…] prints one TSV row a figure.
EXTRA_PROGRAMS += bench/dtw bench/kernels bench/latency
bench_kernels_LDADD = $(HEED_PRELOAD) core/libheed_plugin.a $(HEED_TENSOR_LIBS) $(LTDL_LIBS) $(HEED_BASE_LIBS)
bench_latency_LDADD = $(HEED_BASE_LIBS)
bench_dtw_LDADD = core/libheed_data.a core/libheed_sound.a core/libheed_stream.a $(JANSSON_LIBS) $(UNPACK_LIBS) $(HEED_BASE_LIBS) $(SOUND_LIBS)
CLEANFILES += bench/dtw$(EXEEXT) bench/kernels$(EXEEXT) bench/latency$(EXEEXT)

# make bench: speed, every figure of bench/kernels and bench/engine.sh, half an hour and more; bench-quick: kernels and one training, in
# about a minute. The others, make bench-NAME, take long or want data ($HEED_DATA).
HEED_BENCH_NAMES = budget d2l defaults distil engine found grid lossless nets quality resume scores search stores stream tatoeba \
	transformer tune weights
HEED_BENCHES = bench/train.sh $(HEED_BENCH_NAMES:%=bench/%.sh)
HEED_BENCH_TARGETS = $(HEED_BENCH_NAMES:%=bench-%)
EXTRA_DIST += bench/course.py bench/transformer_peer.py bench/lib.sh bench/peer.sh bench/scale.awk bench/sets.sh $(HEED_BENCHES)
HEED_BENCH = srcdir='$(abs_srcdir)' builddir='$(abs_builddir)' $(SHELL)

.PHONY: bench bench-quick $(HEED_BENCH_TARGETS)
bench-quick: all bench/kernels$(EXEEXT)
	@bench/kernels
	@$(HEED_BENCH) '$(srcdir)/bench/train.sh'

bench: bench-quick bench-engine

$(HEED_BENCH_TARGETS): all
	@$(HEED_BENCH) "$(srcdir)/bench/`echo $@ | sed 's/bench-//'`.sh"

bench-search: bench/latency$(EXEEXT)

clean-local:
	rm -rf bench/*.out demo
