# privmap: `make demo` shows it at work, `make check` tests it; both install what they miss.
# `make help` says what else there is. Nothing here runs a compiler or pkg-config before a recipe
# does: on a fresh system there is none yet.

VERSION = 0.1.0
# Where the project lives: the links of the installed README.md lead there. make homepage HOMEPAGE=URL
# writes another one here and into all recipes of packages.
HOMEPAGE = https://example.org/privmap
BUILD ?= build
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
DOCDIR ?= $(PREFIX)/share/doc/privmap
MANDIR ?= $(PREFIX)/share/man
BASHDIR ?= $(PREFIX)/share/bash-completion/completions
ZSHDIR ?= $(PREFIX)/share/zsh/site-functions
FISHDIR ?= $(PREFIX)/share/fish/vendor_completions.d
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
DATADIR ?= $(PREFIX)/share/privmap
SYSCONFDIR ?= /etc
# How a system's settings name the library: packages say '/usr/$$LIB/libprivmap.so', where the
# dynamic linker puts its own directory.
PRELOAD ?= $(LIBDIR)/libprivmap.so
# The other library lies beside it.
PRELOAD_EXEC = $(PRELOAD:%libprivmap.so=%libprivmap-exec.so)
INSTALL ?= install

CFLAGS ?= -O2 -g
# What is half-made when a command fails is no result.
.DELETE_ON_ERROR:
# -Werror: for make lint and CI. What compilers to come warn of is no reason not to build.
WERROR =
WARNINGS = -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
	-Wvla -Wpointer-arith -Wwrite-strings -Wundef -Wimplicit-fallthrough
PRIVMAP_CPPFLAGS = -std=gnu11 -D_GNU_SOURCE -DPRIVMAP_VERSION='"$(VERSION)"' \
	$(addprefix -Ishim/,core core/rules engine engine/file engine/own engine/copies engine/report rulefile)
PRIVMAP_CFLAGS = $(PRIVMAP_CPPFLAGS) $(WARNINGS) $(WERROR) -fPIC -fvisibility=hidden $(CPPFLAGS) $(CFLAGS)
# Nothing that is preloaded may ever be unloaded again, or bind late, from inside a hook.
# Two segments, not four: each is a mapping more at the start of every program. And without the files
# that compilers begin and end libraries with, for C++ and profiling: they look up four names.
MODULE_LDFLAGS = -shared -nostartfiles -Wl,-z,noseparate-code -Wl,-z,now -Wl,-z,relro -Wl,-z,defs -Wl,--as-needed

core = $(wildcard shim/core/*.c shim/core/*/*.c)
# Finds and reads rule files: for engines and for commands.
reader = $(patsubst %,shim/rulefile/%.c,compiled open search)
engine = $(reader) $(wildcard shim/engine/*.c shim/engine/*/*.c)
preload = $(wildcard shim/preload/*.c)
# Linked first, so that the variables that each start writes share one page of .bss, and the room for
# compiled rules follows them. No variable has an initial value (gap.c).
at_start = $(patsubst %,shim/%.c,preload/gap engine/state engine/report/log engine/report/report preload/next \
	preload/engine rulefile/compiled)
exec_at_start = $(patsubst %,shim/%.c,preload/gap exec/start exec/next rulefile/compiled)
loader = $(wildcard shim/rulefile/loader*.c)
# Preloaded beside the library, for children.
exec = $(wildcard shim/exec/*.c) $(reader) shim/engine/elf-look.c shim/engine/report/record.c shim/engine/report/unreached.c shim/preload/string.c shim/trace/tracee/abi.c
trace = $(wildcard shim/trace/*.c shim/trace/*/*.c)
# privmapctl patch puts the preload engine into static programs, compiled once more and linked without
# libc (shim/patched). It leaves alone what a program's functions expect to find unchanged: vector
# registers and %fs.
# A compiler that make check installs first will be one for this machine.
compiles_for := $(shell echo __x86_64__ __LP64__ | $(CC) $(CPPFLAGS) $(CFLAGS) -g0 -E -P -x c - 2>/dev/null || uname -m)
ifneq ($(filter 1_1 x86_64,$(subst $() ,_,$(compiles_for))),)
PATCHED_IMAGE = $(BUILD)/patched
patcher = $(filter-out %/none.c,$(wildcard shim/patcher/*.c))
else
PATCHED_IMAGE =
patcher = shim/patcher/none.c
endif
# What each command has alone, and what both have.
alone = $(patsubst %,shim/privmap/%.c,privmap destination handed link reads sum supervise windows)
both = $(filter-out $(alone),$(wildcard shim/privmap/*.c))
ctl = $(wildcard shim/privmapctl/*.c shim/privmapctl/*/*.c) $(patcher) shim/rulefile/compiled-write.c \
	shim/trace/tracee/abi.c
command = $(alone) $(both)
sources = $(core) $(engine) $(preload) $(exec) $(trace) $(loader) $(command) $(ctl)
objects = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

.PHONY: all
all: $(patsubst %,$(BUILD)/%,libprivmap.so libprivmap-exec.so privmap-config.so privmap privmapctl config filled/done)

# Where privmap --for finds the examples, before it is installed.
$(BUILD)/config:
	@mkdir -p $(@D)
	@ln -sfn $(call quote,$(CURDIR)/config) $@

# V=1 shows whole commands.
say = $(if $(V),,@printf '  %-4s %s\n' $(1) $@;)
quote = '$(subst ','\'',$(1))'

