// Pooling and its derivatives. A thread computes one number; derivatives collect
// what the windows over a pixel give it, so that nothing is added concurrently.
#include "common.cuh"

struct Pool { int height, width, out_height, out_width; int2 kernel, stride, dilation, pad; };

#define POOL int2 size, int2 out_size, int2 kernel, int2 stride, int2 dilation, int2 pad
#define POOL_OF {size.x, size.y, out_size.x, out_size.y, kernel, stride, dilation, pad}

// winner is the place in a plane of the first of a window's largest numbers, or
// -1 for a window outside.
__device__ int winner(const Pool &o, const float *x, int p, int q) {
  int best = -1;
  float largest = 0;
  for (int r = 0; r < o.kernel.x; r++) {
    int row = p * o.stride.x + r * o.dilation.x - o.pad.x;
    if ((unsigned)row >= (unsigned)o.height) continue;
    for (int s = 0; s < o.kernel.y; s++) {
      int col = q * o.stride.y + s * o.dilation.y - o.pad.y;
      if ((unsigned)col >= (unsigned)o.width) continue;
      float v = x[row * o.width + col];
      if (best < 0 || v > largest) best = row * o.width + col, largest = v;
    }
  }
  return best;
}

// max_pool takes of values what lies where x is largest; values may be x.
KERNEL(256) max_pool(float *y, const float *x, const float *values, POOL, int2 n) {
  const Pool o = POOL_OF;
  EACH(i, n.x) {
    int plane = i / (o.out_height * o.out_width), p = i / o.out_width % o.out_height, q = i % o.out_width;
    size_t begin = (size_t)plane * o.height * o.width;
    int best = winner(o, x + begin, p, q);
    y[i] = best < 0 ? 0 : values[begin + best];
  }
}

KERNELS(256, 6) max_pool_back(float *dx, const float *x, const float *dy, POOL, int2 n) {
  const Pool o = POOL_OF;
  EACH(i, n.x) {
    int pixel = i % (o.height * o.width), plane = i / (o.height * o.width), row = pixel / o.width, col = pixel % o.width;
    const float *in = x + (size_t)plane * o.height * o.width, *g = dy + (size_t)plane * o.out_height * o.out_width;
    float sum = 0;
    for (int r = 0; r < o.kernel.x; r++) {
      int top = row + o.pad.x - r * o.dilation.x, p = top / o.stride.x;
      if (top < 0 || top % o.stride.x || p >= o.out_height) continue;
      for (int s = 0; s < o.kernel.y; s++) {
        int left = col + o.pad.y - s * o.dilation.y, q = left / o.stride.y;
        if (left < 0 || left % o.stride.y || q >= o.out_width) continue;
        if (winner(o, in, p, q) == pixel) sum += g[p * o.out_width + q];
      }
    }
    dx[i] = sum;
  }
}

// Span is the part of an axis that a window covers, and the length that its mean
// divides by.
struct Span { int from, to, over; };

// span is that of window i of an axis of length n. A mode of 0 does not count
// the padding, 1 counts it, with end of it behind the axis; 2 parts the axis
// into as many windows as count.
__device__ Span span(int mode, int i, int n, int count, int kernel, int stride, int pad, int end) {
  if (mode == 2) {
    int from = i * n / count, to = ((i + 1) * n + count - 1) / count;
    return {from, to, to - from};
  }
  int from = i * stride - pad, to = from + kernel;
  Span s = {max(from, 0), min(to, n), 0};
  s.over = mode == 1 ? min(to, n + end) - from : s.to - s.from;
  return s;
}

// Reach are the windows that may cover a pixel, the last one excluded.
struct Reach { int from, to; };

__device__ Reach reach(int mode, int at, int n, int count, int kernel, int stride, int pad) {
  if (mode == 2) return {at * count / n, min(((at + 1) * count - 1) / n + 1, count)};
  return {max(0, (at + pad - kernel + stride) / stride), min((at + pad) / stride + 1, count)};
}

KERNEL(256) avg_pool(float *y, const float *x, POOL, int2 end, int2 mode_n) {
  const Pool o = POOL_OF;
  const int mode = mode_n.x;
  EACH(i, mode_n.y) {
    int plane = i / (o.out_height * o.out_width), p = i / o.out_width % o.out_height, q = i % o.out_width;
    Span down = span(mode, p, o.height, o.out_height, o.kernel.x, o.stride.x, o.pad.x, end.x);
    Span across = span(mode, q, o.width, o.out_width, o.kernel.y, o.stride.y, o.pad.y, end.y);
    const float *in = x + (size_t)plane * o.height * o.width;
    float sum = 0;
    for (int row = down.from; row < down.to; row++)
      for (int col = across.from; col < across.to; col++) sum += in[row * o.width + col];
    bool empty = down.from >= down.to || across.from >= across.to;
    y[i] = empty ? 0 : sum / (down.over * across.over);
  }
}

KERNEL(256) avg_pool_back(float *dx, const float *dy, POOL, int2 end, int2 mode_n) {
  const Pool o = POOL_OF;
  const int mode = mode_n.x;
  EACH(i, mode_n.y) {
    int pixel = i % (o.height * o.width), plane = i / (o.height * o.width), row = pixel / o.width, col = pixel % o.width;
    const float *g = dy + (size_t)plane * o.out_height * o.out_width;
    Reach rows = reach(mode, row, o.height, o.out_height, o.kernel.x, o.stride.x, o.pad.x);
    Reach cols = reach(mode, col, o.width, o.out_width, o.kernel.y, o.stride.y, o.pad.y);
    float sum = 0;
    for (int p = rows.from; p < rows.to; p++) {
      Span down = span(mode, p, o.height, o.out_height, o.kernel.x, o.stride.x, o.pad.x, end.x);
      if (row < down.from || row >= down.to) continue;
      for (int q = cols.from; q < cols.to; q++) {
        Span across = span(mode, q, o.width, o.out_width, o.kernel.y, o.stride.y, o.pad.y, end.y);
        if (col >= across.from && col < across.to) sum += g[p * o.out_width + q] / (down.over * across.over);
      }
    }
    dx[i] = sum;
  }
}

// global_pool is the mean of each plane: a warp's work.
KERNEL(256) global_pool(float *y, const float *x, int2 planes_size) {
  int plane = (blockIdx.x * blockDim.x + threadIdx.x) / 32, lane = threadIdx.x % 32;
  if (plane >= planes_size.x) return;
  const float *in = x + (size_t)plane * planes_size.y;
  float sum = 0;
  for (int i = lane; i < planes_size.y; i += 32) sum += in[i];
  sum = warp_sum(sum);
  if (lane == 0) y[plane] = sum / planes_size.y;
}
