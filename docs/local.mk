# Installed as they stand here, so that what README.md points to is there.
nobase_dist_doc_DATA += docs/internals.md docs/format.md docs/plugins.md docs/model.md docs/text.md docs/store.md docs/course.md docs/scale.md docs/pictures.md docs/scores.md docs/speech.md docs/training.md

# Man pages: every command prints its own out of its option rows. Where bare names are not installed they are
# named heed-COMMAND(1).
HEED_PAGES = cli/heed $(HEED_CLI)
docs/man.stamp: cli/heed$(EXEEXT) $(HEED_CLI)
	$(AM_V_GEN)$(MKDIR_P) docs && rm -f docs/*.1 && for p in $(HEED_PAGES); do \
	    p=$${p##*/}; p=$${p%$(EXEEXT)}; cli/$$p --help=man > docs/$$p.1 || exit 1; done
	$(AM_V_at)touch $@
all-local: docs/man.stamp
CLEANFILES += docs/*.1 docs/man.stamp

# Completion for bash, out of the same rows. The file of a bare name is a link to that of heed.
EXTRA_DIST += cli/completion.bash
bashcompletiondir = $(datadir)/bash-completion/completions
docs/heed.bash: $(srcdir)/cli/completion.bash cli/heed$(EXEEXT) $(HEED_CLI)
	$(AM_V_GEN)$(MKDIR_P) docs && { cat '$(srcdir)/cli/completion.bash' && echo '_heed_know() {' && echo '    case $$1 in' && \
	    for p in $(HEED_PAGES); do cli/"$${p##*/}"$(EXEEXT) --help=completion || exit 1; done && \
	    echo '*) return 1 ;;' && echo '    esac' && echo '}' && \
	    echo complete -o bashdefault -o default -F _heed $(HEED_COMPLETED); } > $@.tmp && mv $@.tmp $@
all-local: docs/heed.bash
CLEANFILES += docs/heed.bash docs/heed.bash.tmp
if BARE_NAMES
HEED_COMPLETED = heed $(HEED_COMMANDS)
else
HEED_COMPLETED = heed
endif
install-completions: docs/heed.bash
	$(MKDIR_P) '$(DESTDIR)$(bashcompletiondir)'
	$(INSTALL_DATA) docs/heed.bash '$(DESTDIR)$(bashcompletiondir)/heed'
	for p in $(HEED_COMPLETED); do to='$(DESTDIR)$(bashcompletiondir)'/$$p; \
	    test -e "$$to" || test -L "$$to" || ln -s heed "$$to" || exit 1; done
uninstall-completions:
	for p in $(HEED_COMMANDS); do to='$(DESTDIR)$(bashcompletiondir)'/$$p; \
	    test "`readlink "$$to"`" != heed || rm -f "$$to" || exit 1; done
	rm -f '$(DESTDIR)$(bashcompletiondir)/heed'
.PHONY: install-completions uninstall-completions
install-data-local: install-completions
uninstall-local: uninstall-completions

if BARE_NAMES
HEED_PAGE_PREFIX =
else
HEED_PAGE_PREFIX = heed-
endif
install-pages: docs/man.stamp
	$(MKDIR_P) '$(DESTDIR)$(mandir)/man1'
	$(SHELL) '$(srcdir)/cli/names.sh' page '$(DESTDIR)$(mandir)/man1' docs \
	    '$(HEED_PAGE_PREFIX)' $(HEED_PAGES)
uninstall-pages:
	$(SHELL) '$(srcdir)/cli/names.sh' unpage '$(DESTDIR)$(mandir)/man1' docs '$(HEED_PAGE_PREFIX)' $(HEED_PAGES)
.PHONY: install-pages uninstall-pages
install-data-local: install-pages
uninstall-hook:
	for d in '$(DESTDIR)$(docdir)' '$(DESTDIR)$(pkgincludedir)'; do \
	    ! test -d "$$d" || find "$$d" -depth -type d -empty -delete || exit 1; done
uninstall-local: uninstall-pages