# What a past build was made with: other flags make everything anew. But make install alone installs
# what was built, whatever flags it is given: it takes those that were written down.
ifeq ($(MAKECMDGOALS),install)
-include $(BUILD)/flags.mk
endif
hash = \#
flags = $(call quote,$(hash) $(PRIVMAP_CFLAGS)) $(foreach name,CC AR CPPFLAGS CFLAGS LDFLAGS WARNINGS WERROR, \
	$(call quote,override $(name) := $(subst $(hash),\$(hash),$(subst $$,$$$$,$($(name))))))
# What is not there is said once here, not by every compile.
$(BUILD)/flags: force
	@mkdir -p $(@D)
	@printf '%s\n' $(flags) | cmp -s - $@ || { \
		$(call has,stdio.h,a C compiler (Debian: gcc libc6-dev)); \
		printf '%s\n' $(flags) >$@.mk && cp $@.mk $@; }
# Where it will be: few files are told.
places = $(foreach name,BINDIR LIBDIR DOCDIR SYSCONFDIR PRELOAD DATADIR VERSION HOMEPAGE,$(call quote,$(name) $($(name))))
$(BUILD)/places: force
	@mkdir -p $(@D)
	@printf '%s\n' $(places) | cmp -s - $@ || printf '%s\n' $(places) >$@
$(call objects,shim/privmap/ld-preload.c): private defines = -DLIBDIR='"$(LIBDIR)"'
$(call objects,shim/exec/trace.c): private defines = -DBINDIR='"$(BINDIR)"'
$(call objects,shim/privmap/example.c): private defines = -DDOCDIR='"$(DOCDIR)"'
$(call objects,shim/rulefile/search.c) $(BUILD)/obj/patched/shim/rulefile/search.o: private defines = -DSYSCONFDIR='"$(SYSCONFDIR)"'
$(call objects,shim/exec/trace.c shim/privmap/example.c shim/privmap/ld-preload.c shim/rulefile/search.c) $(BUILD)/obj/patched/shim/rulefile/search.o: $(BUILD)/places
# The loader alone needs libconfig: the library does without, where rule files are not wanted.
$(BUILD)/libconfig: $(BUILD)/flags
	@$(call has,libconfig.h,libconfig (Debian: libconfig-dev))
	@touch $@
$(call objects,$(loader)): $(BUILD)/libconfig
has = echo '\#include <$(1)>' | $(CC) $(CPPFLAGS) $(CFLAGS) -E -x c - >$(BUILD)/try || { \
	echo 'privmap: needs $(2); make check and make demo install what they need'; exit 1; } >&2
.PHONY: force
force:

# Set for some objects: what else their compile needs.
extra =
defines =
$(BUILD)/obj/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(PRIVMAP_CFLAGS) $(extra) $(defines) -MMD -MP -c -o $@ $<

# Otherwise it would not be the first.
$(call objects,shim/preload/gap.c): private extra = -fno-lto
$(BUILD)/libprivmap.so: $(call objects,$(at_start) $(core) $(engine) $(preload)) shim/preload/libprivmap.map Makefile
	$(call say,LD)$(CC) $(PRIVMAP_CFLAGS) $(LDFLAGS) $(MODULE_LDFLAGS) -Wl,-z,nodelete -Wl,-u,data_gap -Wl,-soname,libprivmap.so \
		-Wl,--version-script=shim/preload/libprivmap.map -o $@ $(filter %.o,$^) -ldl

$(BUILD)/libprivmap-exec.so: $(call objects,$(exec_at_start) $(core) $(exec)) shim/exec/libprivmap-exec.map Makefile
	$(call say,LD)$(CC) $(PRIVMAP_CFLAGS) $(LDFLAGS) $(MODULE_LDFLAGS) -Wl,-z,nodelete -Wl,-u,data_gap -Wl,--gc-sections \
		-Wl,-soname,libprivmap-exec.so -Wl,--version-script=shim/exec/libprivmap-exec.map \
		-o $@ $(filter %.o,$^) -ldl

$(BUILD)/privmap-config.so: $(call objects,$(core) $(loader)) shim/rulefile/loader.map Makefile
	$(call say,LD)$(CC) $(PRIVMAP_CFLAGS) $(LDFLAGS) $(MODULE_LDFLAGS) -Wl,--version-script=shim/rulefile/loader.map \
		-o $@ $(filter %.o,$^) -lconfig -ldl

