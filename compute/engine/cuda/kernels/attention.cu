// Scaled dot-product attention among the positions of windows. The matrix of weights
// is never in memory: a block has TILE places of a window and meets the others TILE
// at a time.
#include "common.cuh"

// The 16 x 16 threads of a block make products of TILE by TILE, 4 by 4 each: rows
// 4 (t / 16) and on, columns 4 (t % 16) and on. PITCH is between rows of shared
// memory: whole fours, which the lanes of a warp read from different banks.
#define THREADS 256
#define TILE 64
#define PITCH 68
#define CHUNK 32 // channels that wait at once
#define MEMORY (2 * TILE * PITCH + 5 * TILE)

#define ATTENTION_PARAMETERS                                                                                             \
  const float *x, const float *bias, const float *padding, const int *positions, const int *groups, int2 heads_depth,    \
      int2 size_each, int2 windows_tiles, float2 scale

#define ATTENTION_ARGUMENTS \
  x, bias, padding, positions, groups, heads_depth.x, heads_depth.y, size_each.x, size_each.y, windows_tiles.x, windows_tiles.y, scale.x

// Part is a head's q, k or v, or a gradient: its first channel, and what padding has
// there or null for zeros.
struct Part { const float *x, *padding; int size, depth; };

// Head is one head of one window of one picture, and a block's share of it: the tile
// of its places and the SLICE channels, from first on, that it makes.
struct Head {
  Part q, k, v;
  const int *positions; // of the window, or null where all positions are one
  const float *bias;    // or null
  int size, depth, each, tile, first, row, out; // row: of the head's first place, among all heads; out: its first channel among those of all pictures
  float scale;
};

__device__ Head head(const float *x, const float *bias, const float *padding, const int *positions, const int *groups, int heads, int depth, int size, int each, int windows, int tiles, float scale, int slice) {
  const int slices = (depth + slice - 1) / slice, channels = heads * depth;
  int b = blockIdx.x;
  Head h;
  h.tile = b % tiles * TILE, b /= tiles;
  h.first = b % slices * slice, b /= slices;
  h.row = b * each;
  const int own = b % heads, window = b / heads % windows, picture = b / heads / windows;
  h.size = size, h.depth = depth, h.each = each, h.scale = scale;
  h.out = picture * channels + own * depth;
  const float *q = x + ((size_t)picture * 3 * channels + own * depth) * size, *pad = padding ? padding + own * depth : padding;
  const size_t part = (size_t)channels * size;
  h.q = {q, pad, size, depth};
  h.k = {q + part, pad ? pad + channels : pad, size, depth};
  h.v = {q + 2 * part, pad ? pad + 2 * channels : pad, size, depth};
  h.positions = positions ? positions + (size_t)window * each : positions;
  h.bias = bias ? bias + ((size_t)(groups ? groups[window] : 0) * heads + own) * each * each : bias;
  return h;
}

// What a place of a tile is that is no position.
#define PADDING -1
#define NOTHING -2

// locate finds the positions of TILE places of a window.
__device__ void locate(int *at, const Head &h, int first) {
  for (int i = threadIdx.x; i < TILE; i += THREADS) at[i] = first + i >= h.each ? NOTHING : h.positions ? h.positions[first + i] : first + i;
}

// fetch reads channels at TILE places, a row for each.
__device__ void fetch(float *rows, const Part &p, const int *at, int first, int channels) {
  for (int e = threadIdx.x; e < channels * TILE; e += THREADS) {
    const int c = first + e / TILE, place = at[e % TILE];
    float v = 0;
    if (c < p.depth) {
      if (place >= 0) v = p.x[(size_t)c * p.size + place];
      else if (place == PADDING && p.padding) v = p.padding[c];
    }
    rows[e / TILE * PITCH + e % TILE] = v;
  }
}

// products are those of a at the places of the rows with b at those of the columns.
__device__ __forceinline__ void products(float (&s)[4][4], const Part &a, const int *rows, const Part &b, const int *columns, float *memory) {
  const int row = threadIdx.x / 16 * 4, column = threadIdx.x % 16 * 4;
  UNROLL
  for (int i = 0; i < 4; i++)
    UNROLL
    for (int j = 0; j < 4; j++) s[i][j] = 0;
  for (int c = 0; c < a.depth; c += CHUNK) {
    __syncthreads();
    fetch(memory, a, rows, c, CHUNK);
    fetch(memory + CHUNK * PITCH, b, columns, c, CHUNK);
    __syncthreads();
    UNROLL_BY(8)
    for (int k = 0; k < CHUNK; k++) {
      const float4 u = *(const float4 *)(memory + k * PITCH + row), v = *(const float4 *)(memory + (CHUNK + k) * PITCH + column);
      const float left[4] = {u.x, u.y, u.z, u.w}, right[4] = {v.x, v.y, v.z, v.w};
      UNROLL
      for (int i = 0; i < 4; i++)
        UNROLL
        for (int j = 0; j < 4; j++) s[i][j] += left[i] * right[j];
    }
  }
}

