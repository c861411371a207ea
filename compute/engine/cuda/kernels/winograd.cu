// Winograd's algorithms F(2x2,3x3) and F(4x4,3x3) (Lavin and Gray, "Fast
// algorithms for convolutional neural networks", 2016): tiles of the input are
// transformed to 16 or 36 numbers, each of which is a matrix product of its own,
// computed as pointwise convolutions of as many groups, and transformed back. The
// points are those of package cpu, which says where they come from.
#include "common.cuh"

// The transforms of a row or column, in steps of S: Bt d and At m.
template <int S> __device__ __forceinline__ void forth(float *d, float (&)[4]) {
  float a = d[0], b = d[S], c = d[2 * S], e = d[3 * S];
  d[0] = a - c, d[S] = b + c, d[2 * S] = c - b, d[3 * S] = b - e;
}

template <int S> __device__ __forceinline__ void forth(float *d, float (&)[6]) {
  const float root = 1.41421356237309505f, half = 0.70710678118654752f;
  float d0 = d[0], d1 = d[S], d2 = d[2 * S], d3 = d[3 * S], d4 = d[4 * S], d5 = d[5 * S];
  float a = d4 - 2 * d2, b = half * d3 - root * d1, c = d4 - 0.5f * d2, e = root * d3 - half * d1;
  d[0] = d0 + d4 - 2.5f * d2, d[S] = a + b, d[2 * S] = a - b, d[3 * S] = c + e, d[4 * S] = c - e, d[5 * S] = d1 + d5 - 2.5f * d3;
}

template <int S> __device__ __forceinline__ void back(float *m, float (&)[4]) {
  float a = m[0], b = m[S], c = m[2 * S], e = m[3 * S];
  m[0] = a + b + c, m[S] = b - c - e;
}

template <int S> __device__ __forceinline__ void back(float *m, float (&)[6]) {
  const float root = 1.41421356237309505f, half = 0.70710678118654752f;
  float p = m[S] + m[2 * S], q = m[S] - m[2 * S], u = m[3 * S] + m[4 * S], v = m[3 * S] - m[4 * S];
  float m0 = m[0], m5 = m[5 * S];
  m[0] = m0 + p + u, m[S] = half * q + root * v, m[2 * S] = 0.5f * p + 2 * u, m[3 * S] = half / 2 * q + 2 * root * v + m5;
}

// winograd_forth transforms tiles of x to [number][channel][tile, padded].
template <int OUT>
__device__ __forceinline__ void winograd_forth(const float *x, float *to, int channels, int height, int width, int2 tiles, int2 pad, int all, int padded) {
  constexpr int IN = OUT + 2;
  float line[IN];
  EACH(i, channels * all) {
    int t = i % all, c = i / all, image = t / (tiles.x * tiles.y);
    int top = t / tiles.y % tiles.x * OUT - pad.x, left = t % tiles.y * OUT - pad.y;
    const float *plane = x + ((size_t)image * channels + c) * height * width;
    float d[IN * IN];
    UNROLL
    for (int r = 0; r < IN; r++) {
      UNROLL
      for (int s = 0; s < IN; s++) {
        bool there = (unsigned)(top + r) < (unsigned)height && (unsigned)(left + s) < (unsigned)width;
        d[r * IN + s] = there ? __ldg(plane + (top + r) * width + left + s) : 0;
      }
      forth<1>(d + r * IN, line);
    }
    UNROLL
    for (int s = 0; s < IN; s++) forth<IN>(d + s, line);
    UNROLL
    for (int k = 0; k < IN * IN; k++) to[((size_t)k * channels + c) * padded + t] = d[k];
  }
}

// winograd_back transforms to y and does all else that a convolution does.
template <int OUT>
__device__ __forceinline__ void winograd_back(const float *from, const float *bias, const float *residual, float *y, int channels, int height, int width, int2 tiles, int all, int padded, float2 limits) {
  constexpr int IN = OUT + 2;
  float line[IN];
  EACH(i, channels * all) {
    int t = i % all, c = i / all, image = t / (tiles.x * tiles.y);
    int top = t / tiles.y % tiles.x * OUT, left = t % tiles.y * OUT;
    float m[IN * IN];
    UNROLL
    for (int k = 0; k < IN * IN; k++) m[k] = __ldg(from + ((size_t)k * channels + c) * padded + t);
    UNROLL
    for (int s = 0; s < IN; s++) back<IN>(m + s, line);
    const float shift = bias ? bias[c] : 0;
    size_t plane = ((size_t)image * channels + c) * height * width;
    UNROLL
    for (int r = 0; r < OUT; r++) {
      back<1>(m + r * IN, line);
      UNROLL
      for (int s = 0; s < OUT; s++) {
        if (top + r >= height || left + s >= width) continue;
        size_t at = plane + (top + r) * width + left + s;
        float v = m[r * IN + s] + shift;
        if (residual) v += residual[at];
        y[at] = clipped(v, limits);
      }
    }
  }
}

#define WINOGRAD(OUT)                                                                                                             \
  KERNEL(128) winograd_forth_##OUT(const float *x, float *to, int2 channels_height, int2 width, int2 tiles, int2 pad, int2 all_padded) { \
    winograd_forth<OUT>(x, to, channels_height.x, channels_height.y, width.x, tiles, pad, all_padded.x, all_padded.y);            \
  }                                                                                                                               \
  KERNEL(128) winograd_back_##OUT(const float *from, const float *bias, const float *residual, float *y, int2 channels_height,     \
                                  int2 width, int2 tiles, int2 all_padded, float2 limits) {                                       \
    winograd_back<OUT>(from, bias, residual, y, channels_height.x, channels_height.y, width.x, tiles, all_padded.x,               \
                       all_padded.y, limits);                                                                                     \
  }
WINOGRAD(2)
WINOGRAD(4)

// winograd_pack transforms weights, G k Gt, of row m and channel c the nine at
// m*strides.x + c*strides.y, the last one first where turned is set, times the
// scale at m*scaled.x + c*scaled.y, to [number][channel, padded][row, padded].
// matrix is G, side by three.
KERNEL(128) winograd_pack(const float *w, const float *scale, const float *matrix, float *packed, int2 rows_padded, int2 channels_padded, int2 strides, int2 scaled, int2 side_turned) {
  const int side = side_turned.x;
  EACH(i, rows_padded.y * channels_padded.y) {
    int m = i % rows_padded.y, c = i / rows_padded.y;
    bool there = m < rows_padded.x && c < channels_padded.x;
    float k[9];
    UNROLL
    for (int j = 0; j < 9; j++) {
      float v = there ? w[(size_t)m * strides.x + (size_t)c * strides.y + (side_turned.y ? 8 - j : j)] : 0;
      k[j] = there && scale ? v * scale[m * scaled.x + c * scaled.y] : v;
    }
    for (int a = 0; a < side; a++) {
      const float *g = matrix + 3 * a;
      double row[3];
      UNROLL
      for (int j = 0; j < 3; j++) row[j] = (double)g[0] * k[j] + (double)g[1] * k[3 + j] + (double)g[2] * k[6 + j];
      for (int b = 0; b < side; b++) {
        const float *h = matrix + 3 * b;
        packed[(size_t)(a * side + b) * channels_padded.y * rows_padded.y + i] = (float)(row[0] * h[0] + row[1] * h[1] + row[2] * h[2]);
      }
    }
  }
}
