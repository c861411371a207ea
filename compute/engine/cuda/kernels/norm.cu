// Normalisations over channels.
#include "common.cuh"

// softmax: a block for every pixel of every picture.
KERNEL(128) softmax(float *y, const float *x, int2 channels_size) {
  __shared__ float tops[32];
  const int size = channels_size.y;
  const size_t begin = (size_t)(blockIdx.x / size) * channels_size.x * size + blockIdx.x % size;
  float top = -INFINITY;
  for (int c = threadIdx.x; c < channels_size.x; c += blockDim.x) top = fmaxf(top, x[begin + (size_t)c * size]);
  for (int mask = 16; mask > 0; mask /= 2) top = fmaxf(top, __shfl_xor_sync(0xffffffffu, top, mask));
  if (threadIdx.x % 32 == 0) tops[threadIdx.x / 32] = top;
  __syncthreads();
  for (int i = 0; i < (int)blockDim.x / 32; i++) top = fmaxf(top, tops[i]);
  float sum = 0;
  for (int c = threadIdx.x; c < channels_size.x; c += blockDim.x) sum += expf(x[begin + (size_t)c * size] - top);
  sum = block_sum(sum);
  for (int c = threadIdx.x; c < channels_size.x; c += blockDim.x) y[begin + (size_t)c * size] = expf(x[begin + (size_t)c * size] - top) / sum;
}

KERNEL(128) softmax_back(float *dx, const float *y, const float *dy, int2 channels_size) {
  const int size = channels_size.y;
  const size_t begin = (size_t)(blockIdx.x / size) * channels_size.x * size + blockIdx.x % size;
  float sum = 0;
  for (int c = threadIdx.x; c < channels_size.x; c += blockDim.x) sum += dy[begin + (size_t)c * size] * y[begin + (size_t)c * size];
  sum = block_sum(sum);
  for (int c = threadIdx.x; c < channels_size.x; c += blockDim.x) {
    size_t i = begin + (size_t)c * size;
    dx[i] = y[i] * (dy[i] - sum);
  }
}

// A block of layer_norm has 32 pixels across and 8 threads down, which share a
// pixel's channels.
__device__ float column_sum(float v) {
  __shared__ float sums[8][32];
  sums[threadIdx.y][threadIdx.x] = v;
  __syncthreads();
  v = 0;
  for (int i = 0; i < 8; i++) v += sums[i][threadIdx.x];
  __syncthreads();
  return v;
}

// Pixel is where the channels of a block's pixel begin, and what makes them
// normal. Threads beyond the last pixel do its work and write nothing.
struct Pixel { size_t begin; bool there; float mean, scale; };

__device__ Pixel normal(const float *x, int channels, int size, int pixels, float epsilon) {
  int pixel = blockIdx.x * 32 + threadIdx.x, own = min(pixel, pixels - 1);
  Pixel p = {(size_t)(own / size) * channels * size + own % size, pixel < pixels, 0, 0};
  float sum = 0;
  for (int c = threadIdx.y; c < channels; c += 8) sum += x[p.begin + (size_t)c * size];
  p.mean = column_sum(sum) / channels;
  sum = 0;
  for (int c = threadIdx.y; c < channels; c += 8) {
    float v = x[p.begin + (size_t)c * size] - p.mean;
    sum += v * v;
  }
  p.scale = 1 / sqrtf(column_sum(sum) / channels + epsilon);
  return p;
}

#define CHANNELS(c) for (int c = threadIdx.y; c < channels_size.x; c += 8)

KERNEL(256) layer_norm(float *y, const float *x, const float *weight, const float *bias, int2 channels_size, int2 pixels, float2 epsilon) {
  const Pixel p = normal(x, channels_size.x, channels_size.y, pixels.x, epsilon.x);
  if (!p.there) return;
  CHANNELS(c) {
    size_t i = p.begin + (size_t)c * channels_size.y;
    y[i] = (x[i] - p.mean) * p.scale * weight[c] + bias[c];
  }
}