// gather adds to sums, of the thread's rows and channels t % 16, t % 16 + 16 and so
// on of SLICE, the weights of all columns times what a part has there.
template <int SLICE>
__device__ __forceinline__ void gather(float (&sums)[4][SLICE / 16], const float (&s)[4][4], const Part &p, int first, const int *columns, float *memory) {
  float *weights = memory + TILE * PITCH;
  const int row = threadIdx.x / 16 * 4, column = threadIdx.x % 16;
  __syncthreads();
  UNROLL
  for (int i = 0; i < 4; i++) *(float4 *)(weights + (row + i) * PITCH + 4 * column) = make_float4(s[i][0], s[i][1], s[i][2], s[i][3]);
  fetch(memory, p, columns, first, SLICE);
  __syncthreads();
  UNROLL_BY(4)
  for (int k = 0; k < TILE; k += 4) {
    float4 w[4];
    UNROLL
    for (int i = 0; i < 4; i++) w[i] = *(const float4 *)(weights + (row + i) * PITCH + k);
    UNROLL
    for (int c = 0; c < SLICE / 16; c++) {
      const float4 v = *(const float4 *)(memory + (column + 16 * c) * PITCH + k);
      UNROLL
      for (int i = 0; i < 4; i++) sums[i][c] += w[i].x * v.x + w[i].y * v.y + w[i].z * v.z + w[i].w * v.w;
    }
  }
}

// give writes what gather added up to the places of the rows; padding has none.
template <int SLICE>
__device__ __forceinline__ void give(float *y, const float (&sums)[4][SLICE / 16], const Head &h, const int *rows, float *memory) {
  __syncthreads();
  UNROLL
  for (int i = 0; i < 4; i++)
    UNROLL
    for (int c = 0; c < SLICE / 16; c++) memory[(threadIdx.x % 16 + 16 * c) * PITCH + threadIdx.x / 16 * 4 + i] = sums[i][c];
  __syncthreads();
  for (int e = threadIdx.x; e < SLICE * TILE; e += THREADS) {
    const int c = h.first + e / TILE, place = rows[e % TILE];
    if (c < h.depth && place >= 0) y[(size_t)c * h.size + place] = memory[e / TILE * PITCH + e % TILE];
  }
}

// across adds up, or takes the largest of, a number of the 16 threads of a row.
__device__ __forceinline__ float sum_across(float v) {
  UNROLL
  for (int mask = 8; mask > 0; mask /= 2) v += __shfl_xor_sync(0xffffffffu, v, mask);
  return v;
}

__device__ __forceinline__ float most_across(float v) {
  UNROLL
  for (int mask = 8; mask > 0; mask /= 2) v = fmaxf(v, __shfl_xor_sync(0xffffffffu, v, mask));
  return v;
}

// score is what the weight of a key for a query is the exponential of. Beyond the
// window it is -∞, whose weight is 0.
__device__ __forceinline__ float score(const Head &h, float product, int query, int key) {
  if (query >= h.each || key >= h.each) return -INFINITY;
  return product * h.scale + (h.bias ? h.bias[(size_t)query * h.each + key] : 0);
}

// Running is the largest score of each of a thread's rows so far and the sum of the
// exponentials of the thread's own, relative to it.
struct Running { float top[4], sum[4]; };

// weigh turns products into exponentials of scores. fade is what all that was added
// up before must be multiplied by.
__device__ __forceinline__ void weigh(Running &r, float (&s)[4][4], float (&fade)[4], const Head &h, int keys) {
  const int query = h.tile + threadIdx.x / 16 * 4, key = keys + threadIdx.x % 16 * 4;
  UNROLL
  for (int i = 0; i < 4; i++) {
    float top = r.top[i];
    UNROLL
    for (int j = 0; j < 4; j++) top = fmaxf(top, s[i][j] = score(h, s[i][j], query + i, key + j));
    top = most_across(top);
    const float base = top == -INFINITY ? 0 : top; // as long as all are masked
    fade[i] = expf(r.top[i] - base);
    r.top[i] = top, r.sum[i] *= fade[i];
    UNROLL
    for (int j = 0; j < 4; j++) r.sum[i] += s[i][j] = expf(s[i][j] - base);
  }
}