$(BUILD)/privmap: $(call objects,$(core) $(engine) $(trace) $(command)) Makefile
	$(call say,LD)$(CC) $(PRIVMAP_CFLAGS) $(LDFLAGS) -pthread -pie -Wl,-z,now -Wl,--as-needed \
		-o $@ $(filter %.o,$^) -ldl

# It takes what it asks of files and mappings from the engines, and no more.
$(BUILD)/engine.a: $(call objects,$(core) $(engine))
	@rm -f $@
	$(call say,AR)$(AR) rcs $@ $^
# What privmapctl patch puts in a program's place: a part of privmapctl. CFLAGS are not for it: what
# a sanitizer or a profiler adds needs a libc; so does _FORTIFY_SOURCE, which some compilers set.
LAUNCHER_FLAGS = $(PRIVMAP_CPPFLAGS) -U_FORTIFY_SOURCE $(WARNINGS) $(WERROR) -O1 -ffreestanding -fno-builtin -fno-pie \
	-fno-stack-protector -fno-asynchronous-unwind-tables -nostdlib -static -Wl,-no-pie \
	-Wl,-z,noseparate-code -Wl,-z,norelro -Wl,-z,noexecstack -Wl,--build-id=none -Wl,-s
$(BUILD)/launcher: shim/launcher/launcher.c shim/launcher/launcher.h shim/core/handed-over.h shim/core/kernel.h shim/core/original.h $(BUILD)/flags
	$(call say,LD)$(CC) $(LDFLAGS) $(LAUNCHER_FLAGS) -o $@ $<
$(BUILD)/obj/shim/launcher/bytes.o: shim/launcher/bytes.S $(BUILD)/launcher
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(CFLAGS) -c -Wa,-I$(BUILD) -o $@ $<
# privmapctl patch reads code by Zydis, of version 4 or later, where that is there to build with.
$(BUILD)/zydis: $(BUILD)/flags
	@printf '%s\n' '#if !defined(__x86_64__) || !defined(__LP64__)' '#error' '#endif' '#include <Zydis/Zydis.h>' \
		'_Static_assert(ZYDIS_VERSION >= 0x0004000000000000, "");' | \
		if $(CC) $(CPPFLAGS) $(CFLAGS) -S -o $@.s -x c - >/dev/null 2>&1; then echo -lZydis; fi >$@
$(call objects,shim/patcher/code.c): $(BUILD)/zydis
$(call objects,shim/patcher/code.c): private defines = $$(sed s/-lZydis/-DPATCHER_ZYDIS/ $(BUILD)/zydis)
PATCHED_FLAGS = $(PRIVMAP_CPPFLAGS) -U_FORTIFY_SOURCE -iquote shim/preload -iquote shim/patched $(WARNINGS) $(WERROR) -O2 -g -fPIC \
	-fvisibility=hidden -fno-stack-protector -mgeneral-regs-only -fcf-protection=branch -ffunction-sections \
	-fno-asynchronous-unwind-tables
patched_engine = $(core) $(engine) $(filter-out %/gap.c,$(preload)) $(wildcard shim/patched/*.c) shim/patched/enter.S
patched_objects = $(patsubst %,$(BUILD)/obj/patched/%.o,$(basename $(patched_engine)))
$(BUILD)/obj/patched/%.o: %.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(PATCHED_FLAGS) $(defines) -MMD -MP -c -o $@ $<
$(BUILD)/obj/patched/%.o: %.S $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(PATCHED_FLAGS) -c -o $@ $<
$(BUILD)/patched: $(patched_objects) shim/patched/image.lds Makefile
	$(call say,LD)$(CC) -nostdlib -static-pie -Wl,--gc-sections -Wl,-e,patched_start -Wl,-u,patched_image \
		-Wl,-T,shim/patched/image.lds -Wl,-z,norelro -Wl,-z,noexecstack -Wl,--build-id=none -o $@ $(patched_objects)
$(BUILD)/obj/shim/patched/bytes.o: shim/patched/bytes.S $(PATCHED_IMAGE) $(BUILD)/flags
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(CFLAGS) $(if $(PATCHED_IMAGE),-DPATCHED_IMAGE='"$(PATCHED_IMAGE)"') -c -o $@ $<
$(BUILD)/privmapctl: $(call objects,$(ctl) $(both)) $(BUILD)/obj/shim/launcher/bytes.o $(BUILD)/obj/shim/patched/bytes.o $(BUILD)/engine.a $(BUILD)/zydis Makefile
	$(call say,LD)$(CC) $(PRIVMAP_CFLAGS) $(LDFLAGS) -pie -Wl,-z,now -Wl,--as-needed \
		-o $@ $(filter %.o %.a,$^) -ldl $$(cat $(BUILD)/zydis)

# --- tests: each tests/*/NAME.c is a cmocka program; those of tests/preloaded are run preloaded ---

# To be preloaded.
libraries = $(wildcard integration/refusers/preload/*.c) integration/traced/count.c integration/bench/empty.c \
	tests/preloaded/refuse.c
unit_tests = $(patsubst %.c,$(BUILD)/%,$(filter-out $(libraries),$(wildcard tests/*/*.c)))

