# Commands. Each is one file, cli/NAME.c, which defines heed_command; main() is in libheed_cli.a. To add one:
#
#     HEED_CLI += cli/NAME
#     cli_NAME_LDADD = $(HEED_LIGHT_LIBS)      no floor that computes
#     cli_NAME_LDADD = $(HEED_FULL_LIBS)       for commands that run models or train
#
# In the build tree they stand in cli/; installed they live in $(libexecdir)/heed, with links in bindir. They are
# installed by rules of ours: libtool's cannot write into a folder with a blank in its name, and nobody else's
# program in bindir may be replaced (cli/names.sh).

noinst_LIBRARIES += cli/libheed_cli.a
cli_libheed_cli_a_SOURCES = cli/cli.h cli/harness.c cli/harness.h cli/heap.c cli/help.c \
	cli/kernels.c cli/names.c cli/names.h cli/options.c cli/options_file.c cli/refuse.c cli/signals.c cli/talk.c cli/version.c

cli_heed_LDADD = cli/libheed_cli.a core/libheed_stream.a $(HEED_BASE_LIBS)

# What `heed` lists, in the order of the work, each with the program's own summary.
HEED_COMMANDS = doctor vocab tokenize features batch-mask train tune average quantize shortlist calibrate encode attend decode detokenize predict evaluate \
	runs plugins peek tensors plot
cli/commands.h: $(HEED_CLI)
	$(AM_V_GEN)for c in $(HEED_COMMANDS); do if test -x cli/$$c$(EXEEXT); then \
	    s=`cli/$$c$(EXEEXT) --help=summary` || exit 1; echo "COMMAND(\"$$c\", \"$$s\")"; fi; done > $@.tmp
	$(AM_V_at)mv $@.tmp $@
cli/heed.$(OBJEXT): cli/commands.h
CLEANFILES += cli/commands.h cli/commands.h.tmp

# Floors from the top down; each library needs only those behind it.
HEED_LIGHT_LIBS = $(HEED_PRELOAD) cli/libheed_cli.a core/libheed_data.a core/libheed_metrics.a core/libheed_store.a core/libheed_plugin.a \
	core/libheed_stream.a core/libheed_base.a \
	$(SQLITE_LIBS) $(JANSSON_LIBS) $(UNPACK_LIBS) $(UTF8PROC_LIBS) $(LTDL_LIBS) -lm
HEED_FULL_LIBS = $(HEED_PRELOAD) cli/libheed_cli.a core/libheed_train.a \
	core/libheed_search.a core/libheed_model.a core/libheed_net.a core/libheed_data.a core/libheed_store.a core/libheed_plugin.a \
	core/libheed_metrics.a $(HEED_TENSOR_LIBS) core/libheed_sound.a core/libheed_stream.a core/libheed_base.a \
	$(SQLITE_LIBS) $(JANSSON_LIBS) $(UNPACK_LIBS) $(UTF8PROC_LIBS) $(LTDL_LIBS) -lm

if BARE_NAMES
HEED_NAMES = heed $(HEED_CLI)
else
HEED_NAMES = heed
endif
EXTRA_DIST += cli/names.sh

install-programs: cli/heed$(EXEEXT) $(HEED_CLI)
	$(MKDIR_P) '$(DESTDIR)$(pkglibexecdir)' '$(DESTDIR)$(bindir)'
	$(INSTALL_PROGRAM) cli/heed$(EXEEXT) $(HEED_CLI) '$(DESTDIR)$(pkglibexecdir)'
	$(SHELL) '$(srcdir)/cli/names.sh' link '$(DESTDIR)$(bindir)' '$(DESTDIR)$(pkglibexecdir)' $(HEED_NAMES)
uninstall-programs:
	$(SHELL) '$(srcdir)/cli/names.sh' unlink '$(DESTDIR)$(bindir)' '$(DESTDIR)$(pkglibexecdir)' heed $(HEED_CLI)
	for p in heed $(HEED_CLI); do rm -f '$(DESTDIR)$(pkglibexecdir)'/"$${p##*/}" || exit 1; done
	-rmdir '$(DESTDIR)$(pkglibexecdir)' 2> /dev/null
.PHONY: install-programs uninstall-programs
install-exec-local: install-programs
uninstall-local: uninstall-programs

