comma := ,
# CUDA is for Linux, with cgo. It needs nothing of NVIDIA's to be built: see compute/engine/cuda/driver.
CUDA := $(and $(filter Linux-x86_64 Linux-aarch64,$(shell uname -sm | tr ' ' -)),$(filter-out 0,$(or $(CGO_ENABLED),1)))
DRIVER := $(CURDIR)/compute/engine/cuda/driver
# Not a second time where make calls make.
ifneq ($(and $(CUDA),$(if $(findstring $(DRIVER),$(CGO_CFLAGS)),,yes)),)
export CGO_CFLAGS := -g -O2 -I$(DRIVER)/include $(CGO_CFLAGS)
export CGO_LDFLAGS := -g -O2 -L$(DRIVER)/lib $(CGO_LDFLAGS)
endif
# One set of flags for every go command: another set would compile Fyne, minutes of it, again.
export GOFLAGS := -tags=migrated_fynedo$(if $(CUDA),$(comma)gpu)$(if $(TAGS),$(comma)$(TAGS)) -trimpath \
	$(shell git rev-parse HEAD >/dev/null 2>&1 || echo -buildvcs=false) $(GOFLAGS)
# Where deps puts a newer Go, if the one that is installed is too old.
export PATH := $(CURDIR)/.toolchain/bin:$(PATH)

GOFUMPT     = go run mvdan.cc/gofumpt@v0.9.2
STATICCHECK = go run honnef.co/go/tools/cmd/staticcheck@v0.6.1

TAGS     =
PICTURES =
OUT      = gaze-results
PREFIX   = /usr/local
# Recipes read these from the environment, so that a file's name may hold any character.
export PICTURES OUT

APP_ID = app.gaze
BIN    = $(DESTDIR)$(PREFIX)/bin
SHARE  = $(DESTDIR)$(PREFIX)/share
ICONS  = $(SHARE)/icons/hicolor

# Without CUDA it needs no C, and without a C compiler it is without CUDA.
C_COMPILER = $(if $(filter default undefined,$(origin CC)),gcc,$(CC))
GAZECTL = $(if $(CUDA),printf '\043include <stdlib.h>\n' | $(C_COMPILER) -E -x c - >/dev/null 2>&1 || export CGO_ENABLED=0;,CGO_ENABLED=0) go build -o bin/gazectl ./cmd/gazectl

# The packages whose golden images are of the window.
WINDOW = ./ui/... ./cmd/gaze/...

# The packages that the race detector watches: those that start goroutines or guard
# something, without Fyne's own.
CONCURRENT = $$(grep -rlE 'go func|\.Go\(|sync\.|atomic\.|chan ' --include=*.go cmd/gazectl compute models ui/state | grep -v _test.go | xargs -n 1 dirname | sort -u | sed 's,^,./,')

# How long the tests of one package may take on a machine that is busy with something
# else.
LIMIT = 60m

# X11 or Wayland say so when they are there; macOS always has a display.
DISPLAYS := $(filter Darwin,$(shell uname -s))$(DISPLAY)$(WAYLAND_DISPLAY)

.PHONY: help run run-window run-without-window test test-quick test-asan ptx ptx-assemble build cli lint fmt golden deps install uninstall clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo "  PICTURES=DIR  pictures for run; without a display and this, the samples that are part of Gaze"
	@echo "  TAGS=heic     reads HEIC: see docs/pictures.md for the licence"
	@echo "  OUT=DIR       where run puts its results when there is no display (gaze-results)"
	@echo "  PREFIX=DIR    where install puts things (/usr/local); DESTDIR comes before it"

run: $(if $(DISPLAYS),run-window,run-without-window) ## Open the window, on the folder PICTURES if given

run-window:
	@.ci/deps run
	go build -o bin/gaze ./cmd/gaze
	bin/gaze $(if $(PICTURES),"$$PICTURES")