# An archive: each program takes the parts it tests. Without the hooks and string.c, which
# would replace libc's.
$(BUILD)/privmap.a: $(call objects,$(filter-out $(trace) $(wildcard shim/exec/*.c) %/hooks.c %/string.c %/privmap.c %/handed.c %/privmapctl.c,$(sort $(sources))))
	@rm -f $@
	$(call say,AR)$(AR) rcs $@ $^

# Quoted names only: the system has an elf.h of its own.
$(BUILD)/obj/tests/%.o: private extra = $(patsubst %,-iquote %,tests $(addprefix shim/,preload privmap privmapctl privmapctl/doctor privmapctl/patch patcher patched))
of_trace = $(patsubst %,-iquote shim/trace%,/ /stops /tracee)
$(BUILD)/obj/shim/trace/%.o $(BUILD)/obj/shim/privmap/%.o: private extra = $(of_trace)
$(BUILD)/obj/shim/exec/%.o: private extra = $(of_trace)
$(BUILD)/obj/shim/privmapctl/%.o: private extra = $(patsubst %,-iquote shim/%,privmapctl privmapctl/doctor privmapctl/patch privmap launcher patcher patched)
$(BUILD)/obj/shim/patcher/%.o: private extra = -iquote shim/patched
$(BUILD)/obj/shim/patched/%.o: private extra = -iquote shim/patched -iquote shim/preload
# Those of the tracer name what they take: it and the preload library are both an engine (engine.h).
tests_of_trace = $(patsubst %,$(BUILD)/obj/tests/unit/%.o,filter filter-others filter-kernel mm purge)
$(tests_of_trace): private extra = $(of_trace)
$(patsubst %,$(BUILD)/tests/unit/%,filter filter-others filter-kernel): $(call objects,$(patsubst %,shim/trace/%.c,tracee/abi stops/filter))
$(BUILD)/tests/unit/mm: $(call objects,$(patsubst %,shim/trace/%.c,tracee/abi copies mm))
$(BUILD)/tests/unit/purge: $(call objects,$(patsubst %,shim/trace/%.c,tracee/abi copies mm ranges))
$(unit_tests): $(BUILD)/%: $(BUILD)/obj/%.o $(BUILD)/privmap.a $(BUILD)/zydis
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(PRIVMAP_CFLAGS) $(LDFLAGS) -pthread -Wl,--as-needed \
		-o $@ $(filter %.o,$^) $(filter %.a,$^) -lcmocka -lconfig -ldl $$(cat $(BUILD)/zydis)

# For libFuzzer, which clang has; tests/house/fuzz.sh says with which flags all of it is built.
fuzzers = $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/fuzz/*.c))
$(fuzzers): $(BUILD)/%: $(BUILD)/obj/%.o $(BUILD)/obj/shim/patched/bytes.o $(BUILD)/privmap.a $(BUILD)/zydis
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(PRIVMAP_CFLAGS) $(LDFLAGS) -fsanitize=fuzzer -Wl,--as-needed \
		-o $@ $(filter %.o,$^) $(filter %.a,$^) -lconfig -ldl $$(cat $(BUILD)/zydis)

# --- integration: small programs, a library, and the refusing filesystem ---

# These directories are one program each; in the others each file is one.
directories = conform execs refusers/refusefs refusers/mmapworld
parts = $(wildcard integration/$(1)/*.c)
single = $(filter-out $(libraries),$(foreach dir,programs traced bench,$(wildcard integration/$(dir)/*.c)))
programs = $(single) $(directories:%=integration/%.c)
# As they are, and without a dynamic linker, which no preload library reaches.
twins = $(patsubst %,$(BUILD)/integration/%-static,conform programs/mapkinds programs/mapsteps programs/started \
	programs/tells programs/selfserved programs/mapstorm programs/mapcrowd programs/selfstorm \
	bench/nothing bench/calls)
tools = $(patsubst %.c,$(BUILD)/%,$(programs)) $(twins) $(libraries:%.c=$(BUILD)/%.so)

$(BUILD)/obj/integration/%.o: private extra = -fvisibility=default
$(call objects,$(call parts,refusers/refusefs)): private extra = $$(pkg-config --cflags fuse3)
# No preload library reaches them.
static_programs = $(filter integration/traced/%,$(single))
$(static_programs:%.c=$(BUILD)/%): libs = -static
$(BUILD)/integration/refusers/refusefs: libs = $$(pkg-config --libs fuse3)
$(BUILD)/integration/programs/lmdbsession: libs = -llmdb

$(foreach name,$(directories),$(eval $(BUILD)/integration/$(name): $(call objects,$(call parts,$(name)))))
# It runs its cases as the one of mappings does.
$(BUILD)/integration/execs: $(call objects,$(patsubst %,integration/conform/%.c,answers children conform files))
$(single:%.c=$(BUILD)/%): $(BUILD)/%: $(BUILD)/obj/%.o
$(programs:%.c=$(BUILD)/%):
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(PRIVMAP_CFLAGS) $(LDFLAGS) -pthread -o $@ $(sort $^) $(libs)

$(BUILD)/integration/conform-static: $(call objects,$(call parts,conform))
$(filter-out %/conform-static,$(twins)): $(BUILD)/%-static: $(BUILD)/obj/%.o
$(twins):
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(PRIVMAP_CFLAGS) $(LDFLAGS) -static -pthread -o $@ $(sort $^)

$(libraries:%.c=$(BUILD)/%.so): $(BUILD)/%.so: $(BUILD)/obj/%.o
	@mkdir -p $(@D)
	$(call say,LD)$(CC) $(PRIVMAP_CFLAGS) $(LDFLAGS) -shared -o $@ $^ -ldl

# make lint compiles everything with each compiler.
all_objects = $(call objects,$(sort $(sources) $(wildcard tests/*/*.c tests/unit/fuzz/*.c) $(single) $(libraries) \
	$(foreach name,$(directories),$(call parts,$(name)))))
.PHONY: objects
objects: $(all_objects)
-include $(all_objects:.o=.d)

# --- what is run ---

suites = $(patsubst %,integration/suites/%.sh,$(1))
# What begins first: the longest, so that no processor waits for them at the end; of these, what needs
# nothing that is built once.
longest = $(call suites,conformance traced) tests/house/builds.sh $(call suites,faults worlds) \
	tests/packages/deb.sh tests/packages/readme.sh $(call suites,matrix buffers)
not_run = $(wildcard tests/command/*-lib.sh) tests/house/lint.sh
every = $(filter-out $(not_run),$(unit_tests) $(wildcard tests/*/*.sh integration/suites/*.sh))

# Only in check-all: what needs other systems, or time.
more = tests/house/fuzz.sh tests/house/releases.sh $(call suites,gvisor git-tests patched-worlds patched-corpus)
# The tiers of make check. A compiler and cmocka are all that the first needs.
run_of_check-unit = $(filter $(BUILD)/tests/unit/% $(BUILD)/tests/rulefile/%,$(unit_tests)) tests/house/library.sh
run_of_check-mount = $(addprefix integration/suites/conformance.sh:,traced converted buffered) \
	$(call suites,exec traced refusefs strace stamps kept windows halfway missing negatives traced-stops hosts) \
	$(filter $(BUILD)/tests/preloaded/%,$(unit_tests)) \
	$(filter-out $(not_run),$(wildcard tests/command/*.sh tests/rulefile/*.sh))
run_of_check-clients = $(call suites,advice faults worlds git matrix buffers clients exec-clients mallocs trace-clients patched selfserved places)
# What boots whole systems; and what finds other faults in what make check runs already.
long = tests/house/sanitizers.sh:thread $(call suites,boot exec-faults guest guest-interrupted) \
	$(addprefix tests/house/sanitizers.sh:,valgrind exec address) tests/house/builds.sh:levels tests/packages/newcomer.sh
# What finds the more the longer it runs.
stress = $(call suites,traced kept selfserved faults) $(filter %-stress %/unit/ranges,$(unit_tests))
run_of_check-long = $(long) $(stress)
run_of_check = $(if $(T),$(one),$(longest) \
	$(filter-out $(longest) $(long) $(more) tests/house/sanitizers.sh,$(every)))
run_of_check-all = $(long) $(run_of_check) $(more)
# T=unit/glob, T=suites/strace, T=house/sanitizers:thread, T=conform/remap: only that.
path_and_argument = $(subst :, ,$(T:conform/%=suites/conformance:%))
path = $(firstword $(path_and_argument))
one = $(or $(addsuffix $(addprefix :,$(word 2,$(path_and_argument))), \
	$(filter $(BUILD)/tests/$(path) tests/$(path).sh integration/$(path).sh,$(every))),$(error there is no test $(T)))

checks = check-unit check-mount check-clients check-long check check-all
.PHONY: $(checks) demo guest matrix lint bench aarch64
# What is built or downloaded once is so outside of the runner, so that one sees how far it has come;
# and beside it, so that no processor is idle. A test waits for what it needs (integration/lib/cache.sh).
once_of_check-clients = "clients/gix-static.sh" "clients/gix.sh" "clients/gix-fixed.sh" "clients/pygit2.sh" \
	"clients/gogit.sh" "clients/libgit2-static.sh"
toolchain = "guest/aarch64/toolchain.sh"
once_of_check = $(if $(T),,$(once_of_check-clients) $(toolchain))
once_of_check-long = "clients/gix.sh" "clients/pygit2.sh" $(toolchain) "guest/virtiofsd.sh" \
	"guest/kernel.sh current" "guest/kernel.sh newer" "guest/zfs.sh"
once_of_aarch64 = $(toolchain) "guest/aarch64/kernel$(if $(VA_BITS),-$(VA_BITS).sh,.sh $(PAGES))" "guest/aarch64/git.sh" "clients/gix-aarch64.sh"
once_of_check-all = $(once_of_check) $(filter-out $(once_of_check),$(once_of_check-long)) "guest/gvisor/runsc.sh" \
	"clients/git-source.sh" "clients/jj-static.sh" "clients/gix-musl.sh" "clients/jj-musl.sh" "clients/static.sh --all"
$(filter-out check-unit,$(checks)): $(tools)
$(filter-out check-unit,$(checks)): $(unit_tests)
check-unit: $(filter $(BUILD)/%,$(run_of_check-unit))
$(checks): all
	@{ for script in $(once_of_$@); do integration/$$script 2>&1 >$(BUILD)/client || :; done; } | cat >&2 & \
	BUILD=$(call quote,$(BUILD)) CC=$(call quote,$(CC)) \
		STRESS_ROUNDS=$(if $(filter check-long check-all,$@),10000,1000) \
		TEST_SECONDS=$${TEST_SECONDS:-3000} tests/run $(run_of_$@); status=$$?; wait; exit $$status

demo: all $(BUILD)/integration/refusers/refusefs
	@BUILD=$(call quote,$(BUILD)) integration/demo.sh

guest: all $(tools)
	@BUILD=$(call quote,$(BUILD)) integration/suites/guest.sh

matrix: all $(tools)
	@BUILD=$(call quote,$(BUILD)) integration/suites/matrix.sh --all

# QUICK=1: fewer rounds. AGAINST=REVISION: what has become slower since?
bench: all $(tools)
	@BUILD=$(call quote,$(BUILD)) QUICK=$(QUICK) AGAINST=$(call quote,$(AGAINST)) integration/bench.sh

# PAGES=16k: on a kernel with pages of 16 KiB. VA_BITS=39: on one with addresses of 39 bits.
aarch64: all $(BUILD)/integration/conform
	@for script in $(once_of_aarch64); do integration/$$script >$(BUILD)/client || :; done
	@BUILD=$(call quote,$(BUILD)) TEST_SECONDS=7200 tests/run integration/aarch64.sh$(addprefix :,$(or $(VA_BITS),$(PAGES)))

lint:
	@tests/run tests/house/lint.sh

# These install what they miss, before anything is compiled; plain make never does.
packages_for_check-mount = build check
packages_for_check-clients = build check gix trace
packages_for_check-long = build check gix trace builds guest cross deb packed
packages_for_check = build check $(if $(filter-out suites/% house/% packages/%,$(T)),,gix trace builds cross deb packed) \
	$(if $(filter suites/boot suites/guest%,$(T)),guest) $(if $(filter suites/patched-corpus,$(T)),corpus)
packages_for_check-all = $(packages_for_check) guest fuzz gvisor git worlds corpus
packages_for_demo = build demo gix
packages_for_guest = build check gix guest
packages_for_matrix = build check gix trace guest matrix
packages_for_bench = build check gix trace bench
packages_for_lint = build check lint
packages_for_deb = build deb
packages_for_aarch64 = build cross aarch64 $(VA_BITS:%=kernel)
packages = $(sort $(foreach goal,$(MAKECMDGOALS),$(packages_for_$(goal))))
ifneq ($(packages),)
.PHONY: packages
packages:
	@integration/lib/packages.sh $(packages)
$(BUILD)/flags lint deb: | packages
endif

# --- installation: no rule file, for the shipped rules are built in ---

at = $(call quote,$(DESTDIR)$(1))
# Manual pages and completions, and where each goes.
texts = $(wildcard config/man/*.[1578] config/completion/*)
place.1 = $(MANDIR)/man1/$(notdir $(1))
place.5 = $(MANDIR)/man5/$(notdir $(1))
place.7 = $(MANDIR)/man7/$(notdir $(1))
place.8 = $(MANDIR)/man8/$(notdir $(1))
place.bash = $(BASHDIR)/$(basename $(notdir $(1)))
place.zsh = $(ZSHDIR)/_$(basename $(notdir $(1)))
place.fish = $(FISHDIR)/$(notdir $(1))
place = $(call at,$(call place$(suffix $(1)),$(1)))
# What a system's profile is made of.
profile = $(filter-out %.d %/systemd,$(wildcard config/system/* config/system/*/*))
place_of_profile = $(call at,$(DATADIR)/$(patsubst config/system/%,%,$(1)))
# environment.d(5) would take $LIB for a variable.
PRELOAD_DOLLARS = $(subst $$,$$$$,$(PRELOAD))
PRELOAD_EXEC_DOLLARS = $(subst $$,$$$$,$(PRELOAD_EXEC))
fill = sed $(foreach name,HOMEPAGE LIBDIR PRELOAD PRELOAD_DOLLARS PRELOAD_EXEC PRELOAD_EXEC_DOLLARS DATADIR VERSION,-e $(call quote,s|@$(name)@|$($(name))|g)) \
	-e $(call quote,s|/etc/privmap\.conf|$(SYSCONFDIR)/privmap.conf|g)
# README.md names files that are not installed beside it.
absolute = sed 's|](\([A-Za-z][^):]*\))|]($(HOMEPAGE)/\1)|g'
# As they are installed, below a directory of the build.
to_fill = $(texts) $(profile) config/packages/privmap.pc
filled = $(addprefix $(BUILD)/filled/,$(1))
$(BUILD)/filled/done: $(to_fill) README.md $(BUILD)/places Makefile
	@mkdir -p $(sort $(dir $(call filled,$(to_fill))))
	@set -e; $(foreach file,$(to_fill),$(fill) $(file) >$(call filled,$(file));)
	@$(absolute) README.md >$(call filled,README.md)
	@touch $@
preloaded = libprivmap.so libprivmap-exec.so
.PHONY: install uninstall
# What is preloaded is renamed into place: programs may be starting with it at this moment.
install: all
	$(INSTALL) -d $(call at,$(BINDIR)) $(call at,$(LIBDIR)/privmap) $(call at,$(DOCDIR)/examples) \
		$(foreach section,1 5 7 8,$(call at,$(MANDIR)/man$(section))) \
		$(call at,$(BASHDIR)) $(call at,$(ZSHDIR)) $(call at,$(FISHDIR)) $(call at,$(PKGCONFIGDIR)) \
		$(foreach name,profile.d conf.d environment.d systemd,$(call at,$(DATADIR)/$(name)))
	$(INSTALL) -m 755 $(BUILD)/privmap $(call at,$(BINDIR)/privmap)
	$(INSTALL) -m 755 $(BUILD)/privmapctl $(call at,$(BINDIR)/privmapctl)
	$(INSTALL) -m 644 $(BUILD)/privmap-config.so $(call at,$(LIBDIR)/privmap/privmap-config.so)
	set -e; $(foreach name,$(preloaded),$(INSTALL) -m 644 $(BUILD)/$(name) $(call at,$(LIBDIR)/.$(name).new); \
		mv -f $(call at,$(LIBDIR)/.$(name).new) $(call at,$(LIBDIR)/$(name));)
	$(INSTALL) -m 644 $(call filled,README.md) SECURITY.md LICENSE config/privmap.conf $(call at,$(DOCDIR))
	$(INSTALL) -m 644 $(wildcard config/examples/*.conf) $(call at,$(DOCDIR)/examples)
	set -e; $(foreach text,$(texts),$(INSTALL) -m 644 $(call filled,$(text)) $(call place,$(text));)
	set -e; $(foreach file,$(profile),$(INSTALL) -m 644 $(call filled,$(file)) $(call place_of_profile,$(file));)
	$(INSTALL) -m 644 $(call filled,config/packages/privmap.pc) $(call at,$(PKGCONFIGDIR))

# Directories of others stay, and so does what somebody put into ours.
uninstall:
	rm -f $(call at,$(BINDIR)/privmap) $(call at,$(BINDIR)/privmapctl) $(foreach name,$(preloaded),$(call at,$(LIBDIR)/$(name))) \
		$(foreach text,$(texts),$(call place,$(text))) \
		$(call at,$(LIBDIR)/privmap/privmap-config.so) $(call at,$(PKGCONFIGDIR)/privmap.pc) \
		$(foreach file,$(profile),$(call place_of_profile,$(file))) \
		$(foreach name,README.md SECURITY.md LICENSE privmap.conf,$(call at,$(DOCDIR)/$(name))) \
		$(foreach name,$(wildcard config/examples/*.conf),$(call at,$(DOCDIR)/examples/$(notdir $(name))))
	-rmdir $(call at,$(LIBDIR)/privmap) $(call at,$(DOCDIR)/examples) $(call at,$(DOCDIR)) \
		$(foreach name,profile.d conf.d environment.d systemd,$(call at,$(DATADIR)/$(name))) \
		$(call at,$(DATADIR)) 2>/dev/null

# --- packages, from a copy of the sources ---

# BUILD, PREFIX and the like are not those of a package.
clean_environment = env -i PATH="$$PATH" HOME="$$HOME" DEB_BUILD_OPTIONS="$$DEB_BUILD_OPTIONS"

.PHONY: deb
deb:
	@config/packages/tree.sh $(call quote,$(BUILD)/deb/privmap-$(VERSION)) debian
	@cd $(call quote,$(BUILD)/deb/privmap-$(VERSION)) && $(clean_environment) \
		dpkg-buildpackage -us -uc >../log 2>&1 || { tail -n 40 ../log; exit 1; }
	@cp $(BUILD)/deb/*.deb $(BUILD)
	@ls $(BUILD)/deb/*.deb | sed 's,/deb/,/,'

.PHONY: rpm
rpm:
	@config/packages/tree.sh $(call quote,$(BUILD)/rpm/privmap-$(VERSION))
	@cd $(call quote,$(BUILD)/rpm) && tar -czf privmap-$(VERSION).tar.gz privmap-$(VERSION) && \
		$(clean_environment) rpmbuild -bb --define "_topdir $$PWD" --define "_sourcedir $$PWD" $(RPMFLAGS) \
		$(call quote,$(CURDIR)/config/packages/rpm/privmap.spec) >log 2>&1 || { tail -n 40 log; exit 1; }
	@find $(BUILD)/rpm/RPMS -name '*.rpm'

# For users who have pip but not root.
.PHONY: wheel
wheel:
	@rm -rf $(call quote,$(BUILD)/wheel)/usr $(call quote,$(BUILD)/wheel)/made
	@mkdir -p $(call quote,$(BUILD)/wheel)
	@$(clean_environment) $(MAKE) -s BUILD=$(call quote,$(abspath $(BUILD))/wheel/build) \
		DESTDIR=$(call quote,$(abspath $(BUILD))/wheel) PREFIX=/usr/local install >$(BUILD)/wheel/log 2>&1 || \
		{ tail -n 40 $(BUILD)/wheel/log; exit 1; }
	@config/packages/wheel/make.sh $(call quote,$(BUILD)/wheel) $(VERSION) $(HOMEPAGE) \
		$(call quote,$(abspath $(BUILD)))

.PHONY: homepage
homepage:
	@old=$$(sed -n 's/^HOMEPAGE = //p' Makefile); \
	grep -rlF "$$old" Makefile config/packages | xargs sed -i "s|$$old|"$(call quote,$(HOMEPAGE))"|g"

# The sources as git has them in this revision: the same bytes each time.
.PHONY: dist
dist:
	@mkdir -p $(BUILD)
	@git -c tar.umask=0022 archive --prefix=privmap-$(VERSION)/ -o $(BUILD)/privmap-$(VERSION).tar HEAD
	@gzip -9nf $(BUILD)/privmap-$(VERSION).tar
	@cd $(BUILD) && sha256sum privmap-$(VERSION).tar.gz >SHA256SUMS
	@ls $(BUILD)/privmap-$(VERSION).tar.gz $(BUILD)/SHA256SUMS

.PHONY: clean help
clean:
	rm -rf $(BUILD)

help:
	@echo 'make            the libraries, the rule file loader and the commands, in $(BUILD)/'
	@echo 'make demo       shows what it is for'
	@echo 'make check      the tests; T=unit/glob, T=suites/strace, T=conform/remap: one of them'
	@echo 'make check-unit     those that need a compiler and cmocka, nothing else; some seconds'
	@echo 'make check-mount    those on a mount that refuses shared mappings, about 3 minutes'
	@echo 'make check-clients  those of real clients'
	@echo 'make check-long     those that boot QEMU guests (make guest: one of them), sanitizers, compilers, storms'
	@echo 'make check-all  all of them, what takes random bytes (libFuzzer), gVisor, static programs, other releases of Debian'
	@echo 'make matrix     many clients, in the guest too; writes integration/results/MATRIX.md, about 30 minutes'
	@echo 'make bench      what everything costs, in 6 minutes: integration/results/BENCH.md; QUICK=1: in one;'
	@echo '                AGAINST=REVISION: has anything become slower since then?'
	@echo 'make aarch64    both engines on a kernel for aarch64, emulated, about 7 minutes; or PAGES=16k, VA_BITS=39'
	@echo 'make lint       what compilers and linters find'
	@echo 'make install    to PREFIX ($(PREFIX)); BINDIR, LIBDIR, DOCDIR, MANDIR, DESTDIR are honoured,'
	@echo '                SYSCONFDIR ($(SYSCONFDIR)) is where a rule file is looked for'
	@echo 'make deb        Debian packages, in $(BUILD)/; make rpm: those of rpmbuild, in $(BUILD)/rpm'
	@echo 'make wheel      a Python wheel, in $(BUILD)/; its tools come from PyPI'
	@echo 'make dist       the sources of this revision, in $(BUILD)/, and SHA256SUMS'
	@echo 'make homepage HOMEPAGE=URL  writes another address of the project into all recipes'
	@echo 'make uninstall  removes what install put'
	@echo 'make clean      removes $(BUILD)/'
	@echo 'Others: CC CFLAGS CPPFLAGS LDFLAGS, BUILD=DIRECTORY, V=1 to see whole commands.'