noinst_PROGRAMS += cli/heed $(HEED_CLI)
HEED_CLI += cli/peek
cli_peek_SOURCES = cli/peek.c cli/peek.h cli/peek_export.c cli/peek_show.c
cli_peek_LDADD = cli/libheed_cli.a core/libheed_stream.a $(JANSSON_LIBS) $(UNPACK_LIBS) $(HEED_BASE_LIBS)

HEED_CLI += cli/tensors
cli_tensors_SOURCES = cli/tensors.c
cli_tensors_LDADD = cli/libheed_cli.a core/libheed_stream.a $(JANSSON_LIBS) $(UNPACK_LIBS) $(HEED_BASE_LIBS)

# What stages share: the loop, and the order of what comes out of it.
noinst_HEADERS += cli/rows.h
STAGE = cli/stage.c cli/stage.h cli/order.c cli/order.h

HEED_CLI += cli/attend cli/encode cli/decode cli/predict cli/train
cli_attend_SOURCES = cli/attend.c cli/attend.h cli/attend_call.c cli/attend_score.c cli/infer.c cli/infer.h $(STAGE)
cli_attend_LDADD = $(HEED_FULL_LIBS)
cli_encode_SOURCES = cli/encode.c cli/said.c cli/said.h cli/infer.c cli/infer.h $(STAGE)
cli_encode_LDADD = $(HEED_FULL_LIBS)
cli_decode_SOURCES = cli/decode.c cli/unknown.c cli/unknown.h cli/infer.c cli/infer.h cli/said.c cli/said.h cli/invariance.c cli/invariance.h cli/searching.c cli/searching.h cli/wishes.c cli/wishes.h $(STAGE)
cli_decode_LDADD = $(HEED_FULL_LIBS)
cli_predict_SOURCES = cli/predict.c cli/unknown.c cli/unknown.h cli/infer.c cli/infer.h cli/said.c cli/said.h cli/invariance.c cli/invariance.h cli/searching.c cli/searching.h cli/wishes.c cli/wishes.h $(STAGE)
cli_predict_LDADD = $(HEED_FULL_LIBS) $(SOUND_LIBS)
cli_train_SOURCES = cli/beside.c cli/beside.h cli/events.c cli/events.h cli/model_file.c cli/model_file.h cli/train.c cli/train.h cli/train_like.c cli/train_options.c cli/train_precision.c cli/train_preset.c cli/train_record.c \
	cli/pairs_rows.h cli/train_command.c cli/train_ranks.c cli/train_tell.c cli/train_doctor.c cli/train_events.c cli/train_size.c cli/train_tune.c
cli_train_LDADD = $(HEED_FULL_LIBS) $(SOUND_LIBS)

HEED_CLI += cli/tune
cli_tune_SOURCES = cli/beside.c cli/beside.h cli/tune.c cli/tune.h cli/tune_end.c cli/tune_piece.c cli/tune_plan.c cli/tune_store.c cli/train.h cli/train_options.c cli/pairs_rows.h \
	cli/table.c cli/table.h
cli_tune_LDADD = $(HEED_FULL_LIBS) $(SOUND_LIBS)

# Models made of models.
HEED_CLI += cli/average cli/quantize cli/shortlist cli/calibrate
cli_average_SOURCES = cli/average.c cli/remade.c cli/remade.h
cli_average_LDADD = $(HEED_FULL_LIBS)
cli_calibrate_SOURCES = cli/calibrate.c cli/remade.c cli/remade.h
cli_calibrate_LDADD = $(HEED_FULL_LIBS)
cli_quantize_SOURCES = cli/quantize.c cli/remade.c cli/remade.h
cli_quantize_LDADD = $(HEED_FULL_LIBS)
cli_shortlist_SOURCES = cli/shortlist.c cli/remade.c cli/remade.h
cli_shortlist_LDADD = $(HEED_FULL_LIBS)

# Text to ids and back.
HEED_CLI += cli/tokenize
cli_tokenize_SOURCES = cli/tokenize.c cli/sides.c cli/sides.h $(STAGE)
cli_tokenize_LDADD = $(HEED_LIGHT_LIBS)
HEED_CLI += cli/doctor
cli_doctor_SOURCES = cli/doctor.c cli/doctor.h cli/doctor_print.c cli/pairs_rows.h cli/sides.c cli/sides.h cli/table.c cli/table.h
cli_doctor_LDADD = $(HEED_LIGHT_LIBS)
HEED_CLI += cli/features
cli_features_SOURCES = cli/features.c cli/features.h cli/features_list.c cli/features_send.c $(STAGE)
cli_features_LDADD = core/libheed_sound.a $(HEED_LIGHT_LIBS) $(SOUND_LIBS)
HEED_CLI += cli/vocab
cli_vocab_SOURCES = cli/vocab.c cli/verb.c cli/verb.h cli/table.c cli/table.h
cli_vocab_LDADD = $(HEED_LIGHT_LIBS)