template <int SLICE>
__device__ __forceinline__ void attention(float *y, const Head &h) {
  DYNAMIC_SHARED(memory);
  int *own = (int *)(memory + 2 * TILE * PITCH), *other = own + TILE;
  Running r;
  float sums[4][SLICE / 16], s[4][4], fade[4];
  UNROLL
  for (int i = 0; i < 4; i++) {
    r.top[i] = -INFINITY, r.sum[i] = 0;
    UNROLL
    for (int c = 0; c < SLICE / 16; c++) sums[i][c] = 0;
  }
  locate(own, h, h.tile);
  for (int keys = 0; keys < h.each; keys += TILE) {
    locate(other, h, keys);
    products(s, h.q, own, h.k, other, memory);
    weigh(r, s, fade, h, keys);
    UNROLL
    for (int i = 0; i < 4; i++)
      UNROLL
      for (int c = 0; c < SLICE / 16; c++) sums[i][c] *= fade[i];
    gather<SLICE>(sums, s, h.v, h.first, other, memory);
  }
  UNROLL
  for (int i = 0; i < 4; i++) {
    const float sum = sum_across(r.sum[i]);
    UNROLL
    for (int c = 0; c < SLICE / 16; c++) sums[i][c] /= sum;
  }
  give<SLICE>(y + (size_t)h.out * h.size, sums, h, own, memory);
}

KERNEL(THREADS) attention_32(float *y, ATTENTION_PARAMETERS) { attention<32>(y, head(ATTENTION_ARGUMENTS, 32)); }
KERNEL(THREADS) attention_64(float *y, ATTENTION_PARAMETERS) { attention<64>(y, head(ATTENTION_ARGUMENTS, 64)); }

// The derivative, with the gradient g_i: r_ij = g_i·v_j is that by the weight p_ij,
// and p_ij (r_ij - Σ_j p_ij r_ij) that by the score. rows keeps for each row i its
// largest score, 1 over the sum of its exponentials, and that sum of p_ij r_ij.

// attention_back_q finds the rows and makes the derivative by q.
template <int SLICE>
__device__ __forceinline__ void attention_back_q(float *dx, const float *dy, float *rows, const Head &h, int heads) {
  DYNAMIC_SHARED(memory);
  int *own = (int *)(memory + 2 * TILE * PITCH), *other = own + TILE;
  const Part g = {dy + (size_t)h.out * h.size, 0, h.size, h.depth};
  const int query = h.tile + threadIdx.x / 16 * 4;
  Running r;
  float sums[4][SLICE / 16], s[4][4], back[4][4], fade[4], mean[4];
  UNROLL
  for (int i = 0; i < 4; i++) {
    r.top[i] = -INFINITY, r.sum[i] = 0, mean[i] = 0;
    UNROLL
    for (int c = 0; c < SLICE / 16; c++) sums[i][c] = 0;
  }
  locate(own, h, h.tile);
  for (int keys = 0; keys < h.each; keys += TILE) {
    locate(other, h, keys);
    products(s, h.q, own, h.k, other, memory);
    products(back, g, own, h.v, other, memory);
    weigh(r, s, fade, h, keys);
    UNROLL
    for (int i = 0; i < 4; i++) {
      mean[i] *= fade[i];
      UNROLL
      for (int j = 0; j < 4; j++) mean[i] += s[i][j] * back[i][j];
    }
  }
  UNROLL
  for (int i = 0; i < 4; i++) {
    r.sum[i] = 1 / sum_across(r.sum[i]);
    mean[i] = sum_across(mean[i]) * r.sum[i];
    if (threadIdx.x % 16 == 0 && query + i < h.each) {
      float *row = rows + 3 * ((size_t)h.row + query + i);
      row[0] = r.top[i], row[1] = r.sum[i], row[2] = mean[i];
    }
  }
  for (int keys = 0; keys < h.each; keys += TILE) {
    locate(other, h, keys);
    products(s, h.q, own, h.k, other, memory);
    products(back, g, own, h.v, other, memory);
    UNROLL
    for (int i = 0; i < 4; i++)
      UNROLL
      for (int j = 0; j < 4; j++)
        s[i][j] = expf(score(h, s[i][j], query + i, keys + threadIdx.x % 16 * 4 + j) - r.top[i]) * r.sum[i] * (back[i][j] - mean[i]) * h.scale;
    gather<SLICE>(sums, s, h.k, h.first, other, memory);
  }
  const size_t picture = h.out / (heads * h.depth);
  give<SLICE>(dx + (h.out + 2 * picture * heads * h.depth) * h.size, sums, h, own, memory);
}

