// Convolutions and their derivatives by the data, both seen as one kind of sum:
//
//   y[n, m, i, j] = sum over k of w[k][m] * x[n, channel, i*stride + dy, j*stride + dx]
//
// where a table gives for every k the distance in x and (dy, dx). For a
// convolution k is (channel, r, s). For the derivative of one with a stride, the
// pixels that lie at the same place between the strides' steps read the same
// weights: each such lattice is a sum of its own, spread over y with a step.
#pragma once
#include "common.cuh"

// Conv is one sum. Numbers of rows m are those of a group, of columns those of
// all pictures' lattices.
struct Conv {
  const float *x;
  const float *w;    // [group][k, padded][m, padded to fours]
  const int2 *table; // distance; dy and dx, 16 bits each
  const float *bias, *residual; // or null
  float *y; // where the sum over k is split, [split] of them, to be joined
  int rows, padded, depth, splits, groups, channels_from; // channels_from: numbers of x a group reads
  int height, width, picture, columns; // of x; picture: numbers of one
  int plane, across;  // of the lattice: pixels, pixels a row
  int2 step, origin;  // from lattice to x
  int out_plane, out_across, out_all; // of y: pixels of a channel and a row, numbers of it all
  int2 out_step, out_origin;          // from lattice to y
  int dense;  // the lattice is all of y's pixels
  int fours;  // y, and residual, can be written by fours
  float2 limits;
};

#define CONV_PARAMETERS                                                                                              \
  const float *x, const float *w, const int2 *table, const float *bias, const float *residual, float *y,             \
      int2 rows_padded, int2 depth_splits, int2 groups_from, int2 size, int2 picture_columns, int2 plane_across,     \
      int2 step, int2 origin, int2 out_plane_across, int2 out_all_dense, int2 out_step, int2 out_origin, int2 fours, \
      float2 limits

#define CONV_ARGUMENTS                                                                                            \
  {x, w, table, bias, residual, y, rows_padded.x, rows_padded.y, depth_splits.x, depth_splits.y, groups_from.x,   \
   groups_from.y, size.x, size.y, picture_columns.x, picture_columns.y, plane_across.x, plane_across.y, step, origin, \
   out_plane_across.x, out_plane_across.y, out_all_dense.x, out_step, out_origin, out_all_dense.y, fours.x, limits}

// finished is a sum with all that a convolution does to it.
__device__ __forceinline__ float finished(const Conv &c, float v, int channel, int at) {
  if (c.bias) v += c.bias[channel];
  if (c.residual) v += c.residual[at];
  return clipped(v, c.limits);
}

// out_at is where column n of channel 0 lies in y.
__device__ __forceinline__ int out_at(const Conv &c, int n) {
  int image = n / c.plane, p = n % c.plane;
  if (!c.dense) {
    int i = p / c.across, j = p % c.across;
    p = (i * c.out_step.x + c.out_origin.x) * c.out_across + j * c.out_step.y + c.out_origin.y;
  }
  return image * c.groups * c.rows * c.out_plane + p;
}

// Source is where a column begins in x.
struct Source { const float *x; int row, col; };

__device__ __forceinline__ Source source(const Conv &c, int n, int group) {
  if (n >= c.columns) return {c.x, -(1 << 20), 0}; // outside whatever is added
  int image = n / c.plane, p = n % c.plane;
  int row = p / c.across * c.step.x + c.origin.x, col = p % c.across * c.step.y + c.origin.y;
  return {c.x + (size_t)image * c.picture + (size_t)group * c.channels_from + row * c.width + col, row, col};
}

__device__ __forceinline__ bool inside(const Conv &c, const Source &s, int2 entry) {
  return (unsigned)(s.row + (short)entry.y) < (unsigned)c.height && (unsigned)(s.col + (entry.y >> 16)) < (unsigned)c.width;
}

