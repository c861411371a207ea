// Linear layers: for one picture they take as long as reading the weights.
#include "common.cuh"

// linear: a warp computes ROWS outputs of PICTURES pictures. inputs and outputs
// are numbers a picture, fours says that rows can be read by fours.
template <int PICTURES, int ROWS>
__device__ __forceinline__ void linear(float *y, const float *x, const float *w, const float *bias, int inputs, int outputs, int pictures, bool fours, float2 limits) {
  const int lane = threadIdx.x % 32, row0 = (blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32) * ROWS, picture0 = blockIdx.y * PICTURES;
  if (row0 >= outputs) return;
  const float *rows[ROWS], *pixels[PICTURES];
  float sum[ROWS][PICTURES];
  UNROLL
  for (int r = 0; r < ROWS; r++) {
    rows[r] = w + (size_t)min(row0 + r, outputs - 1) * inputs;
    UNROLL
    for (int p = 0; p < PICTURES; p++) sum[r][p] = 0;
  }
  UNROLL
  for (int p = 0; p < PICTURES; p++) pixels[p] = x + (size_t)min(picture0 + p, pictures - 1) * inputs;
  if (fours) {
    for (int c = lane * 4; c < inputs; c += 128) {
      float4 v[PICTURES];
      UNROLL
      for (int p = 0; p < PICTURES; p++) v[p] = *(const float4 *)(pixels[p] + c);
      UNROLL
      for (int r = 0; r < ROWS; r++) {
        float4 q = __ldg((const float4 *)(rows[r] + c));
        UNROLL
        for (int p = 0; p < PICTURES; p++) sum[r][p] += q.x * v[p].x + q.y * v[p].y + q.z * v[p].z + q.w * v[p].w;
      }
    }
  } else {
    for (int c = lane; c < inputs; c += 32) {
      float v[PICTURES];
      UNROLL
      for (int p = 0; p < PICTURES; p++) v[p] = pixels[p][c];
      UNROLL
      for (int r = 0; r < ROWS; r++) {
        float q = __ldg(rows[r] + c);
        UNROLL
        for (int p = 0; p < PICTURES; p++) sum[r][p] += q * v[p];
      }
    }
  }
  UNROLL
  for (int r = 0; r < ROWS; r++)
    UNROLL
    for (int p = 0; p < PICTURES; p++) {
      float v = warp_sum(sum[r][p]);
      if (lane == 0 && row0 + r < outputs && picture0 + p < pictures)
        y[(size_t)(picture0 + p) * outputs + row0 + r] = clipped(v + (bias ? bias[row0 + r] : 0), limits);
    }
}

KERNEL(128) linear_1(float *y, const float *x, const float *w, const float *bias, int2 inputs_outputs, int2 pictures_fours, float2 limits) {
  linear<1, 1>(y, x, w, bias, inputs_outputs.x, inputs_outputs.y, pictures_fours.x, pictures_fours.y, limits);
}

KERNEL(128) linear_8(float *y, const float *x, const float *w, const float *bias, int2 inputs_outputs, int2 pictures_fours, float2 limits) {
  linear<8, 4>(y, x, w, bias, inputs_outputs.x, inputs_outputs.y, pictures_fours.x, pictures_fours.y, limits);
}

// linear_back: a thread computes one input's derivative for PICTURES pictures
// over a share of the outputs; conv_join adds up the shares.
template <int PICTURES>
__device__ __forceinline__ void linear_back(float *dx, const float *dy, const float *w, int inputs, int outputs, int pictures, int share) {
  const int c = blockIdx.x * blockDim.x + threadIdx.x, picture0 = blockIdx.y * PICTURES, first = blockIdx.z * share;
  if (c >= inputs) return;
  float sum[PICTURES];
  UNROLL
  for (int p = 0; p < PICTURES; p++) sum[p] = 0;
  for (int k = first; k < min(first + share, outputs); k++) {
    float q = __ldg(w + (size_t)k * inputs + c);
    UNROLL
    for (int p = 0; p < PICTURES; p++) sum[p] += q * __ldg(dy + (size_t)min(picture0 + p, pictures - 1) * outputs + k);
  }
  UNROLL
  for (int p = 0; p < PICTURES; p++)
    if (picture0 + p < pictures) dx[((size_t)blockIdx.z * pictures + picture0 + p) * inputs + c] = sum[p];
}

KERNEL(128) linear_back_1(float *dx, const float *dy, const float *w, int2 inputs_outputs, int2 pictures_share) {
  linear_back<1>(dx, dy, w, inputs_outputs.x, inputs_outputs.y, pictures_share.x, pictures_share.y);
}

KERNEL(128) linear_back_8(float *dx, const float *dy, const float *w, int2 inputs_outputs, int2 pictures_share) {
  linear_back<8>(dx, dy, w, inputs_outputs.x, inputs_outputs.y, pictures_share.x, pictures_share.y);
}