// attention_back_kv makes the derivatives by k and v, of a tile of keys, once the rows
// are there.
template <int SLICE>
__device__ __forceinline__ void attention_back_kv(float *dx, const float *dy, const float *rows, const Head &h, int heads) {
  DYNAMIC_SHARED(memory);
  int *own = (int *)(memory + 2 * TILE * PITCH), *other = own + TILE;
  float *row = (float *)(other + TILE);
  const Part g = {dy + (size_t)h.out * h.size, 0, h.size, h.depth};
  const int key = h.tile + threadIdx.x / 16 * 4, column = threadIdx.x % 16 * 4;
  float by_k[4][SLICE / 16], by_v[4][SLICE / 16], s[4][4], back[4][4];
  UNROLL
  for (int i = 0; i < 4; i++)
    UNROLL
    for (int c = 0; c < SLICE / 16; c++) by_k[i][c] = by_v[i][c] = 0;
  locate(own, h, h.tile);
  for (int queries = 0; queries < h.each; queries += TILE) {
    locate(other, h, queries);
    for (int i = threadIdx.x; i < 3 * TILE; i += THREADS) row[i] = queries + i / 3 < h.each ? rows[3 * ((size_t)h.row + queries) + i] : 0;
    products(s, h.k, own, h.q, other, memory);
    products(back, h.v, own, g, other, memory);
    UNROLL
    for (int j = 0; j < 4; j++) {
      const float *q = row + 3 * (column + j);
      const bool there = other[column + j] >= 0; // padding asks nothing
      UNROLL
      for (int i = 0; i < 4; i++) {
        s[i][j] = there ? expf(score(h, s[i][j], queries + column + j, key + i) - q[0]) * q[1] : 0;
        back[i][j] = there ? s[i][j] * (back[i][j] - q[2]) * h.scale : 0;
      }
    }
    gather<SLICE>(by_v, s, g, h.first, other, memory);
    gather<SLICE>(by_k, back, h.q, h.first, other, memory);
  }
  const size_t picture = h.out / (heads * h.depth), part = (size_t)heads * h.depth * h.size;
  float *to = dx + (h.out + 2 * picture * heads * h.depth) * h.size;
  give<SLICE>(to + part, by_k, h, own, memory);
  give<SLICE>(to + 2 * part, by_v, h, own, memory);
}

#define ATTENTION_BACK(side, SLICE)                                                                              \
  KERNEL(THREADS) attention_back_##side##_##SLICE(float *dx, const float *dy, float *rows, ATTENTION_PARAMETERS) { \
    attention_back_##side<SLICE>(dx, dy, rows, head(ATTENTION_ARGUMENTS, SLICE), heads_depth.x);                 \
  }
ATTENTION_BACK(q, 32)
ATTENTION_BACK(q, 64)
ATTENTION_BACK(kv, 32)
ATTENTION_BACK(kv, 64)

// A thread of cosine has one head of q, k or v at one position. v stays as it is.
struct Vector { size_t begin; float scale, length; };

__device__ Vector vector(const float *x, const float *scales, int i, int heads, int depth, int size) {
  const int part = i / size % (3 * heads);
  Vector v = {(size_t)(i / size) * depth * size + i % size, part < heads ? scales[part] : 1, 1};
  if (part >= 2 * heads) return v;
  float sum = 0;
  for (int c = 0; c < depth; c++) {
    const float own = x[v.begin + (size_t)c * size];
    sum += own * own;
  }
  v.length = fmaxf(sqrtf(sum), 1e-12f);
  return v;
}

KERNEL(256) cosine(float *y, const float *x, const float *scales, int2 heads_depth, int2 size_n) {
  EACH(i, size_n.y) {
    const Vector v = vector(x, scales, i, heads_depth.x, heads_depth.y, size_n.x);
    for (int c = 0; c < heads_depth.y; c++) {
      const size_t at = v.begin + (size_t)c * size_n.x;
      y[at] = x[at] / v.length * v.scale;
    }
  }
}

KERNEL(256) cosine_back(float *dx, const float *x, const float *scales, const float *dy, int2 heads_depth, int2 size_n) {
  EACH(i, size_n.y) {
    const Vector v = vector(x, scales, i, heads_depth.x, heads_depth.y, size_n.x);
    const bool turned = i / size_n.x % (3 * heads_depth.x) < 2 * heads_depth.x;
    float along = 0;
    if (turned) {
      for (int c = 0; c < heads_depth.y; c++) {
        const size_t at = v.begin + (size_t)c * size_n.x;
        along += x[at] / v.length * dy[at];
      }
    }
    for (int c = 0; c < heads_depth.y; c++) {
      const size_t at = v.begin + (size_t)c * size_n.x;
      dx[at] = turned ? v.scale / v.length * (dy[at] - x[at] / v.length * along) : dy[at];
    }
  }
}