// conv_tile computes BM rows by BN columns with a block of warps, each with WM by
// WN of them, BK values of k at a time, which wait in STAGES buffers. Without
// TENSOR a thread computes TM by TN in pieces of four by four. With POINTWISE
// the columns lie in x as they do in a lattice and come by fours.
template <int BM, int BN, int BK, int WM, int WN, int TM, int TN, int STAGES, bool POINTWISE, bool TENSOR>
__device__ __forceinline__ void conv_tile(const Conv &c) {
  constexpr int THREADS = (BM / WM) * (BN / WN) * 32;
  // Eight more put what the lanes of a tensor product read into different banks.
  constexpr int PM = BM + (TENSOR ? 8 : 0), PN = BN + (TENSOR ? 8 : 0);
  constexpr int STAGE = BK * (PM + PN);
  DYNAMIC_SHARED(memory);
  const int t = threadIdx.x, lane = t % 32, warp = t / 32;
  const int group = blockIdx.z / c.splits, split = blockIdx.z % c.splits;
  const int m0 = blockIdx.y * BM, n0 = blockIdx.x * BN;
  const int tiles = (c.depth + BK - 1) / BK, share = (tiles + c.splits - 1) / c.splits;
  const int first = split * share, count = max(0, min(tiles, first + share) - first);

  const int depth = (c.depth + 31) / 32 * 32; // rows of w that there are
  const float *w = c.w + (size_t)group * depth * c.padded + m0;
  const Source own = source(c, n0 + (POINTWISE ? t % (BN / 4) * 4 : t % BN), group);

  auto fetch = [&](int tile, int stage) {
    float *a = memory + stage * STAGE, *b = a + BK * PM;
    const int k0 = tile * BK;
    UNROLL
    for (int e = 0; e < BM * BK / 4; e += THREADS) {
      int chunk = e + t, k = chunk / (BM / 4), m = chunk % (BM / 4) * 4;
      if (BM * BK / 4 % THREADS == 0 || chunk < BM * BK / 4)
        copy_four(a + k * PM + m, w + (size_t)(k0 + k) * c.padded + m, m0 + m < c.padded);
    }
    if (POINTWISE) {
      UNROLL
      for (int e = 0; e < BN * BK / 4; e += THREADS) {
        int k = (e + t) / (BN / 4);
        if (BN * BK / 4 % THREADS == 0 || k < BK)
          copy_four(b + k * PN + t % (BN / 4) * 4, own.x + (size_t)(k0 + k) * c.plane, own.row >= 0 && k0 + k < c.depth);
      }
    } else {
      UNROLL
      for (int e = 0; e < BN * BK; e += THREADS) {
        int k = (e + t) / BN;
        int2 entry = __ldg(c.table + k0 + k);
        bool there = inside(c, own, entry);
        copy_one(b + k * PN + t % BN, there ? own.x + entry.x : c.x, there);
      }
    }
  };

  const int wm = warp / (BN / WN) * WM, wn = warp % (BN / WN) * WN;
  constexpr int MI = TENSOR ? WM / 16 : TM, NI = TENSOR ? WN / 8 * 4 : TN;
  float sum[MI][NI];
  UNROLL
  for (int i = 0; i < MI; i++)
    UNROLL
    for (int j = 0; j < NI; j++) sum[i][j] = 0;

  UNROLL
  for (int s = 0; s < STAGES - 1; s++) {
    if (s < count) fetch(first + s, s);
    copies_commit();
  }
  int stage = 0;
  for (int i = 0; i < count; i++) {
    copies_wait<STAGES - 2>();
    __syncthreads();
    int next = i + STAGES - 1, to = stage == 0 ? STAGES - 1 : stage - 1;
    if (next < count) fetch(first + next, to);
    copies_commit();
    const float *a = memory + stage * STAGE, *b = a + BK * PM;
    if (TENSOR) {
      UNROLL
      for (int k = 0; k < BK; k += 8) {
        float fa[WM / 16][4], fb[WN / 8][2];
        UNROLL
        for (int u = 0; u < WM / 16; u++) {
          const float *p = a + (k + lane % 4) * PM + wm + u * 16 + lane / 4;
          fa[u][0] = p[0], fa[u][1] = p[8], fa[u][2] = p[4 * PM], fa[u][3] = p[4 * PM + 8]; // rounded when packed
        }
        UNROLL
        for (int v = 0; v < WN / 8; v++) {
          const float *p = b + (k + lane % 4) * PN + wn + v * 8 + lane / 4;
          fb[v][0] = tf32(p[0]), fb[v][1] = tf32(p[4 * PN]);
        }
        UNROLL
        for (int u = 0; u < WM / 16; u++)
          UNROLL
          for (int v = 0; v < WN / 8; v++) tensor_product(*(float(*)[4]) & sum[u][v * 4 % NI], fa[u], fb[v]);
      }
    } else {
      constexpr int LM = WM / TM, LN = WN / TN; // lanes down and across
      UNROLL_BY(8)
      for (int k = 0; k < BK; k++) {
        float fa[TM], fb[TN];
        UNROLL
        for (int u = 0; u < TM; u += 4) {
          float4 v = *(const float4 *)(a + k * PM + wm + u * LM + lane / LN * 4);
          fa[u] = v.x, fa[u + 1] = v.y, fa[u + 2] = v.z, fa[u + 3] = v.w;
        }
        UNROLL
        for (int u = 0; u < TN; u += 4) {
          float4 v = *(const float4 *)(b + k * PN + wn + u * LN + lane % LN * 4);
          fb[u] = v.x, fb[u + 1] = v.y, fb[u + 2] = v.z, fb[u + 3] = v.w;
        }
        UNROLL
        for (int u = 0; u < TM; u++)
          UNROLL
          for (int v = 0; v < TN; v++) sum[u % MI][v % NI] += fa[u] * fb[v];
      }
    }
    stage = stage + 1 == STAGES ? 0 : stage + 1;
  }
  copies_wait<0>();

  // Where the sum is split, all that comes after it is left to conv_join: there
  // are no bias and no residual then, and the limits are infinite.
  float *y = c.y + (size_t)split * c.out_all;
  constexpr int LM = WM / TM, LN = WN / TN, COLUMNS = TENSOR ? NI / 2 : TN;
  int *at = (int *)memory; // where each column goes
  __syncthreads();
  for (int n = t; n < BN; n += THREADS) at[n] = n0 + n < c.columns ? out_at(c, n0 + n) : -1;
  __syncthreads();
  at += wn + (TENSOR ? lane % 4 * 2 : lane % LN * 4);
  constexpr int ROWS = TENSOR ? WM / 8 : TM;
  // each calls f with every sum that y has a place for, and that place. With
  // whole it takes every fourth: the others follow it.
  auto each = [&](bool whole, auto f) {
    UNROLL
    for (int u = 0; u < ROWS; u++) {
      int m = m0 + wm + (TENSOR ? u * 8 + lane / 4 : u / 4 * 4 * LM + lane / LN * 4 + u % 4);
      if (m >= c.rows) continue;
      const int channel = group * c.rows + m, plane = channel * c.out_plane;
      UNROLL
      for (int v = 0; v < COLUMNS; v++) {
        if (whole && v % 4) continue;
        int to = at[TENSOR ? v / 2 * 8 + v % 2 : v / 4 * 4 * LN + v % 4];
        if (to >= 0) f(TENSOR ? &sum[u / 2 % MI][(v / 2 * 4 + u % 2 * 2 + v % 2) % NI] : &sum[u % MI][v % NI], channel, to + plane);
      }
    }
  };
  // The order is the definition's: bias, residual, limits.
  if (!TENSOR && c.fours) {
    if (c.bias) each(true, [&](float *q, int channel, int) {
        const float b = c.bias[channel];
        q[0] += b, q[1] += b, q[2] += b, q[3] += b;
      });
    if (c.residual) each(true, [&](float *q, int, int to) {
        const float4 r = *(const float4 *)(c.residual + to);
        q[0] += r.x, q[1] += r.y, q[2] += r.z, q[3] += r.w;
      });
    each(true, [&](float *q, int, int to) {
      *(float4 *)(y + to) = make_float4(clipped(q[0], c.limits), clipped(q[1], c.limits), clipped(q[2], c.limits), clipped(q[3], c.limits));
    });
  } else {
    if (c.bias) each(false, [&](float *q, int channel, int) { *q += c.bias[channel]; });
    if (c.residual) each(false, [&](float *q, int, int to) { *q += c.residual[to]; });
    each(false, [&](float *q, int, int to) { y[to] = clipped(*q, c.limits); });
  }
}

#define CONV_TILE(name, BM, BN, BK, WM, WN, TM, TN, STAGES, BLOCKS, POINTWISE, TENSOR)                                    \
  KERNELS((BM / WM) * (BN / WN) * 32, BLOCKS) name(CONV_PARAMETERS) {                                                     \
    Conv c = CONV_ARGUMENTS;                                                                                              \
    conv_tile<BM, BN, BK, WM, WN, TM, TN, STAGES, POINTWISE, TENSOR>(c);                                                  \
  }
