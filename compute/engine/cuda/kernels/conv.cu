// Convolutions in float32, and what surrounds them.
#include "conv.cuh"

CONV_TILE(conv_128x128, 128, 128, 8, 32, 64, 8, 8, 4, 2, false, false)
CONV_TILE(conv_64x128, 64, 128, 8, 32, 64, 8, 8, 4, 3, false, false)
CONV_TILE(conv_64x64, 64, 64, 16, 32, 32, 8, 4, 3, 4, false, false)
CONV_TILE(conv_32x128, 32, 128, 16, 32, 32, 8, 4, 3, 4, false, false)
CONV_TILE(conv_128x32, 128, 32, 16, 32, 32, 8, 4, 3, 4, false, false)
CONV_TILE(conv_32x32, 32, 32, 32, 16, 32, 4, 4, 3, 4, false, false)
CONV_TILE(pointwise_128x128, 128, 128, 16, 32, 64, 8, 8, 3, 2, true, false)
CONV_TILE(pointwise_64x128, 64, 128, 16, 32, 64, 8, 8, 3, 3, true, false)
CONV_TILE(pointwise_64x64, 64, 64, 16, 32, 32, 8, 4, 3, 4, true, false)
CONV_TILE(pointwise_32x128, 32, 128, 16, 32, 32, 8, 4, 3, 4, true, false)
CONV_TILE(pointwise_128x32, 128, 32, 16, 32, 32, 8, 4, 3, 4, true, false)
CONV_TILE(pointwise_32x32, 32, 32, 32, 16, 32, 4, 4, 3, 4, true, false)

// conv_join adds up the splits of a sum and finishes it.
KERNEL(256) conv_join(const float *parts, const float *bias, const float *residual, float *y, int2 splits_all, int2 channels_plane, float2 limits) {
  const int all = splits_all.y;
  EACH(i, all) {
    float v = 0;
    for (int s = 0; s < splits_all.x; s++) v += parts[(size_t)s * all + i];
    if (bias) v += bias[i / channels_plane.y % channels_plane.x];
    if (residual) v += residual[i];
    y[i] = clipped(v, limits);
  }
}

// conv_pack arranges weights as tiles read them: of group g, k and m the number
// at g*strides.x + m*strides.y + offsets[k], times the scale at g*scaled.x +
// m*scaled.y + k/every*ahead, rounded for tensor cores if asked for.
KERNEL(256) conv_pack(const float *w, const float *scale, const int *offsets, float *packed, int2 rows_padded, int2 depth_groups, int2 strides, int2 scaled, int2 every_ahead, int2 rounded) {
  const int rows = rows_padded.x, padded = rows_padded.y, depth = (depth_groups.x + 31) / 32 * 32;
  EACH(i, depth_groups.y * depth * padded) {
    int m = i % padded, k = i / padded % depth, g = i / padded / depth;
    float v = 0;
    if (m < rows && k < depth_groups.x) {
      v = w[(size_t)g * strides.x + (size_t)m * strides.y + offsets[k]];
      if (scale) v *= scale[g * scaled.x + m * scaled.y + k / every_ahead.x * every_ahead.y];
      if (rounded.x) v = tf32(v);
    }
    packed[i] = v;
  }
}

// conv_groups is for groups of few channels: a thread computes ROWS channels of
// a pixel.
template <int ROWS> __device__ __forceinline__ void conv_groups(const Conv &c) {
  const int n = blockIdx.x * blockDim.x + threadIdx.x, m0 = blockIdx.y * ROWS, group = blockIdx.z;
  if (n >= c.columns) return;
  const Source own = source(c, n, group);
  const float *w = c.w + (size_t)group * ((c.depth + 31) / 32 * 32) * c.padded + m0;
  float sum[ROWS];
  UNROLL
  for (int i = 0; i < ROWS; i++) sum[i] = 0;
  for (int k = 0; k < c.depth; k++) {
    int2 entry = __ldg(c.table + k);
    float v = inside(c, own, entry) ? __ldg(own.x + entry.x) : 0;
    UNROLL
    for (int i = 0; i < ROWS; i += 4) {
      float4 q = __ldg((const float4 *)(w + (size_t)k * c.padded + i));
      sum[i] += q.x * v, sum[i + 1] += q.y * v, sum[i + 2] += q.z * v, sum[i + 3] += q.w * v;
    }
  }
  int at = out_at(c, n);
  UNROLL
  for (int i = 0; i < ROWS; i++) {
    int channel = group * c.rows + m0 + i, to = at + channel * c.out_plane;
    if (m0 + i < c.rows) c.y[to] = finished(c, sum[i], channel, to);
  }
}

KERNELS(128, 8) conv_groups_4(CONV_PARAMETERS) {
  Conv c = CONV_ARGUMENTS;
  conv_groups<4>(c);
}

KERNELS(128, 8) conv_groups_8(CONV_PARAMETERS) {
  Conv c = CONV_ARGUMENTS;
  conv_groups<8>(c);
}

// depthwise is for groups of one channel: a thread computes a pixel, in y's
// order. With SIDE the taps are a square at distances of the given dilation,
// else the table's.
template <int SIDE> __device__ __forceinline__ void depthwise(const Conv &c, int2 dilation) {
  EACH(i, c.columns * c.groups) {
    int p = i % c.plane, channel = i / c.plane % c.groups, image = i / c.plane / c.groups;
    const float *w = c.w + channel * ((c.depth + 31) / 32 * 32) * c.padded;
    int row = p / c.across * c.step.x + c.origin.x, col = p % c.across * c.step.y + c.origin.y;
    const float *x = c.x + (size_t)image * c.picture + channel * c.channels_from;
    float sum = 0;
    if (SIDE > 0) {
      UNROLL
      for (int r = 0; r < SIDE; r++) {
        int at = row + r * dilation.x;
        if ((unsigned)at >= (unsigned)c.height) continue;
        UNROLL
        for (int s = 0; s < SIDE; s++) {
          int to = col + s * dilation.y;
          if ((unsigned)to < (unsigned)c.width) sum += __ldg(x + at * c.width + to) * __ldg(w + (r * SIDE + s) * c.padded);
        }
      }
    } else {
      Source own = {x + row * c.width + col, row, col};
      for (int k = 0; k < c.depth; k++) {
        int2 entry = __ldg(c.table + k);
        if (inside(c, own, entry)) sum += __ldg(own.x + entry.x) * __ldg(w + k * c.padded);
      }
    }
    int to = (image * c.groups + channel) * c.out_plane;
    if (c.dense) to += p;
    else to += (p / c.across * c.out_step.x + c.out_origin.x) * c.out_across + p % c.across * c.out_step.y + c.out_origin.y;
    c.y[to] = finished(c, sum, channel, to);
  }
}

#define DEPTHWISE(name, SIDE)                       \
  KERNEL(256) name(CONV_PARAMETERS, int2 dilation) { \
    Conv c = CONV_ARGUMENTS;                        \
    depthwise<SIDE>(c, dilation);                   \
  }
DEPTHWISE(depthwise_3, 3)
DEPTHWISE(depthwise_5, 5)
DEPTHWISE(depthwise_7, 7)
DEPTHWISE(depthwise_any, 0)