KERNEL(256) layer_norm_back(float *dx, const float *x, const float *weight, const float *dy, int2 channels_size, int2 pixels, float2 epsilon) {
  const Pixel p = normal(x, channels_size.x, channels_size.y, pixels.x, epsilon.x);
  float mean = 0, along = 0;
  CHANNELS(c) {
    size_t i = p.begin + (size_t)c * channels_size.y;
    float g = dy[i] * weight[c];
    mean += g;
    along += g * (x[i] - p.mean) * p.scale;
  }
  mean = column_sum(mean) / channels_size.x;
  along = column_sum(along) / channels_size.x;
  if (!p.there) return;
  CHANNELS(c) {
    size_t i = p.begin + (size_t)c * channels_size.y;
    dx[i] = p.scale * (dy[i] * weight[c] - mean - (x[i] - p.mean) * p.scale * along);
  }
}

KERNEL(256) layer_norm_bend(float *dx, const float *x, const float *weight, const float *dy, const float *other, int2 channels_size, int2 pixels, float2 epsilon) {
  const Pixel p = normal(x, channels_size.x, channels_size.y, pixels.x, epsilon.x);
  float mean_g = 0, mean_h = 0, both = 0, a = 0, b = 0;
  CHANNELS(c) {
    size_t i = p.begin + (size_t)c * channels_size.y;
    float g = dy[i] * weight[c], h = other[i], v = (x[i] - p.mean) * p.scale;
    mean_g += g, mean_h += h, both += g * h, a += h * v, b += g * v;
  }
  const float n = channels_size.x;
  mean_g = column_sum(mean_g) / n, mean_h = column_sum(mean_h) / n, both = column_sum(both) / n;
  a = column_sum(a) / n, b = column_sum(b) / n;
  if (!p.there) return;
  CHANNELS(c) {
    size_t i = p.begin + (size_t)c * channels_size.y;
    float g = dy[i] * weight[c], h = other[i], v = (x[i] - p.mean) * p.scale;
    dx[i] = -p.scale * p.scale * (v * (both - mean_g * mean_h - 3 * a * b) + b * (h - mean_h) + a * (g - mean_g));
  }
}

// Neighbours are the channels, before and after, that one is divided by.
struct Neighbours { int channels, size, before, after; float scale, k, beta; };

#define NEIGHBOURS int2 channels_size, int2 before_after, float2 scale_k, float2 beta
#define NEIGHBOURS_OF {channels_size.x, channels_size.y, before_after.x, before_after.y, scale_k.x, scale_k.y, beta.x}

// squares is what channel c is divided by, without the power. x is the pixel's
// first channel.
__device__ float squares(const Neighbours &o, const float *x, int c) {
  float sum = 0;
  for (int i = max(0, c - o.before); i <= min(o.channels - 1, c + o.after); i++) {
    float v = x[(size_t)i * o.size];
    sum += v * v;
  }
  return o.k + o.scale * sum;
}

KERNEL(256) lrn(float *y, const float *x, NEIGHBOURS, int2 n) {
  const Neighbours o = NEIGHBOURS_OF;
  EACH(i, n.x) {
    int c = i / o.size % o.channels;
    y[i] = x[i] * powf(squares(o, x + (i - c * o.size), c), -o.beta);
  }
}

KERNEL(256) lrn_back(float *dx, const float *x, const float *dy, NEIGHBOURS, int2 n) {
  const Neighbours o = NEIGHBOURS_OF;
  EACH(i, n.x) {
    int c = i / o.size % o.channels, begin = i - c * o.size;
    float sum = 0;
    for (int j = max(0, c - o.after); j <= min(o.channels - 1, c + o.before); j++) {
      int at = begin + j * o.size;
      sum += dy[at] * x[at] * powf(squares(o, x + begin, j), -o.beta - 1);
    }
    dx[i] = dy[i] * powf(squares(o, x + begin, c), -o.beta) - 2 * o.scale * o.beta * x[i] * sum;
  }
}