# Plugins.
HEED_CLI += cli/plugins
cli_plugins_SOURCES = cli/plugins.c
cli_plugins_LDADD = $(HEED_PRELOAD) cli/libheed_cli.a core/libheed_prove.a core/libheed_plugin.a $(HEED_TENSOR_LIBS) \
	core/libheed_stream.a core/libheed_base.a $(JANSSON_LIBS) $(UNPACK_LIBS) $(UTF8PROC_LIBS) $(LTDL_LIBS) -lm
HEED_CLI += cli/batch-mask cli/detokenize
cli_batch_mask_SOURCES = cli/batch-mask.c cli/batch_mask.h cli/batch_epochs.c cli/batch_send.c $(STAGE)
cli_batch_mask_LDADD = $(HEED_LIGHT_LIBS)
cli_detokenize_SOURCES = cli/detokenize.c cli/unknown.c cli/unknown.h cli/sides.c cli/sides.h $(STAGE)
cli_detokenize_LDADD = $(HEED_LIGHT_LIBS)

# The page that plot and runs write: its style, script and skeleton become arrays of bytes.
PAGE = cli/curves.c cli/curves.h cli/page.c cli/page.h cli/page_runs.c cli/table.c cli/table.h
PAGE_SCRIPT = cli/page/state.js cli/page/text.js cli/page/map.js cli/page/line.js cli/page/lines.js cli/page/curves.js \
	cli/page/tables.js cli/page/main.js
EXTRA_DIST += cli/page/page.css cli/page/page.html $(PAGE_SCRIPT)
cli/page_parts.h: cli/page/page.css cli/page/page.html $(PAGE_SCRIPT)
	$(AM_V_GEN)part() { echo "static const unsigned char $$1[] = {" && shift && cat "$$@" | od -An -v -tu1 | \
	    sed 's/  *\([0-9][0-9]*\)/\1,/g' && echo '};'; }; cd '$(srcdir)' && \
	    { part page_css cli/page/page.css && part page_html cli/page/page.html && part page_js $(PAGE_SCRIPT); } > \
	    '$(abs_builddir)'/$@.tmp
	$(AM_V_at)mv $@.tmp $@
cli/page.$(OBJEXT): cli/page_parts.h
CLEANFILES += cli/page_parts.h cli/page_parts.h.tmp

# The store from the shell.
HEED_CLI += cli/runs
cli_runs_SOURCES = cli/beside.c cli/beside.h cli/events.c cli/events.h cli/runs.c cli/runs.h cli/runs_export.c cli/runs_report.c cli/verb.c cli/verb.h $(PAGE)
cli_runs_LDADD = cli/libheed_cli.a core/libheed_store.a core/libheed_stream.a core/libheed_base.a \
	$(SQLITE_LIBS) $(JANSSON_LIBS) $(UNPACK_LIBS) $(UTF8PROC_LIBS) -lm
HEED_CLI += cli/evaluate
cli_evaluate_SOURCES = cli/model_file.c cli/model_file.h cli/evaluate.c cli/evaluate.h \
	cli/evaluate_print.c cli/evaluate_read.c cli/evaluate_record.c cli/table.c cli/table.h
cli_evaluate_LDADD = cli/libheed_cli.a core/libheed_data.a core/libheed_metrics.a core/libheed_store.a core/libheed_stream.a \
	core/libheed_base.a $(SQLITE_LIBS) $(JANSSON_LIBS) $(UNPACK_LIBS) $(UTF8PROC_LIBS) -lm
HEED_CLI += cli/plot
cli_plot_SOURCES = cli/order.c cli/order.h cli/plot.c cli/plot.h cli/plot_curve.c cli/plot_curve_draw.c cli/plot_frame.c \
	cli/plot_line.c cli/plot_map.c cli/plot_map_draw.c cli/plot_page.c cli/plot_page.h cli/plot_pharaoh.c \
	cli/plot_image.c cli/plot_svg.c cli/plot_words.c $(PAGE)
cli_plot_LDADD = $(HEED_LIGHT_LIBS)
