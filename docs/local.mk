# Installed as they stand here, so that what README.md points to is there.
nobase_dist_doc_DATA += docs/internals.md docs/format.md docs/plugins.md docs/model.md docs/text.md docs/store.md docs/course.md

# Man pages: every command prints its own out of its option rows. Where bare names are not installed they are
# named heed-COMMAND(1).
HEED_PAGES = cli/heed $(HEED_CLI)
docs/man.stamp: cli/heed$(EXEEXT) $(HEED_CLI)
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
