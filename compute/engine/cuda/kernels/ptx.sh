#!/bin/sh
# Compiles the kernels to PTX, with nvcc of CUDA 11.8 (Debian: nvidia-cuda-toolkit) or,
# where that is missing, with its compiler as a library (see nvrtc.py):
# for Turing and all later GPUs, and for Ampere and later ones what copies to shared
# memory while it computes or uses tensor cores. sources.txt says what from; a test
# compares it with the sources.
#
#   ptx.sh           compile
#   ptx.sh assemble  assemble what was compiled for the GPUs it is meant for, and
#                    say what each kernel takes
set -eu
cd "$(dirname "$0")"

if [ "${1:-}" = assemble ]; then
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
	for ptx in ../ptx/*.ptx; do
		for sm in 75 80 86 89 90; do
			case $ptx in *.80.ptx) [ $sm -lt 80 ] && continue ;; esac
			ptxas -arch=sm_$sm -v -o "$scratch/out" "$ptx" 2>"$scratch/log" || { cat "$scratch/log" >&2; exit 1; }
			echo "$(basename "$ptx") sm_$sm: $(grep -c 'Compiling entry' "$scratch/log") kernels," \
				"at most $(grep -o 'Used [0-9]* registers' "$scratch/log" | sort -k2 -n | tail -1 | cut -d' ' -f2) registers," \
				"$(grep -o '[0-9]* bytes spill stores' "$scratch/log" | awk '{n += $1} END {print n + 0}') bytes spilled"
		done
	done
	exit
fi

compile() {
	if command -v nvcc >/dev/null; then
		nvcc -std=c++17 -O3 -ptx -arch="$2" -o "$3" "$1"
	else
		python3 nvrtc.py "$1" "$2" "$3"
	fi
}

mkdir -p ../ptx
for f in attention conv elementwise functions general linear matmul norm pool winograd; do
	compile $f.cu compute_75 ../ptx/$f.75.ptx
done
for f in conv tensor; do
	compile $f.cu compute_80 ../ptx/$f.80.ptx
done
sha256sum -- *.cu *.cuh >../ptx/sources.txt
