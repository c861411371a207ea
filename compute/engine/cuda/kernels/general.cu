// Operations on tensors of any number of axes.
#include "general.cuh"

// take makes rows of elements of other rows, and of a number where index is -1.
KERNEL(256) take(float *y, const float *x, const int *index, int2 length_from, float2 otherwise, int2 n) {
  EACH(i, n.x) {
    const int k = index[i % length_from.x];
    y[i] = k < 0 ? otherwise.x : x[(size_t)(i / length_from.x) * length_from.y + k];
  }
}

// scatter adds up the elements that were taken from each: those that sources has from
// the place on that begins has, to the one that the next has.
KERNEL(256) scatter(float *dx, const float *dy, const int *begins, const int *sources, int2 length_from, int2 n) {
  EACH(i, n.x) {
    const float *row = dy + (size_t)(i / length_from.y) * length_from.x;
    const int own = i % length_from.y;
    float sum = 0;
    for (int k = begins[own]; k < begins[own + 1]; k++) sum += row[sources[k]];
    dx[i] = sum;
  }
}

KERNEL(256) permute(float *y, const float *x, const int *layout, int2 axes_n) {
  EACH(i, axes_n.y) y[i] = x[places<1>(i, layout, axes_n.x).of[0]];
}

__device__ float lesser(float a, float b) { return a != a ? a : b != b ? b : fminf(a, b); }
__device__ float greater(float a, float b) { return a != a ? a : b != b ? b : fmaxf(a, b); }

__device__ float power_slope(float a, float b) { return b == 0 ? 0 : b * powf(a, b - 1); }
__device__ float power_log(float a, float b) { return a == 0 && b >= 0 ? 0 : powf(a, b) * logf(a); }

// two is a function of two numbers.
__device__ float two(int kind, float a, float b) {
  switch (kind) {
  case 0: return a + b;
  case 1: return a - b;
  case 2: return a * b;
  case 3: return a / b;
  case 4: return a; // the first
  case 5: return powf(a, b);
  case 6: return lesser(a, b);
  case 7: return greater(a, b);
  case 8: return a < b;
  case 9: return a <= b;
  case 10: return a > b;
  case 11: return a >= b;
  case 12: return a == b;
  case 13: return power_slope(a, b);
  case 14: return power_log(a, b);
  case 15: return b == 0 || b == 1 ? 0 : b * (b - 1) * powf(a, b - 2); // PowerBend
  case 16: return powf(a, b - 1) * (1 + b * logf(a));                  // PowerCross
  case 17: return power_log(a, b) * logf(a);                           // PowerLogs
  case 18: return 0.5f * (a < b) + 0.5f * (a <= b);                    // Below
  case 19: return 0.5f * (a > b) + 0.5f * (a >= b);                    // Above
  }
  // Not a number, for a function that is not here.
  return (a - a) / (a - a);
}

KERNEL(256) binary(float *y, const float *a, const float *b, const int *layout, int2 axes_kind, int2 n) {
  EACH(i, n.x) {
    const Places<2> at = places<2>(i, layout, axes_kind.x);
    y[i] = two(axes_kind.y, a[at.of[0]], b[at.of[1]]);
  }
}

// binary_sum adds up a box of results for each element of y, with a block for each.
KERNEL(256) binary_sum(float *y, const float *a, const float *b, const int *layout, const int *box, int2 axes_kind, int2 box_axes_n) {
  const Places<2> at = places<2>(blockIdx.x, layout, axes_kind.x);
  float sum = 0;
  for (int i = threadIdx.x; i < box_axes_n.y; i += blockDim.x) {
    const Places<2> more = places<2>(i, box, box_axes_n.x);
    sum += two(axes_kind.y, a[at.of[0] + more.of[0]], b[at.of[1] + more.of[1]]);
  }
  sum = block_sum(sum);
  if (threadIdx.x == 0) y[blockIdx.x] = sum;
}

KERNEL(256) where(float *y, const float *condition, const float *yes, const float *no, const int *layout, int2 axes_n) {
  EACH(i, axes_n.y) {
    const Places<3> at = places<3>(i, layout, axes_n.x);
    y[i] = condition[at.of[0]] != 0 ? yes[at.of[1]] : no[at.of[2]];
  }
}

// Of three axes the middle one is reduced: 0 to the largest, 1 to the smallest, 2 to
// the product. A warp, or a thread, has a result.
__device__ float reduced(int kind, float a, float b) { return kind == 0 ? greater(a, b) : kind == 1 ? lesser(a, b) : a * b; }

__device__ __forceinline__ size_t middle(int i, int length, int inner) { return (size_t)(i / inner) * length * inner + i % inner; }

KERNEL(256) reduce(float *y, const float *x, int2 length_inner, int2 kind_lanes, int2 n) {
  const int lanes = kind_lanes.y, lane = threadIdx.x % lanes;
  for (int i = (blockIdx.x * blockDim.x + threadIdx.x) / lanes; i < n.x; i += gridDim.x * blockDim.x / lanes) {
    const float *from = x + middle(i, length_inner.x, length_inner.y);
    float v = kind_lanes.x == 0 ? -INFINITY : kind_lanes.x == 1 ? INFINITY : 1;
    for (int k = lane; k < length_inner.x; k += lanes) v = reduced(kind_lanes.x, v, from[(size_t)k * length_inner.y]);
    if (lanes > 1)
      for (int mask = 16; mask > 0; mask /= 2) v = reduced(kind_lanes.x, v, __shfl_xor_sync(0xffffffffu, v, mask));
    if (lane == 0) y[i] = v;
  }
}

// reduce_back shares a gradient among the elements that are the result y.
KERNEL(256) reduce_back(float *dx, const float *x, const float *y, const float *dy, int2 length_inner, int2 lanes_n) {
  const int lanes = lanes_n.x, lane = threadIdx.x % lanes;
  for (int i = (blockIdx.x * blockDim.x + threadIdx.x) / lanes; i < lanes_n.y; i += gridDim.x * blockDim.x / lanes) {
    const size_t begin = middle(i, length_inner.x, length_inner.y);
    float equal = 0;
    for (int k = lane; k < length_inner.x; k += lanes) equal += x[begin + (size_t)k * length_inner.y] == y[i];
    if (lanes > 1) equal = warp_sum(equal);
    for (int k = lane; k < length_inner.x; k += lanes) {
      const size_t at = begin + (size_t)k * length_inner.y;
      dx[at] = x[at] == y[i] ? dy[i] / equal : 0;
    }
  }
}

// product_back multiplies a gradient by all elements but the own one, without
// dividing, so that zeros are right.
KERNEL(256) product_back(float *dx, const float *x, const float *dy, int2 length_inner, int2 n) {
  EACH(i, n.x) {
    const size_t begin = middle(i, length_inner.x, length_inner.y);
    float before = dy[i], after = 1;
    for (int k = 0; k < length_inner.x; k++) {
      const size_t at = begin + (size_t)k * length_inner.y;
      dx[at] = before;
      before *= x[at];
    }
    for (int k = length_inner.x - 1; k >= 0; k--) {
      const size_t at = begin + (size_t)k * length_inner.y;
      dx[at] *= after;
      after *= x[at];
    }
  }
}