run-without-window:
	@echo "There is no display here (neither DISPLAY nor WAYLAND_DISPLAY is set): working without the window."
	@test -z "$$PICTURES" || test -e "$$PICTURES" || { echo "There is no $$PICTURES." >&2; exit 2; }
	@$(MAKE) --no-print-directory cli
	@pictures=$$PICTURES; if [ -z "$$pictures" ]; then \
		echo "No PICTURES are given: taking the samples that are part of Gaze."; \
		pictures=$$OUT/samples; bin/gazectl samples "$$pictures" || exit; \
	fi; \
	bin/gazectl analyze "$$pictures" --out "$$OUT"; status=$$?; \
	if [ -d "$$OUT" ]; then echo "The results are in $$(cd "$$OUT" && pwd)"; fi; exit $$status

test: ## Run all tests, the window's on a virtual display (first time: as long as build)
	@.ci/deps test
	go test -timeout $(LIMIT) -race -short $(CONCURRENT)
	go test -timeout $(LIMIT) ./...

test-quick: ## Run the tests of all that needs no window, the long ones left out
	@.ci/deps cli
	go test -timeout $(LIMIT) -short $$(go list ./... | grep -Ev '^gaze/(ui|cmd/gaze)$$|^gaze/ui/(mode|widget|words)')

test-asan: ## Run the tests of CUDA with the kernels checked by AddressSanitizer
	@.ci/deps test
	GAZE_FAKE_FLAGS="-fsanitize=address -fno-omit-frame-pointer" ASAN_OPTIONS=detect_leaks=0 \
		LD_PRELOAD="$$($(or $(CXX),g++) -print-file-name=libasan.so)" go test ./compute/engine/cuda/...

ptx: ## Compile the CUDA kernels, after a change; needs nvcc or NVRTC of CUDA 11.8
	compute/engine/cuda/kernels/ptx.sh

ptx-assemble: ## Assemble what ptx compiled for all GPUs that it is meant for, and tell registers and spills
	compute/engine/cuda/kernels/ptx.sh assemble

build: ## Build bin/gaze and bin/gazectl (first time: about five minutes)
	@.ci/deps build
	go build -o bin/gaze ./cmd/gaze
	$(GAZECTL)

cli: ## Build bin/gazectl alone, which needs nothing but Go, and for CUDA a C compiler
	@.ci/deps cli
	$(GAZECTL)

lint: ## Check the formatting, go vet, staticcheck
	@.ci/deps build
	@echo "gofumpt -l ."; unformatted=$$($(GOFUMPT) -l .) || exit; \
	if [ -n "$$unformatted" ]; then echo "$$unformatted"; echo "not formatted: make fmt" >&2; exit 1; fi
	go vet ./...
	go vet -tags heic ./compute/picture/...
	$(STATICCHECK) ./...

fmt: ## Format the code
	@.ci/deps cli
	$(GOFUMPT) -w .

golden: ## Rewrite golden images, and what documents have from the program: look at every change before you commit it
	@.ci/deps build
	GAZE_GOLDEN=update go test ./compute/heat ./cmd/gazectl $(WINDOW)

deps: ## Install what building and testing need; run, test and build do this by themselves
	@.ci/deps test

install: ## Install what build has built, with icon and menu entry
	@test -x bin/gaze && test -x bin/gazectl || { echo "Nothing to install yet: make build" >&2; exit 1; }
	install -d "$(BIN)" "$(ICONS)/scalable/apps" "$(ICONS)/512x512/apps" "$(SHARE)/applications"
	install -m 755 bin/gaze bin/gazectl "$(BIN)"
	install -m 644 icon/icon.svg "$(ICONS)/scalable/apps/$(APP_ID).svg"
	install -m 644 icon/icon.png "$(ICONS)/512x512/apps/$(APP_ID).png"
	install -m 644 icon/$(APP_ID).desktop "$(SHARE)/applications"

uninstall: ## Remove what install has installed
	rm -f "$(BIN)/gaze" "$(BIN)/gazectl" "$(ICONS)/scalable/apps/$(APP_ID).svg" \
		"$(ICONS)/512x512/apps/$(APP_ID).png" "$(SHARE)/applications/$(APP_ID).desktop"

clean: ## Remove bin and the images that failed tests left
	rm -rf bin
	find . -path '*/testdata/failed' -prune -exec rm -rf {} +
