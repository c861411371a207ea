// Tensors of any number of axes.
#pragma once
#include "common.cuh"

// Places are where an element lies in N tensors. A layout has for each axis, the last
// one first, its length and the steps of the tensors along it.
template <int N> struct Places { int of[N]; };

template <int N>
__device__ __forceinline__ Places<N> places(int i, const int *layout, int axes) {
  Places<N> p;
  UNROLL
  for (int t = 0; t < N; t++) p.of[t] = 0;
  for (int axis = 0; axis < axes; axis++, layout += N + 1) {
    const int side = __ldg(layout), k = i % side;
    i /= side;
    UNROLL
    for (int t = 0; t < N; t++) p.of[t] += k * __ldg(layout + 1 + t);
  }
  return p;
}
