#!/bin/sh
# Compiles the kernels to PTX: for Turing and all later GPUs, and for Ampere and
# later ones what copies to shared memory while it computes or uses tensor cores.
set -e
cd "$(dirname "$0")"
mkdir -p ../ptx
for f in conv elementwise linear norm pool winograd; do
	nvcc -std=c++17 -O3 -ptx -arch=compute_75 -o ../ptx/$f.75.ptx $f.cu
done
for f in conv tensor; do
	nvcc -std=c++17 -O3 -ptx -arch=compute_80 -o ../ptx/$f.80.ptx $f.cu
done
