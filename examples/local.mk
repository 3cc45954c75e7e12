# make demo: trains on the bundled corpus, or on PAIRS=file.tsv, and shows the model at work.
# make demo-data: writes the bundled corpus again from its grammar.

HEED_EXAMPLES = examples/demo.sh examples/slices.sh examples/nearest.awk examples/en-fr/README.md \
	examples/debian-descriptions/README.md examples/debian-descriptions/pairs.awk examples/debian-descriptions/run.sh \
	examples/speech/README.md examples/speech/numbers.awk examples/speech/prompts.awk examples/speech/run.sh \
	examples/en-fr/grammar.awk examples/en-fr/lexicon.tsv examples/en-fr/hand.tsv \
	examples/en-fr/train.tsv examples/en-fr/dev.tsv examples/en-fr/test.tsv
nobase_dist_doc_DATA += $(HEED_EXAMPLES)

TESTS += tests/demo-data.sh tests/87-descriptions.sh tests/97-speech-example.sh
EXTRA_DIST += tests/demo-data.sh tests/87-descriptions.sh tests/97-speech-example.sh

.PHONY: demo demo-data
demo: all
	@builddir='$(abs_builddir)' AWK='$(AWK)' \
		$(SHELL) '$(srcdir)/examples/demo.sh' $(if $(PAIRS),'$(PAIRS)')

demo-data:
	LC_ALL=C $(AWK) -v dir='$(srcdir)/examples/en-fr' -f '$(srcdir)/examples/en-fr/grammar.awk' \
		'$(srcdir)/examples/en-fr/lexicon.tsv' '$(srcdir)/examples/en-fr/hand.tsv'
