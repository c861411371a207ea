// Products of matrices.
#include "general.cuh"

// matmul: a block of 16 x 16 threads makes TILE x TILE numbers of one matrix, 4 by 4
// each; DEPTH terms wait in shared memory, in rows of PITCH. The factors' steps are
// those from one row to the next and from one term to the next of a, from term to
// term and from column to column of b. layout has the axes before the matrices with
// the steps of a and b.
#define TILE 64
#define DEPTH 16
#define PITCH 68

// wait reads DEPTH terms of TILE rows, or columns, with the steps along both, zeros
// beyond them. Neighbouring threads read what lies together.
__device__ __forceinline__ void wait(float *to, const float *from, int first, int sides, int step, int term, int terms, int term_step) {
  UNROLL
  for (int e = threadIdx.x; e < TILE * DEPTH; e += 256) {
    const int side = step == 1 ? e % TILE : e / DEPTH, k = step == 1 ? e / TILE : e % DEPTH;
    const bool there = first + side < sides && term + k < terms;
    to[k * PITCH + side] = there ? from[(size_t)(first + side) * step + (size_t)(term + k) * term_step] : 0;
  }
}

KERNEL(256) matmul(float *y, const float *a, const float *b, const float *bias, const int *layout, int2 axes_terms, int2 rows_columns, int2 a_steps, int2 b_steps, float2 limits) {
  __shared__ float left[DEPTH * PITCH], right[DEPTH * PITCH];
  const int terms = axes_terms.y, rows = rows_columns.x, columns = rows_columns.y;
  const int across = (columns + TILE - 1) / TILE, down = (rows + TILE - 1) / TILE;
  const int matrix = blockIdx.x / across / down, row0 = blockIdx.x / across % down * TILE, column0 = blockIdx.x % across * TILE;
  const Places<2> at = places<2>(matrix, layout, axes_terms.x);
  const int row = threadIdx.x / 16 * 4, column = threadIdx.x % 16 * 4;
  float sum[4][4];
  UNROLL
  for (int i = 0; i < 4; i++)
    UNROLL
    for (int j = 0; j < 4; j++) sum[i][j] = 0;
  for (int k0 = 0; k0 < terms; k0 += DEPTH) {
    __syncthreads();
    wait(left, a + at.of[0], row0, rows, a_steps.x, k0, terms, a_steps.y);
    wait(right, b + at.of[1], column0, columns, b_steps.y, k0, terms, b_steps.x);
    __syncthreads();
    UNROLL
    for (int k = 0; k < DEPTH; k++) {
      const float4 u = *(const float4 *)(left + k * PITCH + row), v = *(const float4 *)(right + k * PITCH + column);
      const float p[4] = {u.x, u.y, u.z, u.w}, q[4] = {v.x, v.y, v.z, v.w};
      UNROLL
      for (int i = 0; i < 4; i++)
        UNROLL
        for (int j = 0; j < 4; j++) sum[i][j] += p[i] * q[j];
    }
  }
  y += (size_t)matrix * rows * columns;
  UNROLL
  for (int i = 0; i < 4; i++)
    UNROLL
    for (int j = 0; j < 4; j++) {
      const int r = row0 + row + i, c = column0 + column + j;
      if (r < rows && c < columns) y[(size_t)r * columns + c] = clipped(sum[i][j] + (bias ? bias[c] : 0), limits);
    }
}
