EXTRA_DIST += docs/internals.md docs/format.md docs/plugins.md docs/model.md docs/text.md
EXTRA_DIST += docs/store.md

# Man pages: every command prints its own out of its option rows. Where bare names are not installed they are
# named heed-COMMAND(1).
HEED_PAGES = $(bin_PROGRAMS) $(pkglibexec_PROGRAMS)
docs/man.stamp: $(bin_PROGRAMS) $(pkglibexec_PROGRAMS)
	$(AM_V_GEN)$(MKDIR_P) docs && rm -f docs/*.1 && for p in $(HEED_PAGES); do \
	    p=$${p##*/}; p=$${p%$(EXEEXT)}; cli/$$p --help=man > docs/$$p.1 || exit 1; done
	$(AM_V_at)touch $@
all-local: docs/man.stamp
CLEANFILES += docs/*.1 docs/man.stamp

if BARE_NAMES
HEED_PAGE_PREFIX =
else
HEED_PAGE_PREFIX = heed-
endif
install-data-local: docs/man.stamp
	$(MKDIR_P) '$(DESTDIR)$(mandir)/man1'
	for p in $(HEED_PAGES); do p=$${p##*/}; p=$${p%$(EXEEXT)}; \
	    test $$p = heed && to=heed || to=$(HEED_PAGE_PREFIX)$$p; \
	    $(INSTALL_DATA) docs/$$p.1 '$(DESTDIR)$(mandir)/man1'/$$to.1 || exit 1; done
uninstall-local:
	for p in $(HEED_PAGES); do p=$${p##*/}; p=$${p%$(EXEEXT)}; \
	    test $$p = heed && to=heed || to=$(HEED_PAGE_PREFIX)$$p; \
	    rm -f '$(DESTDIR)$(mandir)/man1'/$$to.1; done
